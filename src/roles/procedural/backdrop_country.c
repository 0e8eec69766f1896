/* Tended and open land: garden, park, mountain meadow, lake, terrace. */
#include "roles/procedural/families.h"
#include "roles/procedural/furnish.h"
#include "roles/procedural/land.h"
#include "roles/procedural/plants.h"
#include "roles/procedural/props.h"
#include "roles/procedural/surface.h"

#include <math.h>

static void lawn(Scene *s)
{
    surface_set_ground(
        s, &(GroundLook){ MATERIAL_SOIL, { 0.5f, 0.8f }, { 0x2E4A18, 0x6E9238, 0x4A5A22 }, 0.06f, 0 });
    s->surface.blades = rng_range(&s->rng, 0.6f, 1.0f);
    s->surface.blade_colour[0] = colour_near(&s->rng, 0x3E6A1E);
    s->surface.blade_colour[1] = colour_near(&s->rng, 0x8FB84A);
}

void garden_surface(Scene *s)
{
    lawn(s);
}

/* A bed of flowers across the layer. */
static void flowers(Painter *p, Rng *r, float w, float height, int count)
{
    static const uint32_t petals[] = { 0xE6487A, 0xF2D23A, 0xF4EFE6, 0xA050C8, 0xE8642A, 0xD82A3A };
    Pixel green[2] = { colour_hex(0x3A6424), colour_hex(0x6A9040) };
    plant_grass(p, r, (float[2]){ -w, w }, 0.8f * height, count, green);
    uint32_t kinds[2] = { petals[rng_index(r, 6)], petals[rng_index(r, 6)] };
    for (int i = 0; i < count; i++) {
        float x = rng_range(r, -w, w), y = height * rng_range(r, 0.5f, 1.1f),
              s = height * rng_range(r, 0.07f, 0.12f);
        Fill f = fill_round(colour_near(r, kinds[i & 1])), heart = fill_flat(colour_hex(0xE8B83A));
        for (int k = 0; k < 5; k++) {
            float a = 1.2566f * (float)k;
            paint_ellipse(p, x + 0.7f * s * cosf(a), y + 0.6f * s * sinf(a), 0.6f * s, 0.5f * s, &f);
        }
        paint_ellipse(p, x, y, 0.35f * s, 0.3f * s, &heart);
    }
}

static void fence(Painter *p, Rng *r, float w, Pixel c)
{
    Fill rail = fill_two(FILL_DOWN, c, pixel_dim(c, 0.6f));
    paint_rect(p, -w, 0.35f, w, 0.43f, &rail);
    paint_rect(p, -w, 0.85f, w, 0.93f, &rail);
    for (float x = -w; x < w; x += 0.17f) {
        Fill f = fill_round(pixel_dim(c, rng_range(r, 0.85f, 1.1f)));
        paint_polygon(
            p,
            (Point2[]){
                { x, 0 }, { x + 0.11f, 0 }, { x + 0.11f, 1.08f }, { x + 0.055f, 1.17f }, { x, 1.08f } },
            5, &f);
    }
}

