/* The parts of Qwen-Image around its networks: schedule, guidance, sizes and packing, against the reference. */
#include "qwen_cases.h"

#include "models/qwen_image/guidance.h"
#include "models/qwen_image/latents.h"
#include "models/qwen_image/scheduler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void open_case(QwenCase *qc, const char *name)
{
    if (!qwen_case_open(qc, name))
        fail_msg("there are no golden values %s", name);
}

static size_t number(json_t *of, const char *key)
{
    return (size_t)json_integer_value(json_object_get(of, key));
}

/* ---- schedule ---- */

static QwenSchedulerConfig config_of(const char *name, json_t *config)
{
    QwenSchedulerConfig cfg;
    Err err = { 0 };
    char *text = json_dumps(config, 0);
    if (!qwen_scheduler_config_parse(&cfg, text, strlen(text), name, &err))
        fail_msg("%s", err.msg);
    free(text);
    return cfg;
}

static void check_schedule(const QwenSchedulerConfig *cfg, json_t *about)
{
    QwenSchedule s;
    Err err = { 0 };
    json_t *sigmas = json_object_get(about, "sigmas"), *timesteps = json_object_get(about, "timesteps");
    size_t steps = number(about, "steps");
    assert_true(qwen_schedule_init(&s, cfg, steps, number(about, "image_seq_len"), &err));
    assert_int_equal(json_array_size(sigmas), steps + 1);
    assert_true(fabs(s.mu - json_real_value(json_object_get(about, "mu"))) < 1e-12);
    for (size_t i = 0; i <= steps; i++) {
        /* Two units in the last place at 1: exp and division may round differently. */
        double want = json_number_value(json_array_get(sigmas, i));
        if (!(fabs(s.sigma[i] - want) < 3e-7))
            fail_msg("%s: sigma %zu is %.9g and not %.9g",
                     json_string_value(json_object_get(about, "tensor")), i, s.sigma[i], want);
        if (i < steps)
            assert_true(fabs(qwen_schedule_timestep(&s, i) -
                             json_number_value(json_array_get(timesteps, i)) / 1000) < 3e-7);
    }
    qwen_schedule_clear(&s);
}

static void schedules_are_those_of_the_reference(void **state)
{
    QwenCase qc;
    size_t seen = 0;
    static const char *const names[] = { "qwen_image", "lightning" };
    (void)state;
    open_case(&qc, "scheduler");
    for (size_t n = 0; n < 2; n++) {
        json_t *of = json_object_get(json_object_get(qc.about, "configs"), names[n]), *about;
        size_t i;
        QwenSchedulerConfig cfg = config_of(names[n], json_object_get(of, "config"));
        json_array_foreach(json_object_get(of, "schedules"), i, about)
        {
            check_schedule(&cfg, about);
            seen++;
        }
    }
    assert_true(seen > 60);
    qwen_case_close(&qc);
}

static void euler_steps_are_those_of_the_reference(void **state)
{
    QwenCase qc;
    Err err = { 0 };
    QwenSchedule s;
    (void)state;
    open_case(&qc, "scheduler");
    json_t *step = json_object_get(qc.about, "step");
    json_t *of = json_object_get(json_object_get(qc.about, "configs"),
                                 json_string_value(json_object_get(step, "config")));
    QwenSchedulerConfig cfg = config_of("step", json_object_get(of, "config"));
    GoldenTensors *t = qwen_case_tensors(&qc, "expected.safetensors");
    assert_true(qwen_schedule_init(&s, &cfg, number(step, "steps"), number(step, "image_seq_len"), &err));
    OpCtx *c = qwen_ctx();
    Tensor x = golden_upload(c, golden_find(t, "step.sample0"), 2);
    for (size_t i = 0; i < s.steps; i++) {
        qwen_schedule_step(c, &s, i, x, golden_upload(c, golden_find(t, "step.model_output%zu", i), 2));
        float *got = fetch(c, x);
        assert_within(got, golden_find(t, "step.sample%zu", i + 1), 2e-6, "step %zu", i);
        free(got);
    }
    op_close(c);
    qwen_schedule_clear(&s);
    golden_tensors_close(t);
    qwen_case_close(&qc);
}

static void one_step_starts_at_pure_noise(void **state)
{
    QwenSchedule s;
    Err err = { 0 };
    json_t *json = json_pack("{s:b, s:f}", "use_dynamic_shifting", 1, "shift_terminal", 0.02);
    QwenSchedulerConfig cfg = config_of("x.json", json);
    json_decref(json);
    (void)state;
    assert_true(qwen_schedule_init(&s, &cfg, 1, 4096, &err));
    assert_true(s.sigma[0] == 1 && s.sigma[1] == 0);
    qwen_schedule_clear(&s);
    assert_false(qwen_schedule_init(&s, &cfg, 0, 4096, &err));
    assert_int_equal(err.kind, ERR_USAGE);
}

