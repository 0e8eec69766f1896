#include <immintrin.h>
#include <stdint.h>

typedef __m512i Vec;
enum { LANES = 16, BLOCK = 4 * LANES, BLOCK_SLACK = 16 };

/* Where each byte of a vector comes from. */
/* clang-format off */
static const _Alignas(64) uint8_t pairs_rg[64] = {
    0, 0, 1, 0, 3, 0, 4, 0, 6, 0, 7, 0, 9, 0, 10, 0, 12, 0, 13, 0, 15, 0, 16, 0, 18, 0, 19, 0, 21, 0, 22, 0,
    24, 0, 25, 0, 27, 0, 28, 0, 30, 0, 31, 0, 33, 0, 34, 0, 36, 0, 37, 0, 39, 0, 40, 0, 42, 0, 43, 0, 45, 0, 46, 0,
};
static const _Alignas(64) uint8_t thirds[3][64] = {
    { 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15, 16, 16, 16, 17, 17, 17, 18, 18, 18, 19, 19, 19, 20, 20, 20, 21 },
    { 21, 21, 22, 22, 22, 23, 23, 23, 24, 24, 24, 25, 25, 25, 26, 26, 26, 27, 27, 27, 28, 28, 28, 29, 29, 29, 30, 30, 30, 31, 31, 31, 32, 32, 32, 33, 33, 33, 34, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 40, 40, 40, 41, 41, 41, 42, 42 },
    { 42, 43, 43, 43, 44, 44, 44, 45, 45, 45, 46, 46, 46, 47, 47, 47, 48, 48, 48, 49, 49, 49, 50, 50, 50, 51, 51, 51, 52, 52, 52, 53, 53, 53, 54, 54, 54, 55, 55, 55, 56, 56, 56, 57, 57, 57, 58, 58, 58, 59, 59, 59, 60, 60, 60, 61, 61, 61, 62, 62, 62, 63, 63, 63 },
};
/* clang-format on */

static inline void store(uint8_t *p, __m512i v)
{
    _mm512_storeu_si512(p, v);
}

static inline __m512i pack(const __m512i v[4])
{
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i bytes = _mm512_packus_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3]));
    return _mm512_permutexvar_epi32(order, bytes);
}

/* The luma of 16 pixels in 48 bytes: of each pixel the pairs (R, G) and (G, B) are summed with factors of 16 bits, for which the one
 * of green, 38470, is halved between both. */
static inline __m512i luma_of_lanes(const uint8_t *rgb)
{
    const __mmask64 low_bytes = 0x5555555555555555;
    __m512i rg = _mm512_load_si512(pairs_rg), gb = _mm512_add_epi8(rg, _mm512_set1_epi8(1)),
            in = _mm512_loadu_si512(rgb);
    __m512i sum =
        _mm512_dpwssd_epi32(_mm512_set1_epi32(32768), _mm512_maskz_permutexvar_epi8(low_bytes, rg, in),
                            _mm512_set1_epi32(19595 | 19235 << 16));
    sum = _mm512_dpwssd_epi32(sum, _mm512_maskz_permutexvar_epi8(low_bytes, gb, in),
                              _mm512_set1_epi32(19235 | 7471 << 16));
    return _mm512_srli_epi32(sum, 16);
}

static inline uint64_t sum_of_block(const uint8_t luma[BLOCK])
{
    return (uint64_t)_mm512_reduce_add_epi64(
        _mm512_sad_epu8(_mm512_loadu_si512(luma), _mm512_setzero_si512()));
}

static inline void spread_block(uint8_t samples[3 * BLOCK], const uint8_t luma[BLOCK])
{
    __m512i v = _mm512_loadu_si512(luma);
    for (int k = 0; k < 3; k++)
        _mm512_storeu_si512(samples + 64 * k, _mm512_permutexvar_epi8(_mm512_load_si512(thirds[k]), v));
}

static inline Vec blend_lanes(Vec value, Vec base, float factor)
{
    __m512 product = _mm512_mul_ps(_mm512_set1_ps(factor), _mm512_cvtepi32_ps(_mm512_sub_epi32(value, base)));
    __m512 sum = _mm512_add_ps(_mm512_cvtepi32_ps(base), product);
    return _mm512_cvttps_epi32(_mm512_min_ps(sum, _mm512_set1_ps(255)));
}

static inline __m512i widen(const uint8_t *p)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}

#include "vision/colour_kernel_body.h"

/* The table in four registers: two shuffles of 128 entries, chosen between by the highest bit. */
static void blend_bytes(uint8_t *p, size_t n, int base, float factor)
{
    uint8_t table[256];
    __m512i t[4];
    colour_blend_table(table, base, factor);
    for (size_t k = 0; k < 4; k++)
        t[k] = _mm512_loadu_si512(table + 64 * k);
    for (size_t i = 0; i < n; i += 64) {
        __mmask64 mask = n - i < 64 ? (1ull << (n - i)) - 1 : ~0ull;
        __m512i v = _mm512_maskz_loadu_epi8(mask, p + i);
        __m512i low = _mm512_permutex2var_epi8(t[0], v, t[1]), high = _mm512_permutex2var_epi8(t[2], v, t[3]);
        _mm512_mask_storeu_epi8(p + i, mask, _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high));
    }
}

const ColourKernel colour_kernel_avx512 = COLOUR_KERNEL;
