/* roles/grammar/places.h: the kinds of place that the writer knows by itself, and what belongs there. */
#ifndef FACET_ROLES_GRAMMAR_PLACES_H
#define FACET_ROLES_GRAMMAR_PLACES_H

#include "roles/grammar/lights.h"

/* One kind of place. The lists end with NULL and hold phrases with their articles, for the middle of a
 * sentence. No phrase but a place's says an hour or a weather, and only a surface names what the surface is
 * made of. */
typedef struct {
    const char *family; /* of the procedural editor: each of the places chooses it */
    bool indoors;
    LightSet lights;
    const char *const *places;     /* with their prepositions: "in a small kitchen" */
    const char *const *surfaces;   /* to stand on: "a wooden worktop" */
    const char *const *companions; /* close by */
    const char *const *behind;     /* farther back */
} Place;

/* The first place_count() kinds have a family of their own; the last two of PLACE_KINDS are anywhere indoors
 * and anywhere outdoors. */
enum { PLACE_KINDS = 28 };
size_t place_count(void);
const Place *place_at(size_t i);
size_t place_index(const Place *p);
/* The kind that draws on a family of the procedural editor (its index, FAMILY_UNSAID: none), with things that
 * fit nearly everywhere when there is none. */
const Place *place_of_family(int family, bool indoors);

/* A set of kinds: bits 1 << index. */
typedef unsigned PlaceSet;
/* Where a phrase of the project file (a surface, a thing) is at home; all bits for a phrase that is at home
 * anywhere. */
PlaceSet places_for(const char *phrase);

#endif
