/* Rooms of a home: kitchen, living room, bedroom, bathroom. */
#include "roles/procedural/families.h"
#include "roles/procedural/furnish.h"
#include "roles/procedural/plants.h"
#include "roles/procedural/props.h"
#include "roles/procedural/surface.h"

#include <math.h>

static Pixel pick(Rng *r, const uint32_t *colours, size_t n)
{
    return colour_near(r, colours[rng_index(r, n)]);
}

void kitchen_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD | 1u << TOP_MARBLE | 1u << TOP_TERRAZZO | 1u << TOP_LACQUER, 0.9f);
}

/* The strip between the cupboards: tiles, what stands on the counter, and sometimes a window or a shelf. */
static void kitchen_wall(Stage *st, Painter *p, float w, Pixel front, Pixel wall)
{
    Rng *r = &st->rng;
    float size = rng_range(r, 0.08f, 0.15f);
    furnish_tiles(p, r, (float[4]){ -w, 0.92f, w, 1.5f },
                  (float[2]){ size * (rng_float(r) < 0.6f ? 2.0f : 1.0f), size }, rng_float(r) < 0.7f, wall);
    float window = rng_range(r, -0.7f, 0.7f) * w, half = rng_range(r, 0.4f, 0.6f);
    int kind = rng_int(r, 0, 2);
    if (kind != 1)
        furnish_cupboards(p, r, (float[4]){ -w, 1.5f, w, 2.3f }, rng_range(r, 0.4f, 0.6f), front);
    else
        for (int i = 0; i < 2; i++)
            furnish_shelf(p, r, (float[4]){ -w, 1.45f + 0.38f * (float)i, w, 1.8f + 0.38f * (float)i }, 1,
                          SHELF_KITCHEN, colour_near(r, 0x8A6240), false);
    if (kind != 2)
        furnish_window(st, p, (float[4]){ window - half, 1.12f, window + half, 2.25f }, rng_float(r) < 0.3f,
                       colour_hex(0xEAE6DE));
    furnish_cupboards(p, r, (float[4]){ -w, 0.1f, w, 0.88f }, rng_range(r, 0.45f, 0.6f), front);
    Fill top = fill_two(FILL_DOWN, colour_near(r, 0xA08058), colour_hex(0x5A4430));
    paint_rect(p, -w, 0.87f, w, 0.92f, &top);
}

void kitchen_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    static const uint32_t fronts[] = { 0xEDE8DE, 0x4E6A5C, 0x34485C, 0xB08A5E,
                                       0xDCD8D0, 0x8A9A8C, 0xC8B49A, 0x6A3A34 };
    static const uint32_t walls[] = { 0xF0ECE4, 0xD8E4E0, 0xE6D8C0, 0xB8CCD4, 0x9AB0A4 };
    Pixel front = pick(r, fronts, 8), wall = pick(r, walls, 5);
    float z = st->scene->back_z, w = stage_half_width(st, z);
    furnish_light(st);
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, wall);
    kitchen_wall(st, p, w, front, wall);
    p = stage_layer(st, z - 0.35f);
    typedef void (*Prop)(Painter *, Rng *, Point2, float);
    static const Prop things[] = { prop_jar, prop_bottle, prop_teapot, prop_fruit_bowl,
                                   prop_jar, prop_cup,    prop_bottle, prop_vase };
    for (float x = -w; x < w; x += rng_range(r, 0.16f, 0.5f))
        things[rng_index(r, 8)](p, r, (Point2){ x, 0.92f }, rng_range(r, 0.14f, 0.30f));
    plant_potted(p, r, (Point2){ rng_range(r, -0.8f, 0.8f) * w, 0.92f }, rng_range(r, 0.3f, 0.45f),
                 colour_hex(0x4A7A34), colour_near(r, 0xB0603A));
    if (rng_float(r) < 0.4f)
        furnish_pendant(p, r, rng_range(r, -0.6f, 0.6f) * w, 1.75f, st->scene->light.lamps);
    stage_ground(st);
}

void living_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD | 1u << TOP_LACQUER | 1u << TOP_CLOTH | 1u << TOP_MARBLE,
                    rng_range(&s->rng, 0.42f, 0.55f));
}

