/* vision/blur_kernel_body.h: the functions of a BlurKernel. Each file that includes this one is compiled for its own instruction
 * set, and the compiler makes the vectors. */
#include "vision/blur_kernel.h"

#include <string.h>

#ifdef __SSE4_1__
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
enum { SUMS = SUM_BYTES / 2, BLOCK = 4 };
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
#elif defined(__SSE4_1__)
    return (Sums)_mm_mulhi_epu16((__m128i)a, _mm_set1_epi16((short)factor));
#else
    return __builtin_convertvector(__builtin_convertvector(a, WideSums) * factor >> 16, Sums);
#endif
}

/* The means at `at` of `vectors` vectors side by side: an address is looked up once for all of them. */
static inline void means_at(uint8_t *to, const uint16_t *const *rows, int count, size_t at, int vectors,
                            uint16_t half, BlurDivisor divisor)
{
    Sums sum[BLOCK];
    for (int v = 0; v < vectors; v++)
        sum[v] = load_sums(rows[0] + at + v * SUMS) + half;
    for (int k = 1; k < count; k++) {
        const uint16_t *row = rows[k] + at;
        for (int v = 0; v < vectors; v++)
            sum[v] += load_sums(row + v * SUMS);
    }
    for (int v = 0; v < vectors; v++) {
        Means mean_of =
            __builtin_convertvector(multiply_high(sum[v], divisor.factor) >> (uint16_t)divisor.shift, Means);
        memcpy(to + v * SUMS, &mean_of, sizeof mean_of);
    }
}

static void mean(uint8_t *to, const uint16_t *const *rows, int count, size_t n, uint16_t half,
                 BlurDivisor divisor)
{
    size_t i = 0;
    for (; n - i >= BLOCK * SUMS; i += BLOCK * SUMS)
        means_at(to + i, rows, count, i, BLOCK, half, divisor);
    for (; n - i >= SUMS; i += SUMS)
        means_at(to + i, rows, count, i, 1, half, divisor);
    if (i < n) {
        uint8_t rest[SUMS];
        means_at(rest, rows, count, i, 1, half, divisor);
        memcpy(to + i, rest, n - i);
    }
}

/* At most 256 rows of bytes, whose sums fit in 16 bits. */
static inline Sums sum_of_bytes(const uint8_t *const *rows, int count, size_t at)
{
    Sums sum = { 0 };
    for (int k = 0; k < count; k++) {
        Means bytes;
        memcpy(&bytes, rows[k] + at, sizeof bytes);
        sum += __builtin_convertvector(bytes, Sums);
    }
    return sum;
}

static void mean_of_bytes(uint8_t *to, const uint8_t *const *rows, int count, size_t n)
{
    float scale = 1.0f / (float)count, half = 0.5f * (float)count;
    for (size_t i = 0; i < n; i += SUMS) {
        uint32_t sum[SUMS] = { 0 };
        for (int first = 0; first < count; first += 256) {
            Sums part = sum_of_bytes(rows + first, count - first < 256 ? count - first : 256, i);
            for (int l = 0; l < SUMS; l++)
                sum[l] += part[l];
        }
        uint8_t mean_of[SUMS];
        for (int l = 0; l < SUMS; l++)
            mean_of[l] = (uint8_t)(int)(((float)(int)sum[l] + half) * scale);
        memcpy(to + i, mean_of, n - i < SUMS ? n - i : SUMS);
    }
}

#define BLUR_KERNEL                     \
    {                                   \
        widen, add, mean, mean_of_bytes \
    }