void garden_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    Pixel leaf = colour_near(r, 0x5E8A34), bark = colour_near(r, 0x5A4636);
    stage_sky(st);
    Painter *p = stage_layer(st, 22);
    float w = stage_half_width(st, 22);
    for (int i = 0; i < 7; i++)
        plant_tree(p, r, rng_range(r, -w, w), rng_range(r, 5, 8), pixel_dim(leaf, rng_range(r, 0.7f, 1.1f)),
                   bark);
    if (rng_float(r) < 0.45f) { /* a house behind the trees */
        Fill wall = fill_grain(colour_near(r, 0xE0D4BC), 0.06f, 10, 10),
             roof = fill_grain(colour_near(r, 0x9A4A34), 0.2f, 20, 60),
             pane = fill_flat(colour_hex(0x3A4852));
        float x = rng_range(r, -0.5f, 0.5f) * w;
        paint_rect(p, x - 3, 0, x + 3, 3, &wall);
        paint_polygon(p, (Point2[]){ { x - 3.5f, 3 }, { x + 3.5f, 3 }, { x + 2.4f, 5 }, { x - 2.4f, 5 } }, 4,
                      &roof);
        for (int i = 0; i < 3; i++)
            paint_rect(p, x - 2.4f + 1.9f * (float)i, 1, x - 1.4f + 1.9f * (float)i, 2.2f, &pane);
    }
    stage_ground(st);
    float z = rng_range(r, 6, 9);
    p = stage_layer(st, z);
    w = stage_half_width(st, z);
    if (rng_float(r) < 0.5f)
        fence(p, r, w, colour_near(r, rng_float(r) < 0.5f ? 0xF0EEE8 : 0x8A6A4A));
    else
        for (float x = -w; x < w; x += 0.5f)
            plant_foliage(p, r, (Point2){ x, rng_range(r, 0.5f, 0.8f) }, 0.6f, 0.6f, pixel_dim(leaf, 0.85f));
    p = stage_layer(st, z - 1);
    flowers(p, r, stage_half_width(st, z - 1), rng_range(r, 0.45f, 0.75f), 42);
    stage_flush(st);
}

void park_surface(Scene *s)
{
    if (rng_float(&s->rng) < 0.5f)
        surface_set_ground(
            s, &(GroundLook){ MATERIAL_GRAVEL, { 0.35f, 0.6f }, { 0x7A7066, 0xB8AC9C, 0x3E372F }, 0.16f, 0 });
    else
        lawn(s);
}

static void bench(Painter *p, float x, Pixel wood)
{
    Fill slat = fill_two(FILL_DOWN, pixel_dim(wood, 1.2f), pixel_dim(wood, 0.6f)),
         iron = fill_round(colour_hex(0x26292C));
    for (int s = -1; s <= 1; s += 2) {
        paint_rect(p, x + 0.75f * (float)s - 0.04f, 0, x + 0.75f * (float)s + 0.04f, 0.8f, &iron);
    }
    for (int i = 0; i < 4; i++) {
        float y = i < 2 ? 0.40f + 0.06f * (float)i : 0.40f + 0.15f * (float)i - 0.12f;
        paint_rect(p, x - 0.9f, y, x + 0.9f, y + (i < 2 ? 0.045f : 0.1f), &slat);
    }
}

void park_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    static const uint32_t leaves[] = { 0x6A9438, 0x4E7A30, 0xB88A2E, 0x86A040 };
    Pixel leaf = colour_near(r, leaves[rng_index(r, 4)]), bark = colour_near(r, 0x54442F);
    stage_sky(st);
    land_range(st, &(RangeLook){
                       .z = 80, .height = 7, .rough = 0.9f, .colour = pixel_dim(leaf, 0.6f), .haze = 0.2f });
    stage_ground(st);
    for (int k = 0; k < 3; k++) {
        float z = 34.0f - 11.0f * (float)k;
        Painter *p = stage_layer(st, z);
        float w = stage_half_width(st, z);
        Fill grass = fill_grain(colour_hex(0x64883A), 0.2f, 20, 200);
        if (k == 0)
            paint_rect(p, -w, -0.2f, w, 0.25f, &grass);
        for (int i = 0; i < 4 - k; i++)
            plant_tree(p, r, rng_range(r, -1.1f, 1.1f) * w, rng_range(r, 5.5f, 8.5f),
                       pixel_dim(leaf, rng_range(r, 0.8f, 1.2f)), bark);
    }
    float z = rng_range(r, 6, 9);
    Painter *p = stage_layer(st, z);
    float w = stage_half_width(st, z);
    bench(p, rng_range(r, -0.6f, 0.6f) * w, colour_near(r, 0x8A5A34));
    for (int i = 0; i < 4; i++)
        plant_foliage(p, r, (Point2){ (i & 1 ? 1.0f : -1.0f) * rng_range(r, 0.6f, 1.1f) * w, 0.3f }, 0.6f,
                      0.45f, pixel_dim(leaf, 0.8f));
    stage_flush(st);
}