static void a_schedule_that_is_none_is_refused_by_name(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "{\"shift_terminal\": 1}", "shift_terminal" },
        { "{\"shift\": 0}", "shift" },
        { "{\"max_shift\": 1e300}", "max_shift" },
        { "{\"use_karras_sigmas\": true}", "use_karras_sigmas" },
        { "{\"time_shift_type\": \"cubic\"}", "time_shift_type" },
        { "{\"time_shift_type\": 3}", "time_shift_type" },
        { "{\"use_dynamic_shifting\": true, \"base_image_seq_len\": 4096}", "image_seq_len" },
        { "{\"_class_name\": \"EulerDiscreteScheduler\"}", "EulerDiscreteScheduler" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        QwenSchedulerConfig cfg;
        Err err = { 0 };
        if (qwen_scheduler_config_parse(&cfg, bad[i].text, strlen(bad[i].text), "x.json", &err))
            fail_msg("was taken: %s", bad[i].text);
        if (!strstr(err.msg, bad[i].says) || !strstr(err.msg, "x.json"))
            fail_msg("%s: %s", bad[i].text, err.msg);
    }
}

/* ---- guidance ---- */

static void guidance_is_that_of_the_reference(void **state)
{
    QwenCase qc;
    size_t i;
    json_t *scale;
    (void)state;
    open_case(&qc, "helpers");
    GoldenTensors *t = qwen_case_tensors(&qc, "expected.safetensors");
    OpCtx *c = qwen_ctx();
    json_array_foreach(json_object_get(qc.about, "cfg_scales"), i, scale)
    {
        float *got = fetch(c, qwen_guide(c, golden_upload(c, golden_find(t, "cfg%zu.cond", i), 2),
                                         golden_upload(c, golden_find(t, "cfg%zu.uncond", i), 2),
                                         (float)json_number_value(scale)));
        assert_near(got, golden_find(t, "cfg%zu.out", i), 2e-6, "scale %g", json_number_value(scale));
        free(got);
    }
    assert_true(i > 0);
    op_close(c);
    golden_tensors_close(t);
    qwen_case_close(&qc);
}

static void a_token_that_stands_still_stays_so_under_guidance(void **state)
{
    (void)state;
    OpCtx *c = qwen_ctx();
    Tensor zero = op_zeros(c, SHAPE(3, 8));
    float *got = fetch(c, qwen_guide(c, zero, zero, 4));
    for (size_t i = 0; i < 24; i++)
        assert_true(got[i] == 0);
    free(got);
    op_close(c);
}

/* ---- sizes and packing ---- */

static void check_size(double area, double ratio, json_t *want)
{
    QwenSize s = qwen_size_for_area(area, ratio);
    if (s.width != number(want, "width") || s.height != number(want, "height"))
        fail_msg("area %g, ratio %g: %zu x %zu and not %zu x %zu", area, ratio, s.width, s.height,
                 number(want, "width"), number(want, "height"));
}

static void sizes_are_those_of_the_reference(void **state)
{
    QwenCase qc;
    size_t i;
    json_t *d;
    (void)state;
    open_case(&qc, "helpers");
    json_array_foreach(json_object_get(qc.about, "dimensions"), i, d)
    {
        double ratio = (double)number(d, "width") / (double)number(d, "height");
        check_size(QWEN_VAE_AREA, ratio, json_object_get(d, "edit"));
        check_size(QWEN_VAE_AREA, ratio, json_object_get(d, "plus_vae"));
        check_size(QWEN_CONDITION_AREA, ratio, json_object_get(d, "plus_condition"));
    }
    assert_true(i > 10);
    json_array_foreach(json_object_get(qc.about, "dimension_edges"), i, d)
    {
        check_size(json_number_value(json_object_get(d, "area")),
                   json_number_value(json_object_get(d, "ratio")), d);
    }
    assert_true(i > 0);
    qwen_case_close(&qc);
}

static void latents_are_packed_as_the_reference_packs_them(void **state)
{
    QwenCase qc;
    (void)state;
    open_case(&qc, "helpers");
    GoldenTensors *t = qwen_case_tensors(&qc, "expected.safetensors");
    OpCtx *c = qwen_ctx();
    for (size_t i = 0; i < 3; i++) {
        GoldenTensor latents = golden_find(t, "pack%zu.latents", i);
        Tensor x = op_permute(c, golden_upload(c, latents, 3), (int[]){ 1, 2, 0 });
        Tensor packed = qwen_pack(c, x);
        float *got = fetch(c, packed);
        assert_within(got, golden_find(t, "pack%zu.packed", i), 0, "packed %zu", i);
        free(got);
        Tensor back = qwen_unpack(c, packed, latents.dim[3], latents.dim[4]);
        got = fetch(c, op_permute(c, back, (int[]){ 2, 0, 1 }));
        assert_within(got, latents, 0, "unpacked %zu", i);
        free(got);
    }
    op_close(c);
    golden_tensors_close(t);
    qwen_case_close(&qc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_those_of_the_reference),
        cmocka_unit_test(euler_steps_are_those_of_the_reference),
        cmocka_unit_test(one_step_starts_at_pure_noise),
        cmocka_unit_test(a_schedule_that_is_none_is_refused_by_name),
        cmocka_unit_test(guidance_is_that_of_the_reference),
        cmocka_unit_test(a_token_that_stands_still_stays_so_under_guidance),
        cmocka_unit_test(sizes_are_those_of_the_reference),
        cmocka_unit_test(latents_are_packed_as_the_reference_packs_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
