/* Wild places: forest, beach, desert, snow. */
#include "roles/procedural/families.h"
#include "roles/procedural/land.h"
#include "roles/procedural/plants.h"
#include "roles/procedural/surface.h"

#include <math.h>

void forest_surface(Scene *s)
{
    Rng *r = &s->rng;
    bool moss = rng_float(r) < 0.4f;
    s->surface = (Surface){ .material = MATERIAL_LITTER,
                            .span = rng_range(r, 0.9f, 1.4f),
                            .bump = 0.12f,
                            .turn = rng_range(r, 0, 6.28f),
                            .dapple = s->light.overcast || s->light.fog ? 0.1f : 0.55f,
                            .dapple_size = rng_range(r, 0.3f, 0.6f),
                            .edge = EDGE_HORIZON };
    s->surface.colour[0] = colour_near(r, moss ? 0x2E2A18 : 0x3A2616);
    s->surface.colour[1] = colour_near(r, moss ? 0x8A7A48 : 0xA5713C);
    s->surface.colour[2] = colour_near(r, moss ? 0x55702A : 0x6E5A2A);
}

static void forest_trees(Stage *st, float z, int count, Pixel bark, Pixel leaf)
{
    Rng *r = &st->rng;
    Painter *p = stage_layer(st, z);
    float hw = stage_half_width(st, z);
    for (int i = 0; i < count; i++) {
        float x = hw * (2 * ((float)i + rng_range(r, 0.05f, 0.95f)) / (float)count - 1);
        plant_trunk(p, r, x, rng_range(r, 0.18f, 0.42f), 14, bark * pixel_all(rng_range(r, 0.7f, 1.2f)));
    }
    for (int i = 0; i < 3 + count / 2; i++) /* undergrowth */
        plant_foliage(p, r, (Point2){ rng_range(r, -hw, hw), rng_range(r, 0.1f, 0.5f) },
                      rng_range(r, 0.5f, 1.0f), rng_range(r, 0.3f, 0.6f), leaf);
    float crown = 0.75f * st->scene->camera.horizon * z / st->scene->camera.focal + st->scene->camera.height;
    for (int i = 0; i < 4; i++)
        plant_foliage(p, r, (Point2){ rng_range(r, -hw, hw), crown + rng_range(r, 0.0f, 0.4f) * crown },
                      0.3f * hw, 0.18f * hw, leaf);
}

/* Holes in the leaves through which the sky shines. */
static void forest_glints(Stage *st, float z, int count)
{
    const Light *l = &st->scene->light;
    Rng *r = &st->rng;
    Painter *p = stage_layer(st, z);
    float hw = stage_half_width(st, z), up = st->scene->camera.horizon * z / st->scene->camera.focal;
    for (int i = 0; i < count; i++) {
        Fill f = fill_glow(l->horizon * (Pixel){ 1, 1.02f, 0.9f, 1 }, rng_range(r, 0.8f, 3.0f));
        paint_ellipse(p, rng_range(r, -hw, hw), st->scene->camera.height + up * rng_range(r, 0.15f, 1.0f),
                      0.008f * z * rng_range(r, 0.3f, 1.2f), 0.008f * z * rng_range(r, 0.3f, 1.2f), &f);
    }
}

void forest_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    static const uint32_t leaves[4] = { 0x4E7A2E, 0x6A8A30, 0x3E6A38, 0x9A7A30 };
    Pixel leaf = colour_near(r, leaves[rng_index(r, 4)]),
          bark = colour_near(r, rng_float(r) < 0.25f ? 0xA89A88 : 0x5A4636);
    stage_sky(st);
    Painter *p = stage_layer(st, 45);
    float hw = stage_half_width(st, 45);
    Fill wall = fill_two(FILL_DOWN, leaf * pixel_all(0.8f), leaf * pixel_all(0.35f));
    wall.grain = 0.6f;
    wall.grain_x = wall.grain_y = 14;
    paint_rect(p, -hw, -1, hw, 14, &wall);
    for (int i = 0; i < 14; i++)
        plant_foliage(p, r, (Point2){ rng_range(r, -hw, hw), rng_range(r, 2, 14) }, 4, 3,
                      leaf * pixel_all(1.2f));
    forest_glints(st, 40, 60);
    stage_ground(st);
    forest_trees(st, 26, 11, bark, leaf);
    forest_trees(st, 14, 6, bark, leaf);
    forest_glints(st, 12, 20);
    forest_trees(st, rng_range(r, 6, 9), 3, bark, leaf);
    p = stage_layer(st, 2.6f);
    float near = stage_half_width(st, 2.6f);
    Pixel blade[2] = { leaf, leaf * pixel_all(1.6f) };
    plant_grass(p, r, (float[2]){ -near, near }, 0.16f, 60, blade);
}

