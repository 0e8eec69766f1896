/* vision/resample_kernel.h: the inner loops of vision/resample.c, compiled for each level of vectors. */
#ifndef FACET_VISION_RESAMPLE_KERNEL_H
#define FACET_VISION_RESAMPLE_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The weights of two neighbouring taps, each 2048 * high + low with low in 0..2047: both parts fit into the 16-bit factors that a
 * machine multiplies and sums in pairs. */
enum { WEIGHT_BITS = 22, WEIGHT_LOW_BITS = 11 };
typedef struct {
    int16_t high[2], low[2];
} WeightPair;

/* Output i is in[lo] * weight[0] + in[hi] * weight[1], lo <= hi, weights in 2048ths. */
typedef struct {
    int lo, hi;
    int16_t weight[2];
} LinearTap;

typedef struct {
    /* to[column * to_stride + row] = from[row * from_stride + column] */
    void (*turn)(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride, size_t rows,
                 size_t columns);
    /* to[i] = the sum over the taps of weight * from[tap * stride + i], over 2^22, rounded and limited to a byte. The sum is limited
     * to 32 bits. */
    void (*weigh)(uint8_t *to, const uint8_t *from, size_t stride, const WeightPair *weight, size_t taps,
                  size_t n);
    /* The samples of `width` pixels of a row of `in_width` along its taps, in 128ths: OpenCV's linear across. */
    void (*across)(int16_t *to, const uint8_t *row, int in_width, const LinearTap *tap, int width,
                   int channels);
    /* to[i] = ((top[i] * weight[0] >> 16) + (bottom[i] * weight[1] >> 16) + 2) >> 2: OpenCV's linear down. */
    void (*down)(uint8_t *to, const int16_t *top, const int16_t *bottom, const int16_t weight[2], size_t n);
} ResampleKernel;

extern const ResampleKernel resample_kernel_plain, resample_kernel_sse4, resample_kernel_avx2,
    resample_kernel_avx512;

/* The loops as one would write them: the plain level, and what a row of vectors leaves over. */
static inline int32_t resample_weight(const WeightPair *weight, size_t tap)
{
    const WeightPair *w = &weight[tap / 2];
    return w->high[tap % 2] * (1 << WEIGHT_LOW_BITS) + w->low[tap % 2];
}

static inline void resample_turn(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride,
                                 size_t rows, size_t columns)
{
    enum { ROWS = 64 }; /* of which the cache holds what is read next */
    for (size_t first = 0; first < rows; first += ROWS) {
        size_t end = rows - first < ROWS ? rows : first + ROWS;
        for (size_t c = 0; c < columns; c++)
            for (size_t r = first; r < end; r++)
                to[c * to_stride + r] = from[r * from_stride + c];
    }
}

/* 64 sums at a time, a number that the compiler knows; the rest of a row is summed with them and left. */
static inline void resample_weigh(uint8_t *to, const uint8_t *from, size_t stride, const WeightPair *weight,
                                  size_t taps, size_t n)
{
    enum { AT_A_TIME = 64 };
    for (size_t i = 0; i < n; i += AT_A_TIME) {
        size_t count = n - i < AT_A_TIME ? n - i : AT_A_TIME;
        int32_t sum[AT_A_TIME];
        uint8_t bytes[AT_A_TIME] = { 0 };
        for (size_t k = 0; k < AT_A_TIME; k++)
            sum[k] = 1 << (WEIGHT_BITS - 1);
        for (size_t j = 0; j < taps; j++) {
            const uint8_t *in = from + j * stride + i;
            if (count < AT_A_TIME)
                in = memcpy(bytes, in, count);
            int32_t w = resample_weight(weight, j);
            for (size_t k = 0; k < AT_A_TIME; k++)
                sum[k] += w * in[k];
        }
        for (size_t k = 0; k < AT_A_TIME; k++) {
            int32_t v = sum[k] >> WEIGHT_BITS;
            bytes[k] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
        memcpy(to + i, bytes, count);
    }
}

static inline void resample_across(int16_t *to, const uint8_t *row, const LinearTap *tap, int width,
                                   int channels)
{
    for (int x = 0; x < width; x++, to += channels) {
        const uint8_t *lo = row + tap[x].lo * channels, *hi = row + tap[x].hi * channels;
        for (int c = 0; c < channels; c++)
            to[c] = (int16_t)((lo[c] * tap[x].weight[0] + hi[c] * tap[x].weight[1]) >> 4);
    }
}

static inline void resample_down(uint8_t *to, const int16_t *top, const int16_t *bottom,
                                 const int16_t weight[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(((top[i] * weight[0] >> 16) + (bottom[i] * weight[1] >> 16) + 2) >> 2);
}

#endif
