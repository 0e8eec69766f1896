/* roles/procedural/place.h: the object set into a scene, with the shadows and reflections that it leaves
 * there. */
#ifndef FACET_ROLES_PROCEDURAL_PLACE_H
#define FACET_ROLES_PROCEDURAL_PLACE_H

#include "roles/procedural/sprite.h"
#include "roles/procedural/scene.h"

/* Lay the object over `picture`, which shows the scene without it and has 0 as its fourth number everywhere;
 * that number becomes the object's alpha. `behind` is the picture out of focus at any smaller size.
 * ERR_NOMEM. */
bool place_object(Canvas *picture, const Scene *scene, const Sprite *object, const Canvas *behind, Err *err)
    __attribute__((warn_unused_result));

#endif
