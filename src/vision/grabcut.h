/* vision/grabcut.h: cutting an object out by its colours and edges, from a box, points, strokes or an earlier mask.
 *
 * Two mixtures of Gaussians, for the colours of the object and of what is around it, and the cheapest cut between the two,
 * in turns until nothing changes (Rother, Kolmogorov and Blake, "GrabCut", 2004). It is done on a reduced picture first;
 * the finer ones decide a band around the border anew. */
#ifndef FACET_VISION_GRABCUT_H
#define FACET_VISION_GRABCUT_H

#include "vision/mask_prompt.h"

#include <stdatomic.h>

/* A picture made ready: smaller copies of it and how strong its edges are. One thread at a time. */
typedef struct Grabcut Grabcut;

/* rgb [H, W, 3] is borrowed until grabcut_close(). ERR_INPUT: other channels; ERR_NOMEM. */
bool grabcut_open(Grabcut **out, const Image *rgb, Err *err) __attribute__((warn_unused_result));
void grabcut_close(Grabcut *g); /* also for NULL */

/* The object that a prompt means.
 *
 *   mask    made here: 1 channel, 0 or 255, of the picture's size; the caller clears it
 *   score   0..1: how far the border of the mask lies along edges of the picture
 *   cancel  may be NULL; true: stop soon with ERR_CANCELLED
 *
 * With a box all outside of it is background, but for what points and strokes say. Without one the surroundings are learnt
 * from the picture's border, or from what an earlier mask leaves out. Small islands and holes are left out unless a point
 * or a stroke is in them. Errors of mask_prompt_check(); mask is then empty. */
bool grabcut_cut(Grabcut *g, const MaskPrompt *p, const atomic_bool *cancel, Image *mask, float *score,
                 Err *err) __attribute__((warn_unused_result));

#endif
