/* roles/relief/turned.h: a turned body, or a box, as a surface. */
#ifndef FACET_ROLES_RELIEF_TURNED_H
#define FACET_ROLES_RELIEF_TURNED_H

#include "roles/relief/surface.h"

/* Add rings, ends and opening of the body. ERR_NOMEM. */
bool turned_add(Surface *s, const Cutout *c, const Lathe *l, const Well *w, Err *err);

/* Length of the outline of sections, for a radius of 1. */
float turned_circumference(const Lathe *l);

/* The body's outside at a height, in the photo's frame. */
void turned_point(const Lathe *l, float turn, float height, Vec3 *at, Vec3 *normal);

#endif
