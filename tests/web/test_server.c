/* The server on its socket: clients that behave, lag, lie, vanish, or are too many. */
#include "temp.h"

#include "http_client.h"

#include "base/clock.h"
#include "base/pool.h"
#include "web/server.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- a server with something of everything ------------------------------------------------------- */

typedef struct {
    WebServer *server;
    int port;
    char token[64];
    sem_t gate;        /* what slow handlers wait for */
    atomic_int begun;  /* slow handlers that wait or have waited */
    atomic_int open;   /* streams */
    atomic_int floods; /* times that flood_next() was asked */
    atomic_int news;   /* what streams tell */
    char file[512];    /* what /api/file sends */
} App;

static void echo(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)user;
    web_answer_json(a, json_pack("{s:i, s:s, s:s*}", "number", (int)r->param[0].number, "name",
                                 r->param[1].name, "q", web_query(r, "q")));
}

static void take(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)user;
    json_t *v = web_request_json(r, a);
    if (v)
        web_answer_json(a, v);
}

static void measure(void *user, const WebRequest *r, WebAnswer *a)
{
    unsigned sum = 0;
    (void)user;
    for (size_t i = 0; i < r->body_size; i++)
        sum += r->body[i];
    web_answer_json(a, json_pack("{s:I, s:I}", "size", (json_int_t)r->body_size, "sum", (json_int_t)sum));
}

static void slow(void *user, const WebRequest *r, WebAnswer *a)
{
    App *app = user;
    (void)r;
    atomic_fetch_add(&app->begun, 1);
    sem_wait(&app->gate);
    web_answer_text(a, "text/plain", "at last");
}

static void quick(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)user;
    (void)r;
    web_answer_text(a, "text/plain", "quick");
}

static void big(void *user, const WebRequest *r, WebAnswer *a)
{
    size_t size = (size_t)64 << 20;
    (void)user;
    (void)r;
    web_answer_bytes(a, "application/octet-stream", calloc(1, size), size);
}

static void send_file(void *user, const WebRequest *r, WebAnswer *a)
{
    App *app = user;
    if (web_answer_known(a, r, "v1", WEB_CACHE_FOREVER))
        return;
    web_answer_file(a, "image/png", open(app->file, O_RDONLY | O_CLOEXEC));
    web_answer_download(a, "a.png");
}

static void silent(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)user;
    (void)r;
    (void)a;
}

static void done(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)user;
    (void)r;
    web_answer_none(a);
}

typedef struct {
    App *app;
    int told;
} Feed;

static bool feed_next(void *user, Str *out)
{
    Feed *f = user;
    int news = atomic_load(&f->app->news);
    if (news < 0)
        return false;
    if (f->told != news)
        web_event_json(out, "news", json_true());
    f->told = news;
    return true;
}

static void feed_close(void *user)
{
    Feed *f = user;
    atomic_fetch_sub(&f->app->open, 1);
    free(f);
}

static void feed(void *user, const WebRequest *r, WebAnswer *a)
{
    Feed *f = calloc(1, sizeof *f);
    (void)r;
    f->app = user;
    f->told = -1;
    atomic_fetch_add(&f->app->open, 1);
    web_answer_stream(a,
                      (WebStream){ .next = feed_next, .close = feed_close, .user = f, .period_ms = 10000 });
}

/* Half a megabyte each time it is asked. */
static bool flood_next(void *user, Str *out)
{
    Feed *f = user;
    char *text = malloc(500000);
    atomic_fetch_add(&f->app->floods, 1);
    memset(text, 'x', 499999);
    text[499999] = 0;
    web_event(out, "flood", text);
    free(text);
    return true;
}

static void flood(void *user, const WebRequest *r, WebAnswer *a)
{
    Feed *f = calloc(1, sizeof *f);
    (void)r;
    f->app = user;
    atomic_fetch_add(&f->app->open, 1);
    web_answer_stream(a, (WebStream){ .next = flood_next, .close = feed_close, .user = f, .period_ms = 50 });
}

