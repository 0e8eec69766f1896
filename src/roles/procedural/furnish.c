#include "roles/procedural/furnish.h"

#include "roles/procedural/plants.h"
#include "roles/procedural/props.h"

#include <math.h>

void furnish_light(Stage *st)
{
    const Light *l = &st->scene->light;
    float side = l->to[0] > 0 ? 1.0f : -1.0f, z = st->scene->back_z, w = stage_half_width(st, z);
    st->base_light = 0.62f;
    stage_pool(st, side * w * rng_range(&st->rng, 0.6f, 1.3f), rng_range(&st->rng, 1.2f, 2.0f), w * 1.3f,
               (l->key * pixel_all(0.75f) + l->fill * pixel_all(0.25f)));
}

void furnish_wall(Stage *st, Painter *p, Pixel colour)
{
    float w = stage_half_width(st, p->z);
    Fill f = { .kind = FILL_DOWN,
               .a = pixel_dim(colour, 0.9f),
               .b = colour,
               .grain = 0.06f,
               .grain_x = 40,
               .grain_y = 40 };
    paint_rect(p, -w, -1, w, 4.5f, &f);
    paint_flat_rect(p, -w, -0.02f, w, 0.10f, pixel_dim(colour, 1.1f));
    paint_flat_rect(p, -w, 0.10f, w, 0.108f, pixel_dim(colour, 0.5f));
}

void furnish_tiles(Painter *p, Rng *r, const float box[4], const float size[2], bool bond, Pixel colour)
{
    paint_flat_rect(p, box[0], box[1], box[2], box[3], pixel_dim(colour, 0.62f));
    int row = 0;
    for (float y = box[1]; y < box[3]; y += size[1], row++)
        for (float x = box[0] - (bond && (row & 1) ? 0.5f * size[0] : 0); x < box[2]; x += size[0]) {
            float tone = rng_range(r, 0.88f, 1.08f), gap = 0.03f * size[1];
            Fill f = fill_two(FILL_DOWN, pixel_dim(colour, tone * 1.08f), pixel_dim(colour, tone * 0.94f));
            paint_rect(p, fmaxf(x + gap, box[0]), y + gap, fminf(x + size[0] - gap, box[2]),
                       fminf(y + size[1] - gap, box[3]), &f);
        }
}

void furnish_bricks(Stage *st, Painter *p, const float box[4], Pixel colour)
{
    Rng *r = &st->rng;
    paint_flat_rect(p, box[0], box[1], box[2], box[3],
                    pixel_mix(pixel_dim(colour, 0.6f), colour_hex(0x9A9288), 0.5f));
    int row = 0;
    for (float y = box[1]; y < box[3]; y += 0.075f, row++)
        for (float x = box[0] - ((row & 1) ? 0.12f : 0); x < box[2]; x += 0.24f)
            paint_flat_rect(p, x + 0.006f, y + 0.006f, x + 0.232f, y + 0.068f,
                            pixel_dim(colour, rng_range(r, 0.6f, 1.25f)) *
                                (Pixel){ 1, rng_range(r, 0.9f, 1.1f), 1, 1 });
}

static void view_garden(Stage *st, Painter *p, const float box[4], Pixel light)
{
    Rng *r = &st->rng;
    float w = box[2] - box[0], h = box[3] - box[1];
    for (int i = 0; i < 5; i++) {
        Pixel leaf = colour_near(r, 0x6A9048) * light;
        float rx = 0.22f * w, x = box[0] + rx + (w - 2 * rx) * rng_float(r);
        plant_foliage(p, r, (Point2){ x, box[1] + h * rng_range(r, 0.18f, 0.36f) }, rx, 0.16f * h, leaf);
    }
}

