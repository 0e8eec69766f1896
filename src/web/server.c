/* web/server.c: libmicrohttpd carries the bytes, web/site.h decides, web/jobs.h runs the handlers.
 *
 * One thread of libmicrohttpd holds all connections (epoll), so a slow one costs nothing but its place. A request is looked
 * at when its head is there, its body is read up to what the route allows, then its connection is suspended and the handler
 * is a job; when that is done, the connection goes on with the answer. Call: a request from its head to its end. */
#include "web/server.h"
#include "base/clock.h"
#include "base/pool.h"
#include "web/connections.h"
#include "web/jobs.h"
#include "web/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 32768,     /* most of a request's head, in libmicrohttpd's memory of a connection */
    DRAIN_BYTES = 16 << 20, /* of a refused body are read, so that the refusal gets through */
    SURPLUS_CONNECTIONS =
        32, /* above the limit are let in to be refused; others wait in the system's queue */
    SURPLUS_MS = 2000,
    LIGHT_THREADS = 4,
    BACKLOG = 512
};

struct WebServer {
    WebConfig config;
    WebSite site;
    struct MHD_Daemon *daemon;
    Connections *connections;
    Streams *streams;
    JobQueue *light, *heavy;
    bool is_public;
    char *address;
    atomic_bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    int calls; /* requests between their head and the end of their answer */
};

typedef enum { CALL_READING, CALL_RUNNING, CALL_DONE } CallState;

typedef struct {
    Job job;
    WebServer *server;
    struct MHD_Connection *connection;
    Connection *place;
    const WebRoute *route; /* NULL: the answer is there already */
    WebRequest request;
    WebAnswer answer;
    CallState state;
    bool last; /* the connection is closed behind the answer */
    uint8_t *body;
    size_t body_size, body_cap, drained;
} Call;

static double deadline_in(int ms)
{
    return clock_ms() + ms;
}

/* --- heads ------------------------------------------------------------------------------------- */

typedef struct {
    WebHead head;
    const char *content_length, *expect, *transfer_encoding;
} Head;

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    Head *h = cls;
    (void)kind;
    const struct {
        const char *name;
        const char **to;
    } wanted[] = {
        { "Host", &h->head.host },
        { "Origin", &h->head.origin },
        { "Cookie", &h->head.cookie },
        { "X-Facet-Token", &h->head.token },
        { "Sec-Fetch-Site", &h->head.sec_fetch_site },
        { "If-None-Match", &h->head.if_none_match },
        { "Content-Type", &h->head.content_type },
        { "Content-Length", &h->content_length },
        { "Transfer-Encoding", &h->transfer_encoding },
        { "Expect", &h->expect },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (strcasecmp(name, wanted[i].name) == 0) {
            h->head.repeated = h->head.repeated || *wanted[i].to;
            *wanted[i].to = value ? value : "";
        }
    return MHD_YES;
}

static void refuse(Call *call, int status, const char *why)
{
    call->route = NULL;
    call->last = true;
    web_answer_error(&call->answer, status, "%s", why);
}

/* The head is there: decide what becomes of the request. True when the refusal should not wait for the body. */
static bool look_at_head(Call *call, const char *method)
{
    Head h = { .head = { .method = method, .target = call->place->target } };
    MHD_get_connection_values(call->connection, MHD_HEADER_KIND, take_header, &h);
    size_t claim = h.content_length ? strtoull(h.content_length, NULL, 10) : 0;
    if (atomic_load(&call->server->stopping))
        refuse(call, 503, "facet is ending");
    else if (call->place->surplus)
        refuse(call, 503, "too many connections; close other pages of this server");
    else if (h.content_length && h.transfer_encoding)
        refuse(call, 400, "a body has one length");
    else
        call->route = web_site_admit(&call->server->site, &h.head, &call->request, &call->answer);
    if (call->route && claim > call->route->max_body)
        refuse(call, 413, "more bytes than can be taken here");
    return !call->route && (h.expect || claim > DRAIN_BYTES);
}

/* --- bodies ------------------------------------------------------------------------------------ */