static const WebRoute routes[] = {
    { WEB_GET, "/api/echo/{number}/{name}", 0, false, echo },
    { WEB_POST, "/api/take", 1000, false, take },
    { WEB_PUT, "/api/measure", 4 << 20, false, measure },
    { WEB_GET, "/api/slow", 0, true, slow },
    { WEB_GET, "/api/quick", 0, false, quick },
    { WEB_GET, "/api/big", 0, true, big },
    { WEB_GET, "/api/file", 0, false, send_file },
    { WEB_GET, "/api/silent", 0, false, silent },
    { WEB_DELETE, "/api/thing/{number}", 0, false, done },
    { WEB_GET, "/api/feed", 0, false, feed },
    { WEB_GET, "/api/flood", 0, false, flood },
};

static App *app_start(WebConfig config)
{
    App *app = calloc(1, sizeof *app);
    Err err = { 0 };
    sem_init(&app->gate, 0, 0);
    snprintf(app->file, sizeof app->file, "%s/examples/mug.png", getenv("FACET_SOURCE"));
    config.page = "base.css";
    config.routes = routes;
    config.route_count = COUNT(routes);
    config.user = app;
    assert_ok(web_server_start(&app->server, &config, &err));
    assert_int_equal(
        sscanf(web_server_address(app->server), "http://127.0.0.1:%d/?token=%63s", &app->port, app->token),
        2);
    return app;
}

static void app_stop(App *app)
{
    web_server_stop(app->server);
    assert_int_equal(atomic_load(&app->open), 0);
    sem_destroy(&app->gate);
    free(app);
}

/* A request with the token, from the server's own page; `more` is further header lines and the body. */
static const char *request(const App *app, const char *line, const char *more)
{
    static char text[8][4096];
    static int next;
    char *t = text[next++ % 8];
    snprintf(t, sizeof text[0],
             "%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\nX-Facet-Token: %s\r\n%s",
             line, app->port, app->port, app->token, more);
    return t;
}

static const char *get(const App *app, const char *path)
{
    char line[512];
    snprintf(line, sizeof line, "GET %s", path);
    return request(app, line, "\r\n");
}

static Reply ask(const App *app, const char *line, const char *more)
{
    return client_ask(app->port, request(app, line, more));
}

static void assert_answers(int port, const char *request_text, int status, const char *body)
{
    Reply r = client_ask(port, request_text);
    if (r.status != status)
        fail_msg("%d, not %d: %s", r.status, status, r.body ? r.body : "no answer");
    if (body)
        assert_string_equal(r.body, body);
    reply_clear(&r);
}

/* The server still does its work, and at once. */
static void assert_quick(const App *app)
{
    double begin = clock_ms();
    assert_answers(app->port, get(app, "/api/quick"), 200, "quick");
    if (clock_ms() - begin > 2000)
        fail_msg("an easy request took %.0f ms", clock_ms() - begin);
}

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

/* Wait up to ten seconds for a counter. */
static void await_count(atomic_int *count, int value)
{
    for (int i = 0; i < 1000 && atomic_load(count) != value; i++)
        sleep_ms(10);
    assert_int_equal(atomic_load(count), value);
}

/* ---- what is answered ------------------------------------------------------------------------------ */

