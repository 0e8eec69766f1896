/* PerSAM and PerSAM-F against the reference implementations, on a tiny SAM in the real format. */
#include "sam_cases.h"

#include "models/persam/persam.h"
#include "models/persam/train.h"
#include "vision/resample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The reference's own float32 and float64 differ by 1e-5 of the largest logit in the last pass, where errors add up. */
static const double EXACT = 1e-5, LAST_PASSES = 1e-4;

/* A photo as SAM sees it. */
typedef struct {
    Image photo;
    SamFrame frame;
    float *embedding;
} Seen;

typedef struct {
    Sam *sam;
    OpCtx *c;
} Model;

static Model open_model(const SamCase *sc)
{
    Model m = { 0 };
    Err err = { 0 };
    char *path = sam_case_file(sc, "checkpoint");
    if (!sam_open(&m.sam, path, &err))
        fail_msg("%s", err.msg);
    m.c = op_open(&(OpOptions){ .threads = 2 }, &err);
    assert_non_null(m.c);
    free(path);
    return m;
}

static void close_model(Model *m)
{
    op_close(m->c);
    sam_close(m->sam);
}

static Image resize_to(const Image *im, SamFrame f)
{
    Image out;
    Err err = { 0 };
    assert_true(image_resize(&out, im, (int)f.input_width, (int)f.input_height, RESAMPLE_BILINEAR, &err));
    return out;
}

static Seen see(const Model *m, const SamCase *sc, const char *key)
{
    Seen s = { .photo = sam_case_image(sc, key, 3) };
    s.frame = sam_frame(m->sam, (size_t)s.photo.width, (size_t)s.photo.height);
    Image resized = resize_to(&s.photo, s.frame);
    s.embedding = fetch(m->c, sam_encode_image(m->c, m->sam, resized.data, s.frame));
    op_reset(m->c, (ArenaMark){ 0 });
    image_clear(&resized);
    return s;
}

static void unsee(Seen *s)
{
    image_clear(&s->photo);
    free(s->embedding);
}

static Tensor embedding_of(const Model *m, const Seen *s)
{
    size_t g = sam_grid(m->sam);
    return op_from_f32(m->c, s->embedding, SHAPE(g, g, sam_channels(m->sam)));
}

static PersamTarget learn(const Model *m, const SamCase *sc, const Seen *ref, PersamVariant variant)
{
    PersamTarget t;
    Err err = { 0 };
    Image mask = sam_case_image(sc, "ref_mask", 1), resized = resize_to(&mask, ref->frame);
    if (!persam_learn(&t, m->c, m->sam, embedding_of(m, ref), resized.data, ref->frame, variant, &err))
        fail_msg("%s", err.msg);
    op_reset(m->c, (ArenaMark){ 0 });
    image_clear(&mask);
    image_clear(&resized);
    assert_near(t.direction, golden_find(sc->expected, "target_feat"), EXACT, "target_feat");
    assert_near(t.embedding, golden_find(sc->expected, "target_embedding"), EXACT, "target_embedding");
    return t;
}

/* Every stride-th row and column of the similarity, beginning in the middle of the first stride. */
static void check_similarity(const SamCase *sc, const PersamPrior *p, SamFrame f)
{
    size_t stride = (size_t)json_integer_value(json_object_get(sc->about, "sim_stride")), n = 0;
    GoldenTensor want = golden_find(sc->expected, "sim");
    float *got = calloc(want.bytes / 4, sizeof *got);
    assert_non_null(got);
    for (size_t y = stride / 2; y < f.height; y += stride)
        for (size_t x = stride / 2; x < f.width && n < want.bytes / 4; x += stride)
            got[n++] = p->similarity[y * f.width + x];
    assert_int_equal(n, want.bytes / 4);
    assert_near(got, want, EXACT, "sim");
    free(got);
    want = golden_find(sc->expected, "attn_sim");
    if (want.data)
        assert_near(p->attention, want, EXACT, "attn_sim");
}

static void check_found(const SamCase *sc, const Model *m, const PersamFound *found, SamFrame f)
{
    GoldenTensor points = golden_find(sc->expected, "point_coords");
    assert_int_equal(points.dim[0], found->point_count);
    for (size_t i = 0; i < 2 * found->point_count; i++)
        assert_int_equal(golden_int(points, i), (int)found->points[i / 2][i % 2]);
    size_t side = 4 * sam_grid(m->sam), pixels = f.width * f.height;
    for (int i = 0; i < PERSAM_PASSES; i++) {
        const PersamPass *p = &found->pass[i];
        double tolerance = i == 0 ? EXACT : LAST_PASSES;
        GoldenTensor want = golden_find(sc->expected, "pass%d.low_res", i + 1);
        json_t *about = json_array_get(json_object_get(sc->about, "passes"), (size_t)i);
        assert_near_strided(p->low_res, p->count, side, side / want.dim[1], want, tolerance, "pass%d.low_res",
                            i + 1);
        assert_within(p->iou, golden_find(sc->expected, "pass%d.iou", i + 1), 1e-5, "pass%d.iou", i + 1);
        assert_int_equal(p->best, json_integer_value(json_object_get(about, "best_index")));
    }
    float *mask = calloc(pixels, sizeof *mask);
    assert_non_null(mask);
    for (size_t i = 0; i < pixels; i++)
        mask[i] = found->mask[i] ? 1 : -1;
    assert_mask_is(mask, pixels, golden_find(sc->expected, "final_mask_bits"), 0, "final mask");
    free(mask);
    json_t *box = json_object_get(json_object_get(sc->about, "final_mask"), "box");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(found->box[i], json_integer_value(json_array_get(box, i)));
}

