#include "roles/procedural/noise.h"

#include <math.h>

/* The slope of the noise at a lattice point: one of 16 directions. */
static void gradient(uint32_t ix, uint32_t iy, uint32_t seed, float *gx, float *gy)
{
    static const float dir[16][2] = {
        { 1, 0 },  { 0.924f, 0.383f },   { 0.707f, 0.707f },   { 0.383f, 0.924f },
        { 0, 1 },  { -0.383f, 0.924f },  { -0.707f, 0.707f },  { -0.924f, 0.383f },
        { -1, 0 }, { -0.924f, -0.383f }, { -0.707f, -0.707f }, { -0.383f, -0.924f },
        { 0, -1 }, { 0.383f, -0.924f },  { 0.707f, -0.707f },  { 0.924f, -0.383f },
    };
    int k = (int)(noise_hash(ix, iy, seed) * 16.0f);
    *gx = dir[k][0];
    *gy = dir[k][1];
}

static float fade(float t)
{
    return t * t * t * (t * (t * 6 - 15) + 10);
}

/* One lattice cell: its pixels, from the four gradients at its corners. */
static void add_cell(float *tile, int size, const int cell[4], const float g[4][2], float amount)
{
    int w = cell[2], h = cell[3];
    for (int y = 0; y < h; y++) {
        float v = ((float)y + 0.5f) / (float)h, fv = fade(v);
        float *row = tile + (cell[1] + y) * size + cell[0];
        for (int x = 0; x < w; x++) {
            float u = ((float)x + 0.5f) / (float)w, fu = fade(u);
            float a = g[0][0] * u + g[0][1] * v, b = g[1][0] * (u - 1) + g[1][1] * v;
            float c = g[2][0] * u + g[2][1] * (v - 1), d = g[3][0] * (u - 1) + g[3][1] * (v - 1);
            float top = a + (b - a) * fu, bottom = c + (d - c) * fu;
            row[x] += amount * 1.5f * (top + (bottom - top) * fv);
        }
    }
}

static void add_octave(float *tile, int size, int px, int py, float amount, uint32_t seed)
{
    int w = size / px, h = size / py;
    for (int cy = 0; cy < py; cy++)
        for (int cx = 0; cx < px; cx++) {
            float g[4][2];
            for (int k = 0; k < 4; k++)
                gradient((uint32_t)((cx + (k & 1)) % px), (uint32_t)((cy + (k >> 1)) % py), seed, &g[k][0],
                         &g[k][1]);
            add_cell(tile, size, (int[4]){ cx * w, cy * h, w, h }, g, amount);
        }
}

void noise_add(float *tile, int size, const NoiseSpec *spec)
{
    float amount = spec->amount;
    int px = spec->period_x, py = spec->period_y;
    for (int o = 0; o < spec->octaves && px <= size && py <= size; o++) {
        if (px == size || py == size) { /* a cell of one pixel: white noise of the same strength */
            for (int i = 0; i < size * size; i++)
                tile[i] += amount * (noise_hash((uint32_t)i, (uint32_t)o, spec->seed) - 0.5f);
            return;
        }
        add_octave(tile, size, px, py, amount, spec->seed * 31u + (uint32_t)o);
        px *= 2;
        py *= 2;
        amount *= spec->gain;
    }
}

void noise_cells(float *edge, float *id, int size, int cells, uint32_t seed)
{
    float scale = (float)cells / (float)size;
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            float px = ((float)x + 0.5f) * scale, py = ((float)y + 0.5f) * scale;
            int cx = (int)px, cy = (int)py;
            float d1 = 1e9f, d2 = 1e9f, best = 0;
            for (int j = -1; j <= 1; j++)
                for (int i = -1; i <= 1; i++) {
                    uint32_t ux = (uint32_t)((cx + i + cells) % cells),
                             uy = (uint32_t)((cy + j + cells) % cells);
                    float qx = (float)(cx + i) + 0.15f + 0.7f * noise_hash(ux, uy, seed) - px;
                    float qy = (float)(cy + j) + 0.15f + 0.7f * noise_hash(ux, uy, seed + 1) - py;
                    float d = sqrtf(qx * qx + qy * qy);
                    if (d < d1) {
                        d2 = d1;
                        d1 = d;
                        best = noise_hash(ux, uy, seed + 2);
                    } else if (d < d2) {
                        d2 = d;
                    }
                }
            if (edge)
                edge[y * size + x] = 0.5f * (d2 - d1);
            if (id)
                id[y * size + x] = best;
        }
}
