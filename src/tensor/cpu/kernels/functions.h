/* tensor/cpu/kernels/functions.h: exp and its kin in f32, written so that a loop over them becomes vectors: no calls,
 * no tables, choices instead of branches. Accuracy: tests/tensor/test_elementwise.c. */
#ifndef FACET_TENSOR_CPU_KERNELS_FUNCTIONS_H
#define FACET_TENSOR_CPU_KERNELS_FUNCTIONS_H

#include <math.h>
#include <stdint.h>

#include "tensor/ops.h"

#define KERNEL_INLINE static inline __attribute__((always_inline))

KERNEL_INLINE float float_from_bits(uint32_t u)
{
    union {
        uint32_t u;
        float f;
    } v = { .u = u };
    return v.f;
}

KERNEL_INLINE uint32_t bits_from_float(float f)
{
    union {
        float f;
        uint32_t u;
    } v = { .f = f };
    return v.u;
}

/* e^x, within 1 unit in the last place; 0 below -103.97, infinity above 88.72, NaN stays.
 * e^x = 2^k e^r with |r| <= ln 2 / 2; ln 2 is subtracted in two parts, the first of which is exact in k * part. The
 * polynomial is Cephes' expf (Moshier). 2^k goes in as two factors: k reaches from -150 to 129. */
KERNEL_INLINE float exp_f(float x)
{
    const float magic = 0x1.8p23f; /* adding it rounds to a whole number, found in the low bits */
    float c = x > 89.0f ? 89.0f : x;
    c = c < -104.0f ? -104.0f : c;
    float t = c * 1.44269504088896341f + magic;
    uint32_t k = bits_from_float(t) - bits_from_float(magic); /* modulo 2^32; whatever it is for NaN */
    float n = t - magic;
    float r = c - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    uint32_t half = (uint32_t)((int32_t)k >> 1);
    return p * float_from_bits((half + 127) << 23) * float_from_bits((k - half + 127) << 23);
}

KERNEL_INLINE float sigmoid_f(float x)
{
    return 1.0f / (1.0f + exp_f(-x));
}

/* Near 0, 1 - 2 / (e^2x + 1) would lose its digits: Cephes' polynomial there. */
KERNEL_INLINE float tanh_f(float x)
{
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float near = x + x * (z * p), far = 1.0f - 2.0f / (exp_f(2.0f * fabsf(x)) + 1.0f);
    return fabsf(x) < 0.625f ? near : copysignf(far, x);
}

/* x * Phi(x) with the normal distribution's Phi(x) = erfc(-x / sqrt 2) / 2; erf below 1, erfc from there on, both by
 * Cephes' polynomials. z^2 is split into what a float holds and the rest, or the tail would lose its digits. */
KERNEL_INLINE float gelu_f(float x)
{
    float z = fabsf(x) * 0.70710678118654752f, s = z * z;
    float e = 7.853861353153693e-5f;
    e = e * s - 8.010193625184903e-4f;
    e = e * s + 5.188327685732524e-3f;
    e = e * s - 2.685381193529856e-2f;
    e = e * s + 1.128358514861418e-1f;
    e = e * s - 3.761262582423300e-1f;
    e = e * s + 1.128379165726710e+0f;
    float inner = 0.5f + 0.5f * (z * e);
    inner = x < 0.0f ? 0.5f - 0.5f * (z * e) : inner;

    float w = z < 1.0f ? 1.0f : z, q = 1.0f / w, u = q * q;
    w = w > 20.0f ? 20.0f : w;
    float a = 2.326819970068386e-2f; /* erfc from 1 to 2 */
    a = a * u - 1.387039388740657e-1f;
    a = a * u + 3.687424674597105e-1f;
    a = a * u - 5.824733027278666e-1f;
    a = a * u + 6.210004621745983e-1f;
    a = a * u - 4.944515323274145e-1f;
    a = a * u + 3.404879937665872e-1f;
    a = a * u - 2.741127028184656e-1f;
    a = a * u + 5.638259427386472e-1f;
    float b = -1.047766399936249e+1f; /* and from 2 on */
    b = b * u + 1.297719955372516e+1f;
    b = b * u - 7.495518717768503e+0f;
    b = b * u + 2.921019019210786e+0f;
    b = b * u - 1.015265279202700e+0f;
    b = b * u + 4.218463358204948e-1f;
    b = b * u - 2.820767439740514e-1f;
    b = b * u + 5.641895067754075e-1f;
    /* exp(-x^2 / 2) of the float x itself: high is x cut to 12 bits, whose square is exact. */
    float v = fabsf(x) > 28.0f ? 28.0f : fabsf(x);
    float high = float_from_bits(bits_from_float(v) & 0xfffff000);
    float tail = exp_f(-0.5f * high * high) * exp_f(-0.5f * (v - high) * (v + high));
    float half = 0.5f * tail * q * (w < 2.0f ? a : b);
    float outer = x > 0.0f ? 1.0f - half : half;
    float phi = z < 1.0f ? inner : outer;
    float y = x * phi;
    y = x < -16.0f ? -0.0f : y; /* below every float; and of minus infinity */
    return x == x ? y : x;
}

KERNEL_INLINE float swish_f(float x, float argument)
{
    float y = x / (1.0f + exp_f(-argument));
    return x < -1e4f ? -0.0f : y; /* minus infinity over infinity */
}

KERNEL_INLINE float act_f(float x, Act act)
{
    switch (act) {
    case ACT_RELU: return x < 0.0f ? 0.0f : x;
    case ACT_GELU: return gelu_f(x);
    case ACT_GELU_TANH: return swish_f(x, 1.5957691216057308f * (x + 0.044715f * x * x * x));
    case ACT_QUICK_GELU: return swish_f(x, 1.702f * x);
    case ACT_SILU: return swish_f(x, x);
    case ACT_SIGMOID: return sigmoid_f(x);
    case ACT_TANH: return tanh_f(x);
    case ACT_EXP: return exp_f(x);
    case ACT_NONE:
    case ACT_COUNT: break;
    }
    return x;
}

/* Run loop(ACT_X) for the activation at hand: each becomes a loop of its own, without a choice inside. */
#define FOR_ACT(act, loop)                            \
    switch (act) {                                    \
    case ACT_RELU: loop(ACT_RELU); break;             \
    case ACT_GELU: loop(ACT_GELU); break;             \
    case ACT_GELU_TANH: loop(ACT_GELU_TANH); break;   \
    case ACT_QUICK_GELU: loop(ACT_QUICK_GELU); break; \
    case ACT_SILU: loop(ACT_SILU); break;             \
    case ACT_SIGMOID: loop(ACT_SIGMOID); break;       \
    case ACT_TANH: loop(ACT_TANH); break;             \
    case ACT_EXP: loop(ACT_EXP); break;               \
    case ACT_NONE:                                    \
    case ACT_COUNT: loop(ACT_NONE); break;            \
    }

#endif
