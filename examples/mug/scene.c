/* A room of blurred shapes, one large window as the key light, diffuse and mirror reflection. */
#include "mug/scene.h"

#include "mug/shape.h"
#include "mug/surface.h"

#include <stddef.h>

/* --- the room ---------------------------------------------------------------------------------- */

/* What stands out of focus around the desk, on a cylinder 10 units off: angle from the far side (degrees,
 * to the right), height, half sizes, how soft, and radiance. Later rows cover earlier ones. */
typedef struct {
    float angle_deg, height, half_w, half_h, soft;
    Vec3 light;
} RoomThing;

static const RoomThing ROOM[] = {
    { 0, -5.2f, 40, 2.6f, 0.5f, { 0.115f, 0.080f, 0.058f } },         /* floor */
    { -13.5f, 1.2f, 1.25f, 2.1f, 0.14f, { 1.30f, 1.42f, 1.55f } },    /* window, far left */
    { -13.5f, -0.1f, 1.25f, 0.55f, 0.30f, { 0.62f, 0.74f, 0.60f } },  /* garden in it */
    { -13.5f, 1.2f, 0.06f, 2.1f, 0.10f, { 0.42f, 0.40f, 0.37f } },    /* its mullion */
    { -13.5f, -0.98f, 1.40f, 0.08f, 0.10f, { 0.62f, 0.58f, 0.52f } }, /* its sill */
    { -5.2f, 0.5f, 0.34f, 2.3f, 0.16f, { 0.42f, 0.33f, 0.24f } },     /* curtain */
    { 9.0f, -0.55f, 2.0f, 0.07f, 0.09f, { 0.30f, 0.18f, 0.09f } },    /* shelf */
    { 9.0f, -1.45f, 2.0f, 0.85f, 0.20f, { 0.085f, 0.055f, 0.038f } }, /* shade under it */
    { 1.2f, -0.12f, 0.10f, 0.38f, 0.09f, { 0.40f, 0.12f, 0.06f } },   /* books */
    { 2.5f, -0.08f, 0.12f, 0.42f, 0.09f, { 0.50f, 0.43f, 0.30f } },
    { 3.7f, -0.16f, 0.09f, 0.34f, 0.09f, { 0.09f, 0.15f, 0.22f } },
    { 4.9f, -0.10f, 0.11f, 0.40f, 0.09f, { 0.36f, 0.25f, 0.12f } },
    { 9.6f, -0.26f, 0.20f, 0.24f, 0.09f, { 0.50f, 0.24f, 0.13f } }, /* plant in a clay pot */
    { 9.0f, 0.28f, 0.34f, 0.30f, 0.16f, { 0.060f, 0.150f, 0.055f } },
    { 10.9f, 0.42f, 0.26f, 0.36f, 0.16f, { 0.085f, 0.205f, 0.070f } },
    { 7.2f, 0.55f, 0.18f, 0.22f, 0.14f, { 0.075f, 0.180f, 0.060f } },
    { 30, 1.0f, 1.5f, 3.5f, 0.40f, { 0.13f, 0.10f, 0.08f } }, /* bookcase */
    { 30, 0.9f, 1.3f, 0.5f, 0.25f, { 0.34f, 0.22f, 0.14f } },
    { 30, -0.6f, 1.3f, 0.45f, 0.25f, { 0.18f, 0.20f, 0.24f } },
    { 75, 1.0f, 3.0f, 3.0f, 0.5f, { 0.46f, 0.36f, 0.26f } },    /* warm wall in lamp light */
    { 98, -0.2f, 0.75f, 3.6f, 0.35f, { 2.60f, 2.10f, 1.55f } }, /* paper lamp */
    { 150, 1.5f, 3.4f, 2.4f, 0.5f, { 0.55f, 0.58f, 0.62f } },   /* second window, behind the camera */
    { -140, 0.5f, 3.0f, 2.5f, 0.5f, { 0.20f, 0.17f, 0.15f } },  /* door */
};

/* Radiance from the room in a direction, as the mug sees it. */
static Vec3 room_light(Vec3 dir)
{
    static const float FAR = 10;
    float flat = sqrtf(dir.x * dir.x + dir.z * dir.z) + 1e-4f;
    float height = FAR * dir.y / flat, turn = atan2f(dir.x, -dir.z);
    Vec3 c = mix(vec3(0.235f, 0.200f, 0.165f), vec3(0.56f, 0.55f, 0.53f), smooth(-3, 12, height));
    for (size_t i = 0; i < sizeof ROOM / sizeof *ROOM; i++) {
        const RoomThing *t = &ROOM[i];
        float away = turn - t->angle_deg * PI / 180;
        away -= 2 * PI * floorf(away / (2 * PI) + 0.5f);
        float round = fminf(0.15f, fminf(t->half_w, t->half_h));
        float d = rounded_box(away * FAR, height - t->height, t->half_w, t->half_h, round);
        if (d < t->soft)
            c = mix(c, t->light, cover(d, t->soft));
    }
    /* The tall window at the left of the camera is the key light; its four panes show in the glaze. */
    if (dir.x < -0.05f) {
        float u = dir.z / -dir.x - 0.60f, v = dir.y / -dir.x - 0.45f;
        float pane = cover(rounded_box(fabsf(u) - 0.27f, fabsf(v) - 0.47f, 0.245f, 0.445f, 0.02f), 0.03f);
        c = mix(c, vec3(9.0f, 9.5f, 10.2f), pane);
    }
    return c;
}

