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
        Weighing *twin = weighing_new(c.logits, c.truth, c.n, &err);
        assert_non_null(w);
        assert_non_null(twin);
        for (size_t k = 0; k < 3; k++) {
            WeighLoss got = weighing_loss(w, weights[k], 1), want = in_double(&c, weights[k]);
            assert_alike(&got, &want);
            WeighLoss threaded = weighing_loss(twin, weights[k], 3);
            assert_memory_equal(&threaded, &got, sizeof got);
        }
        weighing_free(w);
        weighing_free(twin);
        case_clear(&c);
    }
}

/* AdamW as the original has it, in double precision, by the loss of `w` or, without one, by its formula. */
static void descend(double out[2], const Case *c, Weighing *w, int threads)
{
    enum { EPOCHS = 1000 };
    double m[2] = { 0 }, v[2] = { 0 };
    float weights[2] = { 1 / 3.0f, 1 / 3.0f };
    for (int i = 0; i < EPOCHS; i++) {
        WeighLoss loss = w ? weighing_loss(w, weights, threads) : in_double(c, weights);
        double lr = 1e-3 * (1 + cos(M_PI * i / EPOCHS)) / 2;
        for (int k = 0; k < 2; k++) {
            double g = (double)loss.slope[k];
            m[k] = 0.9 * m[k] + 0.1 * g;
            v[k] = 0.999 * v[k] + 0.001 * g * g;
            double step = m[k] / (1 - pow(0.9, i + 1)) / (sqrt(v[k] / (1 - pow(0.999, i + 1))) + 1e-4);
            weights[k] = (float)((double)weights[k] * (1 - lr * 0.01) - lr * step);
        }
    }
    out[0] = (double)weights[0];
    out[1] = (double)weights[1];
}

/* Logits of all sizes, and the places where a slope nearly vanishes: then AdamW's eps decides, and what is small counts. */
static void learning_for_1000_epochs_ends_where_the_formula_ends(void **state)
{
    static const struct {
        float share, spread, offset;
    } cases[] = { { 0.3f, 1e-3f, 0 }, { 0.3f, 0.1f, 0 },  { 0.3f, 1, -3 },   { 0.3f, 8, 0 },
                  { 0.3f, 12, -10 },  { 0.3f, 60, 0 },    { 0.3f, 1e4f, 0 }, { 0, 3, -30 },
                  { 0, 3, -20 },      { 2e-3f, 5, -12 },  { 1, 3, 30 },      { 0.5f, 1e30f, 0 },
                  { 0.3f, 0, 0 },     { 0.01f, 20, -90 }, { 0.9f, 6, 14 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Err err = { 0 };
        Case c = case_random(1531, cases[i].share, cases[i].spread, 77 + i);
        for (size_t k = 0; k < 3 * c.n; k++)
            c.logits[k] += cases[i].offset;
        Weighing *w = weighing_new(c.logits, c.truth, c.n, &err);
        assert_non_null(w);
        double got[2], want[2];
        descend(got, &c, w, 1);
        descend(want, &c, NULL, 1);
        for (int k = 0; k < 2; k++)
            if (!(fabs(got[k] - want[k]) < 2e-5))
                fail_msg("case %zu: weight %d is %.7f and should be %.7f", i, k, got[k], want[k]);
        weighing_free(w);
        case_clear(&c);
    }
}

static void the_loss_does_not_depend_on_the_number_of_threads(void **state)
{
    Err err = { 0 };
    Case c = case_random(300000, 0.2f, 8, 5);
    Weighing *one = weighing_new(c.logits, c.truth, c.n, &err);
    Weighing *three = weighing_new(c.logits, c.truth, c.n, &err);
    (void)state;
    assert_non_null(one);
    assert_non_null(three);
    for (int i = 0; i < 60; i++) {
        float weights[2] = { 0.3f + 1e-3f * (float)i, 0.3f - 3e-4f * (float)i };
        WeighLoss a = weighing_loss(one, weights, 1), b = weighing_loss(three, weights, 3);
        assert_memory_equal(&a, &b, sizeof a);
    }
    weighing_free(one);
    weighing_free(three);
    case_clear(&c);
}

/* Bits of a logit that is none, as a broken model makes them, come out as a loss that is none and not as an endless loop. */
static void logits_that_are_no_numbers_give_a_loss_that_is_none(void **state)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Err err = { 0 };
        Case c = case_random(100, 0.5f, 3, 1);
        c.logits[7] = bad[i];
        Weighing *w = weighing_new(c.logits, c.truth, c.n, &err);
        assert_non_null(w);
        for (int k = 0; k < 3; k++)
            assert_true(isnan(weighing_loss(w, (float[]){ 0.3f, 0.3f }, 1).slope[0]));
        weighing_free(w);
        case_clear(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_its_formula),
        cmocka_unit_test(learning_for_1000_epochs_ends_where_the_formula_ends),
        cmocka_unit_test(the_loss_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(logits_that_are_no_numbers_give_a_loss_that_is_none)
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