void beach_surface(Scene *s)
{
    Rng *r = &s->rng;
    s->surface = (Surface){ .material = MATERIAL_SAND,
                            .span = rng_range(r, 0.7f, 1.3f),
                            .bump = 0.16f,
                            .turn = rng_range(r, -0.7f, 0.7f),
                            .edge = EDGE_HORIZON };
    s->surface.colour[0] = colour_near(r, 0xB89468);
    s->surface.colour[1] = colour_near(r, 0xF0DCB4);
    s->surface.colour[2] = colour_near(r, 0x6A5238);
}

/* Water from z0 to z1, as strips whose tone changes like waves. */
static void sea(Stage *st, float z0, float z1)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    Pixel sky = pixel_mix(l->horizon, l->zenith, 0.5f);
    Pixel deep = pixel_mix(colour_hex(0x0E4A6E) * light_on_upright(l), sky, 0.35f);
    Pixel shallow = pixel_mix(colour_hex(0x4FB8B0) * light_on_upright(l), sky, 0.3f);
    float z = z1;
    Painter *p = stage_layer(st, z1);
    Fill f = fill_two(FILL_FLAT, deep, deep);
    f.glows = true;
    for (int i = 0; i < 60 && z > z0; i++) {
        float next = fmaxf(z * 0.90f, z0), t = (z - z0) / (z1 - z0);
        t = sqrtf(t);
        f.a = pixel_mix(shallow, deep, t) * pixel_all(rng_range(r, 0.86f, 1.14f));
        float hw = stage_half_width(st, z) * 1.3f;
        float w = stage_half_width(st, next) * 1.3f;
        paint_polygon3(p, (Point3[]){ { -hw, 0, z }, { hw, 0, z }, { w, 0, next }, { -w, 0, next } }, 4, &f);
        p->z = next;
        for (int k = 0; k < 5; k++) { /* crests and their foam near the shore */
            Fill crest = fill_two(FILL_DOWN, pixel_mix(f.a, l->horizon, 0.7f), f.a);
            crest.glows = true;
            crest.opacity = 0.6f;
            paint_ellipse(p, rng_range(r, -w, w), 0, w * rng_range(r, 0.05f, 0.3f), 0.004f * next, &crest);
        }
        z = next;
    }
    p->z = 0.5f * (z0 + z1) < 20 ? z1 : 20; /* blur for the middle distance */
}

static void foam(Stage *st, float z, float width)
{
    Rng *r = &st->rng;
    Painter *p = stage_layer(st, z);
    Fill white = fill_flat((Pixel){ 0.85f, 0.88f, 0.9f, 1 });
    Point3 q[24];
    float hw = stage_half_width(st, z) * 1.2f, phase = rng_range(r, 0, 6);
    for (int i = 0; i < 12; i++) {
        float x = hw * ((float)i / 5.5f - 1),
              wave = 0.18f * z *
                     (0.5f * sinf(phase + 1.9f * (float)i) + 0.3f * sinf(2.3f * phase + 0.9f * (float)i));
        q[i] = (Point3){ x, 0, z + wave };
        q[23 - i] = (Point3){ x, 0, z + wave + width * (0.7f + 0.3f * sinf(1.3f * (float)i + phase)) };
    }
    paint_polygon3(p, q, 24, &white);
}

void beach_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    float shore = st->scene->camera.focus * rng_range(r, 3.0f, 5.5f);
    stage_sky(st);
    stage_ground(st);
    if (rng_float(r) < 0.5f) {
        Painter *p = stage_layer(st, 400);
        Fill hill = fill_flat(pixel_mix(colour_hex(0x4A6070), st->scene->light.haze, 0.4f));
        float x = rng_range(r, -140, 140), w = rng_range(r, 60, 130);
        paint_polygon(p,
                      (Point2[]){ { x - w, 0 },
                                  { x - 0.5f * w, 10 },
                                  { x - 0.1f * w, 22 },
                                  { x + 0.3f * w, 15 },
                                  { x + w, 0 } },
                      5, &hill);
    }
    sea(st, shore, 900);
    foam(st, shore * 1.9f, 0.5f * shore);
    foam(st, shore, 0.30f * shore);
    if (rng_float(r) < 0.55f) {
        float z = shore * rng_range(r, 0.9f, 1.5f), side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
        Painter *p = stage_layer(st, z);
        plant_palm(p, r, side * stage_half_width(st, z) * rng_range(r, 0.5f, 0.9f), 0.9f * z,
                   colour_near(r, 0x3E6A2A), colour_near(r, 0x7A6248));
    }
}

void desert_surface(Scene *s)
{
    surface_set_ground(
        s, &(GroundLook){ MATERIAL_SAND, { 0.8f, 1.4f }, { 0xB4713C, 0xE2A868, 0x7A4422 }, 0.26f, 0 });
    s->surface.turn = rng_range(&s->rng, -0.6f, 0.6f);
}

