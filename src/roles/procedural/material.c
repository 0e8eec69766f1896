#include "roles/procedural/material.h"

#include "base/clamp.h"
#include "roles/procedural/noise.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What a material's recipe fills: each [size, size] and zero at first. `height` is in tiles / size, so that a
 * slope of 1 is 45 degrees at relief 1. */
typedef struct {
    int size;
    float *tone, *mix, *height, *scratch;
} Recipe;

static void fbm(const Recipe *r, float *tile, int period, int octaves, float gain, float amount)
{
    noise_add(tile, r->size,
              &(NoiseSpec){ .period_x = period,
                            .period_y = period,
                            .octaves = octaves,
                            .gain = gain,
                            .amount = amount,
                            .seed = (uint32_t)(period * 7 + octaves) });
}

/* Noise drawn out along y: wood grain, brushed metal. */
static void streaks(const Recipe *r, float *tile, int px, int py, int octaves, float amount)
{
    noise_add(tile, r->size,
              &(NoiseSpec){ .period_x = px,
                            .period_y = py,
                            .octaves = octaves,
                            .gain = 0.65f,
                            .amount = amount,
                            .seed = (uint32_t)(px + 3 * py) });
}

static void fill(const Recipe *r, float *tile, float v)
{
    for (int i = 0; i < r->size * r->size; i++)
        tile[i] = v;
}

static void sand(const Recipe *r)
{
    int n = r->size;
    fbm(r, r->scratch, 4, 3, 0.5f, 1.0f);
    fbm(r, r->height, 16, 5, 0.6f, 2.2f);
    fill(r, r->tone, 0.5f);
    fbm(r, r->tone, 8, 3, 0.6f, 0.20f);
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            int i = y * n + x;
            float wave = (float)y / (float)n * 14.0f + 1.1f * r->scratch[i];
            float s = 0.5f + 0.5f * sinf(6.2831853f * wave);
            r->height[i] += 5.0f * s * sqrtf(s) * (0.7f + 0.5f * r->scratch[(i + n * 31) & (n * n - 1)]);
            float g = noise_hash((uint32_t)x, (uint32_t)y, 5);
            r->tone[i] += 0.5f * (g - 0.5f) + 0.10f * (s - 0.5f);
            r->mix[i] = g > 0.965f ? 0.8f : 0; /* dark grains */
            r->height[i] += 1.3f * (noise_hash((uint32_t)x, (uint32_t)y, 9) - 0.5f);
        }
}

static void soil(const Recipe *r)
{
    fbm(r, r->height, 16, 5, 0.75f, 6.0f);
    fill(r, r->tone, 0.5f);
    fbm(r, r->tone, 32, 4, 0.8f, 0.35f);
    fbm(r, r->scratch, 4, 4, 0.6f, 1.0f);
    for (int i = 0; i < r->size * r->size; i++)
        r->mix[i] = smooth_step(-0.2f, 0.5f, r->scratch[i]);
}

/* Ellipses laid over each other like fallen leaves; each casts its own height. */
static void stamp_leaf(const Recipe *r, uint32_t k)
{
    int n = r->size;
    float cx = noise_hash(k, 1, 3) * (float)n, cy = noise_hash(k, 2, 3) * (float)n;
    float a = noise_hash(k, 3, 3) * 6.2831853f, ca = cosf(a), sa = sinf(a);
    float len = (float)n * (0.022f + 0.03f * noise_hash(k, 4, 3)),
          wid = len * (0.32f + 0.25f * noise_hash(k, 5, 3));
    float tone = noise_hash(k, 6, 3), mix = noise_hash(k, 7, 3), tilt = noise_hash(k, 8, 3) - 0.5f;
    int reach = (int)len + 1;
    for (int dy = -reach; dy <= reach; dy++)
        for (int dx = -reach; dx <= reach; dx++) {
            float u = (ca * (float)dx + sa * (float)dy) / len, v = (ca * (float)dy - sa * (float)dx) / wid;
            float edge = 1 - u * u;
            if (edge <= 0 || v * v > edge * edge)
                continue;
            int i = (((int)cy + dy + n) & (n - 1)) * n + (((int)cx + dx + n) & (n - 1));
            float rib = fabsf(v) < 0.09f ? 0.18f : 0;
            r->tone[i] = clamp_share(0.15f + 0.7f * tone + 0.25f * tilt * u + rib - 0.12f * fabsf(v));
            r->mix[i] = mix * mix;
            r->height[i] = 5.0f + 4.0f * noise_hash(k, 9, 3) + tilt * 7.0f * u - 3.0f * fabsf(v);
        }
}

