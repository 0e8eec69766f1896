/* roles/procedural/restyle_wet.h: a wet surface, with what it mirrors. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_WET_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_WET_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* Darken the surface, let it mirror the lit picture: softly where it is wet, clearly in puddles. ERR_NOMEM. */
bool restyle_wet(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
    __attribute__((warn_unused_result));

#endif
