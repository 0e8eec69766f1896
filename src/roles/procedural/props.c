#include "roles/procedural/props.h"

#include "roles/procedural/scene.h"

#include <math.h>

Pixel prop_colour(Rng *rng)
{
    static const uint32_t colours[] = { 0xB03A2E, 0xD98C21, 0xE6C84B, 0x4A7C3F, 0x2E7D78, 0x2F5C9A,
                                        0x5B3F7A, 0x8A4B32, 0xEDE6D6, 0x2E3338, 0xC86B85, 0x7FA8B8,
                                        0xA8B84A, 0xD9583B, 0x3B4F63, 0xC9B28A };
    return colour_near(rng, colours[rng_index(rng, sizeof colours / sizeof *colours)]);
}

/* A body of revolution from its profile: half-widths at heights, both as shares of `h`, bottom to top. */
static void turned(Painter *p, Point2 at, float h, const Point2 *profile, int n, const Fill *f)
{
    Point2 q[PAINT_MAX_POINTS];
    for (int i = 0; i < n; i++) {
        q[i] = (Point2){ at.x - h * profile[i].x, at.y + h * profile[i].y };
        q[2 * n - 1 - i] = (Point2){ at.x + h * profile[i].x, at.y + h * profile[i].y };
    }
    paint_polygon(p, q, 2 * n, f);
}

static void box(Painter *p, Point2 at, float w, float h, const Fill *f)
{
    paint_rect(p, at.x - 0.5f * w, at.y, at.x + 0.5f * w, at.y + h, f);
}

void prop_bottle(Painter *p, Rng *rng, Point2 at, float h)
{
    static const uint32_t glass[] = { 0x2E5A34, 0x5A3418, 0xB8C8C4, 0x27485A, 0x7A2A24, 0xD8CFA8 };
    Pixel c = colour_near(rng, glass[rng_index(rng, 6)]);
    float w = rng_range(rng, 0.11f, 0.15f);
    Fill f = fill_glaze(c);
    f.shine = 1.6f;
    turned(p, at, h,
           (Point2[]){ { w, 0 }, { w, 0.56f }, { 0.8f * w, 0.66f }, { 0.042f, 0.76f }, { 0.04f, 1 } }, 5, &f);
    Fill label = fill_round(prop_colour(rng)), cap = fill_round(prop_colour(rng));
    paint_rect(p, at.x - w * h, at.y + 0.16f * h, at.x + w * h, at.y + 0.45f * h, &label);
    paint_rect(p, at.x - 0.05f * h, at.y + 0.95f * h, at.x + 0.05f * h, at.y + 1.02f * h, &cap);
}

void prop_jar(Painter *p, Rng *rng, Point2 at, float h)
{
    static const uint32_t full[] = { 0xA03A2A, 0xDFA83A, 0xEFE6D2, 0x5A7040, 0x8A5A33, 0xC8B898, 0x4A6E8A };
    Fill f = fill_glaze(colour_near(rng, full[rng_index(rng, 7)]));
    float w = rng_range(rng, 0.26f, 0.36f);
    turned(p, at, h, (Point2[]){ { w * 0.9f, 0 }, { w, 0.06f }, { w, 0.72f }, { 0.8f * w, 0.82f } }, 4, &f);
    Fill lid = fill_glaze(colour_near(rng, rng_float(rng) < 0.5f ? 0xA07A50 : 0xB8B8BC));
    paint_rect(p, at.x - 0.86f * w * h, at.y + 0.82f * h, at.x + 0.86f * w * h, at.y + h, &lid);
    if (rng_float(rng) < 0.5f) {
        Fill label = fill_round(colour_hex(0xF2EEE2));
        paint_rect(p, at.x - 0.99f * w * h, at.y + 0.25f * h, at.x + 0.99f * w * h, at.y + 0.55f * h, &label);
    }
}

void prop_cup(Painter *p, Rng *rng, Point2 at, float h)
{
    Fill f = fill_glaze(rng_float(rng) < 0.5f ? colour_hex(0xEDEAE2) : prop_colour(rng));
    Fill dark = fill_flat(pixel_dim(f.b, 0.7f));
    turned(p, at, h, (Point2[]){ { 0.30f, 0 }, { 0.40f, 0.1f }, { 0.46f, 1 } }, 3, &f);
    paint_ellipse(p, at.x, at.y + h, 0.46f * h, 0.08f * h, &dark);
}