static void view_town(Stage *st, Painter *p, const float box[4], Pixel light)
{
    Rng *r = &st->rng;
    float glow = st->scene->light.lamps;
    for (float x = box[0]; x < box[2];) {
        float w = rng_range(r, 0.10f, 0.22f), h = (box[3] - box[1]) * rng_range(r, 0.25f, 0.75f),
              x1 = fminf(x + w, box[2]);
        Fill f = fill_flat(colour_near(r, 0x8A929C) * light);
        f.glows = true;
        paint_rect(p, x, box[1], x1, box[1] + h, &f);
        for (int i = 0; i < 8; i++) {
            Fill lit = fill_glow((Pixel){ 1, 0.75f, 0.4f, 1 }, glow > 1 ? 0.5f * glow : 0.7f * light[1]);
            float wx = x + rng_range(r, 0.1f, 0.8f) * (x1 - x), wy = box[1] + h * rng_range(r, 0.05f, 0.9f);
            paint_rect(p, wx, wy, wx + 0.018f, wy + 0.028f, &lit);
        }
        x = x1;
    }
}

void furnish_window(Stage *st, Painter *p, const float box[4], bool town, Pixel frame)
{
    const Light *l = &st->scene->light;
    Pixel view = (l->zenith + l->horizon) * pixel_all(0.5f);
    view = pixel_mix(view, pixel_all(pixel_luma(view)), 0.5f);
    view[3] = 1;
    Fill sky = { .kind = FILL_DOWN, .a = l->zenith, .b = l->horizon, .glows = true };
    paint_rect(p, box[0], box[1], box[2], box[3], &sky);
    Pixel keep = p->light;
    int pools = p->pools;
    p->light = pixel_all(1); /* outside, the room's lamps do not count */
    p->pools = 0;
    (town ? view_town : view_garden)(st, p, box, view);
    p->light = keep;
    p->pools = pools;
    float t = 0.055f, w = box[2] - box[0], mid = box[1] + 0.62f * (box[3] - box[1]);
    Pixel dark = pixel_dim(frame, 0.7f);
    paint_flat_rect(p, box[0] - t, box[1], box[0], box[3] + t, frame);
    paint_flat_rect(p, box[2], box[1], box[2] + t, box[3] + t, dark);
    paint_flat_rect(p, box[0] - t, box[3], box[2] + t, box[3] + t, frame);
    for (int i = 1; i < (w > 1.2f ? 3 : 2); i++) {
        float x = box[0] + w * (float)i / (w > 1.2f ? 3.0f : 2.0f);
        paint_flat_rect(p, x - 0.4f * t, box[1], x + 0.4f * t, box[3], frame);
    }
    paint_flat_rect(p, box[0], mid - 0.3f * t, box[2], mid + 0.3f * t, frame);
    paint_flat_rect(p, box[0] - 2 * t, box[1] - 0.8f * t, box[2] + 2 * t, box[1], frame);
    paint_flat_rect(p, box[0] - 2 * t, box[1] - 1.3f * t, box[2] + 2 * t, box[1] - 0.8f * t,
                    pixel_dim(frame, 0.5f));
}

void furnish_curtain(Painter *p, Rng *r, const float box[4], Pixel colour)
{
    for (float x = box[0]; x < box[2];) {
        float w = rng_range(r, 0.05f, 0.11f), x1 = fminf(x + w, box[2]);
        Fill f = fill_two(FILL_ACROSS, pixel_dim(colour, rng_range(r, 0.9f, 1.2f)),
                          pixel_dim(colour, rng_range(r, 0.45f, 0.65f)));
        paint_rect(p, x, box[1], x1, box[3], &f);
        x = x1;
    }
}

void furnish_blinds(Painter *p, const float box[4], Pixel colour)
{
    for (float y = box[1]; y < box[3]; y += 0.05f) {
        Fill f = fill_two(FILL_DOWN, pixel_dim(colour, 1.15f), pixel_dim(colour, 0.6f));
        paint_rect(p, box[0], y, box[2], y + 0.032f, &f);
    }
}

