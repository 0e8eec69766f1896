/* The transformer of Qwen-Image from gguf files: the same model as from safetensors, but for what quantising loses. */
#include "base/half.h"
#include "../block_formulas.h"
#include "../forge_gguf.h"
#include "forge_tensors.h"
#include "qwen_cases.h"

#include "models/qwen_image/transformer.h"
#include "weights/weights.h"

#include <math.h>

enum { NAME = 120, TENSORS_MAX = 200 };

/* ---- running ---- */

/* What the model makes of fixed inputs, [12, 64]; the caller frees it. */
enum { IN = 64, TARGET = 12, RESULT = TARGET * IN };
static float *run(const QwenTransformer *t)
{
    enum { TOKENS = TARGET + 10, TEXT = 7 };
    const QwenTransformerConfig *cfg = qwen_transformer_config(t);
    OpCtx *c = qwen_ctx();
    QwenGrid grids[] = { { 3, 4 }, { 5, 2 } };
    float noise[TOKENS * IN + TEXT * 256];
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        noise[i] = sinf((float)(i * i % 9973));
    Tensor text = op_from_f32(c, noise + TOKENS * IN, SHAPE(TEXT, cfg->joint_attention_dim));
    QwenRope rope = qwen_rope(c, cfg, grids, 2, TEXT);
    QwenStep s = { .latents = op_from_f32(c, noise, SHAPE(TOKENS, IN)),
                   .images = grids,
                   .image_count = 2,
                   .rope = &rope,
                   .branches = 1,
                   .text = &text,
                   .timestep = 0.625f };
    float *out = fetch(c, qwen_transformer_forward(c, t, &s));
    op_close(c);
    return out;
}

static float *run_files(const char *folder, const char *weights)
{
    QwenTransformer *t;
    Err err = { 0 };
    if (!qwen_transformer_open_with(&t, folder, weights, &err))
        fail_msg("%s", err.msg);
    float *out = run(t);
    qwen_transformer_close(t);
    return out;
}

/* The norm of the difference by the norm of b. */
static double distance(const float *a, const float *b)
{
    double sum = 0, of = 0;
    for (size_t i = 0; i < RESULT; i++) {
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        of += (double)b[i] * b[i];
    }
    return sqrt(sum / of);
}

static void put_gguf(const char *path, const GgufFile *f)
{
    Err err = { 0 };
    Str s = forge_gguf(f);
    if (!file_write(path, s.s, s.len, &err))
        fail_msg("%s", err.msg);
    str_clear(&s);
}

/* ---- a golden model, converted ---- */

typedef struct {
    QwenCase qc;
    char *folder;
    Weights *w;
    GgufTensor tensor[TENSORS_MAX];
    size_t count;
    char name[TENSORS_MAX][NAME];
    void *owned[TENSORS_MAX];
} Golden;

static void golden_start(Golden *g)
{
    Err err = { 0 };
    *g = (Golden){ 0 };
    if (!qwen_case_open(&g->qc, "dit_2511"))
        fail_msg("there is no golden model");
    g->folder = qwen_case_path(&g->qc, "transformer");
    if (!weights_open(&g->w, g->folder, &err))
        fail_msg("%s", err.msg);
    g->count = weights_count(g->w);
    assert_in_range(g->count, 1, TENSORS_MAX - 1);
    for (size_t i = 0; i < g->count; i++) {
        const WeightTensor *t = weights_at(g->w, i);
        uint32_t type = t->dtype == WEIGHT_F32 ? 0 : t->dtype == WEIGHT_F16 ? 1 : 30;
        assert_true(t->dtype == WEIGHT_F32 || t->dtype == WEIGHT_F16 || t->dtype == WEIGHT_BF16);
        snprintf(g->name[i], NAME, "%s", t->name);
        g->tensor[i] = (GgufTensor){ g->name[i], type, { 0 }, (uint32_t)t->rank, t->data, t->bytes, 0 };
        for (int k = 0; k < t->rank; k++)
            g->tensor[i].dim[k] = t->dim[k];
    }
}

