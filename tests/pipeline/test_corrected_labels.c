/* A label that a person corrected outlives those that step 6 makes, as long as its picture is the same. */
#include "rig.h"

#include "base/file.h"
#include "pipeline/corrected_label.h"
#include "vision/codec.h"

#define TEXT "0 0.100000 0.100000 0.900000 0.100000 0.900000 0.900000\n"

static const char *const sides[] = { "train", "val", "review" };

/* The stem of an image of step 4, by the beginning of its name. */
static char *stem_of(const char *beginning)
{
    TextList names;
    Err err = { 0 };
    char *stem = NULL;
    assert_ok(folder_list(rig_path("04_dataset"), &names, &err));
    for (size_t i = 0; i < names.count; i++)
        if (!stem && !strncmp(names.text[i], beginning, strlen(beginning)))
            stem = path_stem(names.text[i]);
    text_list_clear(&names);
    assert_non_null(stem);
    return stem;
}

/* The side on which the dataset has a file of this stem, "" when none has. */
static const char *side_of(const char *stem)
{
    char name[200];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "06_yolo_dataset/%s/labels/%s.txt", sides[i], stem);
        if (path_exists(rig_path(name)))
            return sides[i];
    }
    return "";
}

static char *read_file(const char *format, const char *a, const char *b)
{
    char name[200];
    snprintf(name, sizeof name, format, a, b);
    return temp_read(rig_path(name));
}

static bool is_file(const char *format, const char *a, const char *b, const uint8_t *bytes, size_t size)
{
    char name[200];
    uint8_t *got;
    size_t n;
    Err err = { 0 };
    snprintf(name, sizeof name, format, a, b);
    assert_ok(file_read(rig_path(name), 1 << 20, &got, &n, &err));
    bool same = n == size && !memcmp(got, bytes, size);
    free(got);
    return same;
}

static void assert_file(const char *format, const char *a, const char *b, const char *text)
{
    char *got = read_file(format, a, b);
    assert_string_equal(got, text);
    free(got);
}

/* What facet studio leaves behind, or where it was killed behind the record. */
static void correct(const Rig *r, const char *stem, bool settled)
{
    char name[200], folder[200];
    CorrectedLabel c = { .settled = settled };
    Image picture;
    Err err = { 0 };
    snprintf(folder, sizeof folder, "%s/%s", r->working_dir, r->name);
    snprintf(name, sizeof name, "04_dataset/%s.png", stem);
    assert_ok(image_load(&picture, rig_path(name), &(DecodeOptions){ .channels = 3 }, &err));
    c.pixels = corrected_label_pixels(&picture);
    image_clear(&picture);
    assert_true(text_list_add(&c.labels, TEXT));
    assert_ok(corrected_label_write(&c, folder, stem, &err));
    corrected_label_clear(&c);
    if (!settled)
        return;
    snprintf(name, sizeof name, "06_yolo_dataset/%s/labels/%s.txt", side_of(stem), stem);
    assert_ok(file_write(rig_path(name), TEXT, sizeof TEXT - 1, &err));
}

static void assert_kept(const Rig *r, const char *stem)
{
    const char *side = side_of(stem);
    assert_file("06_yolo_dataset/%s/labels/%s.txt", side, stem, TEXT);
    assert_file("07_cv_combined_dataset/%s/labels/%s.txt", side, stem, TEXT);
    assert_file("07_cv_combined_dataset/%s/labels/%s_cv000.txt", side, stem, TEXT);
    assert_file("07_cv_augmented_dataset/%s/labels/%s_cv000.txt", side, stem, TEXT);
    assert_int_equal(r->result->corrected, 1);
    json_t *s = rig_json("06_yolo_dataset/annotation_summary.json");
    assert_int_equal(json_integer_value(json_object_get(s, "kept_corrections")), 1);
    json_decref(s);
    char *report = temp_read(rig_path("report.html"));
    assert_non_null(strstr(report, "Kept corrections of labels<td class=n>1\n"));
    free(report);
}

static void a_corrected_label_is_kept_when_labels_are_made_again(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *stem = stem_of("perspective_0_prompt_0"), *side = strdup(side_of(stem));
    char *machine = read_file("06_yolo_dataset/%s/labels/%s.txt", side, stem);
    char name[200];
    uint8_t *overlay;
    size_t size;
    Err err = { 0 };
    snprintf(name, sizeof name, "06_yolo_dataset/%s/visualizations/%s_mask_overlay.jpg", side, stem);
    assert_ok(file_read(rig_path(name), 1 << 20, &overlay, &size, &err));
    correct(r, stem, true);
    r->roles->annotated = 0;
    r->cfg.all_polygons = true;
    rig_again_from(r, 6);
    assert_int_equal(r->roles->annotated, 8);
    assert_kept(r, stem);
    assert_true(rig_said(r, "corrected labels that are kept: 1"));
    /* What the annotator made is there for an undo. */
    assert_file("corrections/machine/%s%s.txt", stem, "", machine);
    assert_true(is_file("corrections/machine/%s%s_mask_overlay.jpg", stem, "", overlay, size));
    assert_false(is_file("06_yolo_dataset/%s/visualizations/%s_mask_overlay.jpg", side, stem, overlay, size));
    /* On the other side it is the same label. */
    r->cfg.split_ratio = strcmp(side, "train") ? 1 : 0;
    rig_again_from(r, 6);
    assert_string_not_equal(side_of(stem), side);
    assert_kept(r, stem);
    free(stem);
    free(side);
    free(machine);
    free(overlay);
}

