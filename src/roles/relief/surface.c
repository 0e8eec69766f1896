#include "roles/relief/surface.h"

#include "roles/relief/inflate.h"
#include "roles/relief/turned.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- pieces ---- */

bool surface_reserve(Surface *s, size_t vertices, size_t triangles, Err *err)
{
    size_t v = s->vertex_count + vertices, t = s->triangle_count + triangles; /* parts are below 2^21 each */
    Vertex *vertex = realloc(s->vertex, v * sizeof *vertex);
    s->vertex = vertex ? vertex : s->vertex;
    uint32_t(*triangle)[3] = realloc(s->triangle, t * sizeof *triangle);
    s->triangle = triangle ? triangle : s->triangle;
    uint8_t *side = realloc(s->side, t);
    s->side = side ? side : s->side;
    if (!vertex || !triangle || !side)
        return err_set(err, ERR_NOMEM, "no memory for a surface of %zu triangles", t);
    s->vertex_room = v;
    s->triangle_room = t;
    return true;
}

uint32_t surface_add_vertex(Surface *s, const Vertex *v)
{
    assert(s->vertex_count < s->vertex_room);
    s->vertex[s->vertex_count] = *v;
    return (uint32_t)s->vertex_count++;
}

void surface_add_triangle(Surface *s, SurfaceSide side, uint32_t a, uint32_t b, uint32_t c)
{
    assert(s->triangle_count < s->triangle_room);
    s->side[s->triangle_count] = (uint8_t)side;
    uint32_t *t = s->triangle[s->triangle_count++];
    t[0] = a;
    t[1] = b;
    t[2] = c;
}

/* ---- plan of a relief ---- */

typedef struct {
    float x, y; /* origin and direction as in Cutout */
    bool contour;
} Point;

/* Points of the outline's inside: the cells, and the crossings of grid lines with the outline. */
typedef struct {
    const Cutout *c;
    const Lathe *l;
    float *u;        /* inflate_cutout() */
    float flattened; /* thickness towards which broad parts grow ever slower; 0: cross-sections are round */
    float wider;     /* factor on the thickness: handles are made wider than they look from the side */
    Point *point;
    size_t count;
    uint32_t *node, *right, *down; /* point of a cell, and of the crossings to its right and below */
} Plan;

enum { NONE = UINT32_MAX };

static void plan_clear(Plan *p)
{
    free(p->u);
    free(p->point);
    free(p->node);
}

static uint32_t plan_add(Plan *p, float column, float row, bool contour)
{
    p->point[p->count] = (Point){ column - p->c->middle_x, p->c->middle_y - row, contour };
    return (uint32_t)p->count++;
}

/* Fraction of the way from cell i to its neighbour j at which alpha passes 1/2. */
static float crossing(const Cutout *c, size_t i, size_t j)
{
    return clamp_float((0.5f - c->alpha[i]) / (c->alpha[j] - c->alpha[i]), 0.02f, 0.98f);
}

static bool plan_init(Plan *p, const Cutout *c, const Lathe *l, Err *err)
{
    size_t n = (size_t)c->width * (size_t)c->height; /* at most (GRID_SIDE + 3)^2 */
    *p = (Plan){ .c = c, .l = l, .wider = l->turned ? 1.35f : 1 };
    /* A stripe's half-width is the radius of a handle's cross-section; a compact thing gets a little more. */
    p->u = inflate_cutout(c, l->turned ? 2.0f : 3.0f);
    p->point = malloc(3 * n * sizeof *p->point);
    p->node = malloc(3 * n * sizeof *p->node);
    if (!p->u || !p->point || !p->node)
        return err_set(err, ERR_NOMEM, "no memory for a relief of %d x %d cells", c->width, c->height);
    p->right = p->node + n;
    p->down = p->right + n;
    memset(p->node, 0xFF, 3 * n * sizeof *p->node); /* NONE */
    for (size_t i = 0; i < n && !l->turned; i++)
        p->flattened = fmaxf(p->flattened, sqrtf(p->u[i]));
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            size_t i = (size_t)y * (size_t)c->width + (size_t)x, w = (size_t)c->width;
            bool in = cutout_inside(c, x, y);
            if (in)
                p->node[i] = plan_add(p, (float)x, (float)y, false);
            if (x + 1 < c->width && in != cutout_inside(c, x + 1, y))
                p->right[i] = plan_add(p, (float)x + crossing(c, i, i + 1), (float)y, true);
            if (y + 1 < c->height && in != cutout_inside(c, x, y + 1))
                p->down[i] = plan_add(p, (float)x, (float)y + crossing(c, i, i + w), true);
        }
    return true;
}

/* ---- vertices ---- */

/* Half the width of the part around a cell from its inflation: u = r^2 - m^2 at m off the middle line of a
 * stripe of half-width r, so |grad u| = 2 m. */
