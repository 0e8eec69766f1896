/* models/persam/sigmoid.h: the sigmoid and its logarithm for loops that are to become vectors. */
#ifndef FACET_MODELS_PERSAM_SIGMOID_H
#define FACET_MODELS_PERSAM_SIGMOID_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Pixels side by side in such loops: one AVX-512 register, two of AVX, four of SSE. */
enum { LANES = 16 };

/* exp(-v) for v >= 0, to 2 ulp: 2^n times the Taylor sum of 2^f, |f| <= 1/2; below 2^-126 it is that. */
static inline float exp_minus(float v)
{
    const float to_whole =
        12582912.0f; /* 1.5 * 2^23: adding it rounds, and leaves the number in the low bits */
    float t = v * -1.44269504f;
    t = t < -126 ? -126 : t;
    float shifted = t + to_whole, f = t - (shifted - to_whole);
    float p = 1.54035304e-4f;
    p = p * f + 1.33335581e-3f;
    p = p * f + 9.61812911e-3f;
    p = p * f + 5.55041087e-2f;
    p = p * f + 2.40226507e-1f;
    p = p * f + 6.93147181e-1f;
    p = p * f + 1;
    uint32_t n, bits;
    memcpy(&n, &shifted, sizeof n);
    memcpy(&bits, &p, sizeof bits);
    bits += n << 23; /* the bits of to_whole itself are shifted out */
    memcpy(&p, &bits, sizeof p);
    return p;
}

/* log(1 + e) for 0 <= e <= 1, given 1 / (2 + e): 2 artanh(z), z = e / (2 + e) <= 1/3. */
static inline float log_one_plus(float e, float by_two_plus_e)
{
    float z = e * by_two_plus_e, s = z * z;
    float p = 1 / 13.0f;
    p = p * s + 1 / 11.0f;
    p = p * s + 1 / 9.0f;
    p = p * s + 1 / 7.0f;
    p = p * s + 1 / 5.0f;
    p = p * s + 1 / 3.0f;
    p = p * s + 1;
    return 2 * z * p;
}

/* sigmoid(-|x|) <= 1/2, sigmoid(|x|) = 1 - small, and -log of the latter; each to a few ulp of itself. */
typedef struct {
    float small, large, minus_log_large;
} Sigmoid;

/* Divisions are dear: one gives 1 / (1 + e) and 1 / (2 + e). */
static inline Sigmoid sigmoid(float x)
{
    float e = exp_minus(fabsf(x)), one = 1 + e, two = 2 + e, both = 1 / (one * two), large = both * two;
    return (Sigmoid){ e * large, large, log_one_plus(e, both * one) };
}

#endif
