/* A disk that is full, fails or may not be written ends a run with one clear line, and nothing is lost. */
#include "rig.h"

#include <sys/stat.h>

/* The files that a tree has and their bytes must also be in a later one. */
static void assert_still_there(const char *before, const char *after, const char *when)
{
    for (const char *line = before; *line; line = strchr(line, '\n') + 1) {
        char text[600];
        snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n") + 1, line);
        if (!strstr(after, text))
            fail_msg("%s: lost or changed: %s", when, text);
    }
}

static void assert_one_clear_line(const Err *err, const char *why, const char *when)
{
    if (err->kind != ERR_IO || !strstr(err->msg, why) || !strchr(err->msg, '/') || strchr(err->msg, '\n'))
        fail_msg("%s: kind %d, \"%s\"", when, err->kind, err->msg);
}

/* Run with the fault at every step-th call, mend the disk, go on, and compare with an undisturbed run. */
static void sweep(Rig *r, Fault fault, const char *why, long step)
{
    const RigResult *whole = rig_run_in_child(r, FAULT_NONE, 0);
    long calls = whole->calls, failed = 0;
    int made = stand_in_made(r->roles);
    char *wanted = rig_tree(r, NULL);
    for (long at = 0; at < calls; at += step) {
        rig_reset(r);
        char when[128];
        snprintf(when, sizeof when, "%s at call %ld of %ld", why, at, calls);
        const RigResult *end = rig_run_in_child(r, fault, at);
        if (!end->ok)
            assert_one_clear_line(&end->err, why, when);
        failed += !end->ok;
        char *before = rig_tree(r, ".json");
        if (strstr(before, ".tmp-"))
            fail_msg("%s: litter: %s", when, strstr(before, ".tmp-"));
        if (!rig_run_in_child(r, FAULT_NONE, 0)->ok)
            fail_msg("%s: %s", when, r->result->err.msg);
        char *got = rig_tree(r, NULL);
        assert_same_tree(wanted, got, when);
        assert_still_there(before, got, when);
        if (stand_in_made(r->roles) > made + 1)
            fail_msg("%s: %d things were made, %d are needed", when, stand_in_made(r->roles), made);
        free(before);
        free(got);
    }
    /* A link that fails becomes a copy, and what only clears up may fail: all others end the run. */
    assert_true(failed * step > calls / 2);
    free(wanted);
}

static void full_at_any_write_the_disk_ends_the_run_and_costs_nothing(void **state)
{
    sweep(*state, FAULT_FULL, "No space left on device", 2);
}

static void a_call_that_fails_once_ends_the_run_and_costs_nothing(void **state)
{
    sweep(*state, FAULT_BROKEN, "Input/output error", 3);
}

static void a_folder_that_becomes_read_only_ends_the_run_and_costs_nothing(void **state)
{
    sweep(*state, FAULT_DENIED, "Permission denied", 7);
}

static void a_full_disk_ends_a_run_of_many_threads_too(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    for (long at = 40; at < 400; at += 30) {
        rig_reset(r);
        r->cfg.jobs = 4;
        assert_false(rig_run_in_child(r, FAULT_FULL, at)->ok);
        assert_one_clear_line(&r->result->err, "No space left on device", "four threads");
        rig_finish(r);
        char *got = rig_tree(r, NULL);
        assert_same_tree(wanted, got, "four threads");
        free(got);
    }
    free(wanted);
}

/* An execution that is whole stays so when there is no room to go through it again. */
static void a_finished_run_survives_being_started_on_a_full_disk(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    for (long at = 0; at < 12; at++) {
        rig_run_in_child(r, FAULT_FULL, at);
        char *got = rig_tree(r, NULL);
        assert_same_tree(wanted, got, "a second start on a full disk");
        free(got);
    }
    free(wanted);
}

static void a_file_where_a_folder_is_needed_is_named(void **state)
{
    Rig *r = *state;
    temp_write(r->working_dir, "not a folder");
    const RigResult *end = rig_run(r);
    assert_false(end->ok);
    assert_says(end->err, "runs: is a file where a folder is needed");
    assert_int_equal(remove(r->working_dir), 0);

    static const char *const folders[] = { "02_perspectives",         "04_dataset",
                                           "05_qwen_combined_images", "06_yolo_dataset",
                                           "07_cv_augmented_dataset", "alpha" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        Err err = { 0 };
        rig_reset(r);
        r->cfg.enable_annotation = false; /* the state is then one of a run that may go on */
        r->cfg.enable_qwen_augmentation = false;
        rig_finish(r);
        assert_ok(folder_remove(rig_path(folders[i]), &err));
        temp_write(rig_path(folders[i]), "in the way");
        r->cfg.enable_annotation = r->cfg.enable_qwen_augmentation = true;
        r->cfg.start_from_step_given = true;
        end = rig_run(r);
        assert_false(end->ok);
        assert_says(end->err, folders[i]);
        assert_says(end->err, "is a file where a folder is needed");
        assert_int_equal(remove(rig_path(folders[i])), 0);
        rig_finish(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(full_at_any_write_the_disk_ends_the_run_and_costs_nothing),
        rig_test(a_call_that_fails_once_ends_the_run_and_costs_nothing),
        rig_test(a_folder_that_becomes_read_only_ends_the_run_and_costs_nothing),
        rig_test(a_full_disk_ends_a_run_of_many_threads_too),
        rig_test(a_finished_run_survives_being_started_on_a_full_disk),
        rig_test(a_file_where_a_folder_is_needed_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
