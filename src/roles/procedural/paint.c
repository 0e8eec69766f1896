#include "roles/procedural/paint.h"

#include "base/clamp.h"
#include "roles/procedural/noise.h"

#include <math.h>
#include <string.h>

enum { SUBROWS = 4 };

/* A shape's extent in pixels; fills are relative to it. */
typedef struct {
    float x0, y0, x1, y1;
} Box;

/* How far from fill colour a (0) to b (1) at (u, v), each -1..1 over the shape. */
static float fill_part(const Painter *p, const Fill *f, float u, float v, bool ball)
{
    float t;
    switch (f->kind) {
    case FILL_DOWN: return 0.5f + 0.5f * v;
    case FILL_ACROSS: return 0.5f + 0.5f * u;
    case FILL_ROUND:
        t = ball ? 0.5f - 0.45f * p->side * u + 0.40f * v : 0.40f - 0.5f * p->side * u + 0.25f * u * u;
        return t < 0 ? 0 : t > 1 ? 1 : t;
    case FILL_FLAT: break;
    }
    return 0;
}

/* Light at a point of the painter's depth, in metres from the camera's axis and from the floor. */
static Pixel light_at(const Painter *p, float x, float y)
{
    Pixel l = p->light;
    for (int k = 0; k < p->pools; k++) {
        float dx = x - p->pool[k].x, dy = y - p->pool[k].y, r = p->pool[k].radius;
        float d = 1 + (dx * dx + dy * dy) / (r * r);
        l += p->pool[k].colour * pixel_all(1 / (d * d));
    }
    l[3] = 1;
    return l;
}

/* Mix row y of the shape into the canvas, from column x0 to x1 by the coverage in p->line. */
static void blend_row(Painter *p, const Fill *f, const Box *box, const int span[3], bool ball)
{
    int y = span[2];
    float metre = p->z / p->camera.focal; /* of a pixel */
    Pixel a = f->a, b = f->b, haze = p->haze;
    a[3] = b[3] = haze[3] = p->coverage;
    float part = f->glows ? 0.5f * p->haze_part : p->haze_part;
    Pixel *row = p->to->px + (size_t)y * (size_t)p->to->width;
    float ku = 2 / fmaxf(box->x1 - box->x0, 1e-3f);
    float v = 2 * ((float)y + 0.5f - box->y0) / fmaxf(box->y1 - box->y0, 1e-3f) - 1;
    float opacity = f->opacity > 0 ? f->opacity : 1, up = ((float)y - p->camera.horizon) * metre;
    const float *noise =
        p->materials->clouds + (((int)floorf(up * f->grain_y)) & (TILE_SIZE - 1)) * TILE_SIZE;
    for (int x = span[0]; x < span[1]; x++) {
        float cover = p->line[x] * opacity;
        if (cover <= 0)
            continue;
        float u = ku * ((float)x + 0.5f - box->x0) - 1, wx = ((float)x - p->camera.centre) * metre;
        Pixel c = pixel_mix(a, b, fill_part(p, f, u, v, ball));
        if (f->grain > 0) {
            int nx = (int)(wx * f->grain_x + 4096.0f * TILE_SIZE) & (TILE_SIZE - 1);
            c = pixel_dim(c, fmaxf(0.05f, 1 + f->grain * 1.6f * noise[nx]));
        }
        if (f->shine > 0) {
            float d = (u - 0.45f * p->side) / 0.14f, e = ball ? (v + 0.45f) / 0.14f : 0;
            float s = f->shine * fmaxf(0, 1 - d * d - e * e);
            c += (Pixel){ s, s, s, 0 };
        }
        if (!f->glows)
            c *= light_at(p, wx, p->camera.height - up);
        c = pixel_mix(c, haze, part);
        row[x] = pixel_mix(row[x], c, cover < 1 ? cover : 1);
    }
}

/* Add to `line` how much of each pixel lies in [xa, xb). */
static void cover_run(float *line, int width, float xa, float xb)
{
    xa = fmaxf(xa, 0);
    xb = fminf(xb, (float)width);
    if (xb <= xa)
        return;
    int ia = (int)xa, ib = (int)xb;
    const float w = 1.0f / SUBROWS;
    if (ia == ib) {
        line[ia] += w * (xb - xa);
        return;
    }
    line[ia] += w * ((float)(ia + 1) - xa);
    for (int x = ia + 1; x < ib; x++)
        line[x] += w;
    if (ib < width)
        line[ib] += w * (xb - (float)ib);
}

/* Crossings of the polygon's edges with the line at height y, sorted. */
static int crossings(const Point2 *q, int n, float y, float *xs)
{
    int m = 0;
    for (int i = 0; i < n; i++) {
        Point2 a = q[i], b = q[(i + 1) % n];
        if ((a.y <= y) == (b.y <= y))
            continue;
        float x = a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y);
        int k = m++;
        for (; k > 0 && xs[k - 1] > x; k--)
            xs[k] = xs[k - 1];
        xs[k] = x;
    }
    return m;
}

