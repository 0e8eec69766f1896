/* vision/exif.h: which way up a picture is, by its EXIF block. */
#ifndef FACET_VISION_EXIF_H
#define FACET_VISION_EXIF_H

#include "vision/image.h"

/* The orientation, 1 to 8, in an EXIF block: a TIFF header with its first directory, with or without the six
 * bytes "Exif\0\0" before it. 1 when there is none, it is out of range, or the block is damaged. */
int exif_orientation(const uint8_t *data, size_t size);

/* Turn a picture from orientation 1..8 to upright (EXIF 2.3, 4.6.4 A, tag 274). The sides change places for 5
 * to 8. ERR_NOMEM leaves it unchanged. */
bool exif_make_upright(Image *im, int orientation, Err *err) __attribute__((warn_unused_result));

#endif
