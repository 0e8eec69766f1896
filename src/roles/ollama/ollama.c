#include "roles/ollama/ollama.h"

#include "base/rng.h"
#include "roles/interview.h"
#include "text/ollama.h"

#include <stdlib.h>

#define PROBE_CONNECT_MS 2000
#define PROBE_TOTAL_MS   5000

/* The least room that the server is asked for, in tokens: Ollama's own default. Above INTERVIEW_CONTEXT_MAX the memory
 * for it (4 GiB for a model of 8 billion weights) would push weights off many graphics cards. */
#define CONTEXT_MIN 4096

typedef struct {
    const RoleConfig *cfg;
    const char *model;
    Ollama *client;
    bool loaded; /* the server may hold the model in its memory */
} Self;

/* One write(). */
typedef struct {
    Self *self;
    uint64_t seed;
    size_t context_tokens;
} Session;

static bool answer_by_server(void *user, const InterviewQuestion *q, Str *answer, Err *err)
{
    Session *s = user;
    OllamaParams params = { .seed = seed_derive(s->seed, "ollama", q->turn, 0, 0),
                            .context_tokens = (int)s->context_tokens };
    bool ok = ollama_chat(s->self->client, q->messages, q->count, &params, answer, err);
    s->self->loaded |= ok || err->kind != ERR_MISSING;
    return ok;
}

static bool ollama_write(void *self, const WriterRequest *req, Written *out, Err *err)
{
    Session s = { .self = self, .seed = req->seed };
    Str who = { 0 };
    written_clear(out);
    if (!interview_tokens(&s.context_tokens, req, err))
        return false;
    s.context_tokens = (s.context_tokens + 1023) / 1024 * 1024;
    if (s.context_tokens < CONTEXT_MIN)
        s.context_tokens = CONTEXT_MIN;
    str_printf(&who, "Ollama model %s", s.self->model);
    Interview v = { .who = str_text(&who),
                    .remedy = "try another --ollama_model, more places in --project_info_file or a smaller "
                              "--num_prompts",
                    .batch = 1,
                    .answer = answer_by_server,
                    .user = &s,
                    .log = s.self->cfg->log };
    log_info(v.log, "asking %s at %s; loading the model may take minutes", s.self->model,
             ollama_url(s.self->client));
    bool ok = interview(&v, req, s.context_tokens, out, err);
    str_clear(&who);
    return ok;
}

/* ---- open, close, probe -------------------------------------------------------------------------- */

static bool cancelled(void *user)
{
    return role_cancelled(user);
}

static OllamaOptions options_of(const RoleConfig *cfg)
{
    return (OllamaOptions){
        .host = cfg->ollama_host,
        .model = cfg->ollama_model ? cfg->ollama_model : OLLAMA_MODEL_DEFAULT,
        .cancelled = cancelled,
        .user = (void *)cfg,
    };
}

static bool ollama_probe(const RoleConfig *cfg, Err *err)
{
    OllamaOptions options = options_of(cfg);
    Ollama *client;
    options.connect_ms = PROBE_CONNECT_MS;
    options.stall_ms = options.total_ms = PROBE_TOTAL_MS;
    options.attempts = 1;
    if (!ollama_open(&client, &options, err))
        return false;
    bool ok = ollama_find_model(client, err);
    ollama_close(client);
    return ok;
}

static void ollama_describe(const RoleConfig *cfg, Str *out)
{
    str_add(out, options_of(cfg).model);
}

static void ollama_end(void *self)
{
    Self *s = self;
    Err err = { 0 };
    if (!s)
        return;
    if (s->loaded && !ollama_unload(s->client, &err))
        log_warn(s->cfg->log, "model %s may stay in the memory of the server for some minutes: %s", s->model,
                 err.msg);
    ollama_close(s->client);
    free(s);
}

static bool ollama_begin(void **self, const RoleConfig *cfg, Err *err)
{
    OllamaOptions options = options_of(cfg);
    Self *s = calloc(1, sizeof *s);
    *self = NULL;
    if (!s)
        return err_set(err, ERR_NOMEM, "no memory");
    *s = (Self){ .cfg = cfg, .model = options.model };
    if (!ollama_open(&s->client, &options, err)) {
        free(s);
        return false;
    }
    *self = s;
    return true;
}

const Writer writer_ollama = {
    .name = "ollama",
    .describe = ollama_describe,
    .probe = ollama_probe,
    .open = ollama_begin,
    .write = ollama_write,
    .close = ollama_end,
};