static float part_radius(const Plan *p, const Point *at)
{
    int w = p->c->width, h = p->c->height;
    int x = (int)lrintf(at->x + p->c->middle_x), y = (int)lrintf(p->c->middle_y - at->y);
    x = x < 1 ? 1 : x > w - 2 ? w - 2 : x;
    y = y < 1 ? 1 : y > h - 2 ? h - 2 : y;
    const float *u = p->u + (size_t)y * (size_t)w + (size_t)x;
    float gx = 0.5f * (u[1] - u[-1]), gy = 0.5f * (u[w] - u[-w]);
    return sqrtf(*u + 0.25f * (gx * gx + gy * gy));
}

static Vec3 unproject(const Surface *s, const Point *at, float z)
{
    float k = 1 - z / s->camera;
    return (Vec3){ at->x * k, at->y * k, z };
}

/* Rounded towards the outline and rather flat in the middle, as most things are that are not turned. */
static float flatten(const Plan *p, float thickness)
{
    if (p->flattened <= 0)
        return thickness;
    float rest = 1 - thickness / p->flattened;
    return 0.8f * p->flattened * (1 - rest * sqrtf(fmaxf(rest, 0)));
}

/* Front, then as many of the back; returns the first. */
static uint32_t make_vertices(Surface *s, const Plan *p)
{
    const Cutout *c = p->c;
    uint32_t first = (uint32_t)s->vertex_count;
    for (int back = 0; back < 2; back++)
        for (size_t i = 0; i < p->count; i++) {
            const Point *at = &p->point[i];
            int x = (int)lrintf(at->x + c->middle_x), y = (int)lrintf(c->middle_y - at->y);
            float thickness = 0, mid = lathe_mid(p->l, at->y);
            if (!at->contour)
                thickness = p->wider * flatten(p, sqrtf(p->u[(size_t)y * (size_t)c->width + (size_t)x]));
            Vertex v = { .at = unproject(s, at, back ? mid - thickness : mid + thickness),
                         .texel_x = c->texel_x + at->x * c->texel,
                         .texel_y = c->texel_y - at->y * c->texel,
                         .reach = part_radius(p, at) * c->texel,
                         .band = back || at->contour ? 0 : 1 + y };
            surface_add_vertex(s, &v);
        }
    return first;
}

/* ---- triangles ---- */

typedef struct {
    uint32_t corner[8];
    int count;
} Polygon;

/* The inside part of the square between four cells, clockwise on the photo (marching squares; Lorensen and
 * Cline 1987). Where opposite corners are inside they are taken to be connected. */
static Polygon cell_polygon(const Plan *p, int x, int y)
{
    size_t w = (size_t)p->c->width, i = (size_t)y * w + (size_t)x;
    const uint32_t node[4] = { p->node[i], p->node[i + 1], p->node[i + w + 1], p->node[i + w] };
    const uint32_t cross[4] = { p->right[i], p->down[i + 1], p->right[i + w], p->down[i] };
    Polygon g = { .count = 0 };
    for (int k = 0; k < 4; k++) {
        if (node[k] != NONE)
            g.corner[g.count++] = node[k];
        if (cross[k] != NONE)
            g.corner[g.count++] = cross[k];
    }
    return g;
}

static void make_triangles(Surface *s, const Plan *p, uint32_t first)
{
    uint32_t n = (uint32_t)p->count;
    for (int y = 0; y + 1 < p->c->height; y++)
        for (int x = 0; x + 1 < p->c->width; x++) {
            Polygon g = cell_polygon(p, x, y);
            for (int k = 2; k < g.count; k++) {
                uint32_t a = first + g.corner[0], b = first + g.corner[k - 1], c = first + g.corner[k];
                surface_add_triangle(s, SIDE_FRONT, a, c, b);
                surface_add_triangle(s, SIDE_BACK, a + n, b + n, c + n);
            }
        }
}

/* ---- normals ---- */

/* Mean of the triangles around a vertex by area; on the outline, where they meet, front and back share it. */
static void make_normals(Surface *s, const Plan *p, uint32_t first_vertex, size_t first_triangle)
{
    for (size_t t = first_triangle; t < s->triangle_count; t++) {
        Vertex *v[3];
        for (int k = 0; k < 3; k++)
            v[k] = &s->vertex[s->triangle[t][k]];
        Vec3 n = vec3_cross(vec3_sub(v[1]->at, v[0]->at), vec3_sub(v[2]->at, v[0]->at));
        for (int k = 0; k < 3; k++)
            v[k]->normal = vec3_add(v[k]->normal, n);
    }
    for (size_t i = 0; i < p->count; i++) {
        Vertex *front = &s->vertex[first_vertex + i], *back = front + p->count;
        if (p->point[i].contour)
            front->normal = back->normal = vec3_add(front->normal, back->normal);
        front->normal = vec3_unit(front->normal);
        back->normal = vec3_unit(back->normal);
    }
}

