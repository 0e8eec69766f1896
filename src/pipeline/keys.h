/* pipeline/keys.h: hashes of what decides an item's content. */
#ifndef FACET_PIPELINE_KEYS_H
#define FACET_PIPELINE_KEYS_H

#include "vision/image.h"

/* Each takes a key and something that the content depends on and returns the key of both. Not cryptographic:
 * a key recognises settings, it does not guard against somebody. */
uint64_t key_text(uint64_t key, const char *text); /* NULL is a text of its own */
uint64_t key_number(uint64_t key, uint64_t number);
uint64_t key_real(uint64_t key, double number);
uint64_t key_image(uint64_t key, const Image *im); /* size and every pixel; an empty image is fine */
/* A file by its size and time of change, without reading it; a missing file is fine. */
uint64_t key_file(uint64_t key, const char *path);

#endif
