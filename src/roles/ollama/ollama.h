/* roles/ollama/ollama.h: a writer of scene prompts that asks a language model on an Ollama server. */
#ifndef FACET_ROLES_OLLAMA_H
#define FACET_ROLES_OLLAMA_H

#include "roles/writer.h"

#define OLLAMA_MODEL_DEFAULT "cogito:latest"

/* One conversation: the first message carries the instructions and the project notes and asks for the first
 * prompt, each further one asks for another, the last one for the classes. Where an answer has no prompt in
 * it, or one that was there before, it is asked again, up to three times for each prompt; then write() fails
 * with the number of prompts it has (ERR_INPUT). Classes that the model does not give are the object's name.
 * The photo is not shown. The model sees the whole conversation, or, where that is longer than it can read at
 * once, its first message and the latest ones.
 *
 * The server is found by cfg->ollama_host and never started or ended. probe() takes seconds at most. close()
 * has the server unload the model, after a failure too. */
extern const Writer writer_ollama;

#endif
