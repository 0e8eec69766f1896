/* mask_measure.h: how well one mask covers another, for tests and benches of what makes masks. White is the object. */
#ifndef FACET_TESTS_MASK_MEASURE_H
#define FACET_TESTS_MASK_MEASURE_H

#include "vision/grabcut.h"

/* Pixels that both masks have, as a part of those that either has (intersection over union); 1 for two empty ones. */
static inline double overlap(const Image *a, const Image *b)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < image_bytes(a); i++) {
        both += a->data[i] > 127 && b->data[i] > 127;
        either += a->data[i] > 127 || b->data[i] > 127;
    }
    return either ? (double)both / (double)either : 1;
}

/* The least box around a mask; of an empty one x1 and y1 are -1. */
static inline PixelBox bounds(const Image *mask)
{
    PixelBox b = { mask->width, mask->height, -1, -1 };
    for (int y = 0; y < mask->height; y++)
        for (int x = 0; x < mask->width; x++)
            if (image_at(mask, x, y)[0] > 127) {
                b.x0 = x < b.x0 ? x : b.x0;
                b.x1 = x > b.x1 ? x : b.x1;
                b.y0 = y < b.y0 ? y : b.y0;
                b.y1 = y > b.y1 ? y : b.y1;
            }
    return b;
}

#endif
