#include "tensor/blocks.h"

#include "base/half.h"
#include "base/simd.h"

#include <assert.h>
#include <string.h>

static float half_at(const uint8_t *p)
{
    uint16_t h;
    memcpy(&h, p, 2);
    return f16_to_f32(h);
}

/* out = mul * q + add; each sub-block of n elements has its own pair. */
static inline void scale_out(float *restrict out, const int8_t *restrict q, float mul, float add, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = mul * (float)q[k] + add;
}

/* ---- blocks of 32 ---- */

enum { SMALL = 32, HALF = SMALL / 2 };

SIMD_CLONES static void q8_0(const uint8_t *p, size_t blocks, float *out)
{
    for (size_t i = 0; i < blocks; i++, p += 34, out += SMALL)
        scale_out(out, (const int8_t *)p + 2, half_at(p), 0, SMALL);
}

/* Each byte is two elements, HALF apart. */
static inline void halves(int8_t *restrict q, const uint8_t *restrict p, int less)
{
    for (size_t k = 0; k < HALF; k++) {
        q[k] = (int8_t)((p[k] & 15) - less);
        q[k + HALF] = (int8_t)((p[k] >> 4) - less);
    }
}

/* And a fifth bit of each. */
static inline void halves_and_bits(int8_t *restrict q, const uint8_t *restrict p,
                                   const uint8_t *restrict bits, int less)
{
    uint32_t high;
    memcpy(&high, bits, 4);
    for (size_t k = 0; k < HALF; k++) {
        q[k] = (int8_t)((int)((p[k] & 15u) | (high >> k & 1) << 4) - less);
        q[k + HALF] = (int8_t)((int)(p[k] >> 4 | (high >> (k + HALF) & 1) << 4) - less);
    }
}

SIMD_CLONES static void q4_0(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[SMALL];
    for (size_t i = 0; i < blocks; i++, p += 18, out += SMALL) {
        halves(q, p + 2, 8);
        scale_out(out, q, half_at(p), 0, SMALL);
    }
}

SIMD_CLONES static void q4_1(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[SMALL];
    for (size_t i = 0; i < blocks; i++, p += 20, out += SMALL) {
        halves(q, p + 4, 0);
        scale_out(out, q, half_at(p), half_at(p + 2), SMALL);
    }
}

SIMD_CLONES static void q5_0(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[SMALL];
    for (size_t i = 0; i < blocks; i++, p += 22, out += SMALL) {
        halves_and_bits(q, p + 6, p + 2, 16);
        scale_out(out, q, half_at(p), 0, SMALL);
    }
}

SIMD_CLONES static void q5_1(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[SMALL];
    for (size_t i = 0; i < blocks; i++, p += 24, out += SMALL) {
        halves_and_bits(q, p + 8, p + 4, 0);
        scale_out(out, q, half_at(p), half_at(p + 2), SMALL);
    }
}

/* ---- blocks of 256 ---- */

enum { LARGE = 256 };

/* 8 scales and 8 minima of 6 bits in 12 bytes: the first four of each in the low bits of bytes of their own, the low halves of
 * the last four in the last four bytes, their upper bits above the first four. */
static inline void six_bits(const uint8_t *s, size_t j, float d, float e, float *mul, float *add)
{
    int scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
    int min = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | s[j] >> 6 << 4;
    *mul = d * (float)scale;
    *add = -(e * (float)min);
}

/* 64 elements of q4_k and q5_k are 32 bytes: sub-block j in the low halves, where it is even, else in the high ones. */
static inline uint8_t half_of(const uint8_t *nibbles, size_t j, size_t k)
{
    uint8_t byte = nibbles[j / 2 * 32 + k];
    return j & 1 ? byte >> 4 : byte & 15;
}

SIMD_CLONES static void q4_k(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[32];
    for (size_t i = 0; i < blocks; i++, p += 144, out += LARGE) {
        float d = half_at(p), e = half_at(p + 2), mul, add;
        for (size_t j = 0; j < 8; j++) {
            for (size_t k = 0; k < 32; k++)
                q[k] = (int8_t)half_of(p + 16, j, k);
            six_bits(p + 4, j, d, e, &mul, &add);
            scale_out(out + 32 * j, q, mul, add, 32);
        }
    }
}

