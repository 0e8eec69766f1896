#include "models/qwen_image/latents.h"

#include <math.h>

/* To the nearest multiple of 32, halves to the even one: Python's round(). */
static size_t round_32(double x)
{
    double n = rint(x / 32);
    return n < 1 ? 32 : (size_t)n * 32;
}

QwenSize qwen_size_for_area(double area, double ratio)
{
    double width = sqrt(area * ratio);
    return (QwenSize){ round_32(width), round_32(width / ratio) };
}

Tensor qwen_pack(OpCtx *c, Tensor x)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (x.rank != 3 || x.dim[0] % 2 || x.dim[1] % 2)
        return op_fail(c, ERR_INTERNAL, "latents of %zu x %zu cells do not come apart into 2 x 2 patches",
                       x.dim[0], x.dim[1]);
    size_t h = x.dim[0] / 2, w = x.dim[1] / 2, channels = x.dim[2];
    x = op_permute(c, op_reshape(c, x, SHAPE(h, 2, w, 2, channels)), (int[]){ 0, 2, 4, 1, 3 });
    return op_reshape(c, x, SHAPE(h * w, channels * 4));
}

Tensor qwen_unpack(OpCtx *c, Tensor x, size_t height, size_t width)
{
    size_t h = height / 2, w = width / 2, channels = tensor_cols(x) / 4;
    x = op_permute(c, op_reshape(c, x, SHAPE(h, w, channels, 2, 2)), (int[]){ 0, 3, 1, 4, 2 });
    return op_reshape(c, x, SHAPE(height, width, channels));
}
