/* vision/jpeg_kernel.h: the arithmetic of a JPEG pass on a few units of 16 x 16 pixels side by side, for
 * jpeg_passes.c.
 *
 * Nothing here ever transposes a block: a *lane* is a unit's place in its row, and a vector holds the same
 * sample of several units. There are `lanes` of them in a row, a multiple of the kernel's width and of
 * JPEG_LANES_GROUP; the last ones may be unused and hold anything.
 *
 *   picture row   [16 columns][3 colours][lanes] bytes: pixel (x, y) is in lane x / 16, column x mod 16
 *   row of luma   [8 pairs of columns][2 * lanes] bytes; a pair has 8 lanes of its first column, 8 of its
 * second, and so on: see jpeg_sample() row of chroma [4 pairs of columns][2 * lanes] bytes, the same for half
 * the width Units         the samples of one kernel's width of units, 128 subtracted, before the transform */
#ifndef FACET_VISION_JPEG_KERNEL_H
#define FACET_VISION_JPEG_KERNEL_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JPEG_MAX_WIDTH = 32 }; /* lanes of a vector */

/* How to divide by 8 * step with rounding, and to multiply by step: n = |v| + 4 * step, and the quotient is
 * (n * factor >> 16) * scale >> 16. Each number stands twice in its 32 bits. See jpeg_steps(). */
typedef struct {
    uint32_t half[64], factor[64], scale[64], step[64];
} JpegSteps;

/* Units as they go into the transform: column x of row y of luma is at [y][x], with a stride of the kernel's
 * width. */
typedef struct {
    _Alignas(64) int16_t luma[16 * 16 * JPEG_MAX_WIDTH];
    _Alignas(64) int16_t chroma[2][8 * 8 * JPEG_MAX_WIDTH];
} JpegUnits;

/* Two rows of a coded picture and what upsampling their chroma needs. */
typedef struct {
    size_t lanes, first;      /* of the row; where the kernel begins */
    int row;                  /* row of chroma in the unit, 0..7; luma rows are twice that and the next */
    const uint8_t *luma[2];   /* upper and lower row */
    const uint8_t *near[2];   /* Cb and Cr: the row of chroma that both are nearest to */
    const uint8_t *far[2][2]; /* [upper, lower][Cb, Cr]: the next nearest */
    bool right_edge;          /* the lanes end with the picture: what is right of the last one is itself */
    bool repeat; /* samples are repeated, not interpolated: chroma of at most 2 columns, with far = near */
    bool single; /* the picture ends with the upper row: the lower one repeats it */
} JpegRows;

/* All functions work on `width` lanes. */
typedef struct {
    size_t width;
    /* Two rows of a picture (the same one twice where it ends) to rows 2 * row, 2 * row + 1 of luma and `row`
     * of chroma. Pointers are at the first lane. */
    void (*from_rgb)(JpegUnits *to, const uint8_t *upper, const uint8_t *lower, size_t lanes, int row);
    /* The same from two coded rows. */
    void (*from_coded)(JpegUnits *to, const JpegRows *rows);
    /* 16 rows of luma of a picture without colours; `luma` is at the first lane, a row has 16 * lanes bytes.
     */
    void (*from_gray)(JpegUnits *to, const uint8_t *luma, size_t lanes);
    /* Transform, quantise, and back: one block of each unit. `from` is its first sample and `pitch` the
     * distance of its rows; `to` is at the first lane of the first pair of columns, rows are `to_pitch` bytes
     * apart. False when all coefficients are zero: all samples are 128, and nothing is written. */
    bool (*code)(uint8_t *to, size_t to_pitch, const int16_t *from, size_t pitch, size_t lanes,
                 const JpegSteps *steps);
    /* Transform and quantise one block of each unit, for a file: `to` and `used` as in JpegBlocks. */
    void (*quantise)(int16_t *to, uint64_t *used, const int16_t *from, size_t pitch, const JpegSteps *steps);
    /* Two coded rows to two rows of a picture; the lower one may be NULL. */
    void (*to_rgb)(uint8_t *upper, uint8_t *lower, const JpegRows *rows);
} JpegKernel;

extern const JpegKernel jpeg_kernel_plain, jpeg_kernel_sse4, jpeg_kernel_avx2, jpeg_kernel_avx512;

/* Sample x of lane l in a row of luma or chroma. */
static inline size_t jpeg_sample(size_t lanes, size_t x, size_t l)
{
    return x / 2 * 2 * lanes + l / 8 * 16 + x % 2 * 8 + l % 8;
}

#endif
