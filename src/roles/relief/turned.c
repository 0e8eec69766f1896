#include "roles/relief/turned.h"

enum {
    RIM_STEPS = 8,
    SEGMENTS = 240, /* around; their edges are off a circle by less than a tenth of a pixel at 1024 */
};

static const float PI = 3.14159265f;

/* ---- sections ---- */

/* Radius of a box's edges; less when it is flat. */
static float box_round(const Lathe *l)
{
    return fminf(0.06f, 0.5f * l->depth);
}

typedef struct {
    float x, z;           /* of straight sides, half of each */
    float round, quarter; /* radius and length of a corner */
} Box;

static Box box_of(const Lathe *l)
{
    float round = box_round(l);
    return (Box){ 1 - round, l->depth - round, round, 0.5f * PI * round };
}

float turned_circumference(const Lathe *l)
{
    if (!l->square)
        return 2 * PI;
    Box b = box_of(l);
    return 4 * (b.x + b.z + b.quarter);
}

/* A point of the outline of sections, for a radius of 1: `turn` goes around once from 0 at the far side over
 * 1/2 in front to 1, growing to the right in front, at even speed. */
typedef struct {
    float x, z;               /* to the right and to the photo's side */
    float normal_x, normal_z; /* of length 1 */
} SectionPoint;

/* A quarter of a box from the middle of a face at (0, z) to the middle of its side at (x, 0). */
static SectionPoint box_quarter(Box b, float way)
{
    if (way < b.x)
        return (SectionPoint){ way, b.z + b.round, 0, 1 };
    way -= b.x;
    if (way < b.quarter) {
        float a = way / b.round, s = sinf(a), c = cosf(a);
        return (SectionPoint){ b.x + b.round * s, b.z + b.round * c, s, c };
    }
    return (SectionPoint){ b.x + b.round, fmaxf(b.z - (way - b.quarter), 0), 1, 0 };
}

static SectionPoint section_at(const Lathe *l, float turn)
{
    if (!l->square) {
        float a = (turn - 0.5f) * 2 * PI, s = sinf(a), c = cosf(a);
        return (SectionPoint){ s, c, s, c };
    }
    float way = (turn - 0.5f) * 4; /* in quarters, -2 to 2 */
    bool left = way < 0;
    way = fabsf(way);
    bool far = way > 1;
    float quarter = 0.25f * turned_circumference(l);
    SectionPoint p = box_quarter(box_of(l), (far ? 2 - way : way) * quarter);
    if (left) {
        p.x = -p.x;
        p.normal_x = -p.normal_x;
    }
    if (far) {
        p.z = -p.z;
        p.normal_z = -p.normal_z;
    }
    return p;
}

void turned_point(const Lathe *l, float turn, float height, Vec3 *at, Vec3 *normal)
{
    LatheRing ring = lathe_ring(l, height);
    SectionPoint p = section_at(l, turn);
    *at = lathe_to_photo(l, (Vec3){ ring.centre + ring.radius * p.x, height, ring.radius * p.z });
    *normal = lathe_to_photo(l, vec3_unit((Vec3){ p.normal_x, -ring.slope, p.normal_z }));
}

/* ---- loops and the strips between them ---- */

typedef struct {
    Surface *s;
    const Cutout *c;
    const Lathe *l;
} Maker;

static Vertex vertex_at(const Maker *m, float turn, Vec3 at, Vec3 normal, int band)
{
    float k = m->c->texel / (1 - at.z / m->l->camera);
    Vec3 to_camera = vec3_unit((Vec3){ -at.x, -at.y, m->l->camera - at.z });
    return (Vertex){ .at = at,
                     .normal = normal,
                     .texel_x = m->c->texel_x + at.x * k,
                     .texel_y = m->c->texel_y - at.y * k,
                     .turn = turn,
                     .band = vec3_dot(normal, to_camera) > 0.2f ? band : 0 };
}

