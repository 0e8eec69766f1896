/* LoRA files in all their key styles against the reference, and against adding them to the weights. */
#include "forge_tensors.h"
#include "qwen_cases.h"

#include "models/lora.h"
#include "models/qwen_image/transformer.h"

#include <math.h>

/* ---- golden values ---- */

typedef struct {
    QwenCase qc;
    QwenTransformer *t;
    OpCtx *c;
    GoldenTensors *in, *expected;
    QwenGrid grids[QWEN_GRIDS_MAX];
    size_t grid_count;
} Rig;

static void rig_open(Rig *r)
{
    Err err = { 0 };
    r->in = qwen_case_tensors(&r->qc, "in.safetensors");
    r->expected = qwen_case_tensors(&r->qc, "expected.safetensors");
    r->grid_count = qwen_grids(json_object_get(r->qc.about, "img_shapes"), r->grids);
    char *folder = qwen_case_path(&r->qc, json_string_value(json_object_get(r->qc.about, "transformer")));
    if (!qwen_transformer_open(&r->t, folder, &err))
        fail_msg("%s", err.msg);
    r->c = qwen_ctx();
    free(folder);
}

static void rig_close(Rig *r)
{
    op_close(r->c);
    qwen_transformer_close(r->t);
    golden_tensors_close(r->in);
    golden_tensors_close(r->expected);
    qwen_case_close(&r->qc);
}

static void rig_add(Rig *r, const char *name, float scale)
{
    char file[64];
    Err err = { 0 };
    snprintf(file, sizeof file, "%s.safetensors", name);
    char *path = qwen_case_path(&r->qc, file);
    if (!qwen_transformer_add_lora(r->t, path, scale, &err))
        fail_msg("%s", err.msg);
    free(path);
}

static void rig_check(Rig *r, const char *key)
{
    OpCtx *c = r->c;
    Tensor text = golden_upload(c, golden_find(r->in, "encoder_hidden_states"), 2);
    QwenRope rope = qwen_rope(c, qwen_transformer_config(r->t), r->grids, r->grid_count, text.dim[0]);
    QwenStep s = { .latents = golden_upload(c, golden_find(r->in, "hidden_states"), 2),
                   .images = r->grids,
                   .image_count = r->grid_count,
                   .rope = &rope,
                   .branches = 1,
                   .text = &text,
                   .timestep = (float)golden_real(golden_find(r->in, "timestep"), 0) };
    float *got = fetch(c, qwen_transformer_forward(c, r->t, &s));
    GoldenTensor want = golden_find(r->expected, "%s", key);
    want.dim[1] = r->grids[0].height * r->grids[0].width;
    want.bytes = want.dim[1] * want.dim[2] * 4;
    assert_near(got, want, QWEN_EXACT, "%s", key);
    free(got);
}

static void every_key_style_gives_the_numbers_of_the_reference(void **state)
{
    Rig r;
    const char *name;
    char key[64];
    json_t *about;
    (void)state;
    if (!qwen_case_open(&r.qc, "lora"))
        skip();
    rig_open(&r);
    rig_check(&r, "base");
    json_object_foreach(json_object_get(r.qc.about, "files"), name, about)
    {
        static const char *const scales[] = { "1.0", "0.5" };
        for (size_t i = 0; i < 2; i++) {
            rig_add(&r, name, strtof(scales[i], NULL));
            snprintf(key, sizeof key, "%s.scale%s", name, scales[i]);
            rig_check(&r, key);
            qwen_transformer_drop_loras(r.t);
        }
    }
    rig_check(&r, "base");
    rig_add(&r, "peft", 1);
    rig_add(&r, "bare_alpha", 0.5f);
    rig_check(&r, "peft_1.0_plus_bare_alpha_0.5");
    rig_close(&r);
}

/* ---- one layer ---- */

enum { OUT = 3, IN = 5, RANK = 2 };
static const float W[OUT * IN] = { 1, -2, 3, 0.5f, 7, 0, 4, -1, 2, 2, -3, 1, 1, 0.25f, 6 };
static const float A[RANK * IN] = { 0.5f, 1, -1, 2, 0, 3, -0.5f, 1, 1, -2 };
static const float B[OUT * RANK] = { 1, -1, 0.5f, 2, 0, 3 };

