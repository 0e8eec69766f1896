/* The files of a finished execution are what docs/formats.md and the specification say, read as a trainer would. */
#include "rig.h"

#include "base/str.h"
#include "pipeline/dataset_plan.h"
#include "pipeline/yolo_dataset.h"
#include "vision/codec.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

static Rig *finished(void **state)
{
    Rig *r = *state;
    r->cfg.width = 64;
    r->cfg.height = 48;
    r->cfg.num_iterations = 3;
    r->cfg.qwen_augmentation_count = 2;
    r->cfg.cv_augmentation_count = 2;
    r->cfg.split_ratio = 0.7;
    r->roles->blank_every = 5;
    rig_finish(r);
    return r;
}

static void assert_has_all(const char *file, const char *names)
{
    json_t *o = rig_json(file);
    char copy[1024], *save = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save))
        if (!json_object_get(o, name))
            fail_msg("%s: there is no field %s", file, name);
    json_decref(o);
}

static json_int_t count_of(const char *file, const char *field)
{
    json_t *o = rig_json(file);
    json_int_t n = json_integer_value(json_object_get(o, field));
    json_decref(o);
    return n;
}

static TextList list(const char *folder)
{
    TextList names;
    Err err = { 0 };
    assert_ok(folder_list(rig_path(folder), &names, &err));
    return names;
}

static size_t count_ending(const char *folder, const char *end)
{
    TextList names = list(folder);
    size_t n = 0;
    for (size_t i = 0; i < names.count; i++)
        n += strlen(names.text[i]) > strlen(end) &&
             !strcmp(names.text[i] + strlen(names.text[i]) - strlen(end), end);
    text_list_clear(&names);
    return n;
}

static void json_files_have_the_fields_of_the_original(void **state)
{
    finished(state);
    assert_has_all(
        "pipeline_state.json",
        "completed_steps input_image object_name white_bg_image perspective_generator perspective_images "
        "perspective_view_info prompts classes generated_images failed_images qwen_combined_images_path "
        "qwen_augmentation_summary failed_qwen_augmentations yolo_dataset_path annotation_summary "
        "cv_augmented_dataset_path cv_augmentation_summary failed_cv_augmentations state_version");
    assert_has_all(
        "04_dataset/metadata.json",
        "object_name input_image perspective_generator num_perspectives num_prompts "
        "num_iterations_per_prompt num_generated_images num_successful_images num_failed_images prompts "
        "classes perspective_view_info failed_images");
    static const char *const both[][2] = {
        { "05_qwen_augmented_images/qwen_augmentation_summary.json",
          "05_qwen_combined_images/qwen_augmentation_summary.json" },
        { "07_cv_augmented_dataset/cv_augmentation_summary.json",
          "07_cv_combined_dataset/cv_augmentation_summary.json" },
    };
    for (int k = 0; k < 2; k++) {
        assert_has_all(
            both[0][k],
            "source_dataset qwen_augmented_images qwen_combined_images predefined_prompts_file "
            "num_predefined_prompts augmentation_count_per_image original_image_count "
            "total_augmentations_attempted successful_augmentations failed_augmentations success_rate "
            "total_combined_images failed_augmentation_details");
        assert_has_all(
            both[1][k],
            "input_dataset cv_augmented_dataset cv_combined_dataset augmentation_count_per_image "
            "total_augmentations_attempted successful_augmentations failed_augmentations success_rate "
            "failed_augmentation_details cv_augmentation_stats datasets_created");
    }
    assert_has_all("06_yolo_dataset/annotation_summary.json",
                   "total_images successful_annotations failed_annotations class_name class_id train_images "
                   "val_images reference_image reference_mask visualizations_saved visualization_format");
    json_t *s = rig_json(both[1][0]), *stats = json_object_get(s, "cv_augmentation_stats");
    static const char *const in_stats[] = { "input_dataset",
                                            "total_images_processed",
                                            "images_with_cv_augmentations",
                                            "cv_augmentation_types_applied",
                                            "cv_augmentations_per_image",
                                            "augmentation_probabilities_used" };
    for (size_t i = 0; i < sizeof in_stats / sizeof *in_stats; i++)
        assert_non_null(json_object_get(stats, in_stats[i]));
    json_t *types = json_object_get(stats, "cv_augmentation_types_applied");
    assert_int_equal(json_object_size(types), 6);
    assert_int_equal(json_integer_value(json_object_get(types, "saturation")), 72); /* its probability is 1 */
    assert_int_equal(json_array_size(json_object_get(stats, "cv_augmentations_per_image")), 72);
    json_t *first = json_array_get(json_object_get(stats, "cv_augmentations_per_image"), 0);
    assert_non_null(json_object_get(first, "image"));
    assert_int_equal(strncmp(json_string_value(json_array_get(json_object_get(first, "augmentations"), 0)),
                             "saturation_", 11),
                     0);
    json_decref(s);
}

