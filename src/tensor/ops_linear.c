/* ops_linear.c: products of matrices and attention: what of ops.h costs most. */
#include "tensor/backend.h"

#include <math.h>

Tensor op_linear(OpCtx *c, Tensor x, const Linear *l)
{
    return op_linear_changed(c, x, l, NULL, ACT_NONE);
}

Tensor op_linear_act(OpCtx *c, Tensor x, const Linear *l, Act act)
{
    return op_linear_changed(c, x, l, NULL, act);
}

static bool is_change_of(Tensor weight, const LowRank *r)
{
    Tensor down = r->down.host, up = r->up.host;
    return down.rank == 2 && up.rank == 2 && down.dim[1] == weight.dim[1] && up.dim[0] == weight.dim[0] &&
           down.dim[0] == up.dim[1] && down.dim[0] > 0;
}

Tensor op_linear_changed(OpCtx *c, Tensor x, const Linear *l, const LowRank *changes, Act act)
{
    if (!OP_READY(c, "op_linear", x))
        return (Tensor){ 0 };
    Tensor w = l->weight.host;
    if (w.rank != 2 || x.rank == 0 || tensor_cols(x) != w.dim[1])
        return OP_MISFIT(c, "op_linear", "x [.., I] and weight [O, I] do not fit", x, w);
    if (!weight_is_vector(&l->bias, w.dim[0]))
        return OP_MISFIT(c, "op_linear", "weight [O, I] and bias [O] do not fit", w, l->bias.host);
    for (const LowRank *r = changes; r; r = r->next)
        if (!is_change_of(w, r))
            return OP_MISFIT(c, "op_linear", "weight [O, I] and its change [R, I], [O, R] do not fit", w,
                             r->down.host, r->up.host);
    Shape s = tensor_shape(x);
    s.dim[s.rank - 1] = w.dim[0];
    Tensor y = op_new(c, s);
    if (tensor_count(y))
        c->backend->linear(c, y, x, l, changes, act);
    return y;
}

static Tensor matmul(OpCtx *c, const char *op, Tensor a, Tensor b, bool transposed)
{
    if (!OP_READY(c, op, a, b))
        return (Tensor){ 0 };
    bool fits = a.rank >= 2 && (b.rank == a.rank || b.rank == 2);
    for (int i = 0; fits && i < b.rank - 2; i++)
        fits = a.dim[i] == b.dim[i];
    if (!fits || tensor_cols(a) != b.dim[b.rank - (transposed ? 1 : 2)])
        return OP_MISFIT(c, op,
                         transposed ? "a [.., M, K] and b [.., N, K] do not fit"
                                    : "a [.., M, K] and b [.., K, N] do not fit",
                         a, b);
    Shape s = tensor_shape(a);
    s.dim[s.rank - 1] = b.dim[b.rank - (transposed ? 2 : 1)];
    Tensor y = op_new(c, s);
    if (tensor_count(y) && tensor_cols(a) == 0)
        c->backend->fill(c, y, 0);
    else if (tensor_count(y))
        c->backend->matmul(c, y, a, b, transposed, b.rank > 2);
    return y;
}

Tensor op_matmul(OpCtx *c, Tensor a, Tensor b)
{
    return matmul(c, "op_matmul", a, b, false);
}

Tensor op_matmul_t(OpCtx *c, Tensor a, Tensor b)
{
    return matmul(c, "op_matmul_t", a, b, true);
}

/* ---- attention ---- */

static bool segments_fit(const AttentionOpts *o, const Attention *a)
{
    if (!o->segment_ends)
        return true;
    if (a->n != 1 || a->queries != a->keys || o->segments == 0 ||
        o->segment_ends[o->segments - 1] != a->queries)
        return false;
    for (size_t i = 1; i < o->segments; i++)
        if (o->segment_ends[i] < o->segment_ends[i - 1])
            return false;
    return true;
}