static LoraLinear layer_new(void)
{
    return (LoraLinear){ .base.weight.host = tensor_of((void *)(uintptr_t)W, DTYPE_F32, SHAPE(OUT, IN)) };
}

/* How far y is from (W + scale * B A) x, at most. There are more rows than go up at a time. */
static double error_of(const LoraLinear *l, double scale)
{
    enum { ROWS = 301 };
    float x[ROWS * IN];
    double worst = 0;
    for (size_t i = 0; i < ROWS * IN; i++)
        x[i] = (float)(i * i % 23) / 4 - 2;
    OpCtx *c = qwen_ctx();
    Tensor in = op_from_f32(c, x, SHAPE(7, ROWS / 7, IN));
    float *y = fetch(c, lora_linear(c, in, l, ACT_NONE));
    for (int r = 0; r < ROWS; r++)
        for (int o = 0; o < OUT; o++) {
            double sum = 0;
            for (int i = 0; i < IN; i++) {
                double w = W[o * IN + i];
                for (int k = 0; k < RANK; k++)
                    w += scale * B[o * RANK + k] * A[k * IN + i];
                sum += w * x[r * IN + i];
            }
            worst = fmax(worst, fabs(sum - y[r * OUT + o]));
        }
    free(y);
    op_close(c);
    return worst;
}

static const char *const layer_name = "blocks.0.attn.to_q";

#define PAIR(prefix, a, b)                             \
    { prefix a ".weight", "F32", { RANK, IN }, 2, A }, \
    {                                                  \
        prefix b ".weight", "F32", { OUT, RANK }, 2, B \
    }

static void the_scale_of_a_file_is_that_of_its_style(void **state)
{
    static const float alpha = 6;
    static const struct {
        ForgeTensor t[3];
        size_t count;
        const char *metadata;
        double scale;
    } files[] = {
        { { PAIR("transformer.blocks.0.attn.to_q", ".lora_A", ".lora_B") }, 2, NULL, 1 },
        { { PAIR("diffusion_model.blocks.0.attn.to_q", ".lora_A", ".lora_B"),
            { "diffusion_model.blocks.0.attn.to_q.alpha", "F32", { 1 }, 1, &alpha } },
          3,
          NULL,
          1 },
        { { PAIR("blocks.0.attn.to_q", ".lora_A.default", ".lora_B.default") }, 2, NULL, 1 },
        { { PAIR("lora_unet_blocks_0_attn_to_q", ".lora_down", ".lora_up"),
            { "lora_unet_blocks_0_attn_to_q.alpha", "F32", { 0 }, 0, &alpha } },
          3,
          NULL,
          3 },
        { { PAIR("blocks.0.attn.to_q", ".lora_down", ".lora_up") }, 2, NULL, 1 },
        { { PAIR("transformer.blocks.0.attn.to_q", ".lora_A", ".lora_B") },
          2,
          "{\"transformer.lora_alpha\": 8, \"transformer.r\": 2}",
          4 },
        { { PAIR("transformer.blocks.0.attn.to_q", ".lora_A", ".lora_B") },
          2,
          "{\"lora_alpha\": 8, \"r\": 64, \"rank_pattern\": {\"to_q\": 2}, \"alpha_pattern\": {\"o_q\": 9}}",
          4 },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = temp_path(state, "lora.safetensors");
        LoraLinear layer = layer_new();
        LoraTarget target = { .layer = &layer };
        Lora *lora, *again;
        Err err = { 0 };
        strcpy(target.name, layer_name);
        forge_tensors(path, files[i].t, files[i].count, files[i].metadata);
        if (!lora_open(&lora, path, 0.5f, &target, 1, &err))
            fail_msg("file %zu: %s", i, err.msg);
        double error = error_of(&layer, 0.5 * files[i].scale);
        if (!(error < 1e-4))
            fail_msg("file %zu: off by %g", i, error);
        assert_true(lora_open(&again, path, -2, &target, 1, &err));
        assert_true(error_of(&layer, -1.5 * files[i].scale) < 1e-4);
        lora_close(again);
        lora_close(lora);
        assert_true(error_of(&layer, 0) < 1e-4);
        lora_linear_clear(&layer);
    }
}

