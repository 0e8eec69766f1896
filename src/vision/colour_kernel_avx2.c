#include <immintrin.h>
#include <stdint.h>

typedef __m256i Vec;
enum { LANES = 8, BLOCK = 4 * LANES, BLOCK_SLACK = 4 };

static inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline void store(uint8_t *p, __m256i v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, v);
}

static inline __m256i pack(const __m256i v[4])
{
    __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
    return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/* The luma of 8 pixels in 24 bytes: of each pixel the pairs (R, G) and (G, B) are summed with factors of 16 bits, for which the one of
 * green, 38470, is halved between both. */
static inline __m256i luma_of_lanes(const uint8_t *rgb)
{
    const __m256i rg = _mm256_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1, /**/
                                        0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
    const __m256i gb = _mm256_setr_epi8(1, -1, 2, -1, 4, -1, 5, -1, 7, -1, 8, -1, 10, -1, 11, -1, /**/
                                        1, -1, 2, -1, 4, -1, 5, -1, 7, -1, 8, -1, 10, -1, 11, -1);
    __m256i in =
        _mm256_loadu2_m128i((const __m128i *)(const void *)(rgb + 12), (const __m128i *)(const void *)rgb);
    __m256i first = _mm256_madd_epi16(_mm256_shuffle_epi8(in, rg), _mm256_set1_epi32(19595 | 19235 << 16));
    __m256i second = _mm256_madd_epi16(_mm256_shuffle_epi8(in, gb), _mm256_set1_epi32(19235 | 7471 << 16));
    return _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(first, second), _mm256_set1_epi32(32768)), 16);
}

static inline uint64_t sum_of_block(const uint8_t luma[BLOCK])
{
    __m256i sums = _mm256_sad_epu8(load(luma), _mm256_setzero_si256());
    __m128i sum = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    return (uint64_t)_mm_cvtsi128_si64(sum) + (uint64_t)_mm_extract_epi64(sum, 1);
}

/* 16 bytes of luma are 48 samples; a shuffle stays within 16 bytes. */
static inline void spread_block(uint8_t samples[3 * BLOCK], const uint8_t luma[BLOCK])
{
    const __m256i from_0 = _mm256_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, /**/
                                            5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10);
    const __m256i from_10 =
        _mm256_setr_epi8(10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15, /**/
                         0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5);
    const __m256i from_21 = _mm256_setr_epi8(5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, /**/
                                             10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15);
    __m256i v = load(luma);
    store(samples, _mm256_shuffle_epi8(_mm256_permute2x128_si256(v, v, 0x00), from_0));
    store(samples + 32, _mm256_shuffle_epi8(v, from_10));
    store(samples + 64, _mm256_shuffle_epi8(_mm256_permute2x128_si256(v, v, 0x11), from_21));
}

static inline Vec blend_lanes(Vec value, Vec base, float factor)
{
    __m256 product = _mm256_mul_ps(_mm256_set1_ps(factor), _mm256_cvtepi32_ps(_mm256_sub_epi32(value, base)));
    __m256 sum = _mm256_add_ps(_mm256_cvtepi32_ps(base), product);
    return _mm256_cvttps_epi32(_mm256_min_ps(sum, _mm256_set1_ps(255)));
}

static inline __m256i widen(const uint8_t *p)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

#include "vision/colour_kernel_body.h"

/* There is no shuffle for a table of 256 bytes, so it is computed. */
static void blend_bytes(uint8_t *p, size_t n, int base, float factor)
{
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i v[4];
        for (int k = 0; k < 4; k++)
            v[k] = blend_lanes(widen(p + i + LANES * k), _mm256_set1_epi32(base), factor);
        store(p + i, pack(v));
    }
    for (; i < n; i++)
        p[i] = colour_blend(base, p[i], factor);
}

const ColourKernel colour_kernel_avx2 = COLOUR_KERNEL;