/* The fifth bit of element k of sub-block j is bit j of byte k. */
SIMD_CLONES static void q5_k(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[32];
    for (size_t i = 0; i < blocks; i++, p += 176, out += LARGE) {
        const uint8_t *bits = p + 16, *nibbles = p + 48;
        float d = half_at(p), e = half_at(p + 2), mul, add;
        for (size_t j = 0; j < 8; j++) {
            for (size_t k = 0; k < 32; k++)
                q[k] = (int8_t)(half_of(nibbles, j, k) | (bits[k] >> j & 1) << 4);
            six_bits(p + 4, j, d, e, &mul, &add);
            scale_out(out + 32 * j, q, mul, add, 32);
        }
    }
}

/* Elements of q2_k and q3_k: 128 are 32 bytes, run j of 32 elements in bits 2j and 2j + 1 of them, j < 4. */
static inline uint8_t quarter_of(const uint8_t *quarters, size_t run, size_t k)
{
    return quarters[run / 4 * 32 + k] >> 2 * (run % 4) & 3;
}

SIMD_CLONES static void q2_k(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[32];
    for (size_t i = 0; i < blocks; i++, p += 84, out += LARGE) {
        float d = half_at(p + 80), e = half_at(p + 82);
        for (size_t run = 0; run < 8; run++) {
            for (size_t k = 0; k < 32; k++)
                q[k] = (int8_t)quarter_of(p + 16, run, k);
            for (size_t half = 0; half < 2; half++) {
                uint8_t s = p[2 * run + half];
                scale_out(out + 32 * run + 16 * half, q + 16 * half, d * (float)(s & 15),
                          -(e * (float)(s >> 4)), 16);
            }
        }
    }
}

/* 16 scales of 6 bits in 12 bytes: the low halves in the first eight, the upper two bits in the last four. */
static inline int q3_k_scale(const uint8_t *s, size_t j)
{
    int low = j < 8 ? s[j] & 15 : s[j - 8] >> 4;
    return (low | (s[8 + j % 4] >> 2 * (j / 4) & 3) << 4) - 32;
}

/* The third bit of element k of run j is bit j of byte k, and is subtracted where it is not set. */
SIMD_CLONES static void q3_k(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[32];
    for (size_t i = 0; i < blocks; i++, p += 110, out += LARGE) {
        float d = half_at(p + 108);
        for (size_t run = 0; run < 8; run++) {
            for (size_t k = 0; k < 32; k++)
                q[k] = (int8_t)((quarter_of(p + 32, run, k) | (p[k] >> run & 1) << 2) - 4);
            for (size_t half = 0; half < 2; half++)
                scale_out(out + 32 * run + 16 * half, q + 16 * half,
                          d * (float)q3_k_scale(p + 96, 2 * run + half), 0, 16);
        }
    }
}

/* 128 elements are 64 bytes of low halves and 32 of upper bits: run j of 32 has the low half (j < 2) or the high one of bytes
 * 32 (j % 2) and on, and bits 2j and 2j + 1 of the others. */
SIMD_CLONES static void q6_k(const uint8_t *p, size_t blocks, float *out)
{
    int8_t q[32];
    for (size_t i = 0; i < blocks; i++, p += 210, out += LARGE) {
        const int8_t *scale = (const int8_t *)p + 192;
        float d = half_at(p + 208);
        for (size_t run = 0; run < 8; run++) {
            const uint8_t *low = p + run / 4 * 64 + run % 2 * 32, *high = p + 128 + run / 4 * 32;
            unsigned shift = run % 4 / 2 * 4, up = 2 * (unsigned)(run % 4);
            for (size_t k = 0; k < 32; k++)
                q[k] = (int8_t)(((low[k] >> shift & 15) | (high[k] >> up & 3) << 4) - 32);
            for (size_t half = 0; half < 2; half++)
                scale_out(out + 32 * run + 16 * half, q + 16 * half, d * (float)scale[2 * run + half], 0, 16);
        }
    }
}

void blocks_to_f32(Dtype d, const uint8_t *p, size_t count, float *out)
{
    size_t n = count / dtype_block(d);
    switch ((int)d) {
    case DTYPE_Q4_0: q4_0(p, n, out); break;
    case DTYPE_Q4_1: q4_1(p, n, out); break;
    case DTYPE_Q5_0: q5_0(p, n, out); break;
    case DTYPE_Q5_1: q5_1(p, n, out); break;
    case DTYPE_Q8_0: q8_0(p, n, out); break;
    case DTYPE_Q2_K: q2_k(p, n, out); break;
    case DTYPE_Q3_K: q3_k(p, n, out); break;
    case DTYPE_Q4_K: q4_k(p, n, out); break;
    case DTYPE_Q5_K: q5_k(p, n, out); break;
    case DTYPE_Q6_K: q6_k(p, n, out); break;
    default: assert(!"no type of blocks"); break;
    }
}
