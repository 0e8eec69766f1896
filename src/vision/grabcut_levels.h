/* vision/grabcut_levels.h: a picture at falling sizes, and what cutting it at each of them costs. Part of grabcut.h. */
#ifndef FACET_VISION_GRABCUT_LEVELS_H
#define FACET_VISION_GRABCUT_LEVELS_H

#include "vision/colour_mixture.h"
#include "vision/max_flow.h"
#include "vision/mask_prompt.h"

enum { GRABCUT_LEVELS_MAX = 17 };

/* Level 0 is the picture; each further one has half its sides, rounded up, so that pixel (x, y) of level i covers those from
 * (x << i, y << i) on. */
typedef struct {
    Image level[GRABCUT_LEVELS_MAX]; /* RGB; level 0 is borrowed */
    float beta[GRABCUT_LEVELS_MAX];  /* 1 / (2 mean squared difference of neighbours): Rother et al., eq. 5 */
    int count;
} Levels;

/* Halve the picture, which stays borrowed, down to one pixel. On failure (ERR_NOMEM) *l is empty. */
bool levels_init(Levels *l, const Image *rgb, Err *err) __attribute__((warn_unused_result));
void levels_clear(Levels *l);

/* Part of a level. */
typedef struct {
    int x, y, width, height;
} Region;

/* Points and strokes at every level: STROKE_* for each pixel; where both were said, nothing is. */
typedef struct {
    Image level[GRABCUT_LEVELS_MAX]; /* of strokes; empty without strokes */
    const MaskPrompt *prompt;
    float radius;         /* of points, pixels of level 0 */
    float last_x, last_y; /* of level 0 */
} Seeds;

/* Bring a prompt to all levels of its picture; it stays borrowed. On failure (ERR_NOMEM) *s is empty. */
bool seeds_init(Seeds *s, const MaskPrompt *p, const Levels *l, Err *err) __attribute__((warn_unused_result));
void seeds_clear(Seeds *s);
/* Those of a region, [height, width]. */
void seeds_of_region(const Seeds *s, int level, Region r, uint8_t *out);

/* Costs as whole numbers: this many are the paper's 1. */
enum { COST_UNIT = 64 };

/* What keeping a pixel and its neighbour apart costs. */
uint16_t link_cost(const Levels *l, int level, int x, int y, Link link);
/* The same between equal colours, the most it can be. */
uint16_t link_cost_most(Link link);
/* How much cheaper a colour is as object: negative where it belongs to the background. */
int32_t tie_of_colour(const ColourMixture *object, const ColourMixture *background, const float rgb[3]);

#endif
