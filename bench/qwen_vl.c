/* How fast Qwen2.5-VL 7B looks, reads and writes: qwen_vl [--threads N]. One layer of each kind at full width with random
 * bf16 weights, beside oneDNN's own product in f32 in the same run; what a whole model takes is projected from them. */
#include "base/half.h"
#include "yard.h"

#include "base/clock.h"
#include "base/rng.h"
#include "models/qwen_vl/decoder.h"
#include "models/qwen_vl/prompt.h"
#include "models/qwen_vl/vision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { ROUNDS = 3, LAYERS = 28, WINDOW_BLOCKS = 28, FULL_BLOCKS = 4, VOCAB = 152064, SMALL_VOCAB = 1024 };

static const QwenVlTextConfig text = { .num_hidden_layers = 1,
                                       .hidden_size = 3584,
                                       .intermediate_size = 18944,
                                       .num_attention_heads = 28,
                                       .num_key_value_heads = 4,
                                       .head_dim = 128,
                                       .vocab_size = SMALL_VOCAB,
                                       .max_position_embeddings = 128000,
                                       .rms_norm_eps = 1e-6f,
                                       .rope_theta = 1e6f,
                                       .mrope_section = { 16, 24, 24 } };
static const QwenVlVisionConfig tower = { .depth = 1,
                                          .hidden_size = 1280,
                                          .intermediate_size = 3420,
                                          .num_heads = 16,
                                          .in_channels = 3,
                                          .temporal_patch_size = 2,
                                          .patch_size = 14,
                                          .spatial_merge_size = 2,
                                          .window_size = 112,
                                          .out_hidden_size = 3584 };

static Rng rng;

static void fill(Weight *w, Shape s)
{
    size_t n = 1;
    for (int i = 0; i < s.rank; i++)
        n *= s.dim[i];
    uint16_t *p = malloc(n * sizeof *p);
    if (!p)
        exit(1);
    float scale = s.rank > 1 ? 1 / (float)s.dim[s.rank - 1] : 1;
    for (size_t i = 0; i < n; i += 2) { /* two from one draw: a billion numbers are asked for */
        uint32_t r = rng_u32(&rng);
        p[i] = f32_to_bf16(((float)(r & 0xffff) / 32768 - 1) * scale);
        if (i + 1 < n)
            p[i + 1] = f32_to_bf16(((float)(r >> 16) / 32768 - 1) * scale);
    }
    w->host = tensor_of(p, DTYPE_BF16, s);
}

static void linear(Linear *l, size_t out, size_t in, bool bias)
{
    fill(&l->weight, SHAPE(out, in));
    if (bias)
        fill(&l->bias, SHAPE(out));
}

static QwenVlDecoder make_decoder(void)
{
    const size_t d = text.hidden_size, kv = text.num_key_value_heads * text.head_dim,
                 hidden = text.intermediate_size;
    QwenVlDecoder dec = { .config = text, .layers = calloc(1, sizeof *dec.layers) };
    QwenVlDecoderLayer *y = dec.layers;
    linear(&y->q, d, d, true);
    linear(&y->k, kv, d, true);
    linear(&y->v, kv, d, true);
    linear(&y->o, d, d, false);
    linear(&y->gate, hidden, d, false);
    linear(&y->up, hidden, d, false);
    linear(&y->down, d, hidden, false);
    fill(&y->input_norm.weight, SHAPE(d));
    fill(&y->post_attention_norm.weight, SHAPE(d));
    fill(&dec.norm.weight, SHAPE(d));
    linear(&dec.lm_head, SMALL_VOCAB, d, false);
    return dec;
}

static QwenVlVision make_vision(void)
{
    const size_t d = tower.hidden_size, hidden = tower.intermediate_size;
    QwenVlVision v = { .config = tower, .blocks = calloc(1, sizeof *v.blocks) };
    linear(&v.patch_embed, d, 1176, false);
    linear(&v.blocks->qkv, 3 * d, d, true);
    linear(&v.blocks->proj, d, d, true);
    linear(&v.blocks->gate, hidden, d, true);
    linear(&v.blocks->up, hidden, d, true);
    linear(&v.blocks->down, d, hidden, true);
    fill(&v.blocks->norm1.weight, SHAPE(d));
    fill(&v.blocks->norm2.weight, SHAPE(d));
    fill(&v.merger_norm.weight, SHAPE(d));
    linear(&v.merger1, 4 * d, 4 * d, true);
    linear(&v.merger2, tower.out_hidden_size, 4 * d, true);
    return v;
}

static void finish(OpCtx *c)
{
    Err err = { 0 };
    if (op_finish(c, &err))
        return;
    fprintf(stderr, "%s\n", err.msg);
    exit(1);
}

/* Seconds of one layer on `count` tokens behind `before` others; the best of some rounds. */
static double time_layer(OpCtx *c, const QwenVlDecoder *d, size_t before, size_t count)
{
    double best = 1e9;
    size_t half = text.head_dim / 2;
    for (int i = 0; i < ROUNDS + 1; i++) {
        op_reset(c, (ArenaMark){ 0 });
        QwenVlCache cache = qwen_vl_cache_new(c, d, before + count);
        cache.keys = op_zeros(c, tensor_shape(cache.keys)); /* numbers, as if the tokens before were there */
        cache.values = op_zeros(c, tensor_shape(cache.values));
        cache.count = before;
        Tensor x = op_fill(c, SHAPE(count, text.hidden_size), 0.5f);
        Tensor turn = op_fill(c, SHAPE(count, half), 0.7f);
        finish(c);
        double begin = clock_ms();
        qwen_vl_decoder_forward(c, d, x, turn, turn, &cache);
        finish(c);
        double s = (clock_ms() - begin) / 1000;
        best = i > 0 && s < best ? s : best;
    }
    return best;
}

