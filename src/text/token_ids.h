/* text/token_ids.h: a growing list of token numbers. */
#ifndef FACET_TEXT_TOKEN_IDS_H
#define FACET_TEXT_TOKEN_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start it as {0}. */
typedef struct {
    int32_t *id;
    size_t count, room;
} TokenIds;

/* Append n ids. False, with the list as it was, when memory runs out. */
bool token_ids_add(TokenIds *l, const int32_t *ids, size_t n) __attribute__((warn_unused_result));
void token_ids_clear(TokenIds *l);

#endif