static void handlers_get_parameters_and_bodies(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    Reply r = ask(app, "GET /api/echo/12/a-b.png?q=a%20b", "\r\n");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "{\"number\":12,\"name\":\"a-b.png\",\"q\":\"a b\"}");
    assert_string_equal(reply_header(&r, "Content-Type"), "application/json");
    reply_clear(&r);
    r = ask(app, "POST /api/take", "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "{\"a\":1}");
    reply_clear(&r);
    r = ask(app, "PUT /api/measure", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_string_equal(r.body, "{\"size\":5,\"sum\":495}");
    reply_clear(&r);
    r = ask(app, "DELETE /api/thing/3", "\r\n");
    assert_int_equal(r.status, 204);
    reply_clear(&r);
    r = ask(app, "GET /api/silent", "\r\n");
    assert_int_equal(r.status, 500);
    reply_clear(&r);
    r = ask(app, "HEAD /api/quick", "Connection: close\r\n\r\n");
    assert_int_equal(r.status, 0); /* five bytes are announced and none is sent */
    assert_string_equal(reply_header(&r, "Content-Length"), "5");
    reply_clear(&r);
    app_stop(app);
}

static void every_answer_keeps_the_page_to_itself(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    static const char *const paths[] = { "/", "/base.css", "/api/quick", "/api/none", "/api/silent" };
    for (size_t i = 0; i < COUNT(paths); i++) {
        Reply r = client_ask(app->port, get(app, paths[i]));
        const char *policy = reply_header(&r, "Content-Security-Policy");
        assert_non_null(strstr(policy, "default-src 'none'; script-src 'self';"));
        assert_non_null(strstr(policy, "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
        assert_null(strstr(policy, "unsafe"));
        assert_string_equal(reply_header(&r, "X-Content-Type-Options"), "nosniff");
        assert_string_equal(reply_header(&r, "Referrer-Policy"), "no-referrer");
        assert_string_equal(reply_header(&r, "Cross-Origin-Resource-Policy"), "same-origin");
        assert_string_equal(reply_header(&r, "Cross-Origin-Opener-Policy"), "same-origin");
        assert_string_equal(reply_header(&r, "Cache-Control"), i < 2 ? "private, no-cache" : "no-store");
        assert_string_equal(reply_header(&r, "Access-Control-Allow-Origin"), "");
        reply_clear(&r);
    }
    app_stop(app);
}

static void a_file_is_sent_whole_and_once(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    Err err = { 0 };
    uint8_t *data;
    size_t size;
    assert_ok(file_read(app->file, (size_t)1 << 30, &data, &size, &err));
    Reply r = client_ask(app->port, get(app, "/api/file"));
    assert_int_equal(r.status, 200);
    assert_int_equal(r.size, size);
    assert_memory_equal(r.body, data, size);
    assert_string_equal(reply_header(&r, "Content-Type"), "image/png");
    assert_string_equal(reply_header(&r, "ETag"), "\"v1\"");
    assert_string_equal(reply_header(&r, "Cache-Control"), "private, max-age=31536000, immutable");
    assert_string_equal(reply_header(&r, "Content-Disposition"), "attachment; filename=\"a.png\"");
    reply_clear(&r);
    free(data);
    r = ask(app, "GET /api/file", "If-None-Match: \"v1\"\r\n\r\n");
    assert_int_equal(r.status, 304);
    assert_int_equal(r.size, 0);
    reply_clear(&r);
    app_stop(app);
}

/* ---- who is let in ------------------------------------------------------------------------------ */

static void heads_are_checked_before_anything_is_done(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    char text[1024];
    static const struct {
        const char *host, *token;
        int status;
    } cases[] = { { "127.0.0.1", "%s", 200 },
                  { "localhost", "%s", 200 },
                  { "evil.example", "%s", 403 },
                  { "127.0.0.1", "x%s", 401 },
                  { "127.0.0.1", "", 401 } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char token[80];
        snprintf(token, sizeof token,
                 cases[i].token[0] == 'x' ? "x%s"
                 : cases[i].token[0]      ? "%s"
                                          : "%.0s",
                 app->token);
        snprintf(text, sizeof text, "GET /api/quick HTTP/1.1\r\nHost: %s:%d\r\nX-Facet-Token: %s\r\n\r\n",
                 cases[i].host, app->port, token);
        assert_answers(app->port, text, cases[i].status, NULL);
    }
    snprintf(text, sizeof text,
             "GET /api/quick HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: facet-%d=%s\r\n\r\n", app->port,
             app->port, app->token);
    assert_answers(app->port, text, 200, "quick");
    snprintf(text, sizeof text, "GET /api/quick HTTP/1.0\r\nX-Facet-Token: %s\r\n\r\n", app->token);
    assert_answers(app->port, text, 403, NULL);
    /* Two of a kind: which one would be meant? */
    assert_answers(app->port, request(app, "GET /api/quick", "Host: evil.example\r\n\r\n"), 400, NULL);
    assert_answers(app->port, request(app, "GET /api/quick", "Origin: http://evil.example\r\n\r\n"), 400,
                   NULL);
    snprintf(text, sizeof text,
             "DELETE /api/thing/1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Facet-Token: %s\r\n\r\n", app->port,
             app->token);
    assert_answers(app->port, text, 403, NULL);
    app_stop(app);
}

static void sizes_have_limits(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    char more[2000], body[1100];
    for (int size = 999; size <= 1001; size++) {
        memset(body, ' ', sizeof body);
        memcpy(body, "{}", 2);
        body[size] = 0;
        snprintf(more, sizeof more, "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", size,
                 body);
        assert_answers(app->port, request(app, "POST /api/take", more), size <= 1000 ? 200 : 413, NULL);
        snprintf(more, sizeof more,
                 "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
                 size, body);
        assert_answers(app->port, request(app, "POST /api/take", more), size <= 1000 ? 200 : 413, NULL);
    }
    /* A claim is answered without waiting for what it claims. */
    static const char *const claims[] = { "1000000000000", "18446744073709551615" };
    for (size_t i = 0; i < COUNT(claims); i++) {
        snprintf(more, sizeof more, "Content-Length: %s\r\n\r\n", claims[i]);
        Reply r = ask(app, "POST /api/take", more);
        assert_true(r.status == 413 || r.status == 400);
        reply_clear(&r);
    }
    assert_answers(app->port,
                   request(app, "POST /api/take", "Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n"),
                   413, NULL);
    assert_answers(app->port, request(app, "GET /api/quick", "Content-Length: 5\r\n\r\nhello"), 413, NULL);

    /* A body that never ends is cut. */
    int fd = client_connect(app->port);
    client_send(fd, request(app, "PUT /api/measure", "Transfer-Encoding: chunked\r\n\r\n"));
    static char chunk[65536 + 9];
    memcpy(chunk, "10000\r\n", 7);
    memset(chunk + 7, 'x', 65536);
    memcpy(chunk + 7 + 65536, "\r\n", 2);
    int sent = 0;
    while (sent < 1000 && client_send_n(fd, chunk, sizeof chunk))
        sent++;
    assert_true(sent < 500); /* 4 MB are taken, 16 MB more are thrown away */
    close(fd);

    /* Heads: many headers, one long one, a long target. */
    char *head = calloc(1, 200000);
    strcpy(head, request(app, "GET /api/quick", ""));
    for (int i = 0; i < 3000; i++)
        sprintf(head + strlen(head), "X-Header-%d: some value\r\n", i);
    strcat(head, "\r\n");
    Reply r = client_ask(app->port, head);
    assert_true(r.status == 431 || r.status == 413 || r.status == 0);
    reply_clear(&r);
    strcpy(head, "GET /");
    memset(head + 5, 'a', 100000);
    strcpy(head + 100005, " HTTP/1.1\r\n\r\n");
    r = client_ask(app->port, head);
    assert_true(r.status == 414 || r.status == 0);
    reply_clear(&r);
    free(head);
    assert_quick(app);
    app_stop(app);
}

static void a_large_body_arrives_whole(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    size_t size = 4 << 20;
    char *body = malloc(size), more[100], expected[100];
    memset(body, 7, size);
    int fd = client_connect(app->port);
    snprintf(more, sizeof more, "Content-Length: %zu\r\n\r\n", size);
    client_send(fd, request(app, "PUT /api/measure", more));
    assert_true(client_send_n(fd, body, size));
    Reply r = client_receive(fd);
    snprintf(expected, sizeof expected, "{\"size\":%zu,\"sum\":%zu}", size, size * 7);
    assert_string_equal(r.body, expected);
    reply_clear(&r);
    close(fd);
    free(body);
    app_stop(app);
}

static void malformed_requests_harm_nobody(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ .idle_ms = 1000 });
    static const char *const bad[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET  /  HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n continued\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET \xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        int fd = client_connect(app->port);
        client_send(fd, bad[i]);
        shutdown(fd, SHUT_WR);
        double begin = clock_ms();
        Reply r = client_receive(fd);
        if ((r.status != 0 && r.status < 400) || clock_ms() - begin > 5000)
            fail_msg("%zu: %d, after %.0f ms", i, r.status, clock_ms() - begin);
        reply_clear(&r);
        close(fd);
    }
    /* Two lengths of one body are how requests are smuggled past a checker. */
    Reply r =
        ask(app, "PUT /api/measure", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_true(r.status == 400 || r.status == 0);
    reply_clear(&r);
    assert_quick(app);
    app_stop(app);
}

/* ---- many at once ----------------------------------------------------------------------------------- */

static void two_hundred_connections_are_held(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    enum { MANY = 200 };
    int fd[MANY];
    const char *text = get(app, "/api/quick");
    size_t half = strlen(text) / 2;
    for (int i = 0; i < MANY; i++) {
        fd[i] = client_connect(app->port);
        assert_true(client_send_n(fd[i], text, half));
    }
    assert_quick(app);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++)
            assert_true(client_send(fd[i], round == 0 ? text + half : get(app, "/api/echo/1/a")));
        for (int i = 0; i < MANY; i++) {
            Reply r = client_receive(fd[i]);
            assert_int_equal(r.status, 200);
            reply_clear(&r);
        }
    }
    for (int i = 0; i < MANY; i++)
        close(fd[i]);
    app_stop(app);
}

