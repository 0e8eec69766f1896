/* vision/barrier.h: how much a picture changes on the way from its surroundings to a pixel. */
#ifndef FACET_VISION_BARRIER_H
#define FACET_VISION_BARRIER_H

#include "vision/image.h"

/* The minimum barrier distance: along a path the range of a channel, greatest less least; over all paths from a seed the
 * smallest; of three channels the sum. By raster scans (Zhang et al., "Minimum Barrier Salient Object Detection at 80 FPS",
 * ICCV 2015), which come close to it.
 *
 *   rgb       the first pixel of the part that counts, rows `stride` bytes apart
 *   seed      [height, width], not 0: the distance is 0
 *   distance  [height, width], 0..765; 765 where there is no seed at all
 *
 * ERR_NOMEM. */
bool barrier_distance(const uint8_t *rgb, size_t stride, int width, int height, const uint8_t *seed,
                      uint16_t *distance, Err *err) __attribute__((warn_unused_result));

#endif
