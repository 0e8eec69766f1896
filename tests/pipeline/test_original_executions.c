/* An execution of the Python original is gone on with: what it made counts as made. */
#include "rig.h"

#include "base/str.h"
#include "pipeline/set_aside.h"
#include "vision/codec.h"

#define PLACE(name) "04_dataset/" name
static const char *const images[] = { "perspective_0_prompt_0_seed_1234.png",
                                      "perspective_0_prompt_1_seed_99.png",
                                      "perspective_1_prompt_0_seed_1234.png" };
static const char unlisted[] =
    "perspective_1_prompt_0_seed_777.png"; /* made after the state was last written */
static const char failed[] = "perspective_1_prompt_1_seed_4242.png";

static void put_picture(const char *path, uint8_t shade)
{
    Image im;
    Err err = { 0 };
    assert_ok(image_init(&im, 32, 24, 3, &err));
    memset(im.data, shade, image_bytes(&im));
    for (int y = 6; y < 18; y++)
        for (int x = 8; x < 20; x++)
            memcpy(image_at(&im, x, y), (const uint8_t[]){ 40, 100, 160 }, 3);
    assert_ok(image_save(&im, path, 95, &err));
    image_clear(&im);
}

static void put_folder(const char *name)
{
    Err err = { 0 };
    assert_ok(folder_make(rig_path(name), &err));
}

static void put_names(Str *to, const char *folder, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        str_printf(to, "%s\"%s/%s\"", i ? ", " : "", folder, names[i]);
}

/* The folder as spec/original.md describes it, with these steps completed. */
static void put_execution(Rig *r, const char *steps)
{
    static const char *const views[] = { "perspective_00_front_view__elevated_shot.png",
                                         "perspective_01_back_view__elevated_shot.png" };
    Str s = { 0 };
    strcpy(r->name, "20250610_143022");
    put_folder("02_perspectives");
    put_folder("03_prompts");
    put_folder("04_dataset");
    put_picture(rig_path("01_white_background.png"), 255);
    for (size_t i = 0; i < 2; i++) {
        char name[128];
        snprintf(name, sizeof name, "02_perspectives/%s", views[i]);
        put_picture(rig_path(name), 255);
    }
    for (size_t i = 0; i < 4; i++) {
        char name[128];
        snprintf(name, sizeof name, PLACE("%s"), i < 3 ? images[i] : unlisted);
        put_picture(rig_path(name), (uint8_t)(10 * i));
    }
    temp_write(rig_path(PLACE("perspective_0_prompt_1_seed_5.png")),
               "cut short"); /* it died while writing this */
    temp_write(rig_path("03_prompts/prompts.txt"), "1. the bag on a beach\n\n2. the bag in a kitchen\n");
    temp_write(rig_path("03_prompts/classes.txt"), "bag. beach");
    temp_write(rig_path("03_prompts/conversation_history.txt"), "USER: ...");
    str_printf(&s, "{\"completed_steps\": [%s], \"input_image\": \"%s\", \"object_name\": \"pikachu bag\", ",
               steps, r->photo);
    str_printf(&s, "\"white_bg_image\": \"%s\", \"perspective_generator\": \"qwen_multicamera\", ",
               rig_path("01_white_background.png"));
    str_add(&s, "\"perspective_images\": [");
    put_names(&s, rig_path("02_perspectives"), views, 2);
    str_add(&s, "], \"perspective_view_info\": [{\"index\": 0, \"view\": \"front view\"}, {\"index\": 1}], "
                "\"prompts\": [\"the bag on a beach\", \"the bag in a kitchen\"], \"classes\": [\"bag\"], "
                "\"generated_images\": [");
    put_names(&s, rig_path("04_dataset"), images, 3);
    str_printf(
        &s,
        "], \"failed_images\": [{\"perspective_idx\": 1, \"prompt_idx\": 1, \"iteration\": 0, \"seed\": 4242, "
        "\"filename\": \"%s\", \"perspective_path\": \"%s\", \"prompt\": \"the bag in a kitchen\"}], ",
        failed, rig_path("02_perspectives"));
    str_add(&s,
            "\"qwen_combined_images_path\": null, \"qwen_augmentation_summary\": null, "
            "\"failed_qwen_augmentations\": [], \"yolo_dataset_path\": null, \"annotation_summary\": null, "
            "\"cv_augmented_dataset_path\": null, \"cv_augmentation_summary\": null, "
            "\"failed_cv_augmentations\": []}");
    temp_write(rig_path("pipeline_state.json"), str_text(&s));
    str_clear(&s);
    r->cfg.object_name = r->cfg.input_image = NULL; /* the state knows them */
    r->cfg.num_iterations = 2;
    r->roles->from_pixels = true;
}

