/* mug/vec.h: vectors, soft steps and noise for drawing the example object. */
#ifndef FACET_EXAMPLES_MUG_VEC_H
#define FACET_EXAMPLES_MUG_VEC_H

#include <math.h>
#include <stdint.h>

typedef struct {
    float x, y, z;
} Vec3;

#define PI 3.14159265f

static inline Vec3 vec3(float x, float y, float z)
{
    return (Vec3){ x, y, z };
}
static inline Vec3 add(Vec3 a, Vec3 b)
{
    return vec3(a.x + b.x, a.y + b.y, a.z + b.z);
}
static inline Vec3 scale(Vec3 a, float s)
{
    return vec3(a.x * s, a.y * s, a.z * s);
}
static inline Vec3 mul(Vec3 a, Vec3 b)
{
    return vec3(a.x * b.x, a.y * b.y, a.z * b.z);
}
static inline float dot(Vec3 a, Vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline Vec3 cross(Vec3 a, Vec3 b)
{
    return vec3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
static inline Vec3 unit(Vec3 a)
{
    return scale(a, 1.0f / sqrtf(dot(a, a)));
}
static inline Vec3 mix(Vec3 a, Vec3 b, float t)
{
    return add(scale(a, 1 - t), scale(b, t));
}
static inline Vec3 reflect(Vec3 d, Vec3 n)
{
    return add(d, scale(n, -2 * dot(d, n)));
}
/* The point at distance t along a ray. */
static inline Vec3 along(Vec3 from, Vec3 dir, float t)
{
    return add(from, scale(dir, t));
}
static inline float clamp01(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}
static inline float smooth(float lo, float hi, float x)
{
    float t = clamp01((x - lo) / (hi - lo));
    return t * t * (3 - 2 * t);
}
/* 1 inside (d < 0), 0 outside, over an edge `soft` wide. */
static inline float cover(float d, float soft)
{
    return 1 - smooth(-soft, soft, d);
}

/* A number in [0, 1) from a lattice point: integer mixing, the same on every machine. */
static inline float lattice(int x, int y, int z)
{
    uint32_t h = (uint32_t)x * 0x8DA6B343u ^ (uint32_t)y * 0xD8163841u ^ (uint32_t)z * 0xCB1AB31Fu;
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return (float)((h ^ (h >> 15)) >> 8) * 0x1p-24f;
}

/* Value noise in [0, 1], smooth between lattice points. */
static inline float noise(Vec3 p)
{
    float fx = floorf(p.x), fy = floorf(p.y), fz = floorf(p.z);
    int x = (int)fx, y = (int)fy, z = (int)fz;
    float u = smooth(0, 1, p.x - fx), v = smooth(0, 1, p.y - fy), w = smooth(0, 1, p.z - fz);
    float plane[2];
    for (int k = 0; k < 2; k++) {
        float a = lattice(x, y, z + k), b = lattice(x + 1, y, z + k);
        float c = lattice(x, y + 1, z + k), d = lattice(x + 1, y + 1, z + k);
        float low = a + (b - a) * u, high = c + (d - c) * u;
        plane[k] = low + (high - low) * v;
    }
    return plane[0] + (plane[1] - plane[0]) * w;
}

/* Sum of octaves, in [0, 1]. */
static inline float fractal(Vec3 p, int octaves)
{
    float sum = 0, weight = 0.5f, total = 0;
    for (int i = 0; i < octaves; i++, weight *= 0.5f) {
        sum += weight * noise(p);
        total += weight;
        p = add(scale(p, 2.03f), vec3(17.3f, 9.1f, 5.7f));
    }
    return sum / total;
}

/* Round dots of random size, at most one a cell and on `share` of the cells; 1 in a dot's middle. */
static inline float speckle(Vec3 p, float share)
{
    int x = (int)floorf(p.x), y = (int)floorf(p.y), z = (int)floorf(p.z);
    if (lattice(x, y, z) > share)
        return 0;
    Vec3 centre =
        vec3((float)x + 0.3f + 0.4f * lattice(x + 71, y, z), (float)y + 0.3f + 0.4f * lattice(x, y + 71, z),
             (float)z + 0.3f + 0.4f * lattice(x, y, z + 71));
    float radius = 0.10f + 0.20f * lattice(x + 5, y + 7, z + 11);
    Vec3 d = add(p, scale(centre, -1));
    return cover(sqrtf(dot(d, d)) - radius, 0.08f);
}

#endif
