/* vision/resample_kernel_body.h: the functions of a ResampleKernel in the vectors of vec_sse4.h, vec_avx2.h or vec_avx512.h, whichever
 * the file that includes this one has included before. */
#include "vision/resample_kernel.h"
#include "vision/transpose.h"

#include <string.h>

#include <immintrin.h>

enum { TILE = TRANSPOSE_SIDE, BYTES = 2 * LANES };

static void turn(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride, size_t rows,
                 size_t columns)
{
    size_t whole_rows = rows / TILE * TILE, whole_columns = columns / TILE * TILE;
    for (size_t c = 0; c < whole_columns; c += TILE)
        for (size_t r = 0; r < whole_rows; r += TILE)
            transpose_square(to + c * to_stride + r, to_stride, from + r * from_stride + c, from_stride);
    resample_turn(to + whole_rows, to_stride, from + whole_rows * from_stride, from_stride, rows - whole_rows,
                  whole_columns);
    resample_turn(to + whole_columns * to_stride, to_stride, from + whole_columns, from_stride, rows,
                  columns - whole_columns);
}

/* BYTES sums: those of the high and of the low parts of the weights, which are put together at the end; what overflows on the way
 * is taken back there, since the whole sum fits. The weight beside a last odd tap is zero. */
static inline void weigh_vector(uint8_t *to, const uint8_t *from, size_t stride, const WeightPair *weight,
                                size_t taps)
{
    W high[4], low[4];
    for (size_t k = 0; k < 4; k++) {
        high[k] = w_set(0);
        low[k] = w_set(1 << (WEIGHT_BITS - 1));
    }
    for (size_t j = 0; j < taps; j += 2, from += 2 * stride) {
        const uint8_t *next = j + 1 < taps ? from + stride : from;
        V a0 = v_load_first(from), a1 = v_load_second(from), b0 = v_load_first(next),
          b1 = v_load_second(next);
        W pair[4] = { v_pairs_low(a0, b0), v_pairs_high(a0, b0), v_pairs_low(a1, b1), v_pairs_high(a1, b1) };
        const WeightPair *w = &weight[j / 2];
        W wh = w_set_pair(w->high[0], w->high[1]), wl = w_set_pair(w->low[0], w->low[1]);
        for (size_t k = 0; k < 4; k++) {
            high[k] = w_dot(high[k], pair[k], wh);
            low[k] = w_dot(low[k], pair[k], wl);
        }
    }
    for (size_t k = 0; k < 4; k++)
        low[k] = w_sar(w_add(w_shl(high[k], WEIGHT_LOW_BITS), low[k]), WEIGHT_BITS);
    v_store_columns(to, v_join(low[0], low[1]), v_join(low[2], low[3]));
}

/* The last vector ends with the row and does some of it again. A row shorter than a vector has no vectors. */
static void weigh(uint8_t *to, const uint8_t *from, size_t stride, const WeightPair *weight, size_t taps,
                  size_t n)
{
    if (n < BYTES) {
        resample_weigh(to, from, stride, weight, taps, n);
        return;
    }
    for (size_t i = 0; i < n; i += BYTES) {
        size_t at = i < n - BYTES ? i : n - BYTES;
        weigh_vector(to + at, from + at, stride, weight, taps);
    }
}

/* Two output pixels, each from 8 bytes: an input pixel and the next one, laid into each other by `order`, so that a pair is summed
 * with its weights. (Where a tap has no next pixel its weight is zero.) */
static inline __m128i across_two(const uint8_t *row, const LinearTap *tap, int channels, __m128i order)
{
    __m128i first = _mm_loadl_epi64((const __m128i *)(const void *)(row + tap[0].lo * channels));
    __m128i second = _mm_loadl_epi64((const __m128i *)(const void *)(row + tap[1].lo * channels));
    __m128i pairs = _mm_shuffle_epi8(_mm_unpacklo_epi64(first, second), order);
    int32_t weight[2];
    memcpy(&weight[0], tap[0].weight, 4);
    memcpy(&weight[1], tap[1].weight, 4);
    first = _mm_madd_epi16(_mm_cvtepu8_epi16(pairs), _mm_set1_epi32(weight[0]));
    second = _mm_madd_epi16(_mm_unpackhi_epi8(pairs, _mm_setzero_si128()), _mm_set1_epi32(weight[1]));
    return _mm_packs_epi32(_mm_srai_epi32(first, 4), _mm_srai_epi32(second, 4));
}

/* A pixel of 3 samples is written with one sample of the next, and what is read is in the row, except at its end. */
static inline int across_vectors(int16_t *to, const uint8_t *row, int in_width, const LinearTap *tap,
                                 int width, int channels)
{
    const __m128i three = _mm_setr_epi8(0, 3, 1, 4, 2, 5, 2, 5, 8, 11, 9, 12, 10, 13, 10, 13);
    const __m128i four = _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    int x = 0;
    for (; x + 2 < width && tap[x + 1].lo + 2 < in_width; x += 2) {
        __m128i two = across_two(row, tap + x, channels, channels == 3 ? three : four);
        _mm_storel_epi64((__m128i *)(void *)(to + x * channels), two);
        _mm_storel_epi64((__m128i *)(void *)(to + (x + 1) * channels), _mm_unpackhi_epi64(two, two));
    }
    return x;
}

static void across(int16_t *to, const uint8_t *row, int in_width, const LinearTap *tap, int width,
                   int channels)
{
    int x = 0;
    if (channels == 3)
        x = across_vectors(to, row, in_width, tap, width, 3);
    else if (channels == 4)
        x = across_vectors(to, row, in_width, tap, width, 4);
    resample_across(to + x * channels, row, tap + x, width - x, channels);
}

/* Samples and weights are below 2^15, so the upper half of a signed product is that of an unsigned one. */
static void down(uint8_t *to, const int16_t *top, const int16_t *bottom, const int16_t weight[2], size_t n)
{
    V upper = v_set(weight[0]), lower = v_set(weight[1]), half = v_set(2);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        V sum = v_add(v_mul_high(v_load(top + i), upper), v_mul_high(v_load(bottom + i), lower));
        v_store_bytes(to + i, v_sar(v_add(sum, half), 2));
    }
    resample_down(to + i, top + i, bottom + i, weight, n - i);
}

#define RESAMPLE_KERNEL           \
    {                             \
        turn, weigh, across, down \
    }
