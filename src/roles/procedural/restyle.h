/* roles/procedural/restyle.h: the same picture in other light or weather. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_H

#include "roles/editor.h"
#include "roles/procedural/restyle_tiles.h"

/* EDIT_RESTYLE of the procedural editor: what the prompt's words ask for (restyle_words.h), or a gentle
 * change of light when none is known. Everything stays in its place, so out->alpha is request.alpha, scaled
 * to the size asked for; it is empty when the request has none. ERR_INPUT when the sizes of image and alpha
 * differ, ERR_NOMEM; on failure *out is empty. */
bool restyle_edit(RestyleCache *cache, const EditRequest *req, EditResult *out, Err *err)
    __attribute__((warn_unused_result));

#endif
