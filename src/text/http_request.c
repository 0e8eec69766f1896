#include "text/http_request.h"

#include "base/clock.h"
#include "base/str.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long one wait for the network lasts at most: cancelling and the limits are looked at this often. */
#define TICK_MS 50

/* Not reached through a proxy, beside what no_proxy of the environment names: Ollama's own command does not
 * use one for them either. */
#define THIS_MACHINE "localhost,127.0.0.1,::1"

struct Http {
    CURLM *multi; /* keeps the connections */
};

/* curl_global_init() may be called by one thread at a time only, before libcurl 7.84 and in some builds of
 * later ones. Everything that uses libcurl comes through http_open(), so this is the one place. */
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void set_up_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool http_open(Http **h, Err *err)
{
    pthread_once(&curl_once, set_up_curl);
    *h = calloc(1, sizeof **h);
    if (*h)
        (*h)->multi = curl_multi_init();
    if (*h && (*h)->multi)
        return true;
    http_close(*h);
    *h = NULL;
    return err_set(err, ERR_NOMEM, "no memory for a connection");
}

void http_close(Http *h)
{
    if (!h)
        return;
    curl_multi_cleanup(h->multi);
    free(h);
}

/* ---- one exchange -------------------------------------------------------------------------------- */

typedef struct {
    const HttpRequest *req;
    CURL *easy;
    size_t bytes; /* of the body so far */
    double begin_ms, heard_ms;
    HttpEnd end; /* why a callback refused to go on */
} Exchange;

static size_t on_header(char *line, size_t one, size_t n, void *user)
{
    (void)line;
    Exchange *x = user;
    x->heard_ms = clock_ms();
    return one * n;
}

/* libcurl never gives more than CURL_MAX_WRITE_SIZE at once, so neither the product nor the sum can wrap. */
static size_t on_body(char *bytes, size_t one, size_t count, void *user)
{
    Exchange *x = user;
    size_t n = one * count;
    long status = 0;
    x->heard_ms = clock_ms();
    if (n > x->req->limits.max_bytes - x->bytes) {
        x->end = HTTP_TOO_LARGE;
        return 0; /* not n: libcurl ends the transfer */
    }
    x->bytes += n;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (n && !x->req->piece(x->req->user, status, bytes, n)) {
        x->end = HTTP_GIVEN_UP;
        return 0; /* not n: libcurl ends the transfer */
    }
    return n;
}

static HttpEnd end_of(CURLcode code, HttpEnd refused)
{
    switch (code) {
    case CURLE_OK: return HTTP_DONE;
    case CURLE_OUT_OF_MEMORY: return HTTP_NO_MEMORY;
    case CURLE_WRITE_ERROR: return refused;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT: /* of connecting: no other time-out is given to libcurl */
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION: return HTTP_NO_CONNECTION;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE: return HTTP_CUT;
    default: return HTTP_BROKEN;
    }
}

/* libcurl takes the option in place of the environment, so both are joined. */
static bool keep_proxies_away(CURL *e)
{
    const char *told = getenv("no_proxy");
    if (!told)
        told = getenv("NO_PROXY");
    if (told && strcmp(told, "*") == 0)
        return !curl_easy_setopt(e, CURLOPT_NOPROXY, told);
    Str names = { 0 };
    str_printf(&names, THIS_MACHINE ",%s", told ? told : "");
    bool ok = !names.failed && !curl_easy_setopt(e, CURLOPT_NOPROXY, str_text(&names));
    str_clear(&names);
    return ok;
}

static bool prepare(Exchange *x, struct curl_slist *headers, char *reason)
{
    const HttpRequest *req = x->req;
    CURL *e = x->easy;
    bool ok = !curl_easy_setopt(e, CURLOPT_URL, req->url) && !curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) &&
              !curl_easy_setopt(e, CURLOPT_ERRORBUFFER, reason) &&
              !curl_easy_setopt(e, CURLOPT_USERAGENT, "facet/" FACET_VERSION) && keep_proxies_away(e) &&
              !curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)req->limits.connect_ms) &&
              !curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) &&
              !curl_easy_setopt(e, CURLOPT_HEADERDATA, x) &&
              !curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) &&
              !curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
    return ok && (!req->json || (!curl_easy_setopt(e, CURLOPT_POSTFIELDS, req->json) &&
                                 !curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers)));
}

static bool cancelled(const HttpRequest *req)
{
    return req->cancelled && req->cancelled(req->user);
}

/* Which limit of time has been passed; HTTP_DONE when none. */
static HttpEnd out_of_time(const Exchange *x)
{
    double now = clock_ms();
    return now - x->begin_ms > x->req->limits.total_ms   ? HTTP_TOO_SLOW
           : now - x->heard_ms > x->req->limits.stall_ms ? HTTP_STALLED
                                                         : HTTP_DONE;
}

/* Let libcurl work until the exchange has ended. What has come is read before the clock is looked at: the
 * process may have slept. */
static HttpEnd drive(Http *h, Exchange *x)
{
    for (int running = 1;;) {
        if (cancelled(x->req))
            return HTTP_CANCELLED;
        if (curl_multi_perform(h->multi, &running) != CURLM_OK)
            return HTTP_NO_MEMORY;
        if (!running)
            break;
        HttpEnd late = out_of_time(x);
        if (late != HTTP_DONE)
            return late;
        if (curl_multi_poll(h->multi, NULL, 0, TICK_MS, NULL) != CURLM_OK)
            return HTTP_NO_MEMORY;
    }
    int left;
    CURLMsg *m = curl_multi_info_read(h->multi, &left);
    return m ? end_of(m->data.result, x->end) : HTTP_BROKEN;
}

HttpOutcome http_run(Http *h, const HttpRequest *req)
{
    HttpOutcome out = { .end = HTTP_NO_MEMORY };
    char reason[CURL_ERROR_SIZE] = "";
    Exchange x = { .req = req, .easy = curl_easy_init(), .begin_ms = clock_ms(), .end = HTTP_BROKEN };
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    x.heard_ms = x.begin_ms;
    if (x.easy && headers && prepare(&x, headers, reason) && !curl_multi_add_handle(h->multi, x.easy)) {
        out.end = drive(h, &x);
        curl_easy_getinfo(x.easy, CURLINFO_RESPONSE_CODE, &out.status);
        curl_multi_remove_handle(h->multi, x.easy); /* closes the connection of an exchange given up */
    }
    snprintf(out.reason, sizeof out.reason, "%s", reason);
    curl_easy_cleanup(x.easy);
    curl_slist_free_all(headers);
    return out;
}
