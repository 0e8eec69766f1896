/* roles/grammar/english.h: the little English that putting words together needs. */
#ifndef FACET_ROLES_GRAMMAR_ENGLISH_H
#define FACET_ROLES_GRAMMAR_ENGLISH_H

#include "base/str.h"

/* True when the phrase starts with an article, a number or another word that takes the article's place. */
bool english_determined(const char *phrase);

/* The end of the noun that a phrase is about: of "bowl of oranges" behind "bowl". Borrowed from it. */
const char *english_head_end(const char *phrase);

/* True when the noun that the phrase is about is plural. */
bool english_plural(const char *phrase);

/* Add a phrase with the article it needs: "an open book", "pine cones", "the last train". */
void english_add_noun(Str *out, const char *phrase);

/* Add "a", "a and b" or "a, b and c". */
void english_add_list(Str *out, const char *const *items, size_t count);

/* How many words a text has: what stands between blanks. */
size_t english_words(const char *text);

#endif
