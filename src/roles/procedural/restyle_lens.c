#include "roles/procedural/restyle_lens.h"

#include "base/rng.h"
#include "roles/procedural/noise.h"
#include "roles/procedural/restyle_stroke.h"

#include <math.h>

/* ---- flare -------------------------------------------------------------------------------------- */

/* The sun, its rays and the veil it lays over everything, at half size. */
static bool sun_glow(Plate *p, const Recipe *r, const RestyleTiles *tiles, const float sun[2], Err *err)
{
    Canvas glow;
    if (!canvas_init(&glow, p->eighth.width * 2, p->eighth.height * 2, err))
        return false;
    float k = (float)p->full.width / (float)glow.width, inv = 1 / p->side, amount = r->sum.flare;
    float turn = (float)(r->seed & 255);
    for (int y = 0; y < glow.height; y++)
        for (int x = 0; x < glow.width; x++) {
            float dx = (((float)x + 0.5f) * k - sun[0]) * inv, dy = (((float)y + 0.5f) * k - sun[1]) * inv;
            float d2 = dx * dx + dy * dy, d = sqrtf(d2) + 1e-4f;
            float core = 1 / (1 + d2 * 2600), halo = 1 / (1 + d2 * 42), veil = 1 / (1 + d2 * 4.5f);
            /* Rays: noise around the circle, sampled along a small ring so that it closes. */
            float n = noise_at(tiles->clouds, RESTYLE_TILE, turn + 42 * dx / d, turn + 42 * dy / d);
            float rays = float_max(0, n + 0.15f) / (1 + d2 * 22);
            float v = amount * (2.6f * core * core + 0.42f * halo + 0.15f * veil + 0.30f * rays);
            float ring = fabsf(d - 0.33f) < 0.03f ? 1 - fabsf(d - 0.33f) / 0.03f : 0;
            float red = 0.030f * ring * amount;
            glow.px[(size_t)y * (size_t)glow.width + (size_t)x] =
                (Pixel){ v + red, 0.80f * v + 0.4f * red, 0.52f * v, 0.05f * amount * veil };
        }
    bool ok = plate_lay(p, &glow, NULL, err);
    canvas_clear(&glow);
    return ok;
}

static bool flare(Plate *p, const Recipe *r, const RestyleTiles *tiles, Rng *rng, Err *err)
{
    float w = (float)p->full.width, h = (float)p->full.height, mid[2] = { 0.5f * w, 0.5f * h };
    float sun[2] = { mid[0] + r->side * rng_range(rng, 0.26f, 0.40f) * w, rng_range(rng, 0.07f, 0.20f) * h };
    if (!sun_glow(p, r, tiles, sun, err))
        return false;
    /* Reflections between the glasses lie on the line from the sun through the middle. */
    int n = rng_int(rng, 7, 10);
    for (int i = 0; i < n; i++) {
        float t = rng_range(rng, 0.35f, 2.1f),
              size = p->side * (i % 3 == 0 ? rng_range(rng, 0.05f, 0.11f) : rng_range(rng, 0.012f, 0.04f));
        float x = sun[0] + (mid[0] - sun[0]) * t, y = sun[1] + (mid[1] - sun[1]) * t;
        static const float hue[4][3] = {
            { 1, 0.72f, 0.38f }, { 0.55f, 0.95f, 0.62f }, { 0.55f, 0.72f, 1 }, { 1, 0.55f, 0.62f }
        };
        const float *c = hue[rng_int(rng, 0, 3)];
        Stroke q = {
            x, y, x, y, .radius = size, .soft = 0.05f * size + 1, .ring = rng_range(rng, 0.2f, 0.75f)
        };
        q.colour = (Pixel){ c[0], c[1], c[2], 0 };
        q.strength = r->sum.flare * rng_range(rng, 0.09f, 0.22f);
        stroke_draw(&p->full, &q);
    }
    return true;
}

/* ---- condensation ------------------------------------------------------------------------------- */

static bool small_copy(Canvas *out, const Canvas *full, Err *err)
{
    Canvas half = { 0 };
    bool ok = canvas_half(&half, full, err) && canvas_half(out, &half, err);
    canvas_clear(&half);
    return ok;
}

/* Fine drops scatter the light of every point around it; highlights bloom because they do it in linear light.
 */