void living_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    static const uint32_t walls[] = { 0xE8E0D2, 0xC8D0C8, 0xD8C4AA, 0x5A6E70, 0xB8C4D0, 0xE0D4D0 };
    static const uint32_t sofas[] = { 0x7A8A90, 0xB89A78, 0x4A5E54, 0x8A4A3C, 0x3E4C66, 0xC4BCB0, 0xB8863A };
    float z = st->scene->back_z + 0.5f, w = stage_half_width(st, z),
          side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    furnish_light(st);
    float lamp_x = -side * rng_range(r, 0.55f, 0.8f) * w;
    if (l->lamps > 0.4f)
        stage_pool(st, lamp_x, 1.25f, 0.8f, (Pixel){ 1.0f, 0.7f, 0.4f, 0 } * pixel_all(0.45f * l->lamps));
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, pick(r, walls, 6));
    float wx = side * 0.55f * w;
    furnish_window(st, p, (float[4]){ wx - 0.6f, 0.85f, wx + 0.6f, 2.2f }, rng_float(r) < 0.4f,
                   colour_hex(0xF0ECE4));
    Pixel curtain = colour_near(r, rng_float(r) < 0.5f ? 0xE6DCC8 : 0x8A9A9A);
    furnish_curtain(p, r, (float[4]){ wx - 0.95f, 0.05f, wx - 0.55f, 2.4f }, curtain);
    furnish_curtain(p, r, (float[4]){ wx + 0.55f, 0.05f, wx + 0.95f, 2.4f }, curtain);
    if (rng_float(r) < 0.5f) {
        furnish_shelf(p, r, (float[4]){ -side * w - 0.5f, 0.1f, -side * w * 0.2f + 0.3f, 2.0f }, 5,
                      SHELF_HOME, colour_near(r, 0xA07A50), true);
    } else {
        for (int i = 0; i < 3; i++) {
            float px = -side * w * (0.1f + 0.33f * (float)i), s = rng_range(r, 0.18f, 0.3f),
                  y = rng_range(r, 1.2f, 1.35f);
            furnish_picture(p, r, (float[4]){ px - s, y, px + s, y + 2 * s * rng_range(r, 0.9f, 1.3f) });
        }
    }
    p = stage_layer(st, z - 0.9f);
    furnish_sofa(p, r, -side * rng_range(r, 0.1f, 0.4f) * w, rng_range(r, 1.6f, 2.3f), pick(r, sofas, 7));
    plant_potted(p, r, (Point2){ side * 0.75f * w, 0 }, rng_range(r, 1.0f, 1.5f), colour_hex(0x4A7440),
                 colour_near(r, 0xC8B8A0));
    Fill side_table = fill_round(colour_near(r, 0x8A6240));
    paint_rect(p, lamp_x - 0.22f, 0.5f, lamp_x + 0.22f, 0.54f, &side_table);
    paint_rect(p, lamp_x - 0.03f, 0, lamp_x + 0.03f, 0.5f, &side_table);
    prop_lamp(p, r, (Point2){ lamp_x, 0.54f }, 0.62f, fmaxf(l->lamps, 0.9f) * 1.2f);
    stage_ground(st);
}

void bedroom_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_WOOD | 1u << TOP_CLOTH | 1u << TOP_LACQUER, 0.55f);
}

void bedroom_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    static const uint32_t walls[] = { 0xDCD4C8, 0xB8C4C8, 0xE4D4CC, 0x6E7A78, 0xCCC4D4 };
    float z = st->scene->back_z + 0.3f, w = stage_half_width(st, z),
          side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    float lamp_x = side * 0.62f * w;
    furnish_light(st);
    stage_pool(st, lamp_x, 1.1f, 0.6f, (Pixel){ 1.0f, 0.7f, 0.42f, 0 } * pixel_all(0.25f + 0.4f * l->lamps));
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, pick(r, walls, 5));
    furnish_window(st, p, (float[4]){ -side * 0.75f * w - 0.5f, 0.9f, -side * 0.75f * w + 0.5f, 2.2f },
                   rng_float(r) < 0.5f, colour_hex(0xF0ECE4));
    furnish_curtain(p, r, (float[4]){ -side * 0.75f * w - 0.8f, 0, -side * 0.75f * w - 0.4f, 2.4f },
                    colour_near(r, 0xD8CCBC));
    furnish_curtain(p, r, (float[4]){ -side * 0.75f * w + 0.4f, 0, -side * 0.75f * w + 0.8f, 2.4f },
                    colour_near(r, 0xD8CCBC));
    furnish_picture(p, r, (float[4]){ -0.35f, 1.45f, 0.35f, 1.95f });
    p = stage_layer(st, z - 0.5f);
    Pixel board = colour_near(r, rng_float(r) < 0.5f ? 0x7A5A40 : 0x9A9490), linen = colour_near(r, 0xEDE8E0);
    Fill head = fill_grain(board, 0.15f, 60, 30), bed = fill_two(FILL_DOWN, linen, pixel_dim(linen, 0.7f));
    float bw = fminf(0.85f, 0.55f * w);
    paint_rect(p, -bw, 0.2f, bw, 1.15f, &head);
    for (int i = 0; i < 4; i++) {
        Fill pillow = fill_round(i < 2 ? pixel_dim(linen, 1.05f) : prop_colour(r));
        float x = bw * (i & 1 ? 0.48f : -0.48f) * (i < 2 ? 1 : 0.6f), s = i < 2 ? 0.36f : 0.22f;
        paint_ellipse(p, x, 0.72f - 0.06f * (float)(i / 2), s, 0.55f * s, &pillow);
    }
    paint_rect(p, -bw - 0.05f, 0.1f, bw + 0.05f, 0.56f, &bed);
    Fill throw = fill_grain(prop_colour(r), 0.3f, 120, 120);
    paint_rect(p, -bw - 0.06f, 0.1f, bw + 0.06f, 0.44f, &throw);
    Fill stand = fill_round(board);
    paint_rect(p, lamp_x - 0.24f, 0, lamp_x + 0.24f, 0.52f, &stand);
    prop_lamp(p, r, (Point2){ lamp_x, 0.52f }, 0.5f, fmaxf(l->lamps, 1.0f));
    stage_ground(st);
}

