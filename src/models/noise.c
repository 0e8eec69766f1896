#include "models/noise.h"

#include <math.h>

enum { N = 624, M = 397, BLOCK = 16 };

void torch_noise_init(TorchNoise *g, uint64_t seed)
{
    *g = (TorchNoise){ .next = N };
    g->state[0] = (uint32_t)seed;
    for (uint32_t i = 1; i < N; i++)
        g->state[i] = 1812433253u * (g->state[i - 1] ^ (g->state[i - 1] >> 30)) + i;
}

static void refill(TorchNoise *g)
{
    uint32_t *s = g->state;
    for (size_t i = 0; i < N; i++) {
        uint32_t y = (s[i] & 0x80000000u) | (s[(i + 1) % N] & 0x7fffffffu);
        s[i] = s[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    g->next = 0;
}

static uint32_t next_32(TorchNoise *g)
{
    if (g->next == N)
        refill(g);
    uint32_t y = g->state[g->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* [0, 1) in steps of 2^-24. */
static float uniform_24(TorchNoise *g)
{
    return (float)(next_32(g) & 0xffffff) * 0x1p-24f;
}

/* [0, 1) in steps of 2^-53. */
static double uniform_53(TorchNoise *g)
{
    uint64_t high = next_32(g), low = next_32(g);
    return (double)((high << 32 | low) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

/* Box and Muller, in double precision; the second number of a pair waits for the next call, also across tensors. */
static float one_normal(TorchNoise *g)
{
    if (g->has_spare) {
        g->has_spare = false;
        return (float)g->spare;
    }
    double u1 = uniform_53(g), u2 = uniform_53(g);
    double radius = sqrt(-2 * log1p(-u2)), angle = 2 * M_PI * u1;
    g->spare = radius * sin(angle);
    g->has_spare = true;
    return (float)(radius * cos(angle));
}

/* Box and Muller, in single precision: the first eight uniform numbers are the lengths, the others the angles. */
static void normal_block(float x[BLOCK])
{
    for (size_t i = 0; i < BLOCK / 2; i++) {
        float u1 = 1 - x[i], u2 = x[i + BLOCK / 2];
        float radius = sqrtf(-2 * logf(u1)), angle = (float)(2 * M_PI * (double)u2);
        x[i] = radius * cosf(angle);
        x[i + BLOCK / 2] = radius * sinf(angle);
    }
}

void torch_noise_normal(TorchNoise *g, float *out, size_t n)
{
    if (n < BLOCK) {
        for (size_t i = 0; i < n; i++)
            out[i] = one_normal(g);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = uniform_24(g);
    for (size_t i = 0; i + BLOCK <= n; i += BLOCK)
        normal_block(out + i);
    if (n % BLOCK == 0)
        return;
    /* What is left over is drawn anew, as the last whole block. */
    float *last = out + n - BLOCK;
    for (size_t i = 0; i < BLOCK; i++)
        last[i] = uniform_24(g);
    normal_block(last);
}
