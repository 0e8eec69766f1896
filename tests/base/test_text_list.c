/* Lists of texts. */
#include "../temp.h"

#include "base/text_list.h"

static TextList list_of(const char *const *texts, size_t count)
{
    TextList l = { 0 };
    for (size_t i = 0; i < count; i++)
        assert_true(text_list_add(&l, texts[i]));
    return l;
}

static void sorted_texts_are_found_and_others_are_not(void **state)
{
    static const char *const given[] = { "b", "", "a10", "a9", "B", "b" };
    (void)state;
    TextList l = list_of(given, 6);
    texts_sort(l.text, l.count);
    for (size_t i = 1; i < l.count; i++)
        assert_true(strcmp(l.text[i - 1], l.text[i]) <= 0);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(*texts_find(l.text, l.count, given[i]), given[i]);
    assert_null(texts_find(l.text, l.count, "a"));
    assert_null(texts_find(l.text, l.count, "A9"));
    text_list_clear(&l);
    texts_sort(NULL, 0);
    assert_null(texts_find(NULL, 0, "a"));
}

static void a_text_is_in_a_list_whatever_its_capitals(void **state)
{
    static const char *const given[] = { "Red mug", "cup" };
    (void)state;
    TextList l = list_of(given, 2), none = { 0 };
    assert_true(text_list_has_any_case(&l, "red MUG"));
    assert_false(text_list_has_any_case(&l, "red"));
    assert_false(text_list_has_any_case(&none, ""));
    text_list_clear(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_texts_are_found_and_others_are_not),
        cmocka_unit_test(a_text_is_in_a_list_whatever_its_capitals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