static void too_many_are_told_so(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ .max_connections = 8 });
    int fd[8];
    for (int i = 0; i < 8; i++) {
        fd[i] = client_connect(app->port);
        client_send(fd[i], get(app, "/api/quick"));
        Reply r = client_receive(fd[i]);
        assert_int_equal(r.status, 200);
        reply_clear(&r);
    }
    Reply r = client_ask(app->port, get(app, "/api/quick"));
    assert_int_equal(r.status, 503);
    assert_string_equal(reply_header(&r, "Connection"), "close");
    reply_clear(&r);
    /* More than there is room to refuse: they wait, and none is lost for those inside. */
    int crowd[100];
    for (int i = 0; i < 100; i++)
        crowd[i] = client_connect(app->port);
    client_send(fd[0], get(app, "/api/quick"));
    r = client_receive(fd[0]);
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    for (int i = 0; i < 100; i++)
        close(crowd[i]);
    close(fd[1]);
    for (int i = 0; i < 100; i++) { /* until the crowd is cleared away */
        r = client_ask(app->port, get(app, "/api/quick"));
        bool in = r.status == 200;
        reply_clear(&r);
        if (in)
            break;
        assert_true(i < 99);
        sleep_ms(50);
    }
    for (int i = 0; i < 8; i++)
        if (i != 1)
            close(fd[i]);
    app_stop(app);
}

