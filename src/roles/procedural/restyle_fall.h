/* roles/procedural/restyle_fall.h: what falls or floats in front of the camera, piece by piece. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_FALL_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_FALL_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* Rain with its splashes, drops on the surface, snow, dust in a beam, grains of sand; each near, halfway and
 * far, drawn out by its movement, with the object before the far ones. */
void restyle_fall(Plate *p, const Recipe *r, const RestyleTiles *tiles);

#endif
