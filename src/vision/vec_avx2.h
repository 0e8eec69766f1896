/* vision/vec_avx2.h: the vectors of vec_plain.h in AVX2. */
#ifndef FACET_VISION_VEC_AVX2_H
#define FACET_VISION_VEC_AVX2_H

#include <stdbool.h>
#include <stdint.h>

#include <immintrin.h>

enum { LANES = 16 };

typedef __m256i V;
typedef __m256i W;
typedef int Shift;

#define X(operation) _mm256_##operation

static inline V load(const void *p)
{
    return _mm256_loadu_si256(p);
}
static inline void store(void *p, V a)
{
    _mm256_storeu_si256(p, a);
}
static inline V zero(void)
{
    return _mm256_setzero_si256();
}

#include "vision/vec_x86.h"

static inline bool v_any(V a)
{
    return !_mm256_testz_si256(a, a);
}
static inline V v_bit(V a, unsigned n)
{
    return _mm256_andnot_si256(X(cmpeq_epi16)(a, zero()), X(set1_epi16)((short)(1u << n)));
}
/* Where s is zero this gives 0; it is only used where a is 0 there, too. */
static inline V v_sign(V a, V s)
{
    return X(sign_epi16)(a, s);
}
static inline W w_dot(W sum, W a, W b)
{
    return w_add(sum, X(madd_epi16)(a, b));
}
static inline V v_load_bytes(const uint8_t *p)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p));
}
static inline void v_store_bytes(uint8_t *p, V a)
{
    _mm_storeu_si128((__m128i *)p,
                     _mm_packus_epi16(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1)));
}

#endif
