#include "roles/procedural/restyle_pattern.h"

#include "base/rng.h"
#include "roles/procedural/noise.h"

#include <math.h>

void gobo_init(Gobo *g, const RecipeLight *light, const RestyleTiles *tiles)
{
    const float *l = light->to;
    *g = (Gobo){ .pattern = light->pattern, .tiles = tiles };
    float flat = sqrtf(l[0] * l[0] + l[2] * l[2]) + 1e-6f;
    g->across[0] = l[2] / flat;
    g->across[2] = -l[0] / flat;
    /* upward = light x across */
    g->upward[0] = l[1] * g->across[2] - l[2] * g->across[1];
    g->upward[1] = l[2] * g->across[0] - l[0] * g->across[2];
    g->upward[2] = l[0] * g->across[1] - l[1] * g->across[0];
    Rng r;
    rng_init(&r, light->seed);
    static const float size[][2] = { [PATTERN_NONE] = { 1, 1 },
                                     [PATTERN_LEAVES] = { 0.7f, 1.0f },
                                     [PATTERN_BLINDS] = { 0.085f, 0.12f },
                                     [PATTERN_WATER] = { 0.50f, 0.70f },
                                     [PATTERN_GLASS] = { 1.0f, 1.35f },
                                     [PATTERN_CONE] = { 1, 1 } };
    g->size = rng_range(&r, size[light->pattern][0], size[light->pattern][1]);
    g->shift[0] = rng_float(&r);
    g->shift[1] = rng_float(&r);
    float roll = light->pattern == PATTERN_BLINDS ? rng_range(&r, -0.16f, 0.16f) : rng_range(&r, -3, 3);
    g->turn[0] = cosf(roll);
    g->turn[1] = sinf(roll);
}

static Pixel even(float v)
{
    return (Pixel){ v, v, v, 1 };
}

/* Slats, a string that ties them, and the frame of the window; the sun is not a point, so edges are soft. */
static Pixel blinds(const Gobo *g, float u, float v)
{
    float t = v / g->size + g->shift[1] * 7, slat = t - (float)float_floor(t);
    float open = smooth_step(0.0f, 0.10f, slat) * (1 - smooth_step(0.50f, 0.62f, slat));
    float mid = u + 0.2f * (g->shift[0] - 0.5f), bar = fabsf(fabsf(mid) - 0.36f);
    open *= 0.25f + 0.75f * smooth_step(0.006f, 0.016f, bar);
    open *= 1 - 0.8f * smooth_step(0.85f, 1.0f, fabsf(mid));
    return even(1.35f * open);
}

/* Near leaves draw sharp gaps, far ones broad patches of sun and shade. */
static Pixel leaves(const Gobo *g, float u, float v)
{
    float s = (float)RESTYLE_TILE / g->size, x = u * s + 256 * g->shift[0], y = v * s + 256 * g->shift[1];
    float broad = noise_at(g->tiles->clouds, RESTYLE_TILE, 0.32f * x, 0.32f * y);
    float fleck = noise_at(g->tiles->flecks, RESTYLE_TILE, x, y);
    float small = noise_at(g->tiles->flecks, RESTYLE_TILE, 1.9f * x + 80, 1.9f * y);
    float patch = smooth_step(-0.35f, 0.12f, broad);
    float open =
        patch * (0.35f + 0.65f * float_max(fleck, 0.75f * small)) + (1 - patch) * 0.55f * fleck * small;
    return even(1.35f * open);
}

static Pixel water(const Gobo *g, float u, float v)
{
    float s = (float)RESTYLE_TILE / g->size, x = u * s + 256 * g->shift[0],
          y = 1.5f * v * s + 256 * g->shift[1];
    float strong = 0.75f + 0.6f * noise_at(g->tiles->clouds, RESTYLE_TILE, 0.3f * x, 0.3f * y);
    return even(float_max(0, strong) * noise_at(g->tiles->water, RESTYLE_TILE, x, y));
}

static Pixel glass(const Gobo *g, float u, float v)
{
    float s = (float)RESTYLE_TILE / g->size, x = u * s + 256 * g->shift[0], y = v * s + 256 * g->shift[1];
    int ix = float_floor(x), iy = float_floor(y), mask = RESTYLE_TILE - 1, x0 = ix & mask, y0 = iy & mask;
    const Pixel *t = g->tiles->glass, *a = t + y0 * RESTYLE_TILE, *b = t + ((y0 + 1) & mask) * RESTYLE_TILE;
    int x1 = (x0 + 1) & mask;
    Pixel p = pixel_mix(pixel_mix(a[x0], a[x1], x - (float)ix), pixel_mix(b[x0], b[x1], x - (float)ix),
                        y - (float)iy);
    p *= pixel_all(1.15f + 0.5f * noise_at(g->tiles->clouds, RESTYLE_TILE, 0.7f * x, 0.7f * y));
    p[3] = 1;
    return p;
}

/* A round beam around the object's axis, with a soft rim and a little light around it. */
static Pixel cone(float u, float v)
{
    float d = sqrtf(u * u + v * v), beam = 1 - smooth_step(0.26f, 0.40f, d);
    return even(beam * (1.05f - 0.9f * d) + 0.10f * (1 - smooth_step(0.3f, 0.8f, d)));
}

Pixel gobo_at(const Gobo *g, float x, float y, float z)
{
    float a = x * g->across[0] + y * g->across[1] + z * g->across[2];
    float b = x * g->upward[0] + y * g->upward[1] + z * g->upward[2];
    float u = a * g->turn[0] - b * g->turn[1], v = a * g->turn[1] + b * g->turn[0];
    switch (g->pattern) {
    case PATTERN_LEAVES: return leaves(g, u, v);
    case PATTERN_BLINDS: return blinds(g, u, v);
    case PATTERN_WATER: return water(g, u, v);
    case PATTERN_GLASS: return glass(g, u, v);
    case PATTERN_CONE: return cone(a, b - 0.12f * g->upward[1]);
    case PATTERN_NONE: break;
    }
    return pixel_all(1);
}

Pixel gobo_mean(const Gobo *g)
{
    static const Pixel mean[] = { [PATTERN_NONE] = { 1, 1, 1, 1 },
                                  [PATTERN_LEAVES] = { 0.5f, 0.5f, 0.5f, 1 },
                                  [PATTERN_BLINDS] = { 0.66f, 0.66f, 0.66f, 1 },
                                  [PATTERN_WATER] = { 0.8f, 0.8f, 0.8f, 1 },
                                  [PATTERN_GLASS] = { 0.55f, 0.3f, 0.35f, 1 },
                                  [PATTERN_CONE] = { 0, 0, 0, 1 } };
    return mean[g->pattern];
}
