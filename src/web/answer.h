/* web/answer.h: what a handler sends back. */
#ifndef FACET_WEB_ANSWER_H
#define FACET_WEB_ANSWER_H

#include "base/err.h"
#include "base/str.h"
#include "web/request.h"

/* How long a browser may keep an answer. */
typedef enum {
    WEB_CACHE_NEVER,   /* not at all; what an answer says when nothing else is asked for */
    WEB_CACHE_CHECK,   /* keep it, and ask each time with its ETag whether it still holds */
    WEB_CACHE_FOREVER, /* the content behind this address never changes */
} WebCache;

/* Server-sent events. One thread of the server calls next() of all streams, one after the other, so it must be quick: look at
 * memory, or at the end of a file, and return.
 *
 *   next    add what there is to tell with web_event(), or nothing; false ends the stream behind what was added. Called at
 *           once, then every period_ms and after web_server_wake(); not while the client has not yet taken what it was
 *           sent before, so tell what is, not what has been
 *   close   called once when the stream has ended, whoever ended it; may be NULL. Never while next() runs */
typedef struct {
    bool (*next)(void *user, Str *out);
    void (*close)(void *user);
    void *user;
    int period_ms; /* at least 50 */
} WebStream;

/* Starts as "no answer", which the server turns into a 500: every handler calls exactly one of the web_answer_ functions
 * (a later one replaces what an earlier one said). The fields are the server's. */
struct WebAnswer {
    int status;
    const char *type;
    void *bytes;
    size_t size;
    bool borrowed; /* bytes live as long as the process */
    bool has_file;
    int file;
    bool has_stream;
    WebStream stream;
    WebCache cache;
    char etag[80];
    char download[208];
    char *location, *cookie;
};

/* 200 with bytes from malloc(), which it takes. `type` is a constant text, as "image/png". */
void web_answer_bytes(WebAnswer *a, const char *type, void *bytes, size_t size);
/* 200 with bytes that live as long as the process. */
void web_answer_constant(WebAnswer *a, const char *type, const void *bytes, size_t size);
/* 200 with a text as it is; copied. */
void web_answer_text(WebAnswer *a, const char *type, const char *text);
/* 200 with JSON; takes the value. NULL (no memory to build it) answers 500. */
void web_answer_json(WebAnswer *a, json_t *value);
/* 200 with the content of an open regular file, which it takes; read while it is sent. */
void web_answer_file(WebAnswer *a, const char *type, int fd);
/* 204: done, nothing to say. */
void web_answer_none(WebAnswer *a);
/* 200 and events until one side ends it. */
void web_answer_stream(WebAnswer *a, WebStream stream);

/* {"error": "..."} with a status from 400 to 599. */
void web_answer_error(WebAnswer *a, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same from an Err: ERR_INPUT and ERR_USAGE 400, ERR_MISSING 404, ERR_STATE 409, ERR_CANCELLED 503, all others 500. */
void web_answer_err(WebAnswer *a, const Err *err);

/* Before the work: name the version of what would be sent (`etag`: at most 70 letters, digits, dots, underscores and
 * dashes) and how long it holds. True when the browser has this version already: 304 is answered and there is nothing left
 * to do. The version stays with whatever is answered with 200 afterwards. */
bool web_answer_known(WebAnswer *a, const WebRequest *r, const char *etag, WebCache cache);
/* Have the browser save the answer under this name (web_name_ok) instead of showing it; after the answer. */
void web_answer_download(WebAnswer *a, const char *name);

/* Add an event with a name and a text, which may have several lines; or with JSON (borrowed). */
void web_event(Str *out, const char *name, const char *text);
void web_event_json(Str *out, const char *name, const json_t *value);

/* Free what the answer holds; a stream that was never sent is closed. */
void web_answer_clear(WebAnswer *a);

#endif
