#include "roles/ollama/ollama.h"

#include "base/rng.h"
#include "base/text_list.h"
#include "text/ollama.h"
#include "text/tagged_answer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_CONNECT_MS 2000
#define PROBE_TOTAL_MS   5000

/* Times that one prompt is asked for again. */
#define ASK_AGAIN 3

/* The room that the server is asked for, in tokens: what the conversation will need within these bounds. The
 * lower one is Ollama's own default; above the upper one the memory for it (4 GiB for a model of 8 billion
 * weights) would push weights off many graphics cards. */
#define CONTEXT_MIN 4096
#define CONTEXT_MAX 32768
/* Plain English has 4 to 5 bytes a token; 3 leaves room for other languages. */
#define BYTES_PER_TOKEN 3
/* A prompt of 40 to 70 words with its request, and room for one long answer. */
#define TURN_TOKENS   200
#define ANSWER_TOKENS 1024

/* ---- what is said -------------------------------------------------------------------------------- */

static const char form[] = "Put the prompt between <prompt> and </prompt>.";

static void say_first(Str *s, const WriterRequest *req)
{
    str_printf(s, "** SYSTEM PROMPT **\n%s\n\n** PROJECT INFO **\n", req->system_prompt);
    if (*req->project_info)
        str_printf(s, "%s\n", req->project_info);
    str_printf(
        s,
        "The object is called: %s\n\nWrite %zu image %s for this project, one at a time. Give me the first "
        "prompt. %s",
        req->object_name, req->count, req->count == 1 ? "prompt" : "prompts", form);
}

static void say_next(Str *s)
{
    str_printf(s, "Give me another prompt. %s", form);
}

static void say_again(Str *s, bool repeated)
{
    if (repeated)
        str_printf(
            s,
            "You gave me that prompt before. Give me another one, with a different place, surface and light. "
            "%s",
            form);
    else
        str_printf(s, "I find no prompt in your answer. Give me the prompt and nothing else. %s", form);
}

static void say_classes(Str *s)
{
    str_add(
        s,
        "Now give me the classes for all the prompts of our conversation: simple names, as the project info "
        "has them. Put them between <classes> and </classes>, separated by periods, as in "
        "<classes>first.second.third</classes>.");
}

/* ---- the conversation ---------------------------------------------------------------------------- */

/* Messages in turn: the even ones are the user's, the odd ones the model's. */
typedef struct {
    OllamaMessage *messages; /* their content is owned here */
    size_t count, room;
} Talk;

static void talk_clear(Talk *t)
{
    for (size_t i = 0; i < t->count; i++)
        free((char *)t->messages[i].content);
    free(t->messages);
    *t = (Talk){ 0 };
}

/* Takes the text. */
static bool talk_add(Talk *t, Str *text, Err *err)
{
    if (t->count == t->room) {
        size_t room = t->room ? 2 * t->room : 16;
        OllamaMessage *grown = realloc(t->messages, room * sizeof *grown);
        if (!grown) {
            str_clear(text);
            return err_set(err, ERR_NOMEM, "no memory for the conversation");
        }
        t->messages = grown;
        t->room = room;
    }
    char *content = str_take(text);
    if (!content)
        return err_set(err, ERR_NOMEM, "no memory for the conversation");
    t->messages[t->count] = (OllamaMessage){ t->count % 2 ? "assistant" : "user", content };
    t->count++;
    return true;
}

/* conversation_history.txt, as the original writes it. */
static void talk_write(const Talk *t, Str *out)
{
    for (size_t i = 0; i < t->count; i++)
        str_printf(out, "=== Message %zu (%s) ===\n%s\n\n", i + 1, t->messages[i].role,
                   t->messages[i].content);
}

/* Where the latest messages begin that fit beside the first one. They go in pairs, an answer and the question
 * that follows it, so that user and model keep taking turns; the last pair always fits. */
