/* However the weights of Qwen2.5-VL are stored, they are the numbers that the model computes with. */
#include "base/half.h"
#include "qwen_vl_cases.h"
#include "sam_cases.h"

#include "forge_tensors.h"
#include "models/qwen_vl/qwen_vl.h"

#include <math.h>

enum { TENSORS_MAX = 600, BLOCK = 64 };

/* The tiny model's tensors in one storage and, beside it, the numbers that this storage holds in f32. */
typedef struct {
    ForgeTensor stored[TENSORS_MAX], plain[TENSORS_MAX];
    size_t stored_count, plain_count;
    void *owned[2 * TENSORS_MAX];
    size_t owned_count;
} Twins;

static void *keep(Twins *t, size_t bytes)
{
    void *p = calloc(bytes + 1, 1);
    assert_non_null(p);
    assert_true(t->owned_count < 2 * TENSORS_MAX);
    return t->owned[t->owned_count++] = p;
}

static const char *keep_name(Twins *t, const char *name, const char *part)
{
    char *s = keep(t, strlen(name) + strlen(part));
    return strcat(strcpy(s, name), part);
}

static void add_16_bits(Twins *t, ForgeTensor x, size_t count, Dtype d)
{
    uint16_t *half = keep(t, 2 * count);
    float *value = keep(t, 4 * count);
    const float *from = x.data;
    for (size_t i = 0; i < count; i++) {
        half[i] = d == DTYPE_BF16 ? f32_to_bf16(from[i]) : f32_to_f16(from[i]);
        value[i] = d == DTYPE_BF16 ? bf16_to_f32(half[i]) : f16_to_f32(half[i]);
    }
    x.data = value;
    t->plain[t->plain_count++] = x;
    x.data = half;
    x.dtype = d == DTYPE_BF16 ? "BF16" : "F16";
    t->stored[t->stored_count++] = x;
}

/* Sixteen levels, evenly spaced: which ones they are is in the file. */
static void add_4_bits(Twins *t, ForgeTensor x, size_t count)
{
    size_t blocks = (count + BLOCK - 1) / BLOCK;
    uint8_t *packed = keep(t, count / 2);
    float *scale = keep(t, 4 * blocks), *value = keep(t, 4 * count), *code = keep(t, 4 * 16);
    const float *from = x.data;
    char *json = keep(t, 200);
    for (int k = 0; k < 16; k++)
        code[k] = (float)k / 7.5f - 1;
    for (size_t i = 0; i < count; i++)
        scale[i / BLOCK] = fmaxf(scale[i / BLOCK], fabsf(from[i]));
    for (size_t i = 0; i < count; i++) {
        int k = (int)rintf((from[i] / scale[i / BLOCK] + 1) * 7.5f);
        packed[i / 2] |= (uint8_t)(i % 2 ? k : k << 4);
        value[i] = code[k] * scale[i / BLOCK];
    }
    snprintf(json, 200,
             "{\"quant_type\": \"nf4\", \"blocksize\": %d, \"dtype\": \"float32\", \"shape\": [%zu, %zu]}",
             BLOCK, x.dim[0], x.dim[1]);
    x.data = value;
    t->plain[t->plain_count++] = x;
    const ForgeTensor parts[] = {
        { x.name, "U8", { count / 2, 1 }, 2, packed },
        { keep_name(t, x.name, ".absmax"), "F32", { blocks }, 1, scale },
        { keep_name(t, x.name, ".quant_map"), "F32", { 16 }, 1, code },
        { keep_name(t, x.name, ".quant_state.bitsandbytes__nf4"), "U8", { strlen(json) }, 1, json },
    };
    for (size_t i = 0; i < 4; i++)
        t->stored[t->stored_count++] = parts[i];
}

/* As bitsandbytes does: linear layers only, not the table of words and not the head. */
static bool is_linear(const WeightTensor *w)
{
    return w->rank == 2 && !strstr(w->name, "embed_tokens") && !strstr(w->name, "lm_head");
}

static void make_twins(Twins *t, const Weights *w, Dtype d)
{
    *t = (Twins){ 0 };
    for (size_t i = 0; i < weights_count(w); i++) {
        const WeightTensor *from = weights_at(w, i);
        ForgeTensor x = {
            .name = from->name, .dtype = "F32", .rank = (size_t)from->rank, .data = from->data
        };
        memcpy(x.dim, from->dim, sizeof x.dim);
        if (d != DTYPE_NF4)
            add_16_bits(t, x, from->bytes / 4, d);
        else if (is_linear(from))
            add_4_bits(t, x, from->bytes / 4);
        else {
            t->plain[t->plain_count++] = x;
            t->stored[t->stored_count++] = x;
        }
    }
    assert_true(t->stored_count > 50 && t->stored_count <= TENSORS_MAX);
}

