#include "models/sam/image_encoder.h"

#include <stdlib.h>

static const float EPS = 1e-6f;

enum { DEPTH_MAX = 256 };

/* ---- load ---- */

static void load_block(Loader *l, VitBlock *b, const SamImageEncoder *e, size_t i)
{
    const char *at = "image_encoder.blocks";
    Shape rel = { 0 }, hidden = { 0 };
    size_t d = e->dim;
    load_shape(l, &rel, "%s.%zu.attn.rel_pos_h", at, i);
    load_shape(l, &hidden, "%s.%zu.mlp.lin1.weight", at, i);
    /* A table of relative positions has 2 S - 1 rows: that is how a checkpoint says which blocks are global. */
    size_t side = (rel.dim[0] + 1) / 2;
    b->window = side == e->grid ? 0 : side;
    load_norm(l, &b->norm1, d, "%s.%zu.norm1", at, i);
    load_linear(l, &b->qkv, 3 * d, d, "%s.%zu.attn.qkv", at, i);
    load_linear(l, &b->proj, d, d, "%s.%zu.attn.proj", at, i);
    load_weight(l, &b->rel_pos_h, SHAPE(2 * side - 1, d / e->heads), "%s.%zu.attn.rel_pos_h", at, i);
    load_weight(l, &b->rel_pos_w, SHAPE(2 * side - 1, d / e->heads), "%s.%zu.attn.rel_pos_w", at, i);
    load_norm(l, &b->norm2, d, "%s.%zu.norm2", at, i);
    load_linear(l, &b->lin1, hidden.dim[0], d, "%s.%zu.mlp.lin1", at, i);
    load_linear(l, &b->lin2, d, hidden.dim[0], "%s.%zu.mlp.lin2", at, i);
    if (side == 0 || side > e->grid)
        load_fail(l, "block %zu of the image encoder attends over %zu of %zu patches", i, side, e->grid);
}

/* Sizes: patch_embed.proj [dim, 3, patch, patch], pos_embed [1, grid, grid, dim], rel_pos_h [.., dim / heads]. */
static bool read_sizes(Loader *l, SamImageEncoder *e)
{
    Shape proj, pos, rel, neck;
    if (!load_shape(l, &proj, "image_encoder.patch_embed.proj.weight") ||
        !load_shape(l, &pos, "image_encoder.pos_embed") ||
        !load_shape(l, &rel, "image_encoder.blocks.0.attn.rel_pos_h") ||
        !load_shape(l, &neck, "image_encoder.neck.0.weight") || proj.rank != 4 || pos.rank != 4 ||
        rel.rank != 2) {
        load_fail(l, "this is no SAM checkpoint: it has no image encoder");
        return false;
    }
    e->dim = proj.dim[0];
    e->patch = proj.dim[3];
    e->grid = pos.dim[1];
    e->out = neck.dim[0];
    e->heads = rel.dim[1] ? e->dim / rel.dim[1] : 0;
    if (e->heads == 0 || e->heads * rel.dim[1] != e->dim || e->patch == 0 || e->grid == 0 || e->grid > 4096 ||
        e->patch > 4096) {
        load_fail(l,
                  "%zu channels in heads of %zu, %zu patches of %zu pixels: no image encoder has such sizes",
                  e->dim, rel.dim[1], e->grid, e->patch);
        return false;
    }
    while (e->depth < DEPTH_MAX && load_shape(l, NULL, "image_encoder.blocks.%zu.norm1.weight", e->depth))
        e->depth++;
    return true;
}

void sam_image_encoder_load(Loader *l, SamImageEncoder *e)
{
    *e = (SamImageEncoder){ 0 };
    if (!read_sizes(l, e))
        return;
    e->blocks = calloc(e->depth + 1, sizeof *e->blocks);
    if (!e->blocks) {
        e->depth = 0;
        load_fail(l, "no memory for the image encoder");
        return;
    }
    load_conv(l, &e->patch_embed, (ConvShape){ .out = e->dim, .in = 3, .kernel = e->patch },
              "image_encoder.patch_embed.proj");
    load_weight(l, &e->pos_embed, SHAPE(1, e->grid, e->grid, e->dim), "image_encoder.pos_embed");
    for (size_t i = 0; i < e->depth; i++)
        load_block(l, &e->blocks[i], e, i);
    sam_neck_load(l, &e->neck, e->dim, e->out);
}

void sam_image_encoder_clear(SamImageEncoder *e)
{
    for (size_t i = 0; i < e->depth; i++) {
        VitBlock *b = &e->blocks[i];
        norm_clear(&b->norm1);
        linear_clear(&b->qkv);
        linear_clear(&b->proj);
        weight_clear(&b->rel_pos_h);
        weight_clear(&b->rel_pos_w);
        norm_clear(&b->norm2);
        linear_clear(&b->lin1);
        linear_clear(&b->lin2);
    }
    free(e->blocks);
    linear_clear(&e->patch_embed);
    weight_clear(&e->pos_embed);
    sam_neck_clear(&e->neck);
    *e = (SamImageEncoder){ 0 };
}

/* ---- forward ---- */

/* x [N, side * side, dim]: N windows, or the whole image as one. The relative terms use the query as it is, without
 * the scale of the scores. */
static Tensor attention(OpCtx *c, const VitBlock *b, Tensor x, int heads, size_t side)
{
    Tensor qkv = op_linear(c, x, &b->qkv);
    AttentionOpts o = { .heads = heads };
    o.rel_h = op_rel_pos(c, qkv, op_weight(c, &b->rel_pos_h), heads, side, side, REL_ROWS);
    o.rel_w = op_rel_pos(c, qkv, op_weight(c, &b->rel_pos_w), heads, side, side, REL_COLS);
    return op_linear(c, op_attention_qkv(c, qkv, o), &b->proj);
}

/* x [grid, grid, dim], updated in place. Windows are filled up with zeros behind the norm: their keys and values are
 * the biases of qkv, and they take part in the softmax. */
static void block_forward(OpCtx *c, const VitBlock *b, const SamImageEncoder *e, Tensor x)
{
    ArenaMark mark = op_mark(c);
    int heads = (int)e->heads;
    Tensor y = op_layer_norm(c, x, &b->norm1, EPS);
    if (b->window) {
        size_t s = b->window, across = (e->grid + s - 1) / s, n = across * across;
        y = op_reshape(c, op_windows(c, y, s), SHAPE(n, s * s, e->dim));
        y = attention(c, b, y, heads, s);
        y = op_unwindows(c, op_reshape(c, y, SHAPE(n, s, s, e->dim)), e->grid, e->grid);
    } else {
        y = attention(c, b, op_reshape(c, y, SHAPE(1, e->grid * e->grid, e->dim)), heads, e->grid);
        y = op_reshape(c, y, SHAPE(e->grid, e->grid, e->dim));
    }
    op_add_to(c, x, y);

    y = op_linear_act(c, op_layer_norm(c, x, &b->norm2, EPS), &b->lin1, ACT_GELU);
    op_add_to(c, x, op_linear(c, y, &b->lin2));
    op_reset(c, mark);
}

Tensor sam_image_encoder_forward(OpCtx *c, const SamImageEncoder *e, Tensor image)
{
    Tensor x = op_conv2d(c, image, &e->patch_embed, (ConvOpts){ .stride = e->patch });
    x = op_add(c, x, op_weight(c, &e->pos_embed));
    for (size_t i = 0; i < e->depth; i++)
        block_forward(c, &e->blocks[i], e, x);

    return sam_neck_forward(c, &e->neck, x);
}
