/* A server that behaves, and all the ways in which one may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http_stand_in.h"

#include "base/clock.h"
#include "text/ollama.h"
#include "text/ollama_host.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MODEL    "cogito:latest"

/* One line of a stream, as docs/api.md of Ollama shows it. */
#define PART(text)                                                                                \
    "{\"model\":\"" MODEL "\",\"created_at\":\"2025-08-04T08:52:19.385406455-07:00\",\"message\"" \
    ":{\"role\":\"assistant\",\"content\":\"" text "\"},\"done\":false}\n"
#define LAST                                                                             \
    "{\"model\":\"" MODEL                                                                \
    "\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":\"stop\"," \
    "\"done\":true,\"total_duration\":4883583458,\"eval_count\":282}\n"
#define HELLO PART("Hel") PART("lo, ") PART("w\\u00f6rld") LAST

static const ChatMessage question[] = { { "user", "Say hello" } };

static void says(const Err *err, ErrKind kind, const char *part)
{
    if (err->kind != kind || !strstr(err->msg, part))
        fail_msg("kind %d, \"%s\" has no \"%s\"", err->kind, err->msg, part);
    assert_null(strchr(err->msg, '\n'));
}

/* ---- one conversation with a stand-in -------------------------------------------------------------- */

typedef struct {
    StandIn *server;
    Ollama *client;
    Str answer;
    Err err;
} Talk;

static Talk talk_begin(const StandInReply *script, size_t count, OllamaOptions options)
{
    Talk t = { .server = stand_in_start(script, count) };
    options.host = stand_in_url(t.server);
    options.model = options.model ? options.model : MODEL;
    options.pause_ms = options.pause_ms ? options.pause_ms : 1;
    if (!ollama_open(&t.client, &options, &t.err))
        fail_msg("%s", t.err.msg);
    return t;
}

static void talk_end(Talk *t)
{
    ollama_close(t->client);
    stand_in_stop(t->server);
    str_clear(&t->answer);
}

static bool ask(Talk *t)
{
    return ollama_chat(t->client, question, 1, &(OllamaParams){ .seed = 1 }, &t->answer, &t->err);
}

/* Ask a server with this script; the answer must be this text. `requests` is how many it must have had. */
static void answers(const StandInReply *script, size_t count, const char *text, size_t requests)
{
    Talk t = talk_begin(script, count, (OllamaOptions){ 0 });
    if (!ask(&t))
        fail_msg("%s", t.err.msg);
    assert_string_equal(str_text(&t.answer), text);
    assert_int_equal(stand_in_requests(t.server), requests);
    talk_end(&t);
}

static void fails(const StandInReply *script, size_t count, OllamaOptions options, ErrKind kind,
                  const char *part, size_t requests)
{
    Talk t = talk_begin(script, count, options);
    assert_false(ask(&t));
    says(&t.err, kind, part);
    assert_string_equal(str_text(&t.answer), "");
    assert_int_equal(stand_in_requests(t.server), requests);
    talk_end(&t);
}

/* ---- addresses ------------------------------------------------------------------------------------ */