static void litter(const Recipe *r)
{
    fbm(r, r->tone, 32, 4, 0.7f, 0.3f);
    fbm(r, r->height, 32, 4, 0.7f, 3.0f);
    for (uint32_t k = 0; k < 1500; k++)
        stamp_leaf(r, k);
    fbm(r, r->tone, 64, 3, 0.8f, 0.12f);
}

static void gravel(const Recipe *r)
{
    int n = r->size;
    noise_cells(r->height, r->tone, n, 26, 11);
    for (int i = 0; i < n * n; i++) {
        float dome = smooth_step(0.0f, 0.30f, r->height[i]);
        r->mix[i] = 1 - smooth_step(0.0f, 0.10f, r->height[i]); /* earth between the stones */
        r->height[i] = 9.0f * sqrtf(dome);
    }
    fbm(r, r->tone, 32, 4, 0.8f, 0.25f);
    fbm(r, r->height, 64, 2, 0.8f, 1.0f);
}

static void snow(const Recipe *r)
{
    int n = r->size;
    fbm(r, r->height, 4, 3, 0.45f, 18.0f);
    fbm(r, r->height, 32, 4, 0.6f, 1.6f);
    fill(r, r->tone, 0.6f);
    fbm(r, r->tone, 4, 4, 0.5f, 0.3f);
    for (int i = 0; i < n * n; i++)
        r->mix[i] = noise_hash((uint32_t)i, 3, 7) > 0.997f ? 1.0f : 0; /* crystals that glitter */
}

static void asphalt(const Recipe *r)
{
    int n = r->size;
    noise_cells(r->scratch, r->tone, n, 100, 21);
    fill(r, r->mix, 0);
    for (int i = 0; i < n * n; i++) {
        r->mix[i] = r->tone[i] > 0.90f && r->scratch[i] > 0.08f ? 0.85f : 0; /* pale stones in the tar */
        r->height[i] = 4.0f * smooth_step(0.0f, 0.3f, r->scratch[i]);
        r->tone[i] = 0.3f + 0.4f * r->tone[i] * smooth_step(0.0f, 0.15f, r->scratch[i]);
    }
    fbm(r, r->tone, 4, 4, 0.6f, 0.28f);
}

static void concrete(const Recipe *r)
{
    int n = r->size;
    fill(r, r->tone, 0.5f);
    fbm(r, r->tone, 2, 8, 0.66f, 0.32f);
    fbm(r, r->height, 16, 5, 0.7f, 0.9f);
    fbm(r, r->scratch, 4, 3, 0.5f, 1.0f);
    for (int i = 0; i < n * n; i++) {
        bool pore = noise_hash((uint32_t)i, 1, 4) > 0.9965f;
        r->mix[i] = pore ? 0.8f : 0.35f * smooth_step(0.25f, 0.7f, r->scratch[i]); /* pores, stains */
        r->height[i] -= pore ? 2.5f : 0;
    }
}

