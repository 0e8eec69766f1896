/* tensor/blocks.h: weights in blocks, as ggml quantises them (ggml's src/ggml-common.h and ggml-quants.c define them).
 *
 * Blocks of 32 elements: f16 scale d, then
 *   q8_0  32 signed bytes                                                   d * q
 *   q4_0  16 bytes, element i the low half of byte i, i + 16 the high one    d * (q - 8)
 *   q4_1  the same behind an f16 minimum m                                   d * q + m
 *   q5_0  q4_0's halves, a fifth bit of element i in bit i of 4 bytes before  d * (q - 16)
 *   q5_1  likewise behind m                                                  d * q + m
 *
 * Blocks of 256 elements, in sub-blocks with scales s and minima m of few bits, times the block's f16 scales d and e:
 *   q2_k  16 sub-blocks, s and m of 4 bits, q of 2                           d * s * q - e * m
 *   q3_k  16 sub-blocks, s of 6 bits less 32, q of 3 less 4                  d * s * q
 *   q4_k  8 sub-blocks, s and m of 6 bits, q of 4                            d * s * q - e * m
 *   q5_k  8 sub-blocks, s and m of 6 bits, q of 5                            d * s * q - e * m
 *   q6_k  16 sub-blocks, s of 8 bits with a sign, q of 6 less 32             d * s * q
 */
#ifndef FACET_TENSOR_BLOCKS_H
#define FACET_TENSOR_BLOCKS_H

#include "tensor/tensor.h"

/* As tensor_to_f32, of `count` elements from p on, which is the begin of a block of one of these types. */
void blocks_to_f32(Dtype d, const uint8_t *p, size_t count, float *out);

#endif
