/* text/qwen_template.h: a prompt in the words in which Qwen-Image-Edit puts it to its text encoder. */
#ifndef FACET_TEXT_QWEN_TEMPLATE_H
#define FACET_TEXT_QWEN_TEMPLATE_H

#include "text/qwen_tokenizer.h"

enum {
    /* Tokens at the start of the template, whose states are not shown to the image model. The number is the released
     * tokenizer's; states are dropped by number, whatever the tokens are. */
    QWEN_TEMPLATE_TOKENS = 64,
    /* Tokens of a prompt. max_sequence_length of the pipelines in diffusers, and where the one that makes images from text
     * cuts; those that edit state it and do not. */
    QWEN_PROMPT_TOKENS_MAX = 1024,
};

/* Append the tokens of a prompt about some pictures, which may be none: as QwenImageEditPlusPipeline has them with `plus`, else
 * as QwenImageEditPipeline. Each picture has one <|image_pad|>, for qwen_vl_prompt_init() to widen. Of a prompt of more than
 * QWEN_PROMPT_TOKENS_MAX tokens the end is left out, and *dropped says how many tokens that are: tell it to the user.
 * ERR_INPUT: the prompt is not UTF-8; ERR_NOMEM. On failure *ids is as it was. */
bool qwen_template_encode(TokenIds *ids, size_t *dropped, const QwenTokenizer *t, bool plus, size_t pictures,
                          const char *prompt, Err *err) __attribute__((warn_unused_result));

#endif
