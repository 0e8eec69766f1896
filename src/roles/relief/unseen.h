/* roles/relief/unseen.h: plausible surface where the photo shows none. */
#ifndef FACET_ROLES_RELIEF_UNSEEN_H
#define FACET_ROLES_RELIEF_UNSEEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* A body's surface, rolled out: the left edge joins the right one, and what the photo shows is about the
 * middle column. */
typedef struct {
    int width, height;
    float *colour; /* [height, width, 3], 0 to 255; only known where sure is above 0 */
    float *sure;   /* [height, width], 0 to 1 */
} Unrolled;

/* Give every texel a colour. Each row goes on in its plain colour, as it is beside what stands out (a label,
 * a print), with a texture of patches from plain places of about the same height (Efros and Freeman 2001,
 * with feathered edges); it joins the known part smoothly. The more sure a texel, the more it keeps its own.
 * Same seed, same colours. ERR_NOMEM; the colours are then as they were. */
bool unseen_fill(Unrolled *u, uint64_t seed, Err *err);

#endif
