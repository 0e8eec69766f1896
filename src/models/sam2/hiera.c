#include "models/sam2/hiera.h"

#include <stdlib.h>

static const float EPS = 1e-6f;

enum { POSITIONS_MAX = 1 << 28 }; /* a small file may claim a large picture */

enum { PATCH = 7, PATCH_STRIDE = 4, PATCH_PAD = 3 };

/* ---- load ---- */

/* The background embedding enlarged to the grid, plus the window's embedding laid over it as tiles. */
static void load_positions(Loader *l, Hiera *h, const Sam2Config *cfg)
{
    size_t d = (size_t)cfg->embed_dim, g = h->grid, w = (size_t)cfg->window_spec[0];
    size_t bh = (size_t)cfg->window_pos_embed_bkg_spatial_size[0];
    size_t bw = (size_t)cfg->window_pos_embed_bkg_spatial_size[1];
    Weight background = { 0 };
    if (g * g * d > POSITIONS_MAX) {
        load_fail(l, "%zu x %zu patches of %zu channels: no SAM 2 is that large", g, g, d);
        return;
    }
    load_weight(l, &background, SHAPE(1, d, bh, bw), "image_encoder.trunk.pos_embed");
    float *window = load_floats(l, SHAPE(1, d, w, w), "image_encoder.trunk.pos_embed_window");
    h->positions_data = calloc(g * g * d + 1, sizeof *h->positions_data);
    OpCtx *c = op_open(&(OpOptions){ .threads = 1 }, &l->err);
    if (tensor_is(background.host) && window && h->positions_data && c) {
        Tensor x = op_reshape(c, op_weight(c, &background), SHAPE(d, bh, bw));
        x = op_resize(c, op_permute(c, x, (int[]){ 1, 2, 0 }), g, g, RESIZE_BICUBIC);
        op_download(c, x, h->positions_data);
        if (!op_finish(c, &l->err))
            load_fail(l, "its position embedding cannot be enlarged");
        for (size_t i = 0; i < g * g * d; i++) {
            size_t x0 = i / d % g % w, y0 = i / d / g % w;
            h->positions_data[i] += window[(i % d * w + y0) * w + x0];
        }
        h->positions.host = tensor_of(h->positions_data, DTYPE_F32, SHAPE(g, g, d));
    }
    weight_clear(&background);
    op_close(c);
    free(window);
}

static void load_block(Loader *l, HieraBlock *b, size_t i)
{
    const char *at = "image_encoder.trunk.blocks";
    Shape hidden = { 0 };
    load_shape(l, &hidden, "%s.%zu.mlp.layers.0.weight", at, i);
    load_norm(l, &b->norm1, b->dim, "%s.%zu.norm1", at, i);
    load_linear(l, &b->qkv, 3 * b->out, b->dim, "%s.%zu.attn.qkv", at, i);
    load_linear(l, &b->proj, b->out, b->out, "%s.%zu.attn.proj", at, i);
    if (b->dim != b->out)
        load_linear(l, &b->shortcut, b->out, b->dim, "%s.%zu.proj", at, i);
    load_norm(l, &b->norm2, b->out, "%s.%zu.norm2", at, i);
    load_linear(l, &b->mlp1, hidden.dim[0], b->out, "%s.%zu.mlp.layers.0", at, i);
    load_linear(l, &b->mlp2, b->out, hidden.dim[0], "%s.%zu.mlp.layers.1", at, i);
    if (b->out % (size_t)b->heads || (b->pool && b->window % 2))
        load_fail(l, "block %zu: %zu channels in %d heads, windows of %zu: no SAM 2 has such sizes", i,
                  b->out, b->heads, b->window);
}

static bool is_global(const Sam2Config *cfg, size_t block)
{
    for (int i = 0; i < cfg->global_att_count; i++)
        if ((size_t)cfg->global_att_blocks[i] == block)
            return true;
    return false;
}

/* Channels and heads double at each border. The first block of a stage still has the window of the stage before: it is
 * there that the picture halves. */
static void load_blocks(Loader *l, Hiera *h, const Sam2Config *cfg)
{
    size_t dim = (size_t)cfg->embed_dim, i = 0;
    int heads = cfg->num_heads;
    for (int stage = 0; stage < HIERA_STAGES; stage++) {
        for (int k = 0; k < cfg->stages[stage]; k++, i++) {
            bool border = stage > 0 && k == 0;
            HieraBlock *b = &h->block[i];
            if (border)
                heads *= 2;
            *b = (HieraBlock){ .dim = dim, .out = border ? 2 * dim : dim, .heads = heads };
            b->window = is_global(cfg, i) ? 0 : (size_t)cfg->window_spec[border ? stage - 1 : stage];
            b->pool = border && stage <= cfg->q_pool;
            load_block(l, b, i);
            dim = b->out;
        }
        h->stage_end[stage] = i - 1;
        h->dim[stage] = dim;
    }
}

