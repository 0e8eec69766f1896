/* roles/procedural/restyle_edge.h: where the surface that the object stands on ends at its far side. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_EDGE_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_EDGE_H

#include "roles/procedural/canvas.h"

/* From a small picture whose fourth number is the object's alpha, `scale` times smaller than the full one: the
 * row of the full picture where the surface ends at column 0, and how that row changes a column. `contact` is
 * the full picture's row in which the object stands. A guess where nothing is to be seen. ERR_NOMEM. */
bool edge_find(float edge[2], const Canvas *small, float contact, float scale, Err *err)
    __attribute__((warn_unused_result));

#endif
