#include "roles/procedural/restyle_lamps.h"

#include "base/rng.h"
#include "roles/procedural/restyle_stroke.h"

#include <math.h>

static void disc(Plate *p, const Recipe *r, Rng *rng, float x, float y, float radius)
{
    float warm = rng_range(rng, -0.12f, 0.12f), bright = rng_range(rng, 0.35f, 1.0f);
    Stroke q = {
        x, y, x, y, .radius = radius, .soft = 0.10f * radius + 0.5f, .ring = 0.40f, .cover = 0.6f, .hidden = 1
    };
    q.colour = r->bulb * (Pixel){ 1 + warm, 1, 1 - warm, 0 };
    q.strength = 0.72f * bright;
    stroke_draw(&p->full, &q);
    /* The glow around it. */
    q = (Stroke){ x,
                  y,
                  x,
                  y,
                  .radius = 1.2f * radius,
                  .soft = 1.2f * radius,
                  .colour = q.colour,
                  .strength = 0.13f * bright,
                  .hidden = 0.9f };
    stroke_draw(&p->full, &q);
}

/* Strings that hang in arcs across the picture, behind one another. */
static void strings(Plate *p, const Recipe *r, Rng *rng)
{
    float w = (float)p->full.width, edge = fmaxf(plate_edge(p, 0.5f * w), 0.25f * (float)p->full.height);
    int rows = rng_int(rng, 3, 5);
    for (int k = 0; k < rows; k++) {
        float y0 = edge * (0.06f + 0.72f * ((float)k + rng_float(rng) * 0.7f) / (float)rows),
              tilt = rng_range(rng, -0.12f, 0.12f) * edge;
        float sag = rng_range(rng, 0.08f, 0.22f) * edge, start = rng_range(rng, -0.4f, 0),
              span = rng_range(rng, 0.7f, 1.1f);
        float radius = p->side * rng_range(rng, 0.013f, 0.026f);
        int n = rng_int(rng, 13, 20);
        for (int i = 0; i < n; i++) {
            float t = ((float)i + 0.5f) / (float)n * 1.6f + start, s = (t - 0.5f) / span;
            float x = t * w + rng_range(rng, -0.3f, 0.3f) * radius;
            float y = y0 + tilt * s + sag * (1 - 4 * s * s) * 0.5f;
            if (y < edge)
                disc(p, r, rng, x, y, radius * rng_range(rng, 0.9f, 1.1f));
        }
    }
}

static void scattered(Plate *p, const Recipe *r, Rng *rng)
{
    float w = (float)p->full.width, edge = fmaxf(plate_edge(p, 0.5f * w), 0.25f * (float)p->full.height);
    int n = 3 + (int)(22 * r->sum.bulbs);
    for (int i = 0; i < n; i++) {
        float t = rng_float(rng), y = edge * (0.92f - 0.55f * t * t);
        disc(p, r, rng, rng_float(rng) * w, y, p->side * rng_range(rng, 0.008f, 0.022f));
    }
}

/* Head and tail lights of cars: lines that run together towards a point far away at one side. */
static void trails(Plate *p, const Recipe *r, Rng *rng)
{
    float w = (float)p->full.width, side = p->side,
          far_x = 0.5f * w + r->side * rng_range(rng, 0.25f, 0.42f) * w;
    float far_y = fmaxf(plate_edge(p, 0.5f * w), 0.3f * (float)p->full.height) - 0.10f * side;
    int n = (int)(30 * r->sum.trails);
    for (int i = 0; i < n; i++) {
        bool red = rng_float(rng) < 0.52f;
        float lane = rng_range(rng, red ? -0.14f : 0.02f, red ? 0.03f : 0.20f) * side;
        float x0 = -0.1f * w, x1 = 1.1f * w, bend = rng_range(rng, 0.02f, 0.06f) * side;
        float thick = side * rng_range(rng, 0.0009f, 0.0032f), bright = rng_range(rng, 0.35f, 1.0f);
        Pixel colour = red ? (Pixel){ 1.5f, 0.06f, 0.03f, 0 } : (Pixel){ 1.35f, 1.25f, 1.05f, 0 };
        float from = rng_range(rng, -0.1f, 0.35f), to = rng_range(rng, 0.65f, 1.1f);
        enum { PIECES = 26 };
        float px = 0, py = 0;
        for (int k = 0; k <= PIECES; k++) {
            float t = from + (to - from) * (float)k / PIECES, x = x0 + (x1 - x0) * t;
            float away = (x - far_x) / w, open = sqrtf(away * away + 0.006f); /* how near the car is there */
            float y = far_y + lane * (0.25f + 1.5f * open) + bend * sinf(3.0f * t + lane);
            float ends =
                fminf(1, 0.25f * fminf((float)k, (float)(PIECES - k) + 0.5f)); /* lit slowly, and out */
            if (k > 0) {
                float wide = thick * (0.5f + 1.9f * open);
                Stroke q = { px,
                             py,
                             x,
                             y,
                             .radius = wide,
                             .soft = wide,
                             .colour = colour,
                             .strength = bright * ends,
                             .cover = 0.6f,
                             .butt = true,
                             .hidden = 1 };
                stroke_draw(&p->full, &q);
                q.radius = q.soft = 7 * thick;
                q.strength = 0.09f * bright * ends;
                q.cover = 0;
                stroke_draw(&p->full, &q);
            }
            px = x;
            py = y;
        }
    }
}

void restyle_lamps(Plate *p, const Recipe *r)
{
    Rng rng;
    rng_init(&rng, seed_derive(r->seed, "lamps", 0, 0, 0));
    if (r->sum.bulbs > 0 && r->sum.bulb_rows > 0.5f)
        strings(p, r, &rng);
    if (r->sum.bulbs > 0)
        scattered(p, r, &rng);
    if (r->sum.trails > 0)
        trails(p, r, &rng);
}