/* False when the connection should be cut. */
static bool take_body(Call *call, const char *bytes, size_t n)
{
    if (call->route && n > call->route->max_body - call->body_size)
        refuse(call, 413, "more bytes than can be taken here");
    if (!call->route) {
        call->drained += n;
        return call->drained <= DRAIN_BYTES;
    }
    if (call->body_size + n + 1 > call->body_cap) {
        size_t cap = call->body_cap ? call->body_cap * 2 : 4096;
        while (cap < call->body_size + n + 1)
            cap *= 2;
        uint8_t *grown = realloc(call->body, cap);
        if (!grown) {
            refuse(call, 503, "out of memory");
            return true;
        }
        call->body = grown;
        call->body_cap = cap;
    }
    memcpy(call->body + call->body_size, bytes, n);
    call->body_size += n;
    call->body[call->body_size] = 0;
    return true;
}

static void run_handler(Job *job, bool cancelled)
{
    Call *call = (Call *)(void *)job; /* its first field */
    if (cancelled) {
        refuse(call, 503, "facet is ending");
    } else {
        call->request.body = call->body;
        call->request.body_size = call->body_size;
        call->route->handle(call->server->config.user, &call->request, &call->answer);
        if (!call->answer.status)
            web_answer_error(&call->answer, 500, "nothing came of this");
    }
    call->state = CALL_DONE;
    MHD_resume_connection(call->connection);
}

/* --- answers ----------------------------------------------------------------------------------- */

static const char content_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

static bool add(struct MHD_Response *r, const char *name, const char *value)
{
    return MHD_add_response_header(r, name, value) == MHD_YES;
}

static bool add_headers(struct MHD_Response *r, const WebAnswer *a, bool last)
{
    static const char *const cache[] = { [WEB_CACHE_NEVER] = "no-store",
                                         [WEB_CACHE_CHECK] = "private, no-cache",
                                         [WEB_CACHE_FOREVER] = "private, max-age=31536000, immutable" };
    char text[256];
    bool ok = add(r, "Content-Security-Policy", content_policy) &&
              add(r, "X-Content-Type-Options", "nosniff") && add(r, "Referrer-Policy", "no-referrer") &&
              add(r, "Cross-Origin-Resource-Policy", "same-origin") &&
              add(r, "Cross-Origin-Opener-Policy", "same-origin") && add(r, "Cache-Control", cache[a->cache]);
    if (ok && a->type)
        ok = add(r, "Content-Type", a->type);
    if (ok && a->etag[0]) {
        (void)snprintf(text, sizeof text, "\"%s\"", a->etag);
        ok = add(r, "ETag", text);
    }
    if (ok && a->download[0]) {
        (void)snprintf(text, sizeof text, "attachment; filename=\"%s\"", a->download);
        ok = add(r, "Content-Disposition", text);
    }
    if (ok && a->location)
        ok = add(r, "Location", a->location);
    if (ok && a->cookie)
        ok = add(r, "Set-Cookie", a->cookie);
    return ok && (!last || add(r, "Connection", "close"));
}