/* What a run's prompt and pictures become in a model of these tensors; the caller frees it. */
static float *condition(void **state, const QwenVlRun *run, const ForgeTensor *tensors, size_t count)
{
    char *config = qwen_file("text_encoder/text_encoder/config.json");
    QwenVl *m;
    QwenVlView view = { 0 };
    QwenVlPrompt p;
    QwenVlPicture pictures[4];
    Err err = { 0 };
    assert_true(file_copy(config, temp_path(state, "config.json"), &err));
    forge_tensors(temp_path(state, "model.safetensors"), tensors, count, NULL);
    if (!qwen_vl_open(&m, temp_path(state, ""), &err))
        fail_msg("%s", err.msg);
    OpCtx *c = op_open(&(OpOptions){ .threads = 2 }, &err);
    for (size_t i = 0; i < run->pictures; i++) {
        GoldenTensor u8 = golden_find(run->in, "resized_u8_%zu", i);
        pictures[i] = (QwenVlPicture){ u8.data, u8.dim[1], u8.dim[0] };
    }
    if (!qwen_vl_view_init(&view, m, pictures, run->pictures, &err) ||
        !qwen_vl_prompt_init(&p, qwen_vl_config(m), run->prompt, run->prompt_tokens, view.grids, view.count,
                             &err))
        fail_msg("%s", err.msg);
    float *got = fetch(c, qwen_vl_condition(c, m, &p, qwen_vl_look(c, m, &view), 0));
    qwen_vl_prompt_clear(&p);
    qwen_vl_view_clear(&view);
    op_close(c);
    qwen_vl_close(m);
    free(config);
    return got;
}

static double difference(const float *a, const float *b, size_t n)
{
    double d = 0, length = 0;
    for (size_t i = 0; i < n; i++) {
        d += pow((double)a[i] - b[i], 2);
        length += pow(b[i], 2);
    }
    return sqrt(d / length);
}

static struct {
    void **state;
    Dtype dtype;
    double near,
        far; /* the golden states lie between these: rounding is seen, and is no more than rounding */
} now;

static void check_storage(const QwenVlRun *run)
{
    if (run->pictures < 2)
        return;
    Twins *t = calloc(1, sizeof *t);
    Weights *w;
    Err err = { 0 };
    char *path = qwen_file("text_encoder/text_encoder/model.safetensors");
    assert_true(t && weights_open(&w, path, &err));
    make_twins(t, w, now.dtype);
    float *stored = condition(now.state, run, t->stored, t->stored_count);
    float *plain = condition(now.state, run, t->plain, t->plain_count);
    size_t n = run->tokens * 64;
    float *golden = calloc(n, sizeof *golden);
    for (size_t i = 0; i < n; i++)
        golden[i] = (float)golden_real(golden_find(run->expected, "hidden_states.3"), i);
    double same = difference(stored, plain, n), rounding = difference(stored, golden, n);
    if (!(same < 3e-6))
        fail_msg("%s: %g from the numbers that it stores", dtype_name(now.dtype), same);
    if (!(rounding > now.near && rounding < now.far))
        fail_msg("%s: %g from what was stored", dtype_name(now.dtype), rounding);
    free(golden);
    free(stored);
    free(plain);
    weights_close(w);
    free(path);
    for (size_t i = 0; i < t->owned_count; i++)
        free(t->owned[i]);
    free(t);
}

static void weights_in_bf16_are_their_numbers(void **state)
{
    now.state = state, now.dtype = DTYPE_BF16, now.near = 1e-4, now.far = 2e-2;
    qwen_vl_each_run(check_storage);
}

static void weights_in_f16_are_their_numbers(void **state)
{
    now.state = state, now.dtype = DTYPE_F16, now.near = 1e-5, now.far = 2e-3;
    qwen_vl_each_run(check_storage);
}

static void weights_in_4_bits_are_their_numbers(void **state)
{
    now.state = state, now.dtype = DTYPE_NF4, now.near = 1e-2, now.far = 0.7;
    qwen_vl_each_run(check_storage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(weights_in_bf16_are_their_numbers, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(weights_in_f16_are_their_numbers, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(weights_in_4_bits_are_their_numbers, temp_setup, temp_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
