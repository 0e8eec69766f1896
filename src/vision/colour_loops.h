/* vision/colour_loops.h: the functions of a ColourKernel as one would write them: the plain level, and what vectors leave over. */
#ifndef FACET_VISION_COLOUR_LOOPS_H
#define FACET_VISION_COLOUR_LOOPS_H

#include "vision/image.h"

#include <string.h>

static inline uint8_t colour_blend(int base, int value, float factor)
{
    float product = factor * (float)(value - base);
    float t = (float)base + product;
    t = t > 0 ? t : 0;
    return (uint8_t)(int)(t < 255 ? t : 255);
}

static inline uint64_t loop_luma_sum(const uint8_t *rgb, size_t pixels)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < pixels; i++)
        sum += image_luma(rgb + 3 * i);
    return sum;
}

static inline void loop_bw(uint8_t *rgb, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++)
        memset(rgb + 3 * i, image_luma(rgb + 3 * i), 3);
}

static inline void loop_saturate(uint8_t *rgb, size_t pixels, float factor)
{
    for (size_t i = 0; i < pixels; i++) {
        int base = image_luma(rgb + 3 * i);
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = colour_blend(base, rgb[3 * i + c], factor);
    }
}

/* With one base for all there are only 256 results. */
static inline void colour_blend_table(uint8_t table[256], int base, float factor)
{
    for (int value = 0; value < 256; value++)
        table[value] = colour_blend(base, value, factor);
}

static inline void loop_blend(uint8_t *p, size_t n, int base, float factor)
{
    uint8_t table[256];
    colour_blend_table(table, base, factor);
    for (size_t i = 0; i < n; i++)
        p[i] = table[p[i]];
}

#endif
