/* vision/pixel_kernel_body.h: the functions of a PixelKernel. Each file that includes this one is compiled for its own instruction
 * set, and the compiler makes the vectors. */
#include "vision/pixel_kernel.h"

#include "vision/image.h"

#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

static void widen(uint16_t *restrict to, const uint8_t *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

/* Compilers keep a vector type in registers only where the machine has registers of that size. */
#if defined(__AVX512BW__)
enum { SUM_BYTES = 64 };
#elif defined(__AVX2__)
enum { SUM_BYTES = 32 };
#else
enum { SUM_BYTES = 16 };
#endif
enum { SUMS = SUM_BYTES / 2 };
typedef uint16_t Sums __attribute__((vector_size(SUM_BYTES)));
typedef uint32_t WideSums __attribute__((vector_size(2 * SUM_BYTES)));
typedef uint8_t Means __attribute__((vector_size(SUMS)));

static inline Sums load_sums(const uint16_t *from)
{
    Sums s;
    memcpy(&s, from, sizeof s);
    return s;
}

static void add(uint16_t *to, const uint16_t *a, const uint16_t *b, size_t n)
{
    for (size_t i = 0; i < n; i += SUMS) {
        Sums sum = load_sums(a + i) + load_sums(b + i);
        memcpy(to + i, &sum, sizeof sum);
    }
}

/* The upper half of 32-bit products. */
static inline Sums multiply_high(Sums a, uint16_t factor)
{
#if defined(__AVX512BW__)
    return (Sums)_mm512_mulhi_epu16((__m512i)a, _mm512_set1_epi16((short)factor));
#elif defined(__AVX2__)
    return (Sums)_mm256_mulhi_epu16((__m256i)a, _mm256_set1_epi16((short)factor));
#else
    return __builtin_convertvector(__builtin_convertvector(a, WideSums) * factor >> 16, Sums);
#endif
}

static void mean(uint8_t *to, const uint16_t *const *rows, int count, size_t n, uint16_t half,
                 PixelDivisor divisor)
{
    for (size_t i = 0; i < n; i += SUMS) {
        Sums sum = load_sums(rows[0] + i);
        for (int k = 1; k < count; k++)
            sum += load_sums(rows[k] + i);
        Means mean_of = __builtin_convertvector(
            multiply_high(sum + half, divisor.factor) >> (uint16_t)divisor.shift, Means);
        if (n - i >= SUMS)
            memcpy(to + i, &mean_of, sizeof mean_of);
        else
            memcpy(to + i, &mean_of, n - i);
    }
}

/* --- colours ------------------------------------------------------------------------------------- */

#ifdef __AVX512VBMI__

/* clang-format off */
static const _Alignas(64) uint8_t split_order[3][64] = {
        { 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39, 42, 45, 48, 51, 54, 57, 60, 63, 66, 69, 72, 75, 78, 81,
      84, 87, 90, 93, 96, 99, 102, 105, 108, 111, 114, 117, 120, 123, 126, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34,
      37, 40, 43, 46, 49, 52, 55, 58, 61 },
        { 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34, 37, 40, 43, 46, 49, 52, 55, 58, 61, 64, 67, 70, 73, 76, 79, 82,
      85, 88, 91, 94, 97, 100, 103, 106, 109, 112, 115, 118, 121, 124, 127, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32, 35,
      38, 41, 44, 47, 50, 53, 56, 59, 62 },
        { 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32, 35, 38, 41, 44, 47, 50, 53, 56, 59, 62, 65, 68, 71, 74, 77, 80, 83,
      86, 89, 92, 95, 98, 101, 104, 107, 110, 113, 116, 119, 122, 125, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36,
      39, 42, 45, 48, 51, 54, 57, 60, 63 },
};
static const _Alignas(64) uint8_t merge_order[3][64] = {
        { 0, 64, 0, 1, 65, 1, 2, 66, 2, 3, 67, 3, 4, 68, 4, 5, 69, 5, 6, 70, 6, 7, 71, 7, 8, 72, 8, 9, 73, 9, 10, 74,
      10, 11, 75, 11, 12, 76, 12, 13, 77, 13, 14, 78, 14, 15, 79, 15, 16, 80, 16, 17, 81, 17, 18, 82, 18, 19, 83, 19,
      20, 84, 20, 21 },
        { 85, 21, 22, 86, 22, 23, 87, 23, 24, 88, 24, 25, 89, 25, 26, 90, 26, 27, 91, 27, 28, 92, 28, 29, 93, 29, 30,
      94, 30, 31, 95, 31, 32, 96, 32, 33, 97, 33, 34, 98, 34, 35, 99, 35, 36, 100, 36, 37, 101, 37, 38, 102, 38, 39,
      103, 39, 40, 104, 40, 41, 105, 41, 42, 106 },
        { 42, 43, 107, 43, 44, 108, 44, 45, 109, 45, 46, 110, 46, 47, 111, 47, 48, 112, 48, 49, 113, 49, 50, 114, 50,
      51, 115, 51, 52, 116, 52, 53, 117, 53, 54, 118, 54, 55, 119, 55, 56, 120, 56, 57, 121, 57, 58, 122, 58, 59, 123,
      59, 60, 124, 60, 61, 125, 61, 62, 126, 62, 63, 127, 63 },
};
/* clang-format on */
#endif

/* Samples of PIXELS pixels by colour, and back. */
enum { PIXELS = 64 };
typedef struct {
    _Alignas(64) uint8_t c[3][PIXELS];
} Planes;

#ifdef __AVX512VBMI__
/* Byte i of a colour's plane is byte 3 * i + c of 192: the first two registers are shuffled into one, where the third one's bytes
 * are put in. */
static inline void split(Planes *p, const uint8_t *rgb)
{
    __m512i in[3];
    for (size_t k = 0; k < 3; k++)
        in[k] = _mm512_loadu_si512(rgb + 64 * k);
    for (size_t c = 0; c < 3; c++) {
        __m512i at = _mm512_load_si512(split_order[c]);
        __m512i v = _mm512_permutex2var_epi8(in[0], at, in[1]);
        __mmask64 third = ~0ull << ((128 - c + 2) / 3); /* 3 * i + c >= 128 */
        _mm512_store_si512(p->c[c], _mm512_mask_permutexvar_epi8(v, third, at, in[2]));
    }
}

/* Byte j of 192 is byte j / 3 of colour j mod 3. */
static inline void merge(uint8_t *rgb, const Planes *p)
{
    __m512i r = _mm512_load_si512(p->c[0]), g = _mm512_load_si512(p->c[1]), b = _mm512_load_si512(p->c[2]);
    for (size_t k = 0; k < 3; k++) {
        __m512i at = _mm512_load_si512(merge_order[k]);
        __m512i v = _mm512_permutex2var_epi8(r, at, g);
        /* j mod 3 == 2 with j = 64 * k + i, that is i mod 3 == (2 - k) mod 3 */
        __mmask64 third = 0x9249249249249249ull << (2 - k);
        _mm512_storeu_si512(rgb + 64 * k, _mm512_mask_permutexvar_epi8(v, third, at, b));
    }
}
#else
static inline void split(Planes *p, const uint8_t *rgb)
{
    for (size_t i = 0; i < PIXELS; i++)
        for (size_t c = 0; c < 3; c++)
            p->c[c][i] = rgb[3 * i + c];
}

static inline void merge(uint8_t *rgb, const Planes *p)
{
    for (size_t i = 0; i < PIXELS; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = p->c[c][i];
}
#endif

static inline void luma_of(int32_t luma[PIXELS], const Planes *p)
{
    for (size_t i = 0; i < PIXELS; i++)
        luma[i] = (int32_t)((19595u * p->c[0][i] + 38470u * p->c[1][i] + 7471u * p->c[2][i] + 32768u) >> 16);
}

static uint64_t luma_sum(const uint8_t *rgb, size_t pixels)
{
    uint64_t sum = 0;
    size_t i = 0;
    for (; i + PIXELS <= pixels; i += PIXELS) {
        Planes p;
        int32_t luma[PIXELS], part = 0;
        split(&p, rgb + 3 * i);
        luma_of(luma, &p);
        for (size_t l = 0; l < PIXELS; l++)
            part += luma[l];
        sum += (uint64_t)part;
    }
    for (; i < pixels; i++)
        sum += image_luma(rgb + 3 * i);
    return sum;
}

static void bw(uint8_t *rgb, size_t pixels)
{
    size_t i = 0;
    for (; i + PIXELS <= pixels; i += PIXELS) {
        Planes p;
        int32_t luma[PIXELS];
        split(&p, rgb + 3 * i);
        luma_of(luma, &p);
        for (size_t c = 0; c < 3; c++)
            for (size_t l = 0; l < PIXELS; l++)
                p.c[c][l] = (uint8_t)luma[l];
        merge(rgb + 3 * i, &p);
    }
    for (; i < pixels; i++)
        memset(rgb + 3 * i, image_luma(rgb + 3 * i), 3);
}

static inline uint8_t blend(int base, int value, float factor)
{
    float product = factor * (float)(value - base); /* the build forbids to fuse this with the sum */
    float t = (float)base + product;
    t = t > 0 ? t : 0;
    return (uint8_t)(int)(t < 255 ? t : 255);
}

static void saturate(uint8_t *rgb, size_t pixels, float factor)
{
    size_t i = 0;
    for (; i + PIXELS <= pixels; i += PIXELS) {
        Planes p;
        int32_t luma[PIXELS];
        split(&p, rgb + 3 * i);
        luma_of(luma, &p);
        for (size_t c = 0; c < 3; c++)
            for (size_t l = 0; l < PIXELS; l++)
                p.c[c][l] = blend(luma[l], p.c[c][l], factor);
        merge(rgb + 3 * i, &p);
    }
    for (; i < pixels; i++) {
        int base = image_luma(rgb + 3 * i);
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = blend(base, rgb[3 * i + c], factor);
    }
}

#ifdef __AVX512VBMI__
/* The table in four registers: two shuffles of 128 entries, chosen between by the highest bit. */
static void look_up(uint8_t *p, size_t n, const uint8_t table[256])
{
    __m512i t[4];
    for (size_t k = 0; k < 4; k++)
        t[k] = _mm512_loadu_si512(table + 64 * k);
    for (size_t i = 0; i < n; i += 64) {
        __mmask64 mask = n - i < 64 ? (1ull << (n - i)) - 1 : ~0ull;
        __m512i v = _mm512_maskz_loadu_epi8(mask, p + i);
        __m512i low = _mm512_permutex2var_epi8(t[0], v, t[1]), high = _mm512_permutex2var_epi8(t[2], v, t[3]);
        _mm512_mask_storeu_epi8(p + i, mask, _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high));
    }
}
#else
static void look_up(uint8_t *p, size_t n, const uint8_t table[256])
{
    for (size_t i = 0; i < n; i++)
        p[i] = table[p[i]];
}
#endif

#define PIXEL_KERNEL                                      \
    {                                                     \
        widen, add, mean, luma_sum, bw, saturate, look_up \
    }
