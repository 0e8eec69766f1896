/* Segment Anything 2 against the reference implementation, on tiny models in the real formats. */
#include "sam_cases.h"

#include "models/sam2/config.h"
#include "models/sam2/sam2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* As for SAM: sums in another order. */
static const double EXACT = 1e-5;

static void check_image(const SamCase *sc, OpCtx *c, const Sam2 *s, const Sam2Image *im)
{
    json_t *strides = json_object_get(sc->about, "high_res_strides");
    const Tensor levels[] = { im->high_res.s0, im->high_res.s1 };
    float *embedding = fetch(c, im->embedding);
    assert_image_near(embedding, sam2_grid(s), sam2_channels(s),
                      (size_t)json_integer_value(json_object_get(sc->about, "embedding_stride")),
                      golden_find(sc->expected, "embedding"), EXACT, "embedding");
    free(embedding);
    for (size_t i = 0; i < 2; i++) {
        float *level = fetch(c, levels[i]);
        assert_image_near(level, levels[i].dim[0], levels[i].dim[2],
                          (size_t)json_integer_value(json_array_get(strides, i)),
                          golden_find(sc->expected, "high_res%zu", i), EXACT, "high_res");
        free(level);
    }
}

static void check_prompt(const SamCase *sc, OpCtx *c, const Sam2 *s, const Sam2Image *im, GoldenPrompt *p,
                         bool multimask)
{
    ArenaMark mark = op_mark(c);
    p->prompt.multimask = multimask;
    Sam2Masks m = sam2_predict(c, s, im, &p->prompt);
    Answer a = { .n = m.exact.dim[0], .side = 4 * sam2_grid(s), .pixels = im->width * im->height };
    a.low_res = fetch(c, m.masks.low_res);
    a.iou = fetch(c, m.masks.iou);
    a.full = fetch(c, sam2_upscale(c, m.exact, im->width, im->height));
    op_reset(c, mark);
    assert_answer(sc, p->name, multimask, &a, EXACT);
    answer_clear(&a);
}

static void check_case(const SamCase *sc)
{
    Sam2 *s;
    Err err = { 0 };
    GoldenPrompt p;
    char *checkpoint = sam_case_file(sc, "checkpoint"), *config = sam_case_file(sc, "config");
    if (!sam2_open(&s, checkpoint, config, &err))
        fail_msg("%s", err.msg);
    OpCtx *c = op_open(&(OpOptions){ .threads = 2 }, &err);
    assert_non_null(c);
    Image photo = sam_case_image(sc, "image", 3);
    Sam2Image im = sam2_encode_image(c, s, photo.data, (size_t)photo.width, (size_t)photo.height);
    check_image(sc, c, s, &im);
    size_t i = 0;
    for (; golden_prompt(&p, sc, i); i++) {
        check_prompt(sc, c, s, &im, &p, true);
        check_prompt(sc, c, s, &im, &p, false);
        golden_prompt_clear(&p);
    }
    assert_true(i > 0);
    image_clear(&photo);
    op_close(c);
    sam2_close(s);
    free(checkpoint);
    free(config);
}

static void sam_2_1_gives_the_masks_of_the_reference(void **state)
{
    (void)state;
    sam_cases_each("sam2.1 image predictor", check_case);
}

static void sam_2_0_gives_the_masks_of_the_reference(void **state)
{
    SamCase sc;
    (void)state;
    if (!sam_case_open(&sc, "sam2_0_tiny")) /* not in the repository for its size */
        skip();
    check_case(&sc);
    sam_case_close(&sc);
}

static void official_names_stand_for_the_sizes_of_the_published_models(void **state)
{
    static const struct {
        const char *name;
        int embed_dim, blocks;
    } known[] = { { "sam2.1_hiera_t", 96, 12 },
                  { "sam2_hiera_s.yaml", 96, 16 },
                  { "configs/sam2.1/sam2.1_hiera_b+.yaml", 112, 24 },
                  { "sam2_hiera_l", 144, 48 } };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        Sam2Config cfg;
        Err err = { 0 };
        if (!sam2_config_read(&cfg, known[i].name, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(cfg.embed_dim, known[i].embed_dim);
        assert_int_equal(cfg.stages[0] + cfg.stages[1] + cfg.stages[2] + cfg.stages[3], known[i].blocks);
        assert_true(cfg.iou_prediction_use_sigmoid);
    }
}

static void a_configuration_that_is_none_is_refused_by_name(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "", "image_encoder.trunk" },
        { "[1, 2]", "image_encoder.trunk" },
        { "model: {image_encoder: {trunk: {embed_dim: -3}}}", "embed_dim" },
        { "model: {image_encoder: {trunk: {embed_dim: 99999999999999999999}}}", "embed_dim" },
        { "model: {image_encoder: {trunk: {stages: [1, 2]}}}", "stages" },
        { "model: {image_encoder: {trunk: {stages: 4}}}", "stages" },
        { "model: {image_encoder: {trunk: {window_spec: [8, a, 14, 7]}}}", "window_spec" },
        { "model: {image_encoder: {trunk: {}}, iou_prediction_use_sigmoid: maybe}", "sigmoid" },
        { "model: {image_encoder: {trunk: [}", "image_encoder.trunk" },
        { "model: &a {image_encoder: *a}", "image_encoder.trunk" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Sam2Config cfg;
        Err err = { 0 };
        if (sam2_config_parse(&cfg, bad[i].text, strlen(bad[i].text), "x.yaml", &err))
            fail_msg("was taken: %s", bad[i].text);
        assert_int_equal(err.kind, ERR_INPUT);
        if (!strstr(err.msg, bad[i].says) || !strstr(err.msg, "x.yaml"))
            fail_msg("%s: %s", bad[i].text, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sam_2_1_gives_the_masks_of_the_reference),
        cmocka_unit_test(sam_2_0_gives_the_masks_of_the_reference),
        cmocka_unit_test(official_names_stand_for_the_sizes_of_the_published_models),
        cmocka_unit_test(a_configuration_that_is_none_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
