#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Make room for n more bytes and the final zero. */
static bool str_reserve(Str *b, size_t n)
{
    if (b->failed)
        return false;
    if (n >= SIZE_MAX / 2 - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + n + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap += cap / 2 + 16;
    char *s = realloc(b->s, cap);
    if (!s) {
        b->failed = true;
        return false;
    }
    b->s = s;
    b->cap = cap;
    return true;
}

void str_add_n(Str *b, const char *bytes, size_t n)
{
    if (!str_reserve(b, n))
        return;
    if (n)
        memcpy(b->s + b->len, bytes, n);
    b->len += n;
    b->s[b->len] = '\0';
}

void str_add(Str *b, const char *text)
{
    str_add_n(b, text, strlen(text));
}

void str_add_char(Str *b, char c)
{
    str_add_n(b, &c, 1);
}

void str_printf(Str *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        b->failed = true;
    else if (str_reserve(b, (size_t)n)) {
        vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void str_add_html(Str *b, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&': str_add(b, "&amp;"); break;
        case '<': str_add(b, "&lt;"); break;
        case '>': str_add(b, "&gt;"); break;
        case '"': str_add(b, "&quot;"); break;
        case '\'': str_add(b, "&#39;"); break;
        default: str_add_char(b, *text);
        }
}

const char *str_text(const Str *b)
{
    return b->s ? b->s : "";
}

void str_reset(Str *b)
{
    b->len = 0;
    b->failed = false;
    if (b->s)
        b->s[0] = '\0';
}

char *str_take(Str *b)
{
    str_add(b, "");
    char *s = b->s;
    if (b->failed) {
        free(b->s);
        s = NULL;
    }
    *b = (Str){ 0 };
    return s;
}

void str_clear(Str *b)
{
    free(b->s);
    *b = (Str){ 0 };
}
