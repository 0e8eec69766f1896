/* roles/procedural/restyle_light.h: the picture under other lights. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_LIGHT_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_LIGHT_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* Multiply the picture by what the recipe's ambient light and lamps give each place, the object and what is
 * behind it each by its own; then add the glow along the object's edge. ERR_NOMEM. */
bool restyle_light(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
    __attribute__((warn_unused_result));

#endif
