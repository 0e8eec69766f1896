/* vision/motion_blur.h: the camera moved: every pixel becomes the mean along a short line. */
#ifndef FACET_VISION_MOTION_BLUR_H
#define FACET_VISION_MOTION_BLUR_H

#include "base/cpu.h"
#include "vision/image.h"

enum { MOTION_BLUR_MAX = 1001 }; /* greatest kernel size */

/* One pixel of the line, relative to its centre: x right, y down. */
typedef struct {
    int16_t x, y;
} Tap;

/* The pixels of the line of a kernel of `size` (odd, 1..MOTION_BLUR_MAX) at an angle in degrees, from 0
 * (right) turning to down. Returns their number, which is odd and at most `size`. */
int motion_blur_line(Tap taps[MOTION_BLUR_MAX], int size, double angle_deg);

/* Blur a picture of any number of channels in place: the mean of the pixels that the line covers when its
 * centre lies on the pixel, rounded to nearest; beyond the edges the picture is mirrored without repeating
 * the edge. Time grows with the logarithm of the line's length up to 127
 * pixels, and with the length beyond. ERR_USAGE when the size is even or out of range,
 * ERR_NOMEM. */
bool motion_blur(Image *im, int size, double angle_deg, Err *err) __attribute__((warn_unused_result));

/* The same with the vectors of one level, which the machine must have: for tests and measurements. */
bool motion_blur_at(Image *im, int size, double angle_deg, CpuLevel level, Err *err)
    __attribute__((warn_unused_result));

#endif
