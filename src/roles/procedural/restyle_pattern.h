/* roles/procedural/restyle_pattern.h: what stands in the way of a light and gives it a shape. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_PATTERN_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_PATTERN_H

#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* A pattern seen from its light: two directions across the beam, and where in it the object stands. */
typedef struct {
    Pattern pattern;
    float across[3], upward[3]; /* unit vectors: right, up, towards the camera */
    float shift[2];
    float size, turn[2]; /* of one period; cosine and sine of a roll */
    const RestyleTiles *tiles;
} Gobo;

void gobo_init(Gobo *g, const RecipeLight *light, const RestyleTiles *tiles);

/* The light that comes through at a place, in shares of the picture's smaller side from the point where the
 * object stands: right, up, towards the camera. About 1 on average where it is open; fourth number 1. */
Pixel gobo_at(const Gobo *g, float x, float y, float z);
/* About the mean of that over a wide place. */
Pixel gobo_mean(const Gobo *g);

#endif