static void counts_and_names_are_those_of_the_settings(void **state)
{
    finished(state);
    /* 2 views x 2 prompts x 3 iterations = 12 images, with 2 restyled versions each 36, with 2 more each 108. */
    assert_int_equal(count_ending("02_perspectives", ".png"), 2);
    assert_true(path_exists(rig_path("02_perspectives/perspective_00_front_view__elevated_shot.png")));
    assert_true(path_exists(rig_path("02_perspectives/perspective_01_back_view__elevated_shot.png")));
    assert_int_equal(count_ending("04_dataset", ".png"), 12);
    assert_int_equal(count_ending("05_qwen_augmented_images", ".png"), 24);
    assert_int_equal(count_ending("05_qwen_augmented_images", "_qwen001.png"), 12);
    assert_int_equal(count_ending("05_qwen_combined_images", ".png"), 36);
    size_t made = 0;
    for (int side = 0; side < 2; side++) {
        static const char *const sides[] = { "train", "val" };
        char a[64], b[64], c[64], d[64], e[64];
        snprintf(a, sizeof a, "06_yolo_dataset/%s/images", sides[side]);
        snprintf(b, sizeof b, "06_yolo_dataset/%s/labels", sides[side]);
        snprintf(c, sizeof c, "06_yolo_dataset/%s/visualizations", sides[side]);
        snprintf(d, sizeof d, "07_cv_augmented_dataset/%s/images", sides[side]);
        snprintf(e, sizeof e, "07_cv_combined_dataset/%s/labels", sides[side]);
        size_t n = count_ending(a, ".jpg");
        made += n;
        assert_int_equal(count_ending(b, ".txt"), n);
        assert_int_equal(count_ending(c, "_mask_overlay.jpg"), n);
        assert_int_equal(count_ending(d, "_cv000.jpg"), n);
        assert_int_equal(count_ending(d, "_cv001.jpg"), n);
        assert_int_equal(count_ending(e, ".txt"), 3 * n);
    }
    assert_int_equal(made, 36);
    const char *summary = "06_yolo_dataset/annotation_summary.json";
    assert_int_equal(count_of(summary, "total_images"), 36);
    assert_int_equal(count_of(summary, "train_images") + count_of(summary, "val_images"), 36);
    assert_int_equal(
        count_of("05_qwen_combined_images/qwen_augmentation_summary.json", "total_combined_images"), 36);
    assert_int_equal(
        count_of("07_cv_combined_dataset/cv_augmentation_summary.json", "successful_augmentations"), 72);
    char *prompts = temp_read(rig_path("03_prompts/prompts.txt"));
    assert_string_equal(prompts, "1. the red mug in place 0\n\n2. the red mug in place 1\n");
    free(prompts);
}

static void dataset_yaml_has_an_absolute_path_and_classes_txt_the_name(void **state)
{
    Rig *r = finished(state);
    static const char *const folders[] = { "06_yolo_dataset", "07_cv_augmented_dataset",
                                           "07_cv_combined_dataset" };
    for (size_t i = 0; i < 3; i++) {
        char name[64], wanted[512];
        snprintf(name, sizeof name, "%s/dataset.yaml", folders[i]);
        char *yaml = temp_read(rig_path(name));
        snprintf(wanted, sizeof wanted,
                 "path: \"%s\"\ntrain: train/images\nval: val/images\nnc: 1\nnames: [\"red mug\"]\n",
                 rig_path(folders[i]));
        assert_string_equal(yaml, wanted);
        free(yaml);
        snprintf(name, sizeof name, "%s/classes.txt", folders[i]);
        char *classes = temp_read(rig_path(name));
        assert_string_equal(classes, "red mug\n");
        free(classes);
        YoloDataset d;
        Err err = { 0 };
        assert_ok(yolo_dataset_read(&d, rig_path(folders[i]), &err));
        assert_int_equal(d.count, i == 0 ? 36 : i == 1 ? 72 : 108);
        for (size_t k = 0; k < d.count; k++)
            assert_non_null(d.images[k].label);
        yolo_dataset_clear(&d);
    }
    assert_int_equal(*r->working_dir, '/');
}

/* ---- labels -------------------------------------------------------------------------------------- */

enum { POINTS_MAX = 512 };
typedef struct {
    double x[POINTS_MAX], y[POINTS_MAX];
    int n;
} Outline;