static char *bytes_of_originals(const Rig *r)
{
    char *tree = rig_tree(r, NULL);
    Str kept = { 0 };
    for (char *save = NULL, *line = strtok_r(tree, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (strstr(line, images[0]) || strstr(line, images[1]) || strstr(line, images[2]) ||
            strstr(line, unlisted))
            if (strstr(line, "/04_dataset/p"))
                str_printf(&kept, "%s\n", line);
    free(tree);
    return str_take(&kept);
}

static void assert_all_is_there(Rig *r)
{
    json_t *st = rig_json("pipeline_state.json");
    json_t *made = json_object_get(st, "generated_images");
    assert_int_equal(json_array_size(made), 8);
    assert_int_equal(json_array_size(json_object_get(st, "failed_images")), 0);
    char all[4096] = "";
    size_t i;
    json_t *v;
    json_array_foreach(made, i, v)
    {
        assert_true(path_exists(json_string_value(v)));
        strcat(strcat(all, json_string_value(v)), "\n");
    }
    for (i = 0; i < 3; i++)
        assert_non_null(strstr(all, images[i]));
    assert_non_null(strstr(all, unlisted));
    assert_non_null(strstr(all, failed));
    assert_string_equal(json_string_value(json_object_get(st, "object_name")), "pikachu bag");
    json_decref(st);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 4);
}

static void what_the_original_made_is_kept_and_only_the_rest_is_made(void **state)
{
    Rig *r = *state;
    put_execution(r, "1, 2, 3");
    char *before = bytes_of_originals(r);
    rig_finish(r);
    assert_all_is_there(r);
    assert_int_equal(r->roles->views + r->roles->written + r->roles->edits[EDIT_ISOLATE], 0);
    char *after = bytes_of_originals(r);
    assert_same_tree(before, after, "the original's images");
    free(before);
    free(after);
    json_t *summary = rig_json("06_yolo_dataset/annotation_summary.json");
    assert_int_equal(json_integer_value(json_object_get(summary, "successful_annotations")), 16);
    assert_string_equal(json_string_value(json_object_get(summary, "class_name")), "pikachu bag");
    json_decref(summary);
    char *classes = temp_read(rig_path("06_yolo_dataset/classes.txt"));
    assert_string_equal(classes, "pikachu bag\n");
    free(classes);
}

/* Also in several goes, whatever moment one of them ends at. */
static void killed_at_any_write_what_the_original_made_still_counts(void **state)
{
    Rig *r = *state;
    bool killed = true;
    for (long at = 0; killed; at += 1 + at / 40) {
        rig_reset(r);
        put_execution(r, "1, 2, 3");
        char *before = bytes_of_originals(r);
        killed = rig_run_in_child(r, FAULT_KILL, at)->killed;
        rig_run_in_child(r, FAULT_KILL, at / 2 + 3);
        rig_finish(r);
        char *after = bytes_of_originals(r), when[64];
        snprintf(when, sizeof when, "killed at call %ld", at);
        assert_same_tree(before, after, when);
        json_t *st = rig_json("pipeline_state.json");
        assert_int_equal(json_array_size(json_object_get(st, "generated_images")), 8);
        json_decref(st);
        if (r->roles->edits[EDIT_PLACE] > 4 + 2)
            fail_msg("%s: %d images were made, 4 are missing", when, r->roles->edits[EDIT_PLACE]);
        free(before);
        free(after);
    }
}

static void what_failed_in_the_original_is_made_under_its_recorded_name(void **state)
{
    Rig *r = *state;
    put_execution(r, "1, 2, 3, 4");
    r->cfg.retry_failed = true;
    rig_finish(r);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 1);
    char name[128];
    snprintf(name, sizeof name, PLACE("%s"), failed);
    assert_true(path_exists(rig_path(name)));
    json_t *st = rig_json("pipeline_state.json");
    assert_int_equal(json_array_size(json_object_get(st, "failed_images")), 0);
    json_decref(st);
}

