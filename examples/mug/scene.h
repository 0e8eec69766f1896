/* mug/scene.h: the example mug on a desk in a room, and the light that reaches an eye from it. */
#ifndef FACET_EXAMPLES_MUG_SCENE_H
#define FACET_EXAMPLES_MUG_SCENE_H

#include "mug/vec.h"

#include <stdbool.h>

typedef struct {
    bool plain; /* white, evenly lit nothing in place of desk and room */
} Scene;

/* Radiance (linear RGB) that leaves the mug at p, a point of its surface, against the ray `dir`. */
Vec3 scene_mug(const Scene *sc, Vec3 p, Vec3 dir);

/* Radiance along a ray that misses the mug: the desk, or the room past its edge. */
Vec3 scene_behind(const Scene *sc, Vec3 eye, Vec3 dir);

#endif
