#include "text/byte_alphabet.h"

/* Bytes that print in Latin-1 are their own character; the others get those from U+0100 on, in order. */
static bool prints(unsigned byte)
{
    return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
}

/* How many bytes below this one do not print. */
static unsigned rank_of(unsigned byte)
{
    unsigned n = 0;
    for (unsigned b = 0; b < byte; b++)
        n += !prints(b);
    return n;
}

void byte_alphabet_encode(uint8_t byte, char out[3])
{
    unsigned c = prints(byte) ? byte : 0x100 + rank_of(byte);
    if (c < 0x80) {
        out[0] = (char)c;
        out[1] = '\0';
    } else {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        out[2] = '\0';
    }
}

/* The byte of a character, -1 when it is not in the alphabet. */
static int byte_of(unsigned c)
{
    if (c < 0x100)
        return prints(c) ? (int)c : -1;
    /* U+0100 to U+0143: bytes 00 to 20, 7f to a0, ad. */
    unsigned rank = c - 0x100;
    return rank <= 0x20 ? (int)rank : rank <= 0x42 ? (int)(rank - 0x21 + 0x7f) : rank == 0x43 ? 0xad : -1;
}

/* The byte of the character at `s`, of which n > 0 bytes are there, and its length. */
static int next_byte(const char *s, size_t n, size_t *length)
{
    unsigned a = (uint8_t)s[0];
    *length = 1;
    if (a < 0x80)
        return byte_of(a);
    if (n < 2 || a < 0xc2 || a > 0xdf || ((uint8_t)s[1] & 0xc0) != 0x80)
        return -1;
    *length = 2;
    return byte_of((a & 0x1f) << 6 | ((uint8_t)s[1] & 0x3f));
}

void byte_alphabet_decode(Str *out, const char *text, size_t n)
{
    size_t length;
    for (size_t i = 0; i < n; i += length)
        if (next_byte(text + i, n - i, &length) < 0) {
            str_add_n(out, text, n);
            return;
        }
    for (size_t i = 0; i < n; i += length)
        str_add_char(out, (char)next_byte(text + i, n - i, &length));
}
