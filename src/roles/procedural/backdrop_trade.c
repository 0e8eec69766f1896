/* Places where things are sold or shown: cafe, bar, shop, market, studio. */
#include "roles/procedural/families.h"
#include "roles/procedural/furnish.h"
#include "roles/procedural/noise.h"
#include "roles/procedural/plants.h"
#include "roles/procedural/props.h"
#include "roles/procedural/surface.h"

#include <math.h>

void cafe_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD | 1u << TOP_MARBLE | 1u << TOP_STEEL | 1u << TOP_TILES, 0.74f);
    if (rng_float(&s->rng) < 0.5f) {
        s->surface.edge = EDGE_ROUND;
        s->surface.edge_z = s->camera.focus + rng_range(&s->rng, 0.2f, 0.35f);
        s->surface.edge_slope = rng_range(&s->rng, 0.35f, 0.5f);
    }
    surface_ground_below(
        s, &(GroundLook){ MATERIAL_PAVING, { 0.9f, 1.3f }, { 0x6E665C, 0xA89C8C, 0x3A342E }, 0.12f, 0 });
}

/* House fronts with doors, shop windows and awnings along the other side of the street. */
static void cafe_houses(Stage *st, Painter *p, float w)
{
    Rng *r = &st->rng;
    float glow = 0.8f + 0.7f * st->scene->light.lamps;
    static const uint32_t fronts[] = { 0xD8C4A0, 0xB8785A, 0xE6DAC4, 0x8A9AA0, 0xC89A7A, 0xA8A890 };
    for (float x = -w - rng_range(r, 0, 2); x < w;) {
        float width = rng_range(r, 3.2f, 5.0f);
        Fill f = fill_grain(colour_near(r, fronts[rng_index(r, 6)]), 0.1f, 30, 30);
        paint_rect(p, x, 0, x + width, 12, &f);
        Fill pane = { .kind = FILL_DOWN,
                      .a = (Pixel){ 1, 0.8f, 0.52f, 1 } * pixel_all(glow * 0.8f),
                      .b = (Pixel){ 0.8f, 0.5f, 0.25f, 1 } * pixel_all(glow * 0.5f),
                      .glows = true };
        paint_flat_rect(p, x + 0.3f, 0, x + width - 0.3f, 2.5f, colour_near(r, 0x2E3A34));
        paint_rect(p, x + 0.45f, 0.6f, x + 0.58f * width, 2.3f, &pane);
        paint_rect(p, x + 0.65f * width, 0.3f, x + width - 0.5f, 2.3f, &pane);
        Pixel stripe = prop_colour(r);
        for (int i = 0; i < 10; i++) { /* awning */
            float a = x + 0.2f + (width - 0.4f) * (float)i / 10, b = a + (width - 0.4f) / 10;
            Fill s = fill_two(FILL_DOWN, i & 1 ? colour_hex(0xEFE9DC) : stripe,
                              pixel_dim(i & 1 ? colour_hex(0xEFE9DC) : stripe, 0.7f));
            paint_rect(p, a, 2.35f, b, 3.1f, &s);
        }
        for (float wx = x + 0.5f; wx < x + width - 0.9f; wx += 1.3f)
            for (int floor = 0; floor < 2; floor++) {
                float y = 4.0f + 3.0f * (float)floor;
                paint_flat_rect(p, wx - 0.1f, y - 0.1f, wx + 0.9f, y + 1.7f, colour_hex(0xE8E2D6));
                paint_flat_rect(p, wx, y, wx + 0.8f, y + 1.6f, colour_hex(0x3A4650));
            }
        x += width;
    }
}

