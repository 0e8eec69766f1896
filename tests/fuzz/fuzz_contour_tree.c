/* Any bits as a mask: its outlines are those of the regions that a flood fill finds, and filled they are the mask again. And any discs as
 * a mask: its polygons stay what they are when they are filled. The first byte says which. */
#include "must.h"
#include "touch.h"

#include "../vision/mask_measure.h"
#include "../vision/mask_regions.h"
#include "vision/contour.h"
#include "vision/draw.h"

#include <string.h>

static Image mask_new(int width, int height)
{
    Image mask;
    Err err = { 0 };
    must(image_init(&mask, width, height, 1, &err));
    return mask;
}

/* ---- bits --------------------------------------------------------------------------------------- */

/* Set the pixels on an outline and those inside of it. Its sides are level, upright or diagonal, so they go through pixels. */
static void fill_outline(Image *mask, const Point *p, size_t n)
{
    Image crossed = mask_new(mask->width, mask->height);
    for (size_t i = 0; i < n; i++) {
        Point a = p[i ? i - 1 : n - 1], b = p[i];
        int dx = (b.x > a.x) - (b.x < a.x), dy = (b.y > a.y) - (b.y < a.y);
        must(a.x == b.x || a.y == b.y || abs(b.x - a.x) == abs(b.y - a.y));
        *image_at(mask, b.x, b.y) = 255;
        for (; a.x != b.x || a.y != b.y; a.x += dx, a.y += dy) {
            *image_at(mask, a.x, a.y) = 255;
            if (dy) /* of each step's two rows the upper one */
                *image_at(&crossed, dy > 0 ? a.x : a.x + dx, dy > 0 ? a.y : a.y - 1) ^= 1;
        }
    }
    for (int y = 0; y < mask->height; y++) {
        int inside = 0;
        for (int x = 0; x < mask->width; x++) {
            inside ^= *image_at(&crossed, x, y);
            if (inside)
                *image_at(mask, x, y) = 255;
        }
    }
    image_clear(&crossed);
}

static Image filled(const ContourList *c, int width, int height)
{
    Image mask = mask_new(width, height);
    for (size_t i = 0; i < c->count; i++)
        fill_outline(&mask, c->p + c->offset[i], c->offset[i + 1] - c->offset[i]);
    return mask;
}

static ContourList contours_of(const Image *mask, ContourMode mode)
{
    ContourList c;
    Err err = { 0 };
    must(contours_find(&c, mask, mode, &err));
    return c;
}

/* As many borders of both kinds as there are regions, each hole behind the border around it. */
static void check_tree(const Image *mask, size_t components, size_t holes)
{
    ContourList c = contours_of(mask, CONTOURS_CCOMP);
    size_t outer = 0, around = 0;
    for (size_t i = 0; i < c.count; i++) {
        must(c.offset[i + 1] > c.offset[i]);
        if (c.parent[i] < 0) {
            outer++;
            around = i;
        } else {
            must((size_t)c.parent[i] == around && i > around);
        }
        for (size_t k = c.offset[i]; k < c.offset[i + 1]; k++)
            must(*image_at(mask, c.p[k].x, c.p[k].y) == 255);
    }
    must(outer == components && c.count - outer == holes);
    contour_list_clear(&c);
}

/* Polygons leave out points of the outlines and invent none. */
static void check_polygons(const Image *mask, const ContourList *c)
{
    PolygonList l;
    Err err = { 0 };
    must(polygons_of_mask(&l, mask, POLYGONS_ALL, &err));
    must(l.count == c->count);
    for (size_t i = 0; i < l.count; i++) {
        size_t n = c->offset[i + 1] - c->offset[i];
        must(l.polygon[i].n >= 1 && l.polygon[i].n <= n);
        for (size_t k = 0; k < l.polygon[i].n; k++) {
            bool known = false;
            for (size_t m = c->offset[i]; m < c->offset[i + 1]; m++)
                known |= c->p[m].x == l.polygon[i].p[k].x && c->p[m].y == l.polygon[i].p[k].y;
            must(known);
        }
    }
    polygon_list_clear(&l);
}

