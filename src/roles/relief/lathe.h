/* roles/relief/lathe.h: the part of an object that looks turned on a lathe: mugs, bottles, jars, lamps. */
#ifndef FACET_ROLES_RELIEF_LATHE_H
#define FACET_ROLES_RELIEF_LATHE_H

#include "roles/relief/cutout.h"
#include "roles/relief/vec3.h"

#include <stddef.h>

/* A section through the body, upright to its axis; lengths in cells. */
typedef struct {
    float centre; /* to the right of the middle of the cut-out */
    float radius;
    float slope; /* by how much the radius grows with the height */
} LatheRing;

/* Heights are along the axis, whose point at height 0 is the origin of the photo's frame. Start it as {0}. */
typedef struct {
    bool turned; /* there is such a body, and all else is small against it */
    bool square; /* straight on every side and evenly lit: a box that was photographed from in front */
    float depth; /* half of it, for a radius of 1; 1 when the sections are circles */
    int arc;    /* rows from the top of the outline down to the middle of the upper end, when that is flat and
                 * shows in the photo; else 0 */
    float tilt; /* the photo's camera looks down on the body by this angle, radians; 0: not known */
    float tilt_cosine, tilt_sine;
    float camera;       /* distance of the camera from the origin */
    float upper, lower; /* ends of the body */
    LatheRing *ring;    /* from the upper end down, evenly spaced */
    size_t ring_count;
    int top, bottom;                        /* rows of the grid that the body takes in the photo */
    float *outline_centre, *outline_radius; /* [height of the grid], of each of them; radius 0 elsewhere */
} Lathe;

/* Find it. `camera` is the assumed distance of the photo's camera, in cells. ERR_NOMEM; lathe_clear() is safe
 * after a failure. */
bool lathe_init(Lathe *l, const Cutout *c, float camera, Err *err);
void lathe_clear(Lathe *l);

/* Give the body the shape that its outline means under another tilt. ERR_NOMEM. */
bool lathe_set_tilt(Lathe *l, const Cutout *c, float tilt, Err *err);

/* Depth of the axis plane, towards the camera, on the ray through (x, y). */
float lathe_mid(const Lathe *l, float y);

/* The body's section at a height between its ends. */
LatheRing lathe_ring(const Lathe *l, float height);

/* A direction or place from the upright frame (y along the axis, z to the camera's side) to the photo's, and
 * back. */
Vec3 lathe_to_photo(const Lathe *l, Vec3 upright);
Vec3 lathe_to_upright(const Lathe *l, Vec3 photo);

#endif
