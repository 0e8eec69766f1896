/* Streets of a town by day and by night, and a railway platform. */
#include "roles/procedural/families.h"
#include "roles/procedural/furnish.h"
#include "roles/procedural/plants.h"
#include "roles/procedural/props.h"
#include "roles/procedural/surface.h"

#include <math.h>

void street_surface(Scene *s)
{
    Rng *r = &s->rng;
    if (rng_float(r) < 0.5f) {
        surface_set_ground(s, &(GroundLook){ MATERIAL_ASPHALT,
                                             { 0.7f, 1.0f },
                                             { 0x38383A, 0x6A6A6A, 0xA8A49C },
                                             0.10f,
                                             s->light.rain ? 0.8f : 0.05f });
        s->surface.turn = 0;
        s->surface.mark_width = rng_float(r) < 0.7f ? rng_range(r, 0.10f, 0.15f) : 0;
        s->surface.mark_x = rng_range(r, 0.2f, 0.7f) * (rng_float(r) < 0.5f ? -1.0f : 1.0f);
    } else {
        surface_set_ground(s, &(GroundLook){ MATERIAL_PAVING,
                                             { 0.9f, 1.4f },
                                             { 0x6A6660, 0xA09A90, 0x34302C },
                                             0.12f,
                                             s->light.rain ? 0.7f : 0.05f });
        s->surface.turn = rng_float(r) < 0.5f ? 0 : 1.5708f;
    }
}

/* The front of a row of houses along the street at x, between z0 and z1: a wall in perspective with windows.
 */
static void house(Painter *p, Rng *r, const Light *l, float x, const float z[2], float height)
{
    static const uint32_t fronts[] = { 0xC8B090, 0xA86A50, 0xD8CDB8, 0x8A8E90,
                                       0xB89878, 0x6A7880, 0xC09A8A, 0x9A8A70 };
    Pixel c = colour_near(r, fronts[rng_index(r, 8)]);
    bool sunny = (l->to[0] > 0) == (x < 0); /* the side that faces the light */
    c = pixel_dim(c, sunny ? 1.15f : 0.72f);
    Fill wall = fill_grain(c, 0.08f, 8, 8), base = fill_flat(pixel_dim(c, 0.55f));
    paint_polygon3(p, (Point3[]){ { x, 0, z[0] }, { x, 0, z[1] }, { x, height, z[1] }, { x, height, z[0] } },
                   4, &wall);
    paint_polygon3(p, (Point3[]){ { x, 0, z[0] }, { x, 0, z[1] }, { x, 0.8f, z[1] }, { x, 0.8f, z[0] } }, 4,
                   &base);
    float away = x < 0 ? -1.0f : 1.0f; /* the wall that looks at the camera */
    Fill end = fill_grain(pixel_dim(c, 0.85f), 0.08f, 8, 8);
    paint_polygon3(p,
                   (Point3[]){ { x, 0, z[0] },
                               { x + 12 * away, 0, z[0] },
                               { x + 12 * away, height, z[0] },
                               { x, height, z[0] } },
                   4, &end);
    int n = (int)((z[1] - z[0]) / 2.6f);
    for (int i = 0; i < n; i++)
        for (float y = 1.0f; y < height - 2; y += 3.1f) {
            float a = z[0] + (z[1] - z[0]) * ((float)i + 0.28f) / (float)n, b = a + 1.2f,
                  h = y < 2 ? 2.0f : 1.7f;
            bool lit = l->lamps > 1 && rng_float(r) < 0.5f;
            Fill pane = fill_flat(pixel_mix(colour_hex(0x2C3842), l->zenith, 0.35f));
            if (lit)
                pane = fill_glow((Pixel){ 1, 0.72f, 0.38f, 1 }, 0.5f * l->lamps);
            Fill frame = fill_flat(pixel_dim(c, 1.3f));
            paint_polygon3(p,
                           (Point3[]){ { x, y - 0.12f, a - 0.12f },
                                       { x, y - 0.12f, b + 0.12f },
                                       { x, y + h + 0.12f, b + 0.12f },
                                       { x, y + h + 0.12f, a - 0.12f } },
                           4, &frame);
            paint_polygon3(p, (Point3[]){ { x, y, a }, { x, y, b }, { x, y + h, b }, { x, y + h, a } }, 4,
                           &pane);
        }
    if (rng_float(r) < 0.5f) { /* a shop's awning */
        Fill awning = fill_flat(prop_colour(r));
        float in = x - away * 1.2f;
        paint_polygon3(p,
                       (Point3[]){ { x, 3.3f, z[0] + 0.5f },
                                   { x, 3.3f, z[1] - 0.5f },
                                   { in, 2.7f, z[1] - 0.5f },
                                   { in, 2.7f, z[0] + 0.5f } },
                       4, &awning);
    }
}

