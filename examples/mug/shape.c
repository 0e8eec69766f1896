/* Sphere tracing after Hart 1996. */
#include "mug/shape.h"

static const float RIM_Y = 0.978f; /* centre of the rim's round */

float rounded_box(float x, float y, float half_w, float half_h, float round)
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
    /* A band along the outline of a rounded rectangle; the half inside the mug is cut away later. */
    float lean = 0.14f * (p.y - 0.46f); /* the upper bow reaches further out than the lower */
    float ring = rounded_box(p.x - 0.405f - lean, p.y - 0.478f, 0.285f, 0.258f, 0.225f);
    float wide = fmaxf(fabsf(p.z) - 0.030f, 0);
    return sqrtf(ring * ring + wide * wide) - 0.046f;
}

/* Signed distance to the mug; *coffee says whether the drink is what is nearest. */
static float mug_distance(Vec3 p, bool *coffee)
{
    float r = sqrtf(p.x * p.x + p.z * p.z);
    float belly = 0.018f * (1 - 4 * (p.y - 0.5f) * (p.y - 0.5f)); /* widest at half height */
    float rb = r - belly;
    float outer = rounded_box(rb, p.y - 1.02f, MUG_RADIUS, 1.0f, 0.075f);
    float inner = rounded_box(rb, p.y - 1.07f, MUG_RADIUS - MUG_WALL, 1.0f, 0.11f);
    float foot = rounded_box(r, p.y - 0.02f, 0.345f, 0.02f, 0.008f);

    float solid = fmaxf(blend(outer, handle_distance(p), 0.075f), -inner);
    solid = fmaxf(blend(solid, foot, 0.02f), p.y - RIM_Y);
    float dr = rb - MUG_RADIUS + MUG_WALL * 0.5f, dy = p.y - RIM_Y;
    solid = fminf(solid, sqrtf(dr * dr + dy * dy) - MUG_WALL * 0.5f);

    float drink = fmaxf(inner - 0.004f, p.y - MUG_COFFEE);
    *coffee = drink < solid;
    return fminf(solid, drink);
}

bool mug_is_coffee(Vec3 p)
{
    bool coffee;
    mug_distance(p, &coffee);
    return coffee;
}

static float distance_only(Vec3 p)
{
    bool coffee;
    return mug_distance(p, &coffee);
}

Vec3 mug_normal(Vec3 p)
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

bool mug_hit(Vec3 from, Vec3 dir, float *t_hit)
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

/* The narrowest gap along the way measures the penumbra. */
float mug_light_seen(Vec3 from, Vec3 dir, float spread)
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

/* The mug being nearer than the height above p means that it hides a part of the sky. */
float mug_openness(Vec3 p, Vec3 n, float reach)
{
    float sum = 0, weight = 1, total = 0;
    for (int i = 1; i <= 6; i++, weight *= 0.8f) {
        float h = reach * (float)(i * i) / 36;
        sum += weight * clamp01(distance_only(along(p, n, h)) / h);
        total += weight;
    }
    return sum / total;
}