static void cactus(Painter *p, Rng *r, float x, float h)
{
    Fill f = fill_round(colour_near(r, 0x5A7A48));
    f.grain = 0.3f;
    f.grain_x = 300;
    f.grain_y = 4;
    float w = 0.085f * h;
    paint_rect(p, x - w, 0, x + w, h - w, &f);
    paint_ellipse(p, x, h - w, w, w, &f);
    for (int s = -1; s <= 1; s += 2) {
        float y = h * rng_range(r, 0.35f, 0.55f), up = h * rng_range(r, 0.2f, 0.32f),
              ax = x + (float)s * 2.6f * w;
        paint_rect(p, fminf(x, ax), y - 0.7f * w, fmaxf(x, ax), y + 0.7f * w, &f);
        paint_rect(p, ax - 0.7f * w, y - 0.6f * w, ax + 0.7f * w, y + up, &f);
        paint_ellipse(p, ax, y + up, 0.7f * w, 0.7f * w, &f);
    }
}

void desert_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Surface *f = &st->scene->surface;
    Pixel sand = pixel_mix(f->colour[0], f->colour[1], 0.6f);
    if (st->scene->on_table)
        sand = pixel_mix(st->scene->ground.colour[0], st->scene->ground.colour[1], 0.6f);
    stage_sky(st);
    bool mesas = rng_float(r) < 0.5f;
    land_range(st, &(RangeLook){ .z = 900,
                                 .height = mesas ? 70 : 90,
                                 .rough = mesas ? 0 : 0.4f,
                                 .colour = pixel_mix(sand, colour_hex(0x9A5A4A), 0.6f),
                                 .haze = 0.55f });
    land_range(st, &(RangeLook){ .z = 400,
                                 .height = 30,
                                 .rough = mesas ? 0 : 0.1f,
                                 .colour = pixel_dim(sand, 0.9f),
                                 .haze = 0.3f });
    stage_ground(st);
    land_range(st, &(RangeLook){ .z = 90, .height = 5.5f, .rough = 0.02f, .colour = sand, .haze = 0.12f });
    land_range(
        st, &(RangeLook){
                .z = 30, .height = 1.2f, .rough = 0.02f, .colour = pixel_dim(sand, 1.05f), .haze = 0.04f });
    for (int i = 0; i < 3; i++) {
        float z = 24 - 7.0f * (float)i;
        Painter *p = stage_layer(st, z);
        float w = stage_half_width(st, z);
        if (rng_float(r) < 0.7f)
            cactus(p, r, rng_range(r, -0.9f, 0.9f) * w, rng_range(r, 1.8f, 3.2f));
        for (int k = 0; k < 3; k++) {
            Fill rock = fill_round(colour_near(r, 0x8A6048));
            float s = rng_range(r, 0.12f, 0.4f), x = rng_range(r, -1, 1) * w;
            paint_polygon(p,
                          (Point2[]){ { x - s, 0 },
                                      { x - 0.8f * s, 0.5f * s },
                                      { x - 0.1f * s, 0.8f * s },
                                      { x + 0.7f * s, 0.45f * s },
                                      { x + s, 0 } },
                          5, &rock);
        }
    }
    stage_flush(st);
}

void snow_surface(Scene *s)
{
    surface_set_ground(
        s, &(GroundLook){ MATERIAL_SNOW, { 1.0f, 1.6f }, { 0xC4D0E0, 0xF4F6FA, 0xFFFFFF }, 0.09f, 0.03f });
}

void snow_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    stage_sky(st);
    Pixel white = colour_hex(0xE4EAF2);
    if (rng_float(r) < 0.7f)
        land_range(st, &(RangeLook){ .z = 900,
                                     .height = rng_range(r, 130, 220),
                                     .rough = 1,
                                     .colour = colour_hex(0x5A6478),
                                     .snow = 0.8f,
                                     .haze = 0.35f });
    stage_ground(st);
    land_range(st, &(RangeLook){ .z = 120, .height = 7, .rough = 0.05f, .colour = white, .haze = 0.15f });
    for (int k = 0; k < 3; k++) {
        float z = 60.0f / (float)(1 << k);
        Painter *p = stage_layer(st, z);
        float w = stage_half_width(st, z);
        for (int i = 0; i < 13 - 4 * k; i++) {
            float x = rng_range(r, -1.1f, 1.1f) * w;
            if (k == 2 && fabsf(x) < 0.35f * w)
                continue;
            plant_fir(p, r, x, rng_range(r, 5, 9), colour_near(r, 0x2E4A40), 0.85f);
        }
        Fill drift = fill_two(FILL_DOWN, pixel_dim(white, 1.02f), pixel_dim(white, 0.85f));
        for (int i = 0; i < 4; i++)
            paint_ellipse(p, rng_range(r, -1, 1) * w, -0.05f * z * 0.1f, 0.5f * w, 0.012f * z, &drift);
    }
    stage_flush(st);
}
