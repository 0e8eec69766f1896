#include "text/ollama.h"

#include "base/clock.h"
#include "text/http_request.h"
#include "text/ollama_host.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define CONNECT_MS 5000
#define STALL_MS   240000
#define TOTAL_MS   900000
#define ATTEMPTS   4
#define PAUSE_MS   500
/* Unloading takes the server a moment; a server that is gone must not hold up the end of a run. */
#define UNLOAD_MS 5000

/* The longest answer, in bytes as they come: some 150 are sent for each word. */
#define ANSWER_MAX ((size_t)8 << 20)

#define DEFAULT_HOST  "127.0.0.1:11434"
#define DEFAULT_TAG   ":latest"
#define EXCERPT_BYTES 200 /* of what a server says, in a message */
#define NAMES_BYTES   400 /* of the models a server has, in a message */

struct Ollama {
    OllamaOptions opt; /* with the defaults filled in */
    char *url;
    Http *http;
};

/* ---- one call ------------------------------------------------------------------------------------ */

/* What came of an answer. */
typedef struct {
    const Ollama *o;
    bool stream;   /* one object a line; otherwise, and where the status is not 200, one object in all */
    bool unasked;  /* do not look whether somebody wants to stop */
    Str body;      /* of a stream, the line that is not whole yet */
    Str text;      /* of a chat, what the model said */
    Str complaint; /* the server's own error */
    json_t *whole; /* where it is no stream */
    size_t parts;  /* objects of the stream so far */
    bool rubbish;  /* no JSON object; body shows it */
    bool done;     /* the stream said that it is complete */
    bool nomem;
} Answer;

static void answer_reset(Answer *a)
{
    str_reset(&a->body);
    str_reset(&a->text);
    str_reset(&a->complaint);
    json_decref(a->whole);
    a->whole = NULL;
    a->parts = 0;
    a->rubbish = a->done = a->nomem = false;
}

static void answer_clear(Answer *a)
{
    str_clear(&a->body);
    str_clear(&a->text);
    str_clear(&a->complaint);
    json_decref(a->whole);
    *a = (Answer){ 0 };
}

/* What a server says becomes plain text on one line. */
static void add_plain(Str *out, const char *text, size_t n, bool one_line)
{
    size_t begin = out->len;
    str_add_n(out, text, n);
    for (size_t i = begin; i < out->len; i++) {
        unsigned char c = (unsigned char)out->s[i];
        if (c == '\0' || (one_line && (c < 0x20 || c == 0x7f)))
            out->s[i] = ' ';
    }
}

static void take_complaint(Answer *a, const json_t *object)
{
    const json_t *error = json_object_get(object, "error");
    if (json_is_object(error)) /* as some proxies wrap it */
        error = json_object_get(error, "message");
    if (json_is_string(error))
        add_plain(&a->complaint, json_string_value(error), json_string_length(error), true);
}

/* One object of a stream. */
static void take_part(Answer *a, const json_t *object)
{
    const json_t *content = json_object_get(json_object_get(object, "message"), "content");
    take_complaint(a, object);
    if (json_is_string(content))
        add_plain(&a->text, json_string_value(content), json_string_length(content), false);
    a->done |= json_is_true(json_object_get(object, "done"));
    a->parts++;
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    return true;
}

/* Read a text that ought to be an object. The caller calls json_decref(). */
static json_t *read_object(Answer *a, const char *text, size_t n)
{
    json_t *object = json_loadb(text, n, JSON_ALLOW_NUL, NULL);
    a->rubbish = !json_is_object(object);
    if (!a->rubbish)
        return object;
    json_decref(object);
    return NULL;
}

/* A line of a stream. */
static void take_line(Answer *a, const char *text, size_t n)
{
    if (is_blank(text, n))
        return;
    json_t *object = read_object(a, text, n);
    if (object)
        take_part(a, object);
    json_decref(object);
}

/* What the connection left when it ended well. */
static void take_rest(Answer *a, long status)
{
    if (!a->stream || status != 200) {
        a->whole = read_object(a, str_text(&a->body), a->body.len);
        take_complaint(a, a->whole);
        return;
    }
    if (!a->rubbish)
        take_line(a, str_text(&a->body), a->body.len);
    /* After good lines, half a line is not another kind of server but the same one cut off. */
    a->rubbish &= a->parts == 0;
}