static void golden_end(Golden *g)
{
    for (size_t i = 0; i < g->count; i++)
        free(g->owned[i]);
    weights_close(g->w);
    free(g->folder);
    qwen_case_close(&g->qc);
}

static void golden_put(const Golden *g, const char *path)
{
    put_gguf(path, &(GgufFile){ .tensor = g->tensor, .count = g->count, .architecture = "qwen_image" });
}

/* Tensor i as f32 numbers, which the caller frees. */
static float *golden_f32(const Golden *g, size_t i, size_t *count)
{
    const WeightTensor *t = weights_at(g->w, i);
    Dtype d = t->dtype == WEIGHT_F32 ? DTYPE_F32 : t->dtype == WEIGHT_F16 ? DTYPE_F16 : DTYPE_BF16;
    *count = t->bytes / weight_dtype_size(t->dtype);
    float *out = calloc(*count + 1, sizeof *out);
    assert_non_null(out);
    tensor_to_f32(tensor_of((void *)(uintptr_t)t->data, d, SHAPE(*count)), 0, *count, out);
    return out;
}

static void the_same_numbers_give_the_same_bits(void **state)
{
    Golden g;
    golden_start(&g);
    const char *path = temp_path(state, "same.gguf");
    golden_put(&g, path);
    float *want = run_files(g.folder, g.folder), *got = run_files(g.folder, path);
    assert_memory_equal(got, want, RESULT * sizeof *got);
    free(got);
    /* And as f32, beside safetensors of f32. */
    ForgeTensor f32[TENSORS_MAX];
    for (size_t i = 0; i < g.count; i++) {
        size_t count;
        g.owned[i] = golden_f32(&g, i, &count);
        g.tensor[i].type = 0;
        g.tensor[i].data = g.owned[i];
        g.tensor[i].bytes = 4 * count;
        f32[i] = (ForgeTensor){ g.name[i], "F32", { 0 }, g.tensor[i].rank, g.owned[i] };
        for (size_t k = 0; k < f32[i].rank; k++)
            f32[i].dim[k] = (size_t)g.tensor[i].dim[k];
    }
    const char *plain = temp_path(state, "plain.safetensors");
    forge_tensors(plain, f32, g.count, NULL);
    golden_put(&g, path);
    free(want);
    want = run_files(g.folder, plain);
    got = run_files(g.folder, path);
    assert_memory_equal(got, want, RESULT * sizeof *got);
    free(want);
    free(got);
    golden_end(&g);
}

/* ggml's q8_0: the largest of 32 numbers becomes 127. */
static void *quantise_q8_0(const float *x, size_t count)
{
    uint8_t *out = calloc(count / 32, 34);
    assert_non_null(out);
    for (size_t b = 0; b < count / 32; b++) {
        float largest = 0;
        for (size_t k = 0; k < 32; k++)
            largest = fmaxf(largest, fabsf(x[32 * b + k]));
        uint16_t h = f32_to_f16(largest / 127);
        memcpy(out + 34 * b, &h, 2);
        for (size_t k = 0; k < 32 && largest > 0; k++)
            out[34 * b + 2 + k] = (uint8_t)(int8_t)lroundf(x[32 * b + k] * 127 / largest);
    }
    return out;
}

/* Rounding to steps of 1/127 of the largest of 32 moves a weight by some 0.4 % of its size; the layers pass that on. */
static void a_q8_0_file_is_the_model_within_its_rounding(void **state)
{
    Golden g;
    golden_start(&g);
    size_t quantised = 0;
    for (size_t i = 0; i < g.count; i++) {
        GgufTensor *t = &g.tensor[i];
        size_t count;
        if (t->rank != 2)
            continue;
        float *x = golden_f32(&g, i, &count);
        assert_int_equal(t->dim[1] % 32, 0);
        t->data = g.owned[i] = quantise_q8_0(x, count);
        t->type = 8;
        t->bytes = count / 32 * 34;
        free(x);
        quantised++;
    }
    assert_true(quantised > 20);
    const char *path = temp_path(state, "q8_0.gguf");
    golden_put(&g, path);
    float *want = run_files(g.folder, g.folder), *got = run_files(g.folder, path);
    double d = distance(got, want);
    if (!(d > 1e-5 && d < 1e-2))
        fail_msg("q8_0 is %g away", d);
    free(want);
    free(got);
    golden_end(&g);
}

