/* vision/pixel_kernel.h: loops over samples, compiled for each level of vectors. */
#ifndef FACET_VISION_PIXEL_KERNEL_H
#define FACET_VISION_PIXEL_KERNEL_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

enum { PIXEL_SLACK = 32 }; /* samples behind the end of a row that may be read and, but for bytes, written */

/* n / divisor for n < 2^15 is (n * factor >> 16) >> shift. */
typedef struct {
    uint16_t factor;
    int shift;
} PixelDivisor;

typedef struct {
    /* to[i] = from[i] */
    void (*widen)(uint16_t *to, const uint8_t *from, size_t n);
    /* to[i] = a[i] + b[i]; rows may be the same or none of their bytes. */
    void (*add)(uint16_t *to, const uint16_t *a, const uint16_t *b, size_t n);
    /* to[i] = (half + rows[0][i] + rows[1][i] + ...) / divisor. */
    void (*mean)(uint8_t *to, const uint16_t *const *rows, int count, size_t n, uint16_t half,
                 PixelDivisor divisor);
    /* The sum of the luma of RGB pixels. */
    uint64_t (*luma_sum)(const uint8_t *rgb, size_t pixels);
    /* Every sample becomes the luma. */
    void (*bw)(uint8_t *rgb, size_t pixels);
    /* From the luma, `factor` times the difference: luma + factor * (value - luma), each step rounded to float32, the fraction cut
     * off. */
    void (*saturate)(uint8_t *rgb, size_t pixels, float factor);
    /* p[i] = table[p[i]] */
    void (*look_up)(uint8_t *p, size_t n, const uint8_t table[256]);
} PixelKernel;

/* The kernel of a level, which the machine must have. */
const PixelKernel *pixel_kernel(CpuLevel level);

extern const PixelKernel pixel_kernel_plain, pixel_kernel_avx2, pixel_kernel_avx512;

#endif
