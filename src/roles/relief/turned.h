/* roles/relief/turned.h: a turned body, or a box, as a surface. */
#ifndef FACET_ROLES_RELIEF_TURNED_H
#define FACET_ROLES_RELIEF_TURNED_H

#include "roles/relief/surface.h"

/* Add rings, ends and opening of the body. ERR_NOMEM. */
bool turned_add(Surface *s, const Cutout *c, const Lathe *l, const Well *w, Err *err);

/* A point of the outline of sections, for a radius of 1: `turn` goes around once from 0 at the far side over
 * 1/2 in front to 1, growing to the right in front, at even speed. */
typedef struct {
    float x, z;               /* to the right and to the photo's side */
    float normal_x, normal_z; /* of length 1 */
} SectionPoint;

SectionPoint turned_section(const Lathe *l, float turn);

/* Length of that outline. */
float turned_circumference(const Lathe *l);

/* The body's outside at a height, in the photo's frame. */
void turned_point(const Lathe *l, float turn, float height, Vec3 *at, Vec3 *normal);

#endif
