#include "roles/interview.h"

#include "base/text_list.h"
#include "text/tagged_answer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Of the prompts that were written before, a question lists so many of the latest, each by its beginning. */
enum { LISTED_MAX = 40, LISTED_BYTES = 100 };

/* ---- what is said -------------------------------------------------------------------------------- */

static const char form[] = "Put the prompt between <prompt> and </prompt>.",
                  form_of_several[] = "Put each prompt between <prompt> and </prompt>, on a line of its own.";

static const char *form_for(size_t count)
{
    return count == 1 ? form : form_of_several;
}

static void say_project(Str *s, const Interview *v, const WriterRequest *req)
{
    str_printf(s, "** SYSTEM PROMPT **\n%s\n\n** PROJECT INFO **\n", req->system_prompt);
    if (*req->project_info)
        str_printf(s, "%s\n", req->project_info);
    str_printf(s, "The object is called: %s\n", req->object_name);
    if (v->photo)
        str_add(s, "The picture shows the object.\n");
    str_add_char(s, '\n');
}

static void say_first(Str *s, const Interview *v, const WriterRequest *req, size_t count)
{
    say_project(s, v, req);
    str_printf(s, "Write %zu image %s for this project, ", req->count,
               req->count == 1 ? "prompt" : "prompts");
    if (count == 1)
        str_printf(s, "one at a time. Give me the first prompt. %s", form);
    else
        str_printf(s, "%zu at a time. Give me the first %zu prompts. %s", count, count, form_of_several);
}

static void say_next(Str *s, size_t count)
{
    if (count == 1)
        str_printf(s, "Give me another prompt. %s", form);
    else
        str_printf(s, "Give me %zu other prompts. %s", count, form_of_several);
}

static void say_again(Str *s, bool repeated, size_t count)
{
    const char *what = count == 1 ? "that prompt" : "those prompts";
    if (repeated)
        str_printf(s, "You gave me %s before. Give me %s, with a different place, surface and light. %s",
                   what, count == 1 ? "another one" : "other ones", form_for(count));
    else
        str_printf(s, "I find no prompt in your answer. Give me the %s and nothing else. %s",
                   count == 1 ? "prompt" : "prompts", form_for(count));
}

