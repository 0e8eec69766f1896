/* Names of camera positions and what they stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "roles/view_poses.h"

#include <stdlib.h>
#include <string.h>

/* Poses of lists of at most one name each. */
static bool poses_of(const char *view, const char *elevation, const char *distance, ViewPose **poses,
                     size_t *count, Err *err)
{
    char text[3][512];
    char *at[3] = { text[0], text[1], text[2] };
    const char *given[3] = { view, elevation, distance };
    TextList list[3];
    for (int k = 0; k < 3; k++) {
        strcpy(text[k], given[k] ? given[k] : "");
        list[k] = (TextList){ &at[k], given[k] ? 1 : 0 };
    }
    return view_poses_from_names(&list[0], &list[1], &list[2], poses, count, err);
}

static void no_names_mean_the_six_views_of_the_original(void **state)
{
    (void)state;
    static const char *const names[] = {
        "front view", "front-right quarter view", "right side view",
        "back view",  "left side view",           "front-left quarter view"
    };
    static const float azimuths[] = { 0, 45, 90, 180, 270, 315 };
    Err err = { 0 };
    ViewPose *poses;
    size_t count;
    assert_true(poses_of(NULL, "default", NULL, &poses, &count, &err));
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(poses[i].view, names[i]);
        assert_string_equal(poses[i].elevation, "elevated shot");
        assert_string_equal(poses[i].distance, "medium shot");
        assert_true(poses[i].azimuth_deg == azimuths[i] && poses[i].elevation_deg == 30);
        assert_true(poses[i].distance_factor == 1);
    }
    free(poses);
}

static void all_names_give_every_combination_view_by_view(void **state)
{
    (void)state;
    Err err = { 0 };
    ViewPose *poses;
    size_t count;
    assert_true(poses_of("ALL", "all", "all", &poses, &count, &err));
    assert_int_equal(count, 8 * 4 * 3);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(poses[i].view, view_name(i / 12));
        assert_string_equal(poses[i].elevation, elevation_name(i / 3 % 4));
        assert_string_equal(poses[i].distance, distance_name(i % 3));
    }
    free(poses);
    assert_null(view_name(8));
    assert_null(elevation_name(4));
    assert_null(distance_name(3));
}

static void spelling_of_a_name_is_taken_leniently(void **state)
{
    (void)state;
    static const char *const spellings[] = { "back-left quarter view", "Back Left Quarter",
                                             "BACK_LEFT_QUARTER_VIEW", "back-left-quarter" };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        Err err = { 0 };
        ViewPose *poses;
        size_t count;
        assert_true(poses_of(spellings[i], "low angle", "Close_Up", &poses, &count, &err));
        assert_int_equal(count, 1);
        assert_string_equal(poses[0].view, "back-left quarter view");
        assert_true(poses[0].azimuth_deg == 225 && poses[0].elevation_deg == -30);
        assert_true(poses[0].distance_factor == 0.6f);
        free(poses);
    }
}

static void degrees_get_a_name_of_their_own(void **state)
{
    (void)state;
    Err err = { 0 };
    ViewPose *poses;
    size_t count;
    assert_true(poses_of("az30", "EL-20", "wide", &poses, &count, &err));
    assert_string_equal(poses[0].view, "az030");
    assert_string_equal(poses[0].elevation, "el-20");
    assert_true(poses[0].azimuth_deg == 30 && poses[0].elevation_deg == -20);
    free(poses);
    assert_true(poses_of("az-90", NULL, NULL, &poses, &count, &err));
    assert_string_equal(poses[0].view, "az270");
    free(poses);
}

static void a_name_given_twice_counts_once(void **state)
{
    (void)state;
    TextList views = { 0 }, none = { 0 };
    assert_true(text_list_add(&views, "back") && text_list_add(&views, "Back View"));
    assert_true(text_list_add(&views, "default"));
    Err err = { 0 };
    ViewPose *poses;
    size_t count;
    assert_true(view_poses_from_names(&views, &none, &none, &poses, &count, &err));
    assert_int_equal(count, 6);
    assert_string_equal(poses[0].view, "back view");
    assert_string_equal(poses[1].view, "front view");
    free(poses);
    text_list_clear(&views);
}

static void an_unknown_name_is_answered_with_the_known_ones(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        { "top", NULL, NULL },   { "az", NULL, NULL },   { "az12x", NULL, NULL },
        { "az361", NULL, NULL }, { "", NULL, NULL },     { "view", NULL, NULL },
        { NULL, "el91", NULL },  { NULL, "az30", NULL }, { NULL, NULL, "far" },
    };
    static const char *const known[] = { "front-left quarter view", "high-angle shot", "close-up" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Err err = { 0 };
        ViewPose *poses;
        size_t count;
        assert_false(poses_of(wrong[i][0], wrong[i][1], wrong[i][2], &poses, &count, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        assert_non_null(strstr(err.msg, known[wrong[i][0] ? 0 : wrong[i][1] ? 1 : 2]));
        assert_null(poses);
        assert_int_equal(count, 0);
    }
}

static void files_and_prompts_say_a_pose_in_their_own_ways(void **state)
{
    (void)state;
    Err err = { 0 };
    ViewPose *poses;
    size_t count;
    Str name = { 0 }, distance = { 0 }, prompt = { 0 };
    assert_true(poses_of("front-right quarter", "el-20", "close-up", &poses, &count, &err));
    view_pose_add_name(&name, 7, poses);
    view_pose_add_distance(&distance, poses);
    view_pose_add_prompt(&prompt, poses);
    assert_string_equal(name.s, "perspective_07_front_right_quarter_view__el_20");
    assert_string_equal(distance.s, "close_up");
    assert_string_equal(prompt.s, "<sks> front-right quarter view el-20 close-up");
    str_clear(&name);
    str_clear(&distance);
    str_clear(&prompt);
    free(poses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_names_mean_the_six_views_of_the_original),
        cmocka_unit_test(all_names_give_every_combination_view_by_view),
        cmocka_unit_test(spelling_of_a_name_is_taken_leniently),
        cmocka_unit_test(degrees_get_a_name_of_their_own),
        cmocka_unit_test(a_name_given_twice_counts_once),
        cmocka_unit_test(files_and_prompts_say_a_pose_in_their_own_ways),
        cmocka_unit_test(an_unknown_name_is_answered_with_the_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
