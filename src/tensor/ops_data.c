/* ops_data.c: operations that make, copy and rearrange data. */
#include "tensor/backend.h"

#include <stdint.h>
#include <stdlib.h>

static Tensor make(OpCtx *c, Dtype d, Shape s)
{
    size_t bytes;
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (!shape_size(s, d, NULL, &bytes))
        return OP_MISFIT(c, "op_new", "too large", tensor_of(NULL, d, s));
    void *data = op_alloc(c, bytes);
    return data ? tensor_of(data, d, s) : (Tensor){ 0 };
}

Tensor op_new(OpCtx *c, Shape s)
{
    return make(c, DTYPE_F32, s);
}

Tensor op_fill(OpCtx *c, Shape s, float value)
{
    Tensor y = op_new(c, s);
    if (tensor_count(y))
        c->backend->fill(c, y, value);
    return y;
}

Tensor op_zeros(OpCtx *c, Shape s)
{
    return op_fill(c, s, 0);
}

Tensor op_upload(OpCtx *c, Tensor host)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (!tensor_is(host))
        return op_fail(c, ERR_INTERNAL, "op_upload: the tensor is empty");
    Tensor y = make(c, host.dtype == DTYPE_I32 ? DTYPE_I32 : DTYPE_F32, tensor_shape(host));
    if (tensor_count(y))
        c->backend->upload(c, y, host);
    return y;
}

Tensor op_from_f32(OpCtx *c, const float *data, Shape s)
{
    return op_upload(c, tensor_of((void *)(uintptr_t)data, DTYPE_F32, s));
}

Tensor op_from_i32(OpCtx *c, const int32_t *data, Shape s)
{
    return op_upload(c, tensor_of((void *)(uintptr_t)data, DTYPE_I32, s));
}

void op_download(OpCtx *c, Tensor x, float *out)
{
    if (OP_READY(c, "op_download", x) && tensor_count(x))
        c->backend->download(c, x, out);
}

float *op_fetch(OpCtx *c, Tensor x)
{
    float *out = op_ok(c) ? malloc((tensor_count(x) + 1) * sizeof *out) : NULL;
    if (out)
        op_download(c, x, out);
    else
        op_fail(c, ERR_NOMEM, "no memory for %zu numbers", tensor_count(x));
    if (op_ok(c))
        return out;
    free(out);
    return NULL;
}

Tensor op_weight(OpCtx *c, const Weight *w)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (!tensor_is(w->host))
        return op_fail(c, ERR_INTERNAL, "op_weight: the weight was not loaded");
    if (tensor_count(w->host) == 0)
        return op_new(c, tensor_shape(w->host));
    return c->backend->weight(c, w);
}

Tensor op_reshape(OpCtx *c, Tensor x, Shape s)
{
    size_t count;
    if (!op_ok(c))
        return (Tensor){ 0 };
    Tensor y = tensor_of(x.data, x.dtype, s);
    if (!tensor_is(x) || !shape_size(s, x.dtype, &count, NULL) || count != tensor_count(x))
        return OP_MISFIT(c, "op_reshape", "not the same number of elements", x, y);
    return y;
}

Tensor op_rows(OpCtx *c, Tensor x, size_t first, size_t count)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (!tensor_is(x) || x.rank == 0 || first > x.dim[0] || count > x.dim[0] - first) {
        char text[128];
        return op_fail(c, ERR_INTERNAL, "op_rows: %s has no %zu rows from %zu on",
                       tensor_describe(x, text, sizeof text), count, first);
    }
    size_t row = x.dim[0] ? tensor_bytes(x) / x.dim[0] : 0;
    x.data = (char *)x.data + first * row;
    x.dim[0] = count;
    return x;
}

Tensor op_cols(OpCtx *c, Tensor x, size_t first, size_t count)
{
    if (!OP_READY(c, "op_cols", x))
        return (Tensor){ 0 };
    size_t cols = tensor_cols(x);
    if (x.rank == 0 || first > cols || count > cols - first) {
        char text[128];
        return op_fail(c, ERR_INTERNAL, "op_cols: %s has no %zu columns from %zu on",
                       tensor_describe(x, text, sizeof text), count, first);
    }
    Shape s = tensor_shape(x);
    s.dim[s.rank - 1] = count;
    Tensor y = op_new(c, s);
    if (tensor_count(y))
        c->backend->copy_rows(c, y.data, count * 4, (float *)x.data + first, cols * 4, count * 4,
                              tensor_rows(x));
    return y;
}

Tensor op_copy(OpCtx *c, Tensor x)
{
    if (!OP_READY(c, "op_copy", x))
        return (Tensor){ 0 };
    Tensor y = op_new(c, tensor_shape(x));
    if (tensor_count(y))
        c->backend->move(c, y.data, x.data, tensor_bytes(x));
    return y;
}

