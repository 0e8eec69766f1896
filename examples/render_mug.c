/* render_mug.c: draws the example object, a ceramic mug, as a photograph or from any side.
 *
 * The mug is a signed distance field that rays walk through (sphere tracing, Hart 1996). One unit is the
 * mug's height; y is up, the label looks along +z, the handle along +x, the desk is the plane y = 0. */
#include "base/file.h"
#include "base/pool.h"

#include <math.h>
#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- vectors and noise ------------------------------------------------------------------------- */

typedef struct {
    float x, y, z;
} Vec3;

static const float PI = 3.14159265f;

static inline Vec3 vec3(float x, float y, float z)
{
    return (Vec3){ x, y, z };
}
static inline Vec3 add(Vec3 a, Vec3 b)
{
    return vec3(a.x + b.x, a.y + b.y, a.z + b.z);
}
static inline Vec3 scale(Vec3 a, float s)
{
    return vec3(a.x * s, a.y * s, a.z * s);
}
static inline Vec3 mul(Vec3 a, Vec3 b)
{
    return vec3(a.x * b.x, a.y * b.y, a.z * b.z);
}
static inline float dot(Vec3 a, Vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline Vec3 cross(Vec3 a, Vec3 b)
{
    return vec3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
static inline Vec3 unit(Vec3 a)
{
    return scale(a, 1.0f / sqrtf(dot(a, a)));
}
static inline Vec3 mix(Vec3 a, Vec3 b, float t)
{
    return add(scale(a, 1 - t), scale(b, t));
}
static inline Vec3 reflect(Vec3 d, Vec3 n)
{
    return add(d, scale(n, -2 * dot(d, n)));
}
/* The point at distance t along a ray. */
static inline Vec3 along(Vec3 from, Vec3 dir, float t)
{
    return add(from, scale(dir, t));
}
static inline float clamp01(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}
static inline float smooth(float lo, float hi, float x)
{
    float t = clamp01((x - lo) / (hi - lo));
    return t * t * (3 - 2 * t);
}
/* 1 inside (d < 0), 0 outside, over an edge `soft` wide. */
static inline float cover(float d, float soft)
{
    return 1 - smooth(-soft, soft, d);
}

/* A number in [0, 1) from a lattice point: integer mixing, the same on every machine. */
static float lattice(int x, int y, int z)
{
    uint32_t h = (uint32_t)x * 0x8DA6B343u ^ (uint32_t)y * 0xD8163841u ^ (uint32_t)z * 0xCB1AB31Fu;
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return (float)((h ^ (h >> 15)) >> 8) * 0x1p-24f;
}

/* Value noise in [0, 1], smooth between lattice points. */
static float noise(Vec3 p)
{
    float fx = floorf(p.x), fy = floorf(p.y), fz = floorf(p.z);
    int x = (int)fx, y = (int)fy, z = (int)fz;
    float u = smooth(0, 1, p.x - fx), v = smooth(0, 1, p.y - fy), w = smooth(0, 1, p.z - fz);
    float plane[2];
    for (int k = 0; k < 2; k++) {
        float a = lattice(x, y, z + k), b = lattice(x + 1, y, z + k);
        float c = lattice(x, y + 1, z + k), d = lattice(x + 1, y + 1, z + k);
        float low = a + (b - a) * u, high = c + (d - c) * u;
        plane[k] = low + (high - low) * v;
    }
    return plane[0] + (plane[1] - plane[0]) * w;
}

/* Sum of octaves, in [0, 1]. */
static float fractal(Vec3 p, int octaves)
{
    float sum = 0, weight = 0.5f, total = 0;
    for (int i = 0; i < octaves; i++, weight *= 0.5f) {
        sum += weight * noise(p);
        total += weight;
        p = add(scale(p, 2.03f), vec3(17.3f, 9.1f, 5.7f));
    }
    return sum / total;
}

/* Round dots of random size, at most one a cell and on `share` of the cells; 1 in a dot's middle. */
static float speckle(Vec3 p, float share)
{
    int x = (int)floorf(p.x), y = (int)floorf(p.y), z = (int)floorf(p.z);
    if (lattice(x, y, z) > share)
        return 0;
    Vec3 centre =
        vec3((float)x + 0.3f + 0.4f * lattice(x + 71, y, z), (float)y + 0.3f + 0.4f * lattice(x, y + 71, z),
             (float)z + 0.3f + 0.4f * lattice(x, y, z + 71));
    float radius = 0.10f + 0.20f * lattice(x + 5, y + 7, z + 11);
    Vec3 d = add(p, scale(centre, -1));
    return cover(sqrtf(dot(d, d)) - radius, 0.08f);
}

/* --- the mug's shape --------------------------------------------------------------------------- */

static const float RADIUS = 0.42f; /* outside */
static const float WALL = 0.044f;  /* thickness */
static const float RIM_Y = 0.978f; /* centre of the rim's round */
static const float COFFEE_Y = 0.845f;

/* Distance to an axis-aligned rectangle around the origin with corners rounded by `round`. */
static float rounded_box(float x, float y, float half_w, float half_h, float round)
{
    float qx = fabsf(x) - half_w + round, qy = fabsf(y) - half_h + round;
    float ox = fmaxf(qx, 0), oy = fmaxf(qy, 0);
    return sqrtf(ox * ox + oy * oy) + fminf(fmaxf(qx, qy), 0) - round;
}

/* Union of two distances with a fillet about k wide (quadratic polynomial). */
static float blend(float a, float b, float k)
{
    float h = fmaxf(k - fabsf(a - b), 0) / k;
    return fminf(a, b) - h * h * k * 0.25f;
}

static float handle_distance(Vec3 p)
{
    /* A band that runs along the outline of a rounded rectangle; the half inside the mug is cut away later.
     */
    float lean = 0.10f * (p.y - 0.5f); /* the upper bow reaches further out than the lower */
    float ring = rounded_box(p.x - 0.40f - lean, p.y - 0.525f, 0.285f, 0.275f, 0.235f);
    float wide = fmaxf(fabsf(p.z) - 0.028f, 0);
    return sqrtf(ring * ring + wide * wide) - 0.041f;
}

/* Signed distance to the mug; *coffee says whether the drink is what is nearest. */
static float mug_distance(Vec3 p, bool *coffee)
{
    float r = sqrtf(p.x * p.x + p.z * p.z);
    float belly = 0.018f * (1 - 4 * (p.y - 0.5f) * (p.y - 0.5f)); /* widest at half height */
    float rb = r - belly;
    float outer = rounded_box(rb, p.y - 1.02f, RADIUS, 1.0f, 0.075f);
    float inner = rounded_box(rb, p.y - 1.07f, RADIUS - WALL, 1.0f, 0.11f);
    float foot = rounded_box(r, p.y - 0.02f, 0.345f, 0.02f, 0.008f);

    float solid = fmaxf(blend(outer, handle_distance(p), 0.075f), -inner);
    solid = fmaxf(blend(solid, foot, 0.02f), p.y - RIM_Y);
    float dr = rb - RADIUS + WALL * 0.5f, dy = p.y - RIM_Y;
    solid = fminf(solid, sqrtf(dr * dr + dy * dy) - WALL * 0.5f);

    float drink = fmaxf(inner - 0.004f, p.y - COFFEE_Y);
    *coffee = drink < solid;
    return fminf(solid, drink);
}

static float distance_only(Vec3 p)
{
    bool coffee;
    return mug_distance(p, &coffee);
}

static Vec3 mug_normal(Vec3 p)
{
    static const float E = 6e-4f;
    return unit(vec3(distance_only(vec3(p.x + E, p.y, p.z)) - distance_only(vec3(p.x - E, p.y, p.z)),
                     distance_only(vec3(p.x, p.y + E, p.z)) - distance_only(vec3(p.x, p.y - E, p.z)),
                     distance_only(vec3(p.x, p.y, p.z + E)) - distance_only(vec3(p.x, p.y, p.z - E))));
}

/* Where a ray is inside the box that holds the mug, grown by `margin`. */
static bool mug_bounds(Vec3 from, Vec3 dir, float margin, float *enter, float *leave)
{
    const float o[3] = { from.x, from.y, from.z }, d[3] = { dir.x, dir.y, dir.z };
    const float lo[3] = { -0.46f, 0, -0.46f }, hi[3] = { 0.80f, 1.01f, 0.46f };
    *enter = 0;
    *leave = 1e9f;
    for (int i = 0; i < 3; i++) {
        float inv = 1.0f / (fabsf(d[i]) < 1e-9f ? 1e-9f : d[i]);
        float a = (lo[i] - margin - o[i]) * inv, b = (hi[i] + margin - o[i]) * inv;
        *enter = fmaxf(*enter, fminf(a, b));
        *leave = fminf(*leave, fmaxf(a, b));
    }
    return *enter < *leave;
}

static bool mug_hit(Vec3 from, Vec3 dir, float *t_hit)
{
    float t, end;
    if (!mug_bounds(from, dir, 0.01f, &t, &end))
        return false;
    for (int i = 0; i < 200 && t < end; i++) {
        float d = distance_only(along(from, dir, t));
        if (d < 2e-4f) {
            *t_hit = t;
            return true;
        }
        t += d * 0.9f; /* belly and lean make the field steeper than 1 by less than that */
    }
    return false;
}

/* How much of a light `spread` wide (tangent of its half angle) is seen from a point: the narrowest gap
 * along the way measures the penumbra. */
static float light_seen(Vec3 from, Vec3 dir, float spread)
{
    float t, end, seen = 1;
    if (!mug_bounds(from, dir, 0.25f, &t, &end))
        return 1;
    t = fmaxf(t, 0.012f);
    for (int i = 0; i < 64 && t < end; i++) {
        float d = distance_only(along(from, dir, t));
        seen = fminf(seen, 0.5f + 0.5f * d / (spread * t));
        if (seen <= 0)
            return 0;
        t += fmaxf(fabsf(d) * 0.8f, 0.006f);
    }
    return smooth(0, 1, seen);
}

/* Ambient occlusion: how much nearer the mug is than an open half space would have it. */
static float openness(Vec3 p, Vec3 n, float reach)
{
    float sum = 0, weight = 1, total = 0;
    for (int i = 1; i <= 6; i++, weight *= 0.8f) {
        float h = reach * (float)(i * i) / 36;
        sum += weight * clamp01(distance_only(along(p, n, h)) / h);
        total += weight;
    }
    return sum / total;
}

/* --- the label --------------------------------------------------------------------------------- */

/* Strokes of block letters on a grid 2 wide and 4 high: x0 y0 x1 y1 each, at most four. */
typedef struct {
    char letter;
    int strokes;
    signed char line[4][4];
} Glyph;

static const Glyph GLYPHS[] = {
    { 'A', 4, { { 0, 0, 0, 3 }, { 0, 3, 1, 4 }, { 1, 4, 2, 3 }, { 2, 0, 2, 3 } } },
    { 'C', 3, { { 2, 4, 0, 4 }, { 0, 4, 0, 0 }, { 0, 0, 2, 0 } } },
    { 'E', 4, { { 2, 4, 0, 4 }, { 0, 4, 0, 0 }, { 0, 0, 2, 0 }, { 0, 2, 2, 2 } } },
    { 'F', 3, { { 2, 4, 0, 4 }, { 0, 4, 0, 0 }, { 0, 2, 2, 2 } } },
    { 'O', 4, { { 0, 0, 0, 4 }, { 0, 4, 2, 4 }, { 2, 4, 2, 0 }, { 2, 0, 0, 0 } } },
    { 'T', 2, { { 0, 4, 2, 4 }, { 1, 4, 1, 0 } } },
    { '-', 1, { { 0, 2, 2, 2 } } },
};

static float segment_distance(float x, float y, const signed char line[4])
{
    float dx = (float)(line[2] - line[0]), dy = (float)(line[3] - line[1]);
    float px = x - (float)line[0], py = y - (float)line[1];
    float t = clamp01((px * dx + py * dy) / (dx * dx + dy * dy));
    px -= t * dx;
    py -= t * dy;
    return sqrtf(px * px + py * py);
}

/* Ink of a line of text centred at (0, 0), letters `height` high; u to the right, v up. */
static float text_ink(const char *text, float u, float v, float height, float bold)
{
    float unit_size = height / 4, advance = 3.4f;
    float x = u / unit_size + ((float)strlen(text) * advance - (advance - 2)) * 0.5f;
    float y = v / unit_size + 2;
    int slot = (int)floorf((x + (advance - 2) * 0.5f) / advance);
    if (slot < 0 || slot >= (int)strlen(text))
        return 0;
    float d = 9;
    for (size_t g = 0; g < sizeof GLYPHS / sizeof *GLYPHS; g++)
        for (int s = 0; GLYPHS[g].letter == text[slot] && s < GLYPHS[g].strokes; s++)
            d = fminf(d, segment_distance(x - (float)slot * advance, y, GLYPHS[g].line[s]));
    return cover(d - bold, 0.10f);
}

static float mountain(float u, float v, float peak_u, float peak_v, float slope)
{
    float ridge = peak_v - slope * fabsf(u - peak_u) + 0.008f * (noise(vec3(u * 60, peak_u * 90, 3)) - 0.5f);
    return cover(v - ridge, 0.0018f);
}

/* Colour of the label at (u, v) from its middle, in units along the glaze. */
static Vec3 label_colour(float u, float v)
{
    const Vec3 ink = { 0.022f, 0.045f, 0.075f }, far_blue = { 0.16f, 0.27f, 0.34f };
    const Vec3 orange = { 0.80f, 0.22f, 0.035f }, snow = { 0.80f, 0.80f, 0.76f };
    float fibre = fractal(vec3(u * 90, v * 160, 1), 3);
    Vec3 c = scale(vec3(0.80f, 0.735f, 0.60f), 0.90f + 0.16f * fibre);

    /* The emblem: a sun behind two mountains, in a round frame with a flat base. */
    float eu = u, ev = v - 0.058f, er = sqrtf(eu * eu + ev * ev);
    float inside = cover(er - 0.118f, 0.0015f) * cover(-0.070f - ev, 0.0015f);
    float su = eu - 0.036f, sv = ev - 0.040f;
    float sun = cover(sqrtf(su * su + sv * sv) - 0.037f, 0.0015f);
    float back = mountain(eu, ev, 0.062f, 0.026f, 1.0f), front = mountain(eu, ev, -0.026f, 0.066f, 1.15f);
    float cap = front * smooth(0.018f, 0.022f, ev + 0.014f * sinf(eu * 190));
    Vec3 e = mix(vec3(0.86f, 0.62f, 0.33f), orange, sun);
    e = mix(e, far_blue, back);
    e = mix(mix(e, ink, front), snow, cap);
    c = mix(c, e, inside);
    c = mix(c, ink, cover(fabsf(er - 0.127f) - 0.0028f, 0.0015f) * cover(-0.070f - ev, 0.0015f));

    float print = text_ink("FACET", u, v + 0.073f, 0.046f, 0.36f);
    print = fmaxf(print, text_ink("COFFEE-CO", u, v + 0.128f, 0.020f, 0.28f));
    /* Two rows of small print, too small to read: dashes of uneven length. */
    for (int row = 0; row < 2; row++) {
        float y = v + 0.158f + 0.017f * (float)row, dash = noise(vec3(u * 120, (float)row * 7.3f, 2));
        print = fmaxf(print, cover(fabsf(y) - 0.0032f, 0.0012f) * cover(fabsf(u) - 0.115f, 0.002f) *
                                 smooth(0.30f, 0.36f, dash) * 0.8f);
    }
    float frame = rounded_box(u, v, 0.165f, 0.198f, 0.012f);
    print = fmaxf(print, cover(fabsf(frame) - 0.0022f, 0.0012f));
    return mix(c, ink, print * (0.86f + 0.14f * fibre));
}

/* --- materials --------------------------------------------------------------------------------- */

typedef struct {
    Vec3 colour; /* diffuse reflectance, linear */
    Vec3 normal;
    float gloss; /* 0 paper .. 1 wet glaze */
} Surface;

static Surface glaze_surface(Vec3 p, Vec3 n)
{
    const Vec3 teal = { 0.020f, 0.155f, 0.175f }, deep = { 0.006f, 0.050f, 0.068f };
    const Vec3 cream = { 0.73f, 0.66f, 0.52f }, rust = { 0.24f, 0.095f, 0.035f };
    const Vec3 clay = { 0.46f, 0.33f, 0.22f };
    float r = sqrtf(p.x * p.x + p.z * p.z), turn = atan2f(p.x, p.z);
    float cloud = fractal(scale(p, 5), 4), fine = fractal(scale(p, 26), 2);
    bool is_inside = r < RADIUS - WALL * 0.6f && p.y > 0.05f;
    bool on_handle = r > RADIUS + 0.03f;

    /* The teal pools darker downwards and thins where the edges are. */
    Vec3 c = mix(teal, deep, clamp01(0.25f + 0.9f * (cloud - 0.35f) - 0.30f * (p.y - 0.3f)));
    c = scale(c, 0.86f + 0.28f * fine);
    c = mix(c, vec3(0.30f, 0.42f, 0.38f), 0.55f * speckle(scale(p, 42), 0.16f));
    c = mix(c, vec3(0.005f, 0.012f, 0.014f), 0.8f * speckle(add(scale(p, 60), vec3(9, 4, 2)), 0.18f));

    /* The cream band was dipped from above: its lower edge wanders and has run a little. */
    float edge =
        0.795f + 0.012f * sinf(turn * 3 + 1) + 0.030f * (fractal(vec3(p.x * 9, 2, p.z * 9), 3) - 0.5f);
    float band = is_inside ? 1 : on_handle ? 0 : smooth(-0.005f, 0.005f, p.y - edge);
    Vec3 dip = scale(cream, 0.90f + 0.16f * cloud);
    dip = mix(dip, rust, 0.85f * speckle(scale(p, 50), 0.20f));
    dip = mix(dip, scale(rust, 0.5f), 0.8f * speckle(add(scale(p, 90), vec3(3, 8, 5)), 0.10f));
    float seam = on_handle || is_inside ? 0 : cover(fabsf(p.y - edge + 0.004f) - 0.004f, 0.010f);
    c = mix(mix(c, dip, band), rust, 0.55f * seam);
    c = mix(c, rust,
            0.75f * smooth(0.982f, 0.999f, p.y + 0.012f * (cloud - 0.5f))); /* the rim breaks brown */

    float bare = cover(p.y - 0.030f - 0.012f * (cloud - 0.5f), 0.004f); /* the foot has no glaze */
    c = mix(c, scale(clay, 0.8f + 0.4f * fine), bare);
    Surface s = { c, n, 1 - 0.85f * bare };

    float u = turn * (RADIUS + 0.015f), v = p.y - 0.435f;
    float paper = rounded_box(u, v, 0.185f, 0.218f, 0.02f);
    if (r > RADIUS - 0.02f && paper < 0.02f) {
        float on = cover(paper, 0.002f);
        s.colour = scale(s.colour, 1 - 0.35f * cover(paper, 0.012f)); /* the sheet's edge shades the glaze */
        s.colour = mix(s.colour, label_colour(u, v), on);
        s.gloss *= 1 - 0.88f * on;
    }
    /* Thrown by hand: faint waves around the body and the orange peel of the glaze. */
    float wave = 0.010f * sinf(p.y * 75 + 2 * cloud) * s.gloss;
    Vec3 peel = vec3(noise(scale(p, 33)) - 0.5f, noise(scale(add(p, vec3(7, 0, 0)), 33)) - 0.5f + wave,
                     noise(scale(add(p, vec3(0, 7, 0)), 33)) - 0.5f);
    s.normal = unit(add(n, add(scale(peel, 0.022f * s.gloss), vec3(0, wave, 0))));
    return s;
}

static Surface coffee_surface(Vec3 p, Vec3 n)
{
    float to_wall = RADIUS - WALL - sqrtf(p.x * p.x + p.z * p.z);
    float swirl = fractal(vec3(p.x * 9 + 2 * noise(scale(p, 6)), 1, p.z * 9), 3);
    float crema = clamp01(smooth(0.055f, 0.004f, to_wall) + 0.9f * smooth(0.56f, 0.80f, swirl));
    Vec3 c = mix(vec3(0.020f, 0.0075f, 0.0030f), vec3(0.20f, 0.090f, 0.030f), 0.75f * crema);
    c = mix(c, vec3(0.34f, 0.19f, 0.08f),
            0.8f * speckle(scale(p, 38), 0.25f) * smooth(0.07f, 0.02f, to_wall));
    return (Surface){ c, n, 1 };
}

static Surface desk_surface(Vec3 p)
{
    float board = floorf((p.z + 0.55f) / 1.15f), in_board = (p.z + 0.55f) / 1.15f - board;
    float shift = 37 * lattice((int)board, 3, 1);
    Vec3 q = vec3(p.x + shift, shift, p.z);
    float warp = fractal(vec3(q.x * 0.9f, 4, q.z * 2.2f), 3);
    float rings = 0.5f + 0.5f * sinf(q.z * 30 + warp * 34);
    float pores = fractal(vec3(q.x * 5, 8, q.z * 95), 3), streak = fractal(vec3(q.x * 1.2f, 2, q.z * 24), 3);
    float tone = clamp01(0.22f * rings + 0.75f * streak + 0.35f * (pores - 0.5f));
    Vec3 c = mix(vec3(0.165f, 0.074f, 0.029f), vec3(0.46f, 0.255f, 0.120f), tone);
    c = scale(c, 0.80f + 0.35f * lattice((int)board, 9, 2));
    float gap = fminf(in_board, 1 - in_board) * 1.15f;
    c = scale(c, 1 - 0.8f * cover(gap - 0.005f, 0.006f));
    return (Surface){ c, vec3(0, 1, 0), 0.35f + 0.2f * pores };
}

/* --- the room ---------------------------------------------------------------------------------- */

/* What stands out of focus around the desk, on a cylinder 10 units off: angle from the far side (degrees,
 * to the right), height, half sizes, how soft, and radiance. Later rows cover earlier ones. */
typedef struct {
    float angle_deg, height, half_w, half_h, soft;
    Vec3 light;
} RoomThing;

static const RoomThing ROOM[] = {
    { 0, -3.6f, 40, 1.6f, 0.5f, { 0.16f, 0.115f, 0.085f } },     /* floor */
    { -28, 2.0f, 2.6f, 3.0f, 0.45f, { 1.75f, 1.85f, 1.95f } },   /* window far left */
    { -28, 2.0f, 0.12f, 3.0f, 0.22f, { 0.55f, 0.55f, 0.55f } },  /* its mullion */
    { -11, 0.2f, 0.9f, 2.6f, 0.35f, { 0.36f, 0.30f, 0.24f } },   /* curtain */
    { 9, -0.9f, 2.3f, 1.2f, 0.30f, { 0.115f, 0.075f, 0.050f } }, /* sideboard */
    { 9, 0.32f, 2.4f, 0.07f, 0.12f, { 0.30f, 0.19f, 0.11f } },   /* its top */
    { 3, 0.75f, 0.22f, 0.42f, 0.16f, { 0.48f, 0.15f, 0.08f } },  /* red vase */
    { 8, 0.70f, 0.55f, 0.34f, 0.16f, { 0.62f, 0.60f, 0.55f } },  /* books */
    { 14, 1.0f, 0.40f, 0.55f, 0.22f, { 0.07f, 0.17f, 0.07f } },  /* plant */
    { 16, 1.4f, 0.50f, 0.40f, 0.25f, { 0.09f, 0.22f, 0.08f } },
    { 29, 1.0f, 1.5f, 3.5f, 0.40f, { 0.13f, 0.10f, 0.08f } }, /* bookcase */
    { 29, 0.9f, 1.3f, 0.5f, 0.25f, { 0.34f, 0.22f, 0.14f } },
    { 29, -0.6f, 1.3f, 0.45f, 0.25f, { 0.18f, 0.20f, 0.24f } },
    { 75, 1.0f, 3.0f, 3.0f, 0.5f, { 0.50f, 0.40f, 0.29f } },   /* warm wall in lamp light */
    { 150, 1.5f, 3.4f, 2.4f, 0.5f, { 0.55f, 0.58f, 0.62f } },  /* second window, behind the camera */
    { -140, 0.5f, 3.0f, 2.5f, 0.5f, { 0.20f, 0.17f, 0.15f } }, /* door */
};

/* Radiance from the room in a direction, as the desk sees it. */
static Vec3 room_light(Vec3 dir)
{
    static const float FAR = 10;
    float flat = sqrtf(dir.x * dir.x + dir.z * dir.z) + 1e-4f;
    float height = FAR * dir.y / flat, turn = atan2f(dir.x, -dir.z);
    Vec3 c = mix(vec3(0.30f, 0.262f, 0.222f), vec3(0.56f, 0.55f, 0.53f), smooth(-3, 12, height));
    for (size_t i = 0; i < sizeof ROOM / sizeof *ROOM; i++) {
        const RoomThing *t = &ROOM[i];
        float away = turn - t->angle_deg * PI / 180;
        away -= 2 * PI * floorf(away / (2 * PI) + 0.5f);
        float d = rounded_box(away * FAR, height - t->height, t->half_w, t->half_h, 0.1f);
        if (d < t->soft)
            c = mix(c, t->light, cover(d, t->soft));
    }
    /* The big window at the left of the camera is the key light; four panes of it show in the glaze. */
    if (dir.x < -0.05f) {
        float u = dir.z / -dir.x - 0.55f, v = dir.y / -dir.x - 0.80f;
        float pane = cover(rounded_box(fabsf(u) - 0.29f, fabsf(v) - 0.33f, 0.26f, 0.30f, 0.02f), 0.035f);
        c = mix(c, vec3(7.6f, 8.0f, 8.6f), pane);
    }
    return c;
}

/* --- light on surfaces ------------------------------------------------------------------------- */

static const Vec3 KEY_LIGHT = { 2.75f, 2.70f, 2.60f };

typedef struct {
    bool plain; /* white paper and even light instead of the room */
    Vec3 key_dir;
} Scene;

/* Light that a surface at p sends against `dir`, its reflections of the room included. */
static Vec3 shade(const Scene *sc, Vec3 p, Vec3 dir, Surface s)
{
    Vec3 n = s.normal;
    float open = openness(add(p, scale(n, 2e-3f)), n, 0.30f);
    float desk =
        sc->plain ? 1 : 1 - 0.55f * expf(-p.y * 9) * clamp01(0.6f - n.y); /* the desk hides the lower half */
    float lambert = clamp01((dot(n, sc->key_dir) + 0.06f) / 1.06f);
    if (lambert > 0)
        lambert *= light_seen(add(p, scale(n, 4e-3f)), sc->key_dir, 0.24f);

    Vec3 above = { 0.40f, 0.42f, 0.45f },
         below = sc->plain ? vec3(0.40f, 0.40f, 0.40f) : vec3(0.21f, 0.135f, 0.085f);
    Vec3 ambient = mix(below, above, 0.5f + 0.5f * n.y);
    ambient =
        add(ambient, scale(vec3(0.30f, 0.235f, 0.17f), clamp01(0.25f + 0.75f * n.x))); /* lamp-lit wall */
    ambient = add(ambient, scale(vec3(0.20f, 0.21f, 0.22f), clamp01(n.z)));            /* room behind us */
    Vec3 light = add(scale(ambient, open * desk), scale(KEY_LIGHT, lambert));
    Vec3 out = mul(s.colour, light);

    /* Schlick's Fresnel term for a dielectric of index 1.5. */
    float facing = clamp01(-dot(n, dir)), grazing = 1 - facing;
    float fresnel = 0.04f + 0.96f * grazing * grazing * grazing * grazing * grazing;
    Vec3 r = reflect(dir, n);
    float free_way = light_seen(add(p, scale(n, 4e-3f)), r, 0.10f) * (0.4f + 0.6f * open);
    Vec3 seen = sc->plain ? vec3(0.95f, 0.95f, 0.95f) : room_light(r);
    if (sc->plain && r.x < -0.05f)
        seen = room_light(r);
    if (!sc->plain && r.y < 0)
        seen = mix(seen, vec3(0.26f, 0.155f, 0.085f), smooth(0, 0.12f, -r.y));
    seen = mix(scale(s.colour, 0.5f), seen, free_way);
    return add(out, scale(seen, fresnel * s.gloss));
}

static Vec3 shade_mug(const Scene *sc, Vec3 p, Vec3 dir)
{
    bool coffee;
    mug_distance(p, &coffee);
    Vec3 n = mug_normal(p);
    return shade(sc, p, dir, coffee ? coffee_surface(p, n) : glaze_surface(p, n));
}

/* The desk or, past its edge, the room: all of it behind the focus, so the eye moves over the lens. */
static Vec3 shade_behind(const Scene *sc, Vec3 eye, Vec3 dir)
{
    static const float DESK_END = 3.1f; /* round, so that every azimuth looks across an edge */
    if (sc->plain)
        return vec3(1, 1, 1);
    Vec3 room = room_light(vec3(dir.x, dir.y + 0.13f, dir.z));
    if (dir.y > -1e-3f)
        return room;
    float t = -eye.y / dir.y;
    Vec3 p = along(eye, dir, t);
    float past = sqrtf(p.x * p.x + p.z * p.z) - DESK_END;
    if (past > 0.05f && dot(p, dir) > 0)
        return room;
    Surface s = desk_surface(p);
    Vec3 c = shade(sc, p, dir, s);
    float contact = openness(p, s.normal, 0.09f); /* a tight shadow where the foot stands */
    Vec3 r = reflect(dir, s.normal);
    float hit;
    if (mug_hit(along(p, r, 0.01f), r, &hit) && hit < 0.6f) {
        Vec3 q = along(p, r, hit + 0.01f);
        c = mix(c, shade_mug(sc, q, r), 0.13f * smooth(0.6f, 0, hit));
    }
    return mix(scale(c, 0.35f + 0.65f * contact), room, smooth(-0.05f, 0.05f, past));
}

/* --- camera and picture ------------------------------------------------------------------------ */

typedef struct {
    float azimuth_deg, elevation_deg, distance;
    int size;
    bool plain;
    const char *mask, *out;
} Options;

enum { GRID = 4, SAMPLES = GRID * GRID };

typedef struct {
    const Options *opt;
    Scene scene;
    Vec3 eye, right, up, forward;
    uint8_t *rgb, *mask; /* size x size */
} Picture;

static void camera_set(Picture *pic)
{
    const Options *o = pic->opt;
    const Vec3 target = { 0.10f, 0.475f, 0 };
    float az = o->azimuth_deg * PI / 180, el = o->elevation_deg * PI / 180;
    Vec3 back = vec3(sinf(az) * cosf(el), sinf(el), cosf(az) * cosf(el));
    pic->eye = along(target, back, o->distance);
    pic->forward = scale(back, -1);
    pic->right = vec3(cosf(az), 0, -sinf(az));
    pic->up = cross(pic->right, pic->forward);
    pic->scene = (Scene){ o->plain, unit(vec3(-0.72f, 0.66f, 0.52f)) };
}

/* Linear light to an 8-bit sRGB value, with a shoulder that keeps highlights from clipping hard. */
static uint8_t develop(float x)
{
    x = x * (1 + x * 0.10f) / (1 + x * 0.62f) * 1.30f;
    x = clamp01(x);
    x = x < 0.0031308f ? 12.92f * x : 1.055f * powf(x, 1 / 2.4f) - 0.055f;
    return (uint8_t)(x * 255 + 0.5f);
}

static Vec3 sample(const Picture *pic, float px, float py, float lens_turn, int index, bool *hit)
{
    static const float HALF_FIELD = 0.2126f; /* tangent of 12 degrees: a short telephoto lens */
    static const float LENS = 0.085f;        /* radius of the aperture */
    float half = (float)pic->opt->size * 0.5f;
    float sx = (px - half) / half * HALF_FIELD, sy = (half - py) / half * HALF_FIELD;
    Vec3 through = add(pic->forward, add(scale(pic->right, sx), scale(pic->up, sy)));
    Vec3 dir = unit(through);
    float t;
    *hit = mug_hit(pic->eye, dir, &t);
    if (*hit)
        return shade_mug(&pic->scene, along(pic->eye, dir, t), dir);
    /* Vogel's spiral spreads the samples evenly over the lens. */
    float r = LENS * sqrtf(((float)index + 0.5f) / SAMPLES), a = lens_turn + (float)index * 2.3999632f;
    Vec3 shift = add(scale(pic->right, r * cosf(a)), scale(pic->up, r * sinf(a)));
    Vec3 focus = along(pic->eye, through, pic->opt->distance);
    Vec3 from = add(pic->eye, shift);
    return shade_behind(&pic->scene, from, unit(add(focus, scale(from, -1))));
}

static bool render_row(void *user, size_t y, int worker)
{
    Picture *pic = user;
    int size = pic->opt->size;
    (void)worker;
    for (int x = 0; x < size; x++) {
        float turn = 2 * PI * lattice(x, (int)y, 77);
        Vec3 sum = { 0 };
        int hits = 0;
        for (int i = 0; i < SAMPLES; i++) {
            float dx = ((float)(i % GRID) + 0.5f) / GRID, dy = ((float)(i / GRID) + 0.5f) / GRID;
            bool hit;
            Vec3 c = sample(pic, (float)x + dx, (float)y + dy, turn, i, &hit);
            /* One bright glint must not make a hard white pixel among its neighbours. */
            sum = add(sum, vec3(fminf(c.x, 6), fminf(c.y, 6), fminf(c.z, 6)));
            hits += hit;
        }
        size_t at = y * (size_t)size + (size_t)x;
        float nx = 2 * (float)x / (float)size - 1, ny = 2 * (float)y / (float)size - 1;
        float corner = pic->opt->plain ? 1 : 1 - 0.11f * (nx * nx + ny * ny);
        Vec3 c = scale(sum, corner / SAMPLES);
        if (pic->opt->plain && hits == 0)
            c = vec3(9, 9, 9);
        pic->rgb[at * 3] = develop(c.x);
        pic->rgb[at * 3 + 1] = develop(c.y);
        pic->rgb[at * 3 + 2] = develop(c.z);
        pic->mask[at] = hits * 2 >= SAMPLES ? 255 : 0;
    }
    return true;
}

static bool png_save(const char *path, const uint8_t *pixels, int size, bool rgb, Err *err)
{
    struct spng_ihdr head = { .width = (uint32_t)size,
                              .height = (uint32_t)size,
                              .bit_depth = 8,
                              .color_type = rgb ? SPNG_COLOR_TYPE_TRUECOLOR : SPNG_COLOR_TYPE_GRAYSCALE };
    spng_ctx *ctx = spng_ctx_new(SPNG_CTX_ENCODER);
    if (!ctx)
        return err_set(err, ERR_NOMEM, "%s: no memory to write it", path);
    size_t length = (size_t)size * (size_t)size * (rgb ? 3 : 1), png_size = 0;
    spng_set_option(ctx, SPNG_ENCODE_TO_BUFFER, 1);
    spng_set_option(ctx, SPNG_IMG_COMPRESSION_LEVEL, 9);
    spng_set_ihdr(ctx, &head);
    int code = spng_encode_image(ctx, pixels, length, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    void *png = code ? NULL : spng_get_png_buffer(ctx, &png_size, &code);
    bool ok = png ? file_write(path, png, png_size, err)
                  : err_set(err, ERR_INTERNAL, "%s: cannot be encoded: %s", path, spng_strerror(code));
    free(png);
    spng_ctx_free(ctx);
    return ok;
}

static bool render(const Options *opt, Err *err)
{
    size_t pixels = (size_t)opt->size * (size_t)opt->size;
    Picture pic = { .opt = opt, .rgb = malloc(pixels * 3), .mask = malloc(pixels) };
    bool ok = false;
    if (!pic.rgb || !pic.mask) {
        err_set(err, ERR_NOMEM, "no memory for a picture of side %d; ask for a smaller --size", opt->size);
        goto done;
    }
    camera_set(&pic);
    if (!pool_run(pool_cpus(), (size_t)opt->size, render_row, &pic)) {
        err_set(err, ERR_IO, "cannot start the drawing threads");
        goto done;
    }
    ok = png_save(opt->out, pic.rgb, opt->size, true, err) &&
         (!opt->mask || png_save(opt->mask, pic.mask, opt->size, false, err));
done:
    free(pic.rgb);
    free(pic.mask);
    return ok;
}

/* Read a number within limits; false for anything else. */
static bool parse_number(const char *text, float lo, float hi, float *out)
{
    char *end = NULL;
    *out = text ? strtof(text, &end) : 0;
    return text && end != text && *end == 0 && *out >= lo && *out <= hi;
}

static bool parse_options(int argc, char **argv, Options *o)
{
    float size = 1024;
    bool ok = true;
    for (int i = 1; i < argc && ok; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--plain") == 0)
            o->plain = true;
        else if (strcmp(name, "--azimuth") == 0)
            ok = parse_number(argv[++i], -720, 720, &o->azimuth_deg);
        else if (strcmp(name, "--elevation") == 0)
            ok = parse_number(argv[++i], 1, 85, &o->elevation_deg);
        else if (strcmp(name, "--distance") == 0)
            ok = parse_number(argv[++i], 1.5f, 40, &o->distance);
        else if (strcmp(name, "--size") == 0)
            ok = parse_number(argv[++i], 16, 8192, &size);
        else if (strcmp(name, "--mask") == 0)
            ok = (o->mask = argv[++i]) != NULL;
        else if (name[0] == '-' || o->out)
            ok = false;
        else
            o->out = name;
    }
    o->size = (int)size;
    return ok && o->out;
}

int main(int argc, char **argv)
{
    Options opt = { .azimuth_deg = 0, .elevation_deg = 14, .distance = 3.75f };
    if (!parse_options(argc, argv, &opt)) {
        fputs(
            "usage: render_mug [--azimuth DEG] [--elevation 1..85] [--distance 1.5..40] [--size 16..8192]\n"
            "                  [--plain] [--mask FILE.png] OUT.png\n"
            "The mug seen from azimuth 0 (label in front, handle at the right); distances in mug heights.\n",
            stderr);
        return 2;
    }
    Err err = { 0 };
    if (!render(&opt, &err)) {
        fprintf(stderr, "render_mug: %s\n", err.msg);
        return 1;
    }
    return 0;
}
