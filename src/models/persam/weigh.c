#include "models/persam/weigh.h"

#include "base/denormals.h"
#include "base/pool.h"
#include "base/simd.h"
#include "models/persam/series.h"
#include "models/persam/sigmoid.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Pixels that one call adds up; its sums in single precision have 64 terms a lane. */
enum { BLOCK = 64 * LANES, ALIGNMENT = 64 };

/* Sums over pixels: p, the focal terms, and both by the two weights. */
enum { AREA, FOCAL, AREA_1, AREA_2, FOCAL_1, FOCAL_2, SUM_COUNT };

enum { OFF, ON, SIDES }; /* the object */

/* Pixels on one side: l0, l1 - l0, l2 - l0. The last block is filled up; `count` is without the filling. */
typedef struct {
    float *base, *first, *second;
    size_t count, blocks;
} Pixels;

/* An epoch moves the weights by about a thousandth, and a pixel is a smooth function of them, the smoother the less its masks
 * are apart. The sums over pixels with a spread |l1 - l0| + |l2 - l0| up to a level's are kept as a power series, which holds
 * within radius = SERIES_REACH / spread of its centre, and made again when the weights leave that place. */
typedef struct {
    Pixels side[SIDES];
    float radius; /* 0: no series */
    bool have_series;
    float centre[2];
    Series series[SIDES];
} Level;

/* The spreads of the levels are the powers of sqrt(2) from 1 to 181. On the last one are all other pixels, for which a series
 * would last for so few epochs that it is not worth its time. */
enum { LEVELS = 17 };

struct Weighing {
    Level level[LEVELS];
    float last[2]; /* the weights asked for before */
};

/* ---- preparing ---- */

/* What fills a block up: certainly right on the object (and with the sign turned, off it), so that it adds nothing to the
 * focal loss; its share of the area is taken off again. */
static const float FILLING = 1e4f;

static bool pixels_init(Pixels *p, size_t count)
{
    p->blocks = (count + BLOCK - 1) / BLOCK;
    size_t bytes = (p->blocks + 1) * BLOCK * sizeof(float);
    p->base = aligned_alloc(ALIGNMENT, bytes);
    p->first = aligned_alloc(ALIGNMENT, bytes);
    p->second = aligned_alloc(ALIGNMENT, bytes);
    return p->base && p->first && p->second;
}

static void pixels_clear(Pixels *p)
{
    free(p->base);
    free(p->first);
    free(p->second);
}

static float level_spread(int level)
{
    return level == LEVELS - 1 ? INFINITY : exp2f((float)level / 2);
}

/* The level of pixel i; the last one where a logit is not a number. */
static int find_level(const float *logits, size_t n, size_t i, const float spreads[LEVELS])
{
    float spread = fabsf(logits[n + i] - logits[i]) + fabsf(logits[2 * n + i] - logits[i]);
    int level = 0;
    while (level < LEVELS - 1 && !(spread <= spreads[level]))
        level++;
    return level;
}

static void pixels_add(Pixels *p, float l0, float l1, float l2)
{
    p->base[p->count] = l0;
    p->first[p->count] = l1 - l0;
    p->second[p->count++] = l2 - l0;
}

static void pixels_fill_up(Pixels *p, float filling)
{
    for (size_t i = p->count; i < p->blocks * BLOCK; i++) {
        p->base[i] = filling;
        p->first[i] = p->second[i] = 0;
    }
}

/* Where each pixel goes is written to `place`, level and side in one. */
static bool sort_pixels(Weighing *w, uint8_t *place, const float *logits, const float *truth, size_t n)
{
    float spreads[LEVELS];
    size_t counts[LEVELS * SIDES] = { 0 };
    for (int level = 0; level < LEVELS; level++) {
        spreads[level] = level_spread(level);
        w->level[level].radius = SERIES_REACH / spreads[level];
    }
    for (size_t i = 0; i < n; i++) {
        place[i] = (uint8_t)(find_level(logits, n, i, spreads) * SIDES + (truth[i] > 0 ? ON : OFF));
        counts[place[i]]++;
    }
    for (int k = 0; k < LEVELS * SIDES; k++)
        if (!pixels_init(&w->level[k / SIDES].side[k % SIDES], counts[k]))
            return false;
    for (size_t i = 0; i < n; i++)
        pixels_add(&w->level[place[i] / SIDES].side[place[i] % SIDES], logits[i], logits[n + i],
                   logits[2 * n + i]);
    for (int level = 0; level < LEVELS; level++)
        for (int side = 0; side < SIDES; side++)
            pixels_fill_up(&w->level[level].side[side], side == ON ? FILLING : -FILLING);
    return true;
}

