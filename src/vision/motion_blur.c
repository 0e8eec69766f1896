#include "vision/motion_blur.h"

#include "base/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 32 samples at a time, in the vector extension that gcc and clang share. */
enum { LANES = 32 };
typedef uint8_t Bytes __attribute__((vector_size(LANES)));
typedef uint16_t Sums __attribute__((vector_size(2 * LANES)));

/* An 8-connected line, drawn as OpenCV draws it: from left to right, whatever the angle, so that lines of
 * opposite angles are the same. */
int motion_blur_line(Tap taps[MOTION_BLUR_MAX], int size, double angle_deg)
{
    int c = size / 2;
    double t = angle_deg * (M_PI / 180);
    int ex = (int)(c * cos(t)), ey = (int)(c * sin(t)); /* the end; the start is its mirror image */
    if (ex < 0) {
        ex = -ex;
        ey = -ey;
    }
    int dx = 2 * ex, dy = 2 * abs(ey), sy = ey < 0 ? -1 : 1;
    bool steep = dy > dx;
    int n = steep ? dy : dx, m = steep ? dx : dy, error = n - 2 * m;
    int x = -ex, y = -ey;
    for (int i = 0; i <= n; i++) {
        taps[i] = (Tap){ (int16_t)x, (int16_t)y };
        int side = error < 0;
        error += (side ? 2 * n : 0) - 2 * m;
        x += steep ? side : 1;
        y += steep ? sy : side * sy;
    }
    return n + 1;
}

/* Index `i` of an axis of n samples that is mirrored again and again at both ends. */
static int mirror(int i, int n)
{
    if (n == 1)
        return 0;
    int period = 2 * (n - 1);
    i %= period;
    i = i < 0 ? i + period : i;
    return i < n ? i : period - i;
}

/* The picture with `margin` mirrored columns on both sides, and LANES bytes that may be read after it. */
static uint8_t *widened(const Image *im, int margin)
{
    size_t c = (size_t)im->channels, row = ((size_t)im->width + 2 * (size_t)margin) * c;
    uint8_t *wide = malloc(row * (size_t)im->height + LANES);
    for (int y = 0; wide && y < im->height; y++) {
        uint8_t *to = wide + (size_t)y * row;
        memcpy(to + (size_t)margin * c, image_at(im, 0, y), (size_t)im->width * c);
        for (int x = 0; x < margin; x++) {
            memcpy(to + (size_t)x * c, image_at(im, mirror(x - margin, im->width), y), c);
            memcpy(to + (size_t)(margin + im->width + x) * c,
                   image_at(im, mirror(im->width + x, im->width), y), c);
        }
    }
    return wide;
}

/* sum[l] += in[0][at + l] + in[1][at + l] + ...; at most 256 rows, which fit in 16 bits. */
static inline void add_rows(uint32_t sum[LANES], const uint8_t *const *in, int rows, size_t at)
{
    Sums part = { 0 };
    for (int k = 0; k < rows; k++) {
        Bytes b;
        memcpy(&b, in[k] + at, sizeof b);
        part += __builtin_convertvector(b, Sums);
    }
    for (int l = 0; l < LANES; l++)
        sum[l] += part[l];
}

/* out[i] = the mean of in[k][i] over k < taps, rounded; taps is odd, and LANES bytes may be read past the end
 * of the rows. A mean is never nearer than 1 / (2 * taps) to where it rounds the other way, and the float32
 * reciprocal is off by less than 2^-14 at 255, so the result is exact up to 1001 taps. */
SIMD_CLONES static void mean_of_rows(uint8_t *out, const uint8_t *const *in, int taps, size_t n)
{
    float scale = 1.0f / (float)taps, half = 0.5f * (float)taps;
    for (size_t i = 0; i < n; i += LANES) {
        uint32_t sum[LANES] = { 0 };
        for (int first = 0; first < taps; first += 256)
            add_rows(sum, in + first, taps - first < 256 ? taps - first : 256, i);
        uint8_t mean[LANES];
        for (int l = 0; l < LANES; l++)
            mean[l] = (uint8_t)(int)(((float)(int)sum[l] + half) * scale);
        memcpy(out + i, mean, n - i < LANES ? n - i : LANES);
    }
}

/* rows[y] is row y of the widened picture, from the first real pixel on; y may lie outside by half the size.
 * Strips of columns, so that the rows of one mean are still in the nearest cache for the next row's. */
static void blur(Image *im, const uint8_t *const *rows, int size, double angle_deg)
{
    enum { STRIP = 512 };
    Tap taps[MOTION_BLUR_MAX];
    const uint8_t *in[MOTION_BLUR_MAX];
    int count = motion_blur_line(taps, size, angle_deg);
    ptrdiff_t samples = (ptrdiff_t)im->width * im->channels;
    for (ptrdiff_t x = 0; x < samples; x += STRIP)
        for (int y = 0; y < im->height; y++) {
            for (int k = 0; k < count; k++)
                in[k] = rows[y + taps[k].y] + taps[k].x * im->channels + x;
            mean_of_rows(image_at(im, 0, y) + x, in, count,
                         (size_t)(samples - x < STRIP ? samples - x : STRIP));
        }
}

bool motion_blur(Image *im, int size, double angle_deg, Err *err)
{
    if (size < 1 || size > MOTION_BLUR_MAX || size % 2 == 0)
        return err_set(err, ERR_USAGE,
                       "a motion blur of %d pixels is asked for; it must be odd and at most %d", size,
                       MOTION_BLUR_MAX);
    int margin = size / 2;
    size_t c = (size_t)im->channels, samples = (size_t)im->width * c, row = samples + 2 * (size_t)margin * c;
    uint8_t *wide = widened(im, margin);
    const uint8_t **rows = malloc(((size_t)im->height + 2 * (size_t)margin) * sizeof *rows);
    bool ok = wide && rows;
    for (int y = 0; ok && y < im->height + 2 * margin; y++)
        rows[y] = wide + (size_t)mirror(y - margin, im->height) * row + (size_t)margin * c;
    if (ok)
        blur(im, rows + margin, size, angle_deg);
    free(rows);
    free(wide);
    return ok ||
           err_set(err, ERR_NOMEM, "no memory to blur a picture of %d x %d pixels", im->width, im->height);
}
