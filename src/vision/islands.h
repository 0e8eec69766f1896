/* vision/islands.h: small parts of a mask that are nobody's intention. */
#ifndef FACET_VISION_ISLANDS_H
#define FACET_VISION_ISLANDS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Drop connected parts of an object (4-connected) below `least_island` of its largest part's pixels, and fill holes below
 * `least_hole` of them; what touches the edge of the picture is no hole. Parts with a `keep` pixel stay as they are.
 *
 *   object, keep  [height, width], 0 or not; keep may be NULL
 *
 * ERR_NOMEM. */
bool islands_clear(uint8_t *object, const uint8_t *keep, int width, int height, double least_island,
                   double least_hole, Err *err) __attribute__((warn_unused_result));

#endif
