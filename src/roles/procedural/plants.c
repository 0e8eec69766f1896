#include "roles/procedural/plants.h"

#include <math.h>

void plant_trunk(Painter *p, Rng *rng, float x, float width, float top, Pixel bark)
{
    Fill f = fill_round(bark);
    f.grain = 0.55f;
    f.grain_x = 60 / width * 0.3f;
    f.grain_y = 9 / width * 0.3f;
    float lean = rng_range(rng, -0.03f, 0.03f) * top, bend = rng_range(rng, -0.25f, 0.25f) * width;
    Point2 q[10];
    for (int i = 0; i < 5; i++) {
        float t = (float)i / 4, w = 0.5f * width * (1 - 0.45f * t) * (i == 0 ? 1.5f : 1);
        float cx = x + lean * t + bend * sinf(3.1f * t);
        q[i] = (Point2){ cx - w, top * (i == 1 ? 0.08f : t) };
        q[9 - i] = (Point2){ cx + w, top * (i == 1 ? 0.08f : t) };
    }
    paint_polygon(p, q, 10, &f);
}

void plant_foliage(Painter *p, Rng *rng, Point2 at, float rx, float ry, Pixel leaf)
{
    int count = 110;
    for (int i = 0; i < count; i++) {
        float a = rng_range(rng, 0, 6.2831853f), d = sqrtf(rng_float(rng));
        float x = at.x + rx * d * cosf(a), y = at.y + ry * d * sinf(a);
        float r = rng_range(rng, 0.05f, 0.15f) * (rx + ry) * 0.7f;
        float up = 0.5f + 0.5f * d * sinf(a) + 0.22f * p->side * d * cosf(a);
        float tone = (0.35f + 0.85f * up) * rng_range(rng, 0.65f, 1.35f);
        Pixel c =
            pixel_dim(leaf, tone) * (Pixel){ rng_range(rng, 0.85f, 1.2f), 1, rng_range(rng, 0.7f, 1.1f), 1 };
        Fill f = fill_flat(c);
        paint_ellipse(p, x, y, r, r * rng_range(rng, 0.5f, 0.9f), &f);
    }
}

void plant_tree(Painter *p, Rng *rng, float x, float height, Pixel leaf, Pixel bark)
{
    plant_trunk(p, rng, x, 0.055f * height, 0.55f * height, bark);
    for (int i = 0; i < 5; i++) {
        float a = rng_range(rng, -1, 1), y = rng_range(rng, 0.5f, 0.85f) * height;
        plant_foliage(p, rng, (Point2){ x + a * 0.22f * height, y }, rng_range(rng, 0.14f, 0.22f) * height,
                      rng_range(rng, 0.11f, 0.17f) * height, leaf);
    }
}

void plant_fir(Painter *p, Rng *rng, float x, float height, Pixel needle, float snow)
{
    Fill trunk = fill_round((Pixel){ 0.06f, 0.04f, 0.03f, 1 });
    paint_rect(p, x - 0.015f * height, 0, x + 0.015f * height, 0.2f * height, &trunk);
    int tiers = 9;
    for (int i = 0; i < tiers; i++) {
        float t = (float)i / (float)tiers, y0 = height * (0.06f + 0.90f * t),
              y1 = y0 + height * 0.22f * (1 - 0.5f * t);
        float w = height * (0.21f * (1 - t) + 0.02f) * rng_range(rng, 0.85f, 1.15f);
        Point2 q[11];
        for (int k = 0; k < 10; k++) {
            float u = (float)k / 9 * 2 - 1;
            q[k] = (Point2){ x + w * u,
                             y0 + 0.05f * height * (1 - t) * (fabsf(u) * -0.4f + (float)(k & 1) * 0.5f) };
        }
        q[10] = (Point2){ x, y1 < height ? y1 : height };
        Fill f = fill_two(FILL_ROUND, pixel_dim(needle, 1.3f * rng_range(rng, 0.8f, 1.15f)),
                          pixel_dim(needle, 0.4f));
        f.grain = 0.7f;
        f.grain_x = f.grain_y = 500 / height;
        paint_polygon(p, q, 11, &f);
        for (int k = 0; snow > 0 && k < 7; k++) {
            Fill white =
                fill_two(FILL_DOWN, (Pixel){ 0.9f, 0.92f, 0.97f, 1 }, (Pixel){ 0.55f, 0.63f, 0.78f, 1 });
            white.opacity = snow;
            float u = rng_range(rng, -0.8f, 0.8f);
            paint_ellipse(p, x + w * u * 0.8f, y0 + (1 - fabsf(u)) * (y1 - y0) * 0.6f + 0.01f * height,
                          0.24f * w, 0.018f * height, &white);
        }
    }
}

