/* web/site.h: what a server offers and whom it lets in, without sockets. */
#ifndef FACET_WEB_SITE_H
#define FACET_WEB_SITE_H

#include "web/answer.h"
#include "web/request.h"

enum {
    WEB_TOKEN_CHARS = 32 /* 192 random bits in base64url */
};

typedef enum {
    WEB_GET,
    WEB_POST,
    WEB_PUT,
    WEB_DELETE
} WebMethod; /* HEAD is answered as GET without its body */

/* One thing that can be asked for.
 *
 *   path      "/api/image/{number}/mask": each {number} or {name} stands for one part (see WebParam and web_name_ok); the
 *             rest is taken as it is. No handler ever sees the path that was sent
 *   max_body  most bytes of a body; more is answered with 413 before the handler is called. 0: none is taken
 *   heavy     it computes, or reads large files: it runs on threads of its own, and those that are quick do not wait
 *             behind it
 *   handle    called on any of several threads, also for one route at once: lock what is shared */
typedef struct {
    WebMethod method;
    const char *path;
    size_t max_body;
    bool heavy;
    void (*handle)(void *user, const WebRequest *r, WebAnswer *a);
} WebRoute;

typedef struct {
    const WebRoute *routes;
    size_t route_count;
    const char *page; /* the embedded file that is sent for "/" */
    const char
        *host; /* a further name that the Host header may have: what the server was bound to; "" if none */
    int port;
    char token[WEB_TOKEN_CHARS + 1];
} WebSite;

/* The head of a request as it came; NULL for what it does not have. */
typedef struct {
    const char *method, *target;
    const char *host, *origin, *cookie, *token, *sec_fetch_site, *if_none_match, *content_type;
    bool repeated; /* one of these came twice */
} WebHead;

/* Random token of a new server. */
bool web_site_token(WebSite *site, Err *err);

/* Look at a request's head before its body is read. A route: call its handler with *r when the body is there. NULL: *a is
 * the answer; a refusal, an embedded file, or the way from the address with the token to the one without. */
const WebRoute *web_site_admit(const WebSite *site, const WebHead *head, WebRequest *r, WebAnswer *a);

#endif