void furnish_picture(Painter *p, Rng *r, const float b[4])
{
    float t = 0.03f, w = b[2] - b[0], h = b[3] - b[1];
    paint_flat_rect(p, b[0] + 0.015f, b[1] - 0.03f, b[2] + 0.02f, b[3] - 0.02f,
                    (Pixel){ 0.10f, 0.09f, 0.08f, 1 });
    paint_flat_rect(p, b[0], b[1], b[2], b[3], colour_near(r, rng_float(r) < 0.5f ? 0x2A2420 : 0xC8A878));
    paint_flat_rect(p, b[0] + t, b[1] + t, b[2] - t, b[3] - t, colour_hex(0xF0ECE2));
    float m = 0.12f * fminf(w, h) + t;
    Fill sky = fill_two(FILL_DOWN, prop_colour(r), prop_colour(r));
    paint_rect(p, b[0] + m, b[1] + m, b[2] - m, b[3] - m, &sky);
    for (int i = 0; i < 3; i++) {
        Pixel c = prop_colour(r);
        float y = b[1] + m + (h - 2 * m) * (0.5f - 0.17f * (float)i);
        Point2 q[4] = { { b[0] + m, b[1] + m },
                        { b[0] + m, y + rng_range(r, -0.1f, 0.1f) * h },
                        { b[2] - m, y + rng_range(r, -0.1f, 0.1f) * h },
                        { b[2] - m, b[1] + m } };
        Fill f = fill_flat(c);
        paint_polygon(p, q, 4, &f);
    }
}

void furnish_cupboards(Painter *p, Rng *r, const float box[4], float door, Pixel colour)
{
    bool framed = rng_float(r) < 0.6f;
    for (float x = box[0]; x < box[2]; x += door) {
        float tone = rng_range(r, 0.96f, 1.04f);
        Fill f = { .kind = FILL_DOWN,
                   .a = pixel_dim(colour, tone),
                   .b = pixel_dim(colour, 0.86f * tone),
                   .grain = 0.06f,
                   .grain_x = 200,
                   .grain_y = 20 };
        Fill grip = fill_two(FILL_DOWN, colour_hex(0xD0D0D0), colour_hex(0x606060));
        paint_flat_rect(p, x, box[1], x + door, box[3], pixel_dim(colour, 0.3f));
        paint_rect(p, x + 0.006f, box[1] + 0.006f, x + door - 0.006f, box[3] - 0.006f, &f);
        if (framed) {
            paint_flat_rect(p, x + 0.07f, box[1] + 0.08f, x + door - 0.07f, box[3] - 0.08f,
                            pixel_dim(colour, 0.62f));
            paint_rect(p, x + 0.078f, box[1] + 0.08f, x + door - 0.07f, box[3] - 0.088f, &f);
        }
        bool upper = box[1] > 1.2f;
        float gy = upper ? box[1] + 0.06f : box[3] - 0.22f;
        paint_rect(p, x + door - 0.055f, gy, x + door - 0.035f, gy + 0.16f, &grip);
    }
    paint_flat_rect(p, box[0], box[1] - 0.02f, box[2], box[1], pixel_dim(colour, 0.25f));
}

/* One board's load. */
static void shelf_load(Painter *p, Rng *r, float x0, float x1, float y, float h, ShelfKind kind)
{
    if (kind == SHELF_BOOKS) {
        prop_book_row(p, r, (float[2]){ x0, x1 }, y, 0.92f * h);
        return;
    }
    if (kind == SHELF_GOODS) {
        prop_goods(p, r, (float[2]){ x0, x1 }, y, h);
        return;
    }
    typedef void (*Prop)(Painter *, Rng *, Point2, float);
    static const Prop home[] = { prop_books_flat, prop_vase, prop_clock, prop_jar, prop_candle };
    static const Prop kitchen[] = { prop_jar, prop_cup, prop_bottle, prop_teapot, prop_can, prop_jar };
    static const Prop workshop[] = { prop_can, prop_jar, prop_carton, prop_bottle, prop_can };
    for (float x = x0 + 0.10f; x < x1 - 0.06f;) {
        float high = h * rng_range(r, 0.45f, 0.9f);
        if (kind == SHELF_HOME && rng_float(r) < 0.5f) {
            float end = fminf(x + rng_range(r, 0.15f, 0.4f), x1);
            prop_book_row(p, r, (float[2]){ x - 0.05f, end }, y, high);
            x = end + rng_range(r, 0.10f, 0.2f);
            continue;
        }
        if (kind == SHELF_CARTONS)
            prop_carton(p, r, (Point2){ x, y }, high);
        else if (kind == SHELF_HOME)
            home[rng_index(r, 5)](p, r, (Point2){ x, y }, 0.8f * high);
        else if (kind == SHELF_KITCHEN)
            kitchen[rng_index(r, 6)](p, r, (Point2){ x, y }, fminf(high, 0.26f));
        else
            workshop[rng_index(r, 5)](p, r, (Point2){ x, y }, fminf(high, 0.24f));
        x += (kind == SHELF_CARTONS ? 1.35f * h : 0.12f) * rng_range(r, 0.9f, 1.5f);
    }
}

