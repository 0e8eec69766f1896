/* roles/relief/surface.h: the cut-out as a closed surface of triangles. */
#ifndef FACET_ROLES_RELIEF_SURFACE_H
#define FACET_ROLES_RELIEF_SURFACE_H

#include "roles/relief/cutout.h"
#include "roles/relief/lathe.h"
#include "roles/relief/vec3.h"

typedef struct {
    Vec3 at, normal;        /* photo's frame, cells; normal has length 1 and points out */
    float texel_x, texel_y; /* pixel of Cutout.colour that the photo shows here, or at its other side */
    float reach;            /* half the width of the part around it, pixels of Cutout.colour */
    float lid;              /* 1 on the flat upper end, 0 elsewhere */
} Vertex;

/* Which colours a triangle can have: the photo saw the front, not the back, and the side only edge on. */
typedef enum { SIDE_FRONT, SIDE_BACK, SIDE_WALL } SurfaceSide;

/* Counter-clockwise seen from outside; front triangles first, then back, then walls. */
typedef struct {
    Vertex *vertex;
    size_t front_count; /* the first vertices are the front, row by row, then as many of the back */
    size_t vertex_count;
    uint32_t (*triangle)[3];
    size_t triangle_count;
    size_t back_start, wall_start; /* first triangle of those sides */
    float camera;                  /* distance of the photo's camera from the origin, cells */
    float tilt;                    /* radians that it looks down */
} Surface;

/* Lift the cut-out: flat parts by inflation, turned ones as discs. ERR_NOMEM. surface_clear() is safe after a
 * failure. */
bool surface_init(Surface *s, const Cutout *c, const Lathe *l, Err *err);
void surface_clear(Surface *s);

static inline SurfaceSide surface_side(const Surface *s, size_t triangle)
{
    return triangle < s->back_start ? SIDE_FRONT : triangle < s->wall_start ? SIDE_BACK : SIDE_WALL;
}

#endif