void bathroom_surface(Scene *s)
{
    surface_set_top(s, 1u << TOP_MARBLE | 1u << TOP_TILES | 1u << TOP_LACQUER | 1u << TOP_TERRAZZO, 0.85f);
}

static void bathroom_fittings(Stage *st, Painter *p, float w, float side)
{
    Rng *r = &st->rng;
    const Light *l = &st->scene->light;
    float mx = -side * 0.1f * w, mw = rng_range(r, 0.4f, 0.6f);
    Pixel shine = pixel_mix(l->horizon, l->fill, 0.5f);
    Fill mirror = {
        .kind = FILL_DOWN, .a = shine * pixel_all(0.95f), .b = shine * pixel_all(0.55f), .glows = true
    };
    Fill frame = fill_glaze(colour_near(r, 0x9A9CA0)), lamp = fill_glow((Pixel){ 1, 0.9f, 0.75f, 1 }, 3.0f);
    if (rng_float(r) < 0.4f) {
        paint_ellipse(p, mx, 1.5f, mw + 0.03f, mw + 0.03f, &frame);
        paint_ellipse(p, mx, 1.5f, mw, mw, &mirror);
    } else {
        paint_rect(p, mx - mw - 0.02f, 1.08f, mx + mw + 0.02f, 2.02f, &frame);
        paint_rect(p, mx - mw, 1.1f, mx + mw, 2.0f, &mirror);
    }
    paint_rect(p, mx - 0.3f, 2.08f, mx + 0.3f, 2.14f, &lamp);
    Fill basin = fill_glaze(colour_hex(0xF4F4F2));
    paint_rect(p, mx - 0.9f, 0.80f, mx + 0.9f, 0.86f, &frame);
    paint_ellipse(p, mx, 0.90f, 0.30f, 0.09f, &basin);
    paint_stroke(p, (Point2){ mx, 0.95f }, (Point2){ mx, 1.16f }, 0.03f, 0.025f, &frame);
    paint_stroke(p, (Point2){ mx, 1.15f }, (Point2){ mx + 0.12f, 1.12f }, 0.025f, 0.02f, &frame);
    for (int i = 0; i < 3; i++)
        prop_bottle(p, r, (Point2){ mx + side * (0.42f + 0.11f * (float)i), 0.86f },
                    rng_range(r, 0.14f, 0.22f));
    float tx = side * 0.68f * w;
    paint_rect(p, tx - 0.3f, 1.42f, tx + 0.3f, 1.45f, &frame);
    for (int i = 0; i < 2; i++) {
        Pixel c = i ? colour_hex(0xF0EEEA) : prop_colour(r);
        furnish_curtain(
            p, r, (float[4]){ tx - 0.26f + 0.27f * (float)i, 0.85f, tx - 0.02f + 0.27f * (float)i, 1.45f },
            c);
    }
}

void bathroom_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    static const uint32_t tiles[] = { 0xEDEFEF, 0x9CC4C8, 0x6A9AA0, 0xD8E0DC, 0xB8CCDC, 0x3E5A60 };
    float z = st->scene->back_z - 0.2f, w = stage_half_width(st, z),
          side = rng_float(r) < 0.5f ? -1.0f : 1.0f;
    Pixel tile = pick(r, tiles, 6);
    float size = rng_range(r, 0.12f, 0.22f);
    furnish_light(st);
    Painter *p = stage_layer(st, z);
    furnish_wall(st, p, pixel_mix(tile, colour_hex(0xF2F2F0), 0.7f));
    furnish_tiles(p, r, (float[4]){ -w, 0, w, rng_float(r) < 0.5f ? 1.5f : 2.6f }, (float[2]){ size, size },
                  false, tile);
    bathroom_fittings(st, p, w, side);
    p = stage_layer(st, z - 0.5f);
    plant_potted(p, r, (Point2){ -side * 0.8f * w, 0.8f }, 0.5f, colour_hex(0x4A8040),
                 colour_near(r, 0xE8E4DC));
    stage_ground(st);
}