static void restyled_images_of_the_original_count_as_made(void **state)
{
    Rig *r = *state;
    put_execution(r, "1, 2, 3, 4");
    put_folder("05_qwen_augmented_images");
    put_folder("05_qwen_combined_images");
    put_picture(rig_path("05_qwen_augmented_images/perspective_0_prompt_0_seed_1234_qwen000.png"), 77);
    temp_write(rig_path("05_qwen_augmented_images/perspective_0_prompt_1_seed_99_qwen000.png"), "cut");
    rig_finish(r);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 0);
    assert_int_equal(r->roles->edits[EDIT_RESTYLE], 2);
    assert_true(
        path_exists(rig_path("05_qwen_combined_images/perspective_0_prompt_0_seed_1234_qwen000.png")));
}

static void augmentations_that_failed_in_the_original_are_made_by_a_retry(void **state)
{
    Rig *r = *state;
    put_execution(r, "1, 2, 3, 4, 5");
    put_folder("05_qwen_augmented_images");
    put_folder("05_qwen_combined_images");
    put_picture(rig_path("05_qwen_augmented_images/perspective_0_prompt_0_seed_1234_qwen000.png"), 77);
    put_picture(rig_path("05_qwen_combined_images/perspective_0_prompt_0_seed_1234_qwen000.png"), 77);
    json_t *st = rig_json("pipeline_state.json");
    json_object_set_new(st, "failed_qwen_augmentations",
                        json_pack("[{s:s, s:s, s:i, s:s, s:s, s:s}]", "original_image", images[1],
                                  "aug_filename", "perspective_0_prompt_1_seed_99_qwen000.png", "aug_index",
                                  0, "prompt", "at night", "timestamp", "2025-06-10T15:00:00", "error_type",
                                  "qwen_augmentation_failure"));
    assert_int_equal(json_dump_file(st, rig_path("pipeline_state.json"), 0), 0);
    json_decref(st);
    r->cfg.retry_failed_qwen_augmentations = true;
    rig_finish(r);
    assert_int_equal(r->roles->edits[EDIT_RESTYLE], 1);
    assert_true(path_exists(rig_path("05_qwen_combined_images/perspective_0_prompt_1_seed_99_qwen000.png")));
}

/* Images of perspectives that are made again are not images of those. */
static void starting_before_step_4_makes_the_images_again(void **state)
{
    Rig *r = *state;
    put_execution(r, "1, 2, 3, 4");
    r->cfg.start_from_step = 2;
    r->cfg.start_from_step_given = true;
    rig_finish(r);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 8);
    char name[128];
    snprintf(name, sizeof name, "replaced/" PLACE("%s"), images[0]);
    assert_true(path_exists(rig_path(name)));
}

static void a_lost_journal_costs_no_image(void **state)
{
    Rig *r = *state;
    r->cfg.num_iterations = 3;
    rig_finish(r);
    char *wanted = rig_tree(r, "pipeline_state.json");
    memset(r->roles, 0, sizeof *r->roles);
    assert_int_equal(remove(rig_path("journal.jsonl")), 0);
    r->cfg.start_from_step = 4;
    r->cfg.start_from_step_given = true;
    rig_finish(r);
    assert_int_equal(r->roles->edits[EDIT_PLACE] + r->roles->edits[EDIT_RESTYLE], 0);
    char *got = rig_tree(r, "pipeline_state.json");
    assert_same_tree(wanted, got, "without a journal");
    free(wanted);
    free(got);
}

static void a_name_that_the_state_does_not_know_is_asked_for(void **state)
{
    Rig *r = *state;
    put_execution(r, "1, 2, 3");
    temp_write(rig_path("pipeline_state.json"), "{\"completed_steps\": []}");
    assert_false(rig_run(r)->ok);
    assert_int_equal(r->result->err.kind, ERR_USAGE);
    assert_says(r->result->err, "--object_name");
    r->cfg.object_name = r->object_name;
    assert_false(rig_run(r)->ok);
    assert_says(r->result->err, "--input_image");
    r->cfg.input_image = r->photo;
    rig_finish(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(what_the_original_made_is_kept_and_only_the_rest_is_made),
        rig_test(killed_at_any_write_what_the_original_made_still_counts),
        rig_test(what_failed_in_the_original_is_made_under_its_recorded_name),
        rig_test(restyled_images_of_the_original_count_as_made),
        rig_test(augmentations_that_failed_in_the_original_are_made_by_a_retry),
        rig_test(starting_before_step_4_makes_the_images_again),
        rig_test(a_lost_journal_costs_no_image),
        rig_test(a_name_that_the_state_does_not_know_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
