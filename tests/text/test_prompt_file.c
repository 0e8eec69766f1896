#include "temp.h"

#include "text/prompt_file.h"

static void write_bytes(void **state, const char *bytes, size_t n)
{
    Err err = { 0 };
    assert_ok(file_write(temp_path(state, "p.txt"), bytes, n, &err));
}

/* The texts of a list, joined by '|'. */
static void assert_texts(const TextList *l, const char *wanted)
{
    char all[4096] = "";
    for (size_t i = 0; i < l->count; i++)
        strcat(strcat(all, i ? "|" : ""), l->text[i]);
    assert_string_equal(all, wanted);
}

typedef struct {
    const char *text, *wanted;
} Case;

static void check(void **state, const Case *cases, size_t n, bool (*read)(const char *, TextList *, Err *))
{
    for (size_t i = 0; i < n; i++) {
        Err err = { 0 };
        TextList list;
        write_bytes(state, cases[i].text, strlen(cases[i].text));
        assert_ok(read(temp_path(state, "p.txt"), &list, &err));
        assert_texts(&list, cases[i].wanted);
        text_list_clear(&list);
    }
}

static void one_prompt_a_line_with_any_line_ends_marks_and_blank_lines(void **state)
{
    static const Case cases[] = {
        { "at night\nin fog\n", "at night|in fog" },
        { "at night\r\nin fog\r\n", "at night|in fog" },
        { "at night\rin fog", "at night|in fog" },
        { "\xef\xbb\xbf"
          "at night\n",
          "at night" },
        { "\n\n  at night \t\n\r\n \nin fog", "at night|in fog" },
        { "# a comment\nat night\n  # another\n#", "at night" },
        { "1. at night\n", "1. at night" },
        { "bei Nacht, größer\n夜に\n", "bei Nacht, größer|夜に" },
    };
    check(state, cases, sizeof cases / sizeof *cases, prompt_file_read);
}

static void numbered_prompts_are_read_as_people_edit_them(void **state)
{
    static const Case cases[] = {
        { "1. on a beach\n\n2. in a kitchen\n", "on a beach|in a kitchen" },
        { "1. on a beach\r\n\r\n2. in a kitchen\r\n", "on a beach|in a kitchen" },
        { "\xef\xbb\xbf"
          "1. on a beach\n2) in a kitchen",
          "on a beach|in a kitchen" },
        { "on a beach\n\nin a kitchen", "on a beach|in a kitchen" },
        { "1. on a\n   long beach\n\n2. in a kitchen", "on a long beach|in a kitchen" },
        { "1.  on a beach  \n\n\n\n   \n10. in a kitchen\n\n", "on a beach|in a kitchen" },
        { "1. 3 mugs\n\n2. 1.5 metres away", "3 mugs|1.5 metres away" },
        { "1.\n2. in a kitchen", "1.|in a kitchen" },
        { "# 1\n", "# 1" },
        { "1234567. far\n", "1234567. far" },
    };
    check(state, cases, sizeof cases / sizeof *cases, prompts_file_read);
}

static void classes_are_split_at_periods_and_lines(void **state)
{
    static const Case cases[] = {
        { "mug. cup. plate\n", "mug|cup|plate" },
        { "mug.cup.", "mug|cup" },
        { "red mug\r\n\r\n. cup ..", "red mug|cup" },
        { "\xef\xbb\xbf"
          "mug",
          "mug" },
    };
    check(state, cases, sizeof cases / sizeof *cases, classes_file_read);
}

static void what_is_written_is_read_back(void **state)
{
    static const char *const prompts[] = { "a \"red\" mug: 1. on a table", "# not a comment", "夜に",
                                           "2) two" };
    static const char *const classes[] = { "red mug", "tasse" };
    Err err = { 0 };
    TextList list;
    assert_ok(prompts_file_write(temp_path(state, "a.txt"), &(TextList){ (char **)prompts, 4 }, &err));
    assert_ok(prompts_file_read(temp_path(state, "a.txt"), &list, &err));
    assert_texts(&list, "a \"red\" mug: 1. on a table|# not a comment|夜に|2) two");
    text_list_clear(&list);
    char *text = temp_read(temp_path(state, "a.txt"));
    assert_true(strstr(text, "1. a \"red\" mug: 1. on a table\n\n2. # not a comment\n\n3.") == text);
    free(text);
    assert_ok(classes_file_write(temp_path(state, "c.txt"), &(TextList){ (char **)classes, 2 }, &err));
    text = temp_read(temp_path(state, "c.txt"));
    assert_string_equal(text, "red mug. tasse\n");
    free(text);
    assert_ok(classes_file_read(temp_path(state, "c.txt"), &list, &err));
    assert_texts(&list, "red mug|tasse");
    text_list_clear(&list);
}

