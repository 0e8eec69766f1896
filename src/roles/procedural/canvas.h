/* roles/procedural/canvas.h: a picture in linear light, four floats a pixel, on which a scene is composed. */
#ifndef FACET_ROLES_PROCEDURAL_CANVAS_H
#define FACET_ROLES_PROCEDURAL_CANVAS_H

#include "vision/image.h"

/* Linear red, green, blue (1 is white, lights go above), and a fourth number: the coverage in a layer, how
 * much of the pixel is the object in the final picture. Arithmetic is element by element. */
typedef float Pixel __attribute__((vector_size(16)));

static inline Pixel pixel_all(float v)
{
    return (Pixel){ v, v, v, v };
}
/* Between a (t = 0) and b (t = 1). */
static inline Pixel pixel_mix(Pixel a, Pixel b, float t)
{
    return a + (b - a) * pixel_all(t);
}
static inline float pixel_luma(Pixel p)
{
    return 0.2126f * p[0] + 0.7152f * p[1] + 0.0722f * p[2];
}

typedef struct {
    int width, height;
    Pixel *px; /* rows from the top */
} Canvas;

/* All zero. ERR_NOMEM. On failure *c is empty. */
bool canvas_init(Canvas *c, int width, int height, Err *err) __attribute__((warn_unused_result));
bool canvas_copy(Canvas *to, const Canvas *from, Err *err) __attribute__((warn_unused_result));
void canvas_clear(Canvas *c);

/* Blur with a disc of `radius` pixels, as a lens out of focus does; the border repeats. ERR_NOMEM. */
bool canvas_blur_disc(Canvas *c, float radius, Err *err) __attribute__((warn_unused_result));

/* Lay a layer of the same size, colours multiplied by their coverage, over `c`; the fourth number of `c` is
 * reduced where the layer covers it. */
void canvas_over(Canvas *c, const Canvas *layer);
/* Fill rows [0, rows) of `c` with `from` stretched to the whole of `c`. ERR_NOMEM. */
bool canvas_stretch(Canvas *c, const Canvas *from, int rows, Err *err) __attribute__((warn_unused_result));

/* Half the size (rounded up), each pixel the mean of four. ERR_NOMEM. */
bool canvas_half(Canvas *out, const Canvas *in, Err *err) __attribute__((warn_unused_result));

/* The value at (x, y) in pixels, (0, 0) the centre of the first pixel, linear between centres, border
 * repeated. */
Pixel canvas_at(const Canvas *c, float x, float y);

/* One number of sRGB, 0..1, to linear light, and back (IEC 61966-2-1). */
float srgb_to_linear(float v);
float srgb_from_linear(float v);
/* The colour 0xRRGGBB in linear light, fourth number 1. */
Pixel colour_hex(uint32_t rgb);

#endif
