/* roles/grammar/sentences.h: the parts of a scene become a prompt. */
#ifndef FACET_ROLES_GRAMMAR_SENTENCES_H
#define FACET_ROLES_GRAMMAR_SENTENCES_H

#include "base/str.h"
#include "roles/grammar/stock.h"

enum { THINGS_MAX = 3 };

/* What one prompt speaks of. Everything is borrowed. */
typedef struct {
    const Place *place;
    const Option *phrase, *surface;
    const Option *things[THINGS_MAX]; /* two or three */
    size_t thing_count;
    const Option *behind; /* may be NULL */
    const NamedLight *light;
    const LightSide *side;
    View view;
    const Option *photo, *manner; /* of a sentence on style; NULL without one */
} Parts;

/* Add the prompt, one line. The wording follows from rng. */
void sentences_write(Str *out, const Stock *stock, const Parts *parts, Rng *rng);

#endif