static void a_label_that_its_writer_did_not_finish_is_finished(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *stem = stem_of("perspective_0_prompt_0");
    correct(r, stem, false);
    r->roles->annotated = 0;
    rig_again_from(r, 6);
    assert_int_equal(r->roles->annotated, 1);
    assert_kept(r, stem);
    rig_again_from(r, 6);
    assert_int_equal(r->roles->annotated, 1);
    free(stem);
}

static void a_lost_label_file_comes_back_as_it_was_corrected(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *stem = stem_of("perspective_0_prompt_0");
    correct(r, stem, true);
    Err err = { 0 };
    assert_ok(folder_remove(rig_path("06_yolo_dataset"), &err));
    rig_again_from(r, 6);
    assert_kept(r, stem);
    free(stem);
}

static void a_label_for_another_picture_is_kept_aside_with_a_warning(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *stem = stem_of("perspective_0_prompt_1"), *other = stem_of("perspective_0_prompt_0");
    char said[200], *machine = read_file("06_yolo_dataset/%s/labels/%s.txt", side_of(stem), stem);
    correct(r, stem, true);
    correct(r, other, true);
    temp_write(rig_path("03_prompts/prompts.txt"),
               "1. the red mug in place 0\n\n2. the red mug on the moon\n");
    rig_again_from(r, 4);
    assert_kept(r, other);
    char *label = read_file("06_yolo_dataset/%s/labels/%s.txt", side_of(stem), stem);
    assert_string_not_equal(label, TEXT);
    snprintf(said, sizeof said, "%s.png: the picture was made anew", stem);
    assert_true(rig_said(r, said));
    snprintf(said, sizeof said, "kept as replaced/corrections/%s.json", stem);
    assert_true(rig_said(r, said));
    char *aside = read_file("replaced/corrections/%s%s.json", stem, "");
    assert_non_null(strstr(aside, "0 0.100000 0.100000"));
    free(aside);
    /* A second one does not take the place of the first. */
    correct(r, stem, true);
    temp_write(rig_path("03_prompts/prompts.txt"), "1. the red mug in place 0\n\n2. the red mug on a ship\n");
    rig_again_from(r, 4);
    snprintf(said, sizeof said, "replaced/corrections/%s_2.json", stem);
    assert_true(path_exists(rig_path(said)));
    free(label);
    free(machine);
    free(stem);
    free(other);
}

static void a_damaged_record_is_kept_aside_with_a_warning(void **state)
{
    static const char *const damaged[] = { "", "[]", "{\"pixels\":\"x\",\"labels\":[]}",
                                           "{\"pixels\":\"1\",\"labels\":[5]}" };
    Rig *r = *state;
    rig_finish(r);
    char *stem = stem_of("perspective_0_prompt_0"), name[200];
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        snprintf(name, sizeof name, "corrections/%s.json", stem);
        correct(r, stem, true);
        temp_write(rig_path(name), damaged[i]);
        r->cfg.all_polygons = !r->cfg.all_polygons;
        rig_again_from(r, 6);
        assert_true(rig_said(r, "is no record of a corrected label"));
        char *label = read_file("06_yolo_dataset/%s/labels/%s.txt", side_of(stem), stem);
        assert_string_not_equal(label, TEXT);
        free(label);
        assert_false(path_exists(rig_path(name)));
        assert_int_equal(r->result->corrected, 0);
    }
    free(stem);
}

/* A person has looked at it: it is in the dataset, whatever the annotator says of its own label. */
static void a_corrected_label_needs_no_review(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *stem = stem_of("perspective_0_prompt_0");
    correct(r, stem, true);
    r->cfg.min_score = 2;
    rig_again_from(r, 6);
    assert_string_not_equal(side_of(stem), "review");
    json_t *s = rig_json("06_yolo_dataset/annotation_summary.json");
    assert_int_equal(json_integer_value(json_object_get(s, "review_images")), 7);
    json_decref(s);
    assert_kept(r, stem);
    free(stem);
}

static void a_run_killed_while_it_makes_labels_again_keeps_the_corrected_one(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *stem = stem_of("perspective_0_prompt_0"), *wanted = NULL;
    correct(r, stem, true);
    r->cfg.all_polygons = true;
    rig_again_from(r, 6);
    wanted = rig_tree(r, NULL);
    long at = 4;
    for (bool killed = true; killed; at += 3) {
        r->cfg.all_polygons = !r->cfg.all_polygons;
        killed = rig_run_in_child(r, FAULT_KILL, at)->killed;
        r->cfg.all_polygons = true;
        rig_finish(r);
        assert_kept(r, stem);
    }
    assert_true(at > 60);
    char *got = rig_tree(r, NULL);
    assert_same_tree(wanted, got, "after all the kills");
    free(wanted);
    free(got);
    free(stem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(a_corrected_label_is_kept_when_labels_are_made_again),
        rig_test(a_label_that_its_writer_did_not_finish_is_finished),
        rig_test(a_lost_label_file_comes_back_as_it_was_corrected),
        rig_test(a_label_for_another_picture_is_kept_aside_with_a_warning),
        rig_test(a_damaged_record_is_kept_aside_with_a_warning),
        rig_test(a_corrected_label_needs_no_review),
        rig_test(a_run_killed_while_it_makes_labels_again_keeps_the_corrected_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
