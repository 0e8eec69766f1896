/* Going on with other settings: what they change is made again, what they do not change is kept, and files
 * that nobody wants any more are moved aside. */
#include "rig.h"

#include "base/str.h"
#include "vision/codec.h"

static void reset_counts(Rig *r)
{
    memset(r->roles, 0, sizeof *r->roles);
}

/* A run from the beginning with the present settings, in the place of what is there. */
static void assert_as_if_begun_so(Rig *r, const char *when)
{
    char *got = rig_tree(r, "replaced");
    RunConfig cfg = r->cfg;
    rig_reset(r);
    cfg.execution_mode = MODE_NEW;
    cfg.start_from_step = 1;
    cfg.start_from_step_given = false;
    r->cfg = cfg;
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    assert_same_tree(wanted, got, when);
    free(wanted);
    free(got);
}

static size_t count_files(const char *folder)
{
    TextList names;
    Err err = { 0 };
    if (!folder_list(rig_path(folder), &names, &err))
        return 0;
    size_t files = names.count;
    text_list_clear(&names);
    return files;
}

static void a_finished_run_started_again_makes_nothing(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *before = rig_tree(r, NULL);
    reset_counts(r);
    rig_finish(r);
    assert_int_equal(stand_in_made(r->roles), 0);
    assert_int_equal(r->roles->opened, 0);
    assert_in_range(r->result->calls, 1, 20); /* lock, options, state */
    rig_again_from(r, 1);
    assert_int_equal(stand_in_made(r->roles), 0);
    assert_int_equal(r->roles->opened, 0);
    assert_in_range(r->result->calls, 1, 150); /* and the summaries of seven steps, but no image */
    char *after = rig_tree(r, NULL);
    assert_same_tree(before, after, "started again");
    free(before);
    free(after);
}

static void starting_from_a_step_makes_what_is_missing_from_there_on(void **state)
{
    Rig *r = *state;
    static const char *const outputs[] = {
        NULL,         "01_white_background.png", "02_perspectives",       "03_prompts",
        "04_dataset", "05_qwen_combined_images", "06_yolo_dataset/train", "07_cv_combined_dataset"
    };
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    for (int step = 1; step <= 7; step++) {
        Err err = { 0 };
        assert_ok(folder_remove(rig_path(outputs[step]), &err));
        rig_again_from(r, step);
        char *got = rig_tree(r, NULL), when[32];
        snprintf(when, sizeof when, "from step %d", step);
        assert_same_tree(wanted, got, when);
        free(got);
    }
    free(wanted);
}

static void a_step_whose_input_is_not_there_is_refused(void **state)
{
    Rig *r = *state;
    r->roles->fail_writer = true;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "step 3");
    r->cfg.start_from_step = 4;
    r->cfg.start_from_step_given = true;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "cannot start from step 4, because step 3 is not done");
    assert_int_equal(r->result->err.kind, ERR_STATE);
}

static void prompts_are_written_anew_for_another_model_or_photo(void **state)
{
    Rig *r = *state;
    Image photo;
    char another[] = "another";
    Err err = { 0 };
    rig_finish(r);
    assert_int_equal(r->roles->photo_width, 20);
    reset_counts(r);
    rig_again_from(r, 3);
    assert_int_equal(r->roles->written, 0);
    r->cfg.ollama_model = another;
    rig_again_from(r, 3);
    assert_int_equal(r->roles->written, 1);
    assert_true(path_exists(rig_path("replaced/03_prompts/prompts.txt")));
    assert_ok(image_load(&photo, r->photo, &(DecodeOptions){ .channels = 3 }, &err));
    photo.data[0] ^= 255;
    assert_ok(image_save(&photo, r->photo, 0, &err));
    image_clear(&photo);
    rig_again_from(r, 3);
    assert_int_equal(r->roles->written, 2);
}

static void more_images_keep_those_that_are_there(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    reset_counts(r);
    r->cfg.num_iterations = 3;
    rig_again_from(r, 4);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 8);
    assert_int_equal(r->roles->edits[EDIT_RESTYLE], 8);
    assert_int_equal(count_files("04_dataset/alpha"), 12);
    assert_as_if_begun_so(r, "--num_iterations 3");
}