static void an_address_is_read_as_ollama_reads_it(void **state)
{
    (void)state;
    /* The first rows are those of Ollama's own test of OLLAMA_HOST; "" and ":1234" mean this machine. */
    static const char *const cases[][2] = {
        { "", "http://127.0.0.1:11434" },
        { "1.2.3.4", "http://1.2.3.4:11434" },
        { ":1234", "http://127.0.0.1:1234" },
        { "1.2.3.4:1234", "http://1.2.3.4:1234" },
        { "example.com", "http://example.com:11434" },
        { "example.com:1234", "http://example.com:1234" },
        { "[::1]", "http://[::1]:11434" },
        { "[::]", "http://[::1]:11434" },
        { "::1", "http://[::1]:11434" },
        { "[::1]:1337", "http://[::1]:1337" },
        { " 1.2.3.4 ", "http://1.2.3.4:11434" },
        { "\"1.2.3.4\"", "http://1.2.3.4:11434" },
        { " \" 1.2.3.4 \" ", "http://1.2.3.4:11434" },
        { "'1.2.3.4'", "http://1.2.3.4:11434" },
        { "http://1.2.3.4", "http://1.2.3.4:80" },
        { "http://1.2.3.4:4321", "http://1.2.3.4:4321" },
        { "https://1.2.3.4", "https://1.2.3.4:443" },
        { "https://1.2.3.4:4321", "https://1.2.3.4:4321" },
        { "https://example.com/ollama", "https://example.com:443/ollama" },
        { "http://localhost:11434/", "http://localhost:11434" },
        { "http://localhost:11434///", "http://localhost:11434" },
        { "localhost/", "http://localhost:11434" },
        { "0.0.0.0", "http://127.0.0.1:11434" },
        { "0.0.0.0:99", "http://127.0.0.1:99" },
        { "http://[2001:db8::2]:8080/a/b/", "http://[2001:db8::2]:8080/a/b" },
        { "gpu_box-2.lan:65535", "http://gpu_box-2.lan:65535" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *url;
        Err err = { 0 };
        if (!ollama_host_url(&url, cases[i][0], "OLLAMA_HOST", &err))
            fail_msg("%s: %s", cases[i][0], err.msg);
        assert_string_equal(url, cases[i][1]);
        free(url);
    }
}

static void what_is_no_address_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const cases[] = {
        ":0",
        ":66000",
        ":-1",
        "host:port",
        "host:",
        "host:1:2",
        "ftp://host",
        "://host",
        "host name",
        "user:pw@host",
        "http://a@b",
        "host?x=1",
        "host#x",
        "[::1",
        "[::1]x",
        "[::1]:",
        "[host]:1",
        "a\nb",
        "host/%2e%2e",
        "http://h\r\nX",
        "file:///etc",
        "99999999999999999999:1:",
        "host:99999999999999999999",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *url;
        Err err = { 0 };
        if (ollama_host_url(&url, cases[i], "--ollama_host", &err))
            fail_msg("\"%s\" became %s", cases[i], url);
        says(&err, ERR_USAGE, "--ollama_host");
        assert_null(url);
    }
}

static void the_environment_says_where_the_server_is(void **state)
{
    (void)state;
    Ollama *o;
    Err err = { 0 };
    OllamaOptions options = { .model = MODEL };
    setenv("OLLAMA_HOST", "example.com:1", 1);
    assert_true(ollama_open(&o, &options, &err));
    assert_string_equal(ollama_url(o), "http://example.com:1");
    ollama_close(o);
    setenv("OLLAMA_HOST", "bad host", 1);
    assert_false(ollama_open(&o, &options, &err));
    says(&err, ERR_USAGE, "OLLAMA_HOST \"bad host\"");
    options.host = ":7"; /* what is said by hand wins */
    assert_true(ollama_open(&o, &options, &err));
    assert_string_equal(ollama_url(o), "http://127.0.0.1:7");
    ollama_close(o);
    unsetenv("OLLAMA_HOST");
    options.host = NULL;
    assert_true(ollama_open(&o, &options, &err));
    assert_string_equal(ollama_url(o), "http://127.0.0.1:11434");
    ollama_close(o);
}

/* ---- a server that behaves ------------------------------------------------------------------------ */

static void an_answer_is_put_together_wherever_it_is_split(void **state)
{
    (void)state;
    static const size_t pieces[] = { 0, 1, 2, 3, 7, 100, 251 };
    for (size_t i = 0; i < COUNT(pieces); i++)
        answers(&(StandInReply){ .body = HELLO, .piece = pieces[i] }, 1, "Hello, wörld", 1);
}

static void a_stream_may_have_blank_lines_and_no_last_line_end(void **state)
{
    (void)state;
    answers(&(StandInReply){ .body = "\n\r\n" PART("a") "\n" PART("b") "{\"done\":true}" }, 1, "ab", 1);
    answers(&(StandInReply){ .body = "{\"message\":{\"content\":\"all at once\"},\"done\":true}" }, 1,
            "all at once", 1);
    answers(&(StandInReply){ .body = LAST }, 1, "", 1);
}

static void thoughts_and_unknown_fields_are_passed_over(void **state)
{
    (void)state;
    answers(
        &(StandInReply){
            .body = "{\"message\":{\"role\":\"assistant\",\"thinking\":\"hm\",\"content\":\"\"}}\n"
                    "{\"message\":{\"content\":7},\"x\":[1,{}]}\n{\"message\":[]}\n" PART("a") LAST },
        1, "a", 1);
}

static void a_zero_byte_in_an_answer_becomes_a_space(void **state)
{
    (void)state;
    answers(&(StandInReply){ .body = PART("a\\u0000b") LAST }, 1, "a b", 1);
}

