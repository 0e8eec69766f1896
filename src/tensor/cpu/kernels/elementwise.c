/* elementwise.c: loops over elements. */
#include "tensor/cpu/kernels/functions.h"
#include "tensor/cpu/kernels/isa.h"

void K(act)(float *y, const float *x, size_t n, Act act)
{
#define LOOP(A)                    \
    for (size_t i = 0; i < n; i++) \
    y[i] = act_f(x[i], A)
    FOR_ACT(act, LOOP)
#undef LOOP
}

void K(act_mul)(float *y, const float *gate, const float *x, size_t n, Act act)
{
#define LOOP(A)                    \
    for (size_t i = 0; i < n; i++) \
    y[i] = act_f(gate[i], A) * x[i]
    FOR_ACT(act, LOOP)
#undef LOOP
}

void K(scale_shift)(float *y, const float *x, const float *mul, const float *add, size_t n, Act act)
{
#define LOOP(A)                    \
    for (size_t i = 0; i < n; i++) \
    y[i] = act_f(x[i] * mul[i] + add[i], A)
    FOR_ACT(act, LOOP)
#undef LOOP
}

void K(binary)(float *y, const float *a, const float *b, size_t n, Binary op)
{
    switch (op) {
    case BINARY_ADD:
        for (size_t i = 0; i < n; i++)
            y[i] = a[i] + b[i];
        break;
    case BINARY_SUB:
        for (size_t i = 0; i < n; i++)
            y[i] = a[i] - b[i];
        break;
    case BINARY_MUL:
        for (size_t i = 0; i < n; i++)
            y[i] = a[i] * b[i];
        break;
    }
}

void K(modulate)(float *y, const float *x, const float *shift, const float *scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * (1.0f + scale[i]) + shift[i];
}

void K(affine)(float *y, const float *x, float mul, float add, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * mul + add;
}

void K(add_scaled)(float *x, float s, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += s * y[i];
}

void K(add_gated)(float *x, const float *gate, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += gate[i] * y[i];
}

void K(max)(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > y[i] ? x[i] : y[i];
}

void K(mix)(float *y, const float *x, size_t step, const float *weight, size_t taps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = weight[0] * x[i];
    for (size_t t = 1; t < taps; t++)
        for (size_t i = 0; i < n; i++)
            y[i] += weight[t] * x[t * step + i];
}

/* Inlined with the usual numbers of taps and channels, so that their loops disappear. */
static inline __attribute__((always_inline)) void mix_pixels(float *y, const float *x, const size_t *first,
                                                             const float *weight, size_t taps, size_t out,
                                                             size_t c)
{
    for (size_t i = 0; i < out; i++, y += c, weight += taps) {
        const float *from = x + first[i] * c;
        for (size_t k = 0; k < c; k++)
            y[k] = weight[0] * from[k];
        for (size_t t = 1; t < taps; t++)
            for (size_t k = 0; k < c; k++)
                y[k] += weight[t] * from[t * c + k];
    }
}

void K(mix_line)(float *y, const float *x, const size_t *first, const float *weight, size_t taps, size_t out,
                 size_t c)
{
    if (c == 1 && taps == 2)
        mix_pixels(y, x, first, weight, 2, out, 1);
    else if (c == 3 && taps == 2)
        mix_pixels(y, x, first, weight, 2, out, 3);
    else
        mix_pixels(y, x, first, weight, taps, out, c);
}

void K(rope)(float *y, const float *x, const float *cosines, const float *sines, size_t heads, size_t d,
             size_t r, RopeLayout layout)
{
    for (size_t h = 0; h < heads; h++, x += d, y += d) {
        if (layout == ROPE_HALVES)
            for (size_t k = 0; k < r; k++) {
                float a = x[k], b = x[r + k];
                y[k] = a * cosines[k] - b * sines[k];
                y[r + k] = a * sines[k] + b * cosines[k];
            }
        else
            for (size_t k = 0; k < r; k++) {
                float a = x[2 * k], b = x[2 * k + 1];
                y[2 * k] = a * cosines[k] - b * sines[k];
                y[2 * k + 1] = a * sines[k] + b * cosines[k];
            }
        for (size_t k = 2 * r; k < d; k++)
            y[k] = x[k];
    }
}
