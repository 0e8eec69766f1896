#include "temp.h"

#include "pipeline/label_stats.h"
#include "pipeline/yolo_dataset.h"

#include <math.h>
#include <unistd.h>

enum { GROUPS = 40, VARIANTS = 3, FILES = GROUPS * VARIANTS };

static char *names[FILES];

static int make_names(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++)
        if (asprintf(&names[i],
                     i % VARIANTS ? "perspective_%d_prompt_0_seed_9_qwen%03d.png"
                                  : "perspective_%d_prompt_0_seed_9.png",
                     i / VARIANTS, i % VARIANTS - 1) < 0)
            return -1;
    return 0;
}

static int free_names(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++)
        free(names[i]);
    return 0;
}

static size_t train_count(const Split *side, size_t n)
{
    size_t train = 0;
    for (size_t i = 0; i < n; i++)
        train += side[i] == SPLIT_TRAIN;
    return train;
}

static void a_group_split_keeps_variants_together_and_meets_the_share(void **state)
{
    (void)state;
    Err err = { 0 };
    for (int percent = 0; percent <= 100; percent += 5) {
        Split side[FILES];
        assert_ok(yolo_split(side, (const char *const *)names, FILES, percent / 100.0, true, 3, &err));
        for (int i = 0; i < FILES; i++)
            assert_int_equal(side[i], side[i - i % VARIANTS]);
        assert_true(fabs((double)train_count(side, FILES) - FILES * percent / 100.0) <= VARIANTS);
    }
}

static void no_side_is_empty_unless_the_ratio_says_so(void **state)
{
    (void)state;
    Err err = { 0 };
    const double ratios[] = { 0, 0.001, 0.5, 0.999, 1 };
    for (size_t n = 2; n < 6; n++)
        for (size_t r = 0; r < 5; r++) {
            Split side[FILES];
            const char *some[6];
            for (size_t i = 0; i < n; i++)
                some[i] = names[i * VARIANTS];
            assert_ok(yolo_split(side, some, n, ratios[r], true, r, &err));
            size_t train = train_count(side, n);
            assert_true(ratios[r] <= 0 ? train == 0 : ratios[r] >= 1 ? train == n : train > 0 && train < n);
        }
}

static void an_image_split_has_the_originals_count(void **state)
{
    (void)state;
    Err err = { 0 };
    Split side[FILES];
    assert_ok(yolo_split(side, (const char *const *)names, FILES, 0.83, false, 3, &err));
    assert_int_equal(train_count(side, FILES), (int)(FILES * 0.83));
}

static void the_split_follows_from_the_seed_and_the_names_alone(void **state)
{
    (void)state;
    Err err = { 0 };
    Split a[FILES], b[FILES], c[FILES];
    char *turned[FILES];
    for (int i = 0; i < FILES; i++)
        turned[i] = names[FILES - 1 - i];
    assert_ok(yolo_split(a, (const char *const *)names, FILES, 0.5, true, 3, &err));
    assert_ok(yolo_split(b, (const char *const *)turned, FILES, 0.5, true, 3, &err));
    assert_ok(yolo_split(c, (const char *const *)names, FILES, 0.5, true, 4, &err));
    int differ = 0;
    for (int i = 0; i < FILES; i++) {
        assert_int_equal(a[i], b[FILES - 1 - i]);
        differ += a[i] != c[i];
    }
    assert_true(differ > 0);
}

static void origins_are_names_without_step_5s_ending(void **state)
{
    (void)state;
    static const char *const cases[][2] = { { "a/b/x_qwen012.png", "x" },
                                            { "x_qwen01.png", "x_qwen01" },
                                            { "x.png", "x" },
                                            { "_qwen000.png", "_qwen000" },
                                            { "x_qwen000_qwen001.png", "x_qwen000" } };
    for (size_t i = 0; i < 5; i++) {
        char *origin = yolo_origin(cases[i][0]);
        assert_string_equal(origin, cases[i][1]);
        free(origin);
    }
}

static void put(void **state, const char *path)
{
    Err err = { 0 };
    char folder[256];
    snprintf(folder, sizeof folder, "%s", temp_path(state, path));
    *strrchr(folder, '/') = '\0';
    assert_ok(folder_make(folder, &err));
    temp_write(temp_path(state, path), "");
}

