#include "vision/polygon.h"

#include "vision/contour.h"

#include <stdlib.h>

/* Share of a contour's length by which the label's polygon may leave it. */
#define SIMPLIFY 0.002

void polygon_clear(Polygon *p)
{
    free(p->p);
    *p = (Polygon){ 0 };
}

void polygon_list_clear(PolygonList *l)
{
    for (size_t i = 0; i < l->count; i++)
        polygon_clear(&l->polygon[i]);
    free(l->polygon);
    *l = (PolygonList){ 0 };
}

/* The first of the contours with the greatest area; all may have none. */
static size_t largest(const ContourList *c)
{
    size_t best = 0;
    double best_area = -1;
    for (size_t i = 0; i < c->count; i++) {
        double area = points_area(c->p + c->offset[i], c->offset[i + 1] - c->offset[i]);
        if (area > best_area) {
            best_area = area;
            best = i;
        }
    }
    return best;
}

bool polygons_of_mask(PolygonList *out, const Image *mask, PolygonChoice choice, Err *err)
{
    *out = (PolygonList){ 0 };
    ContourList c;
    if (!contours_find(&c, mask, CONTOURS_EXTERNAL, err))
        return false;
    bool ok = true;
    size_t first = choice == POLYGONS_LARGEST ? largest(&c) : 0;
    size_t end = choice == POLYGONS_LARGEST && c.count > 0 ? first + 1 : c.count;
    if (end > first) {
        out->polygon = calloc(end - first, sizeof *out->polygon);
        ok = out->polygon || err_set(err, ERR_NOMEM, "no memory for the %zu outlines of a mask", end - first);
    }
    for (size_t i = first; ok && i < end; i++) {
        const Point *p = c.p + c.offset[i];
        size_t n = c.offset[i + 1] - c.offset[i];
        ok = points_simplify(&out->polygon[out->count], p, n, SIMPLIFY * points_length(p, n), err);
        out->count += ok;
    }
    contour_list_clear(&c);
    if (!ok)
        polygon_list_clear(out);
    return ok;
}

static double share(int at, int size)
{
    double v = (double)at / size;
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

void polygon_label_line(Str *out, int class_id, const Polygon *p, int width, int height)
{
    str_printf(out, "%d", class_id);
    for (size_t i = 0; i < p->n; i++)
        str_printf(out, " %.6f %.6f", share(p->p[i].x, width), share(p->p[i].y, height));
    str_add_char(out, '\n');
}
