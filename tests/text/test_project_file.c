/* What a project file says, however people write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "text/project_file.h"
#include "text/prompt_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Project parsed(const char *text)
{
    Project p;
    Err err = { 0 };
    assert_true(project_parse(text, &p, &err));
    return p;
}

/* "a|b|c" is the list. */
static void assert_list(const TextList *list, const char *expected)
{
    Str all = { 0 };
    for (size_t i = 0; i < list->count; i++)
        str_printf(&all, "%s%s", i ? "|" : "", list->text[i]);
    assert_string_equal(str_text(&all), expected);
    str_clear(&all);
}

static void the_example_file_yields_every_section(void **state)
{
    (void)state;
    char path[4096], *text;
    Err err = { 0 };
    snprintf(path, sizeof path, "%s/examples/prompts/project_mug.txt", getenv("FACET_SOURCE"));
    assert_true(text_file_read(path, &text, &err));
    Project p = parsed(text);
    assert_string_equal(p.object, "ceramic coffee mug");
    assert_string_equal(p.class_name, "mug");
    assert_non_null(
        strstr(p.details, "fine speckles, cream glaze band around the top with a wavy lower edge"));
    assert_non_null(strstr(p.goal, "a detector that has to find this mug"));
    assert_int_equal(p.keep.count, 4);
    assert_int_equal(p.environments.count, 24);
    assert_string_equal(p.environments.text[0], "kitchen counter");
    assert_string_equal(p.environments.text[23], "attic bedroom");
    assert_int_equal(p.surfaces.count, 18);
    assert_int_equal(p.companions.count, 13);
    assert_int_equal(p.lighting.count, 12);
    assert_int_equal(p.camera.count, 11);
    assert_int_equal(p.style.count, 4);
    assert_int_equal(p.avoid.count, 11);
    assert_string_equal(p.prose, "");
    project_clear(&p);
    free(text);
}

static void keys_are_known_in_any_case_under_other_names_and_with_markup(void **state)
{
    (void)state;
    Project p = parsed("# Notes on the toy\n"
                       "OBJECT: toy\n"
                       "## Scenes\n- kitchen\n- city street\n"
                       "**Objects nearby:** a book, a cup\n"
                       "Preferred Camera Angles: eye level\n"
                       "negative_prompt: hands; faces\n");
    assert_string_equal(p.object, "toy");
    assert_list(&p.environments, "kitchen|city street");
    assert_list(&p.companions, "a book|a cup");
    assert_list(&p.camera, "eye level");
    assert_list(&p.avoid, "hands|faces");
    project_clear(&p);
}

static void a_list_is_split_at_commas_bullets_and_else_at_lines(void **state)
{
    (void)state;
    Project p = parsed("Locations: kitchen, office and\n  hallway,\n  beach\n"
                       "Surfaces:\n\n* oak table\n* stone wall, low\n"
                       "Companions:\n  a red book\n  two keys\n"
                       "Lighting: noon, dusk, and candle light.\n"
                       "Style:\n1. plain\n2) sharp\n");
    assert_list(&p.environments, "kitchen|office and hallway|beach");
    assert_list(&p.surfaces, "oak table|stone wall|low");
    assert_list(&p.companions, "a red book|two keys");
    assert_list(&p.lighting, "noon|dusk|candle light");
    assert_list(&p.style, "plain|sharp");
    project_clear(&p);
}

static void an_entry_stands_once_whatever_its_case(void **state)
{
    (void)state;
    Project p = parsed("Scenes: Kitchen, kitchen, \"kitchen\", KITCHEN\nBackgrounds: kitchen, park\n");
    assert_list(&p.environments, "Kitchen|park");
    project_clear(&p);
}

static void capitals_at_the_start_of_nearly_all_entries_are_no_names(void **state)
{
    (void)state;
    Project p = parsed("Background ideas:\n- Busy street\n- Kitchen\n- New York cafe\n- TV studio\n"
                       "Companions: Lego brick, a cup\nPreferred styles: Plain");
    assert_list(&p.environments, "busy street|kitchen|New York cafe|TV studio");
    assert_list(&p.companions, "Lego brick|a cup");
    assert_list(&p.style, "plain");
    project_clear(&p);
}

