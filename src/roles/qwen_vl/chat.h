/* roles/qwen_vl/chat.h: a Qwen2.5-VL as somebody who looks at a picture and answers.
 *
 *     qwen_chat_open(&chat, &(QwenChatOptions){ .text_encoder = dir, .tokenizer = dir }, &err);
 *     qwen_chat_see(chat, &photo, &err);
 *     qwen_chat_answer(chat, messages, count, &(QwenChatLimits){ .max_tokens = 200, .seed = 1 }, &answer, &err);
 */
#ifndef FACET_ROLES_QWEN_VL_CHAT_H
#define FACET_ROLES_QWEN_VL_CHAT_H

#include "base/str.h"
#include "text/chat_message.h"
#include "vision/image.h"

#include <stdatomic.h>

typedef struct QwenChat QwenChat;

typedef struct {
    const char *text_encoder, *tokenizer; /* folders, as qwen_vl_open() and qwen_tokenizer_load() take them */
    int threads;                          /* answers do not depend on it */
} QwenChatOptions;

/* ERR_MISSING, ERR_INPUT (names the file and what is wrong with it; a tokenizer of another model), ERR_NOMEM. On failure *out
 * is NULL. */
bool qwen_chat_open(QwenChat **out, const QwenChatOptions *o, Err *err) __attribute__((warn_unused_result));
void qwen_chat_close(QwenChat *c); /* also for NULL */

/* Have it look at a picture: every answer until the next call is about it, and begins with it. RGB or RGBA of any size; it is
 * shown with 384 x 384 pixels at most, as the editor shows it to the same model. NULL: there is none. ERR_INPUT: one side is
 * more than 200 times the other; ERR_NOMEM. */
bool qwen_chat_see(QwenChat *c, const Image *picture, Err *err) __attribute__((warn_unused_result));

typedef struct {
    size_t min_tokens, max_tokens; /* of the answer */
    uint64_t seed;                 /* same question, same seed: same answer */
    const atomic_bool *cancel; /* looked at between tokens, and between 512 of the question; may be NULL */
} QwenChatLimits;

/* Add the answer to the last message of a conversation; it is UTF-8. ERR_INPUT: the messages are no UTF-8 or longer than the
 * model reads, or what it answers are no numbers; ERR_CANCELLED, ERR_NOMEM. */
bool qwen_chat_answer(QwenChat *c, const ChatMessage *messages, size_t count, const QwenChatLimits *limits,
                      Str *answer, Err *err) __attribute__((warn_unused_result));

#endif
