/* base/utf8.h: where the characters of a text end. */
#ifndef FACET_BASE_UTF8_H
#define FACET_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the UTF-8 character (RFC 3629, sec. 4) at the start of the n > 0 bytes of `s`, at least 1. *whole is false
 * when they begin with none; the result is then the number of bytes that one U+FFFD stands for: those that could have
 * begun a character, else a single one (Unicode 15, sec. 3.9, "maximal subparts"). */
size_t utf8_next(const char *s, size_t n, bool *whole);

#endif