/* Use up the whole lines of the body; `from` is where bytes begin that have no line end looked for. False
 * stops the transfer. */
static bool take_lines(Answer *a, size_t from)
{
    size_t begin = 0;
    const char *end;
    while (!a->rubbish && !a->complaint.len && from < a->body.len &&
           (end = memchr(a->body.s + from, '\n', a->body.len - from))) {
        size_t stop = (size_t)(end - a->body.s);
        take_line(a, a->body.s + begin, stop - begin);
        if (a->rubbish)
            break; /* body.s + begin is what the message shows */
        begin = from = stop + 1;
    }
    Str rest = { 0 };
    if (begin) {
        str_add_n(&rest, a->body.s + begin, a->body.len - begin);
        str_clear(&a->body);
        a->body = rest;
    }
    return !a->rubbish && !a->complaint.len;
}

static bool on_piece(void *user, long status, const char *bytes, size_t n)
{
    Answer *a = user;
    size_t from = a->body.len;
    str_add_n(&a->body, bytes, n);
    bool ok = !a->stream || status != 200 || take_lines(a, from);
    a->nomem = a->body.failed || a->text.failed || a->complaint.failed;
    return ok && !a->nomem;
}

static bool on_cancel(void *user)
{
    const Answer *a = user;
    return !a->unasked && a->o->opt.cancelled && a->o->opt.cancelled(a->o->opt.user);
}

/* Where the fault is the server's own. */
#define ADVICE "see the log of `ollama serve`, or choose another model with --ollama_model"

/* ---- what went wrong ----------------------------------------------------------------------------- */

static bool no_server(const Ollama *o, const char *reason, Err *err)
{
    return err_set(err, ERR_MISSING,
                   "Ollama does not answer at %s (%s); start it with `ollama serve`, or say where it is with "
                   "--ollama_host or OLLAMA_HOST",
                   o->url, *reason ? reason : "no connection");
}

static bool no_model(const Ollama *o, const char *others, Err *err)
{
    return err_set(err, ERR_MISSING,
                   "Ollama at %s has no model %s; fetch it with `ollama pull %s`, or choose another with "
                   "--ollama_model%s%s",
                   o->url, o->opt.model, o->opt.model, *others ? "; it has " : "", others);
}

static bool not_ollama(const Ollama *o, const Str *body, Err *err)
{
    Str shown = { 0 };
    size_t n = strnlen(str_text(body), body->len < EXCERPT_BYTES ? body->len : EXCERPT_BYTES);
    if (n == 0)
        str_add(&shown, "nothing");
    else {
        str_add_char(&shown, '"');
        add_plain(&shown, str_text(body), n, true);
        str_add_char(&shown, '"');
    }
    err_set(err, ERR_INPUT,
            "%s answers, but not as Ollama does (%s); see that --ollama_host or OLLAMA_HOST is right", o->url,
            str_text(&shown));
    str_clear(&shown);
    return false;
}

static bool refused(const Ollama *o, const Answer *a, long status, Err *err)
{
    if (status == 404 && strstr(str_text(&a->complaint), "model"))
        return no_model(o, "", err);
    if (a->complaint.len)
        return err_set(err, ERR_INPUT,
                       "Ollama at %s could not do it with model %s (HTTP %ld): %.400s; " ADVICE, o->url,
                       o->opt.model, status, a->complaint.s);
    if (status == 404)
        return not_ollama(o, &a->body, err);
    return err_set(
        err, ERR_INPUT,
        "%s answers with HTTP status %ld; see the log of `ollama serve`, and that --ollama_host or "
        "OLLAMA_HOST is right",
        o->url, status);
}

