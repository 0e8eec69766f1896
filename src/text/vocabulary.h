/* text/vocabulary.h: the bytes that each token number stands for. */
#ifndef FACET_TEXT_VOCABULARY_H
#define FACET_TEXT_VOCABULARY_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* More than any published vocabulary has (256,000), and little enough that a number from a damaged file does not make
 * a table of gigabytes. */
enum { VOCABULARY_MAX = 1 << 20 };

/* Start it as {0}. Numbers may be left out. */
typedef struct {
    struct VocabularyToken {
        size_t at;
        uint32_t length;
        bool given;
    } * token;
    size_t size; /* one more than the highest number */
    char *bytes;
    size_t used, room;
    size_t tokens_room;
} Vocabulary;

/* Say what a number stands for. ERR_INPUT, without the name of a file: not from 0 to VOCABULARY_MAX - 1, or given
 * already; ERR_NOMEM. */
bool vocabulary_add(Vocabulary *v, int64_t id, const char *bytes, size_t n, Err *err)
    __attribute__((warn_unused_result));

/* The bytes of a number, borrowed; NULL when it stands for nothing. */
const char *vocabulary_get(const Vocabulary *v, int64_t id, size_t *n);

void vocabulary_clear(Vocabulary *v);

#endif
