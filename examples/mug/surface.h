/* mug/surface.h: what the example mug and its desk are made of. */
#ifndef FACET_EXAMPLES_MUG_SURFACE_H
#define FACET_EXAMPLES_MUG_SURFACE_H

#include "mug/vec.h"

typedef struct {
    Vec3 colour; /* diffuse reflectance, linear RGB */
    Vec3 normal; /* with the small waves and pores that the shape does not have */
    float gloss; /* 0 paper .. 1 wet glaze */
} Surface;

/* Ceramic and label at a point p of the mug with normal n. */
Surface surface_mug(Vec3 p, Vec3 n);
Surface surface_coffee(Vec3 p);
/* Wooden boards at a point of the plane y = 0. */
Surface surface_desk(Vec3 p);

/* Colour of the printed label at (u, v) from its middle, u to the right and v up along the glaze. */
Vec3 label_colour(float u, float v);
/* Distance to the label's outline, below 0 on the paper. */
float label_distance(float u, float v);

#endif
