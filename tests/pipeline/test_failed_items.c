/* Images that cannot be made: a run goes on without them, says so, and makes them when told to. */
#include "rig.h"

static size_t list_size(const char *file, const char *field)
{
    json_t *o = rig_json(file);
    size_t n = json_array_size(json_object_get(o, field));
    json_decref(o);
    return n;
}

static json_int_t number(const char *file, const char *field)
{
    json_t *o = rig_json(file), *v = json_object_get(o, field);
    if (!json_is_number(v))
        fail_msg("%s: %s is not there", file, field);
    json_int_t n = (json_int_t)json_number_value(v);
    json_decref(o);
    return n;
}

static void assert_has_fields(const json_t *o, const char *names)
{
    char copy[512], *save = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save))
        if (!json_object_get(o, name))
            fail_msg("there is no field %s", name);
}

/* Take in again what the last run made, with everything as it should be. */
static void resume(Rig *r)
{
    r->cfg.retry_failed = r->cfg.retry_failed_qwen_augmentations = false;
    rig_finish(r);
}

static void failed_images_are_told_and_made_again_to_the_same_bytes(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *wanted = rig_tree(r, "replaced");
    rig_reset(r);
    r->roles->fail_every[EDIT_PLACE] = 5; /* three of the four seeds */
    rig_finish(r);
    assert_int_equal(r->result->failed, 3);
    assert_int_equal(r->result->generated, 1);
    assert_int_equal(list_size("pipeline_state.json", "failed_images"), 3);
    assert_int_equal(number("04_dataset/metadata.json", "num_failed_images"), 3);
    json_t *st = rig_json("pipeline_state.json");
    json_t *failed = json_array_get(json_object_get(st, "failed_images"), 0);
    assert_has_fields(failed,
                      "perspective_idx prompt_idx iteration seed filename perspective_path prompt error");
    char *report = temp_read(rig_path("04_dataset/failure_report.txt"));
    assert_non_null(strstr(report, json_string_value(json_object_get(failed, "filename"))));
    assert_non_null(strstr(report, "--retry_failed"));
    assert_non_null(strstr(report, "told to fail"));
    free(report);
    json_decref(st);

    r->cfg.retry_failed = true;
    rig_finish(r); /* still failing: nothing changes */
    assert_int_equal(r->result->failed, 3);
    assert_int_equal(list_size("pipeline_state.json", "failed_images"), 3);
    assert_int_equal(list_size("pipeline_state.json", "completed_steps"), 7);

    r->roles->fail_every[EDIT_PLACE] = 0;
    int before = r->roles->edits[EDIT_PLACE];
    rig_finish(r);
    assert_int_equal(r->result->failed, 0);
    assert_int_equal(r->roles->edits[EDIT_PLACE], before + 3);
    assert_int_equal(list_size("pipeline_state.json", "failed_images"), 0);
    assert_int_equal(list_size("pipeline_state.json", "completed_steps"), 4);
    assert_true(rig_said(r, "the later steps have not seen these images yet"));
    assert_false(path_exists(rig_path("04_dataset/failure_report.txt")));

    resume(r);
    char *got = rig_tree(r, "replaced");
    assert_same_tree(wanted, got, "after --retry_failed");
    free(wanted);
    free(got);

    r->cfg.retry_failed = true;
    rig_finish(r);
    assert_true(rig_said(r, "nothing failed in step 4"));
    assert_int_equal(list_size("pipeline_state.json", "completed_steps"), 7);
}

static void images_of_a_retry_reach_the_dataset_also_with_step_5_switched_off(void **state)
{
    Rig *r = *state;
    r->roles->fail_every[EDIT_PLACE] = 5;
    rig_finish(r);
    assert_int_equal(number("06_yolo_dataset/annotation_summary.json", "total_images"), 2);
    r->roles->fail_every[EDIT_PLACE] = 0;
    r->cfg.retry_failed = true;
    rig_finish(r);
    r->cfg.enable_qwen_augmentation = false;
    resume(r);
    assert_int_equal(number("06_yolo_dataset/annotation_summary.json", "total_images"), 4);
}

