/* roles/procedural/restyle_cover.h: snow and frost on the surface. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_COVER_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_COVER_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* Whiten what the recipe asks for; to be done before the light falls on it. */
void restyle_cover(Plate *p, const Recipe *r, const RestyleTiles *tiles);

#endif
