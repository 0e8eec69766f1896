/* web/request.c: targets, query values and bodies. */
#include "web/request.h"
#include "base/utf8.h"
#include "web/answer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *web_query(const WebRequest *r, const char *name)
{
    for (size_t i = 0; i < r->queries; i++)
        if (strcmp(r->query[i].name, name) == 0)
            return r->query[i].value;
    return NULL;
}

/* A decimal number without spaces or a plus sign. */
static bool number_parse(const char *s, size_t n, long min, long max, long *out)
{
    char digits[24];
    bool negative = n > 0 && s[0] == '-';
    if (n == (size_t)negative || n >= sizeof digits)
        return false;
    for (size_t i = negative; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    memcpy(digits, s, n);
    digits[n] = 0;
    errno = 0;
    long v = strtol(digits, NULL, 10);
    if (errno || v < min || v > max)
        return false;
    *out = v;
    return true;
}

bool web_query_number(const WebRequest *r, const char *name, long min, long max, long absent, long *value,
                      WebAnswer *a)
{
    const char *text = web_query(r, name);
    *value = absent;
    if (!text || number_parse(text, strlen(text), min, max, value))
        return true;
    web_answer_error(a, 400, "%s must be a whole number from %ld to %ld", name, min, max);
    return false;
}

json_t *web_request_json(const WebRequest *r, WebAnswer *a)
{
    const char *type = "application/json";
    size_t n = strlen(type);
    if (strncasecmp(r->content_type, type, n) != 0 ||
        (r->content_type[n] && !strchr("; \t", r->content_type[n]))) {
        web_answer_error(a, 415, "the request must have JSON and say Content-Type: application/json");
        return NULL;
    }
    json_error_t why = { 0 };
    json_t *v = json_loadb(r->body ? (const char *)r->body : "", r->body_size, JSON_REJECT_DUPLICATES, &why);
    if (!v) {
        web_answer_error(a, 400, "not JSON: %s, line %d, column %d", why.text, why.line, why.column);
    } else if (!json_is_object(v)) {
        json_decref(v);
        v = NULL;
        web_answer_error(a, 400, "the request must be a JSON object");
    }
    return v;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode a form's value in place: "+" and %XX. False when what results is no UTF-8 or has control characters. */
static bool decode(char *s)
{
    char *to = s;
    for (const char *p = s; *p; p++) {
        if (*p != '%') {
            *to++ = (char)(*p == '+' ? ' ' : *p);
            continue;
        }
        int hi = hex_value(p[1]), lo = hi < 0 ? -1 : hex_value(p[2]);
        if (lo < 0)
            return false;
        *to++ = (char)(hi * 16 + lo);
        p += 2;
    }
    size_t n = (size_t)(to - s);
    *to = 0;
    for (size_t i = 0; i < n;) {
        bool whole;
        if ((unsigned char)s[i] < 32 || s[i] == 127)
            return false;
        i += utf8_next(s + i, n - i, &whole);
        if (!whole)
            return false;
    }
    return true;
}

static bool query_add(WebRequest *r, char *pair)
{
    char *value = strchr(pair, '=');
    if (value)
        *value++ = 0;
    else
        value = pair + strlen(pair);
    if (r->queries == WEB_MAX_QUERIES || !decode(pair) || !decode(value) || web_query(r, pair))
        return false;
    r->query[r->queries].name = pair;
    r->query[r->queries].value = value;
    r->queries++;
    return true;
}

bool web_target_parse(WebRequest *r, const char *target, char **path, WebAnswer *a)
{
    *path = NULL;
    if (strlen(target) > WEB_MAX_TARGET) {
        web_answer_error(a, 414, "the address is longer than %d bytes", WEB_MAX_TARGET);
        return false;
    }
    r->memory = strdup(target);
    if (!r->memory) {
        web_answer_error(a, 503, "out of memory");
        return false;
    }
    char *query = strchr(r->memory, '?');
    if (query)
        *query++ = 0;
    bool ok = r->memory[0] == '/';
    for (char *pair = query, *next; ok && pair; pair = next) {
        next = strchr(pair, '&');
        if (next)
            *next++ = 0;
        if (*pair)
            ok = query_add(r, pair);
    }
    if (!ok) {
        web_request_clear(r);
        web_answer_error(a, 400, "not an address of this server");
        return false;
    }
    *path = r->memory;
    return true;
}

bool web_name_ok(const char *s, size_t n)
{
    if (n == 0 || n > 200 || s[0] == '.')
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
              c == '_' || c == '-'))
            return false;
    }
    return true;
}

/* One open part of a pattern. */
static bool param_take(const char *kind, size_t kind_n, char *part, size_t n, WebParam *p)
{
    if (kind_n == strlen("{number}") && memcmp(kind, "{number}", kind_n) == 0)
        return number_parse(part, n, 0, INT_MAX, &p->number);
    if (!web_name_ok(part, n))
        return false;
    p->name = part;
    return true;
}

bool web_path_match(const char *pattern, char *path, WebParam param[WEB_MAX_PARAMS])
{
    size_t params = 0, end[WEB_MAX_PARAMS];
    WebParam found[WEB_MAX_PARAMS] = { 0 };
    char *part = path;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *part++)
                return false;
            continue;
        }
        size_t kind_n = strcspn(pattern, "}") + 1, n = strcspn(part, "/");
        if (params == WEB_MAX_PARAMS || !param_take(pattern, kind_n, part, n, &found[params]))
            return false;
        pattern += kind_n;
        part += n;
        end[params++] = (size_t)(part - path);
    }
    if (*part)
        return false;
    for (size_t i = 0; i < params; i++) /* the names become texts of their own */
        path[end[i]] = 0;
    memcpy(param, found, sizeof found);
    return true;
}

void web_request_clear(WebRequest *r)
{
    free(r->memory);
    *r = (WebRequest){ 0 };
}