static void fewer_images_move_the_others_aside(void **state)
{
    Rig *r = *state;
    r->cfg.num_iterations = 2;
    rig_finish(r);
    reset_counts(r);
    r->cfg.num_iterations = 1;
    rig_again_from(r, 4);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 0);
    assert_int_equal(count_files("replaced/04_dataset"), 4 + 1); /* with a folder alpha */
    assert_int_equal(count_files("replaced/04_dataset/alpha"), 4);
    assert_int_equal(count_files("replaced/05_qwen_augmented_images"), 4 + 1);
    assert_int_equal(count_files("replaced/05_qwen_combined_images"), 8);
    assert_true(rig_said(r, "were moved from"));
    json_t *meta = rig_json("04_dataset/metadata.json");
    assert_int_equal(json_integer_value(json_object_get(meta, "num_successful_images")), 4);
    json_decref(meta);
}

/* Each setting, changed from the step that it first concerns, gives what a run that began with it gives. */
static void any_changed_setting_gives_the_bytes_of_a_run_that_began_with_it(void **state)
{
    Rig *r = *state;
    for (int k = 0; k < 14; k++) {
        char when[32];
        snprintf(when, sizeof when, "change %d", k);
        rig_reset(r);
        rig_finish(r);
        RunConfig *c = &r->cfg;
        int step = 1;
        switch (k) {
        case 0: c->seed = 8; break;
        case 1: c->width = 40; break;
        case 2: c->views.count = 1, step = 2; break;
        case 3: c->num_prompts = 3, step = 3; break;
        case 4: c->num_prompts = 1, step = 3; break;
        case 5: c->num_iterations = 2, step = 4; break;
        case 6: c->qwen_augmentation_count = 2, step = 5; break;
        case 7: c->split_ratio = 1, step = 6; break;
        case 8: c->split_ratio = 0, step = 6; break;
        case 9: c->split_by = SPLIT_IMAGE, step = 6; break;
        case 10: c->all_polygons = true, step = 6; break;
        case 11: c->cv_augmentation_count = 2, step = 7; break;
        case 12: c->saturation_probability = 0, step = 7; break;
        default: c->enable_qwen_augmentation = false, step = 4; break;
        }
        rig_again_from(r, step);
        if (k == 13) { /* the folders of the step that is off stay where they are */
            char *tree = rig_tree(r, NULL);
            assert_null(strstr(tree, "06_yolo_dataset/train/images/perspective_0_prompt_0_seed_1_qwen"));
            free(tree);
            json_t *s = rig_json("06_yolo_dataset/annotation_summary.json");
            assert_int_equal(json_integer_value(json_object_get(s, "total_images")), 4);
            json_decref(s);
        } else
            assert_as_if_begun_so(r, when);
    }
}

/* The images that go into step 6 are those of the present settings also when step 5 is off now. */
static void switching_step_5_off_does_not_hide_the_images_made_since(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    r->cfg.enable_qwen_augmentation = false;
    r->cfg.num_iterations = 3;
    rig_again_from(r, 4);
    json_t *s = rig_json("06_yolo_dataset/annotation_summary.json");
    assert_int_equal(json_integer_value(json_object_get(s, "total_images")), 12);
    json_decref(s);
}

static void a_prompt_mended_by_hand_changes_its_own_images_alone(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    reset_counts(r);
    temp_write(rig_path("03_prompts/prompts.txt"),
               "1. the red mug in place 0\r\n\r\n2. the red mug on the moon\r\n");
    rig_again_from(r, 4);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 2);
    json_t *meta = rig_json("04_dataset/metadata.json");
    assert_string_equal(json_string_value(json_array_get(json_object_get(meta, "prompts"), 1)),
                        "the red mug on the moon");
    json_decref(meta);
    json_t *st = rig_json("pipeline_state.json");
    assert_string_equal(json_string_value(json_array_get(json_object_get(st, "prompts"), 1)),
                        "the red mug on the moon");
    json_decref(st);
}

static void prompts_of_other_settings_are_moved_aside_before_others_are_written(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    temp_write(rig_path("03_prompts/prompts.txt"), "mended by hand\n");
    rig_again_from(r, 3); /* the settings are the same: it stays */
    assert_int_equal(r->roles->written, 1);
    r->cfg.num_prompts = 3;
    rig_again_from(r, 3);
    assert_int_equal(r->roles->written, 2);
    char *text = temp_read(rig_path("replaced/03_prompts/prompts.txt"));
    assert_string_equal(text, "mended by hand\n");
    free(text);
}

static void an_empty_prompts_file_is_named_and_step_3_writes_it_anew(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    temp_write(rig_path("03_prompts/prompts.txt"), "\n \n");
    r->cfg.start_from_step = 4;
    r->cfg.start_from_step_given = true;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "03_prompts/prompts.txt: there is no prompt in it");
    assert_says(r->result->err, "--start_from_step 3");
    rig_again_from(r, 3);
    assert_int_equal(r->roles->written, 2);
}

