#include "models/persam/weigh.h"

#include "base/pool.h"
#include "base/simd.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Pixels side by side in the loops below, with a sum each: one AVX-512 register, two of AVX, four of SSE. */
enum { LANES = 16 };

/* Pixels that one call adds up; its sums in single precision have 64 terms a lane. */
enum { BLOCK = 64 * LANES, ALIGNMENT = 64 };

/* Sums over pixels: p, the focal terms, and both by the two weights. */
enum { AREA, FOCAL, AREA_1, AREA_2, FOCAL_1, FOCAL_2, SUM_COUNT };

/* Pixels with the same truth: l0, l1 - l0, l2 - l0. The last block is filled up; `count` is without the filling. */
typedef struct {
    float *base, *first, *second;
    size_t count, blocks;
} Pixels;

struct Weighing {
    Pixels on, off;
};

/* ---- preparing ---- */

/* What fills a block up: certainly right on the object (and with the sign turned, off it), so that it adds nothing to the
 * focal loss; its share of the area is taken off again. */
static const float FILLING = 1e4f;

static bool pixels_init(Pixels *p, size_t count)
{
    p->count = count;
    p->blocks = (count + BLOCK - 1) / BLOCK;
    size_t bytes = (p->blocks + 1) * BLOCK * sizeof(float);
    p->base = aligned_alloc(ALIGNMENT, bytes);
    p->first = aligned_alloc(ALIGNMENT, bytes);
    p->second = aligned_alloc(ALIGNMENT, bytes);
    return p->base && p->first && p->second;
}

static void pixels_fill(Pixels *p, const float *logits, const float *truth, size_t n, bool on)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        if ((truth[i] > 0) == on) {
            p->base[at] = logits[i];
            p->first[at] = logits[n + i] - logits[i];
            p->second[at++] = logits[2 * n + i] - logits[i];
        }
    for (; at < p->blocks * BLOCK; at++) {
        p->base[at] = on ? FILLING : -FILLING;
        p->first[at] = p->second[at] = 0;
    }
}

static void pixels_clear(Pixels *p)
{
    free(p->base);
    free(p->first);
    free(p->second);
}

Weighing *weighing_new(const float *logits, const float *truth, size_t n, Err *err)
{
    size_t on = 0;
    for (size_t i = 0; i < n; i++)
        on += truth[i] > 0;
    Weighing *w = calloc(1, sizeof *w);
    if (w && pixels_init(&w->on, on) && pixels_init(&w->off, n - on)) {
        pixels_fill(&w->on, logits, truth, n, true);
        pixels_fill(&w->off, logits, truth, n, false);
        return w;
    }
    weighing_free(w);
    err_set(err, ERR_NOMEM, "no memory to learn from %zu pixels", n);
    return NULL;
}

void weighing_free(Weighing *w)
{
    if (!w)
        return;
    pixels_clear(&w->on);
    pixels_clear(&w->off);
    free(w);
}

/* ---- the loss ---- */

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

/* Add up one block. With y = x on the object and -x off it, q = sigmoid(y) and m = 1 - q:
 *     focal = a m^2 (-log q),   d focal / dy = -a m^2 (2 q (-log q) + m),   dp/dx = q m
 * Divisions are dear: one gives 1 / (1 + e) and 1 / (2 + e). Each lane has sums of its own, so that the order of additions, and with it the result, is the same for every width. */
SIMD_CLONES
static void add_block(const Pixels *p, size_t block, float sign, float a, const float w[2],
                      double sums[SUM_COUNT])
{
    float sum[SUM_COUNT][LANES] = { { 0 } };
    const float *base = p->base + block * BLOCK, *first = p->first + block * BLOCK,
                *second = p->second + block * BLOCK;
    for (size_t i = 0; i < BLOCK; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            float d1 = first[i + k], d2 = second[i + k], x = base[i + k] + w[0] * d1 + w[1] * d2,
                  y = x * sign;
            float size = fabsf(y), e = exp_minus(size), one = 1 + e, two = 2 + e;
            float both = 1 / (one * two), r = both * two, er = e * r, wrong = y < 0 ? size : 0;
            float q = y < 0 ? er : r, m = y < 0 ? r : er, ce = log_one_plus(e, both * one) + wrong;
            float slope = q * m, am = a * m * m, df = -am * (2 * q * ce + m) * sign;
            sum[AREA][k] += x < 0 ? er : r;
            sum[FOCAL][k] += am * ce;
            sum[AREA_1][k] += slope * d1;
            sum[AREA_2][k] += slope * d2;
            sum[FOCAL_1][k] += df * d1;
            sum[FOCAL_2][k] += df * d2;
        }
    for (int k = 0; k < SUM_COUNT; k++)
        for (int lane = 0; lane < LANES; lane++)
            sums[k] += (double)sum[k][lane];
}

typedef struct {
    const Weighing *w;
    const float *weights;
    double (*part)[2][SUM_COUNT]; /* of each worker's share */
    size_t parts;
} Task;

/* One part of the blocks, the same whatever the number of threads. */
static bool add_part(void *user, size_t item, int worker)
{
    const Task *t = user;
    const Pixels *side[2] = { &t->w->on, &t->w->off };
    (void)worker;
    for (int k = 0; k < 2; k++) {
        size_t begin = side[k]->blocks * item / t->parts, end = side[k]->blocks * (item + 1) / t->parts;
        for (size_t b = begin; b < end; b++)
            add_block(side[k], b, k == 0 ? 1.0f : -1.0f, k == 0 ? 0.25f : 0.75f, t->weights,
                      t->part[item][k]);
    }
    return true;
}

WeighLoss weighing_loss(const Weighing *w, const float weights[2], int threads)
{
    enum { PARTS = 16 };
    double part[PARTS][2][SUM_COUNT] = { 0 }, on[SUM_COUNT] = { 0 }, off[SUM_COUNT] = { 0 };
    Task task = { w, weights, part, PARTS };
    size_t blocks = w->on.blocks + w->off.blocks;
    pool_run(blocks < 4 * PARTS ? 1 : threads, PARTS, add_part, &task);
    for (int i = 0; i < PARTS; i++)
        for (int k = 0; k < SUM_COUNT; k++) {
            on[k] += part[i][0][k];
            off[k] += part[i][1][k];
        }
    on[AREA] -=
        (double)(w->on.blocks * BLOCK - w->on.count); /* each filling has p = 1; off the object p = 0 */

    double n = (double)(w->on.count + w->off.count), overlap = on[AREA], area = on[AREA] + off[AREA];
    double top = 2 * overlap + 1, bottom = area + (double)w->on.count + 1;
    WeighLoss loss = { .dice = 1 - top / bottom, .focal = (on[FOCAL] + off[FOCAL]) / n };
    for (int k = 0; k < 2; k++) {
        double d_overlap = on[AREA_1 + k], d_area = on[AREA_1 + k] + off[AREA_1 + k];
        double d_focal = (on[FOCAL_1 + k] + off[FOCAL_1 + k]) / n;
        loss.slope[k] = (float)(-(2 * d_overlap * bottom - top * d_area) / (bottom * bottom) + d_focal);
    }
    return loss;
}
