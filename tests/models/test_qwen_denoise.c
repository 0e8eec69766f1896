/* Noise to picture with the tiny complete models, against the reference's pipelines; the encoders' results are given. */
#include "qwen_cases.h"

#include "base/file.h"
#include "models/noise.h"
#include "models/qwen_image/denoise.h"
#include "models/qwen_image/latents.h"
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
    QwenTransformer *transformer;
    QwenVae *vae;
} Model;

static void model_open(Model *m)
{
    Err err = { 0 };
    char *transformer = qwen_case_path(&m->qc, "model/transformer"),
         *vae = qwen_case_path(&m->qc, "model/vae");
    if (!qwen_transformer_open(&m->transformer, transformer, &err) || !qwen_vae_open(&m->vae, vae, &err))
        fail_msg("%s", err.msg);
    free(transformer);
    free(vae);
}

/* The schedule of a run, which may have a scheduler of its own. */
static void schedule_of(QwenSchedule *s, const Model *m, json_t *run, QwenGrid picture)
{
    QwenSchedulerConfig cfg;
    Err err = { 0 };
    char *folder = qwen_case_path(&m->qc, json_string_value(json_object_get(run, "scheduler"))),
         *path = path_join(folder, "scheduler_config.json");
    size_t steps = (size_t)json_integer_value(json_object_get(run, "num_inference_steps"));
    if (!qwen_scheduler_config_read(&cfg, path, &err) ||
        !qwen_schedule_init(s, &cfg, steps, picture.height * picture.width, &err))
        fail_msg("%s", err.msg);
    free(folder);
    free(path);
}

static void model_close(Model *m)
{
    qwen_transformer_close(m->transformer);
    qwen_vae_close(m->vae);
    qwen_case_close(&m->qc);
}

typedef struct {
    const GoldenTensors *expected;
    size_t steps;
} Progress;

static bool check_step(void *user, OpCtx *c, size_t done, Tensor latents)
{
    Progress *p = user;
    float *got = fetch(c, latents);
    /* Errors of a step go into the next: the reference's README allows 5e-4 at the end. */
    assert_within(got, golden_find(p->expected, "latents.%zu", done), 1e-4, "latents behind step %zu", done);
    free(got);
    p->steps = done;
    return true;
}

/* The seed's noise, drawn channels first, packed. */
static Tensor noise_of(OpCtx *c, uint64_t seed, size_t h, size_t w)
{
    TorchNoise g;
    float *x = malloc(16 * h * w * sizeof *x);
    torch_noise_init(&g, seed);
    torch_noise_normal(&g, x, 16 * h * w);
    Tensor noise = op_permute(c, op_from_f32(c, x, SHAPE(16, h, w)), (int[]){ 1, 2, 0 });
    free(x);
    return qwen_pack(c, noise);
}

/* round_half_even(255 (x / 2 + 1 / 2)) within one level of the reference's picture, on all but a hundredth of its bytes the
 * same. */
static void check_picture(OpCtx *c, Tensor image, GoldenTensor want)
{
    float *got = fetch(c, image);
    size_t differ = 0;
    for (size_t i = 0; i < want.bytes; i++) {
        long level = lrint(255 * ((double)got[i] * 0.5 + 0.5)), is = (long)golden_int(want, i);
        if (labs(level - is) > 1)
            fail_msg("byte %zu is %ld and not %ld", i, level, is);
        differ += level != is;
    }
    assert_true(differ * 100 < want.bytes);
    free(got);
}

static void check_run(Model *m, const char *name, json_t *run)
{
    GoldenTensors *in = qwen_case_tensors(&m->qc, "in_%s.safetensors", name),
                  *expected = qwen_case_tensors(&m->qc, "expected_%s.safetensors", name);
    OpCtx *c = qwen_ctx();
    QwenGrid grids[QWEN_GRIDS_MAX];
    QwenSchedule schedule;
    size_t count = qwen_grids(json_object_get(run, "img_shapes"), grids);
    size_t h = 2 * grids[0].height, w = 2 * grids[0].width;
    schedule_of(&schedule, m, run, grids[0]);
    Progress progress = { .expected = expected };
    GoldenTensor negative = golden_find(expected, "negative_prompt_embeds");
    QwenDenoise d = { .transformer = m->transformer,
                      .schedule = &schedule,
                      .noise = noise_of(c, (uint64_t)json_integer_value(json_object_get(run, "seed")), h, w),
                      .references = golden_upload(c, golden_find(expected, "image_latents"), 2),
                      .images = grids,
                      .image_count = count,
                      .prompt = golden_upload(c, golden_find(expected, "prompt_embeds"), 2),
                      .true_cfg_scale = (float)json_number_value(json_object_get(run, "true_cfg_scale")),
                      .progress = check_step,
                      .user = &progress };
    if (negative.data)
        d.negative = golden_upload(c, negative, 2);
    float *noise = fetch(c, d.noise);
    assert_within(noise, golden_find(in, "latents_packed"), 3e-6, "noise");
    free(noise);
    Tensor latents = qwen_unpack(c, qwen_denoise(c, &d), h, w);
    check_picture(c, qwen_vae_decode(c, m->vae, latents, 0), golden_find(expected, "image_u8"));
    assert_int_equal(progress.steps, schedule.steps);
    op_close(c);
    qwen_schedule_clear(&schedule);
    golden_tensors_close(in);
    golden_tensors_close(expected);
}

static void check_case(const char *name)
{
    Model m = { 0 };
    const char *run;
    json_t *about;
    if (!qwen_case_open(&m.qc, name))
        skip();
    model_open(&m);
    json_object_foreach(json_object_get(m.qc.about, "runs"), run, about)
    {
        check_run(&m, run, about);
    }
    model_close(&m);
}

static void an_edit_is_the_picture_of_the_reference(void **state)
{
    (void)state;
    check_case("e2e_edit");
}

static void an_edit_of_two_pictures_is_the_picture_of_the_reference(void **state)
{
    (void)state;
    check_case("e2e_plus");
}

static bool stop(void *user, OpCtx *c, size_t done, Tensor latents)
{
    (void)c, (void)latents;
    *(size_t *)user = done;
    return false;
}

static void an_edit_stops_behind_the_step_that_is_running(void **state)
{
    Model m = { 0 };
    Err err = { 0 };
    QwenSchedule schedule;
    size_t done = 0;
    (void)state;
    if (!qwen_case_open(&m.qc, "dit_2511"))
        fail_msg("there is no golden transformer");
    char *folder = qwen_case_path(&m.qc, "transformer");
    assert_true(qwen_transformer_open(&m.transformer, folder, &err));
    assert_true(qwen_schedule_init(&schedule, &(QwenSchedulerConfig){ .shift = 1 }, 5, 4, &err));
    OpCtx *c = qwen_ctx();
    QwenDenoise d = { .transformer = m.transformer,
                      .schedule = &schedule,
                      .noise = op_fill(c, SHAPE(4, 64), 0.5f),
                      .images = &(QwenGrid){ 2, 2 },
                      .image_count = 1,
                      .prompt = op_fill(c, SHAPE(3, 64), 0.25f),
                      .progress = stop,
                      .user = &done };
    qwen_denoise(c, &d);
    assert_false(op_finish(c, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_int_equal(done, 1);
    op_close(c);
    qwen_schedule_clear(&schedule);
    model_close(&m);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edit_is_the_picture_of_the_reference),
        cmocka_unit_test(an_edit_of_two_pictures_is_the_picture_of_the_reference),
        cmocka_unit_test(an_edit_stops_behind_the_step_that_is_running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
