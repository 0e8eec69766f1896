/* vision/jpeg_lanes.h: rows of pixels to the order of jpeg_kernel.h and back. */
#ifndef FACET_VISION_JPEG_LANES_H
#define FACET_VISION_JPEG_LANES_H

#include "vision/transpose.h"

#include <stddef.h>
#include <stdint.h>

enum { JPEG_LANES_GROUP = TRANSPOSE_SIDE };

/* `width` RGB pixels to [16 columns][3 colours][lanes]; lanes is a multiple of JPEG_LANES_GROUP and at least width / 16.
 * What is right of the picture in its last lane repeats the last pixel; further lanes are zero. */
void jpeg_lanes_load(uint8_t *to, const uint8_t *row, int width, size_t lanes);
/* And back. */
void jpeg_lanes_store(uint8_t *row, const uint8_t *from, int width, size_t lanes);

#endif