static void slow_clients_block_nobody_and_are_cut(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ .idle_ms = 1000, .body_ms = 1000 });
    enum { SLOW = 200 };
    int fd[SLOW];
    const char *head = get(app, "/api/quick");
    const char *body = request(app, "PUT /api/measure", "Content-Length: 1000\r\n\r\n");
    for (int i = 0; i < SLOW; i++) {
        fd[i] = client_connect(app->port);
        if (i % 2)
            client_send(fd[i], body);
    }
    /* A byte now and then, which keeps a timeout of silence from ever coming. */
    for (int tick = 0; tick < 12; tick++) {
        for (int i = 0; i < SLOW; i++)
            client_send_n(fd[i], i % 2 ? "x" : head + tick, 1);
        assert_quick(app);
        sleep_ms(200);
    }
    for (int i = 0; i < SLOW; i++) {
        char byte;
        ssize_t n = recv(fd[i], &byte, 1, MSG_DONTWAIT); /* already, though it was never silent */
        assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
        close(fd[i]);
    }
    app_stop(app);
}

static void who_does_not_read_blocks_nobody_and_is_cut(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ .send_ms = 1000, .idle_ms = 3000 });
    int fd[8], flood_fd = client_connect(app->port);
    for (int i = 0; i < 8; i++) {
        fd[i] = client_connect(app->port);
        client_send(fd[i], get(app, "/api/big"));
    }
    client_send(flood_fd, get(app, "/api/flood"));
    for (int i = 0; i < 5; i++) {
        sleep_ms(300);
        assert_quick(app);
    }
    int floods = atomic_load(&app->floods);
    sleep_ms(300);
    assert_true(floods > 1);
    assert_int_equal(atomic_load(&app->floods), floods); /* what it has not taken is not piled up */
    await_count(&app->open, 0);
    Reply r = client_receive(fd[0]);
    assert_int_equal(r.status, 0); /* what was in flight, and then the end */
    assert_true(r.size > 0 && r.size < (size_t)64 << 20);
    reply_clear(&r);
    for (int i = 0; i < 8; i++)
        close(fd[i]);
    close(flood_fd);
    app_stop(app);
}

