/* vision/mask_prompt.h: how a person says which pixels are meant. */
#ifndef FACET_VISION_MASK_PROMPT_H
#define FACET_VISION_MASK_PROMPT_H

#include "vision/image.h"

enum { MASK_POINTS_MAX = 200 };

/* In pixels of the picture: x right, y down, (0, 0) the centre of the top left pixel. */
typedef struct {
    float x, y;
    bool positive; /* on the object, or not on it */
} MaskPoint;

/* What pixels of a picture of strokes say. */
enum { STROKE_NONE = 0, STROKE_OBJECT = 1, STROKE_BACKGROUND = 2 };

/* Borrowed by whoever is asked. There must be a positive point, a box, a stroke on the object or an earlier mask; all of
 * them together are fine. */
typedef struct {
    const MaskPoint *points;
    size_t point_count;
    const float *box;     /* x0, y0, x1, y1 around the object, two opposite corners; NULL: none */
    const Image *strokes; /* 1 channel, the picture's size, STROKE_*: kept to the pixel; NULL: none */
    const Image *
        start; /* an earlier mask to refine: 1 channel, the picture's size, above 127 is object; NULL: none */
} MaskPrompt;

/* Whether a prompt can be taken for a picture. ERR_USAGE: it asks for nothing, has too many points, a coordinate that is
 * no number, a point outside of the picture, or a box without a pixel in it; ERR_INPUT: an image of another size. */
bool mask_prompt_check(const MaskPrompt *p, const Image *picture, Err *err)
    __attribute__((warn_unused_result));

/* The pixels of a checked box whose centres lie in it: first and last column and row. */
typedef struct {
    int x0, y0, x1, y1;
} PixelBox;
PixelBox mask_prompt_box(const float box[4], int width, int height);

/* Let a mask have what strokes (or NULL) say of it. */
void mask_apply_strokes(Image *mask, const Image *strokes);

#endif
