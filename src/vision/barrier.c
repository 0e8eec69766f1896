#include "vision/barrier.h"

#include <stdlib.h>

enum { PASSES = 4 };

/* One channel: the best path found so far to each pixel has values from `low` to `high`. */
typedef struct {
    uint8_t low, high;
    uint8_t known;
    uint8_t value;
} Reached;

static void relax(Reached *to, const Reached *from)
{
    if (!from->known)
        return;
    uint8_t high = to->value > from->high ? to->value : from->high;
    uint8_t low = to->value < from->low ? to->value : from->low;
    if (!to->known || high - low < to->high - to->low)
        *to = (Reached){ low, high, 1, to->value };
}

/* From the top left, then from the bottom right, with the four neighbours behind each pixel. */
static void scan(Reached *r, int width, int height, bool down)
{
    ptrdiff_t row = width, sign = down ? 1 : -1;
    for (int i = 0; i < height; i++) {
        int y = down ? i : height - 1 - i;
        for (int k = 0; k < width; k++) {
            int x = down ? k : width - 1 - k;
            Reached *p = r + (ptrdiff_t)y * row + x;
            bool before = k > 0, after = k < width - 1;
            if (before)
                relax(p, p - sign);
            if (i == 0)
                continue;
            relax(p, p - sign * row);
            if (before)
                relax(p, p - sign * row - sign);
            if (after)
                relax(p, p - sign * row + sign);
        }
    }
}

bool barrier_distance(const uint8_t *rgb, size_t stride, int width, int height, const uint8_t *seed,
                      uint16_t *distance, Err *err)
{
    size_t n = (size_t)width * (size_t)height;
    Reached *r = malloc(n * sizeof *r);
    if (!r)
        return err_set(err, ERR_NOMEM, "no memory for distances in %d x %d pixels", width, height);
    for (size_t i = 0; i < n; i++)
        distance[i] = 0;
    for (size_t c = 0; c < 3; c++) {
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                size_t i = (size_t)y * (size_t)width + (size_t)x;
                uint8_t v = rgb[(size_t)y * stride + (size_t)x * 3 + c];
                r[i] = (Reached){ v, v, seed[i] != 0, v };
            }
        for (int pass = 0; pass < PASSES; pass++)
            scan(r, width, height, pass % 2 == 0);
        for (size_t i = 0; i < n; i++)
            distance[i] = (uint16_t)(distance[i] + (r[i].known ? r[i].high - r[i].low : 255));
    }
    free(r);
    return true;
}