void cafe_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    stage_sky(st);
    float z = rng_range(r, 9, 13);
    Painter *p = stage_layer(st, z);
    cafe_houses(st, p, stage_half_width(st, z));
    stage_ground(st);
    z = rng_range(r, 4.5f, 6);
    p = stage_layer(st, z);
    float w = stage_half_width(st, z), side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    for (float x = -w; x < w; x += rng_range(r, 1.3f, 2.0f)) {
        Fill leg = fill_glaze(colour_hex(0x2A2A2C)),
             top = fill_two(FILL_DOWN, colour_hex(0xD8D4CC), colour_hex(0x8A867E));
        paint_rect(p, x - 0.03f, 0, x + 0.03f, 0.72f, &leg);
        paint_ellipse(p, x, 0.74f, 0.34f, 0.05f, &top);
        Pixel seat = colour_near(r, 0xA86A3A);
        furnish_chair(p, r, x - 0.5f, 0.88f, seat);
        furnish_chair(p, r, x + 0.5f, 0.88f, seat);
        prop_cup(p, r, (Point2){ x, 0.77f }, 0.09f);
    }
    plant_potted(p, r, (Point2){ side * 0.8f * w, 0 }, 1.7f, colour_hex(0x4A7A38), colour_near(r, 0xA05A3C));
    if (rng_float(r) < 0.7f) {
        float y = stage_top(st, z) - 0.25f;
        furnish_light_string(p, r, (float[4]){ -w, y, w, y + rng_range(r, -0.2f, 0.2f) }, 11,
                             fmaxf(1.0f, l->lamps));
    }
    stage_flush(st);
}

void bar_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD | 1u << TOP_LACQUER | 1u << TOP_STEEL, 1.05f);
    s->surface.gloss = fmaxf(s->surface.gloss, 0.35f);
}

void bar_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    float z = st->scene->back_z - 0.2f, w = stage_half_width(st, z), glow = fmaxf(1.2f, l->lamps);
    Pixel wood = colour_near(r, 0x5A3A26), warm = { 1, 0.7f, 0.4f, 0 };
    st->base_light = 0.45f;
    stage_pool(st, -0.5f * w, 1.6f, 0.7f, warm * pixel_all(0.35f * glow));
    stage_pool(st, 0.5f * w, 1.6f, 0.7f, warm * pixel_all(0.35f * glow));
    Painter *p = stage_layer(st, z);
    furnish_bricks(st, p, (float[4]){ -w, 0, w, 3.5f }, colour_near(r, 0x7A4636));
    for (int row = 0; row < 3; row++) {
        float y = 1.15f + 0.42f * (float)row;
        Fill strip = fill_glow(l->hour == HOUR_NEON
                                   ? (row & 1 ? (Pixel){ 0.2f, 0.6f, 1, 1 } : (Pixel){ 1, 0.2f, 0.7f, 1 })
                                   : (Pixel){ 1, 0.72f, 0.4f, 1 },
                               0.9f * glow);
        for (float x = -0.95f * w; x < 0.95f * w; x += rng_range(r, 0.085f, 0.15f))
            prop_bottle(p, r, (Point2){ x, y }, rng_range(r, 0.24f, 0.34f));
        paint_flat_rect(p, -w, y - 0.035f, w, y, wood);
        paint_rect(p, -w, y - 0.045f, w, y - 0.035f, &strip);
    }
    furnish_cupboards(p, r, (float[4]){ -w, 0.1f, w, 1.0f }, 0.5f, wood);
    p = stage_layer(st, z - 0.7f);
    for (int i = 0; i < 3; i++)
        furnish_pendant(p, r, w * (-0.7f + 0.7f * (float)i), 1.95f, glow);
    furnish_glints(p, r, (float[4]){ -w, 1.1f, w, 2.2f }, 14, 0.012f, warm, 2 * glow);
    stage_ground(st);
}

void shop_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_LACQUER | 1u << TOP_STEEL | 1u << TOP_WOOD, 1.0f);
    s->surface.edge = EDGE_STRAIGHT;
    s->surface.edge_slope = 0;
    s->surface.edge_z = s->camera.focus * 1.25f + 0.05f;
}

void shop_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    float z = st->scene->back_z - rng_range(r, 0.3f, 0.8f), w = stage_half_width(st, z);
    st->base_light = 0.95f;
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, colour_hex(0xD8D8D4));
    static const uint32_t metals[] = { 0xE6E6E4, 0xC8CCD0, 0x8A8E92, 0xC8A878 };
    Pixel steel = colour_near(r, metals[rng_index(r, 4)]);
    float unit = rng_range(r, 1.1f, 1.5f);
    int rows = rng_int(r, 5, 7);
    for (float x = -w - rng_range(r, 0, unit); x < w; x += unit)
        furnish_shelf(p, r, (float[4]){ x, 0.15f, x + unit - 0.03f, 2.3f }, rows, SHELF_GOODS, steel, true);
    float h = 2.15f / (float)rows;
    for (int i = 0; i < rows; i++) { /* price tags along the boards */
        float y = 0.15f + h * (float)i;
        for (float x = -w; x < w; x += rng_range(r, 0.1f, 0.22f)) {
            bool offer = rng_float(r) < 0.2f;
            paint_flat_rect(p, x, y - 0.012f, x + 0.055f, y + 0.026f,
                            offer ? colour_hex(0xE8C020) : colour_hex(0xF4F4F2));
        }
    }
    Fill lamp = fill_glow((Pixel){ 0.95f, 1, 1, 1 }, 4);
    paint_rect(p, -w, 2.62f, w, 2.68f, &lamp);
    paint_flat_rect(p, -w, 2.36f, w, 2.56f, prop_colour(r));
    stage_ground(st);
}