/* Is t [n, heads, queries, k], with or without n as q is? */
static bool is_rel(Tensor t, const Attention *a, int q_rank)
{
    int lead = q_rank - 2;
    return t.dtype == DTYPE_F32 && t.rank == lead + 3 && (!lead || t.dim[0] == a->n) &&
           t.dim[lead] == a->heads && t.dim[lead + 1] == a->queries;
}

/* Everything about the options that does not depend on where q, k and v lie. */
static bool options_fit(OpCtx *c, const char *op, Tensor q, const AttentionOpts *o, Attention *a)
{
    Tensor b = o->bias, rh = o->rel_h, rw = o->rel_w;
    if (tensor_is(b)) {
        if (b.dtype != DTYPE_F32 || b.rank != 3 || (b.dim[0] != 1 && b.dim[0] != a->heads) ||
            b.dim[1] != a->queries || b.dim[2] != a->keys)
            return OP_MISFIT(c, op, "q and bias [1 or heads, Q, K] do not fit", q, b), false;
        a->bias = b.data;
        a->bias_heads = b.dim[0];
    }
    if (tensor_is(rh) || tensor_is(rw)) {
        if (!is_rel(rh, a, q.rank) || !is_rel(rw, a, q.rank) || tensor_cols(rh) * tensor_cols(rw) != a->keys)
            return OP_MISFIT(c, op, "q, rel_h [N, heads, Q, Kh] and rel_w [N, heads, Q, Kw] do not fit", q,
                             rh, rw),
                   false;
        a->rel_h = rh.data;
        a->rel_w = rw.data;
        a->rel_kh = tensor_cols(rh);
        a->rel_kw = tensor_cols(rw);
    }
    if (!segments_fit(o, a))
        return OP_MISFIT(c, op, "the segments must ascend to Q, with Q = K and no batch", q), false;
    a->segment_ends = o->segment_ends ? o->segment_ends : &a->queries;
    a->segments = o->segment_ends ? o->segments : 1;
    a->scale = o->scale != 0 ? o->scale : 1 / sqrtf((float)a->d);
    a->causal = o->causal;
    return true;
}

static Tensor attend(OpCtx *c, Tensor q, Attention *a)
{
    Tensor y = op_new(c, q.rank == 3 ? SHAPE(a->n, a->queries, a->heads * a->e)
                                     : SHAPE(a->queries, a->heads * a->e));
    a->y = y.data;
    if (tensor_count(y) && a->keys == 0)
        c->backend->fill(c, y, 0);
    else if (tensor_count(y))
        c->backend->attention(c, a);
    return y;
}

Tensor op_attention(OpCtx *c, Tensor q, Tensor k, Tensor v, AttentionOpts o)
{
    const char *op = "op_attention";
    if (!OP_READY(c, op, q, k, v))
        return (Tensor){ 0 };
    size_t heads = o.heads > 0 ? (size_t)o.heads : 0, kv = o.kv_heads > 0 ? (size_t)o.kv_heads : heads;
    bool fits = heads && heads % kv == 0 && (q.rank == 2 || q.rank == 3) && k.rank == q.rank &&
                v.rank == q.rank && tensor_cols(q) % heads == 0 && tensor_cols(k) % kv == 0 &&
                tensor_cols(v) % kv == 0 && tensor_cols(q) / heads == tensor_cols(k) / kv &&
                tensor_rows(k) == tensor_rows(v) &&
                (q.rank == 2 || (q.dim[0] == k.dim[0] && q.dim[0] == v.dim[0]));
    if (!fits)
        return OP_MISFIT(
            c, op, "q [N, Q, heads * D], k [N, K, kv_heads * D], v [N, K, kv_heads * E] do not fit", q, k, v);
    int r = q.rank - 2;
    Attention a = {
        .q = q.data,
        .k = k.data,
        .v = v.data,
        .n = r ? q.dim[0] : 1,
        .queries = q.dim[r],
        .keys = k.dim[r],
        .heads = heads,
        .kv_heads = kv,
        .d = tensor_cols(q) / heads,
        .e = tensor_cols(v) / kv,
        .q_row = tensor_cols(q),
        .k_row = tensor_cols(k),
        .v_row = tensor_cols(v),
    };
    a.q_batch = a.queries * a.q_row;
    a.k_batch = a.keys * a.k_row;
    a.v_batch = a.keys * a.v_row;
    return options_fit(c, op, q, &o, &a) ? attend(c, q, &a) : (Tensor){ 0 };
}

