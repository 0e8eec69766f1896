/* Mixtures of Gaussians, against colours drawn from known ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "vision/colour_mixture.h"

#include <math.h>

enum { COUNT = 4000 };

/* Colours around `mean` that vary by `spread` along all channels together and by 3 along each. */
static void draw(WeightedColour *out, size_t n, Rng *r, const float mean[3], float spread)
{
    for (size_t i = 0; i < n; i++) {
        float along = spread * rng_normal(r);
        for (int c = 0; c < 3; c++)
            out[i].rgb[c] = mean[c] + along + 3 * rng_normal(r);
        out[i].weight = 1;
    }
}

/* -log of the density that draw() has; its covariance is spread^2 in all entries and 9 more on the diagonal. The added
 * variance of the fit, 4, is added here too. */
static double true_cost(const float mean[3], float spread, const float rgb[3])
{
    double own = 9 + 4, s2 = (double)spread * (double)spread, d[3], sum = 0, squares = 0;
    for (int c = 0; c < 3; c++) {
        d[c] = (double)rgb[c] - (double)mean[c];
        sum += d[c];
        squares += d[c] * d[c];
    }
    /* Inverse and determinant of own * identity + s2 * ones (Sherman and Morrison). */
    double square = (squares - s2 * sum * sum / (own + 3 * s2)) / own;
    return 0.5 * square + 0.5 * log(own * own * (own + 3 * s2));
}

static void one_cluster_has_the_density_it_was_drawn_from(void **state)
{
    (void)state;
    static WeightedColour colours[COUNT];
    static const float mean[] = { 120, 80, 60 };
    Rng r;
    ColourMixture m = { 0 };
    rng_init(&r, 1);
    draw(colours, COUNT, &r, mean, 12);
    mixture_fit(&m, colours, COUNT);
    double wrong = 0;
    for (size_t i = 0; i < COUNT; i++)
        wrong += fabs((double)mixture_cost(&m, colours[i].rgb) - true_cost(mean, 12, colours[i].rgb)) / COUNT;
    /* Five Gaussians share what one would do, with hard borders between them. */
    assert_true(wrong < 0.3);
}

static void colours_are_likeliest_in_the_mixture_they_came_from(void **state)
{
    (void)state;
    static WeightedColour a[COUNT], b[COUNT];
    static const float reds[] = { 180, 60, 50 }, greys[] = { 120, 120, 118 }, whites[] = { 240, 238, 230 };
    Rng r;
    ColourMixture one = { 0 }, two = { 0 };
    rng_init(&r, 2);
    draw(a, COUNT / 2, &r, reds, 8);
    draw(a + COUNT / 2, COUNT / 2, &r, whites, 3);
    draw(b, COUNT, &r, greys, 15);
    mixture_fit(&one, a, COUNT);
    mixture_fit(&two, b, COUNT);
    size_t right = 0;
    for (size_t i = 0; i < COUNT; i++) {
        right += mixture_cost(&one, a[i].rgb) < mixture_cost(&two, a[i].rgb);
        right += mixture_cost(&two, b[i].rgb) < mixture_cost(&one, b[i].rgb);
    }
    assert_true(right > 2 * COUNT * 99 / 100);
    mixture_refit(&one, a, COUNT);
    assert_true(mixture_cost(&one, whites) < mixture_cost(&two, whites));
}

static void weights_count_as_so_many_colours(void **state)
{
    (void)state;
    WeightedColour weighted[] = { { { 10, 20, 30 }, 3 }, { { 200, 10, 90 }, 1 }, { { 0, 0, 0 }, 0 } };
    WeightedColour listed[] = {
        { { 10, 20, 30 }, 1 }, { { 10, 20, 30 }, 1 }, { { 200, 10, 90 }, 1 }, { { 10, 20, 30 }, 1 }
    };
    ColourMixture a = { 0 }, b = { 0 };
    mixture_fit(&a, weighted, 3);
    mixture_fit(&b, listed, 4);
    for (float x = 0; x < 250; x += 50) {
        float rgb[] = { x, 20, 40 };
        assert_true(fabsf(mixture_cost(&a, rgb) - mixture_cost(&b, rgb)) < 1e-3f);
    }
}

static void nothing_and_a_single_colour_are_no_trouble(void **state)
{
    (void)state;
    ColourMixture m = { 0 };
    float rgb[] = { 1, 2, 3 };
    assert_true(mixture_cost(&m, rgb) == MIXTURE_COST_MAX);
    mixture_fit(&m, NULL, 0);
    mixture_refit(&m, NULL, 0);
    assert_true(mixture_cost(&m, rgb) == MIXTURE_COST_MAX);
    WeightedColour one = { { 1, 2, 3 }, 1e6f };
    mixture_fit(&m, &one, 1);
    assert_int_equal(m.count, 1);
    assert_true(mixture_cost(&m, rgb) < mixture_cost(&m, (float[]){ 9, 2, 3 }));
    assert_true(mixture_cost(&m, (float[]){ 255, 255, 255 }) == MIXTURE_COST_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cluster_has_the_density_it_was_drawn_from),
        cmocka_unit_test(colours_are_likeliest_in_the_mixture_they_came_from),
        cmocka_unit_test(weights_count_as_so_many_colours),
        cmocka_unit_test(nothing_and_a_single_colour_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
