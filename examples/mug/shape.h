/* mug/shape.h: the example mug as a signed distance field, with what rays ask of it. */
#ifndef FACET_EXAMPLES_MUG_SHAPE_H
#define FACET_EXAMPLES_MUG_SHAPE_H

#include "mug/vec.h"

#include <stdbool.h>

/* One unit is the mug's height; y is up, the label looks along +z, the handle along +x, the foot stands on y
 * = 0. */
#define MUG_RADIUS 0.42f  /* outside, without the belly */
#define MUG_WALL   0.044f /* thickness */
#define MUG_COFFEE 0.905f /* level of the drink */

/* Distance to an axis-aligned rectangle around the origin with corners rounded by `round`; below 0 inside. */
float rounded_box(float x, float y, float half_w, float half_h, float round);

/* Whether the drink, and not the ceramic, is what is nearest to p. */
bool mug_is_coffee(Vec3 p);

/* The outward normal of the surface at p. */
Vec3 mug_normal(Vec3 p);

/* First hit of a ray from outside; `dir` is a unit vector. */
bool mug_hit(Vec3 from, Vec3 dir, float *distance);

/* How much of a light `spread` wide (tangent of its half angle) the mug leaves free at a point, 0 to 1. */
float mug_light_seen(Vec3 from, Vec3 dir, float spread);

/* How open the half space above normal n is within `reach` of p, 0 to 1: ambient occlusion. */
float mug_openness(Vec3 p, Vec3 n, float reach);

#endif
