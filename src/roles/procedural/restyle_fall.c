#include "roles/procedural/restyle_fall.h"

#include "base/rng.h"
#include "roles/procedural/restyle_air.h"
#include "roles/procedural/restyle_stroke.h"

#include <math.h>

/* Pieces at about one distance. Lengths and radii are shares of the picture's smaller side. */
typedef struct {
    int count; /* at amount 1 in a square picture */
    float length[2], radius[2], soft;
    float strength[2], cover, hidden;
} Swarm;

static float pick(Rng *rng, const float range[2])
{
    return rng_range(rng, range[0], range[1]);
}

/* Small pictures get as many pieces as large ones; narrow ones fewer. */
static int count_of(const Plate *p, const Swarm *s, float amount)
{
    float area = (float)p->full.width * (float)p->full.height / (p->side * p->side);
    return (int)((float)s->count * amount * fminf(area, 4));
}

/* How bright a white thing in the scene is. */
static Pixel white_of(const Recipe *r, float strength)
{
    Pixel w = r->ambient;
    for (int i = 0; i < r->lights; i++)
        w += r->light[i].colour * pixel_all(0.5f);
    float top = fmaxf(w[0], fmaxf(w[1], w[2]));
    return w * pixel_all(strength * (top > 1 ? 1 / top : 1) * 0.95f);
}

/* ---- rain --------------------------------------------------------------------------------------- */

static const Swarm rain[] = {
    { 1100, { 0.020f, 0.045f }, { 0.0004f, 0.0007f }, 0.0006f, { 0.08f, 0.20f }, 0.6f, 1.0f },
    { 420, { 0.045f, 0.095f }, { 0.0005f, 0.0009f }, 0.0007f, { 0.12f, 0.30f }, 0.6f, 0.55f },
    { 80, { 0.12f, 0.24f }, { 0.0010f, 0.0018f }, 0.0016f, { 0.06f, 0.16f }, 0.5f, 0.35f },
};

static void rain_streaks(Plate *p, const Recipe *r, Rng *rng)
{
    float w = (float)p->full.width, h = (float)p->full.height, amount = r->sum.rain;
    Pixel colour = white_of(r, 1.05f);
    float slant = r->side * (r->sum.wind + rng_range(rng, -0.03f, 0.03f));
    for (size_t k = 0; k < sizeof rain / sizeof *rain; k++) {
        const Swarm *s = &rain[k];
        int n = count_of(p, s, amount);
        for (int i = 0; i < n; i++) {
            float x = rng_range(rng, -0.2f, 1.2f) * w, y = rng_range(rng, -0.15f, 1.05f) * h;
            float length = pick(rng, s->length) * p->side * (0.55f + 0.6f * amount);
            float lean = slant + rng_range(rng, -0.02f, 0.02f);
            Stroke q = { x, y, x + lean * length, y + length, .cover = s->cover, .hidden = s->hidden };
            q.radius = pick(rng, s->radius) * p->side;
            q.soft = s->soft * p->side;
            q.strength = pick(rng, s->strength) * (0.7f + 0.4f * amount);
            q.colour = colour;
            stroke_draw(&p->full, &q);
        }
    }
}

/* A row of the surface at random, more of them where it is far. */
static float surface_row(const Plate *p, Rng *rng, float x)
{
    float edge = fmaxf(plate_edge(p, x), 0), t = rng_float(rng);
    return edge + ((float)p->full.height - edge) * t * (0.35f + 0.65f * t);
}

