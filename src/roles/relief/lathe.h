/* roles/relief/lathe.h: the part of an object that looks turned on a lathe: mugs, bottles, jars, lamps. */
#ifndef FACET_ROLES_RELIEF_LATHE_H
#define FACET_ROLES_RELIEF_LATHE_H

#include "roles/relief/cutout.h"

/* A stack of discs around an upright axis, one a row of the grid; lengths in cells, origin as in Cutout.
 * Start it as {0}. */
typedef struct {
    float trust;            /* 0: nothing of the kind .. 1: the object is turned, but for its handles */
    int top, bottom;        /* first and last row with a disc */
    float *centre, *radius; /* [height of the grid]; radius 0 where there is no disc */
    float tilt;         /* the photo's camera looks down on the object by this angle, radians; 0: not known */
    bool flat_ends;     /* the two below are known: the ends are flat and the upper one shows in the photo */
    float upper, lower; /* heights along the axis */
    float camera;       /* distance of the camera from the axis */
} Lathe;

/* Find it. `camera` is the assumed distance of the photo's camera, in cells. ERR_NOMEM. */
bool lathe_init(Lathe *l, const Cutout *c, float camera, Err *err);
void lathe_clear(Lathe *l);

/* Depth of the axis plane, towards the camera, on the ray through (x, y). */
float lathe_mid(const Lathe *l, float y);

/* Depths, towards the camera, between which the ray through (x, y) of the photo is inside the object. */
typedef struct {
    float front, back;
    bool body; /* the discs decide; else front and back are `thickness` off the axis plane */
    bool lid;  /* it enters through the flat upper end */
} LatheHit;

/* `thickness` is at least kept, where the flat ends allow it: that of a handle, say. */
LatheHit lathe_hit(const Lathe *l, const Cutout *c, float x, float y, float thickness);

/* Radius of the disc at height y of the photo, 0 where there is none. */
float lathe_radius(const Lathe *l, const Cutout *c, float y);

#endif
