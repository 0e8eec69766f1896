/* roles/procedural/restyle_lens.h: what happens in and on the lens. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_LENS_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_LENS_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* Flare of a sun in the picture, condensation, drops of water. ERR_NOMEM. */
bool restyle_lens(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
    __attribute__((warn_unused_result));

#endif