void op_copy_to(OpCtx *c, Tensor x, Tensor y)
{
    if (!OP_READY(c, "op_copy_to", x, y))
        return;
    if (!tensor_same_shape(x, y))
        OP_MISFIT(c, "op_copy_to", "x and y must have the same shape", x, y);
    else if (tensor_count(x))
        c->backend->move(c, x.data, y.data, tensor_bytes(y));
}

/* Are a and b alike but for dimension `but`? */
static bool alike(Tensor a, Tensor b, int but)
{
    if (a.rank != b.rank || a.rank == 0)
        return false;
    for (int i = 0; i < a.rank; i++)
        if (i != but && a.dim[i] != b.dim[i])
            return false;
    return true;
}

/* Put b after a in each of `rows` rows. */
static Tensor join(OpCtx *c, Tensor a, Tensor b, int axis, size_t rows)
{
    Shape s = tensor_shape(a);
    s.dim[axis] += b.dim[axis];
    Tensor y = op_new(c, s);
    if (!tensor_count(y))
        return y;
    size_t from_a = tensor_bytes(a) / rows, from_b = tensor_bytes(b) / rows, row = from_a + from_b;
    if (from_a)
        c->backend->copy_rows(c, y.data, row, a.data, from_a, from_a, rows);
    if (from_b)
        c->backend->copy_rows(c, (char *)y.data + from_a, row, b.data, from_b, from_b, rows);
    return y;
}

Tensor op_concat_rows(OpCtx *c, Tensor a, Tensor b)
{
    if (!OP_READY(c, "op_concat_rows", a, b))
        return (Tensor){ 0 };
    if (!alike(a, b, 0))
        return OP_MISFIT(c, "op_concat_rows", "all dimensions but the first must be equal", a, b);
    return join(c, a, b, 0, 1);
}

Tensor op_concat_cols(OpCtx *c, Tensor a, Tensor b)
{
    if (!OP_READY(c, "op_concat_cols", a, b))
        return (Tensor){ 0 };
    if (!alike(a, b, a.rank - 1))
        return OP_MISFIT(c, "op_concat_cols", "all dimensions but the last must be equal", a, b);
    return join(c, a, b, a.rank - 1, tensor_rows(a));
}

Tensor op_permute(OpCtx *c, Tensor x, const int *axes)
{
    if (!OP_READY(c, "op_permute", x))
        return (Tensor){ 0 };
    Shape s = { .rank = x.rank };
    unsigned seen = 0;
    for (int i = 0; i < x.rank; i++) {
        if (axes[i] < 0 || axes[i] >= x.rank || seen >> axes[i] & 1)
            return OP_MISFIT(c, "op_permute", "the axes are no permutation of its dimensions", x);
        seen |= 1u << axes[i];
        s.dim[i] = x.dim[axes[i]];
    }
    Tensor y = op_new(c, s);
    if (tensor_count(y))
        c->backend->permute(c, y, x, axes);
    return y;
}

Tensor op_transpose(OpCtx *c, Tensor x)
{
    int axes[TENSOR_MAX_RANK] = { 0, 1, 2, 3, 4 };
    if (!OP_READY(c, "op_transpose", x))
        return (Tensor){ 0 };
    if (x.rank < 2)
        return OP_MISFIT(c, "op_transpose", "needs two dimensions", x);
    axes[x.rank - 2] = x.rank - 1;
    axes[x.rank - 1] = x.rank - 2;
    return op_permute(c, x, axes);
}

Tensor op_repeat(OpCtx *c, Tensor x, size_t times)
{
    if (!OP_READY(c, "op_repeat", x))
        return (Tensor){ 0 };
    if (x.rank == TENSOR_MAX_RANK)
        return OP_MISFIT(c, "op_repeat", "has no room for another dimension", x);
    Shape s = { .rank = x.rank + 1, .dim = { times } };
    for (int i = 0; i < x.rank; i++)
        s.dim[i + 1] = x.dim[i];
    Tensor y = op_new(c, s);
    if (tensor_count(y))
        c->backend->copy_rows(c, y.data, tensor_bytes(x), x.data, 0, tensor_bytes(x), times);
    return y;
}

Tensor op_gather(OpCtx *c, Tensor x, Tensor ids)
{
    if (!OP_READY(c, "op_gather", x))
        return (Tensor){ 0 };
    if (ids.dtype != DTYPE_I32 || ids.rank != 1 || x.rank == 0)
        return OP_MISFIT(c, "op_gather", "x needs rows, ids must be i32 [n]", x, ids);
    Shape s = tensor_shape(x);
    s.dim[0] = ids.dim[0];
    Tensor y = op_new(c, s);
    if (tensor_count(y))
        c->backend->gather(c, y, x, ids);
    return y;
}

