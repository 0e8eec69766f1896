/* text/nfc.h: Unicode normalisation form C (Unicode Standard Annex 15). */
#ifndef FACET_TEXT_NFC_H
#define FACET_TEXT_NFC_H

#include "base/str.h"

/* Append the form C of a text, which must be UTF-8. Takes time in proportion to the text, whatever it holds; most
 * scripts cost little more than a copy. A lack of memory is remembered in out->failed. */
void nfc_add(Str *out, const char *text, size_t size);

#endif