static void text_under_no_key_is_prose(void **state)
{
    (void)state;
    Project p = parsed("We want a detector for our toy.\nIt is used in kitchens: mostly.\n\n"
                       "Scenes: park\n\nMore words to follow.\nBudget: nothing at all\n");
    assert_string_equal(p.prose, "We want a detector for our toy.\nIt is used in kitchens: mostly.\n"
                                 "More words to follow.\nBudget: nothing at all");
    assert_list(&p.environments, "park");
    project_clear(&p);
}

static void a_colon_inside_a_list_does_not_end_it(void **state)
{
    (void)state;
    Project p = parsed("Companions: a clock at 12:30, a cup\n  and a book: open, a pen\nScenes:park");
    assert_list(&p.companions, "a clock at 12:30|a cup and a book: open|a pen");
    assert_list(&p.environments, "park");
    project_clear(&p);
}

static void nothing_but_keys_yields_empty_sections(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",  "\n\n\n",   "Object:\nScenes:\nAvoid:", "Scenes: , ; - . ,,,", ":::\n:",
        "#", "-\n- \n*", "Scenes:\f,\v,\x01"
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Project p = parsed(texts[i]);
        assert_string_equal(p.object, "");
        assert_string_equal(p.class_name, "");
        assert_true(p.environments.count <= 1);
        assert_int_equal(p.avoid.count, 0);
        project_clear(&p);
    }
}

static void huge_lines_and_thousands_of_entries_yield_less_and_do_no_harm(void **state)
{
    (void)state;
    Str text = { 0 };
    str_add(&text, "Object: ");
    for (int i = 0; i < 200000; i++)
        str_add_char(&text, 'x');
    str_add(&text, "\nScenes: ");
    for (int i = 0; i < 5000; i++)
        str_printf(&text, "place %d, ", i);
    str_add(&text, "\nSurfaces: ");
    for (int i = 0; i < PROJECT_ENTRY_MAX + 1; i++)
        str_add_char(&text, 'y');
    str_add(&text, ", table");
    Project p = parsed(text.s);
    assert_int_equal(strlen(p.object), 200000);
    assert_int_equal(p.environments.count, PROJECT_LIST_MAX);
    assert_list(&p.surfaces, "table");
    project_clear(&p);
    str_clear(&text);
}

/* Every byte but zero, in every order that a simple generator makes: no entry breaks its promise. */
static void noise_keeps_the_promises_about_entries(void **state)
{
    (void)state;
    uint32_t x = 1;
    for (int round = 0; round < 300; round++) {
        char text[2048] = "Scenes: ";
        for (size_t i = 8; i + 1 < sizeof text; i++) {
            x = x * 1664525 + 1013904223;
            text[i] = (x >> 30) == 0 ? ",:\n-"[x >> 28 & 3] : (char)(1 + (x >> 16) % 255);
        }
        Project p = parsed(text);
        for (size_t i = 0; i < p.environments.count; i++) {
            const char *e = p.environments.text[i];
            assert_in_range(strlen(e), 1, PROJECT_ENTRY_MAX);
            assert_null(strpbrk(e, "\n\r\t\f"));
            assert_true(e[0] != ' ' && e[strlen(e) - 1] != ' ');
        }
        project_clear(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_file_yields_every_section),
        cmocka_unit_test(keys_are_known_in_any_case_under_other_names_and_with_markup),
        cmocka_unit_test(a_list_is_split_at_commas_bullets_and_else_at_lines),
        cmocka_unit_test(an_entry_stands_once_whatever_its_case),
        cmocka_unit_test(capitals_at_the_start_of_nearly_all_entries_are_no_names),
        cmocka_unit_test(text_under_no_key_is_prose),
        cmocka_unit_test(a_colon_inside_a_list_does_not_end_it),
        cmocka_unit_test(nothing_but_keys_yields_empty_sections),
        cmocka_unit_test(huge_lines_and_thousands_of_entries_yield_less_and_do_no_harm),
        cmocka_unit_test(noise_keeps_the_promises_about_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