void prop_carton(Painter *p, Rng *rng, Point2 at, float h)
{
    float w = h * rng_range(rng, 0.9f, 1.7f);
    Pixel c = colour_near(rng, 0xB68A5C);
    Fill f = { .kind = FILL_DOWN,
               .a = pixel_dim(c, 1.08f),
               .b = pixel_dim(c, 0.8f),
               .grain = 0.12f,
               .grain_x = 60,
               .grain_y = 300 };
    Fill tape = fill_flat(colour_hex(0xD9BE8E)), label = fill_flat(colour_hex(0xE8E6E0)),
         line = fill_flat(pixel_dim(c, 0.35f));
    box(p, at, w, h, &f);
    box(p, (Point2){ at.x, at.y }, 0.12f * w, h, &tape);
    paint_rect(p, at.x - 0.5f * w, at.y + 0.97f * h, at.x + 0.5f * w, at.y + h, &line);
    paint_rect(p, at.x + 0.18f * w, at.y + 0.3f * h, at.x + 0.42f * w, at.y + 0.55f * h, &label);
}

void prop_can(Painter *p, Rng *rng, Point2 at, float h)
{
    Fill f = fill_glaze(prop_colour(rng)), metal = fill_glaze(colour_hex(0xB0B4B8));
    float w = 0.33f * h;
    paint_rect(p, at.x - w, at.y, at.x + w, at.y + h, &metal);
    paint_rect(p, at.x - w, at.y + 0.05f * h, at.x + w, at.y + 0.94f * h, &f);
    Fill band = fill_round(prop_colour(rng));
    paint_rect(p, at.x - w, at.y + 0.4f * h, at.x + w, at.y + 0.66f * h, &band);
}

void prop_candle(Painter *p, Rng *rng, Point2 at, float h)
{
    Fill wax = fill_round(colour_near(rng, 0xEDE2C8));
    Fill flame = fill_glow((Pixel){ 1, 0.55f, 0.18f, 1 }, 9);
    paint_rect(p, at.x - 0.2f * h, at.y, at.x + 0.2f * h, at.y + 0.72f * h, &wax);
    paint_ellipse(p, at.x, at.y + 0.88f * h, 0.06f * h, 0.14f * h, &flame);
}

void prop_fruit_bowl(Painter *p, Rng *rng, Point2 at, float h)
{
    static const uint32_t fruit[] = { 0xE07A1E, 0xC8321E, 0xD9C22E, 0x7FA032, 0xE69A2A };
    uint32_t kind = fruit[rng_index(rng, 5)], other = fruit[rng_index(rng, 5)];
    for (int i = 0; i < 7; i++) {
        Fill f = fill_glaze(colour_near(rng, i % 3 ? kind : other));
        float u = (float)(i % 4) / 3 * 2 - 1;
        paint_ellipse(p, at.x + u * 0.55f * h,
                      at.y + (i < 4 ? 0.62f : 0.86f) * h + rng_range(rng, -0.04f, 0.04f) * h, 0.24f * h,
                      0.24f * h, &f);
    }
    Fill b = fill_glaze(colour_near(rng, rng_float(rng) < 0.5f ? 0xE6E2DA : 0x4A6A84));
    turned(p, at, h, (Point2[]){ { 0.40f, 0 }, { 0.42f, 0.06f }, { 0.75f, 0.28f }, { 0.95f, 0.58f } }, 4, &b);
}

void prop_vase(Painter *p, Rng *rng, Point2 at, float h)
{
    static const uint32_t petals[] = { 0xE6587A, 0xF2D64A, 0xF4EFE6, 0xB04AC0, 0xE8743A };
    uint32_t petal = petals[rng_index(rng, 5)];
    for (int i = 0; i < 9; i++) {
        float a = rng_range(rng, 0.7f, 2.45f), len = rng_range(rng, 0.5f, 0.68f) * h;
        Point2 from = { at.x, at.y + 0.32f * h }, to = { at.x + len * cosf(a), from.y + len * sinf(a) };
        Fill stem = fill_flat(colour_hex(0x4A6E30)), head = fill_round(colour_near(rng, petal));
        paint_stroke(p, from, to, 0.012f * h, 0.01f * h, &stem);
        paint_ellipse(p, to.x, to.y, 0.075f * h, 0.065f * h, &head);
    }
    Fill f = fill_glaze(prop_colour(rng));
    turned(p, at, h, (Point2[]){ { 0.08f, 0 }, { 0.14f, 0.14f }, { 0.07f, 0.32f }, { 0.09f, 0.40f } }, 4, &f);
}

void prop_books_flat(Painter *p, Rng *rng, Point2 at, float h)
{
    float y = at.y, w = 1.6f * h;
    for (int i = 0; i < 4; i++) {
        float t = h * 0.25f, dx = rng_range(rng, -0.12f, 0.12f) * h, ww = w * rng_range(rng, 0.85f, 1.05f);
        Fill cover = fill_flat(prop_colour(rng)),
             pages = fill_two(FILL_DOWN, colour_hex(0xEDE6D4), colour_hex(0xB8AE98));
        paint_rect(p, at.x + dx - 0.5f * ww, y, at.x + dx + 0.5f * ww, y + t, &cover);
        paint_rect(p, at.x + dx - 0.42f * ww, y + 0.18f * t, at.x + dx + 0.502f * ww, y + 0.82f * t, &pages);
        y += t;
    }
}

