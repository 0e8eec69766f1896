#include "roles/procedural/restyle_sky.h"

#include "roles/procedural/noise.h"

#include <math.h>

/* The sky in a row at `height`, 1 at the top of the picture to 0 where the surface ends. */
static Pixel sky_at(const Recipe *r, const RestyleTiles *t, float u, float height, float shift)
{
    float h = height < 0 ? 0 : height > 1 ? 1 : height;
    Pixel c = pixel_mix(r->horizon, r->zenith, sqrtf(h) * (0.4f + 0.6f * h));
    if (r->sum.clouds <= 0)
        return c;
    /* Clouds crowd together towards the horizon. */
    float v = 58 / (0.42f + h) + 0.7f * shift, x = u * (0.45f + 0.4f / (0.35f + h)) + shift;
    float n = noise_at(t->clouds, RESTYLE_TILE, x, v) +
              0.4f * noise_at(t->clouds, RESTYLE_TILE, 2.7f * x, 2.7f * v);
    float cloud = smooth_step(-0.15f, 0.55f, n), under = smooth_step(0.25f, 0.9f, n);
    float k = float_min(1, 0.6f * r->sum.clouds) * cloud;
    /* Lit from below by the horizon, dark where they are thick. */
    Pixel lit = r->horizon * pixel_all(1.1f - 0.75f * under) + r->zenith * pixel_all(0.25f);
    return pixel_mix(c, lit, k);
}

void restyle_sky(Plate *p, const Recipe *r, const RestyleTiles *tiles)
{
    if (r->sum.sky <= 0)
        return;
    int w = p->full.width;
    float mid = plate_edge(p, 0.5f * (float)w) + 0.02f * p->side;
    float shift = (float)(r->seed >> 4 & 255), step = 150.0f / (float)w;
    int last = (int)float_min((float)p->full.height,
                              float_max(plate_edge(p, 0), plate_edge(p, (float)w)) + 0.03f * p->side);
    for (int y = 0; y < last; y++) {
        Pixel *row = p->full.px + (size_t)y * (size_t)w;
        const Pixel *guide = p->guide.px + (size_t)(y / 2) * (size_t)p->guide.width;
        float height = mid > 1 ? 1 - (float)y / mid : 0;
        for (int x = 0; x < w; x++) {
            Pixel g = guide[x / 2], c = row[x];
            if (g[0] > 0.98f)
                continue;
            /* What is near the ground may be water or far land: there the change fades out. */
            float free = 1 - c[3], low = smooth_step(0.06f, 0.42f, height);
            float open = smooth_step(0.10f, 0.8f, g[2]) * free * (0.25f + 0.75f * low);
            float wall = 0.40f * (1 - g[0]) * free * (0.4f + 0.6f * (height > 0 ? height : 0)) *
                         smooth_step(0.4f, 0.9f, g[1]);
            float k = float_min(1, r->sum.sky) * (open + (1 - open) * wall);
            if (k <= 0.004f)
                continue;
            Pixel sky = sky_at(r, tiles, ((float)x - 0.5f * (float)w) * step, height, shift);
            /* On walls the sky's colour is a light: it follows their own brightness. */
            float luma = pixel_luma(c), level = float_min(1.2f, (luma + 0.06f) / 0.45f);
            sky *= pixel_all(open + (1 - open) * level);
            row[x] = pixel_mix(c, sky, k);
            row[x][3] = c[3];
        }
    }
}