/* Where a drop strikes: a ring that spreads, a crown of specks. */
static void splash(Plate *p, Rng *rng, Pixel colour, float x, float y)
{
    float size = p->side * 0.010f / fmaxf(0.45f, plate_depth(p, y)) * rng_range(rng, 0.5f, 1.3f);
    Stroke ring = {
        x, y, x, y, .radius = size, .soft = 0.22f * size + 0.3f, .squash = fmaxf(0.25f, p->squash), .ring = 1
    };
    ring.colour = colour;
    ring.strength = 0.20f;
    ring.cover = 0.7f;
    ring.hidden = 1;
    stroke_draw(&p->full, &ring);
    int specks = rng_int(rng, 2, 6);
    for (int i = 0; i < specks; i++) {
        float a = rng_range(rng, -1.3f, 1.3f), up = rng_range(rng, 0.1f, 1.3f) * size;
        float px = x + a * size, py = y - up, radius = size * rng_range(rng, 0.05f, 0.11f);
        Stroke q = { px, py, px + 0.10f * a * size, py + 0.12f * size, .radius = radius, .soft = 0.6f };
        q.colour = colour;
        q.strength = rng_range(rng, 0.2f, 0.6f);
        q.cover = 0.8f;
        q.hidden = 0.8f;
        stroke_draw(&p->full, &q);
    }
}

static void splashes(Plate *p, const Recipe *r, Rng *rng)
{
    int n = (int)(120 * r->sum.rain * r->sum.rain);
    Pixel colour = white_of(r, 1);
    for (int i = 0; i < n; i++) {
        float x = rng_float(rng) * (float)p->full.width;
        splash(p, rng, colour, x, surface_row(p, rng, x));
    }
}

/* Drops that lie on the surface: each a dark foot and a bright crown. */
static void beads(Plate *p, const Recipe *r, Rng *rng)
{
    int n = (int)(900 * r->sum.dew);
    Pixel bright = white_of(r, 1.1f);
    for (int i = 0; i < n; i++) {
        float x = rng_float(rng) * (float)p->full.width, y = surface_row(p, rng, x);
        float size = p->side * 0.0017f / fmaxf(0.5f, plate_depth(p, y)) * rng_range(rng, 0.35f, 1.2f);
        Stroke dark = { x,
                        y,
                        x,
                        y,
                        .radius = size,
                        .soft = 0.5f * size,
                        .squash = 0.7f,
                        .strength = 0.45f,
                        .cover = 1,
                        .hidden = 1 };
        stroke_draw(&p->full, &dark);
        Stroke light = { x - 0.25f * size, y - 0.35f * size,      x - 0.25f * size,
                         y - 0.35f * size, .radius = 0.4f * size, .soft = 0.4f * size };
        light.colour = bright;
        light.strength = rng_range(rng, 0.45f, 0.9f);
        light.cover = 0.9f;
        light.hidden = 1;
        stroke_draw(&p->full, &light);
    }
}

/* ---- snow --------------------------------------------------------------------------------------- */

static const Swarm snow[] = {
    { 1500, { 0.6f, 1.2f }, { 0.0007f, 0.0016f }, 0.0008f, { 0.35f, 0.7f }, 0.9f, 1.0f },
    { 420, { 0.5f, 1.1f }, { 0.0020f, 0.0042f }, 0.0014f, { 0.5f, 0.85f }, 0.9f, 0.65f },
    { 70, { 0.4f, 1.0f }, { 0.0055f, 0.0115f }, 0.0050f, { 0.35f, 0.6f }, 0.9f, 0.35f },
};

/* The stronger the wind, the smaller the flakes and the longer their way while the shutter is open. */
static void flakes(Plate *p, const Recipe *r, Rng *rng)
{
    float w = (float)p->full.width, h = (float)p->full.height, wind = r->sum.wind;
    Pixel colour = white_of(r, 1.05f);
    float size = 1 - 0.55f * wind;
    for (size_t k = 0; k < sizeof snow / sizeof *snow; k++) {
        const Swarm *s = &snow[k];
        int n = count_of(p, s, r->sum.snow * (1 + 0.9f * wind * (float)(k < 2)));
        for (int i = 0; i < n; i++) {
            float x = rng_range(rng, -0.05f, 1.05f) * w, y = rng_range(rng, -0.05f, 1.05f) * h;
            Stroke q = { x, y, .cover = s->cover, .hidden = s->hidden };
            q.radius = fmaxf(0.35f, pick(rng, s->radius) * p->side * size);
            float length = pick(rng, s->length) * q.radius * (1 + 7 * wind);
            float angle = wind * 1.25f + rng_range(rng, -0.35f, 0.35f) * (1 - 0.7f * wind);
            q.x1 = x - r->side * sinf(angle) * length;
            q.y1 = y + cosf(angle) * length;
            q.soft = s->soft * p->side * size;
            q.strength = pick(rng, s->strength) * (1 - 0.35f * wind);
            q.colour = colour;
            stroke_draw(&p->full, &q);
        }
    }
}

