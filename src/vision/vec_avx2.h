/* vision/vec_avx2.h: the vectors of vec_plain.h, whose comments hold here too, in AVX2. "Lower lanes" are the
 * lower halves of both 128-bit parts. */
#ifndef FACET_VISION_VEC_AVX2_H
#define FACET_VISION_VEC_AVX2_H

#include <stdbool.h>
#include <stdint.h>

#include <immintrin.h>

enum { LANES = 16 };

typedef __m256i V;
typedef __m256i W;

static inline V v_load(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}
static inline void v_store(int16_t *p, V a)
{
    _mm256_storeu_si256((__m256i *)p, a);
}
static inline V v_set(int n)
{
    return _mm256_set1_epi16((short)n);
}
static inline V v_set_dup(uint32_t n)
{
    return _mm256_set1_epi32((int)n);
}
static inline V v_add(V a, V b)
{
    return _mm256_add_epi16(a, b);
}
static inline V v_sub(V a, V b)
{
    return _mm256_sub_epi16(a, b);
}
static inline V v_or(V a, V b)
{
    return _mm256_or_si256(a, b);
}
static inline bool v_any(V a)
{
    return !_mm256_testz_si256(a, a);
}
static inline V v_bit(V a, unsigned n)
{
    return _mm256_andnot_si256(_mm256_cmpeq_epi16(a, _mm256_setzero_si256()),
                               _mm256_set1_epi16((short)(1u << n)));
}
static inline V v_shl(V a, int n)
{
    return _mm256_slli_epi16(a, n);
}
static inline V v_sar(V a, int n)
{
    return _mm256_srai_epi16(a, n);
}
static inline V v_abs(V a)
{
    return _mm256_abs_epi16(a);
}
/* Where s is zero this gives 0; it is only used where a is 0 there, too. */
static inline V v_sign(V a, V s)
{
    return _mm256_sign_epi16(a, s);
}
static inline V v_clip(V a)
{
    return _mm256_min_epi16(_mm256_max_epi16(a, _mm256_setzero_si256()), _mm256_set1_epi16(255));
}
static inline V v_mul(V a, V b)
{
    return _mm256_mullo_epi16(a, b);
}
static inline V v_mul_high(V a, V b)
{
    return _mm256_mulhi_epu16(a, b);
}
static inline V v_mul_round(V a, V b)
{
    return _mm256_mulhrs_epi16(a, b);
}
static inline W v_pairs_low(V a, V b)
{
    return _mm256_unpacklo_epi16(a, b);
}
static inline W v_pairs_high(V a, V b)
{
    return _mm256_unpackhi_epi16(a, b);
}
static inline V v_join(W low, W high)
{
    return _mm256_packs_epi32(low, high);
}
static inline W w_set(int32_t n)
{
    return _mm256_set1_epi32(n);
}
static inline W w_set_pair(int a, int b)
{
    return _mm256_set1_epi32((int)((uint16_t)a | (uint32_t)(uint16_t)b << 16));
}
static inline W w_add(W a, W b)
{
    return _mm256_add_epi32(a, b);
}
static inline W w_sub(W a, W b)
{
    return _mm256_sub_epi32(a, b);
}
static inline W w_shl(W a, int n)
{
    return _mm256_slli_epi32(a, n);
}
static inline W w_sar(W a, int n)
{
    return _mm256_srai_epi32(a, n);
}
static inline W w_dot(W sum, W a, W b)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}
static inline V v_load_first(const uint8_t *p)
{
    return _mm256_unpacklo_epi8(_mm256_loadu_si256((const __m256i *)p), _mm256_setzero_si256());
}
static inline V v_load_second(const uint8_t *p)
{
    return _mm256_unpackhi_epi8(_mm256_loadu_si256((const __m256i *)p), _mm256_setzero_si256());
}
static inline void v_store_columns(uint8_t *p, V first, V second)
{
    _mm256_storeu_si256((__m256i *)p, _mm256_packus_epi16(first, second));
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
