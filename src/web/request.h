/* web/request.h: what a browser asked for, parsed and checked. */
#ifndef FACET_WEB_REQUEST_H
#define FACET_WEB_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEB_MAX_PARAMS = 3,   /* in a route's path */
    WEB_MAX_QUERIES = 24, /* name=value pairs behind the question mark */
    WEB_MAX_TARGET = 8192 /* bytes of path and query */
};

typedef struct WebAnswer WebAnswer;

/* A part of the path that the route left open. */
typedef struct {
    long number;      /* of {number}, 0 to 2^31 - 1; else 0 */
    const char *name; /* of {name}; else NULL */
} WebParam;

/* Borrowed by a handler for the time of its call. */
typedef struct {
    WebParam param[WEB_MAX_PARAMS]; /* in the order of the path */
    struct {
        const char *name, *value; /* decoded, UTF-8 without control characters */
    } query[WEB_MAX_QUERIES];
    size_t queries;
    const char *content_type; /* "" when there is none */
    const char *if_none_match;
    const uint8_t *body; /* followed by a zero byte; NULL when the route takes none */
    size_t body_size;
    char *memory; /* what the texts point into; the server's */
} WebRequest;

/* The value of a query parameter, NULL when it was not given. */
const char *web_query(const WebRequest *r, const char *name);

/* A whole number of the query between min and max into *value, or `absent` when it was not given. On a value that is none
 * *a gets 400 and the result is false. */
bool web_query_number(const WebRequest *r, const char *name, long min, long max, long absent, long *value,
                      WebAnswer *a);

/* The body as a JSON object, which the caller gives back with json_decref(). NULL with *a answered (400, 415) when the body
 * is no JSON object, has a key twice, or does not say that it is application/json. */
json_t *web_request_json(const WebRequest *r, WebAnswer *a);

/* --- for the server and its tests ------------------------------------------------------------------ */

/* Take a request's target apart: the path stays as it came, the query is decoded into *r. On failure *a is answered and *r
 * empty. `target` is text from outside. *path lies in r->memory. */
bool web_target_parse(WebRequest *r, const char *target, char **path, WebAnswer *a);
/* Does the path fit the pattern of a route? Then fills `param` and cuts the path behind each name; else leaves both alone. */
bool web_path_match(const char *pattern, char *path, WebParam param[WEB_MAX_PARAMS]);
/* Names in a path: 1 to 200 letters, digits, dots, underscores and dashes, the first no dot. */
bool web_name_ok(const char *s, size_t n);
void web_request_clear(WebRequest *r);

#endif
