/* text/http_request.h: one HTTP request whose answer is read as it comes. */
#ifndef FACET_TEXT_HTTP_REQUEST_H
#define FACET_TEXT_HTTP_REQUEST_H

#include "base/err.h"

#include <stddef.h>

/* All above 0. `stall_ms` is the longest silence: before the first header and between any two pieces. */
typedef struct {
    int connect_ms, stall_ms, total_ms;
    size_t max_bytes; /* of the answer's body */
} HttpLimits;

/* The connections of one thread to the same server, kept open between requests. */
typedef struct Http Http;

/* ERR_NOMEM. libcurl's set-up for the whole process happens at the first call, whatever thread makes it, and
 * is never undone: nothing else in the program sets libcurl up. */
bool http_open(Http **h, Err *err) __attribute__((warn_unused_result));
void http_close(Http *h);

typedef struct {
    const char *url;  /* http or https */
    const char *json; /* sent by POST; NULL: GET */
    HttpLimits limits;
    /* Asked ten times a second or more; true gives the request up. May be NULL. */
    bool (*cancelled)(void *user);
    /* Given the body piece by piece, split anywhere. False gives the request up. */
    bool (*piece)(void *user, long status, const char *bytes, size_t n);
    void *user;
} HttpRequest;

/* How a request ended. */
typedef enum {
    HTTP_DONE,          /* a whole answer came; see its status */
    HTTP_NO_CONNECTION, /* refused, unknown host, no answer within connect_ms, TLS failed */
    HTTP_CUT,           /* the connection ended before the answer did */
    HTTP_BROKEN,        /* what came is no HTTP */
    HTTP_STALLED,
    HTTP_TOO_SLOW, /* total_ms */
    HTTP_TOO_LARGE,
    HTTP_GIVEN_UP, /* by piece() */
    HTTP_CANCELLED,
    HTTP_NO_MEMORY,
} HttpEnd;

typedef struct {
    HttpEnd end;
    long status;      /* 0 when none came */
    char reason[256]; /* libcurl's words, "" when it has none */
} HttpOutcome;

/* Make one request and wait for its end. Redirects are not followed. Proxies of the environment are used,
 * except for this machine itself. */
HttpOutcome http_run(Http *h, const HttpRequest *req);

#endif
