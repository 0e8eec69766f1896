#include "vision/draw.h"

#include "vision/font.h"

#include <math.h>
#include <string.h>

enum { MAX_SIDE = 65535 }; /* of an Image */

static void blend(uint8_t *p, Colour c, int alpha)
{
    const uint8_t colour[3] = { c.r, c.g, c.b };
    for (int k = 0; k < 3; k++)
        p[k] = (uint8_t)((p[k] * (255 - alpha) + colour[k] * alpha + 127) / 255);
}

/* The part of [at, at + length) that lies in [0, size): from *lo to *hi, where *lo >= *hi when it is empty.
 */
static void clip(int at, int length, int size, int *lo, int *hi)
{
    int64_t end = (int64_t)at + length;
    *lo = at < 0 ? 0 : at;
    *hi = end > size ? size : (int)end;
}

void draw_mask(Image *rgb, const Image *mask, Colour c, int opacity)
{
    size_t pixels = (size_t)rgb->width * (size_t)rgb->height;
    for (size_t i = 0; i < pixels; i++)
        if (mask->data[i] > 127)
            blend(rgb->data + 3 * i, c, opacity);
}

void draw_rect(Image *rgb, int x, int y, int width, int height, Colour c)
{
    int x0, x1, y0, y1;
    clip(x, width, rgb->width, &x0, &x1);
    clip(y, height, rgb->height, &y0, &y1);
    for (int v = y0; v < y1; v++)
        for (int u = x0; u < x1; u++)
            memcpy(image_at(rgb, u, v), (uint8_t[]){ c.r, c.g, c.b }, 3);
}

void draw_image(Image *rgb, int x, int y, const Image *picture)
{
    int x0, x1, y0, y1;
    clip(x, picture->width, rgb->width, &x0, &x1);
    clip(y, picture->height, rgb->height, &y0, &y1);
    for (int v = y0; v < y1 && x0 < x1; v++)
        memcpy(image_at(rgb, x0, v), image_at(picture, x0 - x, v - y), 3 * (size_t)(x1 - x0));
}

/* --- polygons ------------------------------------------------------------------------------------ */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

/* A pixel is sampled at 8 x 8 places. Mark in `flips` where sample line `line` (8 a pixel) enters or leaves
 * the polygon: bit k of byte x says that this happens just before sample k of pixel x. */
static void cross_line(uint8_t *flips, int width, const Polygon *p, int64_t line)
{
    int64_t y = 2 * line + 1; /* in 16ths of a pixel: samples are at odd numbers, corners at even ones */
    for (size_t i = 0; i < p->n; i++) {
        Point a = p->p[i ? i - 1 : p->n - 1], b = p->p[i];
        int64_t ay = 16 * (int64_t)a.y + 8, by = 16 * (int64_t)b.y + 8;
        if ((ay < y) == (by < y))
            continue;
        int64_t x = 16 * (int64_t)a.x + 8 + floor_div((y - ay) * 16 * ((int64_t)b.x - a.x), by - ay);
        int64_t sample = floor_div(x + 1, 2); /* the first one to the right of x */
        sample = sample < 0 ? 0 : sample;
        if (sample < 8 * (int64_t)width)
            flips[sample / 8] ^= (uint8_t)(1u << sample % 8);
    }
}

/* Add to cover[x] how many samples of pixel x on this line are inside, and clear the flips. */
static void add_cover(uint8_t *cover, uint8_t *flips, int width)
{
    unsigned inside = 0;
    for (int x = 0; x < width; x++) {
        unsigned bits = flips[x];
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4; /* bit k: the flips up to k, odd or even */
        bits = (bits ^ inside) & 255;
        cover[x] += (uint8_t)__builtin_popcount(bits);
        inside = bits & 128 ? 255 : 0;
        flips[x] = 0;
    }
}

/* The rows that a polygon touches, widened by `margin` and clipped. */
static void polygon_rows(const Image *rgb, const Polygon *p, int margin, int *lo, int *hi)
{
    int top = p->n ? p->p[0].y : 0, bottom = top;
    for (size_t i = 0; i < p->n; i++) {
        top = p->p[i].y < top ? p->p[i].y : top;
        bottom = p->p[i].y > bottom ? p->p[i].y : bottom;
    }
    top = top < 0 ? 0 : top > MAX_SIDE ? MAX_SIDE : top;
    bottom = bottom < -1 - margin ? -1 - margin : bottom > MAX_SIDE ? MAX_SIDE : bottom;
    clip(top - margin, bottom - top + 1 + 2 * margin, rgb->height, lo, hi);
}

