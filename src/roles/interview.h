/* roles/interview.h: scene prompts from a language model, by asking it.
 *
 * The model is asked for prompts, some at a time, until there are as many as were wanted and no two alike. When an answer is
 * of no use it is told so and asked again. In the end it is asked for the classes of the objects. */
#ifndef FACET_ROLES_INTERVIEW_H
#define FACET_ROLES_INTERVIEW_H

#include "roles/writer.h"
#include "text/chat_message.h"

enum {
    /* Times that the model is asked again in a row. */
    INTERVIEW_ASK_AGAIN = 3,
    /* Plain English has 4 to 5 bytes a token; 3 leaves room for other languages. */
    INTERVIEW_BYTES_PER_TOKEN = 3,
    /* Room for a prompt of 40 to 70 words with its request, and for one long answer. */
    INTERVIEW_TURN_TOKENS = 200,
    INTERVIEW_ANSWER_TOKENS = 1024,
    /* More is not read at once. */
    INTERVIEW_CONTEXT_MAX = 32768,
};

typedef struct {
    const ChatMessage *messages; /* the last one is to be answered */
    size_t count;
    size_t turn;   /* no two questions have the same: for seeds */
    size_t wanted; /* prompts asked for; 0: the question is about classes */
} InterviewQuestion;

typedef struct {
    const char *who;    /* begins the sentence that gives the model up: "Ollama model llama3" */
    const char *remedy; /* ends it: "try another --ollama_model" */
    size_t batch;       /* prompts asked for at a time, at least 1 */
    /* A question is sent by itself, and lists what was written before; else the conversation so far is sent along. */
    bool each_alone;
    bool photo; /* the model sees the object */
    /* Put the answer into the empty *answer. */
    bool (*answer)(void *user, const InterviewQuestion *q, Str *answer, Err *err);
    void *user;
    const Log *log;
} Interview;

/* Tokens of a conversation with its answers, at most INTERVIEW_CONTEXT_MAX. ERR_USAGE: the request's texts are longer. */
bool interview_tokens(size_t *tokens, const WriterRequest *req, Err *err) __attribute__((warn_unused_result));

/* Have it written, as Writer.write() has to. Messages that together are longer than `context_tokens`, with room left for an
 * answer, are left out from the second on. What answer() fails with; ERR_INPUT: INTERVIEW_ASK_AGAIN + 1 answers in a row
 * were of no use; ERR_NOMEM. */
bool interview(const Interview *v, const WriterRequest *req, size_t context_tokens, Written *out, Err *err)
    __attribute__((warn_unused_result));

#endif
