/* The writer that asks an Ollama server, against a stand-in that records what it is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../kept_log.h"
#include "../text/http_stand_in.h"

#include "roles/ollama/ollama.h"
#include "roles/registry.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A whole answer of a server, with this text. */
#define SAYS(text) "{\"message\":{\"content\":\"" text "\"}}\n{\"done\":true}\n"
#define UNLOADED \
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":\"unload\",\"done\":true}"
#define CLASSES SAYS("<classes>mug.table</classes>")

/* ---- one writer and its server --------------------------------------------------------------------- */

typedef struct {
    StandIn *server;
    RoleConfig cfg;
    Log log;
    Str told; /* by the log */
    WriterRequest req;
    Written out;
    Err err;
} Session;

static Session *session_new(const StandInReply *script, size_t count, size_t prompts)
{
    Session *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->server = stand_in_start(script, count);
    s->log = kept_log(&s->told);
    s->cfg = (RoleConfig){ .ollama_host = stand_in_url(s->server), .log = &s->log };
    s->req = (WriterRequest){ .object_name = "red mug",
                              .system_prompt = "Write well.",
                              .project_info = "A kitchen.",
                              .count = prompts,
                              .seed = 5 };
    return s;
}

static void session_free(Session *s)
{
    stand_in_stop(s->server);
    written_clear(&s->out);
    str_clear(&s->told);
    free(s);
}

/* Open, write, close. */
static bool session_write(Session *s)
{
    void *self;
    if (!writer_ollama.open(&self, &s->cfg, &s->err))
        fail_msg("%s", s->err.msg);
    bool ok = writer_ollama.write(self, &s->req, &s->out, &s->err);
    writer_ollama.close(self);
    return ok;
}

static Session *written(const StandInReply *script, size_t count, size_t prompts)
{
    Session *s = session_new(script, count, prompts);
    if (!session_write(s))
        fail_msg("%s", s->err.msg);
    return s;
}

static Session *failed(const StandInReply *script, size_t count, size_t prompts, ErrKind kind,
                       const char *part)
{
    Session *s = session_new(script, count, prompts);
    assert_false(session_write(s));
    if (s->err.kind != kind || !strstr(s->err.msg, part))
        fail_msg("kind %d, \"%s\" has no \"%s\"", s->err.kind, s->err.msg, part);
    return s;
}

/* The i-th request; the caller calls json_decref(). */
static json_t *request(Session *s, size_t i)
{
    assert_string_equal(stand_in_what(s->server, i), "POST /api/chat");
    json_t *o = json_loads(stand_in_body(s->server, i), 0, NULL);
    assert_non_null(o);
    return o;
}

/* The text of message k of a request, which must have that role. */
static const char *message(const json_t *o, size_t k, const char *role)
{
    const json_t *m = json_array_get(json_object_get(o, "messages"), k);
    assert_string_equal(json_string_value(json_object_get(m, "role")), role);
    return json_string_value(json_object_get(m, "content"));
}

static bool unloaded_last(Session *s)
{
    json_t *o = request(s, stand_in_requests(s->server) - 1);
    const json_t *keep = json_object_get(o, "keep_alive");
    bool ok = json_is_integer(keep) && json_integer_value(keep) == 0 &&
              json_array_size(json_object_get(o, "messages")) == 0;
    json_decref(o);
    return ok;
}

/* ---- the conversation ----------------------------------------------------------------------------- */

static const StandInReply well[] = {
    { .body = SAYS("Sure!\\n<prompt>The mug\\non a table.</prompt>") },
    { .body = SAYS("<prompt>The mug in a garden.</prompt>") },
    { .body = SAYS("<prompt>The mug on a boat.</prompt>") },
    { .body = CLASSES },
    { .body = UNLOADED },
};

static void prompts_and_classes_are_those_that_the_model_gives(void **state)
{
    (void)state;
    Session *s = written(well, 5, 3);
    assert_int_equal(s->out.prompts.count, 3);
    assert_string_equal(s->out.prompts.text[0], "The mug on a table.");
    assert_string_equal(s->out.prompts.text[1], "The mug in a garden.");
    assert_string_equal(s->out.prompts.text[2], "The mug on a boat.");
    assert_int_equal(s->out.classes.count, 2);
    assert_string_equal(s->out.classes.text[0], "mug");
    assert_string_equal(s->out.classes.text[1], "table");
    session_free(s);
}

