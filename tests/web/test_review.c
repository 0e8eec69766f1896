#include "temp.h"

#include "web/review.h"

#define FILE_OF(state) temp_path(state, "review.jsonl")

static Review *open_at(void **state)
{
    Err err = { 0 };
    Review *r = review_open(FILE_OF(state), &err);
    if (!r)
        fail_msg("%s", err.msg);
    return r;
}

static void decide(Review *r, int step, const char *item, Decision d)
{
    Err err = { 0 };
    assert_ok(review_decide(r, step, &item, 1, d, &err));
}

static void nothing_is_written_before_the_first_decision(void **state)
{
    review_close(open_at(state));
    assert_false(path_exists(FILE_OF(state)));
}

static void the_last_decision_counts_also_after_reopening(void **state)
{
    Review *r = open_at(state);
    decide(r, 6, "a.jpg", DECISION_KEEP);
    decide(r, 6, "a.jpg", DECISION_DROP);
    decide(r, 4, "a.jpg", DECISION_NEEDS_WORK);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(review_decision(r, 6, "a.jpg"), DECISION_DROP);
        assert_int_equal(review_decision(r, 4, "a.jpg"), DECISION_NEEDS_WORK);
        assert_int_equal(review_decision(r, 5, "a.jpg"), DECISION_NONE);
        review_close(r);
        r = open_at(state);
    }
    review_close(r);
}

static void an_undo_is_one_more_line_and_brings_back_what_was(void **state)
{
    Err err = { 0 };
    Review *r = open_at(state);
    const char *both[] = { "a.jpg", "b.jpg" };
    decide(r, 6, "a.jpg", DECISION_KEEP);
    assert_ok(review_decide(r, 6, both, 2, DECISION_DROP, &err));
    char *before = temp_read(FILE_OF(state));
    assert_ok(review_undo(r, &err));
    char *after = temp_read(FILE_OF(state));
    assert_int_equal(strncmp(before, after, strlen(before)), 0);
    assert_true(strlen(after) > strlen(before));
    assert_int_equal(review_decision(r, 6, "a.jpg"), DECISION_KEEP);
    assert_int_equal(review_decision(r, 6, "b.jpg"), DECISION_NONE);
    assert_ok(review_undo(r, &err));
    assert_int_equal(review_decision(r, 6, "a.jpg"), DECISION_NONE);
    assert_false(review_undo(r, &err));
    assert_int_equal(err.kind, ERR_STATE);
    review_close(r);
    r = open_at(state);
    assert_int_equal(review_depth(r), 0);
    free(before);
    free(after);
    review_close(r);
}

static void a_torn_last_line_and_foreign_lines_are_skipped(void **state)
{
    temp_write(
        FILE_OF(state),
        "{\"step\":6,\"items\":[\"a.jpg\"],\"decision\":\"drop\"}\n"
        "no json\n[1]\n{\"step\":99,\"items\":[\"a.jpg\"],\"decision\":\"keep\"}\n"
        "{\"step\":6,\"items\":\"a.jpg\",\"decision\":\"keep\"}\n{\"step\":6,\"items\":[7,null,\"\"],\"decision\":\"keep\"}\n"
        "{\"step\":6,\"items\":[\"a.jpg\"],\"decision\":\"delete\"}\n\n"
        "{\"step\":6,\"items\":[\"a.jpg\"],\"decision\":\"ke");
    Review *r = open_at(state);
    assert_int_equal(review_decision(r, 6, "a.jpg"), DECISION_DROP);
    decide(r, 6, "b.jpg", DECISION_KEEP); /* on a line of its own */
    review_close(r);
    r = open_at(state);
    assert_int_equal(review_decision(r, 6, "a.jpg"), DECISION_DROP);
    assert_int_equal(review_decision(r, 6, "b.jpg"), DECISION_KEEP);
    review_close(r);
}

static void two_processes_may_add_to_one_file(void **state)
{
    Err err = { 0 };
    Review *a = open_at(state), *b = open_at(state);
    decide(a, 6, "a.jpg", DECISION_DROP);
    decide(b, 6, "b.jpg", DECISION_KEEP);
    assert_int_equal(review_decision(b, 6, "a.jpg"), DECISION_DROP);
    assert_ok(review_refresh(a, &err));
    assert_int_equal(review_decision(a, 6, "b.jpg"), DECISION_KEEP);
    review_close(a);
    review_close(b);
}

static void a_correction_is_undone_like_a_decision(void **state)
{
    Err err = { 0 };
    Review *r = open_at(state);
    assert_ok(review_correct(r, 6, "a.jpg", "corrections/a.json", &err));
    decide(r, 6, "a.jpg", DECISION_KEEP);
    assert_int_equal(review_decision(r, 6, "a.jpg"), DECISION_KEEP);
    ReviewUndone last;
    assert_ok(review_undo(r, &err));
    assert_true(review_last(r, &last));
    assert_string_equal(last.corrected, "corrections/a.json");
    assert_string_equal(last.item, "a.jpg");
    assert_ok(review_undo(r, &err));
    assert_false(review_last(r, &last));
    review_close(r);
}

static void names_that_are_not_utf8_and_too_many_at_once_are_refused(void **state)
{
    Err err = { 0 };
    Review *r = open_at(state);
    const char *bad = "\xff.jpg";
    assert_false(review_decide(r, 6, &bad, 1, DECISION_KEEP, &err));
    assert_says(err, "UTF-8");
    err_clear(&err);
    assert_false(review_decide(r, 6, &bad, 0, DECISION_KEEP, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(review_depth(r), 0);
    review_close(r);
}

static void a_folder_or_a_pipe_in_its_place_is_an_error(void **state)
{
    Err err = { 0 };
    assert_ok(folder_make(FILE_OF(state), &err));
    assert_null(review_open(FILE_OF(state), &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

static void many_decisions_are_all_found_again(void **state)
{
    Err err = { 0 };
    Review *r = open_at(state);
    for (int from = 0; from < 5000; from += REVIEW_MOST) {
        char text[REVIEW_MOST][24];
        const char *names[REVIEW_MOST];
        for (int i = 0; i < REVIEW_MOST; i++) {
            snprintf(text[i], sizeof text[i], "%d.jpg", from + i);
            names[i] = text[i];
        }
        assert_ok(review_decide(r, 6, names, REVIEW_MOST, (Decision)(1 + from / REVIEW_MOST % 3), &err));
    }
    review_close(r);
    r = open_at(state);
    for (int i = 0; i < 5000; i++) {
        char name[24];
        snprintf(name, sizeof name, "%d.jpg", i);
        assert_int_equal(review_decision(r, 6, name), 1 + i / REVIEW_MOST % 3);
    }
    review_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(nothing_is_written_before_the_first_decision),
        temp_test(the_last_decision_counts_also_after_reopening),
        temp_test(an_undo_is_one_more_line_and_brings_back_what_was),
        temp_test(a_torn_last_line_and_foreign_lines_are_skipped),
        temp_test(two_processes_may_add_to_one_file),
        temp_test(a_correction_is_undone_like_a_decision),
        temp_test(names_that_are_not_utf8_and_too_many_at_once_are_refused),
        temp_test(a_folder_or_a_pipe_in_its_place_is_an_error),
        temp_test(many_decisions_are_all_found_again),
    };
    return cmocka_run_group_tests_name("web/review", tests, NULL, NULL);
}
