/* roles/procedural/families.h: the kinds of places there are; each has a surface and a backdrop. */
#ifndef FACET_ROLES_PROCEDURAL_FAMILIES_H
#define FACET_ROLES_PROCEDURAL_FAMILIES_H

#include "roles/procedural/stage.h"

/* backdrop_nature.c */
void forest_surface(Scene *s);
void forest_backdrop(Stage *st);
void beach_surface(Scene *s);
void beach_backdrop(Stage *st);

/* backdrop_home.c */
void kitchen_surface(Scene *s);
void kitchen_backdrop(Stage *st);

#endif
