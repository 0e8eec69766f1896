/* roles/procedural/restyle_sky.h: the sky of another hour or weather. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_SKY_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_SKY_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* Paint the sky where the picture shows one; where it shows walls, let its colours fall on them. */
void restyle_sky(Plate *p, const Recipe *r, const RestyleTiles *tiles);

#endif
