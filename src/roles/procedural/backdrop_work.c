/* Places of work and study: office, library, classroom, workshop, warehouse. */
#include "roles/procedural/families.h"
#include "roles/procedural/furnish.h"
#include "roles/procedural/plants.h"
#include "roles/procedural/props.h"
#include "roles/procedural/surface.h"

#include <math.h>

void office_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD | 1u << TOP_LACQUER, 0.74f);
}

void office_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    float z = st->scene->back_z + 0.4f, w = stage_half_width(st, z),
          side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    furnish_light(st);
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, colour_near(r, rng_float(r) < 0.7f ? 0xDEDCD6 : 0x8A9AA4));
    float x = side * 0.45f * w, half = rng_range(r, 0.7f, 1.1f);
    float window[4] = { x - half, 0.85f, x + half, 2.3f };
    furnish_window(st, p, window, true, colour_hex(0x5A5E62));
    if (rng_float(r) < 0.5f)
        furnish_blinds(p, (float[4]){ window[0], 1.75f, window[2], 2.3f }, colour_hex(0xE4E2DC));
    float bx = -side * 0.75f * w;
    furnish_shelf(p, r, (float[4]){ bx - 0.5f, 0.1f, bx + 0.5f, 2.1f }, 6, SHELF_BOOKS,
                  colour_near(r, 0xC8B490), true);
    for (int i = 0; i < 3; i++) /* ceiling lights */
        furnish_glints(p, r, (float[4]){ -w, 2.7f, w, 2.75f }, 2, 0.12f, pixel_all(1), 3);
    p = stage_layer(st, z - 0.9f);
    float desk = -side * rng_range(r, 0.05f, 0.3f) * w;
    furnish_table(p, desk, 1.6f, 0.74f, colour_near(r, 0xB89A70));
    prop_monitor(p, r, (Point2){ desk + rng_range(r, -0.2f, 0.2f), 0.74f }, 0.46f);
    prop_pencils(p, r, (Point2){ desk + 0.55f, 0.74f }, 0.2f);
    prop_books_flat(p, r, (Point2){ desk - 0.58f, 0.74f }, 0.14f);
    furnish_chair(p, r, desk + side * 0.7f, 1.1f, colour_near(r, 0x2A2E34));
    plant_potted(p, r, (Point2){ side * 0.85f * w, 0 }, 1.3f, colour_hex(0x44703C), colour_near(r, 0xE0DCD4));
    stage_ground(st);
}

void library_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD, 0.75f);
}

void library_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    Pixel wood = colour_near(r, rng_float(r) < 0.6f ? 0x6A4428 : 0xA8804E);
    float z = st->scene->back_z + 0.8f, w = stage_half_width(st, z);
    furnish_light(st);
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, colour_near(r, 0xC8B89C));
    float unit = rng_range(r, 0.9f, 1.2f), shift = rng_range(r, 0, unit);
    for (float x = -w - shift; x < w; x += unit + 0.06f)
        furnish_shelf(p, r, (float[4]){ x, 0.05f, x + unit, 2.6f }, 7, SHELF_BOOKS, wood, true);
    if (rng_float(r) < 0.6f) { /* the end of a shelf that stands nearer */
        float zn = z - 1.2f, side = rng_float(r) < 0.5f ? -1.0f : 1.0f, wn = stage_half_width(st, zn);
        p = stage_layer(st, zn);
        float x0 = side > 0 ? 0.55f * wn : -wn - 0.3f, x1 = side > 0 ? wn + 0.3f : -0.55f * wn;
        furnish_shelf(p, r, (float[4]){ x0, 0, x1, 2.3f }, 6, SHELF_BOOKS, wood, true);
    }
    p = stage_layer(st, z - 1.4f);
    float lx = rng_range(r, -0.5f, 0.5f) * w;
    furnish_table(p, lx, 1.3f, 0.75f, wood);
    prop_lamp(p, r, (Point2){ lx, 0.75f }, 0.45f, fmaxf(1.2f, l->lamps));
    prop_books_flat(p, r, (Point2){ lx + 0.4f, 0.75f }, 0.16f);
    stage_ground(st);
}

