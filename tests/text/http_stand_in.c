#include "http_stand_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUESTS_MAX = 256, HEAD_MAX = 8192 };

typedef struct {
    char *what, *body;
} Request;

struct StandIn {
    StandInReply *script;
    size_t count;
    char url[64];
    int listener, stop; /* stop: an eventfd that turns readable */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    Request requests[REQUESTS_MAX];
    size_t requests_count;
};

/* ---- waiting, never past stand_in_stop() ---------------------------------------------------------- */

/* Wait until something can be done with fd. False: stop. */
static bool ready(const StandIn *s, int fd, short events)
{
    struct pollfd p[2] = { { .fd = s->stop, .events = POLLIN }, { .fd = fd, .events = events } };
    return poll(p, 2, -1) > 0 && !p[0].revents;
}

static bool pause_ms(const StandIn *s, int ms)
{
    struct pollfd p = { .fd = s->stop, .events = POLLIN };
    return ms <= 0 || poll(&p, 1, ms) == 0;
}

static bool send_all(const StandIn *s, int fd, const char *bytes, size_t n)
{
    while (n) {
        if (!ready(s, fd, POLLOUT))
            return false;
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* ---- one request and its answer ------------------------------------------------------------------- */

/* Read until `want` bytes are there. False: the client is gone, or stop. */
static bool receive(const StandIn *s, int fd, Str *in, size_t want)
{
    char bytes[4096];
    while (in->len < want) {
        if (!ready(s, fd, POLLIN))
            return false;
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n <= 0)
            return false;
        str_add_n(in, bytes, (size_t)n);
    }
    return !in->failed;
}

static bool read_request(StandIn *s, int fd)
{
    Str in = { 0 };
    const char *end = NULL;
    while (!end && in.len < HEAD_MAX && receive(s, fd, &in, in.len + 1))
        end = strstr(in.s, "\r\n\r\n");
    const char *length = end ? strcasestr(in.s, "\r\nContent-Length:") : NULL;
    size_t head = end ? (size_t)(end + 4 - in.s) : 0, body = 0;
    if (length && length < end)
        body = strtoul(strchr(length, ':') + 1, NULL, 10);
    /* libcurl waits for this before it sends a long body. */
    bool asks = end && strcasestr(in.s, "\r\nExpect: 100-continue");
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    bool ok = end && (!asks || send_all(s, fd, go_on, sizeof go_on - 1)) && receive(s, fd, &in, head + body);
    if (ok) {
        pthread_mutex_lock(&s->lock);
        if (s->requests_count < REQUESTS_MAX) {
            Request *r = &s->requests[s->requests_count];
            r->body = strndup(in.s + head, body);
            in.s[strcspn(in.s, "\r")] = '\0';
            char *version = strstr(in.s, " HTTP/");
            if (version)
                *version = '\0';
            r->what = strdup(in.s);
            s->requests_count++;
        }
        pthread_mutex_unlock(&s->lock);
    }
    str_clear(&in);
    return ok;
}

static bool send_chunks(const StandIn *s, int fd, const StandInReply *r)
{
    const char *body = r->body ? r->body : "";
    size_t n = strlen(body), piece = r->piece ? r->piece : n;
    for (size_t at = 0; at < n; at += piece) {
        size_t now = n - at < piece ? n - at : piece;
        char size[32];
        int digits = snprintf(size, sizeof size, "%zx\r\n", now);
        if (!pause_ms(s, at ? r->piece_pause_ms : 0) || !send_all(s, fd, size, (size_t)digits) ||
            !send_all(s, fd, body + at, now) || !send_all(s, fd, "\r\n", 2))
            return false;
    }
    return true;
}

static void wait_for_the_end(const StandIn *s, int fd)
{
    char c;
    while (ready(s, fd, POLLIN) && recv(fd, &c, 1, 0) > 0)
        ;
}

/* True when the connection may have another request. */
static bool answer(const StandIn *s, int fd, const StandInReply *r)
{
    char head[160];
    snprintf(
        head, sizeof head,
        "HTTP/1.1 %d Scripted\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n",
        r->status ? r->status : 200);
    bool ok = pause_ms(s, r->head_pause_ms);
    if (r->raw)
        ok = ok && send_all(s, fd, r->raw, strlen(r->raw));
    else
        ok = ok && send_all(s, fd, head, strlen(head)) && send_chunks(s, fd, r);
    while (ok && r->end == THEN_REPEAT)
        ok = send_chunks(s, fd, r);
    if (ok && r->end == THEN_STALL)
        wait_for_the_end(s, fd);
    return ok && r->end == THEN_END && !r->raw && send_all(s, fd, "0\r\n\r\n", 5);
}

static void *serve(void *user)
{
    StandIn *s = user;
    static const StandInReply beyond = { .status = 599,
                                         .body = "{\"error\":\"the script has no more replies\"}" };
    size_t next = 0;
    while (ready(s, s->listener, POLLIN)) {
        int fd = accept(s->listener, NULL, NULL), on = 1;
        if (fd < 0)
            continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        while (read_request(s, fd)) {
            const StandInReply *r = next < s->count ? &s->script[next] : &beyond;
            next++;
            if (!answer(s, fd, r))
                break;
        }
        close(fd);
    }
    return NULL;
}

/* ---- start and stop ------------------------------------------------------------------------------- */

/* A socket bound to a free port, and its URL. */
static int bound(char url[64])
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || getsockname(fd, (struct sockaddr *)&a, &size))
        fail_msg("no port for a stand-in");
    snprintf(url, 64, "http://127.0.0.1:%d", ntohs(a.sin_port));
    return fd;
}

StandIn *stand_in_start(const StandInReply *script, size_t count)
{
    StandIn *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->script = calloc(count + 1, sizeof *s->script);
    assert_non_null(s->script);
    memcpy(s->script, script, count * sizeof *script);
    s->count = count;
    s->listener = bound(s->url);
    s->stop = eventfd(0, 0);
    pthread_mutex_init(&s->lock, NULL);
    if (s->stop < 0 || listen(s->listener, 16) || pthread_create(&s->thread, NULL, serve, s))
        fail_msg("the stand-in does not start");
    return s;
}

void stand_in_stop(StandIn *s)
{
    if (eventfd_write(s->stop, 1))
        fail_msg("the stand-in does not stop");
    pthread_join(s->thread, NULL);
    close(s->listener);
    close(s->stop);
    pthread_mutex_destroy(&s->lock);
    for (size_t i = 0; i < s->requests_count; i++) {
        free(s->requests[i].what);
        free(s->requests[i].body);
    }
    free(s->script);
    free(s);
}

const char *stand_in_url(const StandIn *s)
{
    return s->url;
}

size_t stand_in_requests(StandIn *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->requests_count;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static const Request *request(StandIn *s, size_t i)
{
    assert_true(i < stand_in_requests(s));
    return &s->requests[i]; /* never changed once it is counted */
}

const char *stand_in_what(StandIn *s, size_t i)
{
    return request(s, i)->what;
}

const char *stand_in_body(StandIn *s, size_t i)
{
    return request(s, i)->body;
}

const char *stand_in_nobody(char url[64])
{
    close(bound(url));
    return url;
}
