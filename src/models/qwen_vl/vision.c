#include "models/qwen_vl/vision.h"

#include <stdlib.h>

static const float EPS = 1e-6f;

/* ---- load ---- */

static void load_rms_norm(Loader *l, Norm *norm, size_t channels, const char *prefix, const char *name)
{
    load_weight(l, &norm->weight, SHAPE(channels), "%s.%s.weight", prefix, name);
}

static void load_block(Loader *l, QwenVlVisionBlock *b, const QwenVlVisionConfig *g, const char *prefix,
                       size_t i)
{
    size_t d = g->hidden_size, hidden = g->intermediate_size;
    load_weight(l, &b->norm1.weight, SHAPE(d), "%s.blocks.%zu.norm1.weight", prefix, i);
    load_weight(l, &b->norm2.weight, SHAPE(d), "%s.blocks.%zu.norm2.weight", prefix, i);
    load_linear(l, &b->qkv, 3 * d, d, "%s.blocks.%zu.attn.qkv", prefix, i);
    load_linear(l, &b->proj, d, d, "%s.blocks.%zu.attn.proj", prefix, i);
    load_linear(l, &b->gate, hidden, d, "%s.blocks.%zu.mlp.gate_proj", prefix, i);
    load_linear(l, &b->up, hidden, d, "%s.blocks.%zu.mlp.up_proj", prefix, i);
    load_linear(l, &b->down, d, hidden, "%s.blocks.%zu.mlp.down_proj", prefix, i);
}

void qwen_vl_vision_load(Loader *l, QwenVlVision *v, const QwenVlVisionConfig *config, const char *prefix)
{
    const QwenVlVisionConfig *g = config;
    size_t merge = g->spatial_merge_size * g->spatial_merge_size, d = g->hidden_size;
    *v = (QwenVlVision){ .config = *config, .blocks = calloc(g->depth, sizeof *v->blocks) };
    if (!v->blocks) {
        v->config.depth = 0;
        load_no_memory(l, "the vision tower");
        return;
    }
    load_weight(l, &v->patch_embed.weight,
                SHAPE(d, g->in_channels, g->temporal_patch_size, g->patch_size, g->patch_size),
                "%s.patch_embed.proj.weight", prefix);
    Tensor *kernel = &v->patch_embed.weight.host;
    if (tensor_is(*kernel))
        *kernel = tensor_of(kernel->data, kernel->dtype, SHAPE(d, tensor_count(*kernel) / d));
    for (size_t i = 0; i < g->depth; i++)
        load_block(l, &v->blocks[i], g, prefix, i);
    load_rms_norm(l, &v->merger_norm, d, prefix, "merger.ln_q");
    load_linear(l, &v->merger1, merge * d, merge * d, "%s.merger.mlp.0", prefix);
    load_linear(l, &v->merger2, g->out_hidden_size, merge * d, "%s.merger.mlp.2", prefix);
}

void qwen_vl_vision_clear(QwenVlVision *v)
{
    for (size_t i = 0; v->blocks && i < v->config.depth; i++) {
        QwenVlVisionBlock *b = &v->blocks[i];
        norm_clear(&b->norm1);
        norm_clear(&b->norm2);
        linear_clear(&b->qkv);
        linear_clear(&b->proj);
        linear_clear(&b->gate);
        linear_clear(&b->up);
        linear_clear(&b->down);
    }
    free(v->blocks);
    linear_clear(&v->patch_embed);
    norm_clear(&v->merger_norm);
    linear_clear(&v->merger1);
    linear_clear(&v->merger2);
    *v = (QwenVlVision){ 0 };
}

/* ---- forward ---- */

/* x [P, hidden] in window order; rows attend within their window, or within their picture. */
static Tensor attention(OpCtx *c, const QwenVlVision *v, const QwenVlVisionBlock *b, Tensor x, Rope rope,
                        const size_t *ends, size_t segments)
{
    size_t d = v->config.hidden_size;
    Tensor qkv = op_linear(c, x, &b->qkv);
    Tensor q = op_rope(c, op_cols(c, qkv, 0, d), rope);
    Tensor k = op_rope(c, op_cols(c, qkv, d, d), rope);
    Tensor y = op_attention(
        c, q, k, op_cols(c, qkv, 2 * d, d),
        (AttentionOpts){ .heads = (int)v->config.num_heads, .segment_ends = ends, .segments = segments });
    return op_linear(c, y, &b->proj);
}

/* SwiGLU, here with biases. */
static Tensor mlp(OpCtx *c, const QwenVlVisionBlock *b, Tensor x)
{
    Tensor y = op_act_mul(c, op_linear(c, x, &b->gate), op_linear(c, x, &b->up), ACT_SILU);
    return op_linear(c, y, &b->down);
}

static void block_forward(OpCtx *c, const QwenVlVision *v, size_t i, Tensor x, Rope rope,
                          const QwenVlLayout *layout)
{
    ArenaMark mark = op_mark(c);
    const QwenVlVisionBlock *b = &v->blocks[i];
    bool full = v->config.full_attention[i];
    op_add_to(c, x,
              attention(c, v, b, op_rms_norm(c, x, &b->norm1, EPS), rope,
                        full ? layout->picture_ends : layout->window_ends,
                        full ? layout->pictures : layout->windows));
    op_add_to(c, x, mlp(c, b, op_rms_norm(c, x, &b->norm2, EPS)));
    op_reset(c, mark);
}

/* The patches of a cell lie side by side in one row: [P, hidden] becomes [P / merge^2, out]. */
static Tensor merge(OpCtx *c, const QwenVlVision *v, Tensor x, const QwenVlLayout *layout)
{
    x = op_rms_norm(c, x, &v->merger_norm, EPS);
    x = op_reshape(c, x, SHAPE(layout->cells, layout->patches / layout->cells * v->config.hidden_size));
    return op_linear(c, op_linear_act(c, x, &v->merger1, ACT_GELU), &v->merger2);
}

Tensor qwen_vl_vision_forward(OpCtx *c, const QwenVlVision *v, Tensor patches, const QwenVlLayout *layout)
{
    ArenaMark mark = op_mark(c);
    size_t d = v->config.hidden_size, cells = layout->cells, per_cell = layout->patches / cells;
    size_t head_dim = d / v->config.num_heads;
    Shape table = SHAPE(layout->patches, head_dim / 2);
    Rope rope = { .cos = op_from_f32(c, layout->cos, table),
                  .sin = op_from_f32(c, layout->sin, table),
                  .head_dim = (int)head_dim,
                  .layout = ROPE_HALVES };

    /* Into window order before the first block, cell by cell, and back when the cells have become tokens. */
    Tensor x = op_reshape(c, op_linear(c, patches, &v->patch_embed), SHAPE(cells, per_cell * d));
    x = op_gather(c, x, op_from_i32(c, layout->order, SHAPE(cells)));
    x = op_reshape(c, x, SHAPE(layout->patches, d));
    for (size_t i = 0; i < v->config.depth; i++)
        block_forward(c, v, i, x, rope, layout);
    x = op_gather(c, merge(c, v, x, layout), op_from_i32(c, layout->restore, SHAPE(cells)));
    return op_reset_keep(c, mark, x);
}