/* ---- what files for ComfyUI have beside it ---- */

static void assert_refused(const char *folder, const char *path, const char *words)
{
    QwenTransformer *t;
    Err err = { 0 };
    if (qwen_transformer_open_with(&t, folder, path, &err))
        fail_msg("was read: %s", words);
    assert_null(t);
    assert_int_equal(err.kind, ERR_INPUT);
    if (!strstr(err.msg, words) || !strstr(err.msg, path))
        fail_msg("\"%s\" is not in \"%s\"", words, err.msg);
}

static void a_prefix_and_the_mark_of_2511_are_known(void **state)
{
    Golden g;
    golden_start(&g);
    const char *path = temp_path(state, "prefixed.gguf"), *older = temp_path(state, "older");
    float *want = run_files(g.folder, g.folder);
    g.tensor[g.count] =
        (GgufTensor){ "model.diffusion_model.__index_timestep_zero__", 0, { 0 }, 1, NULL, 0, 0 };
    for (size_t i = 0; i < g.count; i++) {
        char name[NAME];
        snprintf(name, sizeof name, "%s", g.name[i]);
        snprintf(g.name[i], NAME, "model.diffusion_model.%.90s", name);
    }
    g.count++;
    golden_put(&g, path);
    float *got = run_files(g.folder, path);
    assert_memory_equal(got, want, RESULT * sizeof *got);
    free(got);
    free(want);

    Err err = { 0 };
    assert_true(folder_make(older, &err));
    temp_write(temp_path(state, "older/config.json"), "{\"num_layers\": 2}");
    assert_refused(older, path, "this is the transformer of -2511 and config.json");
    golden_end(&g);
}

static void another_model_is_refused_by_name(void **state)
{
    Golden g;
    golden_start(&g);
    const char *path = temp_path(state, "flux.gguf");
    put_gguf(path, &(GgufFile){ .tensor = g.tensor, .count = g.count, .architecture = "flux" });
    assert_refused(g.folder, path, "general.architecture is flux where qwen_image is needed");
    put_gguf(path, &(GgufFile){ .tensor = g.tensor + 1, .count = g.count - 1, .architecture = "qwen_image" });
    assert_refused(g.folder, path, g.name[0]);
    golden_end(&g);
}

/* ---- a model of all types of blocks ---- */

static const struct {
    const char *name;
    size_t out, in;
} layers[] = {
    { "time_text_embed.timestep_embedder.linear_1", 256, 256 },
    { "time_text_embed.timestep_embedder.linear_2", 256, 256 },
    { "img_in", 256, 64 },
    { "txt_in", 256, 256 },
    { "norm_out.linear", 512, 256 },
    { "proj_out", 64, 256 },
    { "transformer_blocks.0.img_mod.1", 1536, 256 },
    { "transformer_blocks.0.attn.to_q", 256, 256 },
    { "transformer_blocks.0.attn.to_k", 256, 256 },
    { "transformer_blocks.0.attn.to_v", 256, 256 },
    { "transformer_blocks.0.attn.to_out.0", 256, 256 },
    { "transformer_blocks.0.img_mlp.net.0.proj", 512, 256 },
    { "transformer_blocks.0.img_mlp.net.2", 256, 512 },
    { "transformer_blocks.0.txt_mod.1", 1536, 256 },
    { "transformer_blocks.0.attn.add_q_proj", 256, 256 },
    { "transformer_blocks.0.attn.add_k_proj", 256, 256 },
    { "transformer_blocks.0.attn.add_v_proj", 256, 256 },
    { "transformer_blocks.0.attn.to_add_out", 256, 256 },
    { "transformer_blocks.0.txt_mlp.net.0.proj", 512, 256 },
    { "transformer_blocks.0.txt_mlp.net.2", 256, 512 },
};
static const char *const norms[] = { "norm_q", "norm_k", "norm_added_q", "norm_added_k" };
enum { LAYERS = sizeof layers / sizeof *layers };

