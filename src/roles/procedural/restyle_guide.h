/* roles/procedural/restyle_guide.h: the maps of a plate that guess at space. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_GUIDE_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_GUIDE_H

#include "roles/procedural/restyle_plate.h"

/* Make p->guide and p->normal from the rest of the plate. `quarter` is the picture at that size. ERR_NOMEM. */
bool plate_fill_maps(Plate *p, const Canvas *quarter, Err *err) __attribute__((warn_unused_result));

#endif
