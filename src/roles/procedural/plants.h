/* roles/procedural/plants.h: trees, bushes and grass, painted at a painter's depth. */
#ifndef FACET_ROLES_PROCEDURAL_PLANTS_H
#define FACET_ROLES_PROCEDURAL_PLANTS_H

#include "base/rng.h"
#include "roles/procedural/paint.h"

/* A trunk standing at x, `width` thick at its foot, up to `top`. */
void plant_trunk(Painter *p, Rng *rng, float x, float width, float top, Pixel bark);
/* A cloud of leaves: many small ellipses around (x, y), brighter towards the top. */
void plant_foliage(Painter *p, Rng *rng, Point2 at, float rx, float ry, Pixel leaf);
/* A broad-leaved tree, `height` high, its foot at (x, 0). */
void plant_tree(Painter *p, Rng *rng, float x, float height, Pixel leaf, Pixel bark);
/* A fir, with snow on it where snow is above 0. */
void plant_fir(Painter *p, Rng *rng, float x, float height, Pixel needle, float snow);
void plant_palm(Painter *p, Rng *rng, float x, float height, Pixel leaf, Pixel bark);
/* A plant in a pot: `height` over all, its pot at (x, y). */
void plant_potted(Painter *p, Rng *rng, Point2 at, float height, Pixel leaf, Pixel pot);
/* A row of grass blades from x0 to x1, about `height` high, `count` of them. */
void plant_grass(Painter *p, Rng *rng, const float span[2], float height, int count, const Pixel colour[2]);

#endif
