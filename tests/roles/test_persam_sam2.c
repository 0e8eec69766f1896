/* The annotator of real models, against what the Python original makes of the same files. */
#include "../models/sam_cases.h"
#include "../temp.h"

#include "base/pool.h"
#include "roles/persam_sam2/persam_sam2.h"
#include "roles/persam_sam2/segmenter.h"
#include "roles/persam_sam2/files.h"
#include "vision/polygon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SAM 2's own float32 and float64 differ by 1e-6 here; the prompts are whole numbers and equal. */
static const double EXACT = 1e-4;

typedef struct {
    RoleConfig cfg;
    char *sam, *sam2, *config;
    Image photo, mask, test;
} Recipe;

static Recipe recipe_open(const SamCase *sc)
{
    Recipe r = { .sam = sam_case_file(sc, "sam_checkpoint"),
                 .sam2 = sam_case_file(sc, "sam2_checkpoint"),
                 .config = sam_case_file(sc, "sam2_config"),
                 .photo = sam_case_image(sc, "ref_image", 3),
                 .mask = sam_case_image(sc, "ref_mask", 1),
                 .test = sam_case_image(sc, "test_image", 3) };
    r.cfg = (RoleConfig){ .sam_ckpt = r.sam, .sam2_ckpt = r.sam2, .sam2_config = r.config, .threads = 2 };
    json_t *training = json_object_get(sc->about, "training");
    if (training) {
        r.cfg.persam_training = true;
        r.cfg.persam_lr = json_real_value(json_object_get(training, "lr"));
        r.cfg.persam_epochs = (int)json_integer_value(json_object_get(training, "train_epoch"));
    }
    return r;
}

static void recipe_close(Recipe *r)
{
    free(r->sam);
    free(r->sam2);
    free(r->config);
    image_clear(&r->photo);
    image_clear(&r->mask);
    image_clear(&r->test);
}

static void assert_mask_image_is(const Image *mask, GoldenTensor bits)
{
    size_t n = image_bytes(mask);
    float *v = calloc(n + 1, sizeof *v);
    assert_non_null(v);
    for (size_t i = 0; i < n; i++)
        v[i] = mask->data[i] ? 1 : -1;
    assert_mask_is(v, n, bits, 0, "final mask");
    free(v);
}

static void assert_label_is(const SamCase *sc, const Image *mask)
{
    Err err = { 0 };
    PolygonList polygons;
    Str line = { 0 };
    uint8_t *want;
    size_t size;
    char *path = path_join(sc->folder, "expected_yolo.txt");
    assert_true(file_read(path, 1 << 20, &want, &size, &err));
    assert_true(polygons_of_mask(&polygons, mask, POLYGONS_LARGEST, &err));
    assert_int_equal(polygons.count, 1);
    polygon_label_line(&line, 0, &polygons.polygon[0], mask->width, mask->height);
    while (size && want[size - 1] == '\n')
        size--;
    assert_int_equal(line.len - 1, size); /* our line ends with a line break */
    assert_memory_equal(str_text(&line), want, size);
    free(want);
    free(path);
    str_clear(&line);
    polygon_list_clear(&polygons);
}

static void check_recipe(const char *name)
{
    SamCase sc;
    Err err = { 0 };
    void *self;
    AnnotateResult found;
    assert_true(sam_case_open(&sc, name));
    Recipe r = recipe_open(&sc);
    if (!annotator_persam_sam2.open(&self, &r.cfg, &r.photo, &r.mask, &err) ||
        !annotator_persam_sam2.annotate(self, &(AnnotateRequest){ .image = &r.test }, &found, &err))
        fail_msg("%s", err.msg);
    json_t *sam2 = json_object_get(sc.about, "sam2");
    size_t best = (size_t)json_integer_value(json_object_get(sam2, "best_index"));
    double score = json_real_value(json_array_get(json_object_get(sam2, "iou"), best));
    assert_true(found.score > score - 1e-4 && found.score < score + 1e-4);
    assert_true(found.stability > 0.5f && found.stability <= 1);
    assert_mask_image_is(&found.mask, golden_find(sc.expected, "final_mask_bits"));
    assert_label_is(&sc, &found.mask);
    annotator_persam_sam2.close(self);
    image_clear(&found.mask);
    recipe_close(&r);
    sam_case_close(&sc);
}

static void without_training_the_label_is_that_of_the_original(void **state)
{
    (void)state;
    check_recipe("full_recipe");
}

static void with_training_the_label_is_that_of_the_original(void **state)
{
    (void)state;
    check_recipe("full_recipe_f");
}

