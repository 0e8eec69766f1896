/* roles/segmenters/prompt.h: what all segmenters ask of a prompt. */
#ifndef FACET_ROLES_SEGMENTERS_PROMPT_H
#define FACET_ROLES_SEGMENTERS_PROMPT_H

#include "roles/segmenter.h"

/* Whether a prompt can be taken for a picture; errors as Segmenter.segment has them. `picture` may be empty: nothing was
 * looked at. */
bool segmenter_prompt_check(const SegmenterPrompt *p, const Image *picture, Err *err)
    __attribute__((warn_unused_result));

/* Whether a picture can be looked at: ERR_INPUT. */
bool segmenter_picture_check(const Image *rgb, Err *err) __attribute__((warn_unused_result));

/* The pixels of a box whose centres lie in it: first and last column and row. Only for a box that was checked. */
typedef struct {
    int x0, y0, x1, y1; /* inclusive */
} PixelBox;
PixelBox segmenter_pixel_box(const float box[4], int width, int height);

/* Let a mask have what strokes say of it. */
void segmenter_apply_strokes(Image *mask, const Image *strokes);

#endif
