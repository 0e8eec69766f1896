/* roles/relief/surface.h: closed surfaces of triangles, with what is known of their looks. */
#ifndef FACET_ROLES_RELIEF_SURFACE_H
#define FACET_ROLES_RELIEF_SURFACE_H

#include "roles/relief/cutout.h"
#include "roles/relief/lathe.h"
#include "roles/relief/vec3.h"
#include "roles/relief/well.h"

typedef struct {
    Vec3 at, normal;        /* photo's frame, cells; normal has length 1 and points out */
    float texel_x, texel_y; /* pixel of Cutout.colour that the photo shows here, or at its other side */
    float reach;            /* of the relief: half the width of the part around it, pixels of Cutout.colour */
    float turn;             /* of the body: way around it, 0 to 1, with 1/2 in front */
    int band; /* vertices of a band lie at about the same height; 0: the photo does not show it */
} Vertex;

/* Where a triangle's colours come from. */
typedef enum {
    SIDE_FRONT, /* of the relief: the photo saw it */
    SIDE_BACK,  /* of the relief: it did not */
    SIDE_BODY,  /* around a turned body */
    SIDE_CAP,   /* its ends that the photo does not show */
    SIDE_LID,   /* its upper end, the rim of its opening and all that is in there */
} SurfaceSide;

/* Counter-clockwise seen from outside. Start it as {0}. */
typedef struct {
    Vertex *vertex;
    size_t vertex_count, vertex_room;
    uint32_t (*triangle)[3];
    uint8_t *side; /* SurfaceSide of each triangle */
    size_t triangle_count, triangle_room;
    float camera; /* distance of the photo's camera from the origin, cells */
    float tilt;   /* radians that it looks down */
} Surface;

/* Lift the cut-out. A turned body gets its shape from the lathe, and what is beside it (handles) is a relief
 * that reaches into it; everything else is a relief as a whole. ERR_NOMEM. surface_clear() is safe after a
 * failure. */
bool surface_init(Surface *s, const Cutout *c, const Lathe *l, const Well *w, Err *err);
void surface_clear(Surface *s);

/* For the makers of parts: room for more, then the pieces themselves. */
bool surface_reserve(Surface *s, size_t vertices, size_t triangles, Err *err);
uint32_t surface_add_vertex(Surface *s, const Vertex *v);
void surface_add_triangle(Surface *s, SurfaceSide side, uint32_t a, uint32_t b, uint32_t c);

#endif
