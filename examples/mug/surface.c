/* What a point of the mug or of its desk is made of; all of it follows from the position. */
#include "mug/surface.h"

#include "mug/shape.h"

static const Vec3 RUST = { 0.22f, 0.085f, 0.030f };

static Vec3 teal_glaze(Vec3 p, float cloud)
{
    const Vec3 light = { 0.012f, 0.122f, 0.138f }, deep = { 0.004f, 0.040f, 0.056f };
    /* The glaze is thicker, and so darker, towards the foot. */
    Vec3 c = mix(light, deep, clamp01(0.25f + 1.1f * (cloud - 0.35f) - 0.45f * (p.y - 0.35f)));
    c = scale(c, 0.84f + 0.32f * fractal(scale(p, 26), 2));
    c = mix(c, vec3(0.24f, 0.36f, 0.33f), 0.55f * speckle(scale(p, 42), 0.16f));
    return mix(c, vec3(0.003f, 0.008f, 0.010f), 0.8f * speckle(add(scale(p, 60), vec3(9, 4, 2)), 0.18f));
}

static Vec3 cream_glaze(Vec3 p, float cloud)
{
    Vec3 c = scale(vec3(0.66f, 0.575f, 0.435f), 0.84f + 0.28f * cloud);
    c = mix(c, RUST, 0.85f * speckle(scale(p, 50), 0.20f));
    return mix(c, scale(RUST, 0.5f), 0.8f * speckle(add(scale(p, 90), vec3(3, 8, 5)), 0.10f));
}

/* Teal below, cream above and inside. The mug was dipped: the border wanders and has run a little. */
static Surface glaze(Vec3 p, Vec3 n, bool inside)
{
    float turn = atan2f(p.x, p.z), cloud = fractal(scale(p, 5), 4);
    float drip = fractal(vec3(p.x * 9, 2, p.z * 9), 3) - 0.5f;
    float above = p.y - 0.838f - 0.010f * sinf(turn * 3 + 1) - 0.040f * drip;
    float band = inside ? 1 : smooth(-0.004f, 0.008f, above);
    float seam = inside ? 0 : cover(fabsf(above + 0.005f) - 0.003f, 0.011f);
    Vec3 c = mix(mix(teal_glaze(p, cloud), cream_glaze(p, cloud), band), RUST, 0.6f * seam);
    float rim = smooth(0.980f, 0.999f, p.y + 0.014f * (cloud - 0.5f)); /* it breaks brown over the edge */
    c = mix(c, RUST, 0.75f * rim);
    float bare = cover(p.y - 0.030f - 0.012f * (cloud - 0.5f), 0.004f); /* the foot has no glaze */
    c = mix(c, scale(vec3(0.46f, 0.33f, 0.22f), 0.6f + 0.8f * cloud), bare);

    /* Faint waves from the potter's fingers, and the orange peel of the glaze. */
    float wave = 0.012f * sinf(p.y * 75 + 3 * cloud);
    Vec3 peel = vec3(noise(scale(p, 33)) - 0.5f, noise(scale(add(p, vec3(7, 0, 0)), 33)) - 0.5f,
                     noise(scale(add(p, vec3(0, 7, 0)), 33)) - 0.5f);
    Vec3 bent = unit(add(n, add(scale(peel, 0.020f), vec3(0, wave, 0))));
    return (Surface){ c, bent, 1 - 0.85f * bare };
}

Surface surface_mug(Vec3 p, Vec3 n)
{
    float r = sqrtf(p.x * p.x + p.z * p.z);
    bool inside = r < MUG_RADIUS - MUG_WALL * 0.6f && p.y > 0.05f;
    Surface s = glaze(p, n, inside);
    float u = atan2f(p.x, p.z) * (MUG_RADIUS + 0.015f), v = p.y - 0.45f, off = label_distance(u, v);
    if (inside || off > 0.02f)
        return s;
    float on = cover(off, 0.002f);
    s.colour = scale(s.colour, 1 - 0.4f * cover(off, 0.012f)); /* the sheet's edge shades the glaze */
    s.colour = mix(s.colour, label_colour(u, v), on);
    s.gloss *= 1 - 0.85f * on;
    s.normal = unit(mix(s.normal, n, on));
    return s;
}

Surface surface_coffee(Vec3 p)
{
    float to_wall = MUG_RADIUS - MUG_WALL - sqrtf(p.x * p.x + p.z * p.z);
    float swirl = fractal(vec3(p.x * 9 + 2 * noise(scale(p, 6)), 1, p.z * 9), 3);
    float crema = clamp01(smooth(0.045f, 0.004f, to_wall) + 0.7f * smooth(0.60f, 0.85f, swirl));
    Vec3 c = mix(vec3(0.020f, 0.0075f, 0.0030f), vec3(0.20f, 0.090f, 0.030f), 0.75f * crema);
    float bubbles = speckle(scale(p, 38), 0.25f) * smooth(0.07f, 0.02f, to_wall);
    c = mix(c, vec3(0.34f, 0.19f, 0.08f), 0.8f * bubbles);
    float ripple = 0.010f * (noise(vec3(p.x * 7, 3, p.z * 7)) - 0.5f);
    return (Surface){ c, unit(vec3(ripple, 1, -ripple)), 1 };
}

Surface surface_desk(Vec3 p)
{
    static const float BOARD = 1.25f; /* width; boards run along x */
    float across = (p.z + 0.62f) / BOARD, board = floorf(across);
    float shift = 37 * lattice((int)board, 3, 1);
    float x = p.x + shift, z = p.z;
    float warp = fractal(vec3(x * 0.55f, 4 + shift, z * 1.6f), 3);
    float rings = 0.5f + 0.5f * sinf(z * 16 + warp * 42);
    float streak = fractal(vec3(x * 1.1f, 2, z * 26), 3), pores = fractal(vec3(x * 7, 8, z * 150), 2);
    float tone = clamp01(0.30f * rings + 0.62f * streak - 0.55f * smooth(0.58f, 0.80f, pores) + 0.04f);
    Vec3 c = mix(vec3(0.130f, 0.056f, 0.022f), vec3(0.43f, 0.235f, 0.110f), tone);
    c = scale(c, 0.78f + 0.40f * lattice((int)board, 9, 2));
    float gap = (0.5f - fabsf(across - board - 0.5f)) * BOARD;
    c = scale(c, 1 - 0.85f * cover(gap - 0.005f, 0.006f));
    /* Unevenness finer than a pixel: the samples of a pixel make a dull reflection of it. */
    float bx = noise(vec3(p.x * 230, 1, p.z * 230)) - 0.5f, bz = noise(vec3(p.x * 230, 5, p.z * 230)) - 0.5f;
    return (Surface){ c, unit(vec3(0.05f * bx, 1, 0.05f * bz)), 0.55f - 0.2f * pores };
}