Tensor op_attention_qkv(OpCtx *c, Tensor qkv, AttentionOpts o)
{
    const char *op = "op_attention_qkv";
    if (!OP_READY(c, op, qkv))
        return (Tensor){ 0 };
    size_t heads = o.heads > 0 ? (size_t)o.heads : 0, row = tensor_cols(qkv), third = row / 3;
    if (!heads || (qkv.rank != 2 && qkv.rank != 3) || row % (3 * heads) ||
        (o.kv_heads && o.kv_heads != o.heads))
        return OP_MISFIT(c, op, "qkv must be [N, T, 3 * heads * D]", qkv);
    int r = qkv.rank - 2;
    const float *p = qkv.data;
    Attention a = {
        .q = p,
        .k = p + third,
        .v = p + 2 * third,
        .n = r ? qkv.dim[0] : 1,
        .queries = qkv.dim[r],
        .keys = qkv.dim[r],
        .heads = heads,
        .kv_heads = heads,
        .d = third / heads,
        .e = third / heads,
        .q_row = row,
        .k_row = row,
        .v_row = row,
    };
    a.q_batch = a.k_batch = a.v_batch = a.queries * row;
    return options_fit(c, op, qkv, &o, &a) ? attend(c, qkv, &a) : (Tensor){ 0 };
}

Tensor op_rel_pos(OpCtx *c, Tensor q, Tensor table, int heads, size_t height, size_t width, RelAxis axis)
{
    const char *op = "op_rel_pos";
    if (!OP_READY(c, op, q, table))
        return (Tensor){ 0 };
    size_t side = axis == REL_ROWS ? height : width;
    int r = q.rank - 2;
    if (heads <= 0 || (r != 0 && r != 1) || q.dim[r] != height * width || table.rank != 2 || side == 0 ||
        table.dim[0] != 2 * side - 1 || tensor_cols(q) / (size_t)heads < table.dim[1])
        return OP_MISFIT(c, op, "q [N, H * W, heads * D] and table [2 S - 1, D] do not fit", q, table);
    Tensor y =
        op_new(c, r ? SHAPE(q.dim[0], (size_t)heads, q.dim[r], side) : SHAPE((size_t)heads, q.dim[r], side));
    if (tensor_count(y))
        c->backend->rel_pos(c, y, q, table, height, width, axis);
    return y;
}

Tensor op_rope(OpCtx *c, Tensor x, Rope r)
{
    const char *op = "op_rope";
    if (!OP_READY(c, op, x, r.cos, r.sin))
        return (Tensor){ 0 };
    int lead = x.rank - 2;
    size_t d = r.head_dim > 0 ? (size_t)r.head_dim : 0;
    if ((lead != 0 && lead != 1) || d == 0 || tensor_cols(x) % d || r.cos.rank != 2 ||
        !tensor_same_shape(r.cos, r.sin) || r.cos.dim[0] != x.dim[lead] || 2 * r.cos.dim[1] > d)
        return OP_MISFIT(c, op, "x [N, T, heads * D], cos and sin [T, R] with R <= D / 2 do not fit", x,
                         r.cos, r.sin);
    Tensor y = op_new(c, tensor_shape(x));
    RopeShape s = { .n = lead ? x.dim[0] : 1,
                    .t = x.dim[lead],
                    .heads = tensor_cols(x) / d,
                    .d = d,
                    .r = r.cos.dim[1],
                    .layout = r.layout };
    if (tensor_count(y))
        c->backend->rope(c, y, x, r.cos, r.sin, s);
    return y;
}