void classroom_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD | 1u << TOP_LACQUER, 0.72f);
}

void classroom_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    float z = st->scene->back_z + 1.2f, w = stage_half_width(st, z),
          side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    furnish_light(st);
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, colour_near(r, 0xE6DFC8));
    float b[4] = { -0.6f * w, 0.95f, 0.6f * w, 2.1f };
    bool green = rng_float(r) < 0.7f;
    paint_flat_rect(p, b[0] - 0.05f, b[1] - 0.05f, b[2] + 0.05f, b[3] + 0.05f, colour_hex(0x8A6A44));
    Fill board = fill_grain(colour_near(r, green ? 0x2A5040 : 0x2E3234), 0.25f, 30, 90);
    paint_rect(p, b[0], b[1], b[2], b[3], &board);
    Fill chalk = fill_flat(colour_hex(0xDCE4DC));
    chalk.opacity = 0.75f;
    for (int line = 0; line < 5; line++) /* writing: short strokes in lines */
        for (float x = b[0] + 0.15f; x < b[2] - rng_range(r, 0.2f, 1.4f); x += rng_range(r, 0.04f, 0.11f)) {
            float y = b[3] - 0.2f - 0.19f * (float)line, dy = rng_range(r, -0.035f, 0.035f);
            paint_stroke(p, (Point2){ x, y }, (Point2){ x + 0.04f, y + dy }, 0.012f, 0.012f, &chalk);
        }
    paint_flat_rect(p, b[0], b[1] - 0.09f, b[2], b[1] - 0.05f, colour_hex(0xA8845A));
    furnish_window(st, p, (float[4]){ side * 0.85f * w - 0.35f, 0.9f, side * 0.85f * w + 0.5f, 2.2f }, false,
                   colour_hex(0xE8E4DC));
    prop_clock(p, r, (Point2){ -side * 0.75f * w, 2.0f }, 0.32f);
    for (int row = 0; row < 2; row++) {
        float zr = z - 1.0f - 0.8f * (float)row, wr = stage_half_width(st, zr);
        if (zr < st->scene->camera.focus + 0.9f)
            break;
        p = stage_layer(st, zr);
        for (float x = -wr + rng_range(r, 0, 0.4f); x < wr; x += 1.1f) {
            furnish_table(p, x, 0.8f, 0.72f, colour_near(r, 0xC8A068));
            furnish_chair(p, r, x, 0.84f, colour_near(r, row ? 0x3A5A8A : 0xA84A34));
            if (rng_float(r) < 0.6f)
                prop_books_flat(p, r, (Point2){ x + 0.1f, 0.72f }, 0.1f);
        }
    }
    stage_ground(st);
}

void workshop_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_PLANKS | 1u << TOP_WOOD | 1u << TOP_STEEL, 0.88f);
}

/* Silhouettes of tools that hang on a board, their upper end at (x, y). */
static void hanging_tool(Painter *p, Rng *r, float x, float y)
{
    Fill steel = fill_glaze(colour_near(r, 0x8A9096)), grip = fill_glaze(prop_colour(r)),
         wood = fill_round(colour_near(r, 0xA87A48));
    float h = rng_range(r, 0.2f, 0.32f);
    switch (rng_int(r, 0, 4)) {
    case 0: /* hammer */
        paint_rect(p, x - 0.013f, y - h, x + 0.013f, y, &wood);
        paint_rect(p, x - 0.06f, y - 0.045f, x + 0.05f, y, &steel);
        break;
    case 1: /* screwdriver */
        paint_rect(p, x - 0.006f, y - 0.9f * h, x + 0.006f, y - 0.4f * h, &steel);
        paint_rect(p, x - 0.018f, y - 0.42f * h, x + 0.018f, y, &grip);
        break;
    case 2: /* saw */
        paint_polygon(
            p,
            (Point2[]){ { x - 0.02f, y }, { x + 0.1f, y }, { x + 0.04f, y - 1.5f * h }, { x, y - 1.5f * h } },
            4, &steel);
        paint_rect(p, x - 0.04f, y - 0.02f, x + 0.11f, y + 0.1f, &wood);
        break;
    case 3: /* spanner */
        paint_rect(p, x - 0.012f, y - h, x + 0.012f, y, &steel);
        paint_ellipse(p, x, y, 0.034f, 0.034f, &steel);
        paint_ellipse(p, x, y - h, 0.034f, 0.034f, &steel);
        break;
    default: /* pliers */
        paint_stroke(p, (Point2){ x, y - 0.4f * h }, (Point2){ x - 0.035f, y - h }, 0.016f, 0.022f, &grip);
        paint_stroke(p, (Point2){ x, y - 0.4f * h }, (Point2){ x + 0.035f, y - h }, 0.016f, 0.022f, &grip);
        paint_polygon(p, (Point2[]){ { x - 0.025f, y - 0.4f * h }, { x + 0.025f, y - 0.4f * h }, { x, y } },
                      3, &steel);
    }
}

