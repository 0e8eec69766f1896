/* text/qwen_tokenizer.h: the tokenizer of Qwen2 and Qwen2.5-VL: text to token numbers, and back. */
#ifndef FACET_TEXT_QWEN_TOKENIZER_H
#define FACET_TEXT_QWEN_TOKENIZER_H

#include "base/err.h"
#include "base/str.h"
#include "text/token_ids.h"

/* Read only once it is loaded: share it between threads. */
typedef struct QwenTokenizer QwenTokenizer;

/* Load it from a folder, or from the folder tokenizer in it when the folder itself has no tokenizer: tokenizer.json, else
 * vocab.json and merges.txt; added tokens also from tokenizer_config.json and added_tokens.json where they are there.
 * ERR_MISSING names what was looked for. ERR_INPUT names the file and what is wrong: no JSON, another kind of tokenizer,
 * a merge of tokens that are not in the vocabulary, a number given twice or above the limit of VOCABULARY_MAX (see
 * text/vocabulary.h), a file above 64 MiB. ERR_IO, ERR_NOMEM. *t is NULL on failure. */
bool qwen_tokenizer_load(QwenTokenizer **t, const char *folder, Err *err) __attribute__((warn_unused_result));
void qwen_tokenizer_free(QwenTokenizer *t);

/* The files themselves, each NULL when it is not there. */
typedef struct {
    const char *tokenizer, *vocab, *merges, *config, *added;
    size_t tokenizer_size, vocab_size, merges_size, config_size, added_size;
} QwenTokenizerFiles;

/* Make it from files in memory; errors call them by their names. As qwen_tokenizer_load(). */
bool qwen_tokenizer_parse(QwenTokenizer **t, const QwenTokenizerFiles *files, Err *err)
    __attribute__((warn_unused_result));

/* Append the token numbers of a text of at most QWEN_TEXT_MAX bytes, which may hold zero bytes. Added tokens in it become
 * their numbers, wherever they stand. Takes time in proportion to the text, times the logarithm of its longest word.
 * ERR_INPUT: it is longer, it is not UTF-8 (the message says at which byte), or it has a byte that is no token; *ids then
 * holds some of the numbers. ERR_NOMEM. */
enum { QWEN_TEXT_MAX = 64 << 20 };
bool qwen_tokenizer_encode(const QwenTokenizer *t, const char *text, size_t size, TokenIds *ids, Err *err)
    __attribute__((warn_unused_result));

/* Append the text of n tokens, without the special ones if asked. Bytes that are no UTF-8, as when the numbers end within
 * a character, become U+FFFD. A number that stands for nothing is ERR_INPUT, before anything is appended: a model has
 * more rows than its tokenizer has tokens. ERR_NOMEM. */
bool qwen_tokenizer_decode(const QwenTokenizer *t, const int32_t *ids, size_t n, bool skip_special, Str *text,
                           Err *err) __attribute__((warn_unused_result));

/* The number of an added token such as "<|im_end|>", -1 when there is none. */
int32_t qwen_tokenizer_added(const QwenTokenizer *t, const char *content);

/* One more than the highest number: no number that encoding gives is above it. */
size_t qwen_tokenizer_size(const QwenTokenizer *t);

#endif
