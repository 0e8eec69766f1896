/* vision/font.h: a bitmap font of printable ASCII. */
#ifndef FACET_VISION_FONT_H
#define FACET_VISION_FONT_H

#include <stdint.h>

/* A character's cell is FONT_WIDTH by FONT_HEIGHT pixels, the gaps to its right and below included. */
enum { FONT_WIDTH = 6, FONT_HEIGHT = 10, FONT_ROWS = 9 };

/* The rows of a character from the top; bit 4 is the leftmost pixel. '?' for what is not in 32..126. */
const uint8_t *font_glyph(unsigned char c);

#endif