static void each_request_carries_the_conversation_so_far(void **state)
{
    (void)state;
    Session *s = written(well, 5, 3);
    assert_int_equal(stand_in_requests(s->server), 5);
    for (size_t i = 0; i < 4; i++) {
        json_t *o = request(s, i);
        assert_string_equal(json_string_value(json_object_get(o, "model")), "cogito:latest");
        assert_true(json_is_true(json_object_get(o, "stream")));
        assert_true(json_is_false(json_object_get(o, "think")));
        assert_null(json_object_get(o, "keep_alive"));
        assert_int_equal(json_array_size(json_object_get(o, "messages")), 2 * i + 1);
        const char *first = message(o, 0, "user");
        const char *system =
            strstr(first, "** SYSTEM PROMPT **\nWrite well.\n\n** PROJECT INFO **\nA kitchen.\n");
        assert_ptr_equal(system, first);
        assert_non_null(strstr(first, "red mug"));
        assert_non_null(strstr(first, "3 image prompts"));
        assert_non_null(strstr(first, "<prompt> and </prompt>"));
        if (i > 0)
            assert_string_equal(message(o, 1, "assistant"), "Sure!\n<prompt>The mug\non a table.</prompt>");
        if (i > 1) {
            assert_non_null(strstr(message(o, 2, "user"), "another prompt"));
            assert_string_equal(message(o, 3, "assistant"), "<prompt>The mug in a garden.</prompt>");
        }
        if (i == 3)
            assert_non_null(strstr(message(o, 6, "user"), "<classes> and </classes>"));
        json_decref(o);
    }
    session_free(s);
}

static void the_model_is_unloaded_at_the_end(void **state)
{
    (void)state;
    Session *s = written(well, 5, 3);
    assert_true(unloaded_last(s));
    assert_null(strstr(s->told.s, "stay in the memory"));
    session_free(s);
}

static void the_history_is_the_conversation_in_the_originals_form(void **state)
{
    (void)state;
    Session *s = written(well, 5, 3);
    json_t *last = request(s, 3);
    Str expected = { 0 };
    for (size_t k = 0; k < 7; k++) {
        const char *role = k % 2 ? "assistant" : "user";
        str_printf(&expected, "=== Message %zu (%s) ===\n%s\n\n", k + 1, role, message(last, k, role));
    }
    str_add(&expected, "=== Message 8 (assistant) ===\n<classes>mug.table</classes>\n\n");
    assert_string_equal(str_text(&s->out.conversation), expected.s);
    str_clear(&expected);
    json_decref(last);
    session_free(s);
}

static void the_same_seed_asks_the_same_and_another_does_not(void **state)
{
    (void)state;
    Session *a = written(well, 5, 3), *b = written(well, 5, 3);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(stand_in_body(a->server, i), stand_in_body(b->server, i));
    assert_string_not_equal(stand_in_body(a->server, 0), stand_in_body(a->server, 1));
    Session *c = session_new(well, 5, 3);
    c->req.seed = 6;
    assert_true(session_write(c));
    assert_string_not_equal(stand_in_body(a->server, 0), stand_in_body(c->server, 0));
    session_free(a);
    session_free(b);
    session_free(c);
}

static void hear(void *user, size_t done, const char *prompt)
{
    str_printf(user, "%zu %s|", done, prompt);
}

static void each_prompt_is_told_when_it_is_there(void **state)
{
    (void)state;
    Session *s = session_new(well, 5, 3);
    Str heard = { 0 };
    s->req.wrote = hear;
    s->req.user = &heard;
    assert_true(session_write(s));
    assert_string_equal(heard.s, "1 The mug on a table.|2 The mug in a garden.|3 The mug on a boat.|");
    str_clear(&heard);
    session_free(s);
}

/* ---- answers that are of no use -------------------------------------------------------------------- */

static void a_repeated_prompt_is_asked_for_again(void **state)
{
    (void)state;
    const StandInReply script[] = {
        { .body = SAYS("<prompt>The mug on a table.</prompt>") },
        { .body = SAYS("<prompt>the mug  on a TABLE</prompt>") },
        { .body = SAYS("") },
        { .body = SAYS("<prompt>The mug in a garden.</prompt>") },
        { .body = CLASSES },
        { .body = UNLOADED },
    };
    Session *s = written(script, 6, 2);
    assert_int_equal(s->out.prompts.count, 2);
    assert_string_equal(s->out.prompts.text[1], "The mug in a garden.");
    json_t *o = request(s, 2);
    assert_non_null(strstr(message(o, 4, "user"), "You gave me that prompt before"));
    json_decref(o);
    o = request(s, 3);
    assert_non_null(strstr(message(o, 6, "user"), "no prompt in your answer"));
    json_decref(o);
    assert_non_null(strstr(s->told.s, "prompt 2 of 2"));
    session_free(s);
}

