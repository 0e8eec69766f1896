/* The autoencoder of Qwen-Image against the reference, on a tiny model in the real format. */
#include "qwen_cases.h"

#include "models/qwen_image/vae.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    QwenCase qc;
    QwenVae *vae;
    OpCtx *c;
    GoldenTensors *in, *expected;
} Rig;

static int set_up(void **state)
{
    static Rig r;
    Err err = { 0 };
    if (!qwen_case_open(&r.qc, "vae"))
        fail_msg("there is no golden autoencoder");
    char *folder = qwen_case_path(&r.qc, "vae");
    if (!qwen_vae_open(&r.vae, folder, &err))
        fail_msg("%s", err.msg);
    free(folder);
    r.in = qwen_case_tensors(&r.qc, "in.safetensors");
    r.expected = qwen_case_tensors(&r.qc, "expected.safetensors");
    r.c = qwen_ctx();
    *state = &r;
    return 0;
}

static int tear_down(void **state)
{
    Rig *r = *state;
    op_close(r->c);
    golden_tensors_close(r->in);
    golden_tensors_close(r->expected);
    qwen_vae_close(r->vae);
    qwen_case_close(&r->qc);
    return 0;
}

/* [1, C, 1, H, W] to [H, W, C], and [H, W, C] as the reference stores it. */
static Tensor channels_last(OpCtx *c, GoldenTensor t)
{
    t.dim[1] = t.dim[1] * t.dim[2];
    t.dim[2] = t.dim[3];
    t.dim[3] = t.dim[4];
    t.dims = 4;
    return op_permute(c, golden_upload(c, t, 3), (int[]){ 1, 2, 0 });
}

static float *channels_first(OpCtx *c, Tensor x)
{
    return fetch(c, op_permute(c, x, (int[]){ 2, 0, 1 }));
}

static void an_encoded_picture_is_that_of_the_reference(void **state)
{
    Rig *r = *state;
    Tensor image = channels_last(r->c, golden_find(r->in, "image"));
    float *got = channels_first(r->c, qwen_vae_encode(r->c, r->vae, image, 0));
    assert_near(got, golden_find(r->expected, "enc.latents_normalized"), QWEN_EXACT, "latents");
    free(got);
}

static void a_decoded_picture_is_that_of_the_reference(void **state)
{
    Rig *r = *state;
    Tensor latents = channels_last(r->c, golden_find(r->in, "latents_normalized"));
    float *got = channels_first(r->c, qwen_vae_decode(r->c, r->vae, latents, 0));
    assert_near(got, golden_find(r->expected, "dec.image"), QWEN_EXACT, "image");
    assert_within(got, golden_find(r->expected, "dec.image"), 1e-4, "image");
    free(got);
}

/* The halo covers all that a pixel depends on, so a seam could only come from sums in another order: 2e-6 is some units in
 * the last place of a sum of 200 terms. */
static void a_tiled_picture_is_the_whole_picture(void **state)
{
    static const struct {
        size_t height, width, tile;
    } cases[] = { { 17, 23, 64 }, { 3, 15, 33 }, { 2, 2, 4096 } };
    Rig *r = *state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        size_t h = cases[k].height, w = cases[k].width, n = h * w * 16;
        float *noise = calloc(n, sizeof *noise), worst = 0;
        for (size_t i = 0; i < n; i++)
            noise[i] = sinf((float)(i * i % 9973));
        Tensor latents = op_from_f32(r->c, noise, SHAPE(h, w, 16));
        float *whole = fetch(r->c, qwen_vae_decode(r->c, r->vae, latents, 0));
        float *tiled = fetch(r->c, qwen_vae_decode(r->c, r->vae, latents, cases[k].tile));
        for (size_t i = 0; i < h * w * 64 * 3; i++)
            worst = fmaxf(worst, fabsf(whole[i] - tiled[i]));
        print_message("%zu x %zu cells in tiles of %zu pixels: at most %g\n", h, w, cases[k].tile, worst);
        if (!(worst < 2e-6f))
            fail_msg("%zu x %zu in tiles of %zu: a pixel differs by %g", h, w, cases[k].tile, worst);
        free(noise);
        free(whole);
        free(tiled);
    }
}