static bool add_relief(Surface *s, const Cutout *c, const Lathe *l, Err *err)
{
    Plan p;
    bool ok = plan_init(&p, c, l, err);
    size_t triangles = 0;
    for (int y = 0; ok && y + 1 < c->height; y++)
        for (int x = 0; x + 1 < c->width; x++) {
            int corners = cell_polygon(&p, x, y).count;
            triangles += corners > 2 ? 2 * (size_t)(corners - 2) : 0;
        }
    ok = ok && surface_reserve(s, 2 * p.count + 1, triangles + 1, err);
    if (ok) {
        size_t first_triangle = s->triangle_count;
        uint32_t first_vertex = make_vertices(s, &p);
        make_triangles(s, &p, first_vertex);
        make_normals(s, &p, first_vertex, first_triangle);
    }
    plan_clear(&p);
    return ok;
}

/* ---- a body and what is beside it ---- */

/* How far from the axis a cell must be, in the body's row, to be a part of something else. */
static float beyond_body(const Lathe *l, int y)
{
    return l->outline_radius[y] > 0 ? l->outline_radius[y] * 1.04f + 2 : -1;
}

static float axis_column(const Cutout *c, const Lathe *l, int y)
{
    return c->middle_x + l->outline_centre[y];
}

/* Leave what is beside the body, as far as it stands out. */
static void keep_beside(float *alpha, const Cutout *c, const Lathe *l)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            size_t i = (size_t)y * (size_t)c->width + (size_t)x;
            alpha[i] = fabsf((float)x - axis_column(c, l, y)) > beyond_body(l, y) ? c->alpha[i] : 0;
        }
}

/* Give handles roots that reach into the body, `rows` further up and down than they are wide there. */
static void add_roots(float *alpha, const Cutout *c, const Lathe *l, uint8_t *rooted, int rows)
{
    for (int side = -1; side <= 1; side += 2) {
        memset(rooted, 0, (size_t)c->height);
        for (int y = 0; y < c->height; y++) {
            int x = (int)lrintf(axis_column(c, l, y) + (float)side * beyond_body(l, y)) + side;
            if (l->outline_radius[y] <= 0 || x < 1 || x >= c->width - 1)
                continue;
            size_t i = (size_t)y * (size_t)c->width + (size_t)x;
            if (alpha[i] < 0.5f || c->alpha[i - (size_t)side] < 0.5f)
                continue;
            for (int k = y > rows ? y - rows : 0; k <= y + rows && k < c->height; k++)
                rooted[k] = 1;
        }
        for (int y = 0; y < c->height; y++) {
            float centre = axis_column(c, l, y), inner = 0.7f * l->outline_radius[y] - 4;
            for (int x = 1; x < c->width - 1 && rooted[y] && l->outline_radius[y] > 0; x++) {
                float off = ((float)x - centre) * (float)side;
                if (off > inner && off <= beyond_body(l, y) + 1)
                    alpha[(size_t)y * (size_t)c->width + (size_t)x] =
                        c->alpha[(size_t)y * (size_t)c->width + (size_t)x];
            }
        }
    }
}

static bool add_handles(Surface *s, const Cutout *c, const Lathe *l, Err *err)
{
    size_t cells = (size_t)c->width * (size_t)c->height, solid = 0, left = 0;
    Cutout part = *c; /* the colours stay borrowed */
    part.alpha = calloc(cells, sizeof *part.alpha);
    uint8_t *rooted = malloc((size_t)c->height);
    bool ok = part.alpha && rooted;
    if (!ok)
        err_set(err, ERR_NOMEM, "no memory for a grid of %zu cells", cells);
    if (ok)
        keep_beside(part.alpha, c, l);
    for (size_t i = 0; i < cells; i++)
        solid += c->alpha[i] >= 0.5f;
    ok = ok && cutout_clean(&part, 2, solid / 200 + 1, err);
    for (size_t i = 0; ok && i < cells; i++)
        left += part.alpha[i] >= 0.5f;
    if (ok && left) {
        add_roots(part.alpha, c, l, rooted, c->height / 60);
        ok = add_relief(s, &part, l, err);
    }
    free(part.alpha);
    free(rooted);
    return ok;
}

bool surface_init(Surface *s, const Cutout *c, const Lathe *l, const Well *w, Err *err)
{
    *s = (Surface){ .camera = l->camera, .tilt = l->tilt };
    if (!l->turned)
        return add_relief(s, c, l, err);
    return turned_add(s, c, l, w, err) && add_handles(s, c, l, err);
}

void surface_clear(Surface *s)
{
    free(s->vertex);
    free(s->triangle);
    free(s->side);
    *s = (Surface){ 0 };
}