static bool condensation(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
{
    Canvas soft = { 0 }, wide = { 0 };
    float amount = float_min(1.3f, r->sum.fogged), px = 0.25f * p->side;
    bool ok = small_copy(&soft, &p->full, err) && canvas_blur_disc(&soft, 0.010f * px + 0.5f, err) &&
              canvas_blur_disc(&soft, 0.007f * px + 0.5f, err) && canvas_half(&wide, &soft, err) &&
              canvas_blur_disc(&wide, 0.5f * 0.055f * px, err) &&
              canvas_blur_disc(&wide, 0.5f * 0.04f * px, err);
    for (int y = 0; ok && y < soft.height; y++)
        for (int x = 0; x < soft.width; x++) {
            Pixel *s = &soft.px[(size_t)y * (size_t)soft.width + (size_t)x];
            Pixel far = canvas_at(&wide, 0.5f * (float)x - 0.25f, 0.5f * (float)y - 0.25f);
            float n = noise_at(tiles->clouds, RESTYLE_TILE, 90 * (float)x / px + (float)(r->seed & 255),
                               90 * (float)y / px);
            float k = float_min(0.9f, amount * (0.66f + 0.12f * n));
            Pixel veil = *s * pixel_all(0.58f) + far * pixel_all(0.50f) + pixel_all(0.022f);
            *s = veil * pixel_all(k);
            (*s)[3] = k;
        }
    ok = ok && plate_lay(p, &soft, NULL, err);
    canvas_clear(&soft);
    canvas_clear(&wide);
    return ok;
}

/* ---- drops -------------------------------------------------------------------------------------- */

/* A drop is a strong lens out of focus: it shows a small, blurred, upside down view. */
static void drop(Plate *p, const Canvas *view, float cx, float cy, float radius, float stretch)
{
    Canvas *c = &p->full;
    float k = (float)view->width / (float)c->width, inv = 1 / radius;
    int y0 = (int)float_max(0, cy - radius * stretch - 1),
        y1 = (int)float_min((float)c->height, cy + radius * stretch + 2);
    int x0 = (int)float_max(0, cx - radius - 1), x1 = (int)float_min((float)c->width, cx + radius + 2);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            float u = ((float)x - cx) * inv, v = ((float)y - cy) * inv / stretch, d2 = u * u + v * v;
            if (d2 >= 1.1f)
                continue;
            float d = sqrtf(d2), a = 1 - smooth_step(0.80f, 1.04f, d), bulge = 1 + 1.6f * d2;
            Pixel q = canvas_at(view, (cx - 3.2f * bulge * ((float)x - cx)) * k,
                                (cy - 2.4f * bulge * ((float)y - cy)) * k);
            /* Light comes from above: through the foot of the drop it is bright, its head is dark. */
            float shade = 1 + 0.45f * v * d - 0.35f * smooth_step(0.62f, 1.0f, d);
            float shine = 0.25f * smooth_step(0.55f, 0.85f, v + 0.25f * d) +
                          0.35f * smooth_step(0.10f, 0.0f, fabsf(u + 0.38f) + fabsf(v + 0.42f));
            q = q * pixel_all(shade * 1.05f) + pixel_all(shine * (pixel_luma(q) + 0.05f));
            Pixel *to = &c->px[(size_t)y * (size_t)c->width + (size_t)x];
            float alpha = (*to)[3];
            *to = pixel_mix(*to, q, 0.94f * a);
            (*to)[3] = alpha;
        }
}

static bool drops(Plate *p, const Recipe *r, Rng *rng, Err *err)
{
    Canvas view = { 0 };
    bool ok =
        small_copy(&view, &p->full, err) && canvas_blur_disc(&view, 0.006f * 0.25f * p->side + 0.5f, err);
    int n = (int)(46 * r->sum.drops);
    for (int i = 0; ok && i < n; i++) {
        float t = rng_float(rng), radius = p->side * (0.006f + 0.040f * t * t * t);
        drop(p, &view, rng_float(rng) * (float)p->full.width, rng_float(rng) * (float)p->full.height,
             float_max(radius, 1), rng_range(rng, 0.95f, 1.25f));
    }
    canvas_clear(&view);
    return ok;
}

bool restyle_lens(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
{
    Rng rng;
    rng_init(&rng, seed_derive(r->seed, "lens", 0, 0, 0));
    return (r->sum.flare <= 0 || flare(p, r, tiles, &rng, err)) &&
           (r->sum.fogged <= 0 || condensation(p, r, tiles, err)) &&
           (r->sum.drops <= 0 || drops(p, r, &rng, err));
}
