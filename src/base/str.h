/* base/str.h: a growing string of bytes. */
#ifndef FACET_BASE_STR_H
#define FACET_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

/* Start it as {0}. `s` is NULL until something was added, then always ends in a zero byte.
 * Running out of memory is remembered in `failed` and later additions do nothing, so a long
 * series of additions is checked once at its end. */
typedef struct {
    char *s;
    size_t len, cap;
    bool failed;
} Str;

void str_add(Str *b, const char *text);
void str_add_n(Str *b, const char *bytes, size_t n);
void str_add_char(Str *b, char c);
void str_printf(Str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add text with &, <, >, " and ' as HTML entities. */
void str_add_html(Str *b, const char *text);

/* The text so far, "" when empty. Borrowed. */
const char *str_text(const Str *b);

/* Forget the content, keep the memory. */
void str_reset(Str *b);
/* Give the content to the caller, who frees it; the value is empty afterwards. NULL on failure. */
char *str_take(Str *b);
void str_clear(Str *b);

#endif
