/* vision/png_kernel.h: the filters of PNG undone for several rows at once. */
#ifndef FACET_VISION_PNG_KERNEL_H
#define FACET_VISION_PNG_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* PNG_BEFORE and PNG_BEHIND: bytes on both sides of a row that may be read, and written in `out`. */
enum { PNG_ROWS = 8, PNG_BEFORE = 64, PNG_BEHIND = 128 };

/* PNG_ROWS rows of differences, each with its filter's byte (0..4). */
typedef struct {
    const uint8_t *in; /* PNG_ROWS rows, `pitch` apart; zeros before each */
    uint8_t *out;      /* the same of pixels, and the row above at out - pitch */
    size_t pitch, width, channels;
    uint8_t filter[PNG_ROWS];
} PngRows;

/* For machines with the level's instructions. */
void png_undo_rows_avx2(const PngRows *rows);
void png_undo_rows_avx512(const PngRows *rows);

#endif