void draw_polygon_filled(Image *rgb, const Polygon *p, Colour c, int opacity)
{
    uint8_t flips[MAX_SIDE] = { 0 }, cover[MAX_SIDE];
    int lo, hi;
    polygon_rows(rgb, p, 0, &lo, &hi);
    for (int y = lo; y < hi; y++) {
        memset(cover, 0, (size_t)rgb->width);
        for (int line = 0; line < 8; line++) {
            cross_line(flips, rgb->width, p, 8 * (int64_t)y + line);
            add_cover(cover, flips, rgb->width);
        }
        for (int x = 0; x < rgb->width; x++)
            if (cover[x])
                blend(image_at(rgb, x, y), c, (opacity * cover[x] + 32) / 64);
    }
}

/* Raise cover[x] of row y to what the line from a to b, `width` wide with round ends, covers of each pixel:
 * its distance from the line, one pixel of transition. */
static void cover_line(uint8_t *cover, int size, int y, Point a, Point b, float width)
{
    float dx = (float)(b.x - a.x), dy = (float)(b.y - a.y), length2 = dx * dx + dy * dy;
    float reach = width / 2 + 0.5f, ey = (float)(y - a.y);
    /* Where the band can be in this row: between the ends, and near the infinite line where it is steep
     * enough. */
    float left = dx < 0 ? dx : 0, right = dx < 0 ? 0 : dx;
    if (dy != 0) {
        float t = ey / dy, spread = reach * sqrtf(length2) / fabsf(dy);
        left = fmaxf(left, fminf(t * dx - spread, right));
        right = fminf(right, fmaxf(t * dx + spread, left));
    }
    int x0, x1;
    float first = fmaxf((float)a.x + floorf(left - reach), 0);
    float last = fminf((float)a.x + ceilf(right + reach), (float)(size - 1));
    x0 = (int)first;
    x1 = (int)last;
    for (int x = x0; x <= x1; x++) {
        float ex = (float)(x - a.x), t = length2 > 0 ? (ex * dx + ey * dy) / length2 : 0;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        float ux = ex - t * dx, uy = ey - t * dy;
        float part = reach - sqrtf(ux * ux + uy * uy);
        int v = part <= 0 ? 0 : part >= 1 ? 255 : (int)(part * 255 + 0.5f);
        if (v > cover[x])
            cover[x] = (uint8_t)v;
    }
}

void draw_polygon_outline(Image *rgb, const Polygon *p, Colour c, int width)
{
    uint8_t cover[MAX_SIDE];
    int lo, hi, margin = width / 2 + 1;
    polygon_rows(rgb, p, margin, &lo, &hi);
    for (int y = lo; y < hi; y++) {
        memset(cover, 0, (size_t)rgb->width);
        for (size_t i = 0; i < p->n; i++) {
            Point a = p->p[i ? i - 1 : p->n - 1], b = p->p[i];
            if ((a.y < b.y ? a.y : b.y) - margin <= y && y <= (a.y > b.y ? a.y : b.y) + margin)
                cover_line(cover, rgb->width, y, a, b, (float)width);
        }
        for (int x = 0; x < rgb->width; x++)
            if (cover[x])
                blend(image_at(rgb, x, y), c, cover[x]);
    }
}

/* --- text ---------------------------------------------------------------------------------------- */

/* How many characters a UTF-8 text has: bytes that do not go on with one. */
static int characters(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

void draw_text(Image *rgb, int x, int y, const char *text, Colour c, int scale)
{
    for (; *text && x < rgb->width; text++) {
        if (((unsigned char)*text & 0xC0) == 0x80)
            continue;
        const uint8_t *glyph = font_glyph((unsigned char)*text);
        for (int v = 0; v < FONT_ROWS; v++)
            for (int u = 0; u < FONT_WIDTH - 1; u++)
                if (glyph[v] >> (FONT_WIDTH - 2 - u) & 1)
                    draw_rect(rgb, x + u * scale, y + v * scale, scale, scale, c);
        x += FONT_WIDTH * scale;
    }
}

int draw_text_width(const char *text, int scale)
{
    return characters(text) * FONT_WIDTH * scale;
}
