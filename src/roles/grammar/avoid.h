/* roles/grammar/avoid.h: what a project file does not want to see. */
#ifndef FACET_ROLES_GRAMMAR_AVOID_H
#define FACET_ROLES_GRAMMAR_AVOID_H

#include "base/text_list.h"
#include "roles/grammar/lights.h"

/* Start it as {0}. */
typedef struct {
    TextList words; /* each in its forms: "boxes", "boxe", "box" */
    LightSet lights;
    bool indoors, outdoors;
    unsigned families; /* of the procedural editor: bits 1 << index; a forbidden "beach" is one by any name */
} Avoid;

/* Take the entries of the list. False when memory runs out. */
bool avoid_read(Avoid *a, const TextList *entries) __attribute__((warn_unused_result));
/* True when one of the words stands in the text, as a whole word in singular or plural. */
bool avoid_forbids(const Avoid *a, const char *text);
void avoid_clear(Avoid *a);

#endif
