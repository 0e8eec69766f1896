/* Any bytes as a request: its head, one part a line, "=" where it should be as it ought, then the body. */
#include "touch.h"

#include "web/site.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN "0123456789abcdefghijklmnopqrstuv"

/* Uses all that a handler may use, and says it again. */
static void echo(void *user, const WebRequest *r, WebAnswer *a)
{
    long n;
    (void)user;
    if (web_answer_known(a, r, "v1", WEB_CACHE_CHECK) || !web_query_number(r, "n", -100, 100, 0, &n, a))
        return;
    if (n < -100 || n > 100)
        abort();
    json_t *body = r->body_size ? web_request_json(r, a) : json_null();
    if (!body)
        return;
    json_t *v = json_pack("{s:o, s:i, s:s?}", "body", body, "number", (int)r->param[0].number, "name",
                          r->param[1].name);
    for (size_t i = 0; i < r->queries; i++)
        if (json_object_set_new(v, r->query[i].name, json_string(r->query[i].value)) != 0)
            abort(); /* not UTF-8 */
    web_answer_json(a, v);
    if (r->param[1].name)
        web_answer_download(a, r->param[1].name);
}

static const WebRoute routes[] = {
    { WEB_GET, "/a", 0, false, echo },
    { WEB_GET, "/a/{number}/{name}", 0, false, echo },
    { WEB_POST, "/a/{number}/{name}/{name}", 65536, false, echo },
    { WEB_PUT, "/{name}", 65536, false, echo },
    { WEB_DELETE, "/a/{number}", 0, false, echo },
};

/* The next line of *text as a copy, `good` for "=", NULL for "-"; the caller frees it. */
static char *part(const char **text, size_t *left, const char *good)
{
    const char *end = memchr(*text, '\n', *left);
    size_t n = end ? (size_t)(end - *text) : *left;
    char *copy = n == 1 && **text == '=' ? strdup(good) : strndup(*text, n);
    bool absent = n == 1 && **text == '-';
    *text += n + (end != NULL);
    *left -= n + (end != NULL);
    if (absent) {
        free(copy);
        return NULL;
    }
    return copy;
}

/* Nothing of an answer's head may begin another line. */
static void check_line(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < 32 || *text == 127)
            abort();
}

/* Where the token's cookie leads: to a page of ours, without the token. */
static void check_clean(const char *location)
{
    WebRequest r = { 0 };
    WebAnswer a = { 0 };
    char *path;
    if (!web_target_parse(&r, location, &path, &a) || path[0] != '/' || path[1] == '/' ||
        web_query(&r, "token"))
        abort();
    web_request_clear(&r);
}

static void check_answer(const WebAnswer *a)
{
    if (a->status < 200 || a->status > 599)
        abort();
    check_line(a->location);
    check_line(a->cookie);
    check_line(a->etag);
    check_line(a->download);
    if (a->location)
        check_clean(a->location);
    if (a->type && strcmp(a->type, "application/json") == 0) {
        json_t *v = json_loadb(a->bytes, a->size, JSON_DECODE_ANY, NULL);
        if (!v)
            abort();
        json_decref(v);
    }
    touch_bytes(a->bytes, a->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static WebSite site = { .routes = routes,
                            .route_count = sizeof routes / sizeof routes[0],
                            .page = "label.html",
                            .host = "gpu-box",
                            .port = 8377,
                            .token = TOKEN };
    const char *text = (const char *)data;
    size_t left = size;
    char *p[9];
    static const char *const good[9] = {
        "GET", "/",           "127.0.0.1:8377", "http://127.0.0.1:8377", ("facet-8377=" TOKEN),
        TOKEN, "same-origin", "\"v1\"",         "application/json"
    };
    for (size_t i = 0; i < 9; i++)
        p[i] = part(&text, &left, good[i]);
    WebHead head = { .method = p[0] ? p[0] : "GET",
                     .target = p[1] ? p[1] : "",
                     .host = p[2],
                     .origin = p[3],
                     .cookie = p[4],
                     .token = p[5],
                     .sec_fetch_site = p[6],
                     .if_none_match = p[7],
                     .content_type = p[8] };
    WebRequest r;
    WebAnswer a = { 0 };
    const WebRoute *route = web_site_admit(&site, &head, &r, &a);
    if (route) {
        if (!strstr(head.target, TOKEN) && !(head.cookie && strstr(head.cookie, TOKEN)) &&
            !(head.token && strcmp(head.token, TOKEN) == 0) && !strchr(head.target, '%'))
            abort();
        if (route->method != WEB_GET && !head.origin &&
            !(head.sec_fetch_site && strcmp(head.sec_fetch_site, "same-origin") == 0))
            abort();
        char *body = malloc(left + 1);
        memcpy(body, text, left);
        body[left] = 0;
        r.body = (const uint8_t *)body;
        r.body_size = left;
        route->handle(NULL, &r, &a);
        free(body);
    }
    check_answer(&a);
    web_answer_clear(&a);
    web_request_clear(&r);
    for (size_t i = 0; i < 9; i++)
        free(p[i]);
    return 0;
}