static void a_client_may_vanish_at_any_moment(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    static const char *const paths[] = { "/api/slow", "/api/big", "/api/feed", "/api/flood", "/api/quick" };
    int vanished = 0;
    for (int round = 0; round < 4; round++)
        for (size_t i = 0; i < COUNT(paths); i++) {
            int fd = client_connect(app->port);
            const char *text = get(app, paths[i]);
            client_send_n(fd, text, round == 0 ? 10 : strlen(text));
            if (round == 1)
                shutdown(fd, SHUT_WR);
            if (round == 2)
                sleep_ms(20);
            struct linger at_once = { .l_onoff = 1 };
            if (round != 3)
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            close(fd);
            vanished++;
            sem_post(&app->gate);
        }
    assert_int_equal(vanished, 20);
    atomic_fetch_add(&app->news, 1);
    web_server_wake(app->server);
    assert_quick(app);
    app_stop(app);
}

static void who_has_said_all_still_gets_the_answer(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    int fd = client_connect(app->port);
    client_send(fd, get(app, "/api/slow"));
    shutdown(fd, SHUT_WR);
    await_count(&app->begun, 1);
    sem_post(&app->gate);
    Reply r = client_receive(fd);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "at last");
    reply_clear(&r);
    close(fd);
    app_stop(app);
}

static void requests_in_one_breath_are_answered_in_order(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    Str all = { 0 };
    for (int i = 0; i < 50; i++) {
        char path[64];
        snprintf(path, sizeof path, "/api/echo/%d/a", i);
        str_add(&all, get(app, path));
        str_add(&all, request(app, "POST /api/take",
                              "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"b\":2}"));
    }
    int fd = client_connect(app->port);
    client_send(fd, str_text(&all));
    for (int i = 0; i < 50; i++) {
        char expected[64];
        Reply r = client_receive(fd);
        snprintf(expected, sizeof expected, "{\"number\":%d,\"name\":\"a\"}", i);
        assert_string_equal(r.body, expected);
        reply_clear(&r);
        r = client_receive(fd);
        assert_string_equal(r.body, "{\"b\":2}");
        reply_clear(&r);
    }
    close(fd);
    str_clear(&all);
    app_stop(app);
}

static void heavy_work_does_not_keep_light_work_waiting(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    int count = (pool_cpus() < 2 ? 2 : pool_cpus()) + 6;
    int *fd = calloc((size_t)count, sizeof *fd);
    for (int i = 0; i < count; i++) {
        fd[i] = client_connect(app->port);
        client_send(fd[i], get(app, "/api/slow"));
    }
    await_count(&app->begun, count - 6);
    assert_quick(app);
    assert_int_equal(atomic_load(&app->begun), count - 6);
    for (int i = 0; i < count; i++)
        sem_post(&app->gate);
    for (int i = 0; i < count; i++) {
        Reply r = client_receive(fd[i]);
        assert_string_equal(r.body, "at last");
        reply_clear(&r);
        close(fd[i]);
    }
    free(fd);
    app_stop(app);
}

