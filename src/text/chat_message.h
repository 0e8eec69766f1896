/* text/chat_message.h: what one side says in a conversation with a language model. */
#ifndef FACET_TEXT_CHAT_MESSAGE_H
#define FACET_TEXT_CHAT_MESSAGE_H

typedef struct {
    const char *role; /* "user", "assistant" or "system" */
    const char *content;
} ChatMessage;

#endif
