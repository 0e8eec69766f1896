/* vision/png_kernel.h: the filters of PNG undone with the vectors of one level. */
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

typedef struct {
    /* PNG_ROWS rows of any filters. */
    void (*rows)(const PngRows *rows);
    /* One row of n bytes, `c` bytes a pixel, in which no pixel's predictor waits for another: differences to pixels. `to` may begin
     * before `from` and share its bytes. */
    void (*sub)(uint8_t *to, const uint8_t *from, size_t n, size_t c);
    void (*up)(uint8_t *to, const uint8_t *from, const uint8_t *above, size_t n);
} PngKernel;

extern const PngKernel png_kernel_avx2, png_kernel_avx512;

#endif