static void a_model_that_only_repeats_itself_is_given_up_with_the_count(void **state)
{
    (void)state;
    StandInReply script[8];
    for (size_t i = 0; i < COUNT(script); i++)
        script[i] = (StandInReply){ .body = SAYS("<prompt>The mug on a table.</prompt>") };
    script[5].body = UNLOADED; /* one prompt, then four tries for the second */
    Session *s = failed(script, 8, 3, ERR_INPUT, "cogito:latest gave 1 of 3 prompts");
    assert_non_null(strstr(s->err.msg, "there before"));
    assert_non_null(strstr(s->err.msg, "--ollama_model"));
    assert_int_equal(stand_in_requests(s->server), 6);
    assert_true(unloaded_last(s));
    session_free(s);
}

static void a_model_without_tags_is_understood_and_one_without_text_is_not(void **state)
{
    (void)state;
    const StandInReply plain[] = {
        { .body = SAYS("Here is the first prompt:\\n\\n\\\"The mug\\r\\non\\u2028a table.\\\"") },
        { .body = CLASSES },
        { .body = UNLOADED }
    };
    Session *s = written(plain, 3, 1);
    assert_string_equal(s->out.prompts.text[0], "The mug on a table.");
    session_free(s);
    const StandInReply empty = { .body = SAYS("") };
    const StandInReply nothing[] = { empty, empty, empty, empty, { .body = UNLOADED } };
    s = failed(nothing, 5, 1, ERR_INPUT, "gave 0 of 1 prompts");
    assert_non_null(strstr(s->err.msg, "it is empty"));
    session_free(s);
}

static void classes_that_are_not_told_are_the_object(void **state)
{
    (void)state;
    const StandInReply script[] = { { .body = SAYS("<prompt>The mug on a table.</prompt>") },
                                    { .body = SAYS("mug, table") },
                                    { .body = UNLOADED } };
    Session *s = written(script, 3, 1);
    assert_int_equal(s->out.classes.count, 1);
    assert_string_equal(s->out.classes.text[0], "red mug");
    session_free(s);
}

/* ---- failures of the server ------------------------------------------------------------------------- */

static void a_failure_on_the_way_says_how_far_it_came_and_unloads(void **state)
{
    (void)state;
    const StandInReply script[] = { { .body = SAYS("<prompt>The mug on a table.</prompt>") },
                                    { .body = "{\"error\":\"out of memory\"}" },
                                    { .body = UNLOADED } };
    Session *s = failed(script, 3, 2, ERR_INPUT, "after 1 of 2 prompts: ");
    assert_non_null(strstr(s->err.msg, "out of memory"));
    assert_int_equal(stand_in_requests(s->server), 3);
    assert_true(unloaded_last(s));
    session_free(s);
}

static void a_first_question_that_fails_may_have_loaded_the_model(void **state)
{
    (void)state;
    const StandInReply script[] = { { .body = "{\"error\":\"out of memory\"}" }, { .body = UNLOADED } };
    Session *s = failed(script, 2, 2, ERR_INPUT, "out of memory");
    assert_null(strstr(s->err.msg, "after"));
    assert_int_equal(stand_in_requests(s->server), 2);
    assert_true(unloaded_last(s));
    session_free(s);
}

static void one_who_waits_is_told_for_what(void **state)
{
    (void)state;
    Session *s = written(well, 5, 3);
    Str expected = { 0 };
    str_printf(&expected,
               "asking cogito:latest at %s; loading the model may take minutes\n"
               "prompt 1 of 3 is written\nprompt 2 of 3 is written\nprompt 3 of 3 is written\n",
               stand_in_url(s->server));
    assert_string_equal(s->told.s, expected.s);
    str_clear(&expected);
    session_free(s);
}

static void a_model_that_stays_loaded_is_told(void **state)
{
    (void)state;
    StandInReply script[5];
    memcpy(script, well, sizeof script);
    script[4] = (StandInReply){ .status = 400, .body = "{\"error\":\"no\"}" };
    Session *s = written(script, 5, 3);
    assert_non_null(strstr(s->told.s, "may stay in the memory of the server"));
    session_free(s);
}