void market_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_PLANKS | 1u << TOP_CLOTH | 1u << TOP_WOOD, 0.85f);
    surface_ground_below(
        s, &(GroundLook){ MATERIAL_PAVING, { 0.9f, 1.3f }, { 0x6A645C, 0x9C948A, 0x38342E }, 0.12f, 0 });
}

/* A stall: a striped roof on posts, crates of fruit on a slope before it. */
static void stall(Painter *p, Rng *r, float x, float w)
{
    static const uint32_t fruit[] = { 0xD8321E, 0xE88A1E, 0x6EA032, 0xE8C832, 0x6A2A50, 0x3A7A30, 0xC86040 };
    Fill post = fill_round(colour_hex(0x8A6A48));
    paint_rect(p, x - 0.5f * w, 0, x - 0.5f * w + 0.06f, 2.5f, &post);
    paint_rect(p, x + 0.5f * w - 0.06f, 0, x + 0.5f * w, 2.5f, &post);
    paint_flat_rect(p, x - 0.5f * w, 0.0f, x + 0.5f * w, 2.0f, colour_hex(0x2A241E));
    for (int row = 2; row >= 0; row--)
        for (float cx = x - 0.5f * w; cx < x + 0.5f * w - 0.2f; cx += 0.52f) {
            float y = 0.45f + 0.32f * (float)row;
            uint32_t kind = fruit[rng_index(r, 7)];
            paint_flat_rect(p, cx, y - 0.22f, cx + 0.5f, y + 0.02f, colour_near(r, 0xB8905C));
            for (int i = 0; i < 16; i++) {
                Fill f = fill_glaze(colour_near(r, kind));
                paint_ellipse(p, cx + rng_range(r, 0.05f, 0.45f), y + rng_range(r, 0.0f, 0.12f), 0.05f, 0.05f,
                              &f);
            }
        }
    Pixel stripe = prop_colour(r);
    for (int i = 0; i < 8; i++) {
        Pixel c = i & 1 ? colour_hex(0xF2EEE4) : stripe;
        float a = x + w * (-0.56f + 0.14f * (float)i);
        Fill f = fill_two(FILL_DOWN, c, pixel_dim(c, 0.65f));
        paint_rect(p, a, 2.05f, a + 0.14f * w, 2.75f, &f);
    }
}

void market_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    stage_sky(st);
    float z = rng_range(r, 10, 14);
    Painter *p = stage_layer(st, z);
    cafe_houses(st, p, stage_half_width(st, z));
    stage_ground(st);
    z = rng_range(r, 3.4f, 4.6f);
    p = stage_layer(st, z);
    float w = stage_half_width(st, z), width = rng_range(r, 1.9f, 2.4f);
    for (float x = -w - rng_range(r, 0, 0.8f); x < w + 1; x += width + rng_range(r, 0.15f, 0.5f))
        stall(p, r, x, width);
    stage_flush(st);
}

void studio_surface(Scene *s)
{
    static const uint32_t papers[][3] = {
        { 0xC8C4BE, 0xE2DED8, 0xD8D4CE }, { 0x6A7A84, 0x8A9AA4, 0x7A8A94 }, { 0xC89A84, 0xE2B8A4, 0xD8AC98 },
        { 0x3A3C40, 0x54565A, 0x484A4E }, { 0xB8B08A, 0xD6CEA8, 0xC8C09A }, { 0x7A9484, 0x9CB4A4, 0x8CA494 }
    };
    const uint32_t *c = papers[rng_index(&s->rng, 6)];
    surface_set_ground(s,
                       &(GroundLook){ MATERIAL_PAPER, { 0.7f, 1.0f }, { c[0], c[1], c[2] }, 0.05f, 0.05f });
    s->back_z = s->camera.focus + rng_range(&s->rng, 0.7f, 1.1f);
    s->surface.edge_z = s->back_z;
    s->surface.edge_slope = 0;
}