/* How far a point of the desk's plane lies past its edge, below 0 on the desk. */
static float desk_past(Vec3 p)
{
    return rounded_box(p.x, p.z, 5.0f, 3.2f, 0.4f);
}

/* What a mirror at p shows in direction r: the room, or the desk, which itself mirrors the room a little. */
static Vec3 mirrored(const Scene *sc, Vec3 p, Vec3 r)
{
    if (sc->plain)
        return r.x < -0.05f ? room_light(r) : vec3(0.9f, 0.9f, 0.9f);
    if (r.y > -1e-3f)
        return room_light(r);
    float past = desk_past(along(p, r, -p.y / r.y));
    if (past > 0.3f)
        return room_light(r);
    float grazing = 1 + r.y;
    float fresnel = 0.5f * (0.04f + 0.96f * grazing * grazing * grazing * grazing * grazing);
    Vec3 desk = mix(vec3(0.30f, 0.17f, 0.085f), room_light(vec3(r.x, -r.y, r.z)), fresnel);
    return mix(desk, room_light(r), smooth(-0.3f, 0.3f, past));
}

/* --- light on surfaces ------------------------------------------------------------------------- */

static Vec3 ambient_light(const Scene *sc, Vec3 p, Vec3 n)
{
    Vec3 below = sc->plain ? vec3(0.34f, 0.34f, 0.34f) : vec3(0.20f, 0.125f, 0.075f);
    Vec3 c = mix(below, vec3(0.30f, 0.315f, 0.34f), 0.5f + 0.5f * n.y);
    c = add(c, scale(vec3(0.20f, 0.152f, 0.105f), clamp01(0.2f + 0.8f * n.x))); /* the paper lamp */
    c = add(c, scale(vec3(0.13f, 0.137f, 0.145f), clamp01(n.z)));               /* the room behind us */
    if (sc->plain)
        return c;
    float near_desk = expf(-p.y * 9); /* which darkens what is close above it */
    return scale(c, 1 - 0.55f * near_desk * clamp01(0.6f - n.y));
}

/* Light that a surface at p sends against `dir`. */
static Vec3 shade(const Scene *sc, Vec3 p, Vec3 dir, Surface s)
{
    const Vec3 key = { 2.02f, 1.96f, 1.86f }, key_dir = { -0.650f, 0.596f, 0.470f };
    Vec3 n = s.normal, outside = add(p, scale(n, 4e-3f));
    float open = mug_openness(outside, n, 0.30f);
    float lambert = clamp01((dot(n, key_dir) + 0.06f) / 1.06f); /* a wide light reaches round the edge */
    if (lambert > 0)
        lambert *= mug_light_seen(outside, key_dir, 0.22f);
    lambert *= 1 - 0.10f * clamp01(0.3f + 0.4f * p.x); /* farther from the window */
    Vec3 diffuse = mul(s.colour, add(scale(ambient_light(sc, p, n), open), scale(key, lambert)));

    /* Schlick's approximation of Fresnel's equations for an index of 1.5. */
    float grazing = 1 - clamp01(-dot(n, dir));
    float fresnel = 0.04f + 0.96f * grazing * grazing * grazing * grazing * grazing;
    Vec3 r = reflect(dir, n);
    float unhidden = mug_light_seen(outside, r, 0.10f) * (0.4f + 0.6f * open);
    Vec3 mirror = mix(scale(s.colour, 0.5f), mirrored(sc, p, r), unhidden);
    return add(diffuse, scale(mirror, fresnel * s.gloss));
}

Vec3 scene_mug(const Scene *sc, Vec3 p, Vec3 dir)
{
    return shade(sc, p, dir, mug_is_coffee(p) ? surface_coffee(p) : surface_mug(p, mug_normal(p)));
}

static Vec3 desk_light(const Scene *sc, Vec3 p, Vec3 dir)
{
    Surface s = surface_desk(p);
    float contact = mug_openness(p, vec3(0, 1, 0), 0.18f); /* the tight shadow where the foot stands */
    Vec3 c = scale(shade(sc, p, dir, s), 0.15f + 0.85f * contact);
    Vec3 r = reflect(dir, s.normal);
    float t;
    if (mug_hit(along(p, r, 0.01f), r, &t) && t < 0.7f)
        c = mix(c, scene_mug(sc, along(p, r, t + 0.01f), r), 0.10f * smooth(0.7f, 0, t));
    return c;
}

Vec3 scene_behind(const Scene *sc, Vec3 eye, Vec3 dir)
{
    static const float SOFT = 0.12f,
                       SINK = 0.21f; /* of the far edge; the room's shapes begin below the eye */
    if (sc->plain)
        return vec3(1, 1, 1);
    Vec3 room = room_light(vec3(dir.x, dir.y + SINK, dir.z));
    if (dir.y > -1e-3f)
        return room;
    Vec3 p = along(eye, dir, -eye.y / dir.y);
    float past = desk_past(p);
    if (past > SOFT)
        return room;
    return mix(desk_light(sc, p, dir), room, smooth(-SOFT, SOFT, past));
}
