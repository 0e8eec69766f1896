/* roles/procedural/restyle_words.h: the looks that a prompt's words ask for. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_WORDS_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_WORDS_H

#include "roles/procedural/restyle_look.h"

typedef enum { SIDE_OPEN, SIDE_LEFT, SIDE_RIGHT, SIDE_ONE, SIDE_OTHER } Side;

typedef struct {
    const Look *look;
    float amount;    /* 1 plain; "thin" and the like less, "dense" and the like more */
    Side side;       /* ONE and OTHER are opposite, which is which stays open */
    uint32_t colour; /* 0xRRGGBB of a colour word before it; 0: none */
} Wish;

enum { WISHES_MAX = 8, PROMPT_READ_MAX = 4096 };

typedef struct {
    Wish wish[WISHES_MAX]; /* those of the light first */
    size_t count;          /* 0: no word of the prompt is known */
} Wishes;

/* Whole words, case ignored; the longest known phrase at a place counts. Of looks that exclude each other the
 * one with the weightiest words stays. Bytes after the first PROMPT_READ_MAX are not read. NULL is "". */
void wishes_read(Wishes *w, const char *prompt);

#endif