static double time_head(OpCtx *c, const QwenVlDecoder *d)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS + 1; i++) {
        op_reset(c, (ArenaMark){ 0 });
        Tensor x = op_fill(c, SHAPE(1, text.hidden_size), 0.5f);
        finish(c);
        double begin = clock_ms();
        qwen_vl_decoder_logits(c, d, x);
        finish(c);
        double s = (clock_ms() - begin) / 1000;
        best = i > 0 && s < best ? s : best;
    }
    return best * VOCAB / SMALL_VOCAB;
}

/* The tower with `depth` blocks, 0 or 1, on one picture. */
static double time_tower(OpCtx *c, QwenVlVision *v, const QwenVlLayout *layout, size_t depth, bool full)
{
    double best = 1e9;
    v->config.depth = depth;
    v->config.full_attention[0] = full;
    for (int i = 0; i < ROUNDS; i++) {
        op_reset(c, (ArenaMark){ 0 });
        Tensor patches = op_fill(c, SHAPE(layout->patches, 1176), 0.3f);
        finish(c);
        double begin = clock_ms();
        qwen_vl_vision_forward(c, v, patches, layout);
        finish(c);
        double s = (clock_ms() - begin) / 1000;
        best = s < best ? s : best;
    }
    return best;
}

static double layer_flop(double t)
{
    double d = (double)text.hidden_size, kv = (double)(text.num_key_value_heads * text.head_dim);
    double weights = 2 * d * d + 2 * d * kv + 3 * d * (double)text.intermediate_size;
    return 2 * t * weights + 2 * t * t * d;
}

static double block_flop(double t, double keys)
{
    double d = (double)tower.hidden_size;
    return 2 * t * (4 * d * d + 3 * d * (double)tower.intermediate_size) + 4 * t * keys * d;
}

static void measure_tower(OpCtx *c, const Yard *yard, size_t pixels)
{
    QwenVlVision v = make_vision();
    QwenVlLayout layout;
    Err err = { 0 };
    QwenVlGrid grid = { pixels / 14, pixels / 14 };
    if (!qwen_vl_layout_init(&layout, &tower, &grid, 1, &err))
        exit(1);
    double n = (double)layout.patches, product = yard_gflops(yard);
    double none = time_tower(c, &v, &layout, 0, false);
    double window = time_tower(c, &v, &layout, 1, false) - none,
           full = time_tower(c, &v, &layout, 1, true) - none;
    double rate = block_flop(n, 64) * 1e-9 / window, full_rate = block_flop(n, n) * 1e-9 / full;
    printf(
        "a picture of %zu x %zu, %zu patches: a block with windows %.0f ms, %.0f GFLOP/s, %.0f %% of oneDNN's %.0f; a "
        "global one %.0f ms, %.0f GFLOP/s, %.0f %%; all 32 and the merger: %.1f s projected\n",
        pixels, pixels, layout.patches, window * 1000, rate, 100 * rate / product, product, full * 1000,
        full_rate, 100 * full_rate / product, none + WINDOW_BLOCKS * window + FULL_BLOCKS * full);
    qwen_vl_layout_clear(&layout);
}

int main(int argc, char **argv)
{
    static const size_t lengths[] = { 550, 1500 };
    Err err = { 0 };
    int threads = argc > 2 && strcmp(argv[1], "--threads") == 0 ? atoi(argv[2]) : 2;
    OpCtx *c = op_open(&(OpOptions){ .threads = threads }, &err);
    Yard yard;
    struct rusage use;
    if (!c)
        return 1;
    rng_init(&rng, 1);
    yard_open(&yard, threads);
    measure_tower(c, &yard, 392);
    measure_tower(c, &yard, 1036);
    QwenVlDecoder d = make_decoder();
    for (size_t i = 0; i < 2; i++) {
        double product = yard_gflops(&yard), s = time_layer(c, &d, 0, lengths[i]);
        double rate = layer_flop((double)lengths[i]) * 1e-9 / s;
        printf(
            "a prompt of %zu tokens: a layer %.0f ms, %.0f GFLOP/s, %.0f %% of oneDNN's %.0f; all %d: %.1f s projected\n",
            lengths[i], s * 1000, rate, 100 * rate / product, product, LAYERS, LAYERS * s);
    }
    double token = time_layer(c, &d, 1500, 1), head = time_head(c, &d);
    double bytes = layer_flop(1); /* two operations and two bytes a weight */
    printf(
        "a token behind 1500: a layer %.1f ms, weights read at %.1f GB/s; all %d and the head: %.2f s projected\n",
        token * 1000, bytes * 1e-9 / token, LAYERS, LAYERS * token + head);
    getrusage(RUSAGE_SELF, &use);
    printf("at most %.2f GB in use\n", (double)use.ru_maxrss * 1024e-9);
    yard_close(&yard);
    op_close(c);
    return 0;
}
