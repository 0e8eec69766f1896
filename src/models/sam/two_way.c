#include "models/sam/two_way.h"

#include <math.h>
#include <stdio.h>

static const float EPS = 1e-5f;

/* The number of heads is not in a checkpoint: it is 8 in every published SAM. */
enum { HEADS = 8 };

/* ---- load ---- */

static void load_attention(Loader *l, TwoWayAttention *a, size_t dim, const char *name)
{
    Shape q = { 0 };
    load_shape(l, &q, "%s.q_proj.weight", name);
    size_t inner = q.dim[0];
    a->heads = HEADS;
    load_linear(l, &a->q, inner, dim, "%s.q_proj", name);
    load_linear(l, &a->k, inner, dim, "%s.k_proj", name);
    load_linear(l, &a->v, inner, dim, "%s.v_proj", name);
    load_linear(l, &a->out, dim, inner, "%s.out_proj", name);
    if (inner % HEADS)
        load_fail(l, "%s has %zu channels, which %d heads cannot share", name, inner, HEADS);
}

/* SAM calls the two layers lin1 and lin2, SAM 2 layers.0 and layers.1. */
static void load_mlp(Loader *l, Mlp *m, size_t dim, const char *name)
{
    Shape first;
    if (!load_shape(l, &first, "%s.lin1.weight", name)) {
        mlp_load(l, m, dim, dim, "%s", name);
        return;
    }
    m->count = 2;
    load_linear(l, &m->layer[0], first.dim[0], dim, "%s.lin1", name);
    load_linear(l, &m->layer[1], dim, first.dim[0], "%s.lin2", name);
}

static void load_layer(Loader *l, TwoWayLayer *y, size_t dim, const char *prefix, int i)
{
    char name[200];
    Norm *const norms[] = { &y->norm1, &y->norm2, &y->norm3, &y->norm4 };
    struct {
        const char *name;
        TwoWayAttention *to;
    } attention[] = { { "self_attn", &y->self },
                      { "cross_attn_token_to_image", &y->token_to_image },
                      { "cross_attn_image_to_token", &y->image_to_token } };
    for (int k = 0; k < 3; k++) {
        snprintf(name, sizeof name, "%s.layers.%d.%s", prefix, i, attention[k].name);
        load_attention(l, attention[k].to, dim, name);
    }
    for (int k = 0; k < 4; k++)
        load_norm(l, norms[k], dim, "%s.layers.%d.norm%d", prefix, i, k + 1);
    snprintf(name, sizeof name, "%s.layers.%d.mlp", prefix, i);
    load_mlp(l, &y->mlp, dim, name);
}

void two_way_load(Loader *l, TwoWay *t, size_t dim, const char *prefix)
{
    char name[200];
    *t = (TwoWay){ .dim = dim };
    while (t->depth < TWO_WAY_LAYERS_MAX &&
           load_shape(l, NULL, "%s.layers.%d.norm1.weight", prefix, t->depth)) {
        load_layer(l, &t->layer[t->depth], dim, prefix, t->depth);
        t->depth++;
    }
    if (t->depth == 0)
        load_fail(l, "%s has no layers", prefix);
    snprintf(name, sizeof name, "%s.final_attn_token_to_image", prefix);
    load_attention(l, &t->final, dim, name);
    load_norm(l, &t->final_norm, dim, "%s.norm_final_attn", prefix);
}

static void clear_attention(TwoWayAttention *a)
{
    linear_clear(&a->q);
    linear_clear(&a->k);
    linear_clear(&a->v);
    linear_clear(&a->out);
}

void two_way_clear(TwoWay *t)
{
    for (int i = 0; i < t->depth; i++) {
        TwoWayLayer *y = &t->layer[i];
        clear_attention(&y->self);
        clear_attention(&y->token_to_image);
        clear_attention(&y->image_to_token);
        norm_clear(&y->norm1);
        norm_clear(&y->norm2);
        norm_clear(&y->norm3);
        norm_clear(&y->norm4);
        mlp_clear(&y->mlp);
    }
    clear_attention(&t->final);
    norm_clear(&t->final_norm);
    *t = (TwoWay){ 0 };
}

/* ---- forward ---- */

