#include <immintrin.h>
#include <stdint.h>
#include <string.h>

typedef __m128i Vec;
enum { LANES = 4, BLOCK = 4 * LANES, BLOCK_SLACK = 4 };

static inline __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline void store(uint8_t *p, __m128i v)
{
    _mm_storeu_si128((__m128i *)(void *)p, v);
}

static inline __m128i pack(const __m128i v[4])
{
    return _mm_packus_epi16(_mm_packs_epi32(v[0], v[1]), _mm_packs_epi32(v[2], v[3]));
}

/* The luma of 4 pixels in 12 bytes, as in colour_kernel_avx2.c. */
static inline __m128i luma_of_lanes(const uint8_t *rgb)
{
    const __m128i rg = _mm_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
    const __m128i gb = _mm_setr_epi8(1, -1, 2, -1, 4, -1, 5, -1, 7, -1, 8, -1, 10, -1, 11, -1);
    __m128i in = load(rgb);
    __m128i first = _mm_madd_epi16(_mm_shuffle_epi8(in, rg), _mm_set1_epi32(19595 | 19235 << 16));
    __m128i second = _mm_madd_epi16(_mm_shuffle_epi8(in, gb), _mm_set1_epi32(19235 | 7471 << 16));
    return _mm_srli_epi32(_mm_add_epi32(_mm_add_epi32(first, second), _mm_set1_epi32(32768)), 16);
}

static inline uint64_t sum_of_block(const uint8_t luma[BLOCK])
{
    __m128i sum = _mm_sad_epu8(load(luma), _mm_setzero_si128());
    return (uint64_t)_mm_cvtsi128_si64(sum) + (uint64_t)_mm_extract_epi64(sum, 1);
}

static inline void spread_block(uint8_t samples[3 * BLOCK], const uint8_t luma[BLOCK])
{
    __m128i v = load(luma);
    store(samples, _mm_shuffle_epi8(v, _mm_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5)));
    store(samples + 16, _mm_shuffle_epi8(v, _mm_setr_epi8(5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10)));
    store(samples + 32,
          _mm_shuffle_epi8(v, _mm_setr_epi8(10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15)));
}

static inline Vec blend_lanes(Vec value, Vec base, float factor)
{
    __m128 product = _mm_mul_ps(_mm_set1_ps(factor), _mm_cvtepi32_ps(_mm_sub_epi32(value, base)));
    __m128 sum = _mm_add_ps(_mm_cvtepi32_ps(base), product);
    return _mm_cvttps_epi32(_mm_min_ps(sum, _mm_set1_ps(255)));
}

static inline __m128i widen(const uint8_t *p)
{
    int bytes;
    memcpy(&bytes, p, sizeof bytes);
    return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes));
}

#include "vision/colour_kernel_body.h"

/* A table is as fast as computing four samples at a time. */
static void blend_bytes(uint8_t *p, size_t n, int base, float factor)
{
    loop_blend(p, n, base, factor);
}

const ColourKernel colour_kernel_sse4 = COLOUR_KERNEL;
