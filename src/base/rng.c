#include "base/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void rng_init(Rng *r, uint64_t seed)
{
    uint64_t a = splitmix64(&seed), b = splitmix64(&seed);
    r->s[0] = (uint32_t)a;
    r->s[1] = (uint32_t)(a >> 32);
    r->s[2] = (uint32_t)b;
    r->s[3] = (uint32_t)(b >> 32) | 1u; /* never all zero */
}

static uint32_t rotl(uint32_t x, int k)
{
    return (x << k) | (x >> (32 - k));
}

uint32_t rng_u32(Rng *r)
{
    uint32_t *s = r->s;
    uint32_t result = rotl(s[0] + s[3], 7) + s[0];
    uint32_t t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return result;
}

float rng_float(Rng *r)
{
    return (float)(rng_u32(r) >> 8) * 0x1p-24f;
}

float rng_range(Rng *r, float lo, float hi)
{
    return lo + (hi - lo) * rng_float(r);
}

size_t rng_index(Rng *r, size_t n)
{
    /* Rejection keeps it unbiased; the loop ends after two draws on average at worst. */
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t x;
    do {
        x = (uint64_t)rng_u32(r) << 32;
        x |= rng_u32(r);
    } while (x >= limit);
    return (size_t)(x % n);
}

int rng_int(Rng *r, int lo, int hi)
{
    return (int)((int64_t)lo + (int64_t)rng_index(r, (size_t)((int64_t)hi - lo + 1)));
}

float rng_normal(Rng *r)
{
    float u = 1.0f - rng_float(r); /* (0, 1] */
    float v = rng_float(r);
    return sqrtf(-2.0f * logf(u)) * cosf(6.28318530718f * v);
}

static uint64_t mix_text(uint64_t h, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        h = (h ^ *p) * 0x100000001B3u; /* FNV-1a step, then SplitMix64 below spreads it */
    return splitmix64(&h);
}

uint64_t seed_derive(uint64_t seed, const char *what, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t h = mix_text(splitmix64(&seed), what);
    h ^= a;
    h = splitmix64(&h);
    h ^= b;
    h = splitmix64(&h);
    h ^= c;
    return splitmix64(&h);
}

uint64_t seed_derive_text(uint64_t seed, const char *what, const char *text)
{
    return mix_text(mix_text(splitmix64(&seed), what), text);
}
