/* roles/relief/relief.h: views of an object without a model, from the photo's cut-out lifted to a solid
 * shape. */
#ifndef FACET_ROLES_RELIEF_RELIEF_H
#define FACET_ROLES_RELIEF_RELIEF_H

#include "roles/views.h"

/* Bodies that were turned on a lathe are found by their symmetry and become rings around an axis, with an
 * opening if they have one; boxes seen from in front become boxes; everything else, handles too, is inflated.
 * What the photo shows stays as it is; the rest goes on in plain colours and the texture of what is next to it.
 * A likeness, made in a fraction of a second. */
extern const Views views_relief;

#endif