/* Likewise; and where a tile is smaller than its halo, or than a cell, or larger than the picture. */
static void latents_of_tiles_are_those_of_the_whole_picture(void **state)
{
    static const struct {
        size_t height, width, tile;
    } cases[] = { { 17, 23, 64 }, { 13, 15, 33 }, { 9, 2, 1 }, { 2, 2, 4096 } };
    Rig *r = *state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        size_t h = cases[k].height, w = cases[k].width, n = h * w * 64 * 3;
        float *noise = calloc(n, sizeof *noise), worst = 0;
        for (size_t i = 0; i < n; i++)
            noise[i] = sinf((float)(i * i % 9973));
        Tensor image = op_from_f32(r->c, noise, SHAPE(8 * h, 8 * w, 3));
        float *whole = fetch(r->c, qwen_vae_encode(r->c, r->vae, image, 0));
        float *tiled = fetch(r->c, qwen_vae_encode(r->c, r->vae, image, cases[k].tile));
        for (size_t i = 0; i < h * w * 16; i++)
            worst = fmaxf(worst, fabsf(whole[i] - tiled[i]));
        print_message("%zu x %zu cells in tiles of %zu pixels: at most %g\n", h, w, cases[k].tile, worst);
        if (!(worst < 2e-6f))
            fail_msg("%zu x %zu in tiles of %zu: a latent differs by %g", h, w, cases[k].tile, worst);
        free(noise);
        free(whole);
        free(tiled);
    }
}

static void a_picture_of_zeros_is_no_accident(void **state)
{
    Rig *r = *state;
    float *got = fetch(r->c, qwen_vae_encode(r->c, r->vae, op_zeros(r->c, SHAPE(8, 8, 3)), 0));
    for (size_t i = 0; i < 16; i++)
        assert_true(isfinite(got[i]));
    free(got);
}

static void a_picture_that_does_not_come_apart_into_cells_is_refused(void **state)
{
    Rig *r = *state;
    Err err = { 0 };
    qwen_vae_encode(r->c, r->vae, op_zeros(r->c, SHAPE(8, 12, 3)), 0);
    assert_false(op_finish(r->c, &err));
    assert_non_null(strstr(err.msg, "12 x 8"));
}

static void a_configuration_that_is_none_is_refused_by_name(void **state)
{
#define STATS "\"latents_mean\": [0, 0], \"latents_std\": [1, 1]"
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "{\"z_dim\": 2}", "latents_mean" },
        { "{\"z_dim\": 2, \"latents_mean\": [0, 0], \"latents_std\": [1, 0]}", "latents_std" },
        { "{\"z_dim\": 2, \"latents_mean\": [0, 0, 0], \"latents_std\": [1, 1]}", "latents_mean" },
        { "{\"z_dim\": 200000}", "z_dim" },
        { "{\"z_dim\": 2, \"base_dim\": 0, " STATS "}", "base_dim" },
        { "{\"z_dim\": 2, \"dim_mult\": [1, 2, 99999999], " STATS "}", "dim_mult" },
        { "{\"z_dim\": 2, \"dim_mult\": [], " STATS "}", "dim_mult" },
        { "{\"z_dim\": 2, \"attn_scales\": [1.0], " STATS "}", "attn_scales" },
        { "{\"z_dim\": 2, \"num_res_blocks\": -1, " STATS "}", "num_res_blocks" },
        { "{\"_class_name\": \"AutoencoderKL\"}", "AutoencoderKL" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        QwenVaeConfig cfg;
        Err err = { 0 };
        if (qwen_vae_config_parse(&cfg, bad[i].text, strlen(bad[i].text), "x.json", &err))
            fail_msg("was taken: %s", bad[i].text);
        if (!strstr(err.msg, bad[i].says) || !strstr(err.msg, "x.json"))
            fail_msg("%s: %s", bad[i].text, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_encoded_picture_is_that_of_the_reference),
        cmocka_unit_test(a_decoded_picture_is_that_of_the_reference),
        cmocka_unit_test(a_tiled_picture_is_the_whole_picture),
        cmocka_unit_test(latents_of_tiles_are_those_of_the_whole_picture),
        cmocka_unit_test(a_picture_of_zeros_is_no_accident),
        cmocka_unit_test(a_picture_that_does_not_come_apart_into_cells_is_refused),
        cmocka_unit_test(a_configuration_that_is_none_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