/* A closed line of SEGMENTS + 1 vertices, the last at the place of the first; returns the first. */
static uint32_t body_loop(const Maker *m, float height, int band)
{
    uint32_t first = (uint32_t)m->s->vertex_count;
    for (int i = 0; i <= SEGMENTS; i++) {
        float turn = (float)i / SEGMENTS;
        Vec3 at, normal;
        turned_point(m->l, turn, height, &at, &normal);
        Vertex v = vertex_at(m, turn, at, normal, band);
        surface_add_vertex(m->s, &v);
    }
    return first;
}

/* Normals are `out` along the section's and `up` along the axis. */
static uint32_t end_loop(const Maker *m, float height, float radius, float out, float up)
{
    uint32_t first = (uint32_t)m->s->vertex_count;
    float centre = lathe_ring(m->l, height).centre;
    for (int i = 0; i <= SEGMENTS; i++) {
        float turn = (float)i / SEGMENTS;
        SectionPoint p = section_at(m->l, turn);
        Vec3 at = lathe_to_photo(m->l, (Vec3){ centre + radius * p.x, height, radius * p.z });
        Vec3 normal = lathe_to_photo(m->l, (Vec3){ out * p.normal_x, up, out * p.normal_z });
        Vertex v = vertex_at(m, turn, at, normal, 0);
        surface_add_vertex(m->s, &v);
    }
    return first;
}

/* It faces away from the axis where `upper` is the upper loop. */
static void strip(const Maker *m, SurfaceSide side, uint32_t upper, uint32_t lower)
{
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        surface_add_triangle(m->s, side, upper + i, lower + i, lower + i + 1);
        surface_add_triangle(m->s, side, upper + i, lower + i + 1, upper + i + 1);
    }
}

/* Rim, wall and floor, from the outside inwards. */
static void make_opening(const Maker *m, const Well *w)
{
    float upper = m->l->upper, floor_at = upper - w->depth, outer = m->l->ring[0].radius;
    float middle = 0.5f * (outer + w->radius), half = 0.5f * (outer - w->radius);
    uint32_t last = 0;
    for (int i = 0; i <= RIM_STEPS; i++) {
        float a = PI * (float)i / RIM_STEPS, out = cosf(a), up = sinf(a);
        bool flat = w->round < 0.5f;
        uint32_t loop =
            end_loop(m, upper + w->round * up, middle + half * out, flat ? 0 : out, flat ? 1 : up);
        if (i)
            strip(m, SIDE_LID, loop, last);
        last = loop;
    }
    uint32_t wall = end_loop(m, upper, w->radius, -1, 0);
    strip(m, SIDE_LID, end_loop(m, floor_at, w->radius, -1, 0), wall);
    uint32_t edge = end_loop(m, floor_at, w->radius, 0, 1);
    strip(m, SIDE_LID, end_loop(m, floor_at, 0, 0, 1), edge);
}

bool turned_add(Surface *s, const Cutout *c, const Lathe *l, const Well *w, Err *err)
{
    const size_t loops = l->ring_count + RIM_STEPS + 10;
    if (!surface_reserve(s, loops * (SEGMENTS + 1), loops * 2 * SEGMENTS, err))
        return false;
    Maker m = { s, c, l };
    float step = (l->upper - l->lower) / (float)(l->ring_count - 1);
    uint32_t above = body_loop(&m, l->upper, 1);
    for (size_t i = 1; i < l->ring_count; i++) {
        uint32_t below = body_loop(&m, l->upper - step * (float)i, 1 + (int)i);
        strip(&m, SIDE_BODY, above, below);
        above = below;
    }
    if (w->open) {
        make_opening(&m, w);
    } else {
        uint32_t edge = end_loop(&m, l->upper, l->ring[0].radius, 0, 1);
        strip(&m, l->arc > 0 ? SIDE_LID : SIDE_CAP, end_loop(&m, l->upper, 0, 0, 1), edge);
    }
    uint32_t edge = end_loop(&m, l->lower, l->ring[l->ring_count - 1].radius, 0, -1);
    strip(&m, SIDE_CAP, edge, end_loop(&m, l->lower, 0, 0, -1));
    return true;
}
