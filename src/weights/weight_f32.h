/* weights/weight_f32.h: single numbers of every type that files hold, as f32. */
#ifndef FACET_WEIGHTS_WEIGHT_F32_H
#define FACET_WEIGHTS_WEIGHT_F32_H

#include "weights/weight_tensor.h"

/* Write n numbers of that type, which is none of blocks, as f32. `in` lies at a multiple of the element's size and does not overlap `out`.
 *
 * F16 and BF16 come out exactly, what is not a number as what is not a number; F64, I32 and I64 are rounded to
 * the nearest, BOOL becomes 0 or 1. The result is the same on every machine. A row of a matrix
 * or part of a tensor is converted by pointing at it, so large tensors can be shared among threads. */
void weight_to_f32(float *out, const void *in, WeightDtype dtype, size_t n);

#endif
