/* roles/procedural/stage.h: a scene's depth, built from the back to the front. */
#ifndef FACET_ROLES_PROCEDURAL_STAGE_H
#define FACET_ROLES_PROCEDURAL_STAGE_H

#include "roles/procedural/paint.h"
#include "roles/procedural/scene.h"

/* What is out of focus is drawn small: `picture` is `factor` times smaller than the result. A backdrop calls
 * stage_sky() or a first layer, then nearer and nearer layers; each is blurred by its own depth and laid over
 * what is behind it. After a failure (err set) all calls do nothing that can be seen. */
struct Stage {
    const Scene *scene;
    Materials *materials;
    int factor;
    Canvas picture;
    Canvas layer;
    Canvas mirror; /* what a glossy surface reflects; empty for a dull one */
    bool layer_open;
    Painter paint;    /* on the open layer; its pools hold for later layers too */
    float base_light; /* share of the scene's light that layers get besides the pools */
    Rng rng;
    bool failed;
    Err *err;
};

bool stage_open(Stage *s, const Scene *scene, Materials *materials, Err *err)
    __attribute__((warn_unused_result));
void stage_close(Stage *s);

/* Begin a layer at depth z and return its painter, whose Y counts from the floor. */
Painter *stage_layer(Stage *s, float z);
/* Add a lamp or a window for the layers that follow; at most PAINT_MAX_POOLS, further ones are ignored. */
void stage_pool(Stage *s, float x, float y, float radius, Pixel colour);
/* Half of what can be seen across at depth z, and the height of the picture's upper edge there, in metres. */
float stage_half_width(const Stage *s, float z);
float stage_top(const Stage *s, float z);
/* Lay the open layer, if any, over the picture. */
void stage_flush(Stage *s);
/* Fill the picture with sky, clouds and the sun's glow. */
void stage_sky(Stage *s);
/* Draw the ground over the picture: what the object stands on, or what its table stands on. */
void stage_ground(Stage *s);
/* Draw the table, if there is one. */
void stage_table(Stage *s);

#endif
