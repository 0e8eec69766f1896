/* roles/alpha.h: an annotator without a model, which reads the exact masks that the procedural editor
 * recorded. */
#ifndef FACET_ROLES_ALPHA_H
#define FACET_ROLES_ALPHA_H

#include "roles/annotator.h"

/* A pixel is the object where its alpha is above 127, half covered. Score and stability are 1 where something
 * was found. */
extern const Annotator annotator_alpha;

#endif
