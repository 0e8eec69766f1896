/* Objects in JSON texts and files, and what is said of anything else. */
#include "../temp.h"

#include "base/json_text.h"

#include <string.h>

static void an_object_comes_out_of_a_text_and_of_a_file(void **state)
{
    static const char text[] = "{\"a\": 1}";
    const char *path = temp_path(state, "a.json");
    Err err = { 0 };
    temp_write(path, text);
    json_t *here = json_text_object(text, strlen(text), 0, "here", &err),
           *there = json_file_object(path, 100, 0, &err);
    assert_int_equal(json_integer_value(json_object_get(here, "a")), 1);
    assert_true(json_equal(here, there));
    json_decref(here);
    json_decref(there);
}

static void anything_else_is_refused_with_its_name_and_line(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "", "x: line 1" },        { "{", "x: line 1" },      { "{\"a\": 1}\n2", "x: line 2" },
        { "[]", "no JSON object" }, { "7", "no JSON object" }, { "{\"a\": 1, \"a\": 2}", "duplicate" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Err err = { 0 };
        assert_null(json_text_object(bad[i].text, strlen(bad[i].text), JSON_REJECT_DUPLICATES, "x", &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_says(err, bad[i].says);
    }
}

static void a_file_that_is_absent_or_too_long_is_refused(void **state)
{
    const char *path = temp_path(state, "a.json");
    Err err = { 0 };
    assert_null(json_file_object(path, 100, 0, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    temp_write(path, "{\"a\": 1}");
    assert_null(json_file_object(path, 7, 0, &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(an_object_comes_out_of_a_text_and_of_a_file),
        cmocka_unit_test(anything_else_is_refused_with_its_name_and_line),
        temp_test(a_file_that_is_absent_or_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