static size_t talk_tail(const Talk *t, size_t bytes_max)
{
    size_t from = t->count, bytes = strlen(t->messages[0].content);
    while (from > 1) {
        bytes += strlen(t->messages[from - 1].content) + strlen(t->messages[from - 2].content);
        if (bytes > bytes_max && from < t->count)
            break;
        from -= 2;
    }
    return from;
}

/* ---- one session with the model ------------------------------------------------------------------ */

typedef struct {
    const RoleConfig *cfg;
    const char *model;
    Ollama *client;
    bool loaded; /* the server may hold the model in its memory */
} Self;

/* One write(). */
typedef struct {
    Self *self;
    const WriterRequest *req;
    Written *out;
    Talk talk;
    TextList seen; /* the prompts so far, as add_words() has them */
    int context_tokens;
} Session;

/* Say something and hear the answer, which becomes a part of the conversation. */
static bool ask(Session *s, Str *question, Err *err)
{
    Str answer = { 0 };
    Talk *t = &s->talk;
    OllamaParams params = { .seed = seed_derive(s->req->seed, "ollama", t->count, 0, 0),
                            .context_tokens = s->context_tokens };
    if (!talk_add(t, question, err))
        return false;
    size_t tail = talk_tail(t, (size_t)(s->context_tokens - ANSWER_TOKENS) * BYTES_PER_TOKEN);
    size_t count = 1 + t->count - tail;
    OllamaMessage *sent = malloc(count * sizeof *sent);
    if (!sent)
        return err_set(err, ERR_NOMEM, "no memory for the conversation");
    sent[0] = t->messages[0];
    memcpy(sent + 1, t->messages + tail, (count - 1) * sizeof *sent);
    bool ok = ollama_chat(s->self->client, sent, count, &params, &answer, err);
    s->self->loaded |= ok || err->kind != ERR_MISSING;
    free(sent);
    if (ok)
        return talk_add(t, &answer, err);
    str_clear(&answer);
    if (err->kind != ERR_CANCELLED && s->out->prompt_count)
        err_prefix(err, "after %zu of %zu prompts: ", s->out->prompt_count, s->req->count);
    return false;
}

/* The words of a prompt in small letters: two prompts that differ in nothing else are one. */
static void add_words(Str *words, const char *prompt)
{
    for (const char *c = prompt; *c; c++) {
        bool word = isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80;
        if (word)
            str_add_char(words, (char)tolower((unsigned char)*c));
        else if (words->len && words->s[words->len - 1] != ' ')
            str_add_char(words, ' ');
    }
    while (words->len && words->s[words->len - 1] == ' ')
        words->s[--words->len] = '\0';
}

static bool was_there(const Session *s, const char *words)
{
    for (size_t i = 0; i < s->seen.count; i++)
        if (strcmp(s->seen.text[i], words) == 0)
            return true;
    return false;
}

/* Take the prompt out of the last answer. False with *why NULL: memory ran out. */
static bool take_prompt(Session *s, const char **why, bool *repeated)
{
    const char *answer = s->talk.messages[s->talk.count - 1].content;
    Str prompt = { 0 }, words = { 0 };
    *repeated = false;
    bool ok = tagged_answer_prompt(answer, strlen(answer), &prompt, why);
    if (ok) {
        add_words(&words, prompt.s);
        *repeated = was_there(s, str_text(&words));
        if (*repeated)
            *why = "its prompt was there before";
        ok = !*repeated && !words.failed && text_list_add(&s->seen, str_text(&words)) &&
             written_add_prompt(s->out, prompt.s);
    }
    str_clear(&prompt);
    str_clear(&words);
    return ok;
}

static bool too_few(const Session *s, const char *why, Err *err)
{
    return err_set(
        err, ERR_INPUT,
        "Ollama model %s gave %zu of %zu prompts, then %d answers in a row that are of no use (the last: "
        "%s); try another --ollama_model, more places in --project_info_file or a smaller --num_prompts",
        s->self->model, s->out->prompt_count, s->req->count, ASK_AGAIN + 1, why);
}

