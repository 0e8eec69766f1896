#include "roles/relief/raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void find_bounds(Raster *r, const ScreenPoint *point, size_t count, int width, int height)
{
    float x0 = (float)width, y0 = (float)height, x1 = -1, y1 = -1;
    for (size_t i = 0; i < count; i++) {
        x0 = fminf(x0, point[i].x);
        y0 = fminf(y0, point[i].y);
        x1 = fmaxf(x1, point[i].x);
        y1 = fmaxf(y1, point[i].y);
    }
    r->x0 = x0 > 0 ? (int)x0 : 0;
    r->y0 = y0 > 0 ? (int)y0 : 0;
    int end_x = x1 < (float)(width - 1) ? (int)x1 + 1 : width,
        end_y = y1 < (float)(height - 1) ? (int)y1 + 1 : height;
    r->width = end_x > r->x0 ? end_x - r->x0 : 0;
    r->height = end_y > r->y0 ? end_y - r->y0 : 0;
}

/* Corners in 1/16 of a sample: edge functions in integers leave neither gaps nor double hits between
 * neighbours (Pineda 1988; top-left rule). */
enum { SUB = 16 };

typedef struct {
    int64_t value, step_x, step_y;
} Edge;

static Edge edge_make(const int64_t a[2], const int64_t b[2], int64_t x, int64_t y)
{
    int64_t dx = b[0] - a[0], dy = b[1] - a[1];
    bool owns = dy > 0 || (dy == 0 && dx < 0);
    return (Edge){ dx * (y - a[1]) - dy * (x - a[0]) - (owns ? 0 : 1), -dy * SUB, dx * SUB };
}

static int64_t floor_div(int64_t a)
{
    return a >= 0 ? a / SUB : -((-a + SUB - 1) / SUB);
}

static void draw_triangle(Raster *r, uint32_t id, const ScreenPoint *const p[3])
{
    int64_t q[3][2];
    for (int k = 0; k < 3; k++) {
        q[k][0] = lrintf((p[k]->x - (float)r->x0) * SUB);
        q[k][1] = lrintf((p[k]->y - (float)r->y0) * SUB);
    }
    int64_t area = (q[1][0] - q[0][0]) * (q[2][1] - q[0][1]) - (q[1][1] - q[0][1]) * (q[2][0] - q[0][0]);
    if (area >= 0) /* y grows downwards: counter-clockwise in space has a negative area here */
        return;
    int64_t lo[2], hi[2];
    for (int a = 0; a < 2; a++) {
        lo[a] = hi[a] = q[0][a];
        for (int k = 1; k < 3; k++) {
            lo[a] = q[k][a] < lo[a] ? q[k][a] : lo[a];
            hi[a] = q[k][a] > hi[a] ? q[k][a] : hi[a];
        }
        lo[a] = floor_div(lo[a] + SUB - 1);
        hi[a] = floor_div(hi[a]);
    }
    lo[0] = lo[0] > 0 ? lo[0] : 0;
    lo[1] = lo[1] > 0 ? lo[1] : 0;
    hi[0] = hi[0] < r->width - 1 ? hi[0] : r->width - 1;
    hi[1] = hi[1] < r->height - 1 ? hi[1] : r->height - 1;
    if (lo[0] > hi[0] || lo[1] > hi[1])
        return;
    /* Clockwise on the screen: walk 0, 2, 1. */
    Edge e[3] = { edge_make(q[2], q[1], lo[0] * SUB, lo[1] * SUB),
                  edge_make(q[0], q[2], lo[0] * SUB, lo[1] * SUB),
                  edge_make(q[1], q[0], lo[0] * SUB, lo[1] * SUB) };
    float inv = -1.0f / (float)area;
    float n0 = p[0]->near, n1 = p[1]->near - n0, n2 = p[2]->near - n0;
    for (int64_t y = lo[1]; y <= hi[1]; y++) {
        int64_t a = e[0].value, b = e[1].value, c = e[2].value;
        size_t i = (size_t)y * (size_t)r->width + (size_t)lo[0];
        for (int64_t x = lo[0]; x <= hi[0]; x++, i++) {
            if ((a | b | c) >= 0) {
                float near = n0 + ((float)b * n1 + (float)c * n2) * inv;
                if (near > r->near[i]) {
                    r->near[i] = near;
                    r->triangle[i] = id;
                }
            }
            a += e[0].step_x;
            b += e[1].step_x;
            c += e[2].step_x;
        }
        for (int k = 0; k < 3; k++)
            e[k].value += e[k].step_y;
    }
}

bool raster_draw(Raster *r, const Surface *s, const ScreenPoint *point, int width, int height, Err *err)
{
    *r = (Raster){ 0 };
    find_bounds(r, point, s->vertex_count, width, height);
    size_t n = (size_t)r->width * (size_t)r->height; /* sides are below 2^18 */
    r->near = calloc(n + 1, sizeof *r->near);
    r->triangle = malloc((n + 1) * sizeof *r->triangle);
    if (!r->near || !r->triangle)
        return err_set(err, ERR_NOMEM, "no memory for a view of %d x %d samples", r->width, r->height);
    memset(r->triangle, 0xFF, n * sizeof *r->triangle); /* RASTER_EMPTY */
    for (size_t t = 0; t < s->triangle_count; t++) {
        const uint32_t *c = s->triangle[t];
        draw_triangle(r, (uint32_t)t,
                      (const ScreenPoint *const[3]){ &point[c[0]], &point[c[1]], &point[c[2]] });
    }
    return true;
}

void raster_clear(Raster *r)
{
    free(r->near);
    free(r->triangle);
    *r = (Raster){ 0 };
}

void raster_weights(const uint32_t corner[3], const ScreenPoint *point, float x, float y, float weight[3])
{
    const ScreenPoint *a = &point[corner[0]], *b = &point[corner[1]], *c = &point[corner[2]];
    float bx = b->x - a->x, by = b->y - a->y, cx = c->x - a->x, cy = c->y - a->y, px = x - a->x,
          py = y - a->y;
    float area = bx * cy - by * cx;
    float inv = fabsf(area) > 1e-12f ? 1 / area : 0;
    float wb = clamp_float((px * cy - py * cx) * inv, 0, 1),
          wc = clamp_float((bx * py - by * px) * inv, 0, 1 - wb);
    float wa = (1 - wb - wc) * a->near;
    wb *= b->near;
    wc *= c->near;
    float all = 1 / (wa + wb + wc);
    weight[0] = wa * all;
    weight[1] = wb * all;
    weight[2] = wc * all;
}
