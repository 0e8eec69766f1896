/* roles/relief/well.h: the opening of a cup, as far as the photo shows how deep its contents stand. */
#ifndef FACET_ROLES_RELIEF_WELL_H
#define FACET_ROLES_RELIEF_WELL_H

#include "roles/relief/lathe.h"

/* A round hole in the flat upper end: a wall straight down to a level floor, which is the drink or the
 * bottom.
 */
typedef struct {
    bool open;    /* else the end is a lid and the rest is not known */
    float radius; /* of the hole, cells */
    float depth;  /* of the floor below the end */
    float round;  /* how far the rounded rim rises over the end */
} Well;

/* Try all widths of the rim, depths of the floor and tilts near the one that is assumed, and take those that
 * split the end's pixels best into three colours. A lid looks the same from its far and near side; a hole
 * shows its wall at the far side only. An opening makes the tilt known better, and the lathe takes it.
 * ERR_NOMEM.
 */
bool well_find(Well *w, Lathe *l, const Cutout *c, Err *err);

/* A place on the wall or floor that the photo does not show, because the near rim hides it, becomes
 * one that it does: up the wall, or away on the floor, folded to and fro. `at` is in the upright frame,
 * relative to the axis. */
Vec3 well_seen(const Lathe *l, const Well *w, Vec3 at);

#endif