static void a_server_may_take_its_time(void **state)
{
    (void)state;
    answers(&(StandInReply){ .body = HELLO, .head_pause_ms = 150, .piece = 100, .piece_pause_ms = 5 }, 1,
            "Hello, wörld", 1);
}

static void an_answer_may_take_longer_than_its_longest_silence(void **state)
{
    (void)state;
    const StandInReply drops = { .body = HELLO, .piece = sizeof HELLO / 50, .piece_pause_ms = 20 };
    Talk t = talk_begin(&drops, 1, (OllamaOptions){ .stall_ms = 500 });
    double begin = clock_ms();
    assert_true(ask(&t));
    assert_true(clock_ms() - begin > 900);
    talk_end(&t);
}

static void the_request_says_what_the_caller_said(void **state)
{
    (void)state;
    static const ChatMessage messages[] = { { "user", "q\"1\"" }, { "assistant", "ä" }, { "user", "q2" } };
    Talk t = talk_begin(&(StandInReply){ .body = HELLO }, 1, (OllamaOptions){ 0 });
    OllamaParams params = { .seed = 0x123456789abcdef0, .context_tokens = 8192 };
    assert_true(ollama_chat(t.client, messages, 3, &params, &t.answer, &t.err));
    assert_string_equal(stand_in_what(t.server, 0), "POST /api/chat");
    json_t *sent = json_loads(stand_in_body(t.server, 0), 0, NULL);
    json_t *expected = json_pack("{s:s, s:[{s:s,s:s},{s:s,s:s},{s:s,s:s}], s:b, s:b, s:{s:i,s:i}}", "model",
                                 MODEL, "messages", "role", "user", "content", "q\"1\"", "role", "assistant",
                                 "content", "ä", "role", "user", "content", "q2", "stream", 1, "think", 0,
                                 "options", "seed", 0x1abcdef0, "num_ctx", 8192);
    assert_true(json_equal(sent, expected));
    json_decref(expected);
    json_decref(sent);
    talk_end(&t);
}

static void a_long_question_arrives_whole(void **state)
{
    (void)state;
    Talk t = talk_begin(&(StandInReply){ .body = HELLO }, 1, (OllamaOptions){ 0 });
    Str text = { 0 };
    while (text.len < 3u << 20) /* more than libcurl sends at once */
        str_add(&text, "0123456789abcdef");
    ChatMessage message = { "user", text.s };
    assert_true(ollama_chat(t.client, &message, 1, &(OllamaParams){ 0 }, &t.answer, &t.err));
    json_t *sent = json_loads(stand_in_body(t.server, 0), 0, NULL);
    const json_t *first = json_array_get(json_object_get(sent, "messages"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "content")), text.s);
    json_decref(sent);
    str_clear(&text);
    talk_end(&t);
}

static void one_client_asks_again_and_again(void **state)
{
    (void)state;
    StandInReply script[20];
    for (size_t i = 0; i < COUNT(script); i++)
        script[i] = (StandInReply){ .body = HELLO, .piece = i };
    Talk t = talk_begin(script, COUNT(script), (OllamaOptions){ 0 });
    for (size_t i = 0; i < COUNT(script); i++) {
        assert_true(ask(&t));
        assert_string_equal(t.answer.s, "Hello, wörld");
    }
    talk_end(&t);
}

static void a_server_on_this_machine_is_reached_without_the_proxy(void **state)
{
    (void)state;
    char nobody[64];
    setenv("http_proxy", stand_in_nobody(nobody), 1);
    setenv("no_proxy", "example.com", 1);
    answers(&(StandInReply){ .body = HELLO }, 1, "Hello, wörld", 1);
    unsetenv("http_proxy");
    unsetenv("no_proxy");
}

static void the_model_is_found_by_any_of_its_names(void **state)
{
    (void)state;
    static const char *const names[] = { "cogito",         "cogito:latest",
                                         "library/cogito", "Cogito:Latest",
                                         "llama3:8b",      "registry.ollama.ai/library/cogito:latest" };
    for (size_t i = 0; i < COUNT(names); i++) {
        StandInReply reply = {
            .body = "{\"models\":[{\"name\":\"llama3:8b\",\"size\":1},{\"name\":\"cogito:latest\"}]}"
        };
        Talk t = talk_begin(&reply, 1, (OllamaOptions){ .model = names[i] });
        if (!ollama_find_model(t.client, &t.err))
            fail_msg("%s", t.err.msg);
        assert_string_equal(stand_in_what(t.server, 0), "GET /api/tags");
        talk_end(&t);
    }
}