/* Wants to stop as soon as the second request is there. */
typedef struct {
    StandIn *server;
    atomic_bool cancel;
} Stopper;

static void *stop_at_the_second(void *user)
{
    Stopper *s = user;
    while (stand_in_requests(s->server) < 2)
        nanosleep(&(struct timespec){ .tv_nsec = 2 * 1000000L }, NULL);
    atomic_store(&s->cancel, true);
    return NULL;
}

static void one_who_stops_waits_for_nothing_but_unloading(void **state)
{
    (void)state;
    const StandInReply script[] = { { .body = SAYS("<prompt>The mug on a table.</prompt>") },
                                    { .body = "{\"message\":", .end = THEN_STALL },
                                    { .body = UNLOADED } };
    pthread_t other;
    Session *s = session_new(script, 3, 2);
    Stopper stopper = { .server = s->server };
    s->cfg.cancel = &stopper.cancel;
    assert_int_equal(pthread_create(&other, NULL, stop_at_the_second, &stopper), 0);
    assert_false(session_write(s));
    pthread_join(other, NULL);
    assert_int_equal(s->err.kind, ERR_CANCELLED);
    assert_int_equal(stand_in_requests(s->server), 3);
    assert_true(unloaded_last(s));
    session_free(s);
}

static void what_was_never_asked_is_not_unloaded(void **state)
{
    (void)state;
    Session *s = session_new(well, 5, 3);
    void *self;
    assert_true(writer_ollama.open(&self, &s->cfg, &s->err));
    writer_ollama.close(self);
    writer_ollama.close(NULL);
    assert_int_equal(stand_in_requests(s->server), 0);
    session_free(s);
}

/* ---- long conversations ----------------------------------------------------------------------------- */

/* Prompts of nearly 4000 bytes: 60 of them are more than any context. */
static void a_conversation_too_long_to_read_keeps_its_first_and_latest_messages(void **state)
{
    (void)state;
    enum { PROMPTS = 60, BYTES = 3900 };
    StandInReply script[PROMPTS + 2] = { { 0 } };
    char *bodies[PROMPTS];
    for (size_t i = 0; i < PROMPTS; i++) {
        Str body = { 0 };
        str_printf(&body, "{\"message\":{\"content\":\"<prompt>Scene %zu", i);
        while (body.len < BYTES)
            str_add(&body, " with a mug");
        str_add(&body, "</prompt>\"},\"done\":true}\n");
        script[i].body = bodies[i] = str_take(&body);
    }
    script[PROMPTS].body = CLASSES;
    script[PROMPTS + 1].body = UNLOADED;
    Session *s = written(script, PROMPTS + 2, PROMPTS);
    assert_int_equal(s->out.prompts.count, PROMPTS);
    size_t longest = 0;
    for (size_t i = 0; i <= PROMPTS; i++) {
        json_t *o = request(s, i);
        size_t n = json_array_size(json_object_get(o, "messages")), bytes = 0;
        json_int_t context = json_integer_value(json_object_get(json_object_get(o, "options"), "num_ctx"));
        assert_int_equal(n % 2, 1);
        for (size_t k = 0; k < n; k++)
            bytes += strlen(message(o, k, k % 2 ? "assistant" : "user"));
        /* An English token has over 4 bytes, so the server has nothing to leave out. */
        assert_true(bytes / 4 < (size_t)context);
        assert_non_null(strstr(message(o, 0, "user"), "** SYSTEM PROMPT **"));
        if (i > 0) {
            char latest[64];
            snprintf(latest, sizeof latest, "<prompt>Scene %zu ", i - 1);
            assert_non_null(strstr(message(o, n - 2, "assistant"), latest));
        }
        longest = n > longest ? n : longest;
        json_decref(o);
    }
    assert_true(longest >= 5 && longest < 2 * PROMPTS); /* some were left out, not all */
    assert_non_null(strstr(s->out.conversation.s, "=== Message 121 (user) ==="));
    session_free(s);
    for (size_t i = 0; i < PROMPTS; i++)
        free(bodies[i]);
}

static void the_room_asked_for_follows_from_what_is_to_be_said(void **state)
{
    (void)state;
    Session *s = written(well, 5, 3);
    json_t *o = request(s, 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(o, "options"), "num_ctx")), 4096);
    json_decref(o);
    session_free(s);
}