void workshop_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    float z = st->scene->back_z - 0.5f, w = stage_half_width(st, z),
          side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    furnish_light(st);
    stage_pool(st, -side * 0.3f * w, 1.9f, 0.7f,
               (Pixel){ 1, 0.78f, 0.5f, 0 } * pixel_all(0.4f + 0.2f * l->lamps));
    Painter *p = stage_layer(st, z);
    if (rng_float(r) < 0.5f)
        furnish_bricks(st, p, (float[4]){ -w, -0.2f, w, 3.5f }, colour_near(r, 0x8A5040));
    else
        furnish_wall(st, p, colour_near(r, 0xA8A498));
    float b[4] = { -0.85f * w, 1.05f, 0.55f * w, 1.95f };
    Fill board = fill_grain(colour_near(r, rng_float(r) < 0.6f ? 0xC09A66 : 0x4A6A7A), 0.15f, 50, 50);
    paint_rect(p, b[0], b[1], b[2], b[3], &board);
    for (int row = 0; row < 2; row++)
        for (float x = b[0] + 0.12f; x < b[2] - 0.1f; x += rng_range(r, 0.13f, 0.22f))
            hanging_tool(p, r, x, b[3] - 0.08f - 0.42f * (float)row);
    furnish_shelf(p, r, (float[4]){ -w, 2.0f, w, 2.35f }, 1, SHELF_WORKSHOP, colour_near(r, 0x7A5A3C), false);
    furnish_shelf(p, r, (float[4]){ 0.62f * w, 0.9f, 1.1f * w, 1.95f }, 4, SHELF_WORKSHOP,
                  colour_near(r, 0x6A6E72), true);
    Fill bench = fill_grain(colour_near(r, 0x8A6238), 0.3f, 20, 160);
    paint_rect(p, -w, 0.82f, w, 0.9f, &bench);
    for (float x = -w; x < w; x += 0.5f) { /* drawers under the bench */
        paint_flat_rect(p, x, 0.1f, x + 0.5f, 0.82f, colour_hex(0x2A2420));
        for (int i = 0; i < 3; i++)
            paint_flat_rect(p, x + 0.02f, 0.12f + 0.235f * (float)i, x + 0.48f, 0.33f + 0.235f * (float)i,
                            colour_near(r, 0x9A3A2C));
    }
    p = stage_layer(st, z - 0.3f);
    for (float x = -0.9f * w; x < 0.9f * w; x += rng_range(r, 0.2f, 0.5f))
        (rng_float(r) < 0.5f ? prop_can : prop_jar)(p, r, (Point2){ x, 0.9f }, rng_range(r, 0.1f, 0.2f));
    furnish_pendant(p, r, -side * 0.3f * w, 1.8f, fmaxf(1, l->lamps));
    stage_ground(st);
}

void warehouse_surface(Scene *s)
{
    surface_set_ground(
        s,
        &(GroundLook){ MATERIAL_CONCRETE, { 1.0f, 1.6f }, { 0x6E6C68, 0xA09C94, 0x4A4844 }, 0.14f, 0.22f });
    s->back_z = s->camera.focus + rng_range(&s->rng, 14, 20);
    s->surface.edge_z = s->back_z;
    if (rng_float(&s->rng) < 0.5f) {
        s->surface.mark_width = 0.1f;
        s->surface.mark_x = rng_range(&s->rng, -0.7f, 0.7f);
    }
}

