/* Prompts and classes in what a language model answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "text/tagged_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

typedef struct {
    const char *answer, *prompt; /* prompt NULL: there is none */
} Case;

static void check(const Case *cases, size_t count)
{
    Str prompt = { 0 };
    for (size_t i = 0; i < count; i++) {
        const char *why;
        bool found = tagged_answer_prompt(cases[i].answer, strlen(cases[i].answer), &prompt, &why);
        if (found != (cases[i].prompt != NULL))
            fail_msg("\"%s\": %s", cases[i].answer, found ? prompt.s : why);
        if (found && strcmp(prompt.s, cases[i].prompt) != 0)
            fail_msg("\"%s\": \"%s\" is not \"%s\"", cases[i].answer, prompt.s, cases[i].prompt);
        assert_true(found ? !why : *why);
    }
    str_clear(&prompt);
}

static void the_prompt_is_what_stands_between_the_tags(void **state)
{
    (void)state;
    static const Case cases[] = {
        { "<prompt>A mug on a table.</prompt>", "A mug on a table." },
        { "Sure! Here it is:\n<prompt>\n  A mug\n  on a table.\n</prompt>\nShall I go on?",
          "A mug on a table." },
        { "<PROMPT>A mug</Prompt>", "A mug" },
        { "<prompt >A mug</prompt\n>", "A mug" },
        { "<prompt>One</prompt> <prompt>Two</prompt>", "One" },
        { "<prompt>short</prompt>", "short" },
        { "<prompt>Ein Krug auf dem Tisch – schön</prompt>", "Ein Krug auf dem Tisch – schön" },
        { "<prompt>马克杯</prompt>", "马克杯" },
        { "I write <prompt></prompt> tags: <prompt>A mug</prompt>", "A mug" },
        { "<prompt>...</prompt><prompt>A mug</prompt>", "A mug" },
        { "A mug, 3 < 4 and <b>bold</b> <prompts>no</prompts> <prompt>A <i>mug</i></prompt>",
          "A <i>mug</i>" },
    };
    check(cases, COUNT(cases));
}

static void white_space_of_all_kinds_becomes_single_spaces(void **state)
{
    (void)state;
    static const Case cases[] = {
        { "<prompt>\t A \r\n\r\n mug\v\fon\x1f a\x7f"
          "table </prompt>",
          "A mug on a table" },
        { "<prompt>A\u2028mug\u2029on\u00a0a\u3000table\xc2\x85</prompt>", "A mug on a table" },
        { "<prompt>\ufeffA mug</prompt>", "A mug" },
    };
    check(cases, COUNT(cases));
}

static void an_answer_without_tags_is_used_when_it_is_long_enough(void **state)
{
    (void)state;
    static const Case cases[] = {
        { "A red mug on a table.", "A red mug on a table." },
        { "Sure! A red mug on a table.", "A red mug on a table." },
        { "Sure, here's another prompt: A red mug on a table.", "A red mug on a table." },
        { "Here is another prompt for you:\n\n\"A red mug\non a table.\"", "A red mug on a table." },
        { "Of course. “A red mug on a table.”", "A red mug on a table." },
        { "Okay - let me describe a red mug.", "describe a red mug." },
        { "\"A red mug\" is on a table", "\"A red mug\" is on a table" },
        { "Here is a mug, at 8:30 in the morning", "a mug, at 8:30 in the morning" },
        { "Surely a red mug on a table.", "Surely a red mug on a table." },
        { "Anotherland has red mugs.", "Anotherland has red mugs." },
        { "HERE’S a red mug on a table.", "a red mug on a table." },
        { "0123456789", NULL }, /* 10 characters are too few, 11 are enough */
        { "0123456789a", "0123456789a" },
        { "äöüäöüäöüä", NULL },
        { "äöüäöüäöüäö", "äöüäöüäöüäö" },
        { "Sure!", NULL },
        { "- - - ... !!! ??? ---", NULL },
        { "Here is another prompt:", NULL },
        { "", NULL },
        { " \n\t ", NULL },
    };
    check(cases, COUNT(cases));
}

static void tags_in_disorder_give_the_likeliest_text(void **state)
{
    (void)state;
    static const Case cases[] = {
        { "<prompt>A red mug on a", "A red mug on a" }, /* cut off */
        { "Text before. <prompt>A mug", NULL },         /* too little of it */
        { "<prompt>Outer <prompt>inner</prompt></prompt>", "inner" },
        { "<prompt><prompt>A mug</prompt>", "A mug" },
        { "</prompt>A red mug on a table.", "A red mug on a table." },
        { "A red mug on a table.</prompt>", "A red mug on a table." },
        { "</prompt><prompt>", NULL },
        { "<prompt>", NULL },
        { "<prompt></prompt>", NULL },
        { "<prompt", NULL },
        { "<prompt <prompt>A mug</prompt>", "A mug" },
        { "<", NULL },
        { "</", NULL },
    };
    check(cases, COUNT(cases));
}

