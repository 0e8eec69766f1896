#include "models/qwen_image/guidance.h"

/* Rows shorter than this are directionless and stay zero, where the reference divides by zero. */
static const float SHORTEST = 1e-30f;

/* The length of each row, [T, 1, 1]: a row times its own direction. */
static Tensor lengths(OpCtx *c, Tensor x)
{
    Tensor direction = op_normalize(c, x, SHORTEST);
    Shape single = SHAPE(tensor_rows(x), 1, tensor_cols(x));
    return op_matmul_t(c, op_reshape(c, x, single), op_reshape(c, direction, single));
}

Tensor qwen_guide(OpCtx *c, Tensor with_prompt, Tensor with_negative, float scale)
{
    Tensor y = op_copy(c, with_negative);
    op_add_scaled(c, y, scale, op_sub(c, with_prompt, with_negative));
    Shape single = SHAPE(tensor_rows(y), 1, tensor_cols(y));
    Tensor direction = op_reshape(c, op_normalize(c, y, SHORTEST), single);
    return op_reshape(c, op_matmul(c, lengths(c, with_prompt), direction), tensor_shape(with_prompt));
}