/* Bricks or setts in rows, each second row moved by half. */
static void paving(const Recipe *r)
{
    int n = r->size;
    fbm(r, r->scratch, 8, 4, 0.6f, 0.05f);
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            int i = y * n + x;
            float v = (float)y / (float)n * 10.0f + 1.2f * r->scratch[i];
            int row = (int)floorf(v);
            float u = (float)x / (float)n * 6.0f + ((row & 1) ? 0.5f : 0) +
                      1.2f * r->scratch[(i + n * 97) & (n * n - 1)];
            int col = (int)floorf(u);
            float fu = u - (float)col, fv = v - (float)row;
            float edge = fminf(fminf(fu, 1 - fu) * 1.6f, fminf(fv, 1 - fv));
            r->height[i] = 6.0f * smooth_step(0.02f, 0.14f, edge);
            r->mix[i] = 1 - smooth_step(0.02f, 0.07f, edge);
            r->tone[i] = noise_hash((uint32_t)((col + 60) % 6), (uint32_t)((row + 60) % 10), 6);
        }
    fbm(r, r->tone, 16, 5, 0.75f, 0.35f);
    fbm(r, r->height, 32, 4, 0.8f, 1.2f);
}

/* Boards along y, with gaps between them and ends that do not line up. */
static void planks(const Recipe *r)
{
    int n = r->size, boards = 6;
    streaks(r, r->scratch, 64, 4, 4, 0.5f);
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            int i = y * n + x;
            float u = (float)x / (float)n * (float)boards;
            int b = (int)u;
            float fu = u - (float)b, start = noise_hash((uint32_t)b, 0, 2);
            float v = (float)y / (float)n + start;
            int piece = (int)v & 1;
            float fv = v - floorf(v), side = fminf(fu, 1 - fu) / (float)boards, end = fminf(fv, 1 - fv);
            float gap = fminf(side, end) * (float)n;
            float own = noise_hash((uint32_t)b, (uint32_t)piece, 8);
            int j = (y * n + ((x + b * 83) & (n - 1)) + piece * n * 37) & (n * n - 1);
            r->tone[i] = clamp_share(0.5f + 0.45f * (own - 0.5f) + 0.55f * r->scratch[j]);
            r->mix[i] = 1 - smooth_step(0.6f, 2.2f, gap);
            r->height[i] = 3.0f * smooth_step(0.3f, 3.5f, gap) + 1.4f * r->scratch[j];
        }
}

/* A table top: glued strips without gaps, growth rings drawn out along y. */
static void wood(const Recipe *r)
{
    int n = r->size;
    streaks(r, r->scratch, 4, 1, 4, 0.9f);
    streaks(r, r->height, 128, 4, 2, 0.6f);
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            int i = y * n + x, strip = x * 5 / n;
            int j = (((y + strip * 141) & (n - 1)) * n + ((x + strip * 57) & (n - 1)));
            float ring = (float)x / (float)n * 9.0f + 3.2f * r->scratch[j];
            float saw = ring - floorf(ring), own = noise_hash((uint32_t)strip, 1, 12);
            r->tone[i] = clamp_share(0.42f + 0.30f * (own - 0.5f) + 0.30f * saw * saw + 0.40f * r->height[j]);
            float seam =
                fabsf((float)x / (float)n * 5.0f - roundf((float)x / (float)n * 5.0f)) * (float)n / 5.0f;
            r->mix[i] =
                0.55f * (1 - smooth_step(0.2f, 1.4f, seam)) + 0.35f * smooth_step(0.25f, 0.5f, -r->height[j]);
        }
}

static void tiles(const Recipe *r)
{
    int n = r->size, across = 4;
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            int i = y * n + x;
            float u = (float)x / (float)n * (float)across, v = (float)y / (float)n * (float)across;
            float fu = u - floorf(u), fv = v - floorf(v);
            float edge = fminf(fminf(fu, 1 - fu), fminf(fv, 1 - fv)) * (float)n / (float)across;
            r->tone[i] = 0.5f + 0.5f * (noise_hash((uint32_t)u, (uint32_t)v, 3) - 0.5f);
            r->mix[i] = 1 - smooth_step(1.2f, 2.4f, edge);
            r->height[i] = 3.5f * smooth_step(1.0f, 4.5f, edge);
        }
    fbm(r, r->tone, 8, 5, 0.6f, 0.22f);
}