static void a_file_that_does_not_fit_is_one_clear_line(void **state)
{
    static const struct {
        ForgeTensor t[3];
        size_t count;
        const char *metadata, *says;
    } files[] = {
        { { PAIR("transformer.blocks.7.attn.to_q", ".lora_A", ".lora_B") }, 2, NULL, "another model" },
        { { PAIR("lora_unet_blocks_7_attn_to_q", ".lora_down", ".lora_up") }, 2, NULL, "another model" },
        { { PAIR("lora_te_blocks_0_attn_to_q", ".lora_down", ".lora_up") }, 2, NULL, "another model" },
        { { PAIR("blocks.0.attn.to_q", ".lora_A", ".lora_B"),
            { "blocks.0.attn.to_k.lora_A.weight", "F32", { RANK, IN }, 2, A } },
          3,
          NULL,
          "to_k" },
        { { PAIR("blocks.0.attn.to_q", ".lora_A", ".lora_B") }, 1, NULL, "half" },
        { { { "blocks.0.attn.to_q.alpha", "F32", { 1 }, 1, A } }, 1, NULL, "half" },
        { { PAIR("blocks.0.attn.to_q", ".lora_B", ".lora_A") }, 2, NULL, "[3, 5]" },
        { { { "blocks.0.attn.to_q.lora_A.weight", "F32", { 1, IN }, 2, A },
            { "blocks.0.attn.to_q.lora_B.weight", "F32", { OUT, RANK }, 2, B } },
          2,
          NULL,
          "[3, 5]" },
        { { { "blocks.0.attn.to_q.lora_A.weight", "U8", { RANK, IN }, 2, A },
            { "blocks.0.attn.to_q.lora_B.weight", "F32", { OUT, RANK }, 2, B } },
          2,
          NULL,
          "floating" },
        { { PAIR("blocks.0.attn.to_q", ".lora_down", ".lora_up"),
            { "blocks.0.attn.to_q.alpha", "F32", { 2 }, 1, A } },
          3,
          NULL,
          "alpha" },
        { { PAIR("blocks.0.attn.to_q", ".lora_A", ".lora_B"),
            { "transformer.blocks.0.attn.to_q.lora_A.weight", "F32", { RANK, IN }, 2, A } },
          3,
          NULL,
          "twice" },
        { { PAIR("blocks.0.attn.to_q", ".lora_A", ".lora_B"),
            { "blocks.0.attn.to_q.dora_scale", "F32", { OUT }, 1, A } },
          3,
          NULL,
          "dora_scale" },
        { { PAIR("blocks.0.attn.to_q", ".lora_A", ".lora_B") }, 2, "{\"use_dora\": true}", "DoRA" },
        { { PAIR("blocks.0.attn.to_q", ".lora_A", ".lora_B") }, 2, "{\"r\": 0}", "no number" },
        { { { "x", "F32", { 1 }, 1, A } }, 1, NULL, "no part of a LoRA" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = temp_path(state, "lora.safetensors");
        LoraLinear layer = layer_new();
        LoraTarget target = { .layer = &layer };
        Lora *lora;
        Err err = { 0 };
        strcpy(target.name, layer_name);
        forge_tensors(path, files[i].t, files[i].count, files[i].metadata);
        if (lora_open(&lora, path, 1, &target, 1, &err))
            fail_msg("file %zu was taken", i);
        assert_null(lora);
        assert_null(layer.changes);
        if (err.kind != ERR_INPUT || !strstr(err.msg, files[i].says) || !strstr(err.msg, path))
            fail_msg("file %zu: %s", i, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_style_gives_the_numbers_of_the_reference),
        cmocka_unit_test_setup_teardown(the_scale_of_a_file_is_that_of_its_style, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_does_not_fit_is_one_clear_line, temp_setup,
                                        temp_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
