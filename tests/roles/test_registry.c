/* Who plays which role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../kept_log.h"

#include "roles/registry.h"

#include <string.h>

static const RoleWish all = {
    .need_editor = true, .need_views = true, .need_writer = true, .need_annotator = true
};

static void without_models_the_embedded_ones_play_and_each_is_told_once(void **state)
{
    (void)state;
    Err err = { 0 };
    Str told = { 0 };
    Log log = kept_log(&told);
    RoleSet set;
    assert_true(registry_choose(&set, &all, &(RoleConfig){ .log = &log }, &err));
    assert_string_equal(set.editor->name, "procedural");
    assert_string_equal(set.views->name, "relief");
    assert_string_equal(set.writer->name, "grammar");
    assert_string_equal(set.annotator->name, "alpha");
    assert_string_equal(told.s, "editor: procedural (built in, no model)\n"
                                "perspective_generator: relief (built in, no model)\n"
                                "prompt_generator: grammar (built in, no model)\n"
                                "annotator: alpha (built in, no model)\n");
    str_clear(&told);
}

static void a_role_that_is_not_needed_is_not_chosen(void **state)
{
    (void)state;
    Err err = { 0 };
    RoleSet set;
    RoleWish wish = { .need_views = true, .editor = "nonsense" };
    assert_true(registry_choose(&set, &wish, &(RoleConfig){ 0 }, &err));
    assert_null(set.editor);
    assert_non_null(set.views);
    assert_null(set.writer);
}

static void an_unknown_name_is_refused_with_the_known_ones(void **state)
{
    (void)state;
    Err err = { 0 };
    RoleSet set;
    RoleWish wish = { .need_editor = true, .editor = "photoshop" };
    assert_false(registry_choose(&set, &wish, &(RoleConfig){ 0 }, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.msg, "--editor photoshop"));
    assert_non_null(strstr(err.msg, "procedural"));
}

static void native_alone_says_what_is_missing(void **state)
{
    (void)state;
    Err err = { 0 };
    RoleSet set;
    RoleWish wish = { .need_views = true, .engine = ENGINE_NATIVE };
    assert_false(registry_choose(&set, &wish, &(RoleConfig){ 0 }, &err));
    assert_non_null(strstr(err.msg, "--engine native"));
    assert_non_null(strstr(err.msg, "perspective_generator"));
}

static void a_name_wins_over_the_engine(void **state)
{
    (void)state;
    Err err = { 0 };
    RoleSet set;
    RoleWish wish = { .need_views = true, .views = "relief", .engine = ENGINE_NATIVE };
    assert_true(registry_choose(&set, &wish, &(RoleConfig){ 0 }, &err));
    assert_string_equal(set.views->name, "relief");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_models_the_embedded_ones_play_and_each_is_told_once),
        cmocka_unit_test(a_role_that_is_not_needed_is_not_chosen),
        cmocka_unit_test(an_unknown_name_is_refused_with_the_known_ones),
        cmocka_unit_test(native_alone_says_what_is_missing),
        cmocka_unit_test(a_name_wins_over_the_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