static void failed_augmentations_are_told_and_made_again_to_the_same_bytes(void **state)
{
    Rig *r = *state;
    r->cfg.qwen_augmentation_count = 3;
    rig_finish(r);
    char *wanted = rig_tree(r, "replaced");
    rig_reset(r);
    r->cfg.qwen_augmentation_count = 3;
    r->roles->fail_every[EDIT_RESTYLE] = 2;
    rig_finish(r);
    size_t failed = r->result->failed;
    assert_in_range(failed, 1, 11);
    assert_int_equal(list_size("pipeline_state.json", "failed_qwen_augmentations"), failed);
    assert_int_equal(number("05_qwen_combined_images/qwen_augmentation_summary.json", "failed_augmentations"),
                     failed);
    json_t *st = rig_json("pipeline_state.json");
    json_t *f = json_array_get(json_object_get(st, "failed_qwen_augmentations"), 0);
    assert_has_fields(f, "original_image aug_filename aug_index prompt timestamp error_type");
    assert_string_equal(json_string_value(json_object_get(f, "error_type")), "qwen_augmentation_failure");
    json_decref(st);
    r->roles->fail_every[EDIT_RESTYLE] = 0;
    r->cfg.retry_failed_qwen_augmentations = true;
    rig_finish(r);
    assert_int_equal(r->result->failed, 0);
    assert_int_equal(r->roles->edits[EDIT_RESTYLE], 12);
    resume(r);
    char *got = rig_tree(r, "replaced");
    assert_same_tree(wanted, got, "after --retry_failed_qwen_augmentations");
    free(wanted);
    free(got);
}

/* A retry that is killed anywhere loses nothing and can be given again. */
static void a_retry_killed_at_any_write_can_be_given_again(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *wanted = rig_tree(r, "replaced");
    bool killed = true;
    for (long at = 0; killed; at++) {
        rig_reset(r);
        r->cfg.enable_annotation = r->cfg.enable_qwen_augmentation = r->cfg.enable_cv_augmentation = false;
        r->roles->fail_every[EDIT_PLACE] = 5;
        rig_finish(r);
        r->roles->fail_every[EDIT_PLACE] = 0;
        r->cfg.retry_failed = true;
        killed = rig_run_in_child(r, FAULT_KILL, at)->killed;
        rig_finish(r);
        r->cfg.enable_annotation = r->cfg.enable_qwen_augmentation = r->cfg.enable_cv_augmentation = true;
        resume(r);
        char *got = rig_tree(r, "replaced"), when[64];
        snprintf(when, sizeof when, "retry killed at call %ld", at);
        assert_same_tree(wanted, got, when);
        free(got);
    }
    free(wanted);
}

static void an_image_is_tried_max_retries_times_more(void **state)
{
    Rig *r = *state;
    for (int retries = 0; retries < 4; retries++) {
        rig_reset(r);
        r->cfg.max_retries = retries;
        r->roles->fail_every[EDIT_PLACE] = 5;
        rig_finish(r);
        assert_int_equal(r->roles->failures[EDIT_PLACE], 3 * (retries + 1));
    }
    rig_reset(r);
    r->cfg.max_retries = 3;
    r->roles->fail_every[EDIT_PLACE] = 5;
    r->roles->failing_tries = 3;
    rig_finish(r);
    assert_int_equal(r->result->failed, 0);
}

static void a_run_without_any_image_ends_with_the_reason(void **state)
{
    Rig *r = *state;
    r->roles->fail_every[EDIT_ISOLATE] = 1;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "step 1: the stand-in was told to fail");
    r->roles->fail_every[EDIT_ISOLATE] = 0;
    r->roles->fail_writer = true;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "step 3: the stand-in was told to write nothing");
    r->roles->fail_writer = false;
    r->roles->fail_every[EDIT_PLACE] = 1;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "step 4: every image failed");
    assert_true(path_exists(rig_path("04_dataset/failure_report.txt")));
    r->roles->fail_every[EDIT_PLACE] = 0;
    rig_finish(r);
    assert_false(path_exists(rig_path("04_dataset/failure_report.txt")));
}

