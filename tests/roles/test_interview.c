/* What a language model is asked for prompts, and what is made of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text_list.h"
#include "roles/interview.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A model that gives prepared answers, the last one again and again, and keeps what it is asked. */
typedef struct {
    const char *const *answers;
    size_t count, given;
    TextList questions; /* the last message of each */
    size_t messages[64], wanted[64], turns[64];
} Model;

static bool answer(void *user, const InterviewQuestion *q, Str *out, Err *err)
{
    Model *m = user;
    (void)err;
    assert_true(m->given < COUNT(m->messages));
    m->messages[m->given] = q->count;
    m->wanted[m->given] = q->wanted;
    m->turns[m->given] = q->turn;
    assert_true(text_list_add(&m->questions, q->messages[q->count - 1].content));
    str_add(out, m->answers[m->given < m->count ? m->given : m->count - 1]);
    m->given++;
    return true;
}

static bool ask(Model *m, size_t prompts, size_t batch, bool alone, Written *out, Err *err)
{
    Interview v = { .who = "The model",
                    .remedy = "ask another",
                    .batch = batch,
                    .each_alone = alone,
                    .photo = alone,
                    .answer = answer,
                    .user = m };
    WriterRequest req = { .object_name = "red mug",
                          .system_prompt = "Write well.",
                          .project_info = "A kitchen.",
                          .count = prompts };
    size_t tokens;
    *out = (Written){ 0 };
    assert_true(interview_tokens(&tokens, &req, err));
    return interview(&v, &req, tokens, out, err);
}

static void end(Model *m, Written *out)
{
    text_list_clear(&m->questions);
    written_clear(out);
}

#define P(text) "<prompt>" text "</prompt>\n"

static void prompts_are_asked_for_in_batches_until_there_are_enough(void **state)
{
    (void)state;
    static const char *const answers[] = { P("One.") P("Two.") P("one"), P("Three.") P("TWO") P("Four."),
                                           P("Five.") P("Six."), "<classes>mug</classes>" };
    Model m = { answers, COUNT(answers) };
    Written out;
    Err err = { 0 };
    assert_true(ask(&m, 5, 3, false, &out, &err));
    static const char *const expected[] = { "One.", "Two.", "Three.", "Four.", "Five." };
    assert_int_equal(out.prompts.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(out.prompts.text[i], expected[i]);
    static const size_t wanted[] = { 3, 3, 1, 0 }, messages[] = { 1, 3, 5, 7 };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(m.wanted[i], wanted[i]);
        assert_int_equal(m.messages[i], messages[i]);
        assert_int_equal(m.turns[i], 2 * i);
    }
    assert_non_null(strstr(m.questions.text[0], "Write 5 image prompts for this project, 3 at a time."));
    assert_non_null(strstr(m.questions.text[1], "Give me 3 other prompts. Put each prompt between"));
    assert_non_null(strstr(m.questions.text[2], "Give me another prompt. Put the prompt between"));
    end(&m, &out);
}

static void a_question_that_stands_alone_has_all_that_is_needed(void **state)
{
    (void)state;
    static const char *const answers[] = { P("A mug on a table.") P("A mug in a garden."), "",
                                           P("A mug on a boat."), "no classes" };
    Model m = { answers, COUNT(answers) };
    Written out;
    Err err = { 0 };
    assert_true(ask(&m, 3, 2, true, &out, &err));
    assert_int_equal(out.prompts.count, 3);
    assert_string_equal(out.classes.text[0], "red mug");
    assert_int_equal(m.given, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(m.messages[i], 1);
        assert_non_null(strstr(m.questions.text[i], "** SYSTEM PROMPT **\nWrite well.\n"));
        assert_non_null(strstr(m.questions.text[i], "called: red mug\nThe picture shows the object.\n"));
        assert_int_equal(strstr(m.questions.text[i], "- A mug on a table.\n- A mug in a garden.\n") != NULL,
                         i > 0);
    }
    assert_non_null(strstr(m.questions.text[0], "Write 2 image prompts for this project."));
    assert_non_null(strstr(m.questions.text[1], "Write 1 more image prompt for this project."));
    assert_non_null(strstr(m.questions.text[2], "Your last answer was of no use."));
    assert_non_null(strstr(m.questions.text[3], "<classes>"));
    assert_non_null(strstr(out.conversation.s, "=== Message 8 (assistant) ===\nno classes\n\n"));
    end(&m, &out);
}

/* Prompts of 4000 bytes, some without a space to cut at, some of characters of 3 bytes. */
static void a_question_that_stands_alone_stays_short(void **state)
{
    (void)state;
    enum { PROMPTS = 60, BYTES = 3900 };
    static const char *const fill[] = { " with a mug", "x", "马" };
    static char texts[PROMPTS][BYTES + 100];
    const char *answers[PROMPTS];
    for (size_t i = 0; i < PROMPTS; i++) {
        int n = snprintf(texts[i], sizeof texts[i], "<prompt>Scene%zu", i);
        for (const char *f = fill[i % 3]; n < BYTES; n += (int)strlen(f))
            strcpy(texts[i] + n, f);
        strcat(texts[i], "</prompt>");
        answers[i] = texts[i];
    }
    Model m = { answers, PROMPTS };
    Written out;
    Err err = { 0 };
    assert_true(ask(&m, PROMPTS, 1, true, &out, &err));
    for (size_t i = 0; i < m.questions.count; i++)
        assert_true(strlen(m.questions.text[i]) < 6000);
    const char *last = m.questions.text[PROMPTS - 1];
    assert_null(strstr(last, "- Scene18"));
    assert_non_null(strstr(last, "- Scene57 with a mug"));
    assert_non_null(strstr(last, "xxx ...\n"));
    assert_non_null(strstr(last, "马 ...\n"));
    end(&m, &out);
}

static void a_model_that_only_repeats_itself_is_given_up(void **state)
{
    (void)state;
    static const char *const answers[] = { P("One.") P("Two.") };
    Model m = { answers, COUNT(answers) };
    Written out;
    Err err = { 0 };
    assert_false(ask(&m, 5, 2, true, &out, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.msg,
                        "The model gave 2 of 5 prompts, then 4 answers in a row that are of no use (the "
                        "last: its prompts were there before); ask another");
    assert_int_equal(m.given, 5);
    end(&m, &out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prompts_are_asked_for_in_batches_until_there_are_enough),
        cmocka_unit_test(a_question_that_stands_alone_has_all_that_is_needed),
        cmocka_unit_test(a_question_that_stands_alone_stays_short),
        cmocka_unit_test(a_model_that_only_repeats_itself_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
