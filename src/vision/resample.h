/* vision/resample.h: images at another size. */
#ifndef FACET_VISION_RESAMPLE_H
#define FACET_VISION_RESAMPLE_H

#include "base/cpu.h"
#include "vision/image.h"

/* The first three are Pillow's (antialiased, 22-bit fixed point), the last is OpenCV's INTER_LINEAR (not
 * antialiased, 11-bit fixed point), NEAREST is OpenCV's INTER_NEAREST. Byte-exact with both libraries. */
typedef enum {
    RESAMPLE_BILINEAR,
    RESAMPLE_BICUBIC,
    RESAMPLE_LANCZOS,
    RESAMPLE_FIXED_LINEAR,
    RESAMPLE_NEAREST
} ResampleMethod;

/* *out is made with width x height pixels and the channels of `in`; the same size gives a copy. */
bool image_resize(Image *out, const Image *in, int width, int height, ResampleMethod method, Err *err)
    __attribute__((warn_unused_result));

/* The same with the vectors of one level, which the machine must have. All levels give the same bytes. */
bool image_resize_at(Image *out, const Image *in, int width, int height, ResampleMethod method,
                     CpuLevel level, Err *err) __attribute__((warn_unused_result));

#endif
