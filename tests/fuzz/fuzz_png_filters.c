/* Any bytes as PNG's filtered rows, undone with the vectors of every level, against the formulas of the format's specification. The
 * first two bytes are the width and the bytes of a pixel. */
#include "must.h"
#include "touch.h"

#include "vision/png_filters.h"

#include <stdlib.h>
#include <string.h>

/* PaethPredictor, as W3C, "PNG Specification", 3rd ed., 9.4, has it. */
static int paeth(int a, int b, int c)
{
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* False: a filter that there is not. */
static bool undo_really(uint8_t *pixels, const uint8_t *rows, size_t height, size_t n, size_t bpp)
{
    for (size_t y = 0; y < height; y++, rows += n + 1, pixels += n)
        for (size_t i = 0; i < n; i++) {
            int a = i < bpp ? 0 : pixels[i - bpp], b = y ? pixels[(ptrdiff_t)i - (ptrdiff_t)n] : 0;
            int c = i < bpp || y == 0 ? 0 : pixels[(ptrdiff_t)i - (ptrdiff_t)(n + bpp)], x = rows[i + 1];
            switch (rows[0]) {
            case 0: break;
            case 1: x += a; break;
            case 2: x += b; break;
            case 3: x += (a + b) / 2; break;
            case 4: x += paeth(a, b, c); break;
            default: return false;
            }
            pixels[i] = (uint8_t)x;
        }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t channels[] = { 1, 3, 4 };
    if (size < 2)
        return 0;
    size_t c = channels[data[1] % 3], width = data[0] + (size_t)1, n = width * c;
    size_t height = (size - 2) / (n + 1), bytes = height * (n + 1);
    uint8_t *rows = malloc(bytes + 1), *want = malloc(height * n + 1), *work = malloc(bytes ? bytes : 1);
    must(rows && want && work);
    memcpy(rows, data + 2, bytes);
    for (size_t y = 0; y < height; y++) /* few filters that there are not */
        rows[y * (n + 1)] = (uint8_t)(rows[y * (n + 1)] < 250 ? rows[y * (n + 1)] % 5 : rows[y * (n + 1)]);
    bool sound = undo_really(want, rows, height, n, c);
    for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
        memcpy(work, rows, bytes);
        must(png_undo_filters(work, height, width, c, level) == sound);
        must(!sound || memcmp(work, want, height * n) == 0);
    }
    free(rows);
    free(want);
    free(work);
    return 0;
}
