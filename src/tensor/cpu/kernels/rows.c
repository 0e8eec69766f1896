/* rows.c: sums along rows, and what norms and softmax make of them. Sums run in 16 lanes, which are added in pairs at
 * the end: the order is the same for every instruction set, and the error that of a sum of n / 16 terms. */
#include <math.h>

#include "tensor/cpu/kernels/functions.h"
#include "tensor/cpu/kernels/isa.h"

static float lanes_sum(Vec16 v)
{
    float s[16];
    vec_store(s, v);
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            s[i] += s[i + half];
    return s[0];
}

static float row_sum(const float *x, size_t n)
{
    Vec16 sum = { 0 };
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        sum += vec_load(x + i);
    float rest = 0;
    for (; i < n; i++)
        rest += x[i];
    return lanes_sum(sum) + rest;
}

float K(dot)(const float *a, const float *b, size_t n)
{
    Vec16 sum[4] = { 0 };
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        for (size_t k = 0; k < 4; k++)
            sum[k] += vec_load(a + i + 16 * k) * vec_load(b + i + 16 * k);
    for (; i + 16 <= n; i += 16)
        sum[0] += vec_load(a + i) * vec_load(b + i);
    float rest = 0;
    for (; i < n; i++)
        rest += a[i] * b[i];
    return lanes_sum((sum[0] + sum[1]) + (sum[2] + sum[3])) + rest;
}

/* The sum of (x - mean)^2. */
static float row_squares(const float *x, size_t n, float mean)
{
    Vec16 sum = { 0 };
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        Vec16 d = vec_load(x + i) - mean;
        sum += d * d;
    }
    float rest = 0;
    for (; i < n; i++)
        rest += (x[i] - mean) * (x[i] - mean);
    return lanes_sum(sum) + rest;
}

static float row_max(const float *x, size_t n)
{
    float lane[16], max = -INFINITY;
    for (int k = 0; k < 16; k++)
        lane[k] = -INFINITY;
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int k = 0; k < 16; k++)
            lane[k] = x[i + (size_t)k] > lane[k] ? x[i + (size_t)k] : lane[k];
    for (; i < n; i++)
        max = x[i] > max ? x[i] : max;
    for (int k = 0; k < 16; k++)
        max = lane[k] > max ? lane[k] : max;
    return max;
}

/* y = (x - mean) * rate * weight + bias */
static void apply(float *y, const float *x, float mean, float rate, const float *weight, const float *bias,
                  size_t n)
{
    if (weight && bias)
        for (size_t i = 0; i < n; i++)
            y[i] = (x[i] - mean) * rate * weight[i] + bias[i];
    else if (weight)
        for (size_t i = 0; i < n; i++)
            y[i] = (x[i] - mean) * rate * weight[i];
    else
        for (size_t i = 0; i < n; i++)
            y[i] = (x[i] - mean) * rate + (bias ? bias[i] : 0.0f);
}

void K(layer_norm)(float *y, const float *x, const float *weight, const float *bias, size_t n, float eps)
{
    float mean = row_sum(x, n) / (float)n;
    float rate = 1.0f / sqrtf(row_squares(x, n, mean) / (float)n + eps);
    apply(y, x, mean, rate, weight, bias, n);
}

void K(rms_norm)(float *y, const float *x, const float *weight, const float *bias, size_t n, float eps)
{
    apply(y, x, 0.0f, 1.0f / sqrtf(row_squares(x, n, 0.0f) / (float)n + eps), weight, bias, n);
}

void K(normalize)(float *y, const float *x, size_t n, float eps)
{
    float length = sqrtf(row_squares(x, n, 0.0f));
    apply(y, x, 0.0f, 1.0f / (length > eps ? length : eps), NULL, NULL, n);
}

void K(softmax)(float *y, const float *x, size_t n)
{
    float max = row_max(x, n);
    max = max == -INFINITY ? 0.0f : max; /* then every exp is 0 */
    for (size_t i = 0; i < n; i++)
        y[i] = exp_f(x[i] - max);
    float sum = row_sum(y, n), rate = sum > 0.0f ? 1.0f / sum : sum; /* 0, or not a number */
    for (size_t i = 0; i < n; i++)
        y[i] *= rate;
}

void K(column_sums)(float *sum, const float *x, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++, x += n)
        for (size_t i = 0; i < n; i++)
            sum[i] += x[i];
}

void K(column_squares)(float *sum, const float *x, const float *mean, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++, x += n)
        for (size_t i = 0; i < n; i++)
            sum[i] += (x[i] - mean[i]) * (x[i] - mean[i]);
}
