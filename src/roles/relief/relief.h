/* roles/relief/relief.h: views of an object without a model, from the photo's cut-out lifted to a solid
 * shape. */
#ifndef FACET_ROLES_RELIEF_RELIEF_H
#define FACET_ROLES_RELIEF_RELIEF_H

#include "roles/views.h"

/* Turned objects are found by their symmetry and become discs on an axis, everything else is inflated. What
 * the photo shows stays as it is; the rest gets the colours next to it. A rough likeness, made in a fraction
 * of a second. */
extern const Views views_relief;

#endif