/* Move the content of an answer into a response. NULL: no memory, or too many streams. */
static struct MHD_Response *response_make(Call *call)
{
    WebAnswer *a = &call->answer;
    struct MHD_Response *r;
    if (a->has_stream) {
        r = streams_response(call->server->streams, a->stream, call->connection);
        a->has_stream = a->has_stream && !r;
    } else if (a->has_file) {
        r = MHD_create_response_from_fd(a->size, a->file);
        a->has_file = a->has_file && !r;
    } else {
        r = MHD_create_response_from_buffer(a->size, a->bytes,
                                            a->borrowed ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
        if (r)
            a->bytes = NULL;
    }
    return r;
}

static enum MHD_Result respond(Call *call)
{
    bool streams = call->answer.has_stream;
    struct MHD_Response *r = response_make(call);
    if (!r && streams) {
        web_answer_error(&call->answer, 503,
                         "too many live views are open; close other pages of this server");
        streams = false;
        r = response_make(call);
    }
    connection_deadline(call->place, streams ? HUGE_VAL : deadline_in(call->server->config.send_ms));
    if (!r)
        return MHD_NO;
    enum MHD_Result result = MHD_NO;
    if (add_headers(r, &call->answer, call->last || atomic_load(&call->server->stopping)))
        result = MHD_queue_response(call->connection, (unsigned)call->answer.status, r);
    MHD_destroy_response(r);
    return result;
}

/* --- libmicrohttpd's calls ------------------------------------------------------------------------ */

static Connection *place_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    WebServer *s = cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connection_remove(*context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    Connection *place =
        info ? connection_add(s->connections, info->connect_fd, deadline_in(s->config.idle_ms)) : NULL;
    if (place && place->surplus)
        connection_deadline(place, deadline_in(SURPLUS_MS));
    *context = place;
}

/* The request line is there: keep the target as it was sent. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    Connection *place = place_of(connection);
    (void)cls;
    if (place) {
        free(place->target);
        place->target = strdup(target);
    }
    return NULL;
}

/* libmicrohttpd would decode escapes in its own copy of the target, which nobody reads. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static Call *call_begin(WebServer *s, struct MHD_Connection *connection)
{
    Connection *place = place_of(connection);
    Call *call = place && place->target ? calloc(1, sizeof *call) : NULL;
    if (!call)
        return NULL;
    *call = (Call){ .job.run = run_handler, .server = s, .connection = connection, .place = place };
    pthread_mutex_lock(&s->lock);
    s->calls++;
    pthread_mutex_unlock(&s->lock);
    return call;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_size, void **context)
{
    WebServer *s = cls;
    Call *call = *context;
    (void)url;
    (void)version;
    if (!call) {
        *context = call = call_begin(s, connection);
        if (!call)
            return MHD_NO;
        if (!call->place->surplus)
            connection_deadline(call->place, deadline_in(s->config.body_ms));
        return look_at_head(call, method) ? respond(call) : MHD_YES;
    }
    if (*body_size > 0) {
        bool ok = take_body(call, body, *body_size);
        *body_size = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    if (call->state == CALL_READING && call->route) {
        call->state = CALL_RUNNING;
        connection_deadline(call->place, HUGE_VAL);
        MHD_suspend_connection(connection);
        jobs_push(call->route->heavy ? s->heavy : s->light, &call->job);
        return MHD_YES;
    }
    return respond(call);
}

static void on_end(void *cls, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode code)
{
    WebServer *s = cls;
    Call *call = *context;
    (void)connection;
    (void)code;
    if (!call)
        return;
    *context = NULL;
    if (!call->place->surplus)
        connection_deadline(call->place, deadline_in(s->config.idle_ms));
    web_answer_clear(&call->answer);
    web_request_clear(&call->request);
    free(call->body);
    free(call);
    pthread_mutex_lock(&s->lock);
    s->calls--;
    pthread_cond_signal(&s->idle);
    pthread_mutex_unlock(&s->lock);
}

/* --- start and stop ---------------------------------------------------------------------------- */

static int listen_at(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol), on = 1;
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* A listening socket, or -1. */
static int listen_on(const char *host, int port, Err *err)
{
    char service[16];
    (void)snprintf(service, sizeof service, "%d", port);
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE },
                    *list;
    int why = getaddrinfo(host, service, &hints, &list);
    if (why != 0) {
        err_set(err, ERR_USAGE, "cannot listen at \"%s\": %s; name an address of this machine", host,
                gai_strerror(why));
        return -1;
    }
    int fd = -1;
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = listen_at(at);
    int reason = errno;
    freeaddrinfo(list);
    if (fd >= 0)
        return fd;
    if (reason == EADDRINUSE)
        err_set(err, ERR_USAGE,
                "port %d of %s is taken; choose another with --port, or 0 for any that is free", port, host);
    else if (reason == EADDRNOTAVAIL)
        err_set(err, ERR_USAGE, "cannot listen at \"%s\": it is no address of this machine", host);
    else
        err_set_errno(err, reason, "cannot listen at %s, port %d", host, port);
    return -1;
}

/* What the socket was bound to. */
static bool port_of(int fd, int *port, bool *is_public, Err *err)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = { 0 };
    socklen_t n = sizeof at;
    if (getsockname(fd, &at.any, &n) != 0)
        return err_set_errno(err, errno, "cannot ask a socket for its port");
    bool six = at.any.sa_family == AF_INET6;
    *port = ntohs(six ? at.v6.sin6_port : at.v4.sin_port);
    *is_public = six ? !IN6_IS_ADDR_LOOPBACK(&at.v6.sin6_addr) : ntohl(at.v4.sin_addr.s_addr) >> 24 != 127;
    return true;
}