static void a_file_without_a_prompt_is_refused_by_name(void **state)
{
    static const char *const empty[] = { "", "\n", "\xef\xbb\xbf", " \r\n\t\r\n", "\r\r\r" };
    bool (*const readers[])(const char *, TextList *, Err *) = { prompt_file_read, prompts_file_read,
                                                                 classes_file_read };
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        for (size_t k = 0; k < 3; k++) {
            Err err = { 0 };
            TextList list;
            write_bytes(state, empty[i], strlen(empty[i]));
            assert_false(readers[k](temp_path(state, "p.txt"), &list, &err));
            assert_int_equal(list.count, 0);
            assert_int_equal(err.kind, ERR_INPUT);
            assert_says(err, "p.txt: there is no");
        }
    Err err = { 0 };
    TextList list;
    write_bytes(state, "# only\n# comments", 17);
    assert_false(prompt_file_read(temp_path(state, "p.txt"), &list, &err));
    assert_says(err, "write one a line");
    assert_false(prompt_file_read(temp_path(state, "missing.txt"), &list, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_says(err, "missing.txt");
}

static void what_is_no_utf_8_text_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        int line;
    } bad[] = {
        { "good\nb\xe4"
          "d\n",
          8, 2 },         /* Latin-1 */
        { "a\0b", 3, 1 }, /* a zero byte */
        { "\xff\xfe"
          "a\0",
          4, 1 },                            /* UTF-16 */
        { "one\r\ntwo\r\n\xc3", 11, 3 },     /* cut in a character */
        { "\xc0\xaf", 2, 1 },                /* overlong */
        { "one\rtwo\r\xed\xa0\x80", 11, 3 }, /* a surrogate */
        { "\xf4\x90\x80\x80", 4, 1 },        /* beyond Unicode */
        { "\xe0\x80\x80", 3, 1 },            /* overlong */
        { "\x80", 1, 1 },                    /* a continuation alone */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Err err = { 0 };
        char *text, says[32];
        write_bytes(state, bad[i].bytes, bad[i].n);
        assert_false(text_file_read(temp_path(state, "p.txt"), &text, &err));
        assert_null(text);
        snprintf(says, sizeof says, "line %d is no UTF-8 text", bad[i].line);
        assert_says(err, says);
        assert_says(err, "p.txt");
    }
}

static void a_whole_text_keeps_all_but_its_mark_and_line_ends(void **state)
{
    Err err = { 0 };
    char *text;
    write_bytes(state, "\xef\xbb\xbf a\r\n\r\nb\r", 11);
    assert_ok(text_file_read(temp_path(state, "p.txt"), &text, &err));
    assert_string_equal(text, " a\n\nb\n");
    free(text);
    write_bytes(state, "", 0);
    assert_ok(text_file_read(temp_path(state, "p.txt"), &text, &err));
    assert_string_equal(text, "");
    free(text);
}

static void a_file_too_large_for_prompts_is_refused(void **state)
{
    Err err = { 0 };
    size_t n = ((size_t)4 << 20) + 1;
    char *big = malloc(n), *text;
    memset(big, 'a', n);
    write_bytes(state, big, n);
    assert_false(text_file_read(temp_path(state, "p.txt"), &text, &err));
    assert_says(err, "p.txt");
    write_bytes(state, big, n - 1);
    assert_ok(text_file_read(temp_path(state, "p.txt"), &text, &err));
    free(text);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(one_prompt_a_line_with_any_line_ends_marks_and_blank_lines),
        temp_test(numbered_prompts_are_read_as_people_edit_them),
        temp_test(classes_are_split_at_periods_and_lines),
        temp_test(what_is_written_is_read_back),
        temp_test(a_file_without_a_prompt_is_refused_by_name),
        temp_test(what_is_no_utf_8_text_is_refused_with_its_line),
        temp_test(a_whole_text_keeps_all_but_its_mark_and_line_ends),
        temp_test(a_file_too_large_for_prompts_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
