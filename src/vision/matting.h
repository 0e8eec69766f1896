/* vision/matting.h: how much of each pixel belongs to the object, and in which colour. */
#ifndef FACET_VISION_MATTING_H
#define FACET_VISION_MATTING_H

#include "vision/image.h"

/* Soft alpha from a rough cut-out by a colour guided filter (He, Sun and Tang 2013, eq. 14 to 16), solved on
 * a reduced grid (He and Sun 2015).
 *
 *   alpha  made here: 1 channel, size of rgb, 0 outside to 255 inside; the caller clears it
 *   rgb    [H, W, 3]; the photo that the mask was drawn on
 *   mask   [H, W, 1]; 128 and above is inside
 *
 * Only a band around the mask's edge, about 1 % of the longer side to either side, is decided anew; further
 * in stays 255, further out 0. Where the colours do not tell the object from its surroundings the mask's own
 * edge is kept, softened by a pixel. ERR_INPUT when sizes or channels do not fit, ERR_NOMEM; alpha is then
 * empty. */
bool matte_refine(Image *alpha, const Image *rgb, const Image *mask, Err *err)
    __attribute__((warn_unused_result));

/* Alpha of an object that is shown on an (almost) white background.
 *
 * Background is what can be reached from the image's border over pixels of the border's own light colour, so
 * that white parts inside the object stay; a hole through the object that does not touch the border stays
 * closed. Edge pixels get the share of object that explains their colour between the background and the
 * object next to them. An image without a light border is all object. `alpha` and errors as for
 * matte_refine(). */
bool matte_from_white(Image *alpha, const Image *rgb, Err *err) __attribute__((warn_unused_result));

/* Replace the colours of soft and empty pixels of `rgb` by those of the solid object next to them, so that
 * nothing of the old background shows when the object is put onto another one. Solid pixels keep their bytes.
 * Where alpha is 0 everywhere nothing changes. By push and pull over an image pyramid (Gortler et al. 1996,
 * sec. 3.6). ERR_INPUT when sizes or channels do not fit, ERR_NOMEM; rgb is then as it was. */
bool matte_clean_colours(Image *rgb, const Image *alpha, Err *err) __attribute__((warn_unused_result));

#endif
