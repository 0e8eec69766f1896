/* models/qwen_vl/generate.h: text from a Qwen2.5-VL, token by token. */
#ifndef FACET_MODELS_QWEN_VL_GENERATE_H
#define FACET_MODELS_QWEN_VL_GENERATE_H

#include "models/qwen_vl/decoder.h"
#include "models/qwen_vl/prompt.h"
#include "models/qwen_vl/sample.h"

typedef struct {
    size_t max_tokens; /* of the answer */
    QwenVlSampling sampling;
    uint64_t seed;
    const int32_t *stop; /* tokens that end the answer and do not belong to it */
    size_t stop_count;
    size_t min_tokens;   /* no stop token is chosen before the answer has so many */
    const bool *allowed; /* [vocab_size] whether a token may be in the answer; NULL: all may */
    /* Called before each piece of the prompt is read, with the number of its tokens so far and of all; false ends the answer
     * before it begins. May be NULL. */
    bool (*on_reading)(void *user, size_t read, size_t all);
    /* Called with each token of the answer as it is chosen; false ends it there. May be NULL. */
    bool (*on_token)(void *user, int32_t id);
    void *user;
} QwenVlGeneration;

typedef enum {
    QWEN_VL_STOPPED,   /* a stop token came */
    QWEN_VL_FULL,      /* max_tokens, or the longest text that the model reads */
    QWEN_VL_CANCELLED, /* on_reading or on_token said so */
} QwenVlEnd;

typedef struct {
    size_t count; /* tokens in the answer */
    QwenVlEnd end;
} QwenVlAnswer;

/* Go on from a prompt. `seen` are the tokens of its pictures, empty where it has none. out: room for max_tokens; may be
 * NULL. Keys and values of all tokens are kept in the arena for the time of the call: 2 * layers * (prompt + max_tokens) *
 * kv_heads * head_dim numbers. False with *err set, the context then works again: ERR_NOMEM, ERR_INPUT (what the model
 * answers are no numbers), ERR_DEVICE. */
bool qwen_vl_generate(OpCtx *c, const QwenVlDecoder *d, const QwenVlPrompt *prompt, Tensor seen,
                      const QwenVlGeneration *g, int32_t *out, QwenVlAnswer *answer, Err *err)
    __attribute__((warn_unused_result));

#endif