static void car(Painter *p, Rng *r, float x, const Light *l, bool facing)
{
    static const uint32_t paints[] = { 0xB02A22, 0xE0E0E0, 0x24303E, 0x3A5A7A, 0x8A8E92, 0x1A1A1C, 0xC8A02A };
    Pixel c = colour_near(r, paints[rng_index(r, 7)]);
    Fill body = fill_two(FILL_DOWN, pixel_dim(c, 1.3f), pixel_dim(c, 0.45f)),
         dark = fill_flat(colour_hex(0x101214));
    Fill glass = { .kind = FILL_DOWN,
                   .a = pixel_mix(colour_hex(0x28323A), l->horizon, 0.5f),
                   .b = colour_hex(0x20282E),
                   .glows = false };
    Fill shade = fill_flat((Pixel){ 0, 0, 0, 1 });
    shade.opacity = 0.6f;
    paint_ellipse(p, x, 0.03f, 1.05f, 0.10f, &shade);
    for (int s = -1; s <= 1; s += 2)
        paint_rect(p, x + 0.62f * (float)s - 0.13f, 0, x + 0.62f * (float)s + 0.13f, 0.5f, &dark);
    paint_polygon(
        p, (Point2[]){ { x - 0.9f, 0.25f }, { x + 0.9f, 0.25f }, { x + 0.9f, 0.85f }, { x - 0.9f, 0.85f } },
        4, &body);
    paint_polygon(
        p,
        (Point2[]){ { x - 0.82f, 0.85f }, { x + 0.82f, 0.85f }, { x + 0.62f, 1.45f }, { x - 0.62f, 1.45f } },
        4, &body);
    paint_polygon(
        p,
        (Point2[]){ { x - 0.72f, 0.88f }, { x + 0.72f, 0.88f }, { x + 0.56f, 1.38f }, { x - 0.56f, 1.38f } },
        4, &glass);
    for (int s = -1; s <= 1; s += 2) {
        float on = l->lamps > 0.8f ? 3.0f * l->lamps : 0.9f;
        Fill lamp = fill_glow(facing ? (Pixel){ 1, 0.95f, 0.85f, 1 } : (Pixel){ 1, 0.08f, 0.04f, 1 },
                              facing ? on : 0.7f * on);
        paint_ellipse(p, x + 0.7f * (float)s, 0.68f, 0.13f, 0.085f, &lamp);
    }
}

static void lamp_post(Painter *p, float x, float arm, float glow)
{
    Fill post = fill_round(colour_hex(0x3A3E42)),
         bulb = fill_glow((Pixel){ 1, 0.82f, 0.55f, 1 }, glow > 0 ? 3 * glow : 0.8f);
    paint_rect(p, x - 0.06f, 0, x + 0.06f, 5.2f, &post);
    paint_stroke(p, (Point2){ x, 5.15f }, (Point2){ x + arm, 5.3f }, 0.07f, 0.05f, &post);
    paint_ellipse(p, x + arm, 5.22f, 0.22f, 0.09f, &bulb);
}

void street_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    float half = rng_range(r, 4.5f, 7), start = rng_range(r, 7, 10);
    stage_sky(st);
    stage_layer(st, 90);
    float z = 75;
    while (z > start) {
        float depth = rng_range(r, 8, 14), zz[2] = { z - depth > start ? z - depth : start, z };
        Painter *p = stage_layer(st, 0.5f * (zz[0] + zz[1]));
        house(p, r, l, -half, zz, rng_range(r, 8, 17));
        house(p, r, l, half, zz, rng_range(r, 8, 17));
        z = zz[0];
    }
    stage_ground(st);
    for (int i = 0; i < 4; i++) {
        float at = 26 - 4.6f * (float)i;
        Painter *p = stage_layer(st, at);
        float side = i & 1 ? 1.0f : -1.0f;
        if (rng_float(r) < 0.75f)
            car(p, r, side * half * rng_range(r, 0.25f, 0.6f), l, side < 0);
        if (rng_float(r) < 0.5f)
            plant_tree(p, r, -side * half * 0.75f, rng_range(r, 4, 6), colour_near(r, 0x5A8238),
                       colour_near(r, 0x5A4636));
        lamp_post(p, side * half * 0.82f, -side * 1.1f, l->lamps);
    }
    stage_flush(st);
}

