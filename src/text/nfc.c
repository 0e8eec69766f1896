#include "text/nfc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Characters that form C leaves alone wherever they stand: they begin a combining sequence, are their own form C, and
 * join with nothing before them. Not all there are, only blocks that text is mostly made of; the rest goes the long
 * way. */
static const struct {
    int32_t first, last;
} plain[] = {
    { 0x0000, 0x02ff },                     /* Latin */
    { 0x0400, 0x0482 },                     /* Cyrillic */
    { 0x048a, 0x052f }, { 0x05d0, 0x05ea }, /* Hebrew letters */
    { 0x0620, 0x064a },                     /* Arabic letters */
    { 0x11a7, 0x11a7 }, /* a vowel that utf8proc 2.8 takes for a final consonant, and loses behind a syllable */
    { 0x2010, 0x2027 }, /* dashes and quotation marks */
    { 0x3001, 0x3029 }, /* punctuation of Chinese and Japanese */
    { 0x3041, 0x3096 }, /* Hiragana */
    { 0x30a1, 0x30fa }, /* Katakana */
    { 0x4e00, 0x9fff }, /* Chinese */
    { 0xac00, 0xd7a3 }, /* Hangul */
    { 0xff01, 0xff60 }, /* wide forms */
};

static bool is_plain(int32_t c)
{
    for (size_t i = 0; i < sizeof plain / sizeof *plain && c >= plain[i].first; i++)
        if (c <= plain[i].last)
            return true;
    return false;
}

/* The character at `s`, which lies in UTF-8 text that was checked, and its bytes. */
static int32_t character(const char *s, size_t *bytes)
{
    const uint8_t *u = (const uint8_t *)s;
    if (u[0] < 0x80) {
        *bytes = 1;
        return u[0];
    }
    if (u[0] < 0xe0) {
        *bytes = 2;
        return (u[0] & 0x1f) << 6 | (u[1] & 0x3f);
    }
    if (u[0] < 0xf0) {
        *bytes = 3;
        return (u[0] & 0xf) << 12 | (u[1] & 0x3f) << 6 | (u[2] & 0x3f);
    }
    *bytes = 4;
    return (u[0] & 7) << 18 | (u[1] & 0x3f) << 12 | (u[2] & 0x3f) << 6 | (u[3] & 0x3f);
}

static unsigned combining_class(int32_t c)
{
    return (unsigned)utf8proc_get_property(c)->combining_class;
}

/* Sort n combining marks by class, equal ones in their order, through `spare` of n. By counting, because a text may be
 * one long run of marks. */
static void sort_marks(int32_t *mark, size_t n, int32_t *spare)
{
    size_t start[257] = { 0 };
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        start[combining_class(mark[i]) + 1]++;
        sorted &= i == 0 || combining_class(mark[i - 1]) <= combining_class(mark[i]);
    }
    if (sorted)
        return;
    for (size_t k = 1; k < 257; k++)
        start[k] += start[k - 1];
    memcpy(spare, mark, n * sizeof *mark);
    for (size_t i = 0; i < n; i++)
        mark[start[combining_class(spare[i])]++] = spare[i];
}

/* The canonical order (Unicode, D109): marks between two characters of class 0 are sorted. */
static void sort_all_marks(int32_t *c, size_t n, int32_t *spare)
{
    for (size_t i = 0, end; i < n; i = end) {
        end = i + 1;
        if (combining_class(c[i]) == 0)
            continue;
        while (end < n && combining_class(c[end]) != 0)
            end++;
        if (end - i > 1)
            sort_marks(c + i, end - i, spare);
    }
}

/* A canonical decomposition has at most 4 characters, and only a character of 2 bytes or more has one. */
enum { DECOMPOSED_MAX = 4 };

/* Append the form C of a stretch. utf8proc's own utf8proc_map() is not used because it sorts marks in quadratic time. */
static void add_normalised(Str *out, const char *text, size_t size)
{
    size_t n = 0, room = size > SIZE_MAX / 64 ? 0 : size * DECOMPOSED_MAX / 2 + DECOMPOSED_MAX;
    int32_t *c = room ? malloc(2 * room * sizeof *c) : NULL;
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    if (!c) {
        out->failed = true;
        return;
    }
    for (size_t i = 0, bytes; i < size; i += bytes) {
        int boundary = 0;
        utf8proc_ssize_t k = utf8proc_decompose_char(character(text + i, &bytes), c + n,
                                                     (utf8proc_ssize_t)(room - n), options, &boundary);
        n += k > 0 && (size_t)k <= room - n ? (size_t)k : 0;
    }
    sort_all_marks(c, n, c + room);
    utf8proc_ssize_t left = utf8proc_normalize_utf32(c, (utf8proc_ssize_t)n, options);
    for (utf8proc_ssize_t i = 0; i < left; i++) {
        uint8_t bytes[4];
        str_add_n(out, (const char *)bytes, (size_t)utf8proc_encode_char(c[i], bytes));
    }
    free(c);
}

void nfc_add(Str *out, const char *text, size_t size)
{
    for (size_t i = 0, bytes; i < size;) {
        size_t start = i, last = i;
        for (; i < size && is_plain(character(text + i, &bytes)); i += bytes)
            last = i;
        if (i == size) {
            str_add_n(out, text + start, size - start);
            return;
        }
        str_add_n(out, text + start, last - start); /* what follows may join with the last plain character */
        while (i < size && !is_plain(character(text + i, &bytes)))
            i += bytes;
        add_normalised(out, text + last, i - last);
    }
}
