#include "roles/relief/surface.h"

#include "roles/relief/inflate.h"

#include <stdlib.h>
#include <string.h>

/* Front and back closer than this, in cells, meet in a rounded edge; further apart a wall with edges of its
 * own closes them. */
static const float WALL_MIN = 1.5f;

typedef struct {
    float x, y; /* origin and direction as in Cutout */
    bool contour;
} Point;

/* Points of the outline's inside: the cells, and the crossings of grid lines with the outline. */
typedef struct {
    const Cutout *c;
    const Lathe *l;
    float *u; /* inflate_cutout() */
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
    return clampf((0.5f - c->alpha[i]) / (c->alpha[j] - c->alpha[i]), 0.02f, 0.98f);
}

static bool plan_init(Plan *p, const Cutout *c, const Lathe *l, Err *err)
{
    size_t n = (size_t)c->width * (size_t)c->height; /* at most (GRID_SIDE + 3)^2 */
    *p = (Plan){ .c = c, .l = l };
    /* A stripe's half-width is the radius of its cross-section; a compact thing gets a little more than that.
     */
    p->u = inflate_cutout(c, l->trust > 0.5f ? 2.0f : 3.0f);
    p->point = malloc(3 * n * sizeof *p->point);
    p->node = malloc(3 * n * sizeof *p->node);
    if (!p->u || !p->point || !p->node)
        return err_set(err, ERR_NOMEM, "no memory for a relief of %d x %d cells", c->width, c->height);
    p->right = p->node + n;
    p->down = p->right + n;
    memset(p->node, 0xFF, 3 * n * sizeof *p->node); /* NONE */
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

static void make_vertices(Surface *s, const Plan *p)
{
    const Cutout *c = p->c;
    for (size_t i = 0; i < p->count; i++) {
        const Point *at = &p->point[i];
        float thickness = 0;
        if (!at->contour) {
            int x = (int)lrintf(at->x + c->middle_x), y = (int)lrintf(c->middle_y - at->y);
            thickness = sqrtf(p->u[(size_t)y * (size_t)c->width + (size_t)x]);
        }
        LatheHit hit = lathe_hit(p->l, c, at->x, at->y, thickness);
        float radius = hit.body ? lathe_radius(p->l, c, at->y) : part_radius(p, at);
        Vertex v = { .texel_x = c->texel_x + at->x * c->texel,
                     .texel_y = c->texel_y - at->y * c->texel,
                     .reach = radius * c->texel };
        v.at = unproject(s, at, hit.back);
        s->vertex[i + p->count] = v;
        v.at = unproject(s, at, hit.front);
        v.lid = hit.lid ? 1 : 0;
        s->vertex[i] = v;
    }
    s->front_count = p->count;
    s->vertex_count = 2 * p->count;
}

/* ---- triangles ---- */

typedef struct {
    uint32_t corner[8];
    int count;
    uint32_t edge[2][2]; /* pieces of the outline, the object at their right */
    int edges;
} Polygon;

/* The inside part of the square between four cells, clockwise on the photo (marching squares; Lorensen and
 * Cline 1987). Where opposite corners are inside they are taken to be connected. */
static Polygon cell_polygon(const Plan *p, int x, int y)
{
    size_t w = (size_t)p->c->width, i = (size_t)y * w + (size_t)x;
    const uint32_t node[4] = { p->node[i], p->node[i + 1], p->node[i + w + 1], p->node[i + w] };
    const uint32_t cross[4] = { p->right[i], p->down[i + 1], p->right[i + w], p->down[i] };
    Polygon g = { .count = 0 };
    uint32_t left = NONE, first_entered = NONE;
    for (int k = 0; k < 4; k++) {
        if (node[k] != NONE)
            g.corner[g.count++] = node[k];
        if (cross[k] == NONE)
            continue;
        g.corner[g.count++] = cross[k];
        if (node[k] != NONE) {
            left = cross[k];
        } else if (left != NONE) {
            g.edge[g.edges][0] = left;
            g.edge[g.edges++][1] = cross[k];
            left = NONE;
        } else {
            first_entered = cross[k];
        }
    }
    if (left != NONE) {
        g.edge[g.edges][0] = left;
        g.edge[g.edges++][1] = first_entered;
    }
    return g;
}

static bool has_wall(const Surface *s, const Plan *p, const uint32_t edge[2])
{
    float gap = 0;
    for (int k = 0; k < 2; k++)
        gap = fmaxf(gap, s->vertex[edge[k]].at.z - s->vertex[edge[k] + p->count].at.z);
    return gap > WALL_MIN;
}

static void add_triangle(Surface *s, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t *t = s->triangle[s->triangle_count++];
    t[0] = a;
    t[1] = b;
    t[2] = c;
}

/* Close front and back along one piece of the outline, with vertices of their own for a sharp edge. */
static void add_wall(Surface *s, const Plan *p, const uint32_t edge[2])
{
    uint32_t base = (uint32_t)s->vertex_count, back = (uint32_t)p->count;
    const uint32_t from[4] = { edge[0], edge[1], edge[1] + back, edge[0] + back };
    for (int k = 0; k < 4; k++)
        s->vertex[s->vertex_count++] = s->vertex[from[k]];
    add_triangle(s, base, base + 1, base + 2);
    add_triangle(s, base, base + 2, base + 3);
}

/* Front and back meet: one strip that shares their vertices. */
static void add_seam(Surface *s, const Plan *p, const uint32_t edge[2])
{
    uint32_t back = (uint32_t)p->count;
    add_triangle(s, edge[0], edge[1], edge[1] + back);
    add_triangle(s, edge[0], edge[1] + back, edge[0] + back);
}

static void make_triangles(Surface *s, const Plan *p)
{
    for (int pass = 0; pass < 3; pass++) {
        if (pass == 1)
            s->back_start = s->triangle_count;
        if (pass == 2)
            s->wall_start = s->triangle_count;
        for (int y = 0; y + 1 < p->c->height; y++)
            for (int x = 0; x + 1 < p->c->width; x++) {
                Polygon g = cell_polygon(p, x, y);
                for (int k = 2; pass < 2 && k < g.count; k++) {
                    uint32_t a = g.corner[0], b = g.corner[k - 1], c = g.corner[k], n = (uint32_t)p->count;
                    if (pass == 0)
                        add_triangle(s, a, c, b);
                    else
                        add_triangle(s, a + n, b + n, c + n);
                }
                for (int k = 0; pass == 2 && k < g.edges; k++) {
                    if (has_wall(s, p, g.edge[k]))
                        add_wall(s, p, g.edge[k]);
                    else
                        add_seam(s, p, g.edge[k]);
                }
            }
    }
}

/* Room for every triangle and for the walls' own vertices. */
static bool reserve(Surface *s, const Plan *p, Err *err)
{
    size_t triangles = 0, edges = 0;
    for (int y = 0; y + 1 < p->c->height; y++)
        for (int x = 0; x + 1 < p->c->width; x++) {
            Polygon g = cell_polygon(p, x, y);
            triangles += g.count > 2 ? 2 * (size_t)(g.count - 2) : 0;
            edges += (size_t)g.edges;
        }
    s->vertex = malloc((2 * p->count + 4 * edges) * sizeof *s->vertex);
    s->triangle = malloc((triangles + 2 * edges) * sizeof *s->triangle);
    if (!s->vertex || !s->triangle)
        return err_set(err, ERR_NOMEM, "no memory for a surface of %zu triangles", triangles);
    return true;
}

/* ---- normals ---- */

/* Mean of the triangles around a vertex by area; on a rounded edge front and back share it. */
static void make_normals(Surface *s, const Plan *p)
{
    for (size_t t = 0; t < s->triangle_count; t++) {
        Vertex *v[3];
        for (int k = 0; k < 3; k++)
            v[k] = &s->vertex[s->triangle[t][k]];
        Vec3 n = vec3_cross(vec3_sub(v[1]->at, v[0]->at), vec3_sub(v[2]->at, v[0]->at));
        for (int k = 0; k < 3; k++)
            v[k]->normal = vec3_add(v[k]->normal, n);
    }
    for (size_t i = 0; i < p->count; i++) {
        Vertex *front = &s->vertex[i], *back = &s->vertex[i + p->count];
        if (p->point[i].contour && front->at.z - back->at.z <= WALL_MIN)
            front->normal = back->normal = vec3_add(front->normal, back->normal);
    }
    for (size_t i = 0; i < s->vertex_count; i++)
        s->vertex[i].normal = vec3_unit(s->vertex[i].normal);
}

bool surface_init(Surface *s, const Cutout *c, const Lathe *l, Err *err)
{
    *s = (Surface){ .camera = l->camera, .tilt = l->tilt };
    Plan p;
    bool ok = plan_init(&p, c, l, err) && reserve(s, &p, err);
    if (ok) {
        make_vertices(s, &p);
        make_triangles(s, &p);
        make_normals(s, &p);
    }
    plan_clear(&p);
    return ok;
}

void surface_clear(Surface *s)
{
    free(s->vertex);
    free(s->triangle);
    *s = (Surface){ 0 };
}
