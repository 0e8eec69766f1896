/* text/byte_alphabet.h: the 256 characters that stand for bytes in the token files of byte-level tokenizers (GPT-2,
 * Radford et al. 2019: encoder.py, bytes_to_unicode). */
#ifndef FACET_TEXT_BYTE_ALPHABET_H
#define FACET_TEXT_BYTE_ALPHABET_H

#include "base/str.h"

#include <stdint.h>

/* The character of a byte as UTF-8, one or two bytes and a final zero. */
void byte_alphabet_encode(uint8_t byte, char out[3]);

/* Append the bytes that a text in the alphabet stands for. A text with any other character stands for itself, as in the
 * reference. */
void byte_alphabet_decode(Str *out, const char *text, size_t n);

#endif
