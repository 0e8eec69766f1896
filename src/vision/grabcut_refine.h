/* vision/grabcut_refine.h: from a cut of a reduced picture to one of the whole. Part of grabcut.h. */
#ifndef FACET_VISION_GRABCUT_REFINE_H
#define FACET_VISION_GRABCUT_REFINE_H

#include "vision/grabcut_coarse.h"

/* Refine a coarse cut down to level 0, each level in a band around the border that the one above it found, tile by tile: time
 * and memory grow with the length of the border and not with the picture. c->level becomes 0, c->region and c->object what
 * belongs to it; c->seed is not kept. The flow must hold COARSE_PIXELS_MAX pixels. */
bool coarse_refine(Coarse *c, const Levels *l, const Seeds *s, MaxFlow *flow, const atomic_bool *cancel,
                   Err *err) __attribute__((warn_unused_result));

#endif