static void what_is_on_the_way_is_that_of_the_original_too(void **state)
{
    (void)state;
    SamCase sc;
    Err err = { 0 };
    Sam *sam;
    Sam2 *sam2;
    PersamTarget target;
    Segmented s;
    assert_true(sam_case_open(&sc, "full_recipe"));
    Recipe r = recipe_open(&sc);
    OpCtx *c = op_open(&(OpOptions){ .threads = 2 }, &err);
    if (!c || !sam_open(&sam, r.sam, &err) || !sam2_open(&sam2, r.sam2, r.config, &err) ||
        !reference_learn(&target, c, sam, &r.photo, &r.mask, NULL, &err) ||
        !segment_reference_object(&s, c, sam, sam2, &target, &r.test, &err))
        fail_msg("%s", err.msg);
    GoldenTensor points = golden_find(sc.expected, "point_coords"), box = golden_find(sc.expected, "box");
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(golden_int(points, i), (int)s.persam.points[i / 2][i % 2]);
        assert_int_equal(golden_int(box, i), s.persam.box[i]);
    }
    GoldenTensor low_res = golden_find(sc.expected, "sam2.low_res");
    assert_near_strided(s.low_res, s.masks, s.side, s.side / low_res.dim[1], low_res, EXACT, "sam2.low_res");
    assert_within(s.iou, golden_find(sc.expected, "sam2.iou"), 1e-5, "sam2.iou");
    segmented_clear(&s);
    persam_target_clear(&target);
    sam2_close(sam2);
    sam_close(sam);
    op_close(c);
    recipe_close(&r);
    sam_case_close(&sc);
}

typedef struct {
    void *annotator;
    const Image *photo;
    AnnotateResult found[4];
    Err err[4];
} SideBySide;

static bool annotate_one(void *user, size_t item, int worker)
{
    SideBySide *s = user;
    (void)worker;
    return annotator_persam_sam2.annotate(s->annotator, &(AnnotateRequest){ .image = s->photo },
                                          &s->found[item], &s->err[item]);
}

static void several_photos_at_once_are_labelled_as_one(void **state)
{
    SamCase sc;
    SideBySide s = { 0 };
    Err err = { 0 };
    (void)state;
    assert_true(sam_case_open(&sc, "full_recipe"));
    Recipe r = recipe_open(&sc);
    r.cfg.threads = 1;
    s.photo = &r.test;
    assert_true(annotator_persam_sam2.open(&s.annotator, &r.cfg, &r.photo, &r.mask, &err));
    assert_true(pool_run(2, 4, annotate_one, &s));
    for (int i = 0; i < 4; i++) {
        assert_mask_image_is(&s.found[i].mask, golden_find(sc.expected, "final_mask_bits"));
        assert_true(s.found[i].score == s.found[0].score && s.found[i].stability == s.found[0].stability);
        image_clear(&s.found[i].mask);
    }
    annotator_persam_sam2.close(s.annotator);
    recipe_close(&r);
    sam_case_close(&sc);
}

/* ---- finding the files ---- */

static void checkpoints_are_found_as_the_original_lays_them_out(void **state)
{
    (void)state;
    char root[] = "/tmp/facet-cache-XXXXXX";
    Err err = { 0 };
    SamFiles f;
    assert_non_null(mkdtemp(root));
    temp_file_below(root, "checkpoints/sam/sam_vit_b_01ec64.pth");
    temp_file_below(root, "models--facebook--sam2.1-hiera-large/snapshots/abc/sam2.1_hiera_large.pt");
    RoleConfig cfg = { .cache_dir = root, .sam_type = "vit_b" };
    if (!sam_files_find(&f, &cfg, &err))
        fail_msg("%s", err.msg);
    assert_non_null(strstr(f.sam, "/checkpoints/sam/sam_vit_b_01ec64.pth"));
    assert_non_null(strstr(f.sam2, "/snapshots/abc/sam2.1_hiera_large.pt"));
    assert_string_equal(f.config, "sam2.1_hiera_l"); /* no YAML beside it: the built-in one of that name */
    sam_files_clear(&f);

    temp_file_below(root, "models--facebook--sam2.1-hiera-large/snapshots/abc/sam2.1_hiera_l.yaml");
    assert_true(sam_files_find(&f, &cfg, &err));
    assert_non_null(strstr(f.config, "/snapshots/abc/sam2.1_hiera_l.yaml"));
    sam_files_clear(&f);

    cfg.sam_type = "vit_h";
    assert_false(sam_files_find(&f, &cfg, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.msg, "sam_vit_h_4b8939.pth"));
    assert_non_null(strstr(err.msg, "--sam_ckpt"));
    assert_null(strstr(err.msg, "sam2.1_hiera_large.pt")); /* that one is there */
    assert_true(folder_remove(root, &err));
}

static void a_checkpoint_of_another_name_needs_a_configuration(void **state)
{
    (void)state;
    char root[] = "/tmp/facet-cache-XXXXXX";
    Err err = { 0 };
    SamFiles f;
    assert_non_null(mkdtemp(root));
    temp_file_below(root, "sam.pth");
    temp_file_below(root, "mine.pt");
    char *sam = path_join(root, "sam.pth"), *sam2 = path_join(root, "mine.pt");
    RoleConfig cfg = { .sam_ckpt = sam, .sam2_ckpt = sam2 };
    assert_false(sam_files_find(&f, &cfg, &err));
    assert_non_null(strstr(err.msg, "--sam2_config"));
    cfg.sam2_config = "sam2.1_hiera_t";
    assert_true(sam_files_find(&f, &cfg, &err));
    sam_files_clear(&f);
    free(sam);
    free(sam2);
    assert_true(folder_remove(root, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_training_the_label_is_that_of_the_original),
        cmocka_unit_test(with_training_the_label_is_that_of_the_original),
        cmocka_unit_test(what_is_on_the_way_is_that_of_the_original_too),
        cmocka_unit_test(several_photos_at_once_are_labelled_as_one),
        cmocka_unit_test(checkpoints_are_found_as_the_original_lays_them_out),
        cmocka_unit_test(a_checkpoint_of_another_name_needs_a_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