void meadow_surface(Scene *s)
{
    if (rng_float(&s->rng) < 0.65f)
        lawn(s);
    else
        surface_set_ground(
            s, &(GroundLook){ MATERIAL_GRAVEL, { 0.6f, 0.9f }, { 0x5E5C58, 0xA09C94, 0x4A5A2E }, 0.2f, 0 });
}

void meadow_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    stage_sky(st);
    land_range(st, &(RangeLook){ .z = 1500,
                                 .height = rng_range(r, 330, 460),
                                 .rough = 1,
                                 .colour = colour_hex(0x566078),
                                 .snow = 0.55f,
                                 .haze = 0.42f });
    land_range(st, &(RangeLook){ .z = 800,
                                 .height = rng_range(r, 100, 150),
                                 .rough = 0.7f,
                                 .colour = colour_hex(0x4A5E50),
                                 .haze = 0.3f });
    stage_ground(st);
    land_range(
        st,
        &(RangeLook){ .z = 220, .height = 22, .rough = 0.3f, .colour = colour_hex(0x56783A), .haze = 0.18f });
    Painter *p = stage_layer(st, 60);
    float w = stage_half_width(st, 60);
    for (int i = 0; i < 10; i++)
        plant_fir(p, r, (rng_float(r) < 0.5f ? -1.0f : 1.0f) * rng_range(r, 0.25f, 1.1f) * w,
                  rng_range(r, 5, 9), colour_near(r, 0x2E4A30), 0);
    p = stage_layer(st, 3.2f);
    flowers(p, r, stage_half_width(st, 3.2f), 0.16f, 30);
    stage_flush(st);
}

void lake_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_PLANKS, rng_range(&s->rng, 0.35f, 0.7f));
    s->surface.span = rng_range(&s->rng, 0.9f, 1.3f);
    s->surface.turn = rng_float(&s->rng) < 0.6f ? 0 : 1.5708f;
    s->surface.edge = EDGE_STRAIGHT;
    s->surface.edge_slope = rng_range(&s->rng, -0.06f, 0.06f);
    s->surface.edge_z = s->camera.focus * rng_range(&s->rng, 1.8f, 2.6f);
    surface_ground_below(
        s, &(GroundLook){ MATERIAL_GRAVEL, { 0.6f, 0.9f }, { 0x4A4A44, 0x7A7A70, 0x2E3A34 }, 0.1f, 0 });
}

void lake_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    stage_sky(st);
    land_range(st, &(RangeLook){ .z = 1200,
                                 .height = rng_range(r, 120, 260),
                                 .rough = 0.9f,
                                 .colour = colour_hex(0x56647A),
                                 .snow = rng_float(r) < 0.5f ? 0.5f : 0,
                                 .haze = 0.45f });
    land_range(st, &(RangeLook){ .z = 420,
                                 .height = rng_range(r, 25, 50),
                                 .rough = 0.5f,
                                 .colour = colour_hex(0x3E5A48),
                                 .haze = 0.3f });
    Painter *p = stage_layer(st, 160);
    float w = stage_half_width(st, 160);
    for (int i = 0; i < 26; i++)
        plant_fir(p, r, rng_range(r, -1.1f, 1.1f) * w, rng_range(r, 9, 17), colour_near(r, 0x2A4632), 0);
    land_water(st, 1.2f, 155, colour_near(r, 0x2A5A66), rng_range(r, 0.15f, 0.7f));
    p = stage_layer(st, 7);
    Pixel reed[2] = { colour_hex(0x5A6A2A), colour_hex(0xA8A050) };
    w = stage_half_width(st, 7);
    float side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    plant_grass(p, r, (float[2]){ side > 0 ? 0.45f * w : -1.1f * w, side > 0 ? 1.1f * w : -0.45f * w }, 1.0f,
                40, reed);
    if (rng_float(r) < 0.5f) {
        Fill post = fill_round(colour_near(r, 0x5A4634));
        paint_rect(p, -side * 0.7f * w, -0.5f, -side * 0.7f * w + 0.18f, 0.8f, &post);
    }
    stage_flush(st);
}

