/* roles/procedural/noise.h: square tiles of noise that repeat without a seam. */
#ifndef FACET_ROLES_PROCEDURAL_NOISE_H
#define FACET_ROLES_PROCEDURAL_NOISE_H

#include <stdint.h>

/* All tiles are [size, size] floats, size a power of two; the caller owns them. */

/* Add gradient noise (Perlin 2002) in `octaves` octaves; the first has `period_x` x `period_y` cells a tile,
 * each further one twice as many at `gain` times the height. The first octave stays within -1..1 times
 * `amount`. */
typedef struct {
    int period_x, period_y, octaves;
    float gain, amount;
    uint32_t seed;
} NoiseSpec;
void noise_add(float *tile, int size, const NoiseSpec *spec);

/* Cellular noise (Worley 1996) with one point in each of `cells` x `cells` squares: `edge` gets the distance
 * to the border between the two nearest points (0 on it, in cells), `id` a number in 0..1 of the nearest.
 * Either may be NULL. */
void noise_cells(float *edge, float *id, int size, int cells, uint32_t seed);

/* A number in [0, 1) that depends on three integers. */
static inline float noise_hash(uint32_t x, uint32_t y, uint32_t seed)
{
    uint32_t h = x * 0x8DA6B343u ^ y * 0xD8163841u ^ seed * 0xCB1AB31Fu;
    h ^= h >> 15;
    h *= 0x2C1B3C6Du;
    h ^= h >> 12;
    h *= 0x297A2D39u;
    h ^= h >> 15;
    return (float)(h >> 8) * 0x1p-24f;
}

/* fminf, fmaxf and floorf without the call that a plain processor needs for them; no care for NaN, and the
 * last one for |v| below 2^31. */
static inline float float_min(float a, float b)
{
    return a < b ? a : b;
}
static inline float float_max(float a, float b)
{
    return a > b ? a : b;
}
static inline int float_floor(float v)
{
    int i = (int)v;
    return i - (v < (float)i);
}

static inline float smooth_step(float lo, float hi, float v)
{
    float t = (v - lo) / (hi - lo);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

/* Bilinear lookup in a tile of `size` (a power of two) at (x, y) in texels; repeats. */
static inline float noise_at(const float *tile, int size, float x, float y)
{
    int ix = float_floor(x), iy = float_floor(y), mask = size - 1;
    int x0 = ix & mask, y0 = iy & mask, x1 = (ix + 1) & mask, y1 = (iy + 1) & mask;
    float u = x - (float)ix, v = y - (float)iy;
    float a = tile[y0 * size + x0], b = tile[y0 * size + x1], c = tile[y1 * size + x0],
          d = tile[y1 * size + x1];
    float top = a + (b - a) * u, bottom = c + (d - c) * u;
    return top + (bottom - top) * v;
}

#endif
