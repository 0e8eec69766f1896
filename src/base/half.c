#include "base/half.h"

#include "base/simd.h"

#include <string.h>

static inline float float_of_bits(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

static inline uint32_t bits_of_float(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static inline uint16_t load_u16(const void *row, size_t i)
{
    uint16_t h;
    memcpy(&h, (const uint8_t *)row + 2 * i, sizeof h);
    return h;
}

/* Choices instead of branches, so that a loop over it becomes vectors. */
static inline float widen_f16(uint16_t h)
{
    const uint32_t bias = (127 - 15) << 23;
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff, wide = (rest << 13) + bias;
    uint32_t small = bits_of_float((float)(int32_t)rest * 0x1p-24f); /* zero, denormal: exactly */
    wide = rest >= 0x7c00 ? wide + bias : wide;                      /* infinity, not a number */
    wide = rest < 0x400 ? small : wide;
    return float_of_bits(sign | wide);
}

static inline float widen_bf16(uint16_t h)
{
    return float_of_bits((uint32_t)h << 16);
}

float f16_to_f32(uint16_t h)
{
    return widen_f16(h);
}

float bf16_to_f32(uint16_t h)
{
    return widen_bf16(h);
}

uint16_t f32_to_f16(float f)
{
    uint32_t u = bits_of_float(f), sign = u >> 16 & 0x8000, rest = u & 0x7fffffff;
    if (rest > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (rest >= 0x477ff000) /* 65520 and above round to infinity */
        return (uint16_t)(sign | 0x7c00);
    if (rest < 0x38800000) /* below 2^-14: adding 0.5 leaves the rounded multiple of 2^-24 in the last bits */
        return (uint16_t)(sign | (bits_of_float(float_of_bits(rest) + 0.5f) - 0x3f000000));
    rest += 0xfff + (rest >> 13 & 1);
    return (uint16_t)(sign | ((rest - ((127 - 15) << 23)) >> 13));
}

uint16_t f32_to_bf16(float f)
{
    uint32_t u = bits_of_float(f);
    if ((u & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

SIMD_CLONES
void f16_row_to_f32(float *restrict out, const void *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = widen_f16(load_u16(in, i));
}

SIMD_CLONES
void bf16_row_to_f32(float *restrict out, const void *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = widen_bf16(load_u16(in, i));
}