/* Made again under the same name and killed before that is on record, an image must not pass for the one of
 * the settings before. */
static void a_run_killed_while_it_makes_images_again_can_go_back_to_the_old_settings(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    for (long at = 4; at < 140; at += 1) {
        r->cfg.start_from_step = 1;
        r->cfg.start_from_step_given = true;
        r->cfg.width = 40;
        if (!rig_run_in_child(r, FAULT_KILL, at)->killed)
            fail_msg("call %ld: not killed", at);
        r->cfg.width = 32;
        rig_finish(r);
        char *got = rig_tree(r, "replaced"), when[64];
        snprintf(when, sizeof when, "killed at call %ld and back", at);
        assert_same_tree(wanted, got, when);
        free(got);
    }
    free(wanted);
}

/* What cannot be made with the present settings is not there: an image of other settings does not stand in.
 */
static void an_image_that_fails_with_other_settings_does_not_stay_as_it_was(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    r->cfg.width = 40;
    r->roles->fail_every[EDIT_PLACE] = 5; /* of the seeds 650304595, 1354942215 and 280179100 */
    rig_again_from(r, 1);
    assert_int_equal(r->result->failed, 3);
    json_t *s = rig_json("06_yolo_dataset/annotation_summary.json");
    assert_int_equal(json_integer_value(json_object_get(s, "total_images")), 2);
    json_decref(s);
    assert_int_equal(count_files("04_dataset"), 1 + 3); /* alpha, metadata.json, failure_report.txt */
}

/* The same for labels: an image whose mask is gone is in no dataset with the label of before. */
static void a_label_that_fails_with_other_settings_does_not_stay_as_it_was(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    assert_int_equal(remove(rig_path("04_dataset/alpha/perspective_0_prompt_0_seed_650304595.png")), 0);
    r->cfg.all_polygons = true;
    rig_again_from(r, 6);
    assert_int_equal(r->result->failed, 1);
    char *tree = rig_tree(r, "replaced");
    assert_null(strstr(tree, "06_yolo_dataset/train/labels/perspective_0_prompt_0_seed_650304595.txt"));
    assert_null(strstr(tree, "06_yolo_dataset/val/labels/perspective_0_prompt_0_seed_650304595.txt"));
    assert_non_null(strstr(tree, "/labels/perspective_0_prompt_0_seed_650304595_qwen000.txt"));
    assert_int_equal(r->result->in_dataset, 14);
    assert_int_equal(count_files("07_cv_combined_dataset/train/images") +
                         count_files("07_cv_combined_dataset/val/images"),
                     14);
    assert_int_equal(count_files("07_cv_combined_dataset/train/labels") +
                         count_files("07_cv_combined_dataset/val/labels"),
                     14);
    free(tree);
}

static void a_changed_option_of_a_done_step_is_said_to_have_no_effect(void **state)
{
    Rig *r = *state;
    r->config_json = "{\"num_prompts\": 2, \"split_ratio\": 0.5}";
    rig_finish(r);
    r->config_json = "{\"num_prompts\": 9, \"split_ratio\": 0.25}";
    r->cfg.start_from_step = 6;
    r->cfg.start_from_step_given = true;
    rig_finish(r);
    assert_true(
        rig_said(r, "warning: --num_prompts differs from that of this execution, but step 3 is done"));
    assert_false(rig_said(r, "split_ratio"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(a_finished_run_started_again_makes_nothing),
        rig_test(starting_from_a_step_makes_what_is_missing_from_there_on),
        rig_test(a_step_whose_input_is_not_there_is_refused),
        rig_test(prompts_are_written_anew_for_another_model_or_photo),
        rig_test(more_images_keep_those_that_are_there),
        rig_test(fewer_images_move_the_others_aside),
        rig_test(any_changed_setting_gives_the_bytes_of_a_run_that_began_with_it),
        rig_test(switching_step_5_off_does_not_hide_the_images_made_since),
        rig_test(a_prompt_mended_by_hand_changes_its_own_images_alone),
        rig_test(prompts_of_other_settings_are_moved_aside_before_others_are_written),
        rig_test(an_empty_prompts_file_is_named_and_step_3_writes_it_anew),
        rig_test(a_run_killed_while_it_makes_images_again_can_go_back_to_the_old_settings),
        rig_test(an_image_that_fails_with_other_settings_does_not_stay_as_it_was),
        rig_test(a_label_that_fails_with_other_settings_does_not_stay_as_it_was),
        rig_test(a_changed_option_of_a_done_step_is_said_to_have_no_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