Weighing *weighing_new(const float *logits, const float *truth, size_t n, Err *err)
{
    Weighing *w = calloc(1, sizeof *w);
    uint8_t *place = malloc(n + 1);
    bool ok = w && place && sort_pixels(w, place, logits, truth, n);
    free(place);
    if (ok) {
        w->last[0] = w->last[1] = INFINITY;
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
    for (int level = 0; level < LEVELS; level++)
        for (int side = 0; side < SIDES; side++)
            pixels_clear(&w->level[level].side[side]);
    free(w);
}

/* ---- sums over pixels ---- */

/* Add up one block. With y = x on the object and -x off it, q = sigmoid(y) and m = 1 - q:
 *     focal = m^2 (-log q),   d focal / dy = -m^2 (2 q (-log q) + m),   dp/dx = q m
 * Each lane has sums of its own, so that the order of additions, and with it the result, is the same for every width. */
SIMD_CLONES
static void add_block(const Pixels *p, size_t block, float sign, const float w[2], double sums[SUM_COUNT])
{
    float sum[SUM_COUNT][LANES] = { { 0 } };
    const float *base = p->base + block * BLOCK, *first = p->first + block * BLOCK,
                *second = p->second + block * BLOCK;
    for (size_t i = 0; i < BLOCK; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            float d1 = first[i + k], d2 = second[i + k], x = base[i + k] + w[0] * d1 + w[1] * d2,
                  y = x * sign;
            Sigmoid s = sigmoid(x);
            float q = y < 0 ? s.small : s.large, m = y < 0 ? s.large : s.small;
            float ce = s.minus_log_large + (y < 0 ? -y : 0);
            float slope = q * m, square = m * m, df = -square * (2 * q * ce + m) * sign;
            sum[AREA][k] += x < 0 ? s.small : s.large;
            sum[FOCAL][k] += square * ce;
            sum[AREA_1][k] += slope * d1;
            sum[AREA_2][k] += slope * d2;
            sum[FOCAL_1][k] += df * d1;
            sum[FOCAL_2][k] += df * d2;
        }
    for (int k = 0; k < SUM_COUNT; k++)
        for (int lane = 0; lane < LANES; lane++)
            sums[k] += (double)sum[k][lane];
}

/* The pixels are gone through in so many parts, the same whatever the number of threads. */
enum { PARTS = 16 };

/* Either the sums over all pixels on the levels `listed` or the series of the one level there. */
typedef struct {
    const Weighing *w;
    const float *weights; /* or the centre */
    int listed[LEVELS], count;
    double sums[PARTS][SIDES][SUM_COUNT];
    Series series[PARTS][SIDES];
} Task;

static size_t part_begin(size_t blocks, size_t part)
{
    return blocks * part / PARTS;
}

static bool add_part(void *user, size_t part, int worker)
{
    Task *t = user;
    unsigned state = denormals_off();
    (void)worker;
    for (int i = 0; i < t->count; i++)
        for (int side = 0; side < SIDES; side++) {
            const Pixels *p = &t->w->level[t->listed[i]].side[side];
            for (size_t b = part_begin(p->blocks, part); b < part_begin(p->blocks, part + 1); b++)
                add_block(p, b, side == ON ? 1.0f : -1.0f, t->weights, t->sums[part][side]);
        }
    denormals_restore(state);
    return true;
}

static bool expand_part(void *user, size_t part, int worker)
{
    Task *t = user;
    const Level *l = &t->w->level[t->listed[0]];
    unsigned state = denormals_off();
    (void)worker;
    for (int side = 0; side < SIDES; side++) {
        const Pixels *p = &l->side[side];
        for (size_t b = part_begin(p->blocks, part); b < part_begin(p->blocks, part + 1); b++) {
            size_t at = b * BLOCK;
            SeriesPixels block = { p->base + at, p->first + at, p->second + at };
            series_add(&t->series[part][side], block, BLOCK, side == ON, t->weights, l->radius);
        }
    }
    denormals_restore(state);
    return true;
}

/* A thread costs as much as some blocks do. */
static void run_parts(Task *t, int threads, bool (*part)(void *user, size_t item, int worker))
{
    size_t blocks = 0;
    for (int i = 0; i < t->count; i++)
        for (int side = 0; side < SIDES; side++)
            blocks += t->w->level[t->listed[i]].side[side].blocks;
    if (blocks > 0)
        pool_run(blocks < 4 * PARTS ? 1 : threads, PARTS, part, t);
}

/* ---- the series ---- */

static float distance(const float a[2], const float b[2])
{
    return fmaxf(fabsf(a[0] - b[0]), fabsf(a[1] - b[1]));
}

/* About a place ahead, in the direction the weights move. */
static void make_series(Weighing *w, int level, const float weights[2], int threads)
{
    Level *l = &w->level[level];
    Task t = { .w = w, .weights = l->centre, .listed = { level }, .count = 1 };
    float step = distance(weights, w->last);
    for (int k = 0; k < 2; k++)
        l->centre[k] = weights[k] + (step > 0 ? 0.9f * l->radius * (weights[k] - w->last[k]) / step : 0.0f);
    run_parts(&t, threads, expand_part);
    memset(l->series, 0, sizeof l->series);
    for (int part = 0; part < PARTS; part++)
        for (int side = 0; side < SIDES; side++)
            series_join(&l->series[side], &t.series[part][side]);
    l->have_series = true;
}

/* Whether a series of that level serves these weights. One is made when it will serve for a while: it takes as long as 10 epochs. */
static bool use_series(Weighing *w, int level, const float weights[2], int threads)
{
    const float worth_steps = 6; /* in half the width of the place where it holds */
    Level *l = &w->level[level];
    if (l->have_series && distance(weights, l->centre) <= l->radius)
        return true;
    if (l->radius == 0 || !(distance(weights, w->last) * worth_steps <= l->radius))
        return false;
    make_series(w, level, weights, threads);
    return true;
}

static void add_series(const Level *l, const float weights[2], double sums[SIDES][SUM_COUNT])
{
    double v[2], radius = (double)l->radius;
    for (int k = 0; k < 2; k++)
        v[k] = ((double)weights[k] - (double)l->centre[k]) / radius;
    for (int side = 0; side < SIDES; side++) {
        SeriesValue area = series_at(l->series[side].p, v), focal = series_at(l->series[side].focal, v);
        sums[side][AREA] += area.value;
        sums[side][FOCAL] += focal.value;
        for (int k = 0; k < 2; k++) {
            sums[side][AREA_1 + k] += area.slope[k] / radius;
            sums[side][FOCAL_1 + k] += focal.slope[k] / radius;
        }
    }
}

/* ---- the loss ---- */

static WeighLoss loss_of(const Weighing *w, double sums[SIDES][SUM_COUNT])
{
    const double a_on = 0.25, a_off = 0.75, *on = sums[ON], *off = sums[OFF];
    double count[SIDES] = { 0 }, filling = 0;
    for (int level = 0; level < LEVELS; level++) {
        const Pixels *side = w->level[level].side;
        for (int k = 0; k < SIDES; k++)
            count[k] += (double)side[k].count;
        filling += (double)(side[ON].blocks * BLOCK - side[ON].count);
    }
    /* Each filling on the object has p = 1; off it p = 0. */
    double n = count[ON] + count[OFF], overlap = on[AREA] - filling, area = overlap + off[AREA];
    double top = 2 * overlap + 1, bottom = area + count[ON] + 1;
    WeighLoss loss = { .dice = 1 - top / bottom, .focal = (a_on * on[FOCAL] + a_off * off[FOCAL]) / n };
    for (int k = 0; k < 2; k++) {
        double d_overlap = on[AREA_1 + k], d_area = on[AREA_1 + k] + off[AREA_1 + k];
        double d_focal = (a_on * on[FOCAL_1 + k] + a_off * off[FOCAL_1 + k]) / n;
        loss.slope[k] = (float)(-(2 * d_overlap * bottom - top * d_area) / (bottom * bottom) + d_focal);
    }
    return loss;
}

WeighLoss weighing_loss(Weighing *w, const float weights[2], int threads)
{
    Task t = { .w = w, .weights = weights };
    double sums[SIDES][SUM_COUNT] = { 0 };
    for (int level = 0; level < LEVELS; level++)
        if (use_series(w, level, weights, threads))
            add_series(&w->level[level], weights, sums);
        else
            t.listed[t.count++] = level;
    run_parts(&t, threads, add_part);
    for (int part = 0; part < PARTS; part++)
        for (int side = 0; side < SIDES; side++)
            for (int k = 0; k < SUM_COUNT; k++)
                sums[side][k] += t.sums[part][side][k];
    memcpy(w->last, weights, sizeof w->last);
    return loss_of(w, sums);
}