void plant_palm(Painter *p, Rng *rng, float x, float height, Pixel leaf, Pixel bark)
{
    float lean = rng_range(rng, -0.25f, 0.25f) * height;
    Fill f = fill_round(bark);
    f.grain = 0.4f;
    f.grain_x = 10;
    f.grain_y = 200 / height;
    Point2 q[12];
    for (int i = 0; i < 6; i++) {
        float t = (float)i / 5, w = 0.022f * height * (1 - 0.4f * t);
        q[i] = (Point2){ x + lean * t * t - w, height * t };
        q[11 - i] = (Point2){ x + lean * t * t + w, height * t };
    }
    paint_polygon(p, q, 12, &f);
    for (int k = 0; k < 13; k++) {
        float a = -0.5f + 4.1f * (float)k / 12 + rng_range(rng, -0.12f, 0.12f),
              len = rng_range(rng, 0.30f, 0.42f) * height;
        Point2 arc[14];
        for (int i = 0; i < 7; i++) {
            float t = (float)i / 6, w = 0.035f * height * sinf(0.35f + 2.7f * t) + 0.003f * height;
            float cx = x + lean + len * t * cosf(a),
                  cy = height + len * (t * sinf(a) * 0.75f - 0.55f * t * t);
            arc[i] = (Point2){ cx, cy + w };
            arc[13 - i] = (Point2){ cx, cy - w };
        }
        Fill frond = fill_two(FILL_DOWN, pixel_dim(leaf, rng_range(rng, 0.9f, 1.5f)), pixel_dim(leaf, 0.5f));
        paint_polygon(p, arc, 14, &frond);
    }
}

void plant_potted(Painter *p, Rng *rng, Point2 at, float height, Pixel leaf, Pixel pot)
{
    float ph = 0.34f * height, pw = 0.20f * height;
    for (int k = 0; k < 22; k++) {
        float a = rng_range(rng, 0.15f, 3.0f), len = rng_range(rng, 0.35f, 0.72f) * height;
        Point2 arc[12];
        for (int i = 0; i < 6; i++) {
            float t = (float)i / 5, w = 0.035f * height * sinf(3.14159f * (0.1f + 0.88f * t));
            float cx = at.x + len * t * cosf(a) * 0.7f, cy = at.y + ph + len * (t * sinf(a) - 0.25f * t * t);
            arc[i] = (Point2){ cx - w * sinf(a), cy + w * cosf(a) };
            arc[11 - i] = (Point2){ cx + w * sinf(a), cy - w * cosf(a) };
        }
        Fill f = fill_two(FILL_DOWN, pixel_dim(leaf, rng_range(rng, 0.8f, 1.7f)),
                          pixel_dim(leaf, rng_range(rng, 0.3f, 0.7f)));
        paint_polygon(p, arc, 12, &f);
    }
    Fill body = fill_round(pot);
    paint_polygon(p,
                  (Point2[]){ { at.x - pw * 0.75f, at.y },
                              { at.x + pw * 0.75f, at.y },
                              { at.x + pw, at.y + ph },
                              { at.x - pw, at.y + ph } },
                  4, &body);
}

void plant_grass(Painter *p, Rng *rng, const float span[2], float height, int count, const Pixel colour[2])
{
    for (int i = 0; i < count; i++) {
        float x = rng_range(rng, span[0], span[1]), h = height * rng_range(rng, 0.45f, 1.2f);
        float lean = rng_range(rng, -0.45f, 0.45f) * h, w = height * rng_range(rng, 0.025f, 0.05f);
        Pixel c = pixel_dim(pixel_mix(colour[0], colour[1], rng_float(rng)), rng_range(rng, 0.7f, 1.25f));
        Fill f = fill_two(FILL_DOWN, pixel_dim(c, 1.25f), pixel_dim(c, 0.4f));
        Point2 q[5] = { { x - w, 0 },
                        { x + lean * 0.35f - 0.8f * w, h * 0.55f },
                        { x + lean, h },
                        { x + lean * 0.35f + 0.8f * w, h * 0.55f },
                        { x + w, 0 } };
        paint_polygon(p, q, 5, &f);
    }
}
