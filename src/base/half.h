/* base/half.h: floating-point numbers of 16 bits. f16 is IEEE 754's half precision, bf16 the upper half of an f32. */
#ifndef FACET_BASE_HALF_H
#define FACET_BASE_HALF_H

#include <stddef.h>
#include <stdint.h>

/* Exactly; what is not a number stays that. */
float f16_to_f32(uint16_t h);
float bf16_to_f32(uint16_t h);

/* To nearest, ties to even. */
uint16_t f32_to_f16(float f);
uint16_t f32_to_bf16(float f);

/* n numbers in a row; `in` may lie at any address, and does not overlap `out`. */
void f16_row_to_f32(float *out, const void *in, size_t n);
void bf16_row_to_f32(float *out, const void *in, size_t n);

#endif