/* Ask for one prompt until there is one. */
static bool ask_for_prompt(Session *s, Err *err)
{
    const WriterRequest *req = s->req;
    const char *why = NULL;
    bool repeated = false;
    for (int again = 0; again <= ASK_AGAIN; again++) {
        Str question = { 0 };
        if (again)
            say_again(&question, repeated);
        else if (s->talk.count == 0)
            say_first(&question, req);
        else
            say_next(&question);
        if (!ask(s, &question, err))
            return false;
        if (take_prompt(s, &why, &repeated)) {
            size_t done = s->out->prompt_count;
            log_info(s->self->cfg->log, "prompt %zu of %zu is written", done, req->count);
            if (req->wrote)
                req->wrote(req->user, done, s->out->prompts[done - 1]);
            return true;
        }
        if (!why)
            return err_set(err, ERR_NOMEM, "no memory for the prompts");
        log_info(s->self->cfg->log, "prompt %zu of %zu: the answer is of no use: %s",
                 s->out->prompt_count + 1, req->count, why);
    }
    return too_few(s, why, err);
}

static bool ask_for_classes(Session *s, Err *err)
{
    Str question = { 0 };
    TextList classes = { 0 };
    say_classes(&question);
    if (!ask(s, &question, err))
        return false;
    const char *answer = s->talk.messages[s->talk.count - 1].content;
    bool ok = tagged_answer_classes(answer, strlen(answer), &classes);
    for (size_t i = 0; ok && i < classes.count; i++)
        ok = written_add_class(s->out, classes.text[i]);
    if (ok && classes.count == 0) {
        log_info(s->self->cfg->log, "model %s names no classes; the class is %s", s->self->model,
                 s->req->object_name);
        ok = written_add_class(s->out, s->req->object_name);
    }
    text_list_clear(&classes);
    return ok || err_set(err, ERR_NOMEM, "no memory for the classes");
}

/* Room for the whole conversation, as far as that can be had. */
static bool plan_context(Session *s, Err *err)
{
    const WriterRequest *req = s->req;
    size_t first = (strlen(req->system_prompt) + strlen(req->project_info)) / BYTES_PER_TOKEN;
    if (first > CONTEXT_MAX - ANSWER_TOKENS - 2 * TURN_TOKENS)
        return err_set(
            err, ERR_USAGE,
            "--system_prompt_file and --project_info_file have %zu KiB together, more than a model reads "
            "at once; shorten them to %d KiB",
            first * BYTES_PER_TOKEN / 1024,
            (CONTEXT_MAX - ANSWER_TOKENS - 2 * TURN_TOKENS) * BYTES_PER_TOKEN / 1024);
    size_t turns = req->count < CONTEXT_MAX ? req->count + 1 : CONTEXT_MAX;
    size_t tokens = first + turns * TURN_TOKENS + ANSWER_TOKENS;
    tokens = (tokens + 1023) / 1024 * 1024;
    s->context_tokens = tokens < CONTEXT_MIN ? CONTEXT_MIN : tokens > CONTEXT_MAX ? CONTEXT_MAX : (int)tokens;
    return true;
}

static bool ollama_write(void *self, const WriterRequest *req, Written *out, Err *err)
{
    Session s = { .self = self, .req = req, .out = out };
    written_clear(out);
    bool ok = plan_context(&s, err);
    if (ok)
        log_info(s.self->cfg->log, "asking %s at %s; loading the model may take minutes", s.self->model,
                 ollama_url(s.self->client));
    while (ok && out->prompt_count < req->count)
        ok = ask_for_prompt(&s, err);
    ok = ok && ask_for_classes(&s, err);
    if (ok) {
        talk_write(&s.talk, &out->conversation);
        ok = !out->conversation.failed || err_set(err, ERR_NOMEM, "no memory for the conversation");
    }
    talk_clear(&s.talk);
    text_list_clear(&s.seen);
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
    .probe = ollama_probe,
    .open = ollama_begin,
    .write = ollama_write,
    .close = ollama_end,
};
