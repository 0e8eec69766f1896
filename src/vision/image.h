/* vision/image.h: an 8-bit picture in memory. */
#ifndef FACET_VISION_IMAGE_H
#define FACET_VISION_IMAGE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* [height, width, channels] bytes, rows from the top, tightly packed. channels is 1 (gray or mask or
 * alpha), 3 (RGB) or 4 (RGBA, alpha not multiplied in). An empty image is {0}. */
typedef struct {
    int width, height, channels;
    uint8_t *data;
} Image;

/* Allocate; the content is zero. ERR_INPUT when a side is not in 1..65535 or the product overflows,
 * ERR_NOMEM. On failure *im is empty. */
bool image_init(Image *im, int width, int height, int channels, Err *err) __attribute__((warn_unused_result));
/* A deep copy. `to` is overwritten, not cleared first. */
bool image_copy(Image *to, const Image *from, Err *err) __attribute__((warn_unused_result));
/* Free the pixels and make the value empty. Fine on an empty value. */
void image_clear(Image *im);

/* The same size, channels and bytes. */
bool image_equal(const Image *a, const Image *b);

static inline bool image_empty(const Image *im)
{
    return !im || !im->data;
}
static inline size_t image_bytes(const Image *im)
{
    return (size_t)im->width * (size_t)im->height * (size_t)im->channels;
}
static inline uint8_t *image_at(const Image *im, int x, int y)
{
    return im->data + ((size_t)y * (size_t)im->width + (size_t)x) * (size_t)im->channels;
}

/* ITU-R 601 luma of an RGB pixel, as Pillow rounds it. */
static inline uint8_t image_luma(const uint8_t *p)
{
    return (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16);
}

/* Change the number of channels in place: gray to RGB repeats, RGB to gray is image_luma(),
 * alpha is dropped or set to 255. */
bool image_to_channels(Image *im, int channels, Err *err) __attribute__((warn_unused_result));

#endif