void terrace_surface(Scene *s)
{
    surface_set_top(
        s, 1u << TOP_WOOD | 1u << TOP_PLANKS | 1u << TOP_TILES | 1u << TOP_CONCRETE | 1u << TOP_STEEL, 0.74f);
    surface_ground_below(
        s, &(GroundLook){ MATERIAL_TILES, { 1.2f, 1.8f }, { 0x9A8A78, 0xC8B8A2, 0x6A6056 }, 0.06f, 0 });
}

void terrace_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    stage_sky(st);
    Painter *p;
    if (rng_float(r) < 0.5f) {
        land_range(
            st, &(RangeLook){
                    .z = 900, .height = 80, .rough = 0.5f, .colour = colour_hex(0x5A7080), .haze = 0.45f });
        land_range(st,
                   &(RangeLook){
                       .z = 200, .height = 14, .rough = 0.8f, .colour = colour_hex(0x4E6A3C), .haze = 0.2f });
    } else { /* roofs of the town */
        p = stage_layer(st, 70);
        float w = stage_half_width(st, 70);
        for (float x = -w - 3; x < w;) {
            float width = rng_range(r, 5, 10), h = rng_range(r, 3, 12);
            Fill wall = fill_grain(colour_near(r, 0xC8B8A0), 0.08f, 5, 5),
                 roof = fill_flat(colour_near(r, 0x9A5038));
            paint_rect(p, x, -5, x + width, h, &wall);
            paint_polygon(
                p, (Point2[]){ { x - 0.4f, h }, { x + width + 0.4f, h }, { x + 0.5f * width, h + 2.5f } }, 3,
                &roof);
            for (int i = 0; i < 6; i++) {
                Fill pane = l->lamps > 1 ? fill_glow((Pixel){ 1, 0.75f, 0.4f, 1 }, 0.5f * l->lamps)
                                         : fill_flat(colour_hex(0x46525C));
                float wx = x + 0.8f + (width - 2.4f) * (float)(i % 3) / 2,
                      wy = h - 2.2f - 3.0f * (float)(i / 3);
                paint_rect(p, wx, wy, wx + 0.9f, wy + 1.3f, &pane);
            }
            x += width;
        }
    }
    stage_ground(st);
    float z = rng_range(r, 3.6f, 5);
    p = stage_layer(st, z);
    float w = stage_half_width(st, z);
    Fill iron = fill_round(colour_hex(0x2A2E30));
    for (float x = -w; x < w; x += 0.14f)
        paint_rect(p, x, 0, x + 0.022f, 0.98f, &iron);
    paint_rect(p, -w, 0.96f, w, 1.02f, &iron);
    for (int i = 0; i < 5; i++)
        plant_potted(p, r, (Point2){ rng_range(r, -1, 1) * w, 0 }, rng_range(r, 0.7f, 1.5f),
                     colour_near(r, 0x4E7E3A), colour_near(r, 0xB06A48));
    if (rng_float(r) < 0.6f)
        furnish_light_string(p, r, (float[4]){ -w, stage_top(st, z) - 0.2f, w, stage_top(st, z) - 0.1f }, 9,
                             fmaxf(0.7f, l->lamps));
    p = stage_layer(st, z - 0.9f);
    w = stage_half_width(st, z - 0.9f);
    furnish_chair(p, r, (rng_float(r) < 0.5f ? -0.6f : 0.6f) * w, 0.92f, colour_near(r, 0xB08050));
    stage_flush(st);
}