/* It asks its model again by itself, and with some models that takes long. */
static void a_writer_that_fails_is_not_asked_again(void **state)
{
    Rig *r = *state;
    r->cfg.max_retries = 3;
    r->roles->fail_writer = true;
    assert_false(rig_run(r)->ok);
    assert_int_equal(r->roles->unwritten, 1);
}

static void a_run_without_one_view_goes_on_with_the_others(void **state)
{
    Rig *r = *state;
    r->roles->fail_view = 1;
    rig_finish(r);
    assert_int_equal(r->result->failed, 1);
    assert_int_equal(r->result->generated, 2);
    r->roles->fail_view = 0;
    r->cfg.start_from_step = 2;
    r->cfg.start_from_step_given = true;
    rig_finish(r);
    assert_int_equal(r->result->generated, 4);
    char *got = rig_tree(r, "replaced");
    rig_reset(r);
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    assert_same_tree(wanted, got, "with the view made later");
    free(wanted);
    free(got);
}

static void an_interrupted_run_keeps_what_it_made_and_goes_on(void **state)
{
    Rig *r = *state;
    r->cfg.num_iterations = 3;
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    for (int after = 1; after < 12; after++) {
        rig_reset(r);
        r->cfg.num_iterations = 3;
        r->cfg.jobs = 1 + after % 3;
        r->roles->cancel = &r->cancel;
        r->roles->cancel_after = after;
        const RigResult *end = rig_run(r);
        assert_false(end->ok);
        assert_int_equal(end->err.kind, ERR_CANCELLED);
        assert_in_range(list_size("pipeline_state.json", "generated_images"), after, after + r->cfg.jobs);
        r->cancel = false;
        r->roles->cancel_after = 0;
        rig_finish(r);
        assert_int_equal(r->roles->edits[EDIT_PLACE], 12);
        char *got = rig_tree(r, NULL);
        assert_same_tree(wanted, got, "after an interrupt");
        free(got);
    }
    free(wanted);
}

static void an_image_without_the_object_has_an_empty_label_and_is_told(void **state)
{
    Rig *r = *state;
    r->roles->blank_every = 5; /* three of the four seeds */
    rig_finish(r);
    assert_int_equal(r->result->failed, 0);
    assert_true(rig_said(r, "warning: the object was not found in 6 of 8 images"));
    assert_int_equal(number("06_yolo_dataset/annotation_summary.json", "failed_annotations"), 6);
    assert_int_equal(number("06_yolo_dataset/annotation_summary.json", "successful_annotations"), 2);
    assert_int_equal(r->result->in_dataset, 16);
}

static void an_editor_without_masks_leaves_the_annotator_with_a_reason(void **state)
{
    Rig *r = *state;
    r->roles->no_alpha = true;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "step 6: no image could be annotated");
    assert_says(r->result->err, "no exact mask was recorded");
    r->roles->no_alpha = false;
    r->cfg.seed = 9;
    r->cfg.start_from_step = 1;
    r->cfg.start_from_step_given = true;
    rig_finish(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(failed_images_are_told_and_made_again_to_the_same_bytes),
        rig_test(images_of_a_retry_reach_the_dataset_also_with_step_5_switched_off),
        rig_test(failed_augmentations_are_told_and_made_again_to_the_same_bytes),
        rig_test(a_retry_killed_at_any_write_can_be_given_again),
        rig_test(an_image_is_tried_max_retries_times_more),
        rig_test(a_run_without_any_image_ends_with_the_reason),
        rig_test(a_writer_that_fails_is_not_asked_again),
        rig_test(a_run_without_one_view_goes_on_with_the_others),
        rig_test(an_interrupted_run_keeps_what_it_made_and_goes_on),
        rig_test(an_image_without_the_object_has_an_empty_label_and_is_told),
        rig_test(an_editor_without_masks_leaves_the_annotator_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