static void a_model_that_is_not_there_is_named_with_those_that_are(void **state)
{
    (void)state;
    static const char *const names[] = { "cogito:8b", "cogit", "cogito:latest2", "" };
    for (size_t i = 0; i < COUNT(names); i++) {
        StandInReply reply = {
            .body = "{\"models\":[{\"name\":\"llama3:8b\"},{},7,{\"name\":\"cogito:latest\"}]}"
        };
        Talk t = talk_begin(&reply, 1, (OllamaOptions){ .model = names[i] });
        assert_false(ollama_find_model(t.client, &t.err));
        says(&t.err, ERR_MISSING, "ollama pull ");
        says(&t.err, ERR_MISSING, "it has llama3:8b, cogito:latest");
        talk_end(&t);
    }
}

/* ---- failures that pass --------------------------------------------------------------------------- */

static void a_passing_failure_is_tried_again(void **state)
{
    (void)state;
    const StandInReply script[] = {
        { .status = 500, .body = "{\"error\":\"llama runner process has terminated\"}" },
        { .status = 503, .body = "busy" },
        { .body = PART("Hel"), .end = THEN_CUT },
        { .body = HELLO },
    };
    answers(script, 4, "Hello, wörld", 4);
    answers(script + 3, 1, "Hello, wörld", 1);
    const StandInReply dead[] = { { .raw = "", .end = THEN_CUT },
                                  { .raw = "HTTP/1.1 2", .end = THEN_CUT },
                                  { .body = HELLO } };
    answers(dead, 3, "Hello, wörld", 3);
}

static void every_attempt_sends_the_same_and_pauses_double(void **state)
{
    (void)state;
    const StandInReply script[] = {
        { .status = 500 }, { .status = 502 }, { .status = 503 }, { .body = HELLO }
    };
    Talk t = talk_begin(script, 4, (OllamaOptions){ .pause_ms = 20 });
    double begin = clock_ms();
    assert_true(ask(&t));
    assert_true(clock_ms() - begin >= 20 + 40 + 80);
    for (size_t i = 1; i < 4; i++)
        assert_string_equal(stand_in_body(t.server, i), stand_in_body(t.server, 0));
    talk_end(&t);
}

static void attempts_are_counted(void **state)
{
    (void)state;
    const StandInReply bad = { .status = 500,
                               .body = "{\"error\":\"model requires more system memory\\n(5.6 GiB)\"}" };
    const StandInReply script[] = { bad, bad, bad, bad, bad, { .body = HELLO } };
    fails(script, 6, (OllamaOptions){ 0 }, ERR_INPUT,
          "(HTTP 500): model requires more system memory (5.6 GiB)", 4);
    fails(script, 6, (OllamaOptions){ .attempts = 1 }, ERR_INPUT, "HTTP 500", 1);
}

/* ---- failures that stay --------------------------------------------------------------------------- */

static void without_a_server_the_command_that_starts_it_is_named(void **state)
{
    (void)state;
    char nobody[64];
    OllamaOptions options = { .host = stand_in_nobody(nobody), .model = MODEL, .pause_ms = 1 };
    Ollama *o;
    Err err = { 0 };
    Str answer = { 0 };
    assert_true(ollama_open(&o, &options, &err));
    assert_false(ollama_chat(o, question, 1, &(OllamaParams){ 0 }, &answer, &err));
    says(&err, ERR_MISSING, "`ollama serve`");
    says(&err, ERR_MISSING, nobody);
    assert_false(ollama_find_model(o, &err));
    says(&err, ERR_MISSING, "Ollama does not answer");
    assert_false(ollama_unload(o, &err));
    says(&err, ERR_MISSING, "Ollama does not answer");
    ollama_close(o);
    str_clear(&answer);
}

static void an_unknown_host_is_no_server(void **state)
{
    (void)state;
    OllamaOptions options = { .host = "nowhere.invalid", .model = MODEL, .attempts = 1, .connect_ms = 1000 };
    Ollama *o;
    Err err = { 0 };
    assert_true(ollama_open(&o, &options, &err));
    assert_false(ollama_find_model(o, &err));
    says(&err, ERR_MISSING, "http://nowhere.invalid:11434");
    ollama_close(o);
}

