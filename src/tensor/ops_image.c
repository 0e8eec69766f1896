/* ops_image.c: operations of ops.h that know neighbours in a picture. */
#include "tensor/backend.h"

/* n, h, w, c of [H, W, C] or [N, H, W, C]; false for other ranks. */
static bool image_dims(Tensor x, Conv *s)
{
    if (x.rank != 3 && x.rank != 4)
        return false;
    int r = x.rank - 3;
    s->n = r ? x.dim[0] : 1;
    s->h = x.dim[r];
    s->w = x.dim[r + 1];
    s->c = x.dim[r + 2];
    return true;
}

static Shape image_shape(Tensor x, size_t h, size_t w, size_t channels)
{
    return x.rank == 4 ? SHAPE(x.dim[0], h, w, channels) : SHAPE(h, w, channels);
}

/* Where a kernel fits into a padded length: the number of places, 0 where there is none. */
static size_t places(size_t length, size_t pad, size_t kernel, size_t dilation, size_t stride)
{
    size_t all = length + pad, reach = dilation * (kernel - 1) + 1;
    return all < reach ? 0 : (all - reach) / stride + 1;
}

Tensor op_conv2d(OpCtx *c, Tensor x, const Linear *conv, ConvOpts o)
{
    const char *op = "op_conv2d";
    if (!OP_READY(c, op, x))
        return (Tensor){ 0 };
    Conv s = { .stride = o.stride ? o.stride : 1,
               .pad = o.pad,
               .pad_bottom = o.pad + o.pad_end,
               .pad_right = o.pad + o.pad_end,
               .dilation = o.dilation ? o.dilation : 1,
               .groups = o.groups ? o.groups : 1,
               .act = o.act };
    Tensor w = conv->weight.host;
    bool fits = (w.rank == 4 || w.rank == 5) && image_dims(x, &s);
    if (fits) {
        s.o = w.dim[0];
        s.kt = w.rank == 5 ? w.dim[2] : 1;
        s.kh = w.dim[w.rank - 2];
        s.kw = w.dim[w.rank - 1];
        fits =
            s.kt && s.kh && s.kw && s.c % s.groups == 0 && s.o % s.groups == 0 && w.dim[1] == s.c / s.groups;
    }
    if (!fits)
        return OP_MISFIT(c, op, "x [.., H, W, C] and weight [O, C / groups, kh, kw] do not fit", x, w);
    if (!weight_is_vector(&conv->bias, s.o))
        return OP_MISFIT(c, op, "weight [O, ..] and bias [O] do not fit", w, conv->bias.host);
    s.oh = places(s.h, s.pad + s.pad_bottom, s.kh, s.dilation, s.stride);
    s.ow = places(s.w, s.pad + s.pad_right, s.kw, s.dilation, s.stride);
    Tensor y = op_new(c, image_shape(x, s.oh, s.ow, s.o));
    if (tensor_count(y))
        c->backend->conv2d(c, y, x, conv, s);
    return y;
}

Tensor op_conv_transpose2d(OpCtx *c, Tensor x, const Linear *conv, size_t stride, Act act)
{
    const char *op = "op_conv_transpose2d";
    if (!OP_READY(c, op, x))
        return (Tensor){ 0 };
    Conv s = { .stride = stride ? stride : 1, .dilation = 1, .groups = 1, .kt = 1, .act = act };
    Tensor w = conv->weight.host;
    if (w.rank != 4 || !image_dims(x, &s) || w.dim[0] != s.c || w.dim[2] == 0 || w.dim[3] == 0)
        return OP_MISFIT(c, op, "x [.., H, W, C] and weight [C, O, kh, kw] do not fit", x, w);
    s.o = w.dim[1];
    s.kh = w.dim[2];
    s.kw = w.dim[3];
    if (!weight_is_vector(&conv->bias, s.o))
        return OP_MISFIT(c, op, "weight [C, O, ..] and bias [O] do not fit", w, conv->bias.host);
    s.oh = s.h ? (s.h - 1) * s.stride + s.kh : 0;
    s.ow = s.w ? (s.w - 1) * s.stride + s.kw : 0;
    Tensor y = op_new(c, image_shape(x, s.oh, s.ow, s.o));
    if (tensor_count(y))
        c->backend->conv_transpose2d(c, y, x, conv, s);
    return y;
}

Tensor op_max_pool2d(OpCtx *c, Tensor x, size_t size, size_t stride)
{
    Conv s;
    if (!OP_READY(c, "op_max_pool2d", x))
        return (Tensor){ 0 };
    if (!image_dims(x, &s) || size == 0 || stride == 0)
        return OP_MISFIT(c, "op_max_pool2d", "must be [.., H, W, C], and size and stride not 0", x);
    Tensor y =
        op_new(c, image_shape(x, places(s.h, 0, size, 1, stride), places(s.w, 0, size, 1, stride), s.c));
    if (tensor_count(y))
        c->backend->max_pool2d(c, y, x, size, stride);
    return y;
}

Tensor op_resize(OpCtx *c, Tensor x, size_t height, size_t width, ResizeMode mode)
{
    Conv s;
    if (!OP_READY(c, "op_resize", x))
        return (Tensor){ 0 };
    if (!image_dims(x, &s) || ((s.h == 0 || s.w == 0) && height && width))
        return OP_MISFIT(c, "op_resize", "must be [.., H, W, C] and not empty", x);
    Tensor y = op_new(c, image_shape(x, height, width, s.c));
    if (tensor_count(y))
        c->backend->resize(c, y, x, mode);
    return y;
}
