/* vision/vec_avx512.h: the vectors of vec_plain.h in AVX-512 with BW and VNNI. */
#ifndef FACET_VISION_VEC_AVX512_H
#define FACET_VISION_VEC_AVX512_H

#include <stdbool.h>
#include <stdint.h>

#include <immintrin.h>

enum { LANES = 32 };

typedef __m512i V;
typedef __m512i W;
typedef unsigned Shift;

#define X(operation)     _mm512_##operation
#define WHOLE(operation) _mm512_##operation##_si512
#define VEC_MASKS
#include "vision/vec_x86.h"

static inline bool v_any(V a)
{
    return _mm512_test_epi32_mask(a, a) != 0;
}
static inline V v_bit(V a, unsigned n)
{
    return _mm512_maskz_set1_epi16(_mm512_test_epi16_mask(a, a), (short)(1u << n));
}
static inline V v_sign(V a, V s)
{
    return _mm512_mask_sub_epi16(a, _mm512_movepi16_mask(s), zero(), a);
}
static inline W w_dot(W sum, W a, W b)
{
    return _mm512_dpwssd_epi32(sum, a, b);
}
static inline V v_load_bytes(const uint8_t *p)
{
    return _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)p));
}
static inline void v_store_bytes(uint8_t *p, V a)
{
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi16_epi8(a));
}

#endif
