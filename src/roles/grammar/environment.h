/* roles/grammar/environment.h: a place of the project file as a part of a sentence. */
#ifndef FACET_ROLES_GRAMMAR_ENVIRONMENT_H
#define FACET_ROLES_GRAMMAR_ENVIRONMENT_H

#include "base/text_list.h"
#include "roles/grammar/places.h"

/* Start it as {0}. */
typedef struct {
    char *phrase;       /* "in a kitchen"; NULL when the entry names a surface alone ("camping table") */
    char *surface;      /* "a counter" when the entry names one ("kitchen counter"), else NULL */
    const Place *place; /* what belongs there */
} Environment;

/* Read an entry such as "kitchen counter", "on the beach" or "studio of a painter". False when memory runs
 * out.
 */
bool environment_read(Environment *e, const char *entry) __attribute__((warn_unused_result));
void environment_clear(Environment *e);

/* Add the names of places that free text speaks of, each once; sentences that say not, never, no or avoid are
 * passed over. False when memory runs out. */
bool environment_find(const char *prose, TextList *out) __attribute__((warn_unused_result));

#endif
