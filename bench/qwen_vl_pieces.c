#include "qwen_vl_pieces.h"

#include "base/half.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 3, WINDOW_BLOCKS = 28, FULL_BLOCKS = 4, VOCAB = 152064, SMALL_VOCAB = 1024 };

const QwenVlTextConfig vl_text = { .num_hidden_layers = 1,
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
const QwenVlVisionConfig vl_tower = { .depth = 1,
                                      .hidden_size = 1280,
                                      .intermediate_size = 3420,
                                      .num_heads = 16,
                                      .in_channels = 3,
                                      .temporal_patch_size = 2,
                                      .patch_size = 14,
                                      .spatial_merge_size = 2,
                                      .window_size = 112,
                                      .out_hidden_size = 3584 };

static void fill(Rng *rng, Weight *w, Shape s)
{
    size_t n = 1;
    for (int i = 0; i < s.rank; i++)
        n *= s.dim[i];
    uint16_t *p = malloc(n * sizeof *p);
    if (!p)
        exit(1);
    float scale = s.rank > 1 ? 1 / (float)s.dim[s.rank - 1] : 1;
    for (size_t i = 0; i < n; i += 2) { /* two from one draw: a billion numbers are asked for */
        uint32_t r = rng_u32(rng);
        p[i] = f32_to_bf16(((float)(r & 0xffff) / 32768 - 1) * scale);
        if (i + 1 < n)
            p[i + 1] = f32_to_bf16(((float)(r >> 16) / 32768 - 1) * scale);
    }
    w->host = tensor_of(p, DTYPE_BF16, s);
}

static void linear(Rng *rng, Linear *l, size_t out, size_t in, bool bias)
{
    fill(rng, &l->weight, SHAPE(out, in));
    if (bias)
        fill(rng, &l->bias, SHAPE(out));
}

QwenVlDecoder vl_decoder(void)
{
    const size_t d = vl_text.hidden_size, kv = vl_text.num_key_value_heads * vl_text.head_dim,
                 hidden = vl_text.intermediate_size;
    Rng rng;
    QwenVlDecoder dec = { .config = vl_text, .layers = calloc(1, sizeof *dec.layers) };
    QwenVlDecoderLayer *y = dec.layers;
    rng_init(&rng, 1);
    linear(&rng, &y->q, d, d, true);
    linear(&rng, &y->k, kv, d, true);
    linear(&rng, &y->v, kv, d, true);
    linear(&rng, &y->o, d, d, false);
    linear(&rng, &y->gate, hidden, d, false);
    linear(&rng, &y->up, hidden, d, false);
    linear(&rng, &y->down, d, hidden, false);
    fill(&rng, &y->input_norm.weight, SHAPE(d));
    fill(&rng, &y->post_attention_norm.weight, SHAPE(d));
    fill(&rng, &dec.norm.weight, SHAPE(d));
    linear(&rng, &dec.lm_head, SMALL_VOCAB, d, false);
    return dec;
}

QwenVlVision vl_vision(void)
{
    const size_t d = vl_tower.hidden_size, hidden = vl_tower.intermediate_size;
    Rng rng;
    QwenVlVision v = { .config = vl_tower, .blocks = calloc(1, sizeof *v.blocks) };
    rng_init(&rng, 2);
    linear(&rng, &v.patch_embed, d, 1176, false);
    linear(&rng, &v.blocks->qkv, 3 * d, d, true);
    linear(&rng, &v.blocks->proj, d, d, true);
    linear(&rng, &v.blocks->gate, hidden, d, true);
    linear(&rng, &v.blocks->up, hidden, d, true);
    linear(&rng, &v.blocks->down, d, hidden, true);
    fill(&rng, &v.blocks->norm1.weight, SHAPE(d));
    fill(&rng, &v.blocks->norm2.weight, SHAPE(d));
    fill(&rng, &v.merger_norm.weight, SHAPE(d));
    linear(&rng, &v.merger1, 4 * d, 4 * d, true);
    linear(&rng, &v.merger2, vl_tower.out_hidden_size, 4 * d, true);
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

Time vl_time_layer(OpCtx *c, const QwenVlDecoder *d, size_t before, size_t count)
{
    Time best = TIME_NEVER;
    size_t half = vl_text.head_dim / 2;
    for (int i = 0; i < ROUNDS + 1; i++) {
        op_reset(c, (ArenaMark){ 0 });
        QwenVlCache cache = qwen_vl_cache_new(c, d, before + count);
        cache.keys = op_zeros(c, tensor_shape(cache.keys)); /* numbers, as if the tokens before were there */
        cache.values = op_zeros(c, tensor_shape(cache.values));
        cache.count = before;
        Tensor x = op_fill(c, SHAPE(count, vl_text.hidden_size), 0.5f);
        Tensor turn = op_fill(c, SHAPE(count, half), 0.7f);
        finish(c);
        Time begin = time_now();
        qwen_vl_decoder_forward(c, d, x, turn, turn, &cache);
        finish(c);
        best = i > 0 ? time_better(best, time_since(begin)) : best;
    }
    return best;
}

Time vl_time_head(OpCtx *c, const QwenVlDecoder *d)
{
    Time best = TIME_NEVER;
    for (int i = 0; i < ROUNDS + 1; i++) {
        op_reset(c, (ArenaMark){ 0 });
        Tensor x = op_fill(c, SHAPE(1, vl_text.hidden_size), 0.5f);
        finish(c);
        Time begin = time_now();
        qwen_vl_decoder_logits(c, d, x);
        finish(c);
        best = i > 0 ? time_better(best, time_since(begin)) : best;
    }
    return time_plus((Time){ 0 }, (double)VOCAB / SMALL_VOCAB, best);
}

/* The tower with `depth` blocks, 0 or 1, on one picture. */
static Time time_tower(OpCtx *c, QwenVlVision *v, const QwenVlLayout *layout, size_t depth, bool full)
{
    Time best = TIME_NEVER;
    v->config.depth = depth;
    v->config.full_attention[0] = full;
    for (int i = 0; i < ROUNDS; i++) {
        op_reset(c, (ArenaMark){ 0 });
        Tensor patches = op_fill(c, SHAPE(layout->patches, 1176), 0.3f);
        finish(c);
        Time begin = time_now();
        qwen_vl_vision_forward(c, v, patches, layout);
        finish(c);
        best = time_better(best, time_since(begin));
    }
    return best;
}

VlPicture vl_time_picture(OpCtx *c, QwenVlVision *v, size_t pixels)
{
    QwenVlLayout layout;
    Err err = { 0 };
    QwenVlGrid grid = { pixels / 14, pixels / 14 };
    if (!qwen_vl_layout_init(&layout, &vl_tower, &grid, 1, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    VlPicture p = { .patches = layout.patches, .rest = time_tower(c, v, &layout, 0, false) };
    p.window = time_plus(time_tower(c, v, &layout, 1, false), -1, p.rest);
    p.full = time_plus(time_tower(c, v, &layout, 1, true), -1, p.rest);
    p.all = time_plus(time_plus(p.rest, WINDOW_BLOCKS, p.window), FULL_BLOCKS, p.full);
    qwen_vl_layout_clear(&layout);
    return p;
}
