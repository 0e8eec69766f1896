/* vision/grabcut_coarse.h: GrabCut proper, on a reduced picture. Part of grabcut.h. */
#ifndef FACET_VISION_GRABCUT_COARSE_H
#define FACET_VISION_GRABCUT_COARSE_H

#include "vision/grabcut_levels.h"

/* Pixels of the region that is cut as a whole, at most. */
enum { COARSE_PIXELS_MAX = 1 << 16 };

/* The region of the picture that matters, at a level where it is small enough, and what it was cut into. */
typedef struct {
    int level;
    Region region;
    uint8_t *object; /* [height, width], 0 or 1 */
    uint8_t *seed;   /* STROKE_* */
    ColourMixture object_colours, background_colours;
} Coarse;

/* Cut as GrabCut does, again and again until hardly a pixel changes sides. On failure *out is empty: ERR_CANCELLED, ERR_NOMEM. */
bool coarse_cut(Coarse *out, const Levels *l, const Seeds *s, const MaskPrompt *p, MaxFlow *flow,
                const atomic_bool *cancel, Err *err) __attribute__((warn_unused_result));
void coarse_clear(Coarse *c);

/* How much of the border between object and background lies along edges: 0 none, 1 all. 0 without a border. */
float coarse_contrast(const Coarse *c, const Levels *l);

#endif
