/* models/qwen_vl/prompt.h: a prompt as the decoder takes it: its tokens, the places of pictures, rotary positions.
 *
 * All of it follows from the tokens and the sizes of the pictures, so it is made before a forward pass, in host memory. */
#ifndef FACET_MODELS_QWEN_VL_PROMPT_H
#define FACET_MODELS_QWEN_VL_PROMPT_H

#include "models/qwen_vl/layout.h"

/* Time, height and width of a token: "multimodal rotary positions" (Wang et al. 2024, arXiv:2409.12191, sec. 2.1). Text
 * has the same number three times. A picture's tokens share the time and count rows and columns from there; the text
 * behind it goes on after the largest. */
typedef struct {
    int32_t at[3];
} QwenVlPosition;

typedef struct {
    size_t count;  /* tokens, T */
    int32_t *ids;  /* [T] */
    int32_t *from; /* [T] row of (T embeddings of ids, tokens of all pictures) that stands there */
    size_t seen;   /* tokens of pictures among them */
    QwenVlPosition *positions; /* [T] */
    int32_t next;              /* the position of the token behind the last, which is text */
    float *cos, *sin;          /* [T, head_dim / 2] */
} QwenVlPrompt;

/* ids: as a tokenizer gives them, with one image_token_id for each picture, in order; it becomes as many as the picture has
 * tokens. ERR_INPUT: no tokens, one that the model does not have, another number of places than pictures, a prompt longer
 * than max_position_embeddings; ERR_NOMEM. On failure *p is empty. */
bool qwen_vl_prompt_init(QwenVlPrompt *p, const QwenVlConfig *config, const int32_t *ids, size_t count,
                         const QwenVlGrid *grids, size_t pictures, Err *err)
    __attribute__((warn_unused_result));
void qwen_vl_prompt_clear(QwenVlPrompt *p);

/* The rotary table's row of a position: head_dim / 2 numbers each. */
void qwen_vl_rotary(const QwenVlTextConfig *t, QwenVlPosition position, float *cos, float *sin);

#endif