static void notes_that_no_model_can_read_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    Session *s = session_new(well, 5, 3);
    Str notes = { 0 };
    while (notes.len < 200000)
        str_add(&notes, "many words ");
    s->req.project_info = notes.s;
    assert_false(session_write(s));
    assert_int_equal(s->err.kind, ERR_USAGE);
    assert_non_null(strstr(s->err.msg, "--project_info_file"));
    assert_int_equal(stand_in_requests(s->server), 0);
    str_clear(&notes);
    session_free(s);
}

static void without_notes_the_object_is_named_all_the_same(void **state)
{
    (void)state;
    Session *s = session_new(well, 5, 3);
    s->req.project_info = "";
    assert_true(session_write(s));
    json_t *o = request(s, 0);
    assert_non_null(strstr(message(o, 0, "user"), "** PROJECT INFO **\nThe object is called: red mug\n"));
    json_decref(o);
    session_free(s);
}

/* ---- who plays the role ------------------------------------------------------------------------------ */

static void a_probe_finds_the_model_or_says_what_helps(void **state)
{
    (void)state;
    const StandInReply script[] = { { .body = "{\"models\":[{\"name\":\"cogito:latest\"}]}" },
                                    { .body = "{\"models\":[{\"name\":\"cogito:latest\"}]}" } };
    Session *s = session_new(script, 2, 1);
    assert_true(writer_ollama.probe(&s->cfg, &s->err));
    s->cfg.ollama_model = "llama3:8b";
    assert_false(writer_ollama.probe(&s->cfg, &s->err));
    assert_int_equal(s->err.kind, ERR_MISSING);
    assert_non_null(strstr(s->err.msg, "`ollama pull llama3:8b`"));
    char nobody[64];
    s->cfg.ollama_host = stand_in_nobody(nobody);
    assert_false(writer_ollama.probe(&s->cfg, &s->err));
    assert_non_null(strstr(s->err.msg, "`ollama serve`"));
    session_free(s);
}

static void a_server_is_asked_by_name_only(void **state)
{
    (void)state;
    const StandInReply script[] = { { .body = "{\"models\":[{\"name\":\"cogito:latest\"}]}" } };
    Session *s = session_new(script, 1, 1);
    RoleSet set;
    RoleWish wish = { .need_writer = true, .engine = ENGINE_AUTO };
    assert_true(registry_choose(&set, &wish, &s->cfg, &s->err));
    assert_string_equal(set.writer->name, "grammar");
    assert_int_equal(stand_in_requests(s->server), 0);
    wish.writer = "ollama";
    assert_true(registry_choose(&set, &wish, &s->cfg, &s->err));
    assert_ptr_equal(set.writer, &writer_ollama);
    assert_non_null(strstr(s->told.s, "prompt_generator: ollama (by a server)"));
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prompts_and_classes_are_those_that_the_model_gives),
        cmocka_unit_test(each_request_carries_the_conversation_so_far),
        cmocka_unit_test(the_model_is_unloaded_at_the_end),
        cmocka_unit_test(the_history_is_the_conversation_in_the_originals_form),
        cmocka_unit_test(the_same_seed_asks_the_same_and_another_does_not),
        cmocka_unit_test(each_prompt_is_told_when_it_is_there),
        cmocka_unit_test(a_repeated_prompt_is_asked_for_again),
        cmocka_unit_test(a_model_that_only_repeats_itself_is_given_up_with_the_count),
        cmocka_unit_test(a_model_without_tags_is_understood_and_one_without_text_is_not),
        cmocka_unit_test(classes_that_are_not_told_are_the_object),
        cmocka_unit_test(a_failure_on_the_way_says_how_far_it_came_and_unloads),
        cmocka_unit_test(a_first_question_that_fails_may_have_loaded_the_model),
        cmocka_unit_test(one_who_waits_is_told_for_what),
        cmocka_unit_test(a_model_that_stays_loaded_is_told),
        cmocka_unit_test(one_who_stops_waits_for_nothing_but_unloading),
        cmocka_unit_test(what_was_never_asked_is_not_unloaded),
        cmocka_unit_test(a_conversation_too_long_to_read_keeps_its_first_and_latest_messages),
        cmocka_unit_test(the_room_asked_for_follows_from_what_is_to_be_said),
        cmocka_unit_test(notes_that_no_model_can_read_are_refused_before_anything_is_sent),
        cmocka_unit_test(without_notes_the_object_is_named_all_the_same),
        cmocka_unit_test(a_probe_finds_the_model_or_says_what_helps),
        cmocka_unit_test(a_server_is_asked_by_name_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
