/* vision/grabcut_guess.h: what a prompt alone says of each pixel, before any colours are learnt. Part of grabcut.h. */
#ifndef FACET_VISION_GRABCUT_GUESS_H
#define FACET_VISION_GRABCUT_GUESS_H

#include "vision/grabcut_levels.h"

enum { GUESS_UNKNOWN = 2 };

/* Of the pixels of a region, [height, width] each. */
typedef struct {
    uint8_t *object; /* 0, 1 or GUESS_UNKNOWN: where to begin */
    uint8_t *fixed;  /* not 0: that is certain */
    int32_t *tie;    /* how much cheaper it is as object, in units of COST_UNIT */
} Guess;

/* `seed` is that of seeds_of_region(). The arrays are the caller's; all of them are filled. */
bool guess_region(const Guess *g, const Levels *l, const MaskPrompt *p, const uint8_t *seed, int level,
                  Region r, Err *err) __attribute__((warn_unused_result));

/* What can be reached from seeds on the object over one material, and not from others: where colours do not tell the object
 * from the rest, that is what a point means. */
bool guess_material(uint8_t *object, const Levels *l, const uint8_t *seed, int level, Region r, Err *err)
    __attribute__((warn_unused_result));

#endif
