/* text/bpe_files.h: a vocabulary with its merges, as model files have them. */
#ifndef FACET_TEXT_BPE_FILES_H
#define FACET_TEXT_BPE_FILES_H

#include "text/bpe.h"
#include "text/vocabulary.h"

#include <jansson.h>

/* Errors do not name the file: the caller knows it. All are ERR_INPUT or ERR_NOMEM; on failure *bpe is NULL and what
 * was put into *vocabulary is the caller's to clear. */

/* vocab      vocab.json, and "vocab" in tokenizer.json: an object, tokens in the alphabet of bytes to numbers
 * merges     "merges" in tokenizer.json: an array of "left right" or of ["left", "right"]
 * vocabulary gets the bytes of all tokens */
bool bpe_from_json(Bpe **bpe, Vocabulary *vocabulary, const json_t *vocab, const json_t *merges, Err *err)
    __attribute__((warn_unused_result));

/* The same with merges.txt: "left right" a line, behind a line that starts with #version. */
bool bpe_from_text(Bpe **bpe, Vocabulary *vocabulary, const json_t *vocab, const char *merges, size_t size,
                   Err *err) __attribute__((warn_unused_result));

#endif
