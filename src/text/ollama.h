/* text/ollama.h: asking an Ollama server (https://github.com/ollama/ollama, docs/api.md). */
#ifndef FACET_TEXT_OLLAMA_H
#define FACET_TEXT_OLLAMA_H

#include "base/err.h"
#include "base/str.h"
#include "text/chat_message.h"

#include <stddef.h>
#include <stdint.h>

/* Borrowed from open to close. Where a number is 0 the default in brackets is meant.
 *
 *   host        as ollama_host_url() takes it; NULL: OLLAMA_HOST of the environment, then this machine
 *   model       as `ollama pull` takes it
 *   connect_ms  until the connection stands [5 s]
 *   stall_ms    the longest silence; the loading of a model is one [240 s, the limit of the original]
 *   total_ms    for one whole answer [900 s]
 *   attempts    in all, where the connection fails or the server has a fault of its own (5xx) [4]
 *   pause_ms    before the second attempt; each further pause is twice as long [500 ms]
 *   cancelled   asked ten times a second or more; may be NULL */
typedef struct {
    const char *host, *model;
    int connect_ms, stall_ms, total_ms;
    int attempts, pause_ms;
    bool (*cancelled)(void *user);
    void *user;
} OllamaOptions;

typedef struct {
    uint64_t seed;      /* the low 31 bits are sent */
    int context_tokens; /* room for the conversation with the answer; 0: as the server has it */
} OllamaParams;

typedef struct Ollama Ollama;

/* Nothing is sent yet, and the server is never started or ended. One thread at a time may use the value;
 * several values may be used at once. ERR_USAGE: the address cannot be read; ERR_NOMEM. */
bool ollama_open(Ollama **o, const OllamaOptions *options, Err *err) __attribute__((warn_unused_result));
void ollama_close(Ollama *o);

/* The server's address as a URL. Borrowed. */
const char *ollama_url(const Ollama *o);

/* The calls below fail with one sentence that names the server: ERR_MISSING (no server there, no such model
 * there; it names the command that helps), ERR_INPUT (silent or slow beyond the limits, cut off, no JSON, an
 * error of the server's own, another HTTP status), ERR_CANCELLED, ERR_NOMEM. */

/* Ask whether the server is there and has the model. */
bool ollama_find_model(Ollama *o, Err *err) __attribute__((warn_unused_result));

/* Have the model continue a conversation, without thinking aloud. *answer is replaced by what it says: UTF-8
 * as it came, zero bytes turned into spaces; may be empty. */
bool ollama_chat(Ollama *o, const ChatMessage *messages, size_t count, const OllamaParams *params,
                 Str *answer, Err *err) __attribute__((warn_unused_result));

/* Have the server take the model out of its memory. Not given up by `cancelled`, and quick to fail: it is
 * what is left to do when somebody wants to stop. */
bool ollama_unload(Ollama *o, Err *err) __attribute__((warn_unused_result));

#endif
