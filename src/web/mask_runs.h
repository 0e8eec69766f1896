/* web/mask_runs.h: a mask as the lengths of its stretches, as pages and programs exchange it.
 *
 * In raster order, background and object in turn, background first (its first length may be 0). As bytes: width, height
 * and every length as LEB128, seven bits a byte, low ones first; the high bit says that more follow. */
#ifndef FACET_WEB_MASK_RUNS_H
#define FACET_WEB_MASK_RUNS_H

#include "base/str.h"
#include "vision/image.h"

/* More bytes than any mask that people or segmenters make: 32 Mi. */
#define MASK_RUNS_MAX_BYTES ((size_t)32 << 20)

/* A mask (1 channel, above 127 is object) as bytes; the caller frees them. ERR_NOMEM. */
bool mask_runs_pack(const Image *mask, uint8_t **data, size_t *size, Err *err)
    __attribute__((warn_unused_result));

/* The inverse, for a picture of this size: 0 and 255. `data` is from outside. ERR_INPUT: a mask of another size, lengths
 * that do not fill it exactly, a length of 0 that is not the first, bytes cut short; ERR_NOMEM. Empty after a failure. */
bool mask_runs_unpack(Image *mask, const uint8_t *data, size_t size, int width, int height, Err *err)
    __attribute__((warn_unused_result));

/* Add the lengths alone as a JSON array. */
void mask_runs_json(Str *out, const Image *mask);

#endif