static void without_the_model_the_command_that_fetches_it_is_named(void **state)
{
    (void)state;
    const StandInReply reply = { .status = 404, .body = "{\"error\":\"model 'cogito:latest' not found\"}" };
    fails(&reply, 1, (OllamaOptions){ 0 }, ERR_MISSING, "`ollama pull cogito:latest`", 1);
}

static void a_refusal_is_told_and_not_tried_again(void **state)
{
    (void)state;
    fails(&(StandInReply){ .status = 400, .body = "{\"error\":\"bad \\u0001think\"}" }, 1,
          (OllamaOptions){ 0 }, ERR_INPUT, "(HTTP 400): bad  think", 1);
    fails(&(StandInReply){ .status = 401 }, 1, (OllamaOptions){ 0 }, ERR_INPUT, "HTTP status 401", 1);
    fails(&(StandInReply){ .status = 404, .body = "404 page not found" }, 1, (OllamaOptions){ 0 }, ERR_INPUT,
          "not as Ollama does (\"404 page not found\")", 1);
    fails(&(StandInReply){ .status = 302, .body = "elsewhere" }, 1, (OllamaOptions){ 0 }, ERR_INPUT,
          "HTTP status 302", 1);
}

static void an_error_in_the_stream_is_told(void **state)
{
    (void)state;
    fails(&(StandInReply){ .body = PART("Hel") "{\"error\":\"an error was encountered\"}\n",
                           .end = THEN_STALL },
          1, (OllamaOptions){ 0 }, ERR_INPUT, "an error was encountered", 1);
    fails(&(StandInReply){ .body = "{\"error\":{\"message\":\"wrapped\"}}" }, 1, (OllamaOptions){ 0 },
          ERR_INPUT, "wrapped", 1);
}

static void an_answer_that_is_cut_off_is_no_answer(void **state)
{
    (void)state;
    const StandInReply cut = { .body = PART("Hel") PART("lo"), .end = THEN_CUT };
    fails(&cut, 1, (OllamaOptions){ .attempts = 1 }, ERR_INPUT, "cut off", 1);
    /* The connection ends well, the answer does not: between two lines, and in the middle of one. */
    fails(&(StandInReply){ .body = PART("Hel") }, 1, (OllamaOptions){ 0 }, ERR_INPUT, "cut off", 1);
    fails(&(StandInReply){ .body = PART("Hel") "{\"message\":{\"con" }, 1, (OllamaOptions){ 0 }, ERR_INPUT,
          "cut off", 1);
    const char *raw = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" PART("Hel");
    fails(&(StandInReply){ .raw = raw, .end = THEN_CUT }, 1, (OllamaOptions){ .attempts = 1 }, ERR_INPUT,
          "cut off", 1);
    fails(&(StandInReply){ .body = "" }, 1, (OllamaOptions){ 0 }, ERR_INPUT, "cut off", 1);
}

static void silence_has_an_end(void **state)
{
    (void)state;
    const StandInReply replies[] = {
        { .raw = "", .end = THEN_STALL },                            /* before the head */
        { .raw = "HTTP/1.1 200 OK\r\nContent-", .end = THEN_STALL }, /* in it */
        { .body = PART("Hel"), .end = THEN_STALL },                  /* in the answer */
        { .body = "{\"message\":", .end = THEN_STALL },
        { .body = HELLO, .head_pause_ms = 60000 },
    };
    for (size_t i = 0; i < COUNT(replies); i++) {
        double begin = clock_ms();
        fails(&replies[i], 1, (OllamaOptions){ .stall_ms = 120 }, ERR_INPUT, "sent nothing for 0.12 s", 1);
        assert_true(clock_ms() - begin >= 120);
        assert_true(clock_ms() - begin < 5000);
    }
}

static void an_answer_that_never_ends_is_given_up(void **state)
{
    (void)state;
    /* By time: a drop every 20 ms is no silence. */
    fails(&(StandInReply){ .body = PART("Hel"), .piece = 1, .piece_pause_ms = 20 }, 1,
          (OllamaOptions){ .stall_ms = 5000, .total_ms = 250 }, ERR_INPUT,
          "had not finished its answer after 0.25 s", 1);
    /* By size: whole lines, and one line without an end. */
    Str line = { 0 };
    str_add(&line, "{\"message\":{\"content\":\"");
    while (line.len < 64u << 10)
        str_add(&line, "0123456789abcdef");
    str_add(&line, "\"}}\n");
    fails(&(StandInReply){ .body = line.s, .end = THEN_REPEAT }, 1, (OllamaOptions){ 0 }, ERR_INPUT,
          "over 8 MiB", 1);
    memset(line.s, 'x', line.len);
    fails(&(StandInReply){ .body = line.s, .end = THEN_REPEAT }, 1, (OllamaOptions){ 0 }, ERR_INPUT,
          "over 8 MiB", 1);
    str_clear(&line);
}

