/* ops_rows.c: norms, sums and element-wise operations of ops.h. */
#include "tensor/backend.h"

/* ---- norms ---- */

/* A norm's weight and bias are [channels] each, or missing. */
static bool norm_fits(OpCtx *c, const char *op, Tensor x, const Norm *norm, size_t channels)
{
    if (!norm)
        return true;
    if (!weight_is_vector(&norm->weight, channels))
        return OP_MISFIT(c, op, "x [.., C] and weight [C] do not fit", x, norm->weight.host), false;
    if (!weight_is_vector(&norm->bias, channels))
        return OP_MISFIT(c, op, "x [.., C] and bias [C] do not fit", x, norm->bias.host), false;
    return true;
}

Tensor op_layer_norm(OpCtx *c, Tensor x, const Norm *norm, float eps)
{
    if (!OP_READY(c, "op_layer_norm", x) || !norm_fits(c, "op_layer_norm", x, norm, tensor_cols(x)))
        return (Tensor){ 0 };
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->layer_norm(c, y, x, norm, eps);
    return y;
}

Tensor op_rms_norm(OpCtx *c, Tensor x, const Norm *norm, float eps)
{
    if (!OP_READY(c, "op_rms_norm", x) || !norm_fits(c, "op_rms_norm", x, norm, tensor_cols(x)))
        return (Tensor){ 0 };
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->rms_norm(c, y, x, norm, eps);
    return y;
}

Tensor op_group_norm(OpCtx *c, Tensor x, const Norm *norm, size_t groups, float eps, Act act)
{
    if (!OP_READY(c, "op_group_norm", x) || !norm_fits(c, "op_group_norm", x, norm, tensor_cols(x)))
        return (Tensor){ 0 };
    if (x.rank < 2 || x.rank > 4 || groups == 0 || tensor_cols(x) % groups)
        return OP_MISFIT(c, "op_group_norm", "must be [.., C] with C a multiple of the groups", x);
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->group_norm(c, y, x, norm, x.rank == 4 ? x.dim[0] : 1, groups, eps, act);
    return y;
}

Tensor op_normalize(OpCtx *c, Tensor x, float eps)
{
    if (!OP_READY(c, "op_normalize", x))
        return (Tensor){ 0 };
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->normalize(c, y, x, eps);
    return y;
}

/* ---- element by element ---- */

/* May b repeat along a? Leading ones do not count; the rest are the last dimensions of a. */
static bool repeats(Tensor a, Tensor b)
{
    int skip = 0;
    while (skip < b.rank && b.dim[skip] == 1)
        skip++;
    int rank = b.rank - skip;
    if (rank > a.rank)
        return false;
    for (int i = 0; i < rank; i++)
        if (b.dim[skip + i] != a.dim[a.rank - rank + i])
            return false;
    return true;
}

static const char broadcast[] = "the last one must have the shape, or the last dimensions, of the first";

static Tensor binary(OpCtx *c, const char *op, Tensor a, Tensor b, Binary kind)
{
    if (!OP_READY(c, op, a, b))
        return (Tensor){ 0 };
    if (!repeats(a, b))
        return OP_MISFIT(c, op, broadcast, a, b);
    Tensor y = op_new(c, tensor_shape(a));
    if (tensor_count(y))
        c->backend->binary(c, y, a, b, kind);
    return y;
}

Tensor op_add(OpCtx *c, Tensor a, Tensor b)
{
    return binary(c, "op_add", a, b, BINARY_ADD);
}

Tensor op_sub(OpCtx *c, Tensor a, Tensor b)
{
    return binary(c, "op_sub", a, b, BINARY_SUB);
}

Tensor op_mul(OpCtx *c, Tensor a, Tensor b)
{
    return binary(c, "op_mul", a, b, BINARY_MUL);
}

Tensor op_modulate(OpCtx *c, Tensor x, Tensor shift, Tensor scale)
{
    if (!OP_READY(c, "op_modulate", x, shift, scale))
        return (Tensor){ 0 };
    if (!repeats(x, shift) || !repeats(x, scale))
        return OP_MISFIT(c, "op_modulate", "shift and scale must have the last dimensions of x", x, shift,
                         scale);
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->modulate(c, y, x, shift, scale);
    return y;
}

Tensor op_act_mul(OpCtx *c, Tensor gate, Tensor x, Act act)
{
    if (!OP_READY(c, "op_act_mul", gate, x))
        return (Tensor){ 0 };
    if (!tensor_same_shape(gate, x))
        return OP_MISFIT(c, "op_act_mul", "the shapes differ", gate, x);
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->act_mul(c, y, gate, x, act);
    return y;
}

Tensor op_affine(OpCtx *c, Tensor x, float mul, float add)
{
    if (!OP_READY(c, "op_affine", x))
        return (Tensor){ 0 };
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->affine(c, y, x, mul, add);
    return y;
}

Tensor op_act(OpCtx *c, Tensor x, Act act)
{
    if (!OP_READY(c, "op_act", x))
        return (Tensor){ 0 };
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->act(c, y, x, act);
    return y;
}

static void add_scaled(OpCtx *c, const char *op, Tensor x, float s, Tensor y)
{
    if (!OP_READY(c, op, x, y))
        return;
    if (!repeats(x, y))
        OP_MISFIT(c, op, broadcast, x, y);
    else if (tensor_count(x))
        c->backend->add_scaled(c, x, s, y);
}

void op_add_to(OpCtx *c, Tensor x, Tensor y)
{
    add_scaled(c, "op_add_to", x, 1, y);
}

void op_add_scaled(OpCtx *c, Tensor x, float s, Tensor y)
{
    add_scaled(c, "op_add_scaled", x, s, y);
}

void op_add_gated(OpCtx *c, Tensor x, Tensor gate, Tensor y)
{
    if (!OP_READY(c, "op_add_gated", x, gate, y))
        return;
    if (!tensor_same_shape(x, y) || !repeats(x, gate))
        OP_MISFIT(c, "op_add_gated", "y must have the shape of x, gate its last dimensions", x, gate, y);
    else if (tensor_count(x))
        c->backend->add_gated(c, x, gate, y);
}

/* ---- along rows ---- */

Tensor op_softmax(OpCtx *c, Tensor x)
{
    if (!OP_READY(c, "op_softmax", x))
        return (Tensor){ 0 };
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->softmax(c, y, x);
    return y;
}

static Tensor sum_rows(OpCtx *c, const char *op, Tensor x, bool mean)
{
    if (!OP_READY(c, op, x))
        return (Tensor){ 0 };
    if (x.rank == 0)
        return OP_MISFIT(c, op, "a single number has no rows", x);
    Shape s = { .rank = x.rank - 1 };
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = x.dim[i + 1];
    Tensor y = op_new(c, s);
    if (tensor_count(y) && x.dim[0] == 0)
        c->backend->fill(c, y, 0);
    else if (tensor_count(y))
        c->backend->sum_rows(c, y, x, mean ? 1 / (float)x.dim[0] : 1);
    return y;
}

Tensor op_sum_rows(OpCtx *c, Tensor x)
{
    return sum_rows(c, "op_sum_rows", x, false);
}

Tensor op_mean_rows(OpCtx *c, Tensor x)
{
    return sum_rows(c, "op_mean_rows", x, true);
}