static void marble(const Recipe *r)
{
    int n = r->size;
    fbm(r, r->scratch, 2, 7, 0.58f, 1.0f);
    fill(r, r->tone, 0.6f);
    fbm(r, r->tone, 4, 5, 0.55f, 0.4f);
    for (int i = 0; i < n * n; i++) {
        float other = r->scratch[(i + n * 203 + 77) & (n * n - 1)];
        float vein = 1 - smooth_step(0.0f, 0.045f, fabsf(r->scratch[i]));
        float fine = 1 - smooth_step(0.0f, 0.018f, fabsf(other - 0.18f));
        r->mix[i] = clamp_share(0.85f * vein * (0.4f + 0.6f * clamp_share(0.5f + other)) + 0.5f * fine);
    }
}

static void terrazzo(const Recipe *r)
{
    int n = r->size;
    noise_cells(r->scratch, r->tone, n, 40, 31);
    for (int i = 0; i < n * n; i++) {
        float chip = r->tone[i] > 0.45f ? smooth_step(0.10f, 0.16f, r->scratch[i]) : 0;
        r->mix[i] = chip * (r->tone[i] > 0.8f ? 1.0f : 0.35f);
        r->tone[i] = 0.5f + chip * 0.9f * (r->tone[i] - 0.6f);
    }
    fbm(r, r->tone, 16, 4, 0.6f, 0.08f);
}

static void fabric(const Recipe *r)
{
    int n = r->size;
    fbm(r, r->scratch, 8, 4, 0.6f, 1.0f);
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            int i = y * n + x;
            float u = (float)x / (float)n * 64.0f + 0.25f * r->scratch[i], v = (float)y / (float)n * 64.0f;
            bool warp = (((int)floorf(u) + (int)floorf(v)) & 1) != 0;
            float t = warp ? u - floorf(u) : v - floorf(v);
            float bow = 4 * t * (1 - t);
            r->height[i] = 3.0f * bow + 0.8f * r->scratch[i];
            r->tone[i] = 0.25f + 0.45f * bow + 0.10f * r->scratch[i] +
                         0.25f * noise_hash((uint32_t)floorf(warp ? u : v), warp, 17);
            r->mix[i] = warp ? 0.35f : 0;
        }
}

static void paper(const Recipe *r)
{
    fill(r, r->tone, 0.5f);
    fbm(r, r->tone, 2, 4, 0.5f, 0.25f);
    fbm(r, r->tone, 64, 3, 0.9f, 0.14f);
    fbm(r, r->height, 64, 3, 0.8f, 0.5f);
}

static void metal(const Recipe *r)
{
    fill(r, r->tone, 0.5f);
    streaks(r, r->tone, 128, 2, 2, 0.35f);
    fbm(r, r->tone, 4, 4, 0.5f, 0.22f);
    fbm(r, r->scratch, 8, 4, 0.6f, 1.0f);
    for (int i = 0; i < r->size * r->size; i++)
        r->mix[i] = 0.5f * smooth_step(0.2f, 0.7f, r->scratch[i]);
}

static void (*const recipes[MATERIAL_COUNT])(const Recipe *) = {
    [MATERIAL_SAND] = sand,         [MATERIAL_SOIL] = soil,     [MATERIAL_LITTER] = litter,
    [MATERIAL_GRAVEL] = gravel,     [MATERIAL_SNOW] = snow,     [MATERIAL_ASPHALT] = asphalt,
    [MATERIAL_CONCRETE] = concrete, [MATERIAL_PAVING] = paving, [MATERIAL_PLANKS] = planks,
    [MATERIAL_WOOD] = wood,         [MATERIAL_TILES] = tiles,   [MATERIAL_MARBLE] = marble,
    [MATERIAL_TERRAZZO] = terrazzo, [MATERIAL_FABRIC] = fabric, [MATERIAL_PAPER] = paper,
    [MATERIAL_METAL] = metal,
};

