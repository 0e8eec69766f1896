#include "temp.h"

#include "pipeline/state.h"

static void a_new_state_survives_the_disk(void **state)
{
    Err err = { 0 };
    State s = { 0 };
    assert_ok(state_init(&s, &err));
    state_set_completed(&s, 3, true);
    state_set_completed(&s, 1, true);
    state_set_completed(&s, 3, true);
    assert_ok(state_set_text(&s, "object_name", "a \"mug\" / Tasse ☕", &err));
    assert_ok(state_save(&s, temp_path(state, "s.json"), &err));
    state_clear(&s);
    assert_ok(state_load(&s, temp_path(state, "s.json"), &err));
    assert_true(state_completed(&s, 1) && state_completed(&s, 3) && !state_completed(&s, 2));
    assert_int_equal(json_array_size(state_list(&s, "completed_steps")), 2);
    assert_string_equal(state_text(&s, "object_name"), "a \"mug\" / Tasse ☕");
    assert_null(state_text(&s, "white_bg_image"));
    state_reset_from(&s, 2);
    assert_true(state_completed(&s, 1) && !state_completed(&s, 3));
    state_clear(&s);
}

/* The fields that the Python original writes, and one that nobody knows. */
static void a_state_of_the_original_is_read_and_unknown_fields_are_kept(void **state)
{
    Err err = { 0 };
    State s = { 0 };
    temp_write(
        temp_path(state, "s.json"),
        "{\"completed_steps\": [1, 2, 3], \"input_image\": \"a.jpg\", \"object_name\": \"bag\", \"white_bg_image\": \"x/01.png\","
        " \"perspective_images\": [\"x/02/p.png\"], \"perspective_view_info\": [{\"index\": 0}], \"prompts\": [\"one\"],"
        " \"classes\": [], \"generated_images\": [], \"failed_images\": [], \"mystery\": {\"a\": 1}}");
    assert_ok(state_load(&s, temp_path(state, "s.json"), &err));
    assert_true(state_completed(&s, 3));
    assert_int_equal(json_array_size(state_list(&s, "failed_cv_augmentations")), 0);
    assert_ok(state_save(&s, temp_path(state, "s.json"), &err));
    char *text = temp_read(temp_path(state, "s.json"));
    assert_non_null(strstr(text, "mystery"));
    free(text);
    state_clear(&s);
}

static void a_damaged_state_is_one_line_that_names_file_field_and_remedy(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "", "damaged" },
        { "{\"completed_steps\": [1, 2", "damaged" },
        { "[1]", "damaged" },
        { "{\"completed_steps\": 5}", "completed_steps" },
        { "{\"completed_steps\": [9]}", "completed_steps" },
        { "{\"completed_steps\": [\"one\"]}", "completed_steps" },
        { "{\"prompts\": [1]}", "prompts" },
        { "{\"failed_images\": {}}", "failed_images" },
        { "{\"object_name\": 5}", "object_name" },
        { "{\"state_version\": 999}", "newer facet" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Err err = { 0 };
        State s = { 0 };
        temp_write(temp_path(state, "s.json"), bad[i].text);
        assert_false(state_load(&s, temp_path(state, "s.json"), &err));
        assert_says(err, bad[i].says);
        assert_says(err, "s.json");
        assert_null(strchr(err.msg, '\n'));
        assert_null(s.root);
    }
}

/* Every cut of a real state is refused or read, never a crash. */
static void a_state_cut_anywhere_is_refused(void **state)
{
    Err err = { 0 };
    State s = { 0 };
    assert_ok(state_init(&s, &err));
    assert_ok(state_save(&s, temp_path(state, "s.json"), &err));
    state_clear(&s);
    char *text = temp_read(temp_path(state, "s.json"));
    for (size_t n = strlen(text) - 2; n > 0; n -= n > 7 ? 7 : n) {
        text[n] = '\0';
        temp_write(temp_path(state, "s.json"), text);
        assert_false(state_load(&s, temp_path(state, "s.json"), &err));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(a_new_state_survives_the_disk),
        temp_test(a_state_of_the_original_is_read_and_unknown_fields_are_kept),
        temp_test(a_damaged_state_is_one_line_that_names_file_field_and_remedy),
        temp_test(a_state_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