static void what_is_written_is_read_back(void **state)
{
    Err err = { 0 };
    static const char *const hostile[] = { "mug", "it's: a \"mug\" # no, {really} \\ [x]", "чашка ☕" };
    for (size_t k = 0; k < 3; k++) {
        TextList classes = { 0 };
        assert_true(text_list_add(&classes, hostile[k]));
        put(state, "train/images/a.jpg");
        put(state, "train/labels/a.txt");
        put(state, "val/images/b.PNG");
        assert_ok(yolo_write_index(((Temp *)*state)->path, NULL, &classes,
                                   (const bool[]){ true, true, false }, &err));
        YoloDataset d;
        assert_ok(yolo_dataset_read(&d, ((Temp *)*state)->path, &err));
        assert_int_equal(d.count, 2);
        assert_int_equal(d.classes.count, 1);
        assert_string_equal(d.classes.text[0], hostile[k]);
        assert_true(d.images[0].split == SPLIT_TRAIN && d.images[0].label && d.images[1].split == SPLIT_VAL &&
                    !d.images[1].label);
        yolo_dataset_clear(&d);
        text_list_clear(&classes);
    }
}

static void an_empty_side_points_at_the_other_and_is_read_once(void **state)
{
    for (int side = SPLIT_TRAIN; side <= SPLIT_VAL; side++) {
        Err err = { 0 };
        TextList classes = { 0 };
        char folder[32], image[64], index[64];
        snprintf(folder, sizeof folder, "only_%s", split_names[side]);
        snprintf(image, sizeof image, "%s/%s/images/a.jpg", folder, split_names[side]);
        snprintf(index, sizeof index, "%s/dataset.yaml", folder);
        assert_true(text_list_add(&classes, "mug"));
        put(state, image);
        const bool present[SPLIT_COUNT] = { side == SPLIT_TRAIN, side == SPLIT_VAL, false };
        assert_ok(yolo_write_index(temp_path(state, folder), NULL, &classes, present, &err));
        char *yaml = temp_read(temp_path(state, index));
        assert_non_null(strstr(yaml, side == SPLIT_TRAIN ? "\nval: train/images" : "\ntrain: val/images"));
        free(yaml);
        YoloDataset d;
        assert_ok(yolo_dataset_read(&d, temp_path(state, folder), &err));
        assert_int_equal(d.count, 1);
        assert_int_equal(d.images[0].split, side);
        yolo_dataset_clear(&d);
        text_list_clear(&classes);
    }
}

static void datasets_of_other_layouts_are_read(void **state)
{
    static const struct {
        const char *image, *label, *yaml;
        Split split;
    } layouts[] = {
        { "images/train/a.jpg", "labels/train/a.txt", NULL, SPLIT_TRAIN },
        { "valid/images/a.jpg", "valid/labels/a.txt", NULL, SPLIT_VAL },
        { "images/a.jpg", "labels/a.txt", NULL, SPLIT_TRAIN },
        { "data/images/test/a.jpg", "data/labels/test/a.txt",
          "path: data\ntest: images/test\nnames: {0: mug, 1: cup}\n", SPLIT_TEST },
        { "x/images/a.jpg", "x/labels/a.txt", "train: [./x/images]\nval: ''\nnames: [mug]\n", SPLIT_TRAIN },
        { "y/images/a.jpg", "y/labels/a.txt", "val: list.txt\nnames: [mug]\n", SPLIT_VAL },
    };
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        Err err = { 0 };
        YoloDataset d;
        put(state, layouts[i].image);
        put(state, layouts[i].label);
        if (layouts[i].yaml)
            temp_write(temp_path(state, "data.yaml"), layouts[i].yaml);
        temp_write(temp_path(state, "list.txt"), "./y/images/a.jpg\r\n\n");
        assert_ok(yolo_dataset_read(&d, ((Temp *)*state)->path, &err));
        assert_int_equal(d.count, 1);
        assert_int_equal(d.images[0].split, layouts[i].split);
        assert_non_null(d.images[0].label);
        assert_string_equal(d.images[0].label, temp_path(state, layouts[i].label));
        yolo_dataset_clear(&d);
        assert_ok(folder_remove(((Temp *)*state)->path, &err));
        assert_ok(folder_make(((Temp *)*state)->path, &err));
    }
}

static void images_in_nested_folders_get_names_of_their_own(void **state)
{
    static const char *const files[] = { "images/train/a.jpg",     "images/train/a.png",
                                         "images/train/a_2.jpg",   "images/train/b/a.jpg",
                                         "images/train/b/c/a.jpg", "images/train/b_a.jpg",
                                         "labels/train/b/c/a.txt", "images/train/b/note.md" };
    static const char *const want[] = {
        "a.jpg", "a_2.png", "a_2_2.jpg", "b_a.jpg", "b_c_a.jpg", "b_a_2.jpg"
    };
    Err err = { 0 };
    YoloDataset d;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        put(state, files[i]);
    assert_ok(yolo_dataset_read(&d, ((Temp *)*state)->path, &err));
    assert_int_equal(d.count, 6);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++)
            if (!strcmp(d.images[k].image, temp_path(state, files[i])))
                assert_string_equal(d.images[k].name, want[i]);
    assert_string_equal(d.images[4].label, temp_path(state, "labels/train/b/c/a.txt"));
    yolo_dataset_clear(&d);
}