/* "0 x y x y ...": numbers of six decimals from 0 to 1, at least three points. */
static Outline parse_line(const char *line)
{
    Outline o = { .n = 0 };
    assert_int_equal(strncmp(line, "0 ", 2), 0);
    for (const char *at = line + 1; *at == ' ';) {
        double v[2];
        for (int k = 0; k < 2; k++) {
            assert_int_equal(*at, ' ');
            assert_true((at[1] == '0' || at[1] == '1') && at[2] == '.');
            for (int d = 3; d < 9; d++)
                assert_true(isdigit((unsigned char)at[d]));
            v[k] = strtod(at + 1, NULL);
            assert_true(v[k] >= 0 && v[k] <= 1);
            at += 9;
        }
        assert_in_range(o.n, 0, POINTS_MAX - 1);
        o.x[o.n] = v[0];
        o.y[o.n++] = v[1];
        assert_true(*at == ' ' || *at == '\0');
    }
    assert_in_range(o.n, 3, POINTS_MAX);
    return o;
}

static double distance(double px, double py, double ax, double ay, double bx, double by)
{
    double dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
    double t = length > 0 ? ((px - ax) * dx + (py - ay) * dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(px - ax - t * dx, py - ay - t * dy);
}

/* Inside by the even-odd rule, or on the outline: it runs through the centres of the object's outer pixels. */
static bool covers(const Outline *o, double px, double py, int width, int height)
{
    bool inside = false;
    for (int i = 0, j = o->n - 1; i < o->n; j = i++) {
        double ax = o->x[j] * width, ay = o->y[j] * height, bx = o->x[i] * width, by = o->y[i] * height;
        if (distance(px, py, ax, ay, bx, by) < 0.25)
            return true;
        if ((ay > py) != (by > py) && px < ax + (bx - ax) * (py - ay) / (by - ay))
            inside = !inside;
    }
    return inside;
}

/* Intersection over union of a label's polygon and the mask that the editor recorded. */
static double likeness(const Outline *o, const Image *mask)
{
    size_t both = 0, any = 0;
    for (int y = 0; y < mask->height; y++)
        for (int x = 0; x < mask->width; x++) {
            bool in_mask = *image_at(mask, x, y) > 127, in_label = covers(o, x, y, mask->width, mask->height);
            both += in_mask && in_label;
            any += in_mask || in_label;
        }
    return any ? (double)both / (double)any : 1;
}

static void check_label(const char *side, const char *name, size_t *empty, size_t *full)
{
    char path[128], stem[96];
    snprintf(stem, sizeof stem, "%.*s", (int)(strlen(name) - 4), name);
    snprintf(path, sizeof path, "06_yolo_dataset/%s/labels/%s", side, name);
    char *text = temp_read(rig_path(path)), *origin = yolo_origin(stem);
    snprintf(path, sizeof path, "04_dataset/alpha/%s.png", origin);
    Image mask;
    Err err = { 0 };
    assert_ok(image_load(&mask, rig_path(path), &(DecodeOptions){ .channels = 1 }, &err));
    DatasetItem item;
    snprintf(path, sizeof path, "%s.png", origin);
    assert_true(dataset_item_parse(&item, path));
    if (item.seed % 5 == 0) { /* the stand-in did not draw the object */
        assert_string_equal(text, "");
        ++*empty;
    } else {
        char *end = strchr(text, '\n');
        assert_non_null(end);
        assert_string_equal(end, "\n"); /* one line */
        *end = '\0';
        Outline o = parse_line(text);
        if (likeness(&o, &mask) < 0.98)
            fail_msg("%s: %.3f of the mask", name, likeness(&o, &mask));
        ++*full;
    }
    image_clear(&mask);
    free(origin);
    free(text);
}

static void labels_are_outlines_of_the_masks_and_empty_without_an_object(void **state)
{
    finished(state);
    static const char *const sides[] = { "train", "val" };
    size_t empty = 0, full = 0;
    for (int side = 0; side < 2; side++) {
        char folder[64];
        snprintf(folder, sizeof folder, "06_yolo_dataset/%s/labels", sides[side]);
        TextList names = list(folder);
        for (size_t i = 0; i < names.count; i++)
            check_label(sides[side], names.text[i], &empty, &full);
        text_list_clear(&names);
    }
    assert_int_equal(empty + full, 36);
    assert_true(empty > 0 && full > 0);
    assert_int_equal(count_of("06_yolo_dataset/annotation_summary.json", "failed_annotations"), empty);
}

static void labels_of_step_7_are_those_of_step_6(void **state)
{
    finished(state);
    static const char *const sides[] = { "train", "val" };
    for (int side = 0; side < 2; side++) {
        char folder[64];
        snprintf(folder, sizeof folder, "06_yolo_dataset/%s/labels", sides[side]);
        TextList names = list(folder);
        for (size_t i = 0; i < names.count; i++)
            for (int k = -1; k < 2; k++) {
                char from[160], to[160], end[16] = "";
                if (k >= 0)
                    snprintf(end, sizeof end, "_cv%03d", k);
                snprintf(from, sizeof from, "%s/%s", folder, names.text[i]);
                snprintf(to, sizeof to, "07_cv_combined_dataset/%s/labels/%.*s%s.txt", sides[side],
                         (int)strlen(names.text[i]) - 4, names.text[i], end);
                char *a = temp_read(rig_path(from)), *b = temp_read(rig_path(to));
                assert_string_equal(a, b);
                free(a);
                free(b);
            }
        text_list_clear(&names);
    }
}

/* ---- split --------------------------------------------------------------------------------------- */

/* The image of step 4 that an image of step 7 was made from. */
static char *family_of(const char *path)
{
    char *stem = path_stem(path), *cv = strstr(stem, "_cv");
    if (cv)
        *cv = '\0';
    char *origin = yolo_origin(stem);
    free(stem);
    return origin;
}

static void families_are_on_one_side_by_group_and_mixed_by_image(void **state)
{
    Rig *r = *state;
    for (int by_image = 0; by_image < 2; by_image++) {
        rig_reset(r);
        r->cfg.num_iterations = 6;
        r->cfg.qwen_augmentation_count = 2;
        r->cfg.split_by = by_image ? SPLIT_IMAGE : SPLIT_GROUP;
        rig_finish(r);
        size_t parted = 0;
        YoloDataset d;
        Err err = { 0 };
        assert_ok(yolo_dataset_read(&d, rig_path("07_cv_combined_dataset"), &err));
        assert_int_equal(d.count, 24 * 3 * 2);
        for (size_t i = 0; i < d.count; i++)
            for (size_t k = 0; k < i; k++) {
                char *a = family_of(d.images[i].image), *b = family_of(d.images[k].image);
                parted += !strcmp(a, b) && d.images[i].split != d.images[k].split;
                free(a);
                free(b);
            }
        assert_true(by_image ? parted > 0 : parted == 0);
        yolo_dataset_clear(&d);
    }
}

static void a_split_of_0_or_1_leaves_one_side_empty_and_the_yaml_usable(void **state)
{
    Rig *r = *state;
    for (int ratio = 0; ratio < 2; ratio++) {
        rig_reset(r);
        r->cfg.split_ratio = ratio;
        rig_finish(r);
        const char *full = ratio ? "train" : "val", *empty = ratio ? "val" : "train";
        char path[64], wanted[64];
        snprintf(path, sizeof path, "07_cv_combined_dataset/%s/images", full);
        assert_int_equal(count_ending(path, ".jpg"), 16);
        snprintf(path, sizeof path, "07_cv_combined_dataset/%s/images", empty);
        assert_int_equal(count_ending(path, ".jpg"), 0);
        char *yaml = temp_read(rig_path("07_cv_combined_dataset/dataset.yaml"));
        snprintf(wanted, sizeof wanted, "\n%s: %s/images", empty, full);
        assert_non_null(strstr(yaml, wanted));
        free(yaml);
    }
}

static void any_name_of_an_object_survives_the_files(void **state)
{
    Rig *r = *state;
    static char names[][64] = {
        "it's \"quoted\" \\ back", "a/b: c # d {x} [y], z", "чашка ☕ 夜", "- x", "'", "null", "%s%n%d"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rig_reset(r);
        r->cfg.object_name = names[i];
        rig_finish(r);
        YoloDataset d;
        Err err = { 0 };
        assert_ok(yolo_dataset_read(&d, rig_path("07_cv_combined_dataset"), &err));
        assert_string_equal(d.classes.text[0], names[i]);
        yolo_dataset_clear(&d);
        json_t *meta = rig_json("04_dataset/metadata.json");
        assert_string_equal(json_string_value(json_object_get(meta, "object_name")), names[i]);
        json_decref(meta);
    }
}

static void the_report_needs_no_other_file_and_names_the_next_commands(void **state)
{
    finished(state);
    char *html = temp_read(rig_path("report.html"));
    assert_non_null(strstr(html, "data:image/jpeg;base64,"));
    assert_null(strstr(html, "src=\"http"));
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "href="));
    assert_non_null(strstr(html, "--execution_mode by_name --execution_name run"));
    assert_non_null(strstr(html, "07_cv_combined_dataset/dataset.yaml"));
    free(html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(json_files_have_the_fields_of_the_original),
        rig_test(counts_and_names_are_those_of_the_settings),
        rig_test(dataset_yaml_has_an_absolute_path_and_classes_txt_the_name),
        rig_test(labels_are_outlines_of_the_masks_and_empty_without_an_object),
        rig_test(labels_of_step_7_are_those_of_step_6),
        rig_test(families_are_on_one_side_by_group_and_mixed_by_image),
        rig_test(a_split_of_0_or_1_leaves_one_side_empty_and_the_yaml_usable),
        rig_test(any_name_of_an_object_survives_the_files),
        rig_test(the_report_needs_no_other_file_and_names_the_next_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