void furnish_shelf(Painter *p, Rng *r, const float box[4], int rows, ShelfKind kind, Pixel wood, bool closed)
{
    float h = (box[3] - box[1]) / (float)rows, t = 0.028f;
    if (closed) {
        Fill back = fill_two(FILL_DOWN, pixel_dim(wood, 0.28f), pixel_dim(wood, 0.42f));
        paint_rect(p, box[0], box[1], box[2], box[3], &back);
    }
    for (int i = 0; i < rows; i++) {
        float y = box[1] + h * (float)i;
        shelf_load(p, r, box[0] + t, box[2] - t, y + t, h - 1.6f * t, kind);
        Fill board = fill_two(FILL_DOWN, pixel_dim(wood, 1.1f), pixel_dim(wood, 0.7f));
        paint_rect(p, box[0], y, box[2], y + t, &board);
        paint_flat_rect(p, box[0], y - 0.35f * t, box[2], y, pixel_dim(wood, 0.25f));
        if (closed) { /* the board above shades the load */
            Fill shade = fill_flat((Pixel){ 0, 0, 0, 1 });
            shade.opacity = 0.25f;
            paint_rect(p, box[0], y + 0.78f * h, box[2], y + h, &shade);
        }
    }
    if (closed) {
        paint_flat_rect(p, box[0] - t, box[1], box[0], box[3] + t, wood);
        paint_flat_rect(p, box[2], box[1], box[2] + t, box[3] + t, pixel_dim(wood, 0.8f));
        paint_flat_rect(p, box[0] - t, box[3], box[2] + t, box[3] + t, pixel_dim(wood, 1.1f));
    }
}

void furnish_sofa(Painter *p, Rng *r, float x, float width, Pixel c)
{
    float w = 0.5f * width;
    paint_flat_rect(p, x - w, 0.0f, x + w, 0.12f, pixel_dim(c, 0.15f));
    Fill back = { .kind = FILL_DOWN,
                  .a = pixel_dim(c, 1.1f),
                  .b = pixel_dim(c, 0.7f),
                  .grain = 0.15f,
                  .grain_x = 90,
                  .grain_y = 90 };
    paint_rect(p, x - w, 0.12f, x + w, 0.82f, &back);
    int seats = width > 1.7f ? 3 : 2;
    float sw = (2 * w - 0.4f) / (float)seats;
    for (int i = 0; i < seats; i++) {
        float a = x - w + 0.2f + sw * (float)i;
        Fill cushion = { .kind = FILL_DOWN,
                         .a = pixel_dim(c, 1.25f),
                         .b = pixel_dim(c, 0.75f),
                         .grain = 0.12f,
                         .grain_x = 90,
                         .grain_y = 90 };
        paint_rect(p, a + 0.015f, 0.42f, a + sw - 0.015f, 0.88f, &cushion);
        paint_rect(p, a + 0.01f, 0.22f, a + sw - 0.01f, 0.45f, &cushion);
        paint_flat_rect(p, a + 0.01f, 0.40f, a + sw - 0.01f, 0.42f, pixel_dim(c, 0.4f));
    }
    Fill arm = fill_round(c);
    paint_rect(p, x - w - 0.02f, 0.10f, x - w + 0.2f, 0.62f, &arm);
    paint_rect(p, x + w - 0.2f, 0.10f, x + w + 0.02f, 0.62f, &arm);
    for (int i = 0; i < 3; i++) {
        Fill pillow = fill_round(prop_colour(r));
        float px = x + rng_range(r, -0.75f, 0.75f) * w, s = rng_range(r, 0.17f, 0.23f);
        Point2 q[4] = { { px - s, 0.46f },
                        { px + s, 0.44f },
                        { px + 0.9f * s, 0.44f + 1.7f * s },
                        { px - 0.92f * s, 0.46f + 1.8f * s } };
        paint_polygon(p, q, 4, &pillow);
    }
}