/* One upright face of a rack along the aisle, between depths z0 and z1, at x; levels of boxes on beams. */
static void rack_bay(Painter *p, Rng *r, float x, float z0, float z1, float inward)
{
    Pixel steel = colour_hex(0x2C5AA0), beam = colour_hex(0xE07A20);
    for (int level = 0; level < 4; level++) {
        float y = 0.1f + 1.25f * (float)level;
        for (int i = 0; i < 2; i++) {
            float a = z0 + (z1 - z0) * (0.06f + 0.5f * (float)i), b = a + (z1 - z0) * 0.42f,
                  h = rng_range(r, 0.6f, 1.05f);
            Pixel c = rng_float(r) < 0.8f ? colour_near(r, 0xB08858) : prop_colour(r);
            Fill face = fill_flat(pixel_dim(c, 0.75f)),
                 front = fill_two(FILL_DOWN, pixel_dim(c, 1.05f), pixel_dim(c, 0.8f));
            float xi = x + inward * 0.08f, xo = x + inward * 1.0f;
            paint_polygon3(p, (Point3[]){ { xi, y, a }, { xo, y, a }, { xo, y + h, a }, { xi, y + h, a } }, 4,
                           &front);
            paint_polygon3(p, (Point3[]){ { xi, y, a }, { xi, y, b }, { xi, y + h, b }, { xi, y + h, a } }, 4,
                           &face);
        }
        Fill bf = fill_flat(beam);
        paint_polygon3(
            p, (Point3[]){ { x, y - 0.12f, z0 }, { x, y - 0.12f, z1 }, { x, y, z1 }, { x, y, z0 } }, 4, &bf);
    }
    Fill post = fill_flat(steel);
    paint_polygon3(
        p,
        (Point3[]){ { x - 0.05f, 0, z0 }, { x + 0.05f, 0, z0 }, { x + 0.05f, 6, z0 }, { x - 0.05f, 6, z0 } },
        4, &post);
}

void warehouse_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    const Camera *c = &st->scene->camera;
    float far = st->scene->back_z, lane = rng_range(r, 1.3f, 2.0f);
    st->base_light = 0.75f;
    Painter *p = stage_layer(st, far);
    float w = stage_half_width(st, far);
    Fill wall = fill_two(FILL_DOWN, colour_hex(0x8A9094), colour_hex(0xB8BCBC)),
         door = fill_two(FILL_DOWN, l->horizon, l->horizon * pixel_all(0.8f));
    paint_rect(p, -w, 0, w, 9, &wall);
    door.glows = true;
    paint_rect(p, -1.4f, 0, 1.6f, 3.4f, &door);
    Fill roof = fill_flat(colour_hex(0x3C4044));
    paint_polygon3(p, (Point3[]){ { -w, 7, far }, { w, 7, far }, { 12, 7, 2 }, { -12, 7, 2 } }, 4, &roof);
    stage_ground(st);
    float first = fmaxf(c->focus + 1.2f, 2.2f);
    for (float z = far - 2.7f; z > first; z -= 2.7f) {
        p = stage_layer(st, z + 1.3f);
        rack_bay(p, r, -lane, z, z + 2.6f, -1);
        rack_bay(p, r, lane, z, z + 2.6f, 1);
        Fill lamp = fill_glow((Pixel){ 1, 0.98f, 0.92f, 1 }, 5);
        paint_polygon3(
            p,
            (Point3[]){
                { -0.4f, 6.2f, z }, { 0.4f, 6.2f, z }, { 0.4f, 6.2f, z + 0.7f }, { -0.4f, 6.2f, z + 0.7f } },
            4, &lamp);
    }
    float zn = c->focus + 1.6f, wn = stage_half_width(st, zn);
    p = stage_layer(st, zn);
    prop_carton(p, r, (Point2){ (rng_float(r) < 0.5f ? -0.8f : 0.8f) * wn, 0 }, rng_range(r, 0.3f, 0.5f));
}
