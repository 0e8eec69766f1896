/* text/added_tokens.h: tokens beside the vocabulary, such as <|im_end|>, which are cut out of the text before all else. */
#ifndef FACET_TEXT_ADDED_TOKENS_H
#define FACET_TEXT_ADDED_TOKENS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    char *content;
    size_t length; /* 1 to ADDED_TOKEN_MAX */
    int32_t id;
    bool special; /* a control mark that is left out of text for people */
    size_t order;
} AddedToken;

/* So that finding takes a bounded time at each place of a text. */
enum { ADDED_TOKEN_MAX = 256 };

/* Start it as {0}. */
typedef struct {
    AddedToken *token;
    size_t count, room;
    bool begins[256]; /* bytes that a token begins with */
} AddedTokens;

/* Add a token. ERR_INPUT: it is empty, or longer than ADDED_TOKEN_MAX; ERR_NOMEM. */
bool added_tokens_add(AddedTokens *a, const char *content, size_t n, int32_t id, bool special, Err *err)
    __attribute__((warn_unused_result));

/* Make ready what was added. A token that was added twice with the same number is the first one. ERR_INPUT: it has two
 * numbers. */
bool added_tokens_finish(AddedTokens *a, Err *err) __attribute__((warn_unused_result));

/* The first token in text[from] to text[size - 1], the longest that begins there, and its place in *at; NULL and
 * *at = size when there is none. */
const AddedToken *added_tokens_next(const AddedTokens *a, const char *text, size_t from, size_t size,
                                    size_t *at);

/* The token of this content, NULL when there is none. */
const AddedToken *added_tokens_find(const AddedTokens *a, const char *content, size_t n);

void added_tokens_clear(AddedTokens *a);

#endif
