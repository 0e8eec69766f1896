/* The small things everything else stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/yaml_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    Err err = { 0 };
    char text[2048] = "";
    for (int i = 0; i < 600; i++)
        strcat(text, "\xC3\xA4"); /* 2 bytes each */
    assert_false(err_set(&err, ERR_INPUT, "x%s", text));
    size_t n = strlen(err.msg);
    assert_true(n < sizeof err.msg);
    assert_int_equal(n % 2, 1); /* "x" and whole characters */
}

static void a_file_is_replaced_whole_and_leaves_no_litter(void **state)
{
    (void)state;
    char folder[] = "/tmp/facet-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    Err err = { 0 };
    char *path = path_join(folder, "a.txt");
    assert_true(file_write(path, "first", 5, &err));
    assert_true(file_write(path, "second", 6, &err));
    uint8_t *data;
    size_t size;
    assert_true(file_read(path, 100, &data, &size, &err));
    assert_string_equal((char *)data, "second");
    free(data);
    assert_false(file_read(path, 3, &data, &size, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_false(file_read(folder, 100, &data, &size, &err));
    TextList names;
    assert_true(folder_list(folder, &names, &err));
    assert_int_equal(names.count, 1);
    text_list_clear(&names);
    char *copy = path_join(folder, "b.txt");
    assert_true(file_link_or_copy(path, copy, &err));
    assert_true(file_link_or_copy(path, copy, &err)); /* again, onto its own other name */
    assert_true(folder_list(folder, &names, &err));
    assert_int_equal(names.count, 2);
    text_list_clear(&names);
    assert_true(folder_remove(folder, &err));
    assert_false(path_exists(folder));
    free(path);
    free(copy);
}

static void names_split_at_the_last_dot_and_slash(void **state)
{
    (void)state;
    assert_string_equal(path_ext("a.b/c"), "");
    assert_string_equal(path_ext("a.b/c.tar.GZ"), ".GZ");
    assert_string_equal(path_ext("/x/.hidden"), "");
    char *stem = path_stem("/x/a.b.png");
    assert_string_equal(stem, "a.b");
    free(stem);
}

static void a_derived_seed_depends_on_every_part(void **state)
{
    (void)state;
    uint64_t s = seed_derive(1, "item", 2, 3, 4);
    assert_true(s == seed_derive(1, "item", 2, 3, 4));
    assert_true(s != seed_derive(2, "item", 2, 3, 4));
    assert_true(s != seed_derive(1, "iten", 2, 3, 4));
    assert_true(s != seed_derive(1, "item", 3, 2, 4));
    assert_true(s != seed_derive(1, "item", 2, 4, 3));
}

static void bounded_integers_reach_both_ends_and_nothing_else(void **state)
{
    (void)state;
    Rng r;
    rng_init(&r, 7);
    int seen[5] = { 0 };
    for (int i = 0; i < 1000; i++) {
        int v = rng_int(&r, -2, 2);
        assert_in_range(v + 2, 0, 4);
        seen[v + 2]++;
    }
    for (int i = 0; i < 5; i++)
        assert_true(seen[i] > 100);
}

static void html_text_cannot_open_a_tag(void **state)
{
    (void)state;
    Str s = { 0 };
    str_add_html(&s, "<a href=\"x\">'&");
    assert_string_equal(str_text(&s), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    str_clear(&s);
}

static void a_yaml_text_is_utf8_without_directives(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says; /* NULL: fine */
    } cases[] = {
        { "", NULL },
        { "a: 50%\n  %b\n", NULL },
        { "\xef\xbb\xbf"
          "a: caf\xc3\xa9\r\n",
          NULL },
        { "%\x95", "line 1: a directive" },
        { "\xef\xbb\xbf%YAML 1.2\n", "line 1: a directive" },
        { "a: b\r\n\n%TAG\n", "line 3: a directive" },
        { "a: b\nc: \xe9\n", "line 2: not UTF-8" },
        { "a: \xc3", "line 1: not UTF-8" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Err err = { 0 };
        bool ok = yaml_text_check(cases[i].text, strlen(cases[i].text), &err);
        assert_true(ok == !cases[i].says);
        assert_true(ok || strstr(err.msg, cases[i].says));
    }
    Err err = { 0 };
    assert_false(yaml_text_check("a\0b", 3, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(a_yaml_text_is_utf8_without_directives),
        cmocka_unit_test(a_file_is_replaced_whole_and_leaves_no_litter),
        cmocka_unit_test(names_split_at_the_last_dot_and_slash),
        cmocka_unit_test(a_derived_seed_depends_on_every_part),
        cmocka_unit_test(bounded_integers_reach_both_ends_and_nothing_else),
        cmocka_unit_test(html_text_cannot_open_a_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
