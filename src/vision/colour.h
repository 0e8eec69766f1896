/* vision/colour.h: black and white, saturation, contrast and brightness, with the bytes of Pillow's
 * ImageEnhance. */
#ifndef FACET_VISION_COLOUR_H
#define FACET_VISION_COLOUR_H

#include "base/cpu.h"
#include "vision/image.h"

/* All of these work in place on an RGB picture. A factor of 1 changes nothing, 0 leaves the base alone; above
 * 1 the difference from the base grows. The factor is rounded to float32. */

/* Every channel becomes the luma. */
void colour_bw(Image *rgb);
/* The base is the pixel's luma. */
void colour_saturation(Image *rgb, double factor);
/* The base is the mean of the picture's luma, rounded. */
void colour_contrast(Image *rgb, double factor);
/* The base is black. */
void colour_brightness(Image *rgb, double factor);

/* One of them with the vectors of one level, which the machine must have: for tests and measurements. */
typedef enum { COLOUR_BW, COLOUR_SATURATION, COLOUR_CONTRAST, COLOUR_BRIGHTNESS } ColourChange;
void colour_at(Image *rgb, ColourChange change, double factor, CpuLevel level);

#endif
