/* roles/procedural/restyle_plate.h: a photo in linear light together with a guess at its space. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_PLATE_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_PLATE_H

#include "roles/procedural/canvas.h"

/* Lengths and places are in pixels of the full picture unless said otherwise. */
typedef struct {
    Canvas full;   /* the picture; fourth number: the object's alpha, or a guess in the middle */
    Canvas half;   /* the picture as given, at half the size */
    Canvas eighth; /* the same at an eighth */
    /* Half size: share of the surface that things stand on; distance, 0 where the object is (or nearer) to 1
     * far away; share of sky; the object's alpha blurred widely. */
    Canvas guide;
    /* Half size: where the object's outline says it faces: right, up, towards the camera; its edge, 1 at the
     * outline to 0 inside. */
    Canvas normal;
    float level; /* mean light of the picture */
    bool has_object;
    int left, right, top, bottom; /* of the object, last ones included; a guess in the middle without one */
    float contact;                /* row where the object meets the surface */
    float edge[2]; /* row where the surface ends at the far side: at column 0, change a column */
    float horizon; /* row */
    float side;    /* smaller side of the picture */
    float squash;  /* rows that a depth of one pixel takes at the object */
} Plate;

/* `alpha` may be NULL; else of the size of `rgb`. ERR_NOMEM; on failure the plate is empty. */
bool plate_open(Plate *p, const Image *rgb, const Image *alpha, Err *err) __attribute__((warn_unused_result));
void plate_close(Plate *p);

/* Lay a layer of any size, colours multiplied by their coverage, over the picture, stretched to it. `front`
 * takes its place on the object; NULL: the same. The object's alpha stays. ERR_NOMEM. */
bool plate_lay(Plate *p, const Canvas *layer, const Canvas *front, Err *err)
    __attribute__((warn_unused_result));

static inline float plate_edge(const Plate *p, float x)
{
    return p->edge[0] + p->edge[1] * x;
}
/* How far the surface is in a row, the object's own distance being 1. */
static inline float plate_depth(const Plate *p, float y)
{
    float below = y - p->horizon;
    return (p->contact - p->horizon) / (below < 2 ? 2 : below);
}

#endif