static void fill_in(int *value, int absent)
{
    if (*value <= 0)
        *value = absent;
}

static struct MHD_Daemon *daemon_start(WebServer *s, int fd)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES,
                            MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)(s->config.max_connections + SURPLUS_CONNECTIONS),
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((s->config.idle_ms + 999) / 1000),
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
                            MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_CONNECTION,
                            on_connection, s, MHD_OPTION_NOTIFY_COMPLETED, on_end, s, MHD_OPTION_END);
}

static bool address_make(WebServer *s)
{
    const char *host = s->config.host;
    if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0)
        host = "localhost";
    bool six = strchr(host, ':') != NULL;
    return asprintf(&s->address, "http://%s%s%s:%d/?token=%s", six ? "[" : "", host, six ? "]" : "",
                    s->site.port, s->site.token) > 0;
}

bool web_server_start(WebServer **out, const WebConfig *config, Err *err)
{
    *out = NULL;
    WebServer *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ERR_NOMEM, "out of memory");
    s->config = *config;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* as clock_ms() */
    pthread_cond_init(&s->idle, &attr);
    pthread_condattr_destroy(&attr);
    WebConfig *c = &s->config;
    if (!c->host)
        c->host = "127.0.0.1";
    fill_in(&c->max_connections, 320);
    fill_in(&c->max_streams, 64);
    fill_in(&c->idle_ms, 30000);
    fill_in(&c->body_ms, 60000);
    fill_in(&c->send_ms, 300000);
    fill_in(&c->stop_ms, 2000);
    s->site =
        (WebSite){ .routes = c->routes, .route_count = c->route_count, .page = c->page, .host = c->host };

    int fd = listen_on(c->host, c->port, err);
    if (fd < 0 || !port_of(fd, &s->site.port, &s->is_public, err) || !web_site_token(&s->site, err))
        goto fail;
    s->connections = connections_open(c->max_connections);
    s->streams = streams_open(c->max_streams);
    s->light = jobs_open(LIGHT_THREADS);
    s->heavy = jobs_open(pool_cpus() < 2 ? 2 : pool_cpus());
    if (!s->connections || !s->streams || !s->light || !s->heavy || !address_make(s)) {
        err_set(err, ERR_NOMEM, "no memory or threads left for the server");
        goto fail;
    }
    s->daemon = daemon_start(s, fd);
    if (!s->daemon) {
        err_set(err, ERR_IO, "the server cannot start; are too many files open?");
        goto fail;
    }
    *out = s;
    return true;
fail:
    if (fd >= 0)
        close(fd);
    web_server_stop(s);
    return false;
}

const char *web_server_address(const WebServer *s)
{
    return s->address;
}

bool web_server_is_public(const WebServer *s)
{
    return s->is_public;
}

void web_server_wake(WebServer *s)
{
    streams_wake(s->streams);
}

/* Let the answers under way be taken, for a while. */
static void wait_for_calls(WebServer *s)
{
    double end_ms = deadline_in(s->config.stop_ms);
    struct timespec t = { .tv_sec = (time_t)(end_ms / 1e3) };
    t.tv_nsec = (long)((end_ms - (double)t.tv_sec * 1e3) * 1e6);
    pthread_mutex_lock(&s->lock);
    while (s->calls > 0 && pthread_cond_timedwait(&s->idle, &s->lock, &t) == 0)
        continue;
    pthread_mutex_unlock(&s->lock);
}

void web_server_stop(WebServer *s)
{
    if (!s)
        return;
    atomic_store(&s->stopping, true);
    if (s->streams)
        streams_end(s->streams);
    if (s->light)
        jobs_cancel(s->light);
    if (s->heavy)
        jobs_cancel(s->heavy);
    if (s->daemon) {
        wait_for_calls(s);
        MHD_stop_daemon(s->daemon); /* no connection is suspended: all jobs are done, all streams ended */
    }
    jobs_close(s->light);
    jobs_close(s->heavy);
    streams_close(s->streams);
    connections_close(s->connections);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->idle);
    free(s->address);
    free(s);
}
