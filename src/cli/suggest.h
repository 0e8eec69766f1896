/* cli/suggest.h: the name that was probably meant. */
#ifndef FACET_CLI_SUGGEST_H
#define FACET_CLI_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* Smallest number of letters to insert, remove, replace or swap with the neighbour that turns `a` into `b`
 * (the restricted Damerau-Levenshtein distance); texts longer than 63 bytes are farther than any limit. */
size_t edit_distance(const char *a, const char *b);

/* True when `distance` letters of difference look like a mistake in typing a word as long as `word`. */
bool is_near(const char *word, size_t distance);

#endif