void night_surface(Scene *s)
{
    surface_set_ground(
        s, &(GroundLook){ MATERIAL_ASPHALT, { 0.7f, 1.0f }, { 0x2A2A2E, 0x58585C, 0x9A968E }, 0.10f, 0.8f });
    s->surface.turn = 0;
}

/* A tower with a grid of windows, some lit. */
static void tower(Painter *p, Rng *r, float x, float w, float h, float glow)
{
    Fill body = fill_flat(colour_near(r, 0x20242E));
    paint_rect(p, x, 0, x + w, h, &body);
    Pixel warm = rng_float(r) < 0.6f ? (Pixel){ 1, 0.74f, 0.42f, 1 } : (Pixel){ 0.7f, 0.85f, 1, 1 };
    for (float y = 2; y < h - 1; y += 2.4f)
        for (float wx = x + 0.6f; wx < x + w - 1.2f; wx += 1.9f)
            if (rng_float(r) < 0.42f) {
                Fill f = fill_glow(warm, glow * rng_range(r, 0.15f, 0.75f));
                paint_rect(p, wx, y, wx + 1.1f, y + 1.3f, &f);
            }
}

static void neon_sign(Painter *p, Rng *r, float x, float y, float s, float glow)
{
    static const uint32_t neon[] = { 0xFF2E88, 0x22C8FF, 0xFFD22E, 0x3CFF7A, 0xFF5A2E, 0xB44CFF };
    Fill f = fill_glow(colour_hex(neon[rng_index(r, 6)]), glow);
    switch (rng_int(r, 0, 2)) {
    case 0:
        for (int i = 0; i < 4; i++)
            paint_rect(p, x, y + 0.34f * s * (float)i, x + s * rng_range(r, 0.4f, 0.8f),
                       y + 0.34f * s * (float)i + 0.14f * s, &f);
        break;
    case 1: paint_rect(p, x, y, x + 0.35f * s, y + 1.8f * s, &f); break;
    default: paint_ellipse(p, x, y, 0.5f * s, 0.5f * s, &f);
    }
}

void night_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    float glow = fmaxf(2.5f, l->lamps);
    stage_sky(st);
    for (int k = 0; k < 2; k++) {
        float z = k ? 45 : 110;
        Painter *p = stage_layer(st, z);
        float w = stage_half_width(st, z);
        for (float x = -w - rng_range(r, 0, 6); x < w;) {
            float width = rng_range(r, 7, 15), keep = rng_float(r);
            if (!k || keep < 0.7f)
                tower(p, r, x, width, z * rng_range(r, 0.14f, k ? 0.36f : 0.42f), glow);
            x += width + (k ? rng_range(r, 0, 7) : 0.5f);
        }
    }
    Painter *p = stage_layer(st, 22);
    float w = stage_half_width(st, 22);
    for (int i = 0; i < 5; i++)
        neon_sign(p, r, rng_range(r, -w, w), rng_range(r, 1.5f, 5.5f), rng_range(r, 0.7f, 1.3f), 0.8f * glow);
    for (int i = 0; i < 4; i++)
        car(p, r, rng_range(r, -0.9f, 0.9f) * w, l, (i & 1) != 0);
    for (int i = 0; i < 3; i++)
        lamp_post(p, rng_range(r, -1, 1) * w, rng_float(r) < 0.5f ? 1.0f : -1.0f, glow);
    p = stage_layer(st, 12);
    w = stage_half_width(st, 12);
    static const uint32_t lights[] = { 0xFFB050, 0xFF4030, 0xFFE0B0, 0x40D0A0, 0x60A0FF, 0xFF60A0 };
    for (int i = 0; i < 26; i++) {
        Fill f = fill_glow(colour_hex(lights[rng_index(r, 6)]), glow * rng_range(r, 0.5f, 2.5f));
        float s = rng_range(r, 0.03f, 0.07f);
        paint_ellipse(p, rng_range(r, -w, w), rng_range(r, 0.4f, 3.0f), s, s, &f);
    }
    stage_ground(st);
}