/* What a call that did not bring a whole answer has to say. */
static bool explain(const Ollama *o, const Answer *a, const HttpOutcome *h, const HttpLimits *limits,
                    Err *err)
{
    const char *model = o->opt.model;
    if (a->nomem || h->end == HTTP_NO_MEMORY)
        return err_set(err, ERR_NOMEM, "no memory for the answer of Ollama at %s", o->url);
    if (h->end == HTTP_CANCELLED)
        return err_set(err, ERR_CANCELLED, "interrupted");
    if (h->end == HTTP_NO_CONNECTION)
        return no_server(o, h->reason, err);
    if (h->end == HTTP_BROKEN)
        return not_ollama(o, &(Str){ .s = (char *)h->reason, .len = strlen(h->reason) }, err);
    if (h->end == HTTP_STALLED)
        return err_set(err, ERR_INPUT,
                       "Ollama at %s: model %s sent nothing for %g s; it may be too large for that machine: "
                       "choose a smaller one with --ollama_model",
                       o->url, model, limits->stall_ms / 1e3);
    if (h->end == HTTP_TOO_SLOW)
        return err_set(err, ERR_INPUT,
                       "Ollama at %s: model %s had not finished its answer after %g s; choose a smaller one "
                       "with --ollama_model",
                       o->url, model, limits->total_ms / 1e3);
    if (h->end == HTTP_TOO_LARGE)
        return err_set(err, ERR_INPUT,
                       "Ollama at %s: model %s sent over %zu MiB for one answer and no end of it; choose "
                       "another with --ollama_model",
                       o->url, model, limits->max_bytes >> 20);
    if (h->status && h->status != 200)
        return refused(o, a, h->status, err);
    if (a->complaint.len)
        return err_set(err, ERR_INPUT, "Ollama at %s could not do it with model %s: %.400s; " ADVICE, o->url,
                       model, a->complaint.s);
    if (a->rubbish)
        return not_ollama(o, &a->body, err);
    return err_set(err, ERR_INPUT, "Ollama at %s: the answer of model %s was cut off%s%s; " ADVICE, o->url,
                   model, *h->reason ? ": " : "", h->reason);
}

/* ---- calls --------------------------------------------------------------------------------------- */

/* True for what may pass by itself. */
static bool worth_another(const HttpOutcome *h)
{
    return h->end == HTTP_NO_CONNECTION || h->end == HTTP_CUT || (h->end == HTTP_DONE && h->status >= 500);
}

/* Wait before another attempt, twice as long each time. */
static void pause_after(Answer *a, int attempt)
{
    double end = clock_ms() + (double)a->o->opt.pause_ms * (double)(1u << (attempt < 16 ? attempt : 16));
    while (clock_ms() < end && !on_cancel(a)) {
        double left = end - clock_ms();
        if (left > 0)
            nanosleep(&(struct timespec){ .tv_nsec = (long)((left < 20 ? left : 20) * 1e6) }, NULL);
    }
}

typedef struct {
    const char *path, *json; /* json NULL: GET */
    HttpLimits limits;
    int attempts;
} Call;

/* Send a request until it is answered whole, or give up. `a` says what kind of answer is expected. */
static bool call(Ollama *o, const Call *c, Answer *a, Err *err)
{
    Str url = { 0 };
    str_printf(&url, "%s%s", o->url, c->path);
    HttpRequest req = { .url = url.s,
                        .json = c->json,
                        .limits = c->limits,
                        .cancelled = on_cancel,
                        .piece = on_piece,
                        .user = a };
    HttpOutcome h = { .end = HTTP_NO_MEMORY };
    for (int attempt = 0; !url.failed; attempt++) {
        answer_reset(a);
        h = http_run(o->http, &req);
        if (!worth_another(&h) || attempt + 1 >= c->attempts)
            break;
        pause_after(a, attempt);
    }
    str_clear(&url);
    if (h.end == HTTP_DONE)
        take_rest(a, h.status);
    bool whole = h.end == HTTP_DONE && h.status == 200 && !a->rubbish && !a->complaint.len && !a->nomem &&
                 (a->stream ? a->done : a->whole != NULL);
    return whole || explain(o, a, &h, &c->limits, err);
}

/* A call with the limits that ollama_open() was given. */
static Call usual_call(const Ollama *o, const char *path, const char *json)
{
    return (Call){
        path, json, { o->opt.connect_ms, o->opt.stall_ms, o->opt.total_ms, ANSWER_MAX }, o->opt.attempts
    };
}

bool ollama_chat(Ollama *o, const ChatMessage *messages, size_t count, const OllamaParams *params,
                 Str *answer, Err *err)
{
    Answer a = { .o = o, .stream = true };
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        if (json_array_append_new(
                list, json_pack("{s:s, s:s}", "role", messages[i].role, "content", messages[i].content))) {
            json_decref(list);
            list = NULL;
        }
    json_t *settings = json_pack("{s:I}", "seed", (json_int_t)(params->seed & 0x7fffffff));
    if (settings && params->context_tokens)
        json_object_set_new(settings, "num_ctx", json_integer(params->context_tokens));
    json_t *body = json_pack("{s:s, s:o, s:b, s:b, s:o}", "model", o->opt.model, "messages", list, "stream",
                             1, "think", 0, "options", settings);
    char *json = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    Call c = usual_call(o, "/api/chat", json);
    bool ok = json ? call(o, &c, &a, err) : err_set(err, ERR_NOMEM, "no memory for a question to Ollama");
    free(json);
    str_reset(answer);
    if (ok)
        str_add(answer, str_text(&a.text));
    answer_clear(&a);
    return ok && (!answer->failed || err_set(err, ERR_NOMEM, "no memory for the answer of Ollama"));
}

