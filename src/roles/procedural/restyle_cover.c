#include "roles/procedural/restyle_cover.h"

#include "roles/procedural/noise.h"

#include <math.h>

/* A row of the surface: where it lies in the world. */
typedef struct {
    float depth, step; /* texels of the noise a pixel */
    float along;       /* texels away from the camera */
} Row;

static Row row_of(const Plate *p, float y)
{
    float depth = float_min(plate_depth(p, y), 24);
    return (Row){ depth, 512 / p->side * depth, 820 * depth };
}

/* Share of snow: everywhere but where wind and warmth have left gaps; less close to the object. */
static float snow_at(const Recipe *r, const RestyleTiles *t, float u, float v, float near)
{
    float n = 0.7f * noise_at(t->clouds, RESTYLE_TILE, 0.35f * u, 0.35f * v) +
              0.3f * noise_at(t->clouds, RESTYLE_TILE, 2.3f * u, 2.3f * v) +
              0.10f * noise_at(t->grain, RESTYLE_TILE, 2 * u, 2 * v);
    float level = 0.75f - 1.25f * r->sum.snow_cover + 0.55f * near;
    return smooth_step(level - 0.22f, level + 0.22f, n) * float_min(1, 0.55f + 0.5f * r->sum.snow_cover);
}

/* Share of frost: needles, denser in patches and along what stands up from the surface. */
static float frost_at(const Recipe *r, const RestyleTiles *t, float u, float v, float ridge)
{
    float needles = noise_at(t->ice, RESTYLE_TILE, 0.55f * u, 0.55f * v);
    float fine = noise_at(t->ice, RESTYLE_TILE, 2.1f * u + 40, 2.1f * v);
    float patch = smooth_step(-0.55f, 0.45f, noise_at(t->clouds, RESTYLE_TILE, 0.2f * u, 0.2f * v));
    float f = patch * (0.30f + 0.55f * needles + 0.35f * fine) + 0.8f * ridge;
    return float_min(0.95f, f * r->sum.frost);
}

void restyle_cover(Plate *p, const Recipe *r, const RestyleTiles *tiles)
{
    bool snow = r->sum.snow_cover > 0, frost = r->sum.frost > 0;
    if (!snow && !frost)
        return;
    float shift = (float)(r->seed >> 8 & 255);
    for (int y = 0; y < p->full.height; y++) {
        Pixel *row = p->full.px + (size_t)y * (size_t)p->full.width;
        const Pixel *guide = p->guide.px + (size_t)(y / 2) * (size_t)p->guide.width;
        const Pixel *eighth = p->eighth.px + (size_t)(y / 8) * (size_t)p->eighth.width;
        Row w = row_of(p, (float)y);
        float flat = 512 / p->side;
        for (int x = 0; x < p->full.width; x++) {
            Pixel g = guide[x / 2], c = row[x];
            float on = g[0] * (1 - c[3]);
            /* Behind the surface only a dusting, on what is bright from above anyway. */
            float back = 0.16f * (1 - g[0]) * (1 - g[2]) * (1 - c[3]);
            if (on + back <= 0.01f)
                continue;
            float u = ((float)x - 0.5f * (float)p->full.width) * w.step + shift, v = w.along + shift;
            if (g[0] < 0.5f) { /* upright: nothing runs away from the camera */
                u = (float)x * flat + shift;
                v = (float)y * flat + shift;
            }
            float mean = pixel_luma(eighth[x / 8]) + 0.02f, luma = pixel_luma(c),
                  shade = float_min(1.5f, luma / mean);
            float cover = snow ? snow_at(r, tiles, u, v, g[3]) : 0;
            if (frost && g[0] >= 0.5f)
                cover = float_max(cover, frost_at(r, tiles, u, v, smooth_step(1.06f, 1.5f, shade)));
            else if (frost) /* out of focus behind */
                cover = float_max(cover, 0.5f * r->sum.frost);
            /* Far away it is finer than a pixel: its mean is seen. */
            float far = g[0] > 0.5f ? smooth_step(3, 6, w.depth) : 0;
            cover += (0.6f * float_min(1, r->sum.snow_cover + r->sum.frost) - cover) * far;
            cover *= on + back * (snow ? 1.0f : 0.8f);
            /* The relief under it shows a little, and so do the shadows that were there; beside the object it
             * lies in its shade. */
            float white = (0.62f + 0.26f * shade) * (0.55f + 0.45f * smooth_step(0.0f, 0.25f, mean)) *
                          (1 - 0.75f * g[3] * g[0]);
            Pixel ice = { 0.97f * white, 0.985f * white, 1.01f * white, 0 };
            row[x] = pixel_mix(c, ice, cover);
            row[x][3] = c[3];
        }
    }
}