void prop_pencils(Painter *p, Rng *rng, Point2 at, float h)
{
    for (int i = 0; i < 8; i++) {
        Fill f = fill_round(prop_colour(rng));
        float dx = rng_range(rng, -0.28f, 0.28f) * h;
        paint_stroke(p, (Point2){ at.x + 0.5f * dx, at.y + 0.2f * h },
                     (Point2){ at.x + dx, at.y + rng_range(rng, 0.8f, 1.0f) * h }, 0.05f * h, 0.05f * h, &f);
    }
    Fill f = fill_glaze(prop_colour(rng));
    box(p, at, 0.44f * h, 0.55f * h, &f);
}

void prop_clock(Painter *p, Rng *rng, Point2 at, float h)
{
    float r = 0.5f * h;
    Fill rim = fill_glaze(prop_colour(rng)), face = fill_flat(colour_hex(0xF4F2EA)),
         hand = fill_flat(colour_hex(0x222222));
    Point2 c = { at.x, at.y + r };
    paint_ellipse(p, c.x, c.y, r, r, &rim);
    paint_ellipse(p, c.x, c.y, 0.86f * r, 0.86f * r, &face);
    float a = rng_range(rng, 0, 6.28f), b = rng_range(rng, 0, 6.28f);
    paint_stroke(p, c, (Point2){ c.x + 0.7f * r * cosf(a), c.y + 0.7f * r * sinf(a) }, 0.05f * r, 0.04f * r,
                 &hand);
    paint_stroke(p, c, (Point2){ c.x + 0.5f * r * cosf(b), c.y + 0.5f * r * sinf(b) }, 0.08f * r, 0.06f * r,
                 &hand);
}

/* A lit screen with windows, text lines and a picture on it. */
static void screen(Painter *p, Rng *rng, const float b[4])
{
    float w = b[2] - b[0], h = b[3] - b[1];
    Fill back = { .kind = FILL_DOWN,
                  .a = pixel_dim(colour_near(rng, 0x3A6EA8), 0.9f),
                  .b = pixel_dim(colour_near(rng, 0x8A5AA8), 0.7f),
                  .glows = true };
    paint_rect(p, b[0], b[1], b[2], b[3], &back);
    Fill page = fill_glow(colour_hex(0xF2F4F6), 0.95f), bar = fill_glow(colour_hex(0x2A3440), 0.8f);
    float x0 = b[0] + 0.12f * w, x1 = b[0] + 0.74f * w, y1 = b[3] - 0.1f * h, y0 = b[1] + 0.12f * h;
    paint_rect(p, x0, y0, x1, y1, &page);
    paint_rect(p, x0, y1 - 0.07f * h, x1, y1, &bar);
    for (int i = 0; i < 8; i++) {
        Fill text = fill_glow(i == 2 ? prop_colour(rng) : colour_hex(0x8A929A), 0.8f);
        float y = y1 - (0.14f + 0.075f * (float)i) * h;
        paint_rect(p, x0 + 0.04f * w, y - 0.025f * h, x0 + rng_range(rng, 0.25f, 0.56f) * w, y, &text);
    }
}

void prop_monitor(Painter *p, Rng *rng, Point2 at, float h)
{
    float w = 1.35f * h;
    Fill dark = fill_flat(colour_hex(0x1A1C1E)), stand = fill_round(colour_hex(0x4A4C50));
    box(p, at, 0.10f * w, 0.3f * h, &stand);
    box(p, at, 0.42f * w, 0.03f * h, &stand);
    paint_rect(p, at.x - 0.5f * w, at.y + 0.22f * h, at.x + 0.5f * w, at.y + h, &dark);
    screen(p, rng, (float[4]){ at.x - 0.48f * w, at.y + 0.25f * h, at.x + 0.48f * w, at.y + 0.975f * h });
}

void prop_teapot(Painter *p, Rng *rng, Point2 at, float h)
{
    Fill f = fill_glaze(rng_float(rng) < 0.4f ? colour_hex(0xB8BCC0) : prop_colour(rng));
    paint_stroke(p, (Point2){ at.x + 0.4f * h, at.y + 0.3f * h },
                 (Point2){ at.x + 0.85f * h, at.y + 0.75f * h }, 0.2f * h, 0.1f * h, &f);
    turned(p, at, h,
           (Point2[]){ { 0.36f, 0 },
                       { 0.52f, 0.2f },
                       { 0.52f, 0.45f },
                       { 0.36f, 0.72f },
                       { 0.08f, 0.80f },
                       { 0.06f, 0.92f } },
           6, &f);
    paint_stroke(p, (Point2){ at.x - 0.42f * h, at.y + 0.62f * h },
                 (Point2){ at.x - 0.8f * h, at.y + 0.55f * h }, 0.08f * h, 0.07f * h, &f);
    paint_stroke(p, (Point2){ at.x - 0.8f * h, at.y + 0.57f * h },
                 (Point2){ at.x - 0.62f * h, at.y + 0.15f * h }, 0.07f * h, 0.07f * h, &f);
}