/* ---- dust and sand ------------------------------------------------------------------------------ */

static const Swarm dust[] = {
    { 900, { 0, 0.4f }, { 0.0005f, 0.0012f }, 0.0006f, { 0.25f, 0.9f }, 0, 0.7f },
    { 110, { 0, 0.3f }, { 0.0022f, 0.0055f }, 0.0016f, { 0.10f, 0.28f }, 0, 0.4f },
};

static void motes(Plate *p, const Recipe *r, const RestyleTiles *tiles, Rng *rng)
{
    for (size_t k = 0; k < sizeof dust / sizeof *dust; k++) {
        const Swarm *s = &dust[k];
        int n = count_of(p, s, r->sum.dust);
        for (int i = 0; i < n; i++) {
            float x = rng_float(rng) * (float)p->full.width, y = rng_float(rng) * (float)p->full.height;
            float beam = air_beam(p, r, tiles, x, y), lit = 0.03f + 1.0f * fminf(beam, 1);
            Stroke q = { x, y, .cover = s->cover, .hidden = s->hidden };
            q.radius = pick(rng, s->radius) * p->side;
            q.soft = s->soft * p->side;
            q.x1 = x + rng_range(rng, -1, 1) * q.radius * 0.6f;
            q.y1 = y + rng_range(rng, -1, 1) * q.radius * 0.6f;
            q.ring = k ? 0.35f : 0;
            q.colour = r->air;
            q.strength = fminf(1, pick(rng, s->strength) * lit);
            stroke_draw(&p->full, &q);
        }
    }
}

static const Swarm sand[] = {
    { 3200, { 0.004f, 0.026f }, { 0.0004f, 0.0008f }, 0.0006f, { 0.18f, 0.55f }, 0.9f, 0.9f },
    { 240, { 0.03f, 0.11f }, { 0.0008f, 0.0020f }, 0.0016f, { 0.10f, 0.28f }, 0.9f, 0.5f },
};

static void grains(Plate *p, const Recipe *r, Rng *rng)
{
    float w = (float)p->full.width, h = (float)p->full.height;
    Pixel tone[2] = { r->air * pixel_all(1.25f), r->air * (Pixel){ 0.50f, 0.42f, 0.34f, 0 } };
    for (size_t k = 0; k < sizeof sand / sizeof *sand; k++) {
        const Swarm *s = &sand[k];
        int n = count_of(p, s, r->sum.sand);
        for (int i = 0; i < n; i++) {
            /* Most of it near the ground. */
            float t = rng_float(rng), y = h * (1 - 0.85f * t * t * (0.4f + 0.6f * t)),
                  x = rng_range(rng, -0.1f, 1.05f) * w;
            float length = pick(rng, s->length) * p->side, lean = rng_range(rng, -0.16f, 0.06f);
            Stroke q = {
                x, y, x - r->side * length, y + lean * length, .cover = s->cover, .hidden = s->hidden
            };
            q.radius = fmaxf(0.3f, pick(rng, s->radius) * p->side);
            q.soft = s->soft * p->side;
            q.strength = pick(rng, s->strength);
            q.colour = tone[rng_float(rng) < 0.4f];
            stroke_draw(&p->full, &q);
        }
    }
}

void restyle_fall(Plate *p, const Recipe *r, const RestyleTiles *tiles)
{
    Rng rng;
    rng_init(&rng, seed_derive(r->seed, "what falls", 0, 0, 0));
    if (r->sum.dew > 0)
        beads(p, r, &rng);
    if (r->sum.rain > 0) {
        splashes(p, r, &rng);
        rain_streaks(p, r, &rng);
    }
    if (r->sum.snow > 0)
        flakes(p, r, &rng);
    if (r->sum.dust > 0)
        motes(p, r, tiles, &rng);
    if (r->sum.sand > 0)
        grains(p, r, &rng);
}