static void thinking_aloud_is_no_part_of_the_answer(void **state)
{
    (void)state;
    static const Case cases[] = {
        { "<think>Put it in <prompt>wrong</prompt>.</think>\n<prompt>right</prompt>", "right" },
        { "Put it in <prompt>wrong</prompt>.</think><prompt>right</prompt>", "right" },
        { "<think>I do not know, really I do not", NULL },
        { "<think></think>A red mug on a table.", "A red mug on a table." },
    };
    check(cases, COUNT(cases));
}

static void a_refusal_is_no_prompt(void **state)
{
    (void)state;
    static const Case cases[] = {
        { "I'm sorry, but I can't help with that.", NULL },
        { "I cannot write about this object.", NULL },
        { "I'm sorry. <prompt>A mug</prompt>", "A mug" },
    };
    check(cases, COUNT(cases));
}

static void a_zero_byte_is_a_space(void **state)
{
    (void)state;
    static const char answer[] = "\0<prompt>A\0mug\0</prompt>\0";
    Str prompt = { 0 };
    const char *why;
    assert_true(tagged_answer_prompt(answer, sizeof answer, &prompt, &why));
    assert_string_equal(prompt.s, "A mug");
    assert_int_equal(prompt.len, 5);
    assert_false(tagged_answer_prompt("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, &prompt, &why));
    assert_string_equal(why, "it is empty");
    str_clear(&prompt);
}

static void long_answers_are_read_in_one_go(void **state)
{
    (void)state;
    static const char *const units[] = { "a",         "<prompt>", "</prompt>", "<",         "a ",
                                         "\"",        "sure ",    "sure:",     "<think>",   "</think>",
                                         "<classes>", "a.",       "here is",   "<prompt>a", "\xe2\x80\xa8" };
    for (size_t u = 0; u < COUNT(units); u++) {
        Str text = { 0 }, prompt = { 0 };
        TextList classes = { 0 };
        const char *why;
        while (text.len < 256u << 10)
            str_add(&text, units[u]);
        double begin = clock_ms();
        assert_false(tagged_answer_prompt(text.s, text.len, &prompt, &why) && prompt.len > ANSWER_PROMPT_MAX);
        assert_true(tagged_answer_classes(text.s, text.len, &classes));
        /* Under 10 ms here, and many seconds where each tag begins the search again; sanitizers need room. */
        assert_true(clock_ms() - begin < 5000);
        text_list_clear(&classes);
        str_clear(&prompt);
        str_clear(&text);
    }
}

/* Any mixture of what matters gives one clean line or a reason. */
static void any_text_gives_one_clean_line_or_a_reason(void **state)
{
    (void)state;
    static const char *const units[] = { "<prompt>", "</prompt>", "<",        ">",    "/",
                                         "prompt",   "sure, ",    "\"",       "\n",   " ",
                                         "mug ",     ":",         "\xe2",     "\x80", "\xa8",
                                         "\x01",     "<think>",   "</think>", "“",    "”",
                                         "here is ", "I'm sorry" };
    Rng rng;
    rng_init(&rng, 7);
    for (int round = 0; round < 20000; round++) {
        Str text = { 0 }, prompt = { 0 };
        const char *why;
        for (size_t n = rng_index(&rng, 12); n > 0; n--)
            str_add(&text, units[rng_index(&rng, COUNT(units))]);
        bool found = tagged_answer_prompt(text.s, text.len, &prompt, &why);
        assert_true(found ? !why && prompt.len > 0 : why != NULL);
        for (size_t i = 0; found && i < prompt.len; i++) {
            assert_true((unsigned char)prompt.s[i] >= 0x20 && prompt.s[i] != 0x7f);
            assert_false(prompt.s[i] == ' ' && (i == 0 || i + 1 == prompt.len || prompt.s[i + 1] == ' '));
        }
        str_clear(&prompt);
        str_clear(&text);
    }
}

/* The classes joined by '|'. */
static void classes_are(const char *answer, const char *expected)
{
    TextList classes = { 0 };
    Str joined = { 0 };
    assert_true(tagged_answer_classes(answer, strlen(answer), &classes));
    for (size_t i = 0; i < classes.count; i++)
        str_printf(&joined, "%s%s", i ? "|" : "", classes.text[i]);
    assert_string_equal(str_text(&joined), expected);
    str_clear(&joined);
    text_list_clear(&classes);
}

static void classes_stand_between_their_tags_and_periods(void **state)
{
    (void)state;
    classes_are("<classes>mug.table.chair</classes>", "mug|table|chair");
    classes_are("Here:\n<Classes> mug . coffee \n table..  . </CLASSES> done.", "mug|coffee|table");
    classes_are("<classes>mug</classes><classes>other</classes>", "mug");
    classes_are("<classes></classes><classes>mug. - .</classes>", "mug");
    classes_are("<classes>mug.Mug.MUG.table</classes>", "mug|table");
    classes_are("mug.table", "");
    classes_are("<classes>mug.table", "");
    classes_are("", "");
}

static void no_more_and_no_longer_classes_than_files_should_have(void **state)
{
    (void)state;
    Str text = { 0 };
    TextList classes = { 0 };
    str_add(&text, "<classes>");
    for (int i = 0; i < ANSWER_CLASS_MAX + 1; i++)
        str_add_char(&text, 'x');
    for (int i = 0; i < 1000; i++)
        str_printf(&text, ".c%d", i);
    str_add(&text, "</classes>");
    assert_true(tagged_answer_classes(text.s, text.len, &classes));
    assert_int_equal(classes.count, ANSWER_CLASSES_MAX);
    assert_string_equal(classes.text[0], "c0");
    text_list_clear(&classes);
    str_clear(&text);
}

/* ---- several prompts ------------------------------------------------------------------------------- */

static void several_prompts_are_those_between_tags_or_else_the_lines(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *prompts; /* prompts joined by '|'; NULL: there is none */
        size_t max;
    } cases[] = {
        { "<prompt>A mug\non a table.</prompt>\n<prompt>A mug in a garden.</prompt>",
          "A mug on a table.|A mug in a garden.", 5 },
        { "Sure!\n1. <prompt>One</prompt>\n2. <prompt>...</prompt> 3. <prompt>Two</prompt>", "One|Two", 5 },
        { "<prompt>One</prompt><prompt>Two</prompt><prompt>Three</prompt>", "One|Two", 2 },
        { "<prompt>One</prompt><prompt>The second is cut off he", "One", 5 },
        { "<prompt>The first is cut off he", "The first is cut off he", 5 },
        { "Sure, here are 2 prompts:\n\n1. A mug on a table.\r\n2) \"A mug in a garden.\"\n\nshort\n",
          "A mug on a table.|A mug in a garden.", 5 },
        { "- A mug on a table.\n* A mug in a garden.\n\u2022 A mug on a boat.\n3 mugs on a table.",
          "A mug on a table.|A mug in a garden.|A mug on a boat.|3 mugs on a table.", 5 },
        { "1.5 litres fit into the mug.\n-20 degrees, says the thermometer.",
          "1.5 litres fit into the mug.|-20 degrees, says the thermometer.", 5 },
        { "A mug\non a\ntable.", "A mug on a table.", 5 },
        { "1. A mug on a table.\n2. A mug in a garden.", "1. A mug on a table. 2. A mug in a garden.", 1 },
        { "I'm sorry, I cannot do that.", NULL, 5 },
        { "1.\n2.\n3.", NULL, 5 },
        { "", NULL, 5 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        TextList prompts = { 0 };
        Str joined = { 0 };
        const char *why;
        bool found =
            tagged_answer_prompts(cases[i].answer, strlen(cases[i].answer), cases[i].max, &prompts, &why);
        for (size_t k = 0; k < prompts.count; k++)
            str_printf(&joined, "%s%s", k ? "|" : "", prompts.text[k]);
        if (found != (cases[i].prompts != NULL) ||
            (found && strcmp(str_text(&joined), cases[i].prompts) != 0))
            fail_msg("\"%s\": \"%s\"", cases[i].answer, found ? str_text(&joined) : why);
        assert_true(found ? !why : *why && prompts.count == 0);
        str_clear(&joined);
        text_list_clear(&prompts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prompt_is_what_stands_between_the_tags),
        cmocka_unit_test(white_space_of_all_kinds_becomes_single_spaces),
        cmocka_unit_test(an_answer_without_tags_is_used_when_it_is_long_enough),
        cmocka_unit_test(tags_in_disorder_give_the_likeliest_text),
        cmocka_unit_test(thinking_aloud_is_no_part_of_the_answer),
        cmocka_unit_test(a_refusal_is_no_prompt),
        cmocka_unit_test(a_zero_byte_is_a_space),
        cmocka_unit_test(long_answers_are_read_in_one_go),
        cmocka_unit_test(any_text_gives_one_clean_line_or_a_reason),
        cmocka_unit_test(classes_stand_between_their_tags_and_periods),
        cmocka_unit_test(no_more_and_no_longer_classes_than_files_should_have),
        cmocka_unit_test(several_prompts_are_those_between_tags_or_else_the_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
