/* roles/procedural/procedural.h: an editor without a model, which renders scenes around the object
 * and changes their light. */
#ifndef FACET_ROLES_PROCEDURAL_PROCEDURAL_H
#define FACET_ROLES_PROCEDURAL_PROCEDURAL_H

#include "roles/editor.h"

/* EDIT_ISOLATE: the object of request.alpha on white, in the middle, 70 % of the frame. EDIT_PLACE: the
 * object, by request.alpha or else by its white background, in a scene of the family that the prompt's words
 * name, in the light that they name; one prompt and seed, one picture. EDIT_RESTYLE: see restyle.h. Sizes
 * default to those of the image. */
extern const Editor editor_procedural;

#endif