static void rubbish_is_shown_in_part(void **state)
{
    (void)state;
    static const char *const bodies[] = { "<html><body>Welcome to the router</body></html>\n",
                                          "[1, 2, 3]\n",
                                          "\"text\"\n",
                                          "null\n",
                                          "{\"message\":{\"content\":\"\xff\"}}\n",
                                          "{\"message\":{\"content\":\"a\"}}}\n",
                                          "{\"a\":1}{\"b\":2}\n" };
    for (size_t i = 0; i < COUNT(bodies); i++)
        fails(&(StandInReply){ .body = bodies[i], .piece = i }, 1, (OllamaOptions){ 0 }, ERR_INPUT,
              "not as Ollama does", 1);
    fails(&(StandInReply){ .body = bodies[0] }, 1, (OllamaOptions){ 0 }, ERR_INPUT, "Welcome to the router",
          1);
    fails(&(StandInReply){ .body = PART("a") "<html>"
                                             "\n" LAST },
          1, (OllamaOptions){ 0 }, ERR_INPUT, "(\"<html>", 1);
    fails(&(StandInReply){ .raw = "SSH-2.0-OpenSSH_9.2p1 Debian\r\n", .end = THEN_CUT }, 1,
          (OllamaOptions){ 0 }, ERR_INPUT, "not as Ollama does", 1);
}

static void json_too_deep_to_read_is_refused(void **state)
{
    (void)state;
    Str deep = { 0 };
    str_add(&deep, "{\"message\":");
    for (int i = 0; i < 100000; i++)
        str_add_char(&deep, '[');
    fails(&(StandInReply){ .body = deep.s }, 1, (OllamaOptions){ 0 }, ERR_INPUT, "not as Ollama does", 1);
    str_clear(&deep);
}

static void a_list_of_models_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "", "{}", "{\"models\":{}}", "[]", "Ollama is running", "{\"models\":["
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        Talk t = talk_begin(&(StandInReply){ .body = bodies[i] }, 1, (OllamaOptions){ 0 });
        assert_false(ollama_find_model(t.client, &t.err));
        says(&t.err, ERR_INPUT, "not as Ollama does");
        talk_end(&t);
    }
}

/* ---- stopping ------------------------------------------------------------------------------------- */

/* Wants to stop when a request is there. */
typedef struct {
    StandIn *server;
    atomic_bool cancel;
} Stopper;

static bool is_set(void *user)
{
    return atomic_load(&((Stopper *)user)->cancel);
}

static void *stop_soon(void *user)
{
    Stopper *s = user;
    while (stand_in_requests(s->server) < 1)
        nanosleep(&(struct timespec){ .tv_nsec = 2 * 1000000L }, NULL);
    nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000000L }, NULL); /* time to begin waiting */
    atomic_store(&s->cancel, true);
    return NULL;
}

static void cancelling_ends_every_kind_of_waiting(void **state)
{
    (void)state;
    const StandInReply busy = { .status = 503 };
    const StandInReply scripts[][4] = {
        { { .raw = "", .end = THEN_STALL } },          /* for the head */
        { { .body = PART("a"), .end = THEN_STALL } },  /* for the rest */
        { { .body = PART("a"), .end = THEN_REPEAT } }, /* for the end */
        { busy, busy, busy, busy },                    /* for another attempt */
    };
    for (size_t i = 0; i < COUNT(scripts); i++) {
        Stopper stopper = { 0 };
        pthread_t other;
        Talk t = talk_begin(scripts[i], 4,
                            (OllamaOptions){ .cancelled = is_set, .user = &stopper, .pause_ms = 20000 });
        stopper.server = t.server;
        assert_int_equal(pthread_create(&other, NULL, stop_soon, &stopper), 0);
        double begin = clock_ms();
        assert_false(ask(&t));
        says(&t.err, ERR_CANCELLED, "interrupted");
        assert_true(clock_ms() - begin < 5000);
        pthread_join(other, NULL);
        talk_end(&t);
    }
}