/* The paper rises from the floor in a curve: rows of the wall take the floor's colour and lose its light
 * upwards. */
static void paper_wall(Stage *st, Painter *p, float w, float bright_x)
{
    const Surface *f = &st->scene->surface;
    const Light *l = &st->scene->light;
    Pixel c = pixel_mix(f->colour[0], f->colour[1], 0.5f);
    float top = stage_top(st, p->z) + 0.1f;
    for (int i = 0; i < 40; i++) {
        float t0 = (float)i / 40, t1 = t0 + 0.027f, bend = smooth_step(0, 0.35f, t0);
        Pixel e = (l->key * pixel_all(1 - 0.45f * bend) + l->fill) / light_on_upright(l);
        e[3] = 1;
        Fill strip = fill_grain(c * e, 0.05f, 50, 50);
        paint_rect(p, -w, top * t0, w, top * t1, &strip);
    }
    stage_pool(st, bright_x, 0.4f * top, 0.3f * w, l->key * pixel_all(0.3f));
}

/* Blocks and arches of plaster, as product photographs use. */
static void studio_blocks(Stage *st, Painter *p, float w)
{
    Rng *r = &st->rng;
    const Surface *f = &st->scene->surface;
    for (int i = 0; i < 3; i++) {
        Pixel c = pixel_mix(f->colour[1], prop_colour(r), rng_range(r, 0.15f, 0.6f));
        float side = i == 0   ? -1.0f
                     : i == 1 ? 1.0f
                              : -0.5f,
              x = side * w * rng_range(r, 0.45f, 0.95f), h = w * rng_range(r, 0.25f, 0.8f),
              half = w * rng_range(r, 0.12f, 0.25f);
        Fill round = fill_round(c), flat = fill_two(FILL_ACROSS, pixel_dim(c, p->side < 0 ? 1.15f : 0.75f),
                                                    pixel_dim(c, p->side < 0 ? 0.75f : 1.15f));
        Fill shade = fill_flat((Pixel){ 0, 0, 0, 1 });
        shade.opacity = 0.35f;
        paint_ellipse(p, x - 0.3f * half * p->side, 0.01f, 1.5f * half, 0.06f * half + 0.01f, &shade);
        switch (rng_int(r, 0, 2)) {
        case 0: paint_rect(p, x - half, 0, x + half, h, &round); break;
        case 1: paint_ellipse(p, x, 0.8f * half, 0.8f * half, 0.8f * half, &round); break;
        default: paint_rect(p, x - half, 0, x + half, h, &flat); paint_ellipse(p, x, h, half, half, &flat);
        }
    }
}

void studio_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    float z = st->scene->back_z, w = stage_half_width(st, z);
    Painter *p = stage_layer(st, z);
    float side = p->side;
    paper_wall(st, p, w, side * 0.4f * w);
    p = stage_layer(st, z);
    paper_wall(st, p, w, side * 0.4f * w);
    int kind = rng_int(r, 0, 3);
    if (kind == 0) { /* a second sheet, hung beside the first */
        Pixel c = prop_colour(r);
        float x = rng_range(r, -0.4f, 0.4f) * w;
        Fill sheet = fill_grain(c, 0.05f, 40, 40), shade = fill_flat((Pixel){ 0, 0, 0, 1 });
        shade.opacity = 0.3f;
        paint_rect(p, x + (side < 0 ? 0.0f : -3.0f), 0, x + (side < 0 ? 3.0f : 0.0f), 3, &sheet);
        paint_rect(p, x - (side < 0 ? 0.02f : 0.0f), 0, x + (side < 0 ? 0.0f : 0.02f), 3, &shade);
    } else if (kind == 1) { /* cloth in folds */
        furnish_curtain(p, r, (float[4]){ -w, 0, w, 3 },
                        pixel_mix(st->scene->surface.colour[1], prop_colour(r), 0.4f));
    }
    if (kind >= 1) {
        stage_ground(st);
        float zb = st->scene->camera.focus + 0.55f * (z - st->scene->camera.focus);
        p = stage_layer(st, zb);
        studio_blocks(st, p, stage_half_width(st, zb));
        stage_flush(st);
        return;
    }
    float zb = z - 0.25f;
    stage_layer(st, zb);
    stage_ground(st);
}
