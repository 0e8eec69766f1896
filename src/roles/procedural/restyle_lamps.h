/* roles/procedural/restyle_lamps.h: lights that are seen themselves, behind the object. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_LAMPS_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_LAMPS_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"

/* Bulbs out of focus as discs, cars passing as trails of light. */
void restyle_lamps(Plate *p, const Recipe *r);

#endif