static void the_model_is_unloaded_even_by_one_who_wants_to_stop(void **state)
{
    (void)state;
    Stopper stopper = { .cancel = true };
    const StandInReply reply = { .body = "{\"model\":\"" MODEL
                                         "\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},"
                                         "\"done_reason\":\"unload\",\"done\":true}" };
    Talk t = talk_begin(&reply, 1, (OllamaOptions){ .cancelled = is_set, .user = &stopper });
    if (!ollama_unload(t.client, &t.err))
        fail_msg("%s", t.err.msg);
    assert_string_equal(stand_in_what(t.server, 0), "POST /api/chat");
    assert_string_equal(stand_in_body(t.server, 0),
                        "{\"model\":\"" MODEL "\",\"messages\":[],\"keep_alive\":0}");
    assert_false(ask(&t));
    says(&t.err, ERR_CANCELLED, "interrupted");
    talk_end(&t);
}

/* ---- threads -------------------------------------------------------------------------------------- */

static void *talk_in_a_thread(void *user)
{
    Talk *t = user;
    OllamaOptions options = { .host = stand_in_url(t->server), .model = MODEL, .pause_ms = 1 };
    if (ollama_open(&t->client, &options, &t->err) && ask(t) && ask(t))
        return t;
    return NULL;
}

/* The first test of this program: libcurl is set up by whichever thread is first. */
static void several_clients_may_begin_at_once(void **state)
{
    (void)state;
    enum { CLIENTS = 8 };
    const StandInReply script[] = { { .status = 500 }, { .body = HELLO, .piece = 5 }, { .body = HELLO } };
    Talk talks[CLIENTS] = { 0 };
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        talks[i].server = stand_in_start(script, 3);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, talk_in_a_thread, &talks[i]), 0);
    for (int i = 0; i < CLIENTS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        if (!result)
            fail_msg("%s", talks[i].err.msg);
        assert_string_equal(talks[i].answer.s, "Hello, wörld");
        talk_end(&talks[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_clients_may_begin_at_once),
        cmocka_unit_test(an_address_is_read_as_ollama_reads_it),
        cmocka_unit_test(what_is_no_address_is_refused_by_name),
        cmocka_unit_test(the_environment_says_where_the_server_is),
        cmocka_unit_test(an_answer_is_put_together_wherever_it_is_split),
        cmocka_unit_test(a_stream_may_have_blank_lines_and_no_last_line_end),
        cmocka_unit_test(thoughts_and_unknown_fields_are_passed_over),
        cmocka_unit_test(a_zero_byte_in_an_answer_becomes_a_space),
        cmocka_unit_test(a_server_may_take_its_time),
        cmocka_unit_test(an_answer_may_take_longer_than_its_longest_silence),
        cmocka_unit_test(the_request_says_what_the_caller_said),
        cmocka_unit_test(a_long_question_arrives_whole),
        cmocka_unit_test(one_client_asks_again_and_again),
        cmocka_unit_test(a_server_on_this_machine_is_reached_without_the_proxy),
        cmocka_unit_test(the_model_is_found_by_any_of_its_names),
        cmocka_unit_test(a_model_that_is_not_there_is_named_with_those_that_are),
        cmocka_unit_test(a_passing_failure_is_tried_again),
        cmocka_unit_test(every_attempt_sends_the_same_and_pauses_double),
        cmocka_unit_test(attempts_are_counted),
        cmocka_unit_test(without_a_server_the_command_that_starts_it_is_named),
        cmocka_unit_test(an_unknown_host_is_no_server),
        cmocka_unit_test(without_the_model_the_command_that_fetches_it_is_named),
        cmocka_unit_test(a_refusal_is_told_and_not_tried_again),
        cmocka_unit_test(an_error_in_the_stream_is_told),
        cmocka_unit_test(an_answer_that_is_cut_off_is_no_answer),
        cmocka_unit_test(silence_has_an_end),
        cmocka_unit_test(an_answer_that_never_ends_is_given_up),
        cmocka_unit_test(rubbish_is_shown_in_part),
        cmocka_unit_test(json_too_deep_to_read_is_refused),
        cmocka_unit_test(a_list_of_models_that_is_none_is_refused),
        cmocka_unit_test(cancelling_ends_every_kind_of_waiting),
        cmocka_unit_test(the_model_is_unloaded_even_by_one_who_wants_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