void hiera_load(Loader *l, Hiera *h, const Sam2Config *cfg)
{
    size_t side = (size_t)cfg->image_size;
    *h = (Hiera){ .grid = (side + 2 * PATCH_PAD - PATCH) / PATCH_STRIDE + 1 };
    for (int i = 0; i < HIERA_STAGES; i++)
        h->depth += (size_t)cfg->stages[i];
    h->block = calloc(h->depth + 1, sizeof *h->block);
    if (!h->block) {
        h->depth = 0;
        load_fail(l, "no memory for the image encoder");
        return;
    }
    load_conv(l, &h->patch_embed, (ConvShape){ .out = (size_t)cfg->embed_dim, .in = 3, .kernel = PATCH },
              "image_encoder.trunk.patch_embed.proj");
    load_positions(l, h, cfg);
    load_blocks(l, h, cfg);
}

void hiera_clear(Hiera *h)
{
    for (size_t i = 0; i < h->depth; i++) {
        HieraBlock *b = &h->block[i];
        norm_clear(&b->norm1);
        linear_clear(&b->qkv);
        linear_clear(&b->proj);
        linear_clear(&b->shortcut);
        norm_clear(&b->norm2);
        linear_clear(&b->mlp1);
        linear_clear(&b->mlp2);
    }
    free(h->block);
    linear_clear(&h->patch_embed);
    weight_clear(&h->positions);
    free(h->positions_data);
    *h = (Hiera){ 0 };
}

/* ---- forward ---- */

/* x [N, s, s, dim]: N windows, or the whole picture as one. y [N, s', s', out], s' half of s where queries are pooled. */
static Tensor attention(OpCtx *c, const HieraBlock *b, Tensor x)
{
    size_t n = x.dim[0], s = x.dim[1], t = s * s;
    AttentionOpts o = { .heads = b->heads };
    Tensor qkv = op_linear(c, op_reshape(c, x, SHAPE(n, t, b->dim)), &b->qkv);
    Tensor y;
    if (b->pool) {
        Tensor q = op_reshape(c, op_cols(c, qkv, 0, b->out), SHAPE(n, s, s, b->out));
        s /= 2;
        q = op_reshape(c, op_max_pool2d(c, q, 2, 2), SHAPE(n, s * s, b->out));
        y = op_attention(c, q, op_cols(c, qkv, b->out, b->out), op_cols(c, qkv, 2 * b->out, b->out), o);
    } else
        y = op_attention_qkv(c, qkv, o);
    return op_reshape(c, op_linear(c, y, &b->proj), SHAPE(n, s, s, b->out));
}

/* x [S, S, dim] to [S', S', out]. Windows are filled up with zeros behind the norm, as in SAM. */
static Tensor block_forward(OpCtx *c, const HieraBlock *b, Tensor x)
{
    Tensor y = op_layer_norm(c, x, &b->norm1, EPS);
    /* The shortcut of a border starts from the normalised picture. */
    if (b->dim != b->out) {
        x = op_linear(c, y, &b->shortcut);
        if (b->pool)
            x = op_max_pool2d(c, x, 2, 2);
    }
    size_t h = x.dim[0], w = x.dim[1];
    if (b->window)
        y = op_unwindows(c, attention(c, b, op_windows(c, y, b->window)), h, w);
    else
        y = op_reshape(c, attention(c, b, op_reshape(c, y, SHAPE(1, y.dim[0], y.dim[1], b->dim))),
                       SHAPE(h, w, b->out));
    x = op_add(c, x, y);
    y = op_linear_act(c, op_layer_norm(c, x, &b->norm2, EPS), &b->mlp1, ACT_GELU);
    return op_add(c, x, op_linear(c, y, &b->mlp2));
}

void hiera_forward(OpCtx *c, const Hiera *h, Tensor image, Tensor features[HIERA_STAGES])
{
    Tensor x = op_conv2d(c, image, &h->patch_embed, (ConvOpts){ .stride = PATCH_STRIDE, .pad = PATCH_PAD });
    x = op_add(c, x, op_weight(c, &h->positions));
    int stage = 0;
    for (size_t i = 0; i < h->depth; i++) {
        ArenaMark mark = op_mark(c);
        x = op_reset_keep(c, mark, block_forward(c, &h->block[i], x));
        if (i == h->stage_end[stage])
            features[stage++] = x;
    }
}