void furnish_chair(Painter *p, Rng *r, float x, float height, Pixel c)
{
    float w = 0.24f * height, seat = 0.52f * height;
    Fill leg = fill_round(c), plate = fill_two(FILL_DOWN, pixel_dim(c, 1.2f), pixel_dim(c, 0.6f));
    for (int s = -1; s <= 1; s += 2) {
        paint_stroke(p, (Point2){ x + 0.9f * w * (float)s, height },
                     (Point2){ x + 1.0f * w * (float)s, seat }, 0.03f, 0.035f, &leg);
        paint_stroke(p, (Point2){ x + w * (float)s, seat }, (Point2){ x + 1.1f * w * (float)s, 0 }, 0.035f,
                     0.025f, &leg);
    }
    int bars = rng_int(r, 1, 3);
    for (int i = 0; i < bars; i++) {
        float y = height - 0.02f - 0.11f * (float)i;
        paint_rect(p, x - 0.92f * w, y - (bars == 1 ? 0.22f : 0.06f), x + 0.92f * w, y, &plate);
    }
    paint_rect(p, x - 1.05f * w, seat - 0.04f, x + 1.05f * w, seat + 0.015f, &plate);
}

void furnish_table(Painter *p, float x, float width, float height, Pixel c)
{
    Fill top = fill_two(FILL_DOWN, pixel_dim(c, 1.3f), pixel_dim(c, 0.7f)),
         leg = fill_round(pixel_dim(c, 0.8f));
    float w = 0.5f * width;
    paint_rect(p, x - 0.9f * w, 0, x - 0.9f * w + 0.06f, height, &leg);
    paint_rect(p, x + 0.9f * w - 0.06f, 0, x + 0.9f * w, height, &leg);
    paint_rect(p, x - w, height - 0.04f, x + w, height, &top);
}

void furnish_pendant(Painter *p, Rng *r, float x, float y, float glow)
{
    Fill cord = fill_flat(colour_hex(0x18181A)),
         shade = fill_glaze(rng_float(r) < 0.6f ? colour_hex(0x2A2C2E) : prop_colour(r));
    paint_rect(p, x - 0.006f, y + 0.2f, x + 0.006f, y + 3, &cord);
    paint_polygon(
        p, (Point2[]){ { x - 0.18f, y }, { x - 0.06f, y + 0.2f }, { x + 0.06f, y + 0.2f }, { x + 0.18f, y } },
        4, &shade);
    Fill bulb = fill_glow((Pixel){ 1, 0.8f, 0.5f, 1 }, glow > 0 ? 2.5f * glow : 0.8f);
    paint_ellipse(p, x, y - 0.005f, 0.13f, 0.035f, &bulb);
}

void furnish_light_string(Painter *p, Rng *r, const float b[4], int count, float glow)
{
    Fill wire = fill_flat(colour_hex(0x141414));
    Point2 last = { b[0], b[1] };
    for (int i = 1; i <= count; i++) {
        float t = (float)i / (float)count, sag = 0.16f * (b[2] - b[0]) * t * (1 - t);
        Point2 at = { b[0] + (b[2] - b[0]) * t, b[1] + (b[3] - b[1]) * t - sag };
        paint_stroke(p, last, at, 0.012f, 0.012f, &wire);
        Fill bulb = fill_glow((Pixel){ 1, 0.72f, 0.36f, 1 }, glow * rng_range(r, 1.5f, 3.0f));
        paint_ellipse(p, at.x, at.y - 0.04f, 0.035f, 0.045f, &bulb);
        last = at;
    }
}

void furnish_glints(Painter *p, Rng *r, const float b[4], int count, float size, Pixel colour, float glow)
{
    for (int i = 0; i < count; i++) {
        float s = size * rng_range(r, 0.5f, 1.3f);
        Fill f = fill_glow(colour * (Pixel){ rng_range(r, 0.8f, 1.2f), 1, rng_range(r, 0.7f, 1.3f), 1 },
                           glow * rng_range(r, 0.3f, 1.4f));
        paint_ellipse(p, rng_range(r, b[0], b[2]), rng_range(r, b[1], b[3]), s, s, &f);
    }
}
