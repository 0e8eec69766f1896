/* tests/block_formulas.h: random blocks of every type that gguf files hold, and what ggml's definitions say that they are, one
 * element at a time. */
#ifndef FACET_TESTS_BLOCK_FORMULAS_H
#define FACET_TESTS_BLOCK_FORMULAS_H

#include "base/half.h"
#include "base/rng.h"
#include "tensor/tensor.h"

#include <string.h>

typedef struct {
    Dtype dtype;
    uint32_t gguf;          /* its number in a gguf file */
    size_t elements, bytes; /* of a block */
    size_t half[2];         /* where its f16 scales lie; the same twice where there is one */
} BlockType;

static const BlockType block_types[] = {
    { DTYPE_Q4_0, 2, 32, 18, { 0, 0 } },        { DTYPE_Q4_1, 3, 32, 20, { 0, 2 } },
    { DTYPE_Q5_0, 6, 32, 22, { 0, 0 } },        { DTYPE_Q5_1, 7, 32, 24, { 0, 2 } },
    { DTYPE_Q8_0, 8, 32, 34, { 0, 0 } },        { DTYPE_Q2_K, 10, 256, 84, { 80, 82 } },
    { DTYPE_Q3_K, 11, 256, 110, { 108, 108 } }, { DTYPE_Q4_K, 12, 256, 144, { 0, 2 } },
    { DTYPE_Q5_K, 13, 256, 176, { 0, 2 } },     { DTYPE_Q6_K, 14, 256, 210, { 208, 208 } },
};
enum { BLOCK_TYPES = sizeof block_types / sizeof *block_types, BLOCK_BYTES_MAX = 210 };

/* Any bytes, with scales of about `size`. */
__attribute__((unused)) static void block_random(const BlockType *t, Rng *rng, float size, uint8_t *out)
{
    for (size_t i = 0; i < t->bytes; i++)
        out[i] = (uint8_t)rng_int(rng, 0, 255);
    for (int i = 0; i < 2; i++) {
        uint16_t h = f32_to_f16(size * rng_range(rng, -1, 1));
        memcpy(out + t->half[i], &h, 2);
    }
}

static inline double block_half(const uint8_t *p)
{
    return f16_to_f32((uint16_t)(p[0] | p[1] << 8));
}

/* Bits [at, at + n) of a byte. */
static inline int block_bits(uint8_t byte, size_t at, int n)
{
    return byte >> at & ((1 << n) - 1);
}

static inline double block_small(Dtype d, const uint8_t *p, size_t i)
{
    size_t k = i % 16, shift = i / 16 * 4;
    switch ((int)d) {
    case DTYPE_Q4_0: return block_half(p) * (block_bits(p[2 + k], shift, 4) - 8);
    case DTYPE_Q4_1: return block_half(p) * block_bits(p[4 + k], shift, 4) + block_half(p + 2);
    case DTYPE_Q5_0:
        return block_half(p) *
               (block_bits(p[6 + k], shift, 4) + 16 * block_bits(p[2 + i / 8], i % 8, 1) - 16);
    case DTYPE_Q5_1:
        return block_half(p) * (block_bits(p[8 + k], shift, 4) + 16 * block_bits(p[4 + i / 8], i % 8, 1)) +
               block_half(p + 2);
    default: return block_half(p) * (int8_t)p[2 + i];
    }
}

/* Scale and minimum j of q4_k and q5_k in their 12 bytes: EEAAAAAA .. HHDDDDDD, eeaaaaaa .. hhdddddd, eeeeEEEE .. hhhhHHHH
 * (upper case: scales). */
static inline void block_pair(const uint8_t *s, size_t j, int *scale, int *min)
{
    if (j < 4) {
        *scale = block_bits(s[j], 0, 6);
        *min = block_bits(s[4 + j], 0, 6);
    } else {
        *scale = block_bits(s[4 + j], 0, 4) + 16 * block_bits(s[j - 4], 6, 2);
        *min = block_bits(s[4 + j], 4, 4) + 16 * block_bits(s[j], 6, 2);
    }
}

static inline double block_large(Dtype d, const uint8_t *p, size_t i)
{
    size_t run = i / 32, k = i % 32, sub = i / 16, half = i / 128, in_half = run % 4;
    int scale, min;
    if (d == DTYPE_Q2_K)
        return block_half(p + 80) * block_bits(p[sub], 0, 4) *
                   block_bits(p[16 + 32 * half + k], 2 * in_half, 2) -
               block_half(p + 82) * block_bits(p[sub], 4, 4);
    if (d == DTYPE_Q3_K) {
        scale =
            block_bits(p[96 + sub % 8], sub / 8 * 4, 4) + 16 * block_bits(p[104 + sub % 4], sub / 4 * 2, 2);
        int q = block_bits(p[32 + 32 * half + k], 2 * in_half, 2) - (block_bits(p[k], run, 1) ? 0 : 4);
        return block_half(p + 108) * (scale - 32) * q;
    }
    if (d == DTYPE_Q6_K) {
        int low = block_bits(p[64 * half + 32 * (in_half % 2) + k], in_half / 2 * 4, 4);
        int q = low + 16 * block_bits(p[128 + 32 * half + k], 2 * in_half, 2) - 32;
        return block_half(p + 208) * (int8_t)p[192 + sub] * q;
    }
    block_pair(p + 4, run, &scale, &min);
    bool five = d == DTYPE_Q5_K;
    int q = block_bits(p[(five ? 48 : 16) + run / 2 * 32 + k], run % 2 * 4, 4);
    if (five)
        q += 16 * block_bits(p[16 + k], run, 1);
    return block_half(p) * scale * q - block_half(p + 2) * min;
}

/* Element i of a block. */
__attribute__((unused)) static double block_element(const BlockType *t, const uint8_t *p, size_t i)
{
    return t->elements == 32 ? block_small(t->dtype, p, i) : block_large(t->dtype, p, i);
}

#endif
