/* The loss of weighed masks against its formula in double precision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "models/persam/weigh.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    size_t n;
    float *logits, *truth;
} Case;

static Case case_random(size_t n, float share, float spread, uint64_t seed)
{
    Case c = { n, calloc(3 * n + 1, sizeof(float)), calloc(n + 1, sizeof(float)) };
    Rng r;
    rng_init(&r, seed);
    for (size_t i = 0; i < n; i++) {
        c.truth[i] = rng_float(&r) < share ? 1 : 0;
        for (size_t k = 0; k < 3; k++)
            c.logits[k * n + i] = spread * rng_normal(&r) + (c.truth[i] > 0 ? 2.0f : -2.0f);
    }
    return c;
}

static void case_clear(Case *c)
{
    free(c->logits);
    free(c->truth);
}

static WeighLoss in_double(const Case *c, const float w[2])
{
    double overlap = 0, area = 0, truth = 0, focal = 0, d_overlap[2] = { 0 }, d_area[2] = { 0 },
           d_focal[2] = { 0 };
    for (size_t i = 0; i < c->n; i++) {
        double l0 = c->logits[i], d[2] = { c->logits[c->n + i] - l0, c->logits[2 * c->n + i] - l0 },
               t = c->truth[i];
        double x = l0 + (double)w[0] * d[0] + (double)w[1] * d[1], y = t > 0 ? x : -x;
        double q = 1 / (1 + exp(-y)), p = 1 / (1 + exp(-x)), a = t > 0 ? 0.25 : 0.75;
        double ce = y > 0 ? log1p(exp(-y)) : -y + log1p(exp(y)), m = 1 - q;
        overlap += p * t;
        area += p;
        truth += t;
        focal += a * m * m * ce;
        for (int k = 0; k < 2; k++) {
            double dy = t > 0 ? d[k] : -d[k];
            d_overlap[k] += p * (1 - p) * t * d[k];
            d_area[k] += p * (1 - p) * d[k];
            d_focal[k] += a * (-2 * m * m * q * ce - m * m * m) * dy;
        }
    }
    double top = 2 * overlap + 1, bottom = area + truth + 1, n = (double)c->n;
    WeighLoss out = { 1 - top / bottom, focal / n, { 0 } };
    for (int k = 0; k < 2; k++)
        out.slope[k] =
            (float)(-(2 * d_overlap[k] * bottom - top * d_area[k]) / (bottom * bottom) + d_focal[k] / n);
    return out;
}

/* Each pixel is right to a few 1e-7 of itself; the sums to less. */
static void assert_alike(const WeighLoss *a, const WeighLoss *b)
{
    assert_true(fabs(a->dice - b->dice) < 2e-6);
    assert_true(fabs(a->focal - b->focal) < 2e-6 * (1 + b->focal));
    for (int k = 0; k < 2; k++)
        assert_true(fabs((double)a->slope[k] - (double)b->slope[k]) < 2e-6 * (1 + fabs((double)b->slope[k])));
}

static void the_loss_is_its_formula(void **state)
{
    static const struct {
        size_t n;
        float share, spread;
    } cases[] = { { 1, 1, 1 },       { 1, 0, 1 },      { 15, 0.5f, 2 },  { 4096, 1, 3 },
                  { 4097, 0.3f, 3 }, { 100003, 0, 5 }, { 99999, 1, 40 }, { 300000, 0.1f, 10 } };
    static const float weights[][2] = { { 1 / 3.0f, 1 / 3.0f }, { 0, 0 }, { 1.2f, -0.4f } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Err err = { 0 };
        Case c = case_random(cases[i].n, cases[i].share, cases[i].spread, i);
        Weighing *w = weighing_new(c.logits, c.truth, c.n, &err);
        assert_non_null(w);
        for (size_t k = 0; k < 3; k++) {
            WeighLoss got = weighing_loss(w, weights[k], 1), want = in_double(&c, weights[k]);
            assert_alike(&got, &want);
            WeighLoss threaded = weighing_loss(w, weights[k], 3);
            assert_memory_equal(&threaded, &got, sizeof got);
        }
        weighing_free(w);
        case_clear(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_loss_is_its_formula) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
