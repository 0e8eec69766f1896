/* roles/grammar/seen.h: a set of 64-bit numbers, to tell what was written before. */
#ifndef FACET_ROLES_GRAMMAR_SEEN_H
#define FACET_ROLES_GRAMMAR_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start it as {0}. */
typedef struct {
    uint64_t *slot; /* 0: empty */
    size_t count, size;
} Seen;

bool seen_has(const Seen *s, uint64_t value);
/* False when memory runs out. */
bool seen_add(Seen *s, uint64_t value) __attribute__((warn_unused_result));
void seen_clear(Seen *s);

#endif