static void classes_that_nobody_names_are_called_by_number(void **state)
{
    Err err = { 0 };
    YoloDataset d;
    put(state, "images/a.jpg");
    put(state, "images/b.jpg");
    put(state, "labels/a.txt");
    temp_write(temp_path(state, "labels/a.txt"), "0 0 0 1 0 1 1\n\n2 0 0 1 0 1 1");
    assert_ok(yolo_dataset_read(&d, ((Temp *)*state)->path, &err));
    assert_int_equal(d.classes.count, 3);
    assert_string_equal(d.classes.text[2], "2");
    yolo_dataset_clear(&d);
    temp_write(temp_path(state, "labels/a.txt"), "99999999999 0 0 1 0 1 1\n");
    assert_false(yolo_dataset_read(&d, ((Temp *)*state)->path, &err));
    assert_says(err, "labels/a.txt");
}

static void a_link_to_a_folder_above_is_an_error_and_not_a_loop(void **state)
{
    Err err = { 0 };
    YoloDataset d;
    put(state, "images/a.jpg");
    assert_int_equal(symlink("../images", temp_path(state, "images/again")), 0);
    assert_false(yolo_dataset_read(&d, ((Temp *)*state)->path, &err));
    assert_says(err, "link");
}

static void bad_datasets_are_one_line_that_names_them(void **state)
{
    static const struct {
        const char *yaml, *says;
    } bad[] = {
        { "train: [1, {a: b}]\n", "train" },
        { "train: nowhere\n", "nowhere" },
        { "- a\n- b\n", "dataset.yaml" },
        { "train: [unclosed\n", "dataset.yaml" },
        { "%\x95", "line 1: a directive" }, /* libfyaml 0.7.12 never ends on it */
        { "%YAML 1.2\n---\ntrain: x\n", "line 1: a directive" },
        { "names: [a]\n\n# caf\xe9\n", "line 3: not UTF-8" },
        { "", "dataset.yaml" },
        { "names: [a]\n", "without images" },
        { "train: x\nnames: [{a: 1}]\n", "names" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Err err = { 0 };
        YoloDataset d;
        temp_write(temp_path(state, "dataset.yaml"), bad[i].yaml);
        assert_false(yolo_dataset_read(&d, ((Temp *)*state)->path, &err));
        assert_says(err, bad[i].says);
        assert_null(strchr(err.msg, '\n'));
    }
    Err err = { 0 };
    YoloDataset d;
    assert_false(yolo_dataset_read(&d, temp_path(state, "missing"), &err));
    assert_says(err, "missing");
}

static void label_statistics_are_those_of_the_polygons(void **state)
{
    Err err = { 0 };
    LabelStats s = { 0 };
    assert_ok(folder_make(temp_path(state, "l"), &err));
    temp_write(temp_path(state, "l/a.txt"),
               "0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n"); /* a quarter of the picture, centred */
    temp_write(temp_path(state, "l/b.txt"), "");
    temp_write(temp_path(state, "l/c.txt"), "0 0 0 0.1 0 0.1 0.3 0 0.3\nrubbish\n0 2 3 nan\n");
    assert_ok(label_stats_add(&s, temp_path(state, "l"), 100, &err));
    assert_int_equal(s.files, 3);
    assert_int_equal(s.empty, 1);
    assert_int_equal(s.objects, 2);
    assert_true(fabs(s.mean_area - (0.25 + 0.03) / 2) < 1e-9);
    assert_int_equal(s.size[5], 1);
    assert_int_equal(s.size[1], 1);
    assert_int_equal(s.map[8][8], 1);
    assert_int_equal(s.aspect[0], 1);
    assert_int_equal(s.aspect[1], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_split_keeps_variants_together_and_meets_the_share),
        cmocka_unit_test(no_side_is_empty_unless_the_ratio_says_so),
        cmocka_unit_test(an_image_split_has_the_originals_count),
        cmocka_unit_test(the_split_follows_from_the_seed_and_the_names_alone),
        cmocka_unit_test(origins_are_names_without_step_5s_ending),
        temp_test(what_is_written_is_read_back),
        temp_test(an_empty_side_points_at_the_other_and_is_read_once),
        temp_test(datasets_of_other_layouts_are_read),
        temp_test(images_in_nested_folders_get_names_of_their_own),
        temp_test(classes_that_nobody_names_are_called_by_number),
        temp_test(a_link_to_a_folder_above_is_an_error_and_not_a_loop),
        temp_test(bad_datasets_are_one_line_that_names_them),
        temp_test(label_statistics_are_those_of_the_polygons),
    };
    return cmocka_run_group_tests(tests, make_names, free_names);
}
