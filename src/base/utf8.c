#include "base/utf8.h"

#include <stdint.h>

size_t utf8_next(const char *s, size_t n, bool *whole)
{
    uint8_t lead = (uint8_t)s[0];
    size_t length = lead < 0x80                    ? 1
                    : lead >= 0xc2 && lead <= 0xdf ? 2
                    : lead >= 0xe0 && lead <= 0xef ? 3
                    : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                   : 0;
    /* The second byte's range leaves out what a shorter form says, surrogates, and what is beyond U+10FFFF. */
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    size_t i = 1;
    while (i < length && i < n && (uint8_t)s[i] >= low && (uint8_t)s[i] <= high) {
        low = 0x80;
        high = 0xbf;
        i++;
    }
    *whole = i == length;
    return i;
}
