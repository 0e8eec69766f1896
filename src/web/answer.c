/* web/answer.c: see the header. */
#include "web/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Drop the content, keep what web_answer_known() noted. */
static void content_drop(WebAnswer *a)
{
    if (!a->borrowed)
        free(a->bytes);
    if (a->has_file)
        close(a->file);
    if (a->has_stream && a->stream.close)
        a->stream.close(a->stream.user);
    a->bytes = NULL;
    a->size = 0;
    a->borrowed = a->has_file = a->has_stream = false;
    a->download[0] = 0;
}

static void content_set(WebAnswer *a, const char *type, void *bytes, size_t size)
{
    content_drop(a);
    a->status = 200;
    a->type = type;
    a->bytes = bytes;
    a->size = size;
}

static void out_of_memory(WebAnswer *a)
{
    static const char text[] = "{\"error\": \"out of memory\"}";
    web_answer_constant(a, "application/json", text, sizeof text - 1);
    a->status = 500;
    a->cache = WEB_CACHE_NEVER;
    a->etag[0] = 0;
}

void web_answer_bytes(WebAnswer *a, const char *type, void *bytes, size_t size)
{
    content_set(a, type, bytes, size);
}

void web_answer_constant(WebAnswer *a, const char *type, const void *bytes, size_t size)
{
    content_set(a, type, (void *)(uintptr_t)bytes, size);
    a->borrowed = true;
}

void web_answer_text(WebAnswer *a, const char *type, const char *text)
{
    char *copy = strdup(text);
    if (copy)
        content_set(a, type, copy, strlen(copy));
    else
        out_of_memory(a);
}

void web_answer_json(WebAnswer *a, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    if (text)
        content_set(a, "application/json", text, strlen(text));
    else
        out_of_memory(a);
}

void web_answer_file(WebAnswer *a, const char *type, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        web_answer_error(a, 404, "not a regular file");
        return;
    }
    content_set(a, type, NULL, (size_t)st.st_size);
    a->has_file = true;
    a->file = fd;
}

void web_answer_none(WebAnswer *a)
{
    content_set(a, NULL, NULL, 0);
    a->status = 204;
}

void web_answer_stream(WebAnswer *a, WebStream stream)
{
    content_set(a, "text/event-stream", NULL, 0);
    a->has_stream = true;
    a->stream = stream;
}

void web_answer_error(WebAnswer *a, int status, const char *fmt, ...)
{
    char msg[1200];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    json_t *text = json_string(msg);
    if (!text) /* a file's name need not be UTF-8 */
        text = json_string("the request failed, for a reason that cannot be shown as text");
    json_t *v = json_pack("{s:o}", "error", text);
    web_answer_json(a, v);
    a->status = v ? status : 500;
    a->cache = WEB_CACHE_NEVER;
    a->etag[0] = 0;
}

void web_answer_err(WebAnswer *a, const Err *err)
{
    int status = 500;
    switch (err->kind) {
    case ERR_INPUT:
    case ERR_USAGE: status = 400; break;
    case ERR_MISSING: status = 404; break;
    case ERR_STATE: status = 409; break;
    case ERR_CANCELLED: status = 503; break;
    default: break;
    }
    web_answer_error(a, status, "%s", err->msg);
}

/* Does a list of ETags (RFC 9110, sec. 13.1.2) name this one? They are compared as weak ones. */
static bool etag_listed(const char *list, const char *etag)
{
    size_t n = strlen(etag);
    for (const char *p = list; (p = strchr(p, '"')) != NULL;) {
        const char *end = strchr(p + 1, '"');
        if (!end)
            return false;
        if ((size_t)(end - p - 1) == n && memcmp(p + 1, etag, n) == 0)
            return true;
        p = end + 1;
    }
    return strcmp(list, "*") == 0;
}

bool web_answer_known(WebAnswer *a, const WebRequest *r, const char *etag, WebCache cache)
{
    if (!web_name_ok(etag, strlen(etag)) || strlen(etag) >= sizeof a->etag)
        return false;
    memcpy(a->etag, etag, strlen(etag) + 1);
    a->cache = cache;
    if (!r->if_none_match || !etag_listed(r->if_none_match, etag))
        return false;
    content_set(a, NULL, NULL, 0);
    a->status = 304;
    return true;
}

void web_answer_download(WebAnswer *a, const char *name)
{
    if (web_name_ok(name, strlen(name)))
        memcpy(a->download, name, strlen(name) + 1);
}

void web_event(Str *out, const char *name, const char *text)
{
    str_printf(out, "event: %s\n", name);
    for (;;) {
        size_t n = strcspn(text, "\r\n");
        str_add(out, "data: ");
        str_add_n(out, text, n);
        str_add_char(out, '\n');
        text += n;
        if (!*text)
            break;
        text += text[0] == '\r' && text[1] == '\n' ? 2 : 1;
    }
    str_add_char(out, '\n');
}

void web_event_json(Str *out, const char *name, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text)
        web_event(out, name, text);
    else
        out->failed = true;
    free(text);
}

void web_answer_clear(WebAnswer *a)
{
    content_drop(a);
    free(a->location);
    free(a->cookie);
    *a = (WebAnswer){ 0 };
}