void station_surface(Scene *s)
{
    surface_set_ground(
        s,
        &(GroundLook){ MATERIAL_CONCRETE, { 0.9f, 1.3f }, { 0x7C7A76, 0xAAA6A0, 0x54524E }, 0.14f, 0.08f });
    s->surface.turn = 0;
    s->surface.mark_width = 0.16f;
    s->surface.mark_x = rng_range(&s->rng, 0.35f, 0.6f) * (rng_float(&s->rng) < 0.5f ? -1.0f : 1.0f);
}

/* A train's side along the platform at x, from z0 away. */
static void train(Painter *p, float x, float z0, float z1, Pixel c, const Light *l)
{
    Fill body = fill_two(FILL_DOWN, pixel_dim(c, 1.2f), pixel_dim(c, 0.6f)),
         band = fill_flat(colour_hex(0xE8E6E0));
    Fill glass = fill_glow(
        pixel_mix(colour_hex(0x28343C), (Pixel){ 1, 0.85f, 0.6f, 1 }, l->lamps > 1 ? 0.9f : 0.25f), 1);
    float sides[2][2] = { { 0.2f, 3.6f }, { 1.1f, 1.35f } };
    for (int i = 0; i < 2; i++)
        paint_polygon3(p,
                       (Point3[]){ { x, sides[i][0], z0 },
                                   { x, sides[i][0], z1 },
                                   { x, sides[i][1], z1 },
                                   { x, sides[i][1], z0 } },
                       4, i ? &band : &body);
    for (float z = z0 + 0.6f; z < z1 - 2; z += 2.3f)
        paint_polygon3(
            p, (Point3[]){ { x, 1.6f, z }, { x, 1.6f, z + 1.7f }, { x, 2.7f, z + 1.7f }, { x, 2.7f, z } }, 4,
            &glass);
}

void station_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    float side = st->scene->surface.mark_x < 0 ? -1.0f : 1.0f, away = -side;
    stage_sky(st);
    Painter *p = stage_layer(st, 60);
    float w = stage_half_width(st, 60);
    for (int i = 0; i < 9; i++)
        plant_tree(p, r, rng_range(r, -w, w), rng_range(r, 6, 11), colour_near(r, 0x5A7A3A),
                   colour_near(r, 0x4A3A2C));
    stage_ground(st);
    Pixel paint = prop_colour(r);
    p = stage_layer(st, 14);
    train(p, side * 1.9f, 5, 60, paint, l);
    Fill roof = fill_two(FILL_DOWN, colour_hex(0x4A5054), colour_hex(0x6A7074)),
         post = fill_round(colour_hex(0x3A5A50));
    paint_polygon3(p,
                   (Point3[]){ { away * 6, 3.9f, 4 },
                               { side * 1.0f, 4.2f, 4 },
                               { side * 1.0f, 4.2f, 50 },
                               { away * 6, 3.9f, 50 } },
                   4, &roof);
    for (int i = 3; i >= 0; i--) {
        float z = 5.0f + 5.5f * (float)i, x = away * 1.6f;
        p = stage_layer(st, z);
        paint_rect(p, x - 0.09f, 0, x + 0.09f, 4.2f, &post);
        Fill lamp = fill_glow((Pixel){ 1, 0.95f, 0.85f, 1 }, fmaxf(1.6f, 1.5f * l->lamps));
        paint_rect(p, x + side * 0.9f - 0.5f, 3.75f, x + side * 0.9f + 0.5f, 3.82f, &lamp);
        if (i & 1) { /* a bench and a sign */
            Fill seat = fill_two(FILL_DOWN, colour_hex(0xA87A48), colour_hex(0x5A3C20)),
                 sign = fill_flat(colour_hex(0x1E4A8A));
            paint_rect(p, x + away * 1.9f, 0.42f, x + away * 0.3f, 0.5f, &seat);
            paint_rect(p, x + away * 1.9f, 0.6f, x + away * 0.3f, 0.9f, &seat);
            paint_rect(p, x - 0.6f, 2.7f, x + 0.6f, 3.1f, &sign);
        }
    }
    stage_flush(st);
}
