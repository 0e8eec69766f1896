/* vision/vec_sse4.h: the vectors of vec_plain.h, whose comments hold here too, in SSE4.1. */
#ifndef FACET_VISION_VEC_SSE4_H
#define FACET_VISION_VEC_SSE4_H

#include <stdbool.h>
#include <stdint.h>

#include <immintrin.h>

enum { LANES = 8 };

typedef __m128i V;
typedef __m128i W;

static inline V v_load(const int16_t *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}
static inline void v_store(int16_t *p, V a)
{
    _mm_storeu_si128((__m128i *)p, a);
}
static inline V v_set(int n)
{
    return _mm_set1_epi16((short)n);
}
static inline V v_set_dup(uint32_t n)
{
    return _mm_set1_epi32((int)n);
}
static inline V v_add(V a, V b)
{
    return _mm_add_epi16(a, b);
}
static inline V v_sub(V a, V b)
{
    return _mm_sub_epi16(a, b);
}
static inline V v_or(V a, V b)
{
    return _mm_or_si128(a, b);
}
static inline bool v_any(V a)
{
    return !_mm_testz_si128(a, a);
}
static inline V v_bit(V a, unsigned n)
{
    return _mm_andnot_si128(_mm_cmpeq_epi16(a, _mm_setzero_si128()), _mm_set1_epi16((short)(1u << n)));
}
static inline V v_shl(V a, int n)
{
    return _mm_slli_epi16(a, n);
}
static inline V v_sar(V a, int n)
{
    return _mm_srai_epi16(a, n);
}
static inline V v_abs(V a)
{
    return _mm_abs_epi16(a);
}
/* Where s is zero this gives 0; it is only used where a is 0 there, too. */
static inline V v_sign(V a, V s)
{
    return _mm_sign_epi16(a, s);
}
static inline V v_clip(V a)
{
    return _mm_min_epi16(_mm_max_epi16(a, _mm_setzero_si128()), _mm_set1_epi16(255));
}
static inline V v_mul(V a, V b)
{
    return _mm_mullo_epi16(a, b);
}
static inline V v_mul_high(V a, V b)
{
    return _mm_mulhi_epu16(a, b);
}
static inline V v_mul_round(V a, V b)
{
    return _mm_mulhrs_epi16(a, b);
}
static inline W v_pairs_low(V a, V b)
{
    return _mm_unpacklo_epi16(a, b);
}
static inline W v_pairs_high(V a, V b)
{
    return _mm_unpackhi_epi16(a, b);
}
static inline V v_join(W low, W high)
{
    return _mm_packs_epi32(low, high);
}
static inline W w_set(int32_t n)
{
    return _mm_set1_epi32(n);
}
static inline W w_set_pair(int a, int b)
{
    return _mm_set1_epi32((int)((uint16_t)a | (uint32_t)(uint16_t)b << 16));
}
static inline W w_add(W a, W b)
{
    return _mm_add_epi32(a, b);
}
static inline W w_sub(W a, W b)
{
    return _mm_sub_epi32(a, b);
}
static inline W w_shl(W a, int n)
{
    return _mm_slli_epi32(a, n);
}
static inline W w_sar(W a, int n)
{
    return _mm_srai_epi32(a, n);
}
static inline W w_dot(W sum, W a, W b)
{
    return _mm_add_epi32(sum, _mm_madd_epi16(a, b));
}
static inline V v_load_first(const uint8_t *p)
{
    return _mm_unpacklo_epi8(_mm_loadu_si128((const __m128i *)p), _mm_setzero_si128());
}
static inline V v_load_second(const uint8_t *p)
{
    return _mm_unpackhi_epi8(_mm_loadu_si128((const __m128i *)p), _mm_setzero_si128());
}
static inline void v_store_columns(uint8_t *p, V first, V second)
{
    _mm_storeu_si128((__m128i *)p, _mm_packus_epi16(first, second));
}
static inline V v_load_bytes(const uint8_t *p)
{
    return _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)p));
}
static inline void v_store_bytes(uint8_t *p, V a)
{
    _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(a, a));
}

#endif
