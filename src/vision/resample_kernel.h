/* vision/resample_kernel.h: the inner loops of vision/resample.c, compiled for each level of vectors. */
#ifndef FACET_VISION_RESAMPLE_KERNEL_H
#define FACET_VISION_RESAMPLE_KERNEL_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

/* The weights of two neighbouring taps, each 2048 * high + low with low in 0..2047: both parts fit into the 16-bit factors that a
 * machine multiplies and sums in pairs. */
enum { WEIGHT_BITS = 22, WEIGHT_LOW_BITS = 11 };
typedef struct {
    int16_t high[2], low[2];
} WeightPair;

typedef struct {
    /* to[column * to_stride + row] = from[row * from_stride + column] */
    void (*turn)(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride, size_t rows,
                 size_t columns);
    /* to[i] = the sum over the taps of weight * from[tap * stride + i], over 2^22, rounded and limited to a byte. The sum is limited
     * to 32 bits. */
    void (*weigh)(uint8_t *to, const uint8_t *from, size_t stride, const WeightPair *weight, size_t taps,
                  size_t n);
    /* to[i] = ((top[i] * weight[0] >> 16) + (bottom[i] * weight[1] >> 16) + 2) >> 2; nothing is below zero, weights add up to 2048. */
    void (*blend)(uint8_t *to, const int16_t *top, const int16_t *bottom, const int weight[2], size_t n);
} ResampleKernel;

/* The kernel of a level, which the machine must have. */
const ResampleKernel *resample_kernel(CpuLevel level);

extern const ResampleKernel resample_kernel_plain, resample_kernel_avx2, resample_kernel_avx512;

/* The loops as one would write them: the plain level, and what a row of vectors leaves over. */
static inline int32_t resample_weight(const WeightPair *weight, size_t tap)
{
    const WeightPair *w = &weight[tap / 2];
    return w->high[tap % 2] * (1 << WEIGHT_LOW_BITS) + w->low[tap % 2];
}

static inline void resample_turn(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride,
                                 size_t rows, size_t columns)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            to[c * to_stride + r] = from[r * from_stride + c];
}

static inline void resample_weigh(uint8_t *to, const uint8_t *from, size_t stride, const WeightPair *weight,
                                  size_t taps, size_t n)
{
    enum { AT_A_TIME = 64 };
    for (size_t i = 0; i < n; i += AT_A_TIME) {
        int32_t sum[AT_A_TIME];
        size_t count = n - i < AT_A_TIME ? n - i : AT_A_TIME;
        for (size_t k = 0; k < count; k++)
            sum[k] = 1 << (WEIGHT_BITS - 1);
        for (size_t j = 0; j < taps; j++) {
            int32_t w = resample_weight(weight, j);
            for (size_t k = 0; k < count; k++)
                sum[k] += w * from[j * stride + i + k];
        }
        for (size_t k = 0; k < count; k++) {
            int32_t v = sum[k] >> WEIGHT_BITS;
            to[i + k] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
    }
}

static inline void resample_blend(uint8_t *to, const int16_t *top, const int16_t *bottom, const int weight[2],
                                  size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(((top[i] * weight[0] >> 16) + (bottom[i] * weight[1] >> 16) + 2) >> 2);
}

#endif