/* The beginning of a text, cut between words. */
static size_t beginning(const char *text)
{
    size_t n = strlen(text);
    if (n <= LISTED_BYTES)
        return n;
    for (n = LISTED_BYTES; n > 0 && text[n] != ' ';)
        n--;
    if (n == 0) /* one long word: cut it between characters */
        for (n = LISTED_BYTES; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
            n--;
    return n;
}

static void say_written(Str *s, const Written *out)
{
    size_t from = out->prompts.count > LISTED_MAX ? out->prompts.count - LISTED_MAX : 0;
    for (size_t i = from; i < out->prompts.count; i++) {
        size_t n = beginning(out->prompts.text[i]);
        str_printf(s, "- %.*s%s\n", (int)n, out->prompts.text[i], out->prompts.text[i][n] ? " ..." : "");
    }
}

/* A question that needs no other. */
static void say_alone(Str *s, const Interview *v, const WriterRequest *req, const Written *out, size_t count)
{
    say_project(s, v, req);
    if (out->prompts.count) {
        str_add(s, "These scenes are written already:\n");
        say_written(s, out);
        str_add(s, "\nDo not repeat them: take other places, surfaces, things and light. ");
    }
    str_printf(s, "Write %zu %simage %s for this project. %s", count, out->prompts.count ? "more " : "",
               count == 1 ? "prompt" : "prompts", form_for(count));
}

static void say_classes(Str *s, const Interview *v, const WriterRequest *req, const Written *out)
{
    if (v->each_alone) {
        say_project(s, v, req);
        str_add(s, "These scenes are written for it:\n");
        say_written(s, out);
        str_add(s, "\nGive me the classes for all of them: ");
    } else
        str_add(s, "Now give me the classes for all the prompts of our conversation: ");
    str_add(
        s,
        "simple names, as the project info has them. Put them between <classes> and </classes>, separated by "
        "periods, as in <classes>first.second.third</classes>.");
}

/* ---- the conversation ---------------------------------------------------------------------------- */

/* Messages in turn: the even ones are the user's, the odd ones the model's. */
typedef struct {
    ChatMessage *messages; /* their content is owned here */
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
        ChatMessage *grown = realloc(t->messages, room * sizeof *grown);
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
    t->messages[t->count] = (ChatMessage){ t->count % 2 ? "assistant" : "user", content };
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

/* ---- asking -------------------------------------------------------------------------------------- */

/* One interview(). */
typedef struct {
    const Interview *v;
    const WriterRequest *req;
    Written *out;
    Talk talk;
    TextList seen; /* the prompts so far, as add_words() has them */
    size_t context_tokens;
} Session;

/* The messages that go with the last one, itself among them. NULL with *err set; the caller frees them. */
static ChatMessage *gather(const Session *s, size_t *count, Err *err)
{
    const Talk *t = &s->talk;
    size_t tail =
        s->v->each_alone
            ? t->count
            : talk_tail(t, (s->context_tokens - INTERVIEW_ANSWER_TOKENS) * INTERVIEW_BYTES_PER_TOKEN);
    *count = 1 + t->count - tail;
    ChatMessage *sent = malloc(*count * sizeof *sent);
    if (!sent) {
        err_set(err, ERR_NOMEM, "no memory for the conversation");
        return NULL;
    }
    sent[0] = t->messages[s->v->each_alone ? t->count - 1 : 0];
    memcpy(sent + 1, t->messages + tail, (*count - 1) * sizeof *sent);
    return sent;
}

/* Say something and hear the answer, which becomes a part of the conversation. */
static bool ask(Session *s, Str *question, size_t wanted, Err *err)
{
    Str answer = { 0 };
    InterviewQuestion q = { .turn = s->talk.count, .wanted = wanted };
    if (!talk_add(&s->talk, question, err))
        return false;
    ChatMessage *sent = gather(s, &q.count, err);
    if (!sent)
        return false;
    q.messages = sent;
    bool ok = s->v->answer(s->v->user, &q, &answer, err);
    free(sent);
    if (ok)
        return talk_add(&s->talk, &answer, err);
    str_clear(&answer);
    if (err->kind != ERR_CANCELLED && s->out->prompts.count)
        err_prefix(err, "after %zu of %zu prompts: ", s->out->prompts.count, s->req->count);
    return false;
}

/* ---- what is in an answer ------------------------------------------------------------------------ */

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

static void tell_written(const Session *s)
{
    size_t done = s->out->prompts.count;
    log_info(s->v->log, "prompt %zu of %zu is written", done, s->req->count);
    if (s->req->wrote)
        s->req->wrote(s->req->user, done, s->out->prompts.text[done - 1]);
}

/* Take one prompt, unless it was there before. False: memory ran out. */
static bool take(Session *s, const char *prompt, size_t *taken)
{
    Str words = { 0 };
    add_words(&words, prompt);
    bool ok = !words.failed;
    if (ok && !was_there(s, str_text(&words))) {
        ok = text_list_add(&s->seen, str_text(&words)) && text_list_add(&s->out->prompts, prompt);
        *taken += ok;
        if (ok)
            tell_written(s);
    }
    str_clear(&words);
    return ok;
}

/* Take the prompts out of the last answer. *why is NULL when there was one, else a clause that says what is wrong. */
static bool take_prompts(Session *s, size_t wanted, const char **why, bool *repeated, Err *err)
{
    const char *answer = s->talk.messages[s->talk.count - 1].content;
    TextList prompts = { 0 };
    size_t taken = 0;
    bool found = tagged_answer_prompts(answer, strlen(answer), wanted, &prompts, why), ok = found || *why;
    for (size_t i = 0; ok && i < prompts.count; i++)
        ok = take(s, prompts.text[i], &taken);
    *repeated = found && taken == 0;
    if (*repeated)
        *why = prompts.count == 1 ? "its prompt was there before" : "its prompts were there before";
    text_list_clear(&prompts);
    return ok || err_set(err, ERR_NOMEM, "no memory for the prompts");
}

static void say(Session *s, Str *question, size_t wanted, bool again, bool repeated)
{
    const Interview *v = s->v;
    if (v->each_alone)
        say_alone(question, v, s->req, s->out, wanted);
    else if (s->talk.count == 0)
        say_first(question, v, s->req, wanted);
    else if (!again)
        say_next(question, wanted);
    if (again && v->each_alone)
        str_add(question, "\n\nYour last answer was of no use. ");
    if (again)
        say_again(question, repeated, wanted);
}

/* Ask for some prompts until there is one at least. */
static bool ask_for_prompts(Session *s, Err *err)
{
    const WriterRequest *req = s->req;
    size_t before = s->out->prompts.count, left = req->count - before;
    size_t wanted = left < s->v->batch ? left : s->v->batch;
    const char *why = NULL;
    bool repeated = false;
    for (int again = 0; again <= INTERVIEW_ASK_AGAIN; again++) {
        Str question = { 0 };
        say(s, &question, wanted, again > 0, repeated);
        if (!ask(s, &question, wanted, err) || !take_prompts(s, wanted, &why, &repeated, err))
            return false;
        if (s->out->prompts.count > before)
            return true;
        log_info(s->v->log, "prompt %zu of %zu: the answer is of no use: %s", before + 1, req->count, why);
    }
    return err_set(
        err, ERR_INPUT,
        "%s gave %zu of %zu prompts, then %d answers in a row that are of no use (the last: %s); %s",
        s->v->who, before, req->count, INTERVIEW_ASK_AGAIN + 1, why, s->v->remedy);
}

static bool ask_for_classes(Session *s, Err *err)
{
    Str question = { 0 };
    TextList classes = { 0 };
    say_classes(&question, s->v, s->req, s->out);
    if (!ask(s, &question, 0, err))
        return false;
    const char *answer = s->talk.messages[s->talk.count - 1].content;
    bool ok = tagged_answer_classes(answer, strlen(answer), &classes);
    for (size_t i = 0; ok && i < classes.count; i++)
        ok = text_list_add(&s->out->classes, classes.text[i]);
    if (ok && classes.count == 0) {
        log_info(s->v->log, "%s names no classes; the class is %s", s->v->who, s->req->object_name);
        ok = text_list_add(&s->out->classes, s->req->object_name);
    }
    text_list_clear(&classes);
    return ok || err_set(err, ERR_NOMEM, "no memory for the classes");
}

/* ---- public -------------------------------------------------------------------------------------- */

bool interview_tokens(size_t *tokens, const WriterRequest *req, Err *err)
{
    static const size_t room = INTERVIEW_CONTEXT_MAX - INTERVIEW_ANSWER_TOKENS - 2 * INTERVIEW_TURN_TOKENS;
    size_t first = (strlen(req->system_prompt) + strlen(req->project_info)) / INTERVIEW_BYTES_PER_TOKEN;
    if (first > room)
        return err_set(
            err, ERR_USAGE,
            "--system_prompt_file and --project_info_file have %zu KiB together, more than a model reads "
            "at once; shorten them to %zu KiB",
            first * INTERVIEW_BYTES_PER_TOKEN / 1024, room * INTERVIEW_BYTES_PER_TOKEN / 1024);
    size_t turns = req->count < INTERVIEW_CONTEXT_MAX ? req->count + 1 : INTERVIEW_CONTEXT_MAX;
    *tokens = first + turns * INTERVIEW_TURN_TOKENS + INTERVIEW_ANSWER_TOKENS;
    if (*tokens > INTERVIEW_CONTEXT_MAX)
        *tokens = INTERVIEW_CONTEXT_MAX;
    return true;
}

bool interview(const Interview *v, const WriterRequest *req, size_t context_tokens, Written *out, Err *err)
{
    Session s = { .v = v, .req = req, .out = out, .context_tokens = context_tokens };
    bool ok = true;
    while (ok && out->prompts.count < req->count)
        ok = ask_for_prompts(&s, err);
    ok = ok && ask_for_classes(&s, err);
    if (ok) {
        talk_write(&s.talk, &out->conversation);
        ok = !out->conversation.failed || err_set(err, ERR_NOMEM, "no memory for the conversation");
    }
    talk_clear(&s.talk);
    text_list_clear(&s.seen);
    return ok;
}
