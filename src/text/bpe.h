/* text/bpe.h: byte pair encoding of words (Sennrich et al. 2016) over bytes (Radford et al. 2019). */
#ifndef FACET_TEXT_BPE_H
#define FACET_TEXT_BPE_H

#include "base/err.h"
#include "text/token_ids.h"

/* Two tokens that stand side by side become one. */
typedef struct {
    int32_t left, right, into;
} BpeMerge;

/* Which bytes are which tokens, and what becomes of pairs. Read only once it is made: share it between threads. */
typedef struct Bpe Bpe;

/* byte_id: the token of each byte, -1 for a byte that has none. merge: the first is done first; of the same pair given
 * twice the last counts, as in the reference. Tokens are below `size`, which is at most VOCABULARY_MAX. ERR_NOMEM. */
bool bpe_new(Bpe **bpe, const int32_t byte_id[256], const BpeMerge *merge, size_t merges, size_t size,
             Err *err) __attribute__((warn_unused_result));
void bpe_free(Bpe *bpe);

/* What encoding needs beside: working memory, and the words it has seen lately. For one thread, and for one Bpe;
 * borrows it. */
typedef struct BpeCoder BpeCoder;

/* ERR_NOMEM. */
bool bpe_coder_new(BpeCoder **c, const Bpe *bpe, Err *err) __attribute__((warn_unused_result));
void bpe_coder_free(BpeCoder *c);

/* Append the tokens of a word of n <= BPE_WORD_MAX bytes: as long as any merge applies, the first of the list that does
 * is done, at its leftmost place. Takes n log n steps at most. ERR_INPUT names a byte that has no token; ERR_NOMEM. */
enum { BPE_WORD_MAX = 1 << 30 };
bool bpe_encode(BpeCoder *c, const char *word, size_t n, TokenIds *ids, Err *err)
    __attribute__((warn_unused_result));

#endif
