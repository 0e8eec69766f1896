/* roles/procedural/finish.h: what the camera itself adds, and the way to 8 bits. */
#ifndef FACET_ROLES_PROCEDURAL_FINISH_H
#define FACET_ROLES_PROCEDURAL_FINISH_H

#include "roles/procedural/canvas.h"

typedef struct {
    float vignette; /* how much darker the corners are, 0..1 */
    float grain;    /* noise at mid grey, in 8-bit steps */
    float bloom;    /* how much of the light above white spreads */
    uint64_t seed;
} FinishOptions;

/* The picture in sRGB and its fourth number as alpha. Both images are made here; on failure both are empty.
 * ERR_NOMEM. */
bool finish_picture(Image *rgb, Image *alpha, const Canvas *c, const FinishOptions *opt, Err *err)
    __attribute__((warn_unused_result));

/* The same without what a camera adds: colours keep their values, white stays white. */
bool finish_plain(Image *rgb, Image *alpha, const Canvas *c, Err *err) __attribute__((warn_unused_result));

#endif
