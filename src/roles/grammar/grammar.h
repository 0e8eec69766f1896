/* roles/grammar/grammar.h: a writer without a model, which puts prompts together from the project file and
 * from lists of places, surfaces, things, light and views. */
#ifndef FACET_ROLES_GRAMMAR_H
#define FACET_ROLES_GRAMMAR_H

#include "roles/writer.h"

/* Prompts follow from the seed, the object's name and the project file alone, and prompt i does not depend on
 * how many are asked for. In one run no text comes twice, and no place with the same surface, light and view
 * as long as there are others. The system prompt and the photo are not read.
 *
 * ERR_INPUT when what the project file forbids leaves nothing, or not enough different prompts, to write;
 * ERR_CANCELLED, ERR_NOMEM. */
extern const Writer writer_grammar;

#endif
