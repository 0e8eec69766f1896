/* pipeline/reference.h: the photo of the object and its mask. */
#ifndef FACET_PIPELINE_REFERENCE_H
#define FACET_PIPELINE_REFERENCE_H

#include "base/log.h"
#include "vision/image.h"

/* Start it as {0}. */
typedef struct {
    Image photo; /* RGB, upright, longest side at most REFERENCE_MAX_SIDE */
    Image mask;  /* 1 channel, 0 or 255, of the photo's size; empty when there is none */
} Reference;

/* Nothing in the pipeline looks at a photo more closely than this. */
#define REFERENCE_MAX_SIDE 2048

/* Load the photo and its mask. `mask_path` NULL: the photo's own transparency, if it has any, is the mask,
 * else there is none. A mask of another size is fitted and one with gray levels cut at 127, each with a
 * warning. ERR_INPUT: a file is no picture or claims more than `max_pixels`, or the mask has no object. */
bool reference_load(Reference *r, const char *photo_path, const char *mask_path, size_t max_pixels,
                    const Log *log, Err *err) __attribute__((warn_unused_result));
void reference_clear(Reference *r);

#endif
