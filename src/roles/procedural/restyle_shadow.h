/* roles/procedural/restyle_shadow.h: the shadow that the object casts, from its outline alone. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_SHADOW_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_SHADOW_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"

enum { SHADOW_LEVELS = 8 };

/* The object's alpha at a quarter of the picture's size, an eighth .. */
typedef struct {
    float *level[SHADOW_LEVELS];
    int width[SHADOW_LEVELS], height[SHADOW_LEVELS], levels;
} Outline;

bool outline_open(Outline *o, const Plate *p, Err *err) __attribute__((warn_unused_result));
void outline_close(Outline *o);

/* How much of the light each pixel of a quarter of the picture loses to the object, 0..1: on the surface, and
 * on what stands close behind where the light comes from the camera's side or from below. `map` is
 * [height[0], width[0]] of the outline and is overwritten. */
void shadow_cast(float *map, const Outline *o, const Plate *p, const RecipeLight *light);

#endif
