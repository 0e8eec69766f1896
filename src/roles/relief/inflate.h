/* roles/relief/inflate.h: a flat outline blown up like a balloon. */
#ifndef FACET_ROLES_RELIEF_INFLATE_H
#define FACET_ROLES_RELIEF_INFLATE_H

#include "roles/relief/cutout.h"

/* Solve laplace(u) = -rhs inside the cut-out with u = 0 on its outline, where alpha is 1/2 between cells.
 * sqrt(u) is then a thickness: with rhs 2 a long stripe gets a circular cross-section, with rhs 4 a disc
 * becomes a ball. `u` is [height, width] of the grid, 0 outside; the caller frees it. NULL when there is no
 * memory. */
float *inflate_cutout(const Cutout *c, float rhs);

#endif