/* Corners in pixels. */
static void fill_pixels(Painter *p, const Point2 *q, int n, const Fill *f)
{
    Box box = { q[0].x, q[0].y, q[0].x, q[0].y };
    for (int i = 1; i < n; i++) {
        box.x0 = fminf(box.x0, q[i].x);
        box.x1 = fmaxf(box.x1, q[i].x);
        box.y0 = fminf(box.y0, q[i].y);
        box.y1 = fmaxf(box.y1, q[i].y);
    }
    float w = (float)p->to->width, h = (float)p->to->height;
    if (!(box.x1 > 0 && box.x0 < w && box.y1 > 0 && box.y0 < h)) /* also false for a NaN */
        return;
    int x0 = (int)fmaxf(box.x0, 0), x1 = (int)ceilf(fminf(box.x1, w));
    int y0 = (int)fmaxf(box.y0, 0), y1 = (int)ceilf(fminf(box.y1, h));
    float xs[PAINT_MAX_POINTS];
    for (int y = y0; y < y1; y++) {
        memset(p->line + x0, 0, (size_t)(x1 - x0) * sizeof *p->line);
        for (int k = 0; k < SUBROWS; k++) {
            int m = crossings(q, n, (float)y + ((float)k + 0.5f) / SUBROWS, xs);
            for (int i = 0; i + 1 < m; i += 2)
                cover_run(p->line, p->to->width, xs[i], xs[i + 1]);
        }
        blend_row(p, f, &box, (int[3]){ x0, x1, y }, false);
    }
}

void paint_polygon3(Painter *p, const Point3 *corners, int n, const Fill *fill)
{
    Point2 q[PAINT_MAX_POINTS];
    n = clamp_int(n, 0, PAINT_MAX_POINTS);
    /* The camera's rows count from pixel centres, the shapes from pixel corners. */
    for (int i = 0; i < n; i++)
        q[i] = (Point2){ camera_x(&p->camera, corners[i].x, corners[i].z) + 0.5f,
                         camera_y(&p->camera, corners[i].y, corners[i].z) + 0.5f };
    if (n >= 3)
        fill_pixels(p, q, n, fill);
}

void paint_polygon(Painter *p, const Point2 *corners, int n, const Fill *fill)
{
    Point3 q[PAINT_MAX_POINTS];
    n = clamp_int(n, 0, PAINT_MAX_POINTS);
    for (int i = 0; i < n; i++)
        q[i] = (Point3){ corners[i].x, corners[i].y, p->z };
    paint_polygon3(p, q, n, fill);
}

void paint_rect(Painter *p, float x0, float y0, float x1, float y1, const Fill *fill)
{
    paint_polygon(p, (Point2[]){ { x0, y0 }, { x1, y0 }, { x1, y1 }, { x0, y1 } }, 4, fill);
}

void paint_ellipse(Painter *p, float x, float y, float rx, float ry, const Fill *fill)
{
    float k = p->camera.focal / p->z;
    float cx = camera_x(&p->camera, x, p->z) + 0.5f, cy = camera_y(&p->camera, y, p->z) + 0.5f;
    float px = fmaxf(rx * k, 0.2f), py = fmaxf(ry * k, 0.2f), soft = fminf(px, py);
    Box box = { cx - px, cy - py, cx + px, cy + py };
    float w = (float)p->to->width, h = (float)p->to->height;
    if (!(box.x1 > 0 && box.x0 < w && box.y1 > 0 && box.y0 < h))
        return;
    int x0 = clamp_int((int)box.x0 - 1, 0, p->to->width), x1 = clamp_int((int)box.x1 + 2, 0, p->to->width);
    int y0 = clamp_int((int)box.y0 - 1, 0, p->to->height), y1 = clamp_int((int)box.y1 + 2, 0, p->to->height);
    for (int iy = y0; iy < y1; iy++) {
        float v = ((float)iy + 0.5f - cy) / py;
        for (int ix = x0; ix < x1; ix++) {
            float u = ((float)ix + 0.5f - cx) / px;
            float c = 0.5f + (1 - sqrtf(u * u + v * v)) * soft;
            p->line[ix] = c < 0 ? 0 : c > 1 ? 1 : c;
        }
        blend_row(p, fill, &box, (int[3]){ x0, x1, iy }, true);
    }
}

void paint_stroke(Painter *p, Point2 a, Point2 b, float width_a, float width_b, const Fill *fill)
{
    float dx = b.x - a.x, dy = b.y - a.y, len = sqrtf(dx * dx + dy * dy);
    if (len < 1e-6f)
        return;
    float nx = -dy / len * 0.5f, ny = dx / len * 0.5f;
    Point2 q[4] = { { a.x + nx * width_a, a.y + ny * width_a },
                    { b.x + nx * width_b, b.y + ny * width_b },
                    { b.x - nx * width_b, b.y - ny * width_b },
                    { a.x - nx * width_a, a.y - ny * width_a } };
    paint_polygon(p, q, 4, fill);
}
