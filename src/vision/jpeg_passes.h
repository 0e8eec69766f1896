/* vision/jpeg_passes.h: what is left of a picture that was saved as JPEG and loaded, many times over. */
#ifndef FACET_VISION_JPEG_PASSES_H
#define FACET_VISION_JPEG_PASSES_H

#include "base/cpu.h"
#include "vision/image.h"

/* Put an RGB picture in place through `passes` rounds of baseline JPEG, 4:2:0, at quality[0], quality[1], ...
 * (1..100) and back. The pixels are those of libjpeg-turbo's accurate integer transform and its "fancy"
 * upsampling, but nothing is coded: entropy coding loses nothing (ITU-T T.81; Annex K gives the tables).
 * ERR_USAGE when a quality is out of range, ERR_NOMEM. */
bool jpeg_passes(Image *rgb, const int *quality, int passes, Err *err) __attribute__((warn_unused_result));

/* The same with the vectors of one level, which the machine must have: for tests and measurements. */
bool jpeg_passes_at(Image *rgb, const int *quality, int passes, CpuLevel level, Err *err)
    __attribute__((warn_unused_result));

/* A file in memory, from malloc: the caller frees `data`. */
typedef struct {
    uint8_t *data;
    size_t size;
} JpegBytes;

/* The file of the last of `passes` rounds (at least one), byte for byte as libjpeg-turbo writes it: JFIF, baseline, 4:2:0, the
 * standard's Huffman tables. The picture is left as it is, or after some of the rounds before. On failure
 * *file is empty: also ERR_INPUT when a side is longer than a JPEG's may be. */
bool jpeg_passes_file(Image *rgb, const int *quality, int passes, JpegBytes *file, Err *err)
    __attribute__((warn_unused_result));
bool jpeg_passes_file_at(Image *rgb, const int *quality, int passes, CpuLevel level, JpegBytes *file,
                         Err *err) __attribute__((warn_unused_result));

#endif