/* ---- streams ---------------------------------------------------------------------------------------- */

static void streams_tell_what_is_new(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ .max_streams = 3 });
    int fd[3];
    for (int i = 0; i < 3; i++) {
        fd[i] = client_connect(app->port);
        client_send(fd[i], get(app, "/api/feed"));
        assert_true(client_await(fd[i], "event: news\ndata: true\n\n"));
    }
    assert_int_equal(atomic_load(&app->open), 3);
    assert_answers(app->port, get(app, "/api/feed"), 503, NULL);
    await_count(&app->open, 3);   /* the refused one was closed */
    for (int i = 0; i < 5; i++) { /* their own period is ten seconds */
        atomic_fetch_add(&app->news, 1);
        web_server_wake(app->server);
        for (int k = 0; k < 3; k++)
            assert_true(client_await(fd[k], "event: news\ndata: true\n\n"));
    }
    close(fd[0]);
    for (int i = 0; i < 100 && atomic_load(&app->open) == 3; i++) { /* noticed when it is written to */
        atomic_fetch_add(&app->news, 1);
        web_server_wake(app->server);
        sleep_ms(20);
    }
    await_count(&app->open, 2);
    atomic_store(&app->news, -1);
    web_server_wake(app->server);
    for (int k = 1; k < 3; k++) {
        assert_true(client_await(fd[k], "0\r\n\r\n"));
        close(fd[k]);
    }
    await_count(&app->open, 0);
    app_stop(app);
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static void *stop_thread(void *app)
{
    web_server_stop(((App *)app)->server);
    return NULL;
}

static void a_stop_finishes_what_has_begun(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    int heavy = pool_cpus() < 2 ? 2 : pool_cpus(), count = heavy + 3, idle = client_connect(app->port);
    int *fd = calloc((size_t)count, sizeof *fd), stream = client_connect(app->port);
    client_send(stream, get(app, "/api/feed"));
    assert_true(client_await(stream, "data: true\n\n"));
    for (int i = 0; i < count; i++) {
        fd[i] = client_connect(app->port);
        client_send(fd[i], get(app, "/api/slow"));
        if (i < heavy)
            await_count(&app->begun, i + 1);
    }
    sleep_ms(100); /* the others are in the queue */
    pthread_t t;
    pthread_create(&t, NULL, stop_thread, app);
    assert_true(client_await(stream, "0\r\n\r\n"));
    for (int i = heavy; i < count; i++) {
        Reply r = client_receive(fd[i]);
        assert_int_equal(r.status, 503);
        reply_clear(&r);
    }
    assert_answers(app->port, get(app, "/api/quick"), 503, NULL);
    assert_answers(app->port, get(app, "/base.css"), 503, NULL);
    for (int i = 0; i < heavy; i++)
        sem_post(&app->gate);
    for (int i = 0; i < heavy; i++) {
        Reply r = client_receive(fd[i]);
        assert_int_equal(r.status, 200);
        assert_string_equal(r.body, "at last");
        reply_clear(&r);
    }
    pthread_join(t, NULL);
    for (int i = 0; i < count; i++)
        close(fd[i]);
    close(idle);
    close(stream);
    free(fd);
    assert_int_equal(atomic_load(&app->open), 0);
    sem_destroy(&app->gate);
    free(app);
}

static void a_stop_lets_answers_under_way_be_taken(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ .stop_ms = 10000 });
    int fd = client_connect(app->port);
    client_send(fd, get(app, "/api/big"));
    assert_true(client_await(fd, "Content-Length: 67108864\r\n\r\n"));
    pthread_t t;
    pthread_create(&t, NULL, stop_thread, app);
    sleep_ms(50);
    char *all = malloc((size_t)64 << 20);
    assert_int_equal(recv(fd, all, (size_t)64 << 20, MSG_WAITALL), (size_t)64 << 20);
    free(all);
    close(fd);
    pthread_join(t, NULL);
    sem_destroy(&app->gate);
    free(app);
}

