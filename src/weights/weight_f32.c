#include "weights/weight_f32.h"

#include "base/simd.h"

#include <assert.h>
#include <string.h>

/* ---- F16 ---------------------------------------------------------------------------------------- */

static float f16_value(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 0x3FF, bits;
    if (exponent == 31) /* infinite, or not a number: then made quiet, as the instruction does */
        bits = 0x7F800000 | fraction << 13 | (fraction ? 0x400000 : 0);
    else if (exponent > 0)
        bits = (exponent + 127 - 15) << 23 | fraction << 13;
    else {
        float small = (float)fraction * 0x1p-24f; /* exact: 10 bits */
        memcpy(&bits, &small, sizeof bits);
    }
    bits |= sign;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/* The system must save the wide registers, which a test for AVX2 includes, and the processor must have F16C. */
static bool has_f16c(void)
{
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx2") && __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C;
}

__attribute__((target("avx2,f16c"))) static size_t from_f16_wide(float *out, const uint16_t *in, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(in + i))));
    return i;
}
#else
static bool has_f16c(void)
{
    return false;
}

static size_t from_f16_wide(float *out, const uint16_t *in, size_t n)
{
    (void)out, (void)in, (void)n;
    return 0;
}
#endif

static void from_f16(float *out, const uint16_t *in, size_t n)
{
    /* Asking the processor takes longer than a few numbers. */
    size_t done = n >= 64 && has_f16c() ? from_f16_wide(out, in, n) : 0;
    for (size_t i = done; i < n; i++)
        out[i] = f16_value(in[i]);
}

/* ---- the others --------------------------------------------------------------------------------- */

/* A BF16 is the upper half of an F32. */
SIMD_CLONES static void from_bf16(float *restrict out, const uint16_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)in[i] << 16;
        memcpy(&out[i], &bits, sizeof bits);
    }
}

SIMD_CLONES static void from_f64(float *restrict out, const double *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

SIMD_CLONES static void from_u8(float *restrict out, const uint8_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i];
}

SIMD_CLONES static void from_i8(float *restrict out, const int8_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i];
}

static void from_i16(float *out, const int16_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i];
}

static void from_i32(float *out, const int32_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

static void from_i64(float *out, const int64_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

static void from_bool(float *out, const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i] != 0;
}

void weight_to_f32(float *out, const void *in, WeightDtype dtype, size_t n)
{
    if (n == 0)
        return;
    switch (dtype) {
    case WEIGHT_F32: memcpy(out, in, n * sizeof *out); break;
    case WEIGHT_F16: from_f16(out, in, n); break;
    case WEIGHT_BF16: from_bf16(out, in, n); break;
    case WEIGHT_F64: from_f64(out, in, n); break;
    case WEIGHT_U8: from_u8(out, in, n); break;
    case WEIGHT_I8: from_i8(out, in, n); break;
    case WEIGHT_I16: from_i16(out, in, n); break;
    case WEIGHT_I32: from_i32(out, in, n); break;
    case WEIGHT_I64: from_i64(out, in, n); break;
    case WEIGHT_BOOL: from_bool(out, in, n); break;
    case WEIGHT_Q4_0:
    case WEIGHT_Q4_1:
    case WEIGHT_Q5_0:
    case WEIGHT_Q5_1:
    case WEIGHT_Q8_0:
    case WEIGHT_Q2_K:
    case WEIGHT_Q3_K:
    case WEIGHT_Q4_K:
    case WEIGHT_Q5_K:
    case WEIGHT_Q6_K: assert(!"blocks are read by the tensor core"); break;
    }
}