typedef struct {
    Rng rng;
    GgufTensor gguf[TENSORS_MAX];
    ForgeTensor plain[TENSORS_MAX];
    void *owned[2 * TENSORS_MAX];
    char name[TENSORS_MAX][NAME];
    size_t count, owned_count;
} Forged;

static void *own(Forged *f, size_t bytes)
{
    void *p = calloc(bytes, 1);
    assert_non_null(p);
    return f->owned[f->owned_count++] = p;
}

static const char *name_next(Forged *f, const char *layer, const char *part)
{
    snprintf(f->name[f->count], NAME, "%.100s.%.10s", layer, part);
    return f->name[f->count];
}

static void add_vector(Forged *f, const char *layer, const char *part, size_t n)
{
    const char *name = name_next(f, layer, part);
    float *x = own(f, n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = rng_range(&f->rng, 0, 1);
    f->gguf[f->count] = (GgufTensor){ name, 0, { n }, 1, x, n * sizeof *x, 0 };
    f->plain[f->count++] = (ForgeTensor){ name, "F32", { n }, 1, x };
}

/* Blocks of random bytes in the one file, and what the formulas make of them in the other. */
static void add_matrix(Forged *f, const BlockType *t, const char *layer, size_t out, size_t in)
{
    const char *name = name_next(f, layer, "weight");
    size_t blocks = out * in / t->elements;
    uint8_t *bytes = own(f, blocks * t->bytes);
    float *x = own(f, out * in * sizeof *x);
    for (size_t b = 0; b < blocks; b++)
        block_random(t, &f->rng, t->elements == 32 ? 5e-3f : 2e-4f, bytes + b * t->bytes);
    for (size_t i = 0; i < out * in; i++)
        x[i] = (float)block_element(t, bytes + i / t->elements * t->bytes, i % t->elements);
    f->gguf[f->count] = (GgufTensor){ name, t->gguf, { out, in }, 2, bytes, blocks * t->bytes, 0 };
    f->plain[f->count++] = (ForgeTensor){ name, "F32", { out, in }, 2, x };
}

static void forge_model(Forged *f)
{
    *f = (Forged){ 0 };
    rng_init(&f->rng, 3);
    for (size_t i = 0; i < LAYERS; i++) {
        const BlockType *t = &block_types[i % BLOCK_TYPES];
        while (layers[i].in % t->elements)
            t--;
        add_matrix(f, t, layers[i].name, layers[i].out, layers[i].in);
        add_vector(f, layers[i].name, "bias", layers[i].out);
    }
    for (size_t i = 0; i < 4; i++) {
        char name[NAME];
        snprintf(name, sizeof name, "transformer_blocks.0.attn.%s", norms[i]);
        add_vector(f, name, "weight", 128);
    }
    add_vector(f, "txt_norm", "weight", 256);
}

static void blocks_of_every_type_count_with_their_values(void **state)
{
    static Forged f;
    const char *folder = ((Temp *)*state)->path, *gguf = temp_path(state, "mixed.gguf"),
               *plain = temp_path(state, "plain.safetensors");
    forge_model(&f);
    temp_write(temp_path(state, "config.json"),
               "{\"num_layers\": 1, \"num_attention_heads\": 2, \"joint_attention_dim\": 256}");
    put_gguf(gguf, &(GgufFile){ .tensor = f.gguf, .count = f.count });
    forge_tensors(plain, f.plain, f.count, NULL);
    float *want = run_files(folder, plain), *got = run_files(folder, gguf);
    double d = distance(got, want);
    if (!(d < QWEN_EXACT))
        fail_msg("the mix is %g away", d);
    free(want);
    free(got);
    for (size_t i = 0; i < f.owned_count; i++)
        free(f.owned[i]);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_setup, temp_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_same_numbers_give_the_same_bits),
        IN_FOLDER(a_q8_0_file_is_the_model_within_its_rounding),
        IN_FOLDER(a_prefix_and_the_mark_of_2511_are_known),
        IN_FOLDER(another_model_is_refused_by_name),
        IN_FOLDER(blocks_of_every_type_count_with_their_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
