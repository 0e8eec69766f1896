/* vision/vec_avx512.h: the vectors of vec_plain.h, whose comments hold here too, in AVX-512 with BW and VNNI.
 * "Lower lanes" are the lower halves of the four 128-bit parts. */
#ifndef FACET_VISION_VEC_AVX512_H
#define FACET_VISION_VEC_AVX512_H

#include <stdbool.h>
#include <stdint.h>

#include <immintrin.h>

enum { LANES = 32 };

typedef __m512i V;
typedef __m512i W;

static inline V v_load(const int16_t *p)
{
    return _mm512_loadu_si512(p);
}
static inline void v_store(int16_t *p, V a)
{
    _mm512_storeu_si512(p, a);
}
static inline V v_set(int n)
{
    return _mm512_set1_epi16((short)n);
}
static inline V v_set_dup(uint32_t n)
{
    return _mm512_set1_epi32((int)n);
}
static inline V v_add(V a, V b)
{
    return _mm512_add_epi16(a, b);
}
static inline V v_sub(V a, V b)
{
    return _mm512_sub_epi16(a, b);
}
static inline V v_or(V a, V b)
{
    return _mm512_or_si512(a, b);
}
static inline bool v_any(V a)
{
    return _mm512_test_epi32_mask(a, a) != 0;
}
static inline V v_bit(V a, unsigned n)
{
    return _mm512_maskz_set1_epi16(_mm512_test_epi16_mask(a, a), (short)(1u << n));
}
static inline V v_shl(V a, unsigned n)
{
    return _mm512_slli_epi16(a, n);
}
static inline V v_sar(V a, unsigned n)
{
    return _mm512_srai_epi16(a, n);
}
static inline V v_abs(V a)
{
    return _mm512_abs_epi16(a);
}
static inline V v_sign(V a, V s)
{
    return _mm512_mask_sub_epi16(a, _mm512_movepi16_mask(s), _mm512_setzero_si512(), a);
}
static inline V v_clip(V a)
{
    return _mm512_min_epi16(_mm512_max_epi16(a, _mm512_setzero_si512()), _mm512_set1_epi16(255));
}
static inline V v_mul(V a, V b)
{
    return _mm512_mullo_epi16(a, b);
}
static inline V v_mul_high(V a, V b)
{
    return _mm512_mulhi_epu16(a, b);
}
static inline V v_mul_round(V a, V b)
{
    return _mm512_mulhrs_epi16(a, b);
}
static inline W v_pairs_low(V a, V b)
{
    return _mm512_unpacklo_epi16(a, b);
}
static inline W v_pairs_high(V a, V b)
{
    return _mm512_unpackhi_epi16(a, b);
}
static inline V v_join(W low, W high)
{
    return _mm512_packs_epi32(low, high);
}
static inline W w_set(int32_t n)
{
    return _mm512_set1_epi32(n);
}
static inline W w_set_pair(int a, int b)
{
    return _mm512_set1_epi32((int)((uint16_t)a | (uint32_t)(uint16_t)b << 16));
}
static inline W w_add(W a, W b)
{
    return _mm512_add_epi32(a, b);
}
static inline W w_sub(W a, W b)
{
    return _mm512_sub_epi32(a, b);
}
static inline W w_shl(W a, unsigned n)
{
    return _mm512_slli_epi32(a, n);
}
static inline W w_sar(W a, unsigned n)
{
    return _mm512_srai_epi32(a, n);
}
static inline W w_dot(W sum, W a, W b)
{
    return _mm512_dpwssd_epi32(sum, a, b);
}
static inline V v_load_first(const uint8_t *p)
{
    return _mm512_unpacklo_epi8(_mm512_loadu_si512(p), _mm512_setzero_si512());
}
static inline V v_load_second(const uint8_t *p)
{
    return _mm512_unpackhi_epi8(_mm512_loadu_si512(p), _mm512_setzero_si512());
}
static inline void v_store_columns(uint8_t *p, V first, V second)
{
    _mm512_storeu_si512(p, _mm512_packus_epi16(first, second));
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