static void a_stop_is_not_held_up_by_lagging_clients(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ .stop_ms = 300 });
    int big_fd = client_connect(app->port), flood_fd = client_connect(app->port),
        half_fd = client_connect(app->port);
    client_send(big_fd, get(app, "/api/big"));
    client_send(flood_fd, get(app, "/api/flood"));
    client_send(half_fd, request(app, "PUT /api/measure", "Content-Length: 1000\r\n\r\nabc"));
    sleep_ms(300);
    double begin = clock_ms();
    app_stop(app);
    assert_true(clock_ms() - begin < 5000);
    close(big_fd);
    close(flood_fd);
    close(half_fd);
}

static void starts_and_stops_leave_nothing_behind(void **state)
{
    (void)state;
    int before = open("/dev/null", O_RDONLY);
    close(before);
    for (int i = 0; i < 30; i++) {
        App *app = app_start((WebConfig){ 0 });
        if (i % 2)
            assert_quick(app);
        app_stop(app);
    }
    int after = open("/dev/null", O_RDONLY);
    close(after);
    assert_int_equal(after, before); /* the lowest free number: no file stayed open */
}

static void a_start_that_cannot_be_says_why(void **state)
{
    (void)state;
    App *app = app_start((WebConfig){ 0 });
    WebServer *s;
    Err err = { 0 };
    assert_false(web_server_start(&s, &(WebConfig){ .port = app->port }, &err));
    assert_null(s);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_says(err, "is taken; choose another with --port");
    err_clear(&err);
    assert_false(web_server_start(&s, &(WebConfig){ .host = "192.0.2.1" }, &err));
    assert_says(err, "no address of this machine");
    err_clear(&err);
    assert_false(web_server_start(&s, &(WebConfig){ .host = "no such host" }, &err));
    assert_says(err, "cannot listen at \"no such host\"");
    app_stop(app);
    web_server_stop(NULL);
}

static void only_a_host_that_others_reach_is_public(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool is_public;
        const char *begins;
    } cases[] = { { NULL, false, "http://127.0.0.1:" },
                  { "127.0.0.1", false, "http://127.0.0.1:" },
                  { "0.0.0.0", true, "http://localhost:" } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        WebServer *s;
        Err err = { 0 };
        assert_ok(web_server_start(&s, &(WebConfig){ .host = cases[i].host }, &err));
        assert_true(web_server_is_public(s) == cases[i].is_public);
        assert_memory_equal(web_server_address(s), cases[i].begins, strlen(cases[i].begins));
        web_server_stop(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_get_parameters_and_bodies),
        cmocka_unit_test(every_answer_keeps_the_page_to_itself),
        cmocka_unit_test(a_file_is_sent_whole_and_once),
        cmocka_unit_test(heads_are_checked_before_anything_is_done),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(a_large_body_arrives_whole),
        cmocka_unit_test(malformed_requests_harm_nobody),
        cmocka_unit_test(two_hundred_connections_are_held),
        cmocka_unit_test(too_many_are_told_so),
        cmocka_unit_test(slow_clients_block_nobody_and_are_cut),
        cmocka_unit_test(who_does_not_read_blocks_nobody_and_is_cut),
        cmocka_unit_test(a_client_may_vanish_at_any_moment),
        cmocka_unit_test(who_has_said_all_still_gets_the_answer),
        cmocka_unit_test(requests_in_one_breath_are_answered_in_order),
        cmocka_unit_test(heavy_work_does_not_keep_light_work_waiting),
        cmocka_unit_test(streams_tell_what_is_new),
        cmocka_unit_test(a_stop_finishes_what_has_begun),
        cmocka_unit_test(a_stop_lets_answers_under_way_be_taken),
        cmocka_unit_test(a_stop_is_not_held_up_by_lagging_clients),
        cmocka_unit_test(starts_and_stops_leave_nothing_behind),
        cmocka_unit_test(a_start_that_cannot_be_says_why),
        cmocka_unit_test(only_a_host_that_others_reach_is_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
