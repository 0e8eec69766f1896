/* roles/procedural/restyle_air.h: what hangs in the air between the camera and things. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_AIR_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_AIR_H

#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_tiles.h"

/* Fog, mist, haze, smoke, sand and beams of light, by the plate's distances. ERR_NOMEM. */
bool restyle_air(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
    __attribute__((warn_unused_result));

/* How bright a beam of light is at a place of the picture in pixels, 0..1; 0 without one. */
float air_beam(const Plate *p, const Recipe *r, const RestyleTiles *tiles, float x, float y);

#endif