static Tensor attention(OpCtx *c, const TwoWayAttention *a, Tensor q, Tensor k, Tensor v)
{
    Tensor y = op_attention(c, op_linear(c, q, &a->q), op_linear(c, k, &a->k), op_linear(c, v, &a->v),
                            (AttentionOpts){ .heads = a->heads });
    return op_linear(c, y, &a->out);
}

/* [T, heads * D] to [heads, T, D] */
static Tensor split_heads(OpCtx *c, Tensor x, int heads)
{
    size_t rows = tensor_rows(x), cols = tensor_cols(x), h = (size_t)heads;
    return op_permute(c, op_reshape(c, x, SHAPE(rows, h, cols / h)), (int[]){ 1, 0, 2 });
}

/* PerSAM, eq. 5: the guidance is added to the softmax, not to the scores, and the sum goes through a softmax again.
 * There are few queries, so the scores are made in full. */
static Tensor guided_attention(OpCtx *c, const TwoWayAttention *a, Tensor q, Tensor k, Tensor v,
                               Tensor guidance)
{
    q = split_heads(c, op_linear(c, q, &a->q), a->heads);
    k = split_heads(c, op_linear(c, k, &a->k), a->heads);
    v = split_heads(c, op_linear(c, v, &a->v), a->heads);
    Tensor s = op_affine(c, op_matmul_t(c, q, k), 1 / sqrtf((float)tensor_cols(q)), 0);
    s = op_softmax(c, op_add(c, op_softmax(c, s), guidance));
    Tensor y = op_permute(c, op_matmul(c, s, v), (int[]){ 1, 0, 2 });
    return op_linear(c, op_reshape(c, y, SHAPE(y.dim[0], y.dim[1] * y.dim[2])), &a->out);
}

static Tensor add_norm(OpCtx *c, Tensor x, Tensor y, const Norm *norm)
{
    return op_layer_norm(c, op_add(c, x, y), norm, EPS);
}

/* q_pe [T, C] and k_pe [I, C] are the positions of tokens and image. In the first layer the self-attention sees no
 * positions and replaces the tokens. */
static void layer_forward(OpCtx *c, const TwoWayLayer *y, Tensor *tokens, Tensor *image, Tensor q_pe,
                          Tensor k_pe, bool first, Tensor guidance)
{
    Tensor t = *tokens, i = *image;
    if (first)
        t = op_layer_norm(c, attention(c, &y->self, t, t, t), &y->norm1, EPS);
    else {
        Tensor q = op_add(c, t, q_pe);
        t = add_norm(c, t, attention(c, &y->self, q, q, t), &y->norm1);
    }
    Tensor q = op_add(c, t, q_pe), k = op_add(c, i, k_pe);
    Tensor seen = tensor_is(guidance) ? guided_attention(c, &y->token_to_image, q, k, i, guidance)
                                      : attention(c, &y->token_to_image, q, k, i);
    t = add_norm(c, t, seen, &y->norm2);
    t = add_norm(c, t, mlp_forward(c, &y->mlp, t), &y->norm3);
    i = add_norm(c, i, attention(c, &y->image_to_token, k, op_add(c, t, q_pe), t), &y->norm4);
    *tokens = t;
    *image = i;
}

void two_way_forward(OpCtx *c, const TwoWay *t, Tensor *tokens, Tensor *image, Tensor positions,
                     const TwoWayGuidance *guidance)
{
    Tensor none = { 0 };
    Tensor attend = guidance ? guidance->attention : none, semantic = guidance ? guidance->semantic : none;
    Tensor q_pe = *tokens;
    for (int i = 0; i < t->depth; i++) {
        if (tensor_is(semantic))
            *tokens = op_add(c, *tokens, semantic);
        /* PerSAM adds in place, and before the first layer the tokens are also their own positions: those keep what was
         * added to them. */
        if (i == 0)
            q_pe = *tokens;
        layer_forward(c, &t->layer[i], tokens, image, q_pe, positions, i == 0, attend);
    }
    Tensor q = op_add(c, *tokens, q_pe), k = op_add(c, *image, positions);
    if (tensor_is(semantic))
        q = op_add(c, q, semantic);
    *tokens = add_norm(c, *tokens, attention(c, &t->final, q, k, *image), &t->final_norm);
}
