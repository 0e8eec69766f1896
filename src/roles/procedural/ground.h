/* roles/procedural/ground.h: the surface under the object, in perspective and in the scene's light. */
#ifndef FACET_ROLES_PROCEDURAL_GROUND_H
#define FACET_ROLES_PROCEDURAL_GROUND_H

#include "roles/procedural/scene.h"

typedef struct {
    const Scene *scene;
    const Surface *surface; /* the scene's surface, or the ground under its table */
    Camera camera;          /* of the canvas drawn on; its height is above this surface */
    const Texture *texture;
    const float *clouds; /* Materials.clouds */
    const Canvas
        *mirror;    /* what a glossy surface reflects: the picture without the surface, any size; or NULL */
    float max_blur; /* draw only what is sharper than this many pixels, fading out before; 0: everything */
} GroundView;

/* Lay the surface over `to`. */
void ground_draw(Canvas *to, const GroundView *view);

#endif