void prop_lamp(Painter *p, Rng *rng, Point2 at, float h, float glow)
{
    Fill foot = fill_glaze(prop_colour(rng));
    turned(p, at, h,
           (Point2[]){ { 0.15f, 0 },
                       { 0.14f, 0.03f },
                       { 0.03f, 0.08f },
                       { 0.08f, 0.3f },
                       { 0.02f, 0.5f },
                       { 0.02f, 0.62f } },
           6, &foot);
    Pixel shade = colour_hex(0xF2DEB4);
    Fill f = fill_round(shade);
    if (glow > 0) {
        f = fill_two(FILL_DOWN, (Pixel){ 1.0f, 0.66f, 0.34f, 1 } * pixel_all(0.55f * glow),
                     (Pixel){ 1.0f, 0.78f, 0.46f, 1 } * pixel_all(glow));
        f.glows = true;
    }
    turned(p, (Point2){ at.x, at.y + 0.56f * h }, h, (Point2[]){ { 0.28f, 0 }, { 0.18f, 0.44f } }, 2, &f);
}

void prop_book_row(Painter *p, Rng *rng, const float x[2], float y, float h)
{
    for (float at = x[0]; at < x[1];) {
        float w = h * rng_range(rng, 0.09f, 0.22f), high = h * rng_range(rng, 0.72f, 1.0f);
        if (rng_float(rng) < 0.05f) {
            at += w * 1.5f;
            continue;
        }
        Pixel c = prop_colour(rng);
        Fill f = fill_two(FILL_ACROSS, pixel_dim(c, 1.05f), pixel_dim(c, 0.6f)),
             band = fill_flat(pixel_dim(prop_colour(rng), 1.1f));
        float end = fminf(at + w, x[1]);
        paint_rect(p, at, y, end, y + high, &f);
        if (rng_float(rng) < 0.6f)
            paint_rect(p, at + 0.1f * w, y + 0.62f * high, end - 0.1f * w, y + 0.8f * high, &band);
        at = end + 0.004f;
    }
}

static void package(Painter *p, const Pixel c[3], Point2 at, float w, float h)
{
    Fill f = { .kind = FILL_DOWN, .a = pixel_dim(c[0], 1.1f), .b = pixel_dim(c[0], 0.8f) };
    Fill mark = fill_flat(c[1]), word = fill_flat(c[2]);
    paint_rect(p, at.x, at.y, at.x + w, at.y + h, &f);
    paint_ellipse(p, at.x + 0.5f * w, at.y + 0.42f * h, 0.34f * w, 0.2f * h, &mark);
    paint_rect(p, at.x + 0.14f * w, at.y + 0.72f * h, at.x + 0.86f * w, at.y + 0.86f * h, &word);
}

void prop_goods(Painter *p, Rng *rng, const float x[2], float y, float h)
{
    for (float at = x[0]; at < x[1];) {
        int kind = rng_int(rng, 0, 3), count = rng_int(rng, 3, 6);
        float high = h * rng_range(rng, 0.62f, 0.95f), w = high * (kind == 0   ? rng_range(rng, 0.5f, 0.9f)
                                                                   : kind == 1 ? 0.34f
                                                                               : 0.62f);
        Pixel c[3] = { prop_colour(rng), prop_colour(rng), colour_hex(0xF4F0E6) };
        for (int i = 0; i < count && at < x[1]; i++, at += w + 0.006f) {
            Fill f = fill_glaze(c[0]), label = fill_round(c[1]);
            if (kind == 0 || kind == 3) {
                package(p, c, (Point2){ at, y }, w, high);
            } else if (kind == 1) {
                turned(p, (Point2){ at + 0.5f * w, y }, high,
                       (Point2[]){ { 0.15f, 0 }, { 0.15f, 0.6f }, { 0.05f, 0.78f }, { 0.05f, 1 } }, 4, &f);
                paint_rect(p, at + 0.06f * w, y + 0.2f * high, at + 0.94f * w, y + 0.48f * high, &label);
            } else {
                paint_rect(p, at, y, at + w, y + high, &f);
                paint_rect(p, at, y + 0.3f * high, at + w, y + 0.7f * high, &label);
            }
        }
        at += 0.01f;
    }
}