/* "cogito" and "registry.ollama.ai/library/cogito:latest" are the same model. */
static bool same_model(const char *a, const char *b)
{
    static const char *const implied[] = { "registry.ollama.ai/", "library/" };
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(implied[i]);
        a += strncasecmp(a, implied[i], n) == 0 ? n : 0;
        b += strncasecmp(b, implied[i], n) == 0 ? n : 0;
    }
    size_t common = 0;
    while (a[common] && strncasecmp(a + common, b + common, 1) == 0)
        common++;
    a += common;
    b += common;
    return (!*a && !*b) || (!*a && strcasecmp(b, DEFAULT_TAG) == 0) ||
           (!*b && strcasecmp(a, DEFAULT_TAG) == 0);
}

bool ollama_find_model(Ollama *o, Err *err)
{
    Answer a = { .o = o };
    Call c = usual_call(o, "/api/tags", NULL);
    Str names = { 0 };
    bool found = false;
    bool ok = call(o, &c, &a, err);
    const json_t *models = json_object_get(a.whole, "models");
    if (ok && !json_is_array(models))
        ok = not_ollama(o, &a.body, err);
    for (size_t i = 0; ok && !found && i < json_array_size(models); i++) {
        const json_t *name = json_object_get(json_array_get(models, i), "name");
        if (!json_is_string(name))
            continue;
        found = same_model(json_string_value(name), o->opt.model);
        if (names.len < NAMES_BYTES) {
            str_add(&names, names.len ? ", " : "");
            add_plain(&names, json_string_value(name), json_string_length(name), true);
        }
    }
    answer_clear(&a);
    ok = ok && (found || no_model(o, str_text(&names), err));
    str_clear(&names);
    return ok;
}

bool ollama_unload(Ollama *o, Err *err)
{
    Answer a = { .o = o, .stream = true, .unasked = true };
    json_t *body = json_pack("{s:s, s:[], s:i}", "model", o->opt.model, "messages", "keep_alive", 0);
    char *json = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    Call c = { "/api/chat", json, { UNLOAD_MS, UNLOAD_MS, UNLOAD_MS, ANSWER_MAX }, 1 };
    bool ok = json ? call(o, &c, &a, err) : err_set(err, ERR_NOMEM, "no memory for a question to Ollama");
    free(json);
    answer_clear(&a);
    return ok;
}

/* ---- open and close ------------------------------------------------------------------------------ */

static int or_default(int given, int otherwise)
{
    return given > 0 ? given : otherwise;
}

bool ollama_open(Ollama **o, const OllamaOptions *options, Err *err)
{
    const char *environment = getenv("OLLAMA_HOST");
    const char *host = options->host ? options->host : environment ? environment : DEFAULT_HOST;
    Ollama *n = calloc(1, sizeof *n);
    *o = NULL;
    if (!n)
        return err_set(err, ERR_NOMEM, "no memory");
    n->opt = *options;
    n->opt.connect_ms = or_default(options->connect_ms, CONNECT_MS);
    n->opt.stall_ms = or_default(options->stall_ms, STALL_MS);
    n->opt.total_ms = or_default(options->total_ms, TOTAL_MS);
    n->opt.attempts = or_default(options->attempts, ATTEMPTS);
    n->opt.pause_ms = or_default(options->pause_ms, PAUSE_MS);
    if (!ollama_host_url(&n->url, host, options->host ? "--ollama_host" : "OLLAMA_HOST", err) ||
        !http_open(&n->http, err)) {
        ollama_close(n);
        return false;
    }
    *o = n;
    return true;
}

void ollama_close(Ollama *o)
{
    if (!o)
        return;
    http_close(o->http);
    free(o->url);
    free(o);
}

const char *ollama_url(const Ollama *o)
{
    return o->url;
}