Tensor op_embedding(OpCtx *c, const Weight *table, Tensor ids)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (ids.dtype != DTYPE_I32 || ids.rank != 1 || table->host.rank != 2)
        return OP_MISFIT(c, "op_embedding", "the table must be [V, C], ids i32 [n]", table->host, ids);
    Tensor y = op_new(c, SHAPE(ids.dim[0], table->host.dim[1]));
    if (tensor_count(y))
        c->backend->embedding(c, y, table, ids);
    return y;
}

Tensor op_windows(OpCtx *c, Tensor x, size_t size)
{
    if (!OP_READY(c, "op_windows", x))
        return (Tensor){ 0 };
    if (x.rank != 3 || size == 0)
        return OP_MISFIT(c, "op_windows", "must be [H, W, C], and the window not 0", x);
    size_t down = (x.dim[0] + size - 1) / size, across = (x.dim[1] + size - 1) / size;
    Tensor y = op_new(c, SHAPE(down * across, size, size, x.dim[2]));
    if (tensor_count(y))
        c->backend->windows(c, y, x, size);
    return y;
}

Tensor op_unwindows(OpCtx *c, Tensor x, size_t height, size_t width)
{
    if (!OP_READY(c, "op_unwindows", x))
        return (Tensor){ 0 };
    size_t size = x.dim[1];
    if (x.rank != 4 || size == 0 || x.dim[2] != size ||
        x.dim[0] != (height + size - 1) / size * ((width + size - 1) / size))
        return OP_MISFIT(c, "op_unwindows", "these are not the windows of such an image", x,
                         tensor_of(NULL, DTYPE_F32, SHAPE(height, width)));
    Tensor y = op_new(c, SHAPE(height, width, x.dim[3]));
    if (tensor_count(y))
        c->backend->unwindows(c, y, x, size);
    return y;
}

/* Copy `lines` lines of `columns` pixels between two images of one batch, which may differ in width and
 * height. */
static void copy_lines(OpCtx *c, Tensor y, size_t y_top, size_t y_left, Tensor x, size_t x_top, size_t x_left,
                       size_t lines, size_t columns)
{
    int r = x.rank;
    size_t pixel = x.dim[r - 1] * 4, xs = x.dim[r - 2] * pixel, ys = y.dim[r - 2] * pixel;
    size_t n = r == 4 ? x.dim[0] : 1;
    if (!pixel || !lines || !columns)
        return;
    for (size_t i = 0; i < n; i++)
        c->backend->copy_rows(c, (char *)y.data + (i * y.dim[r - 3] + y_top) * ys + y_left * pixel, ys,
                              (char *)x.data + (i * x.dim[r - 3] + x_top) * xs + x_left * pixel, xs,
                              columns * pixel, lines);
}

Tensor op_pad(OpCtx *c, Tensor x, Padding p)
{
    if (!OP_READY(c, "op_pad", x))
        return (Tensor){ 0 };
    if (x.rank != 3 && x.rank != 4)
        return OP_MISFIT(c, "op_pad", "must be [H, W, C] or [N, H, W, C]", x);
    Shape s = tensor_shape(x);
    if (__builtin_add_overflow(s.dim[s.rank - 3], p.top, &s.dim[s.rank - 3]) ||
        __builtin_add_overflow(s.dim[s.rank - 3], p.bottom, &s.dim[s.rank - 3]) ||
        __builtin_add_overflow(s.dim[s.rank - 2], p.left, &s.dim[s.rank - 2]) ||
        __builtin_add_overflow(s.dim[s.rank - 2], p.right, &s.dim[s.rank - 2]))
        return OP_MISFIT(c, "op_pad", "too much padding", x);
    Tensor y = op_zeros(c, s);
    if (tensor_count(y))
        copy_lines(c, y, p.top, p.left, x, 0, 0, x.dim[x.rank - 3], x.dim[x.rank - 2]);
    return y;
}

Tensor op_crop(OpCtx *c, Tensor x, size_t top, size_t left, size_t height, size_t width)
{
    if (!OP_READY(c, "op_crop", x))
        return (Tensor){ 0 };
    int r = x.rank;
    if ((r != 3 && r != 4) || top > x.dim[r - 3] || height > x.dim[r - 3] - top || left > x.dim[r - 2] ||
        width > x.dim[r - 2] - left)
        return OP_MISFIT(c, "op_crop", "the part lies outside the image [.., H, W, C]", x,
                         tensor_of(NULL, DTYPE_F32, SHAPE(top, left, height, width)));
    Shape s = tensor_shape(x);
    s.dim[r - 3] = height;
    s.dim[r - 2] = width;
    Tensor y = op_new(c, s);
    if (tensor_count(y))
        copy_lines(c, y, 0, 0, x, top, left, height, width);
    return y;
}
