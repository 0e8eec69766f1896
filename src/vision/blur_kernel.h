/* vision/blur_kernel.h: the inner loops of vision/motion_blur.c, compiled for each level of vectors. */
#ifndef FACET_VISION_BLUR_KERNEL_H
#define FACET_VISION_BLUR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum { BLUR_SLACK = 32 }; /* samples behind the end of a row that may be read and, but for bytes, written */

/* n / divisor for n < 2^15 is (n * factor >> 16) >> shift. */
typedef struct {
    uint16_t factor;
    int shift;
} BlurDivisor;

typedef struct {
    /* to[i] = from[i] */
    void (*widen)(uint16_t *to, const uint8_t *from, size_t n);
    /* to[i] = a[i] + b[i]; rows may be the same or none of their bytes. */
    void (*add)(uint16_t *to, const uint16_t *a, const uint16_t *b, size_t n);
    /* to[i] = (half + rows[0][i] + rows[1][i] + ...) / divisor. */
    void (*mean)(uint8_t *to, const uint16_t *const *rows, int count, size_t n, uint16_t half,
                 BlurDivisor divisor);
    /* to[i] = the mean of rows[k][i], rounded, of an odd number of rows. A mean is never nearer than 1 / (2 * count) to where it
     * rounds the other way, and the float32 reciprocal is off by less than 2^-14 at 255, so the result is exact up to 1001 rows. */
    void (*mean_of_bytes)(uint8_t *to, const uint8_t *const *rows, int count, size_t n);
} BlurKernel;

extern const BlurKernel blur_kernel_plain, blur_kernel_sse4, blur_kernel_avx2, blur_kernel_avx512;

#endif