static void try_bits(const uint8_t *data, size_t size)
{
    int width = data[0] % 64 + 1, height = (int)((size - 1) * 8 / (size_t)width);
    height = height > 100 ? 100 : height;
    if (height == 0)
        return;
    Image mask = mask_new(width, height), solid = mask_new(width, height);
    for (size_t i = 0; i < image_bytes(&mask); i++)
        solid.data[i] = mask.data[i] = data[1 + i / 8] >> (i % 8) & 1 ? 255 : 0;
    size_t components, holes;
    paint_regions(&solid, &components, &holes);
    for (size_t i = 0; i < image_bytes(&solid); i++)
        solid.data[i] = solid.data[i] == 2 ? 0 : 255;
    check_tree(&mask, components, holes);
    ContourList c = contours_of(&mask, CONTOURS_EXTERNAL), again = contours_of(&solid, CONTOURS_EXTERNAL);
    check_polygons(&mask, &c);
    Image full = filled(&c, width, height);
    must(memcmp(full.data, solid.data, image_bytes(&solid)) == 0);
    must(c.count == again.count && memcmp(c.offset, again.offset, (c.count + 1) * sizeof *c.offset) == 0);
    must(c.count == 0 || memcmp(c.p, again.p, c.offset[c.count] * sizeof *c.p) == 0);
    contour_list_clear(&c);
    contour_list_clear(&again);
    image_clear(&mask);
    image_clear(&solid);
    image_clear(&full);
}

/* ---- discs -------------------------------------------------------------------------------------- */

enum { WIDTH = 300, HEIGHT = 260, MAX_DISCS = 8 };

/* Three bytes a disc. All of it is in the picture. */
static Image discs_of(const uint8_t *data, size_t size)
{
    Image mask = mask_new(WIDTH, HEIGHT);
    for (size_t i = 0; i + 3 <= size && i < 3 * MAX_DISCS; i += 3) {
        int r = 45 + data[i] % 45, cx = r + data[i + 1] * (WIDTH - 2 * r) / 256,
            cy = r + data[i + 2] * (HEIGHT - 2 * r) / 256;
        for (int y = cy - r; y < cy + r; y++)
            for (int x = cx - r; x < cx + r; x++)
                if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r)
                    *image_at(&mask, x, y) = 255;
    }
    return mask;
}

static Image redrawn(const Image *mask)
{
    PolygonList l;
    Image rgb, again = mask_new(mask->width, mask->height);
    Err err = { 0 };
    must(polygons_of_mask(&l, mask, POLYGONS_ALL, &err));
    must(image_init(&rgb, mask->width, mask->height, 3, &err));
    for (size_t i = 0; i < l.count; i++)
        draw_polygon_filled(&rgb, &l.polygon[i], (Colour){ 255, 255, 255 }, 255);
    for (size_t i = 0; i < image_bytes(&again); i++)
        again.data[i] = rgb.data[3 * i] > 63 ? 255 : 0;
    polygon_list_clear(&l);
    image_clear(&rgb);
    return again;
}

/* Of discs of these sizes the outline is at most 4.5 % off, as in tests/vision/test_polygon.c; holes are gone after the first round. */
static void try_discs(const uint8_t *data, size_t size)
{
    Image discs = discs_of(data, size), mask = redrawn(&discs);
    for (int round = 0; round < 2; round++) {
        Image again = redrawn(&mask);
        must(overlap(&mask, &again) > 0.955);
        image_clear(&mask);
        mask = again;
    }
    image_clear(&discs);
    image_clear(&mask);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2)
        (data[0] & 1 ? try_discs : try_bits)(data + 1, size - 1);
    return 0;
}