static void texture_free(Texture *t)
{
    for (int k = 0; t && k < t->levels; k++)
        free(t->level[k]);
    free(t);
}

/* Texels from the recipe's tiles; slopes are central differences. */
static void texture_pack(Texture *t, const Recipe *r)
{
    int n = r->size, mask = n - 1;
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            float dx = r->height[y * n + ((x + 1) & mask)] - r->height[y * n + ((x - 1) & mask)];
            float dz = r->height[((y + 1) & mask) * n + x] - r->height[((y - 1) & mask) * n + x];
            t->level[0][y * n + x] = (Pixel){ clamp_share(r->tone[y * n + x]), clamp_share(r->mix[y * n + x]),
                                              0.5f * dx, 0.5f * dz };
        }
}

static Texture *texture_make(Material which)
{
    enum { SIZE = 512 };
    Texture *t = calloc(1, sizeof *t);
    float *tiles4 = calloc((size_t)4 * SIZE * SIZE, sizeof *tiles4);
    bool ok = t && tiles4;
    for (int size = SIZE; ok && size >= 2; size /= 2) {
        t->level[t->levels] = malloc((size_t)size * (size_t)size * sizeof(Pixel));
        ok = t->level[t->levels++] != NULL;
    }
    if (ok) {
        size_t n = (size_t)SIZE * SIZE;
        Recipe r = { SIZE, tiles4, tiles4 + n, tiles4 + 2 * n, tiles4 + 3 * n };
        t->size = SIZE;
        recipes[which](&r);
        texture_pack(t, &r);
        for (int k = 1; k < t->levels; k++) {
            Canvas from = { SIZE >> (k - 1), SIZE >> (k - 1), t->level[k - 1] };
            int half = SIZE >> k;
            for (int y = 0; y < half; y++)
                for (int x = 0; x < half; x++) {
                    const Pixel *p = from.px + (size_t)(2 * y) * (size_t)from.width + 2 * x;
                    t->level[k][y * half + x] =
                        (p[0] + p[1] + p[from.width] + p[from.width + 1]) * pixel_all(0.25f);
                }
        }
    }
    free(tiles4);
    if (!ok) {
        texture_free(t);
        return NULL;
    }
    return t;
}

bool materials_open(Materials *m, Err *err)
{
    *m = (Materials){ 0 };
    size_t n = (size_t)TILE_SIZE * TILE_SIZE;
    m->clouds = calloc(n, sizeof(float));
    m->speckle = calloc(n, sizeof(float));
    if (!m->clouds || !m->speckle) {
        free(m->clouds);
        free(m->speckle);
        return err_set(err, ERR_NOMEM, "no memory for the noise tables of the procedural editor");
    }
    pthread_mutex_init(&m->lock, NULL);
    noise_add(m->clouds, TILE_SIZE, &(NoiseSpec){ 4, 4, 7, 0.55f, 1.0f, 77 });
    noise_add(m->speckle, TILE_SIZE, &(NoiseSpec){ 32, 32, 3, 0.8f, 1.0f, 78 });
    return true;
}

void materials_close(Materials *m)
{
    if (!m->clouds)
        return;
    for (int k = 0; k < MATERIAL_COUNT; k++)
        texture_free(atomic_load(&m->texture[k]));
    free(m->clouds);
    free(m->speckle);
    pthread_mutex_destroy(&m->lock);
    *m = (Materials){ 0 };
}

const Texture *materials_get(Materials *m, Material which, Err *err)
{
    Texture *t = atomic_load_explicit(&m->texture[which], memory_order_acquire);
    if (t)
        return t;
    pthread_mutex_lock(&m->lock);
    t = atomic_load(&m->texture[which]);
    if (!t) {
        t = texture_make(which);
        if (t)
            atomic_store_explicit(&m->texture[which], t, memory_order_release);
        else
            err_set(err, ERR_NOMEM, "no memory for a surface texture; close other programs and resume");
    }
    pthread_mutex_unlock(&m->lock);
    return t;
}
