/* The power series of PerSAM-F's sums against the functions they stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "models/persam/series.h"

#include <math.h>
#include <string.h>

enum { PIXELS = 16 };

/* Sixteen equal pixels at x, whose masks are `reach` apart in all, in the shares of `first`. */
static Series series_of(float x, bool on, float reach, float first)
{
    static _Alignas(64) float base[PIXELS], d1[PIXELS], d2[PIXELS];
    Series s = { 0 };
    for (int i = 0; i < PIXELS; i++) {
        d1[i] = 4 * reach * first;
        d2[i] = 4 * reach * (1 - fabsf(first));
        base[i] = x - 0.5f * d1[i] + 0.25f * d2[i];
    }
    series_add(&s, (SeriesPixels){ base, d1, d2 }, PIXELS, on, (const float[]){ 0.5f, -0.25f }, 0.25f);
    return s;
}

/* Of one pixel at x: p, the focal term and their derivatives. */
typedef struct {
    double p, focal, dp, dfocal;
} Plain;

static Plain plain(double x, bool on)
{
    double y = on ? x : -x, q = 1 / (1 + exp(-y)), m = 1 / (1 + exp(y));
    double ce = y > 0 ? log1p(exp(-y)) : -y + log1p(exp(y));
    return (Plain){ 1 / (1 + exp(-x)), m * m * ce, q * m, -m * m * (2 * q * ce + m) * (on ? 1 : -1) };
}

/* Its slopes are wrong by the first power that is left out, 1.3e-5 of the value at the very edge of the reach, and by
 * the rounding of x in single precision, which a falling focal term shows three times. The focal term is small where it is falling fast: there it counts beside p, with which it is added. */
static void within_its_reach_the_series_is_the_function_for_every_logit(void **state)
{
    (void)state;
    for (int i = -800; i <= 800; i++)
        for (int k = 0; k < 8; k++) {
            bool on = k % 2 == 1;
            float x = (float)i * 0.05f, reach = k & 2 ? SERIES_REACH : SERIES_REACH / 3;
            float first = k & 4 ? 0.6f : -0.7f;
            Series s = series_of(x, on, reach, first);
            for (int at = 0; at < 5; at++) {
                const double v[2] = { cos(at), sin(3 * at + (double)i) };
                double d1 = (double)(reach * first), d2 = (double)(reach * (1 - fabsf(first)));
                double t = d1 * v[0] + d2 * v[1];
                Plain want = plain((double)x + t, on);
                SeriesValue p = series_at(s.p, v), focal = series_at(s.focal, v);
                double both = want.dp + fabs(want.dfocal), rounding = 1e-6 + 6e-7 * fabs((double)x);
                double edge = rounding + 1.4e-5;
                assert_true(fabs(p.value / PIXELS - want.p) < (rounding + 1e-6) * want.p);
                assert_true(fabs(focal.value / PIXELS - want.focal) < edge * (want.focal + want.dp));
                assert_true(fabs(p.slope[0] / PIXELS - want.dp * d1) < edge * want.dp * fabs(d1));
                assert_true(fabs(focal.slope[1] / PIXELS - want.dfocal * d2) < edge * both * fabs(d2));
            }
        }
}

static void joined_series_are_the_series_of_all_pixels(void **state)
{
    Series a = series_of(1.5f, 1, 0.3f, 0.5f), b = series_of(-4, 0, 0.2f, -0.5f), both = a;
    const double v[2] = { 0.7, -0.4 };
    (void)state;
    series_join(&both, &b);
    SeriesValue got = series_at(both.focal, v), one = series_at(a.focal, v), other = series_at(b.focal, v);
    assert_true(fabs(got.value - one.value - other.value) < 1e-12 * fabs(got.value));
    assert_true(fabs(got.slope[1] - one.slope[1] - other.slope[1]) < 1e-12 * fabs(got.slope[1]) + 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(
                                            within_its_reach_the_series_is_the_function_for_every_logit),
                                        cmocka_unit_test(joined_series_are_the_series_of_all_pixels) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
