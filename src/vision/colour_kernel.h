/* vision/colour_kernel.h: the inner loops of vision/colour.c, compiled for each level of vectors. */
#ifndef FACET_VISION_COLOUR_KERNEL_H
#define FACET_VISION_COLOUR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* A blend moves a value from a base by a factor: base + factor * (value - base), limited to a byte and the fraction cut off. Product
 * and sum are each rounded to float32, as in Pillow; the build forbids the compiler to fuse them. Factors are finite. */
typedef struct {
    /* The sum of the luma (image_luma()) of RGB pixels. */
    uint64_t (*luma_sum)(const uint8_t *rgb, size_t pixels);
    /* Every sample becomes its pixel's luma. */
    void (*bw)(uint8_t *rgb, size_t pixels);
    /* Every sample blended from its pixel's luma. */
    void (*saturate)(uint8_t *rgb, size_t pixels, float factor);
    /* Every byte blended from one base. */
    void (*blend)(uint8_t *p, size_t n, int base, float factor);
} ColourKernel;

extern const ColourKernel colour_kernel_plain, colour_kernel_sse4, colour_kernel_avx2, colour_kernel_avx512;

#endif
