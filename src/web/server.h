/* web/server.h: the HTTP server behind `facet label` and `facet studio`.
 *
 * It serves the files of src/web/static/, which are part of the program, under their names ("/label.js"), one of them also
 * as "/", and what the table of routes offers. Whoever asks must have the token of this start: the address that
 * web_server_address() gives carries it, the browser gets it as a cookie, programs may send it as X-Facet-Token. Host and
 * Origin must be the server's own; methods other than GET must say that they come from its own page. Pages may run no
 * script and load nothing but what the server itself sends. */
#ifndef FACET_WEB_SERVER_H
#define FACET_WEB_SERVER_H

#include "web/answer.h"
#include "web/request.h"
#include "web/site.h"

typedef struct WebServer WebServer;

typedef struct {
    const char *host; /* name or address to listen at; NULL: 127.0.0.1 */
    int port;         /* 0: one that is free */
    const char *page; /* the file of src/web/static/ that is sent for "/" */
    const WebRoute *routes;
    size_t route_count;
    void *user; /* what handlers get */

    /* 0 means: as in brackets. */
    int max_connections; /* above it, requests are answered with 503 [320] */
    int max_streams;     /* open at once [64] */
    int idle_ms;         /* until the head of a request is there; kept open that long without one [30000] */
    int body_ms;         /* from the head to the end of the body [60000] */
    int send_ms;         /* from the answer to its end; streams have none [300000] */
    int stop_ms;         /* that web_server_stop() waits for answers under way to be taken [2000] */
} WebConfig;

/* Listen and serve on threads of the server's own. The texts and tables of the config are borrowed until the server is
 * stopped. ERR_USAGE: no such host, or the port is taken; ERR_IO, ERR_NOMEM. *out is NULL on failure. */
bool web_server_start(WebServer **out, const WebConfig *config, Err *err) __attribute__((warn_unused_result));

/* "http://127.0.0.1:8377/?token=..." to open in a browser. Borrowed until the stop. */
const char *web_server_address(const WebServer *s);
/* Is it reachable from other machines? */
bool web_server_is_public(const WebServer *s);
/* Have every stream's next() called soon. From any thread, also from a handler. */
void web_server_wake(WebServer *s);

/* Accept nothing more, wait for the handlers that have begun, let their answers be sent, end the streams, free. What was
 * asked for and not begun gets 503. Not from a handler. NULL is fine. */
void web_server_stop(WebServer *s);

#endif
