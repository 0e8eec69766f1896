#include "vision/png_filters.h"

#include "vision/png_kernel.h"

#include <stdlib.h>
#include <string.h>

enum { NONE, SUB, UP, AVERAGE, PAETH };

/* Rows that become pixels. Pixels end before the next row's differences begin. */
typedef struct {
    uint8_t *rows;
    size_t height, width, channels, n; /* n: bytes of a row */
} Filtered;

static uint8_t filter_of(const Filtered *f, size_t y)
{
    return f->rows[y * (f->n + 1)];
}

static const uint8_t *differences(const Filtered *f, size_t y)
{
    return f->rows + y * (f->n + 1) + 1;
}

static uint8_t *pixels(const Filtered *f, size_t y)
{
    return f->rows + y * f->n;
}

/* ---- a row at a time ---------------------------------------------------------------------------- */

/* Rows of n bytes and c bytes a pixel, in place of differences. */
static void undo_sub(uint8_t *to, size_t n, size_t c)
{
    for (size_t i = c; i < n; i++)
        to[i] = (uint8_t)(to[i] + to[i - c]);
}

static void undo_up(uint8_t *restrict to, const uint8_t *restrict above, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(to[i] + above[i]);
}

static void undo_average(uint8_t *to, const uint8_t *above, size_t n, size_t c)
{
    for (size_t i = 0; i < c; i++)
        to[i] = (uint8_t)(to[i] + above[i] / 2);
    for (size_t i = c; i < n; i++)
        to[i] = (uint8_t)(to[i] + (to[i - c] + above[i]) / 2);
}

static int nearest(int left, int up, int corner)
{
    int to_left = abs(up - corner), to_up = abs(left - corner), to_corner = abs(left + up - 2 * corner);
    return to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner;
}

static void undo_paeth(uint8_t *to, const uint8_t *above, size_t n, size_t c)
{
    undo_up(to, above, c);
    for (size_t i = c; i < n; i++)
        to[i] = (uint8_t)(to[i] + nearest(to[i - c], above[i], above[i - c]));
}

static bool undo_row(const Filtered *f, size_t y, const uint8_t *zeros, const PngKernel *kernel)
{
    uint8_t *to = pixels(f, y), filter = filter_of(f, y);
    const uint8_t *above = y ? to - f->n : zeros, *from = differences(f, y);
    if (kernel && filter == SUB)
        return kernel->sub(to, from, f->n, f->channels), true;
    if (kernel && filter == UP)
        return kernel->up(to, from, above, f->n), true;
    memmove(to, from, f->n);
    switch (filter) {
    case NONE: break;
    case SUB: undo_sub(to, f->n, f->channels); break;
    case UP: undo_up(to, above, f->n); break;
    case AVERAGE: undo_average(to, above, f->n, f->channels); break;
    case PAETH: undo_paeth(to, above, f->n, f->channels); break;
    default: return false;
    }
    return true;
}

/* ---- several rows at a time --------------------------------------------------------------------- */

/* Up to PNG_ROWS rows from row y on; the number of them, or 0: there is no such filter. `r` has room for them and, above, for the row
 * before, which is zero for the first one. */
static size_t undo_rows(const Filtered *f, size_t y, PngRows *r, uint8_t *in, const PngKernel *kernel)
{
    size_t count = f->height - y < PNG_ROWS ? f->height - y : PNG_ROWS;
    for (size_t i = 0; i < PNG_ROWS; i++) {
        r->filter[i] = i < count ? filter_of(f, y + i) : NONE;
        if (r->filter[i] > PAETH)
            return 0;
        if (i < count)
            memcpy(in + i * r->pitch, differences(f, y + i), f->n);
    }
    if (y)
        memcpy(r->out - r->pitch, pixels(f, y - 1), f->n);
    kernel->rows(r);
    for (size_t i = 0; i < count; i++)
        memcpy(pixels(f, y + i), r->out + i * r->pitch, f->n);
    return count;
}

static const PngKernel *const kernels[CPU_LEVELS] = {
    [CPU_PLAIN] = NULL, /* a row at a time */
    [CPU_SSE4] = NULL,
#ifdef __x86_64__
    [CPU_AVX2] = &png_kernel_avx2,
    [CPU_AVX512] = &png_kernel_avx512,
#endif
};

bool png_undo_filters(uint8_t *rows, size_t height, size_t width, size_t channels, CpuLevel level)
{
    const PngKernel *kernel = kernels[level];
    Filtered f = { rows, height, width, channels, width * channels };
    size_t pitch = (PNG_BEFORE + f.n + PNG_BEHIND + 63) / 64 * 64;
    uint8_t *memory = calloc(2 * PNG_ROWS + 1, pitch);
    if (!memory)
        return false;
    uint8_t *in = memory + PNG_BEFORE;
    PngRows r = {
        .in = in, .out = in + (PNG_ROWS + 1) * pitch, .pitch = pitch, .width = width, .channels = channels
    };
    size_t y = 0;
    while (y < height) {
        bool waits = filter_of(&f, y) > UP; /* a pixel for the one before */
        size_t done =
            kernel && waits ? undo_rows(&f, y, &r, in, kernel) : undo_row(&f, y, r.out - pitch, kernel);
        if (done == 0)
            break;
        y += done;
    }
    free(memory);
    return y == height;
}