/* Learn from the reference, train if the case does, and find the object in the test photo. */
static void check_case(const char *name, PersamVariant variant)
{
    SamCase sc;
    Err err = { 0 };
    assert_true(sam_case_open(&sc, name));
    Model m = open_model(&sc);
    Seen ref = see(&m, &sc, "ref_image"), test = see(&m, &sc, "test_image");
    PersamTarget t = learn(&m, &sc, &ref, variant);

    json_t *training = json_object_get(sc.about, "training");
    if (training) {
        PersamTraining how = { .lr = json_real_value(json_object_get(training, "lr")),
                               .epochs = (int)json_integer_value(json_object_get(training, "train_epoch")) };
        PersamEpoch *epochs = calloc((size_t)how.epochs, sizeof *epochs);
        Image mask = sam_case_image(&sc, "ref_mask", 1);
        assert_non_null(epochs);
        if (!persam_train(&t, m.c, m.sam, embedding_of(&m, &ref), mask.data, ref.frame, &how, epochs, &err))
            fail_msg("%s", err.msg);
        GoldenTensor dice = golden_find(sc.expected, "train.dice"),
                     focal = golden_find(sc.expected, "train.focal");
        GoldenTensor lr = golden_find(sc.expected, "train.lr"),
                     grads = golden_find(sc.expected, "train.grads");
        GoldenTensor steps = golden_find(sc.expected, "train.weights_after_step");
        for (size_t i = 0; i < (size_t)how.epochs; i++) {
            assert_true(fabs(epochs[i].dice - golden_real(dice, i)) < 5e-6);
            assert_true(fabs(epochs[i].focal - golden_real(focal, i)) < 5e-6);
            assert_true(fabs(epochs[i].lr - golden_real(lr, i)) < 1e-9);
            for (size_t k = 0; k < 2; k++) {
                assert_true(fabs(epochs[i].gradient[k] - golden_real(grads, 2 * i + k)) < 5e-6);
                assert_true(fabs(epochs[i].weights[k] - golden_real(steps, 2 * i + k)) < 5e-6);
            }
        }
        assert_near(t.weights, golden_find(sc.expected, "mask_weights"), 1e-5, "mask_weights");
        free(epochs);
        image_clear(&mask);
    }

    PersamPrior prior;
    PersamFound found;
    op_reset(m.c, (ArenaMark){ 0 });
    Tensor image = embedding_of(&m, &test);
    if (!persam_locate(&prior, m.c, m.sam, &t, image, test.frame, &err) ||
        !persam_find(&found, m.c, m.sam, &t, image, test.frame, &prior, &err))
        fail_msg("%s", err.msg);
    check_similarity(&sc, &prior, test.frame);
    check_found(&sc, &m, &found, test.frame);

    persam_found_clear(&found);
    persam_prior_clear(&prior);
    persam_target_clear(&t);
    unsee(&ref);
    unsee(&test);
    close_model(&m);
    sam_case_close(&sc);
}

static void without_training_it_finds_what_the_reference_finds(void **state)
{
    (void)state;
    check_case("persam", PERSAM);
}

static void trained_it_learns_and_finds_as_its_authors_do(void **state)
{
    (void)state;
    check_case("persam_f", PERSAM_F);
}

static void trained_and_guided_it_learns_and_finds_as_the_python_original(void **state)
{
    (void)state;
    check_case("persam_f_fabrik", PERSAM_F_GUIDED);
}

/* The original scrambles the mask of such a photo and learns nonsense: its dice loss is 0.76 there. */
static void training_takes_a_photo_of_any_shape(void **state)
{
    (void)state;
    SamCase sc;
    Err err = { 0 };
    assert_true(sam_case_open(&sc, "persam_f_fabrik_16x9"));
    Model m = open_model(&sc);
    Seen ref = see(&m, &sc, "ref_image");
    Image mask = sam_case_image(&sc, "ref_mask", 1), resized = resize_to(&mask, ref.frame);
    PersamTarget t;
    PersamTraining how = { .lr = 1e-3, .epochs = 50 };
    PersamEpoch epochs[50];
    assert_true(
        persam_learn(&t, m.c, m.sam, embedding_of(&m, &ref), resized.data, ref.frame, PERSAM_F_GUIDED, &err));
    assert_true(
        persam_train(&t, m.c, m.sam, embedding_of(&m, &ref), mask.data, ref.frame, &how, epochs, &err));
    assert_true(epochs[0].dice < 0.5);
    assert_true(epochs[49].dice + epochs[49].focal < epochs[0].dice + epochs[0].focal);
    persam_target_clear(&t);
    image_clear(&mask);
    image_clear(&resized);
    unsee(&ref);
    close_model(&m);
    sam_case_close(&sc);
}

static void a_mask_of_nothing_is_refused(void **state)
{
    (void)state;
    SamCase sc;
    Err err = { 0 };
    assert_true(sam_case_open(&sc, "persam"));
    Model m = open_model(&sc);
    Seen ref = see(&m, &sc, "ref_image");
    uint8_t *nothing = calloc(ref.frame.input_width * ref.frame.input_height, 1);
    PersamTarget t;
    assert_non_null(nothing);
    assert_false(persam_learn(&t, m.c, m.sam, embedding_of(&m, &ref), nothing, ref.frame, PERSAM, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(t.embedding);
    free(nothing);
    unsee(&ref);
    close_model(&m);
    sam_case_close(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_training_it_finds_what_the_reference_finds),
        cmocka_unit_test(trained_it_learns_and_finds_as_its_authors_do),
        cmocka_unit_test(trained_and_guided_it_learns_and_finds_as_the_python_original),
        cmocka_unit_test(training_takes_a_photo_of_any_shape),
        cmocka_unit_test(a_mask_of_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
