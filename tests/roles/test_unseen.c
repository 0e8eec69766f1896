/* Surface that is made up beside surface that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "roles/relief/unseen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 300, HEIGHT = 120, FIRST = 100, LAST = 199 };

static float *texel(const Unrolled *u, int x, int y)
{
    return u->colour + 3 * ((size_t)y * (size_t)u->width + (size_t)x);
}

static void unrolled_init(Unrolled *u, int width, int height)
{
    *u = (Unrolled){ width, height, calloc((size_t)(3 * width * height), sizeof(float)),
                     calloc((size_t)(width * height), sizeof(float)) };
    assert_true(u->colour && u->sure);
}

static void unrolled_clear(Unrolled *u)
{
    free(u->colour);
    free(u->sure);
}

/* A third of a body that is green below and white above, grainy, with a red label in the middle. */
static void body_init(Unrolled *u)
{
    Rng rng;
    rng_init(&rng, 5);
    unrolled_init(u, WIDTH, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = FIRST; x <= LAST; x++) {
            float grain = rng_range(&rng, -8, 8);
            bool label = x > 135 && x < 165 && y > 50 && y < 90;
            const float colour[3] = { label    ? 220
                                      : y < 40 ? 230
                                               : 60,
                                      label    ? 20
                                      : y < 40 ? 230
                                               : 120,
                                      label    ? 20
                                      : y < 40 ? 230
                                               : 90 };
            for (int c = 0; c < 3; c++)
                texel(u, x, y)[c] = colour[c] + grain;
            u->sure[y * WIDTH + x] = 1;
        }
}

static void what_is_known_stays(void **state)
{
    (void)state;
    Err err = { 0 };
    Unrolled before, after;
    body_init(&before);
    body_init(&after);
    assert_true(unseen_fill(&after, 1, &err));
    for (int y = 0; y < HEIGHT; y++)
        assert_memory_equal(texel(&before, FIRST, y), texel(&after, FIRST, y),
                            3 * (LAST - FIRST + 1) * sizeof(float));
    unrolled_clear(&before);
    unrolled_clear(&after);
}

static void rows_go_on_in_their_plain_colour_and_the_label_does_not(void **state)
{
    (void)state;
    Err err = { 0 };
    Unrolled u;
    body_init(&u);
    assert_true(unseen_fill(&u, 1, &err));
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const float *c = texel(&u, x, y);
            if (x >= FIRST && x <= LAST)
                continue;
            assert_true(c[0] < c[1] + 1); /* grain is grey: nothing is red */
            if (y < 34)                   /* patches may shift the border by a few rows */
                assert_true(c[0] > 190 && c[2] > 190);
            if (y > 46)
                assert_true(fabsf(c[0] - 60) < 25 && fabsf(c[1] - 120) < 25);
        }
    unrolled_clear(&u);
}

/* Squares of the differences of neighbours: 0 for a surface without grain. */
static void the_texture_is_as_strong_as_what_is_known(void **state)
{
    (void)state;
    Err err = { 0 };
    Unrolled u;
    body_init(&u);
    assert_true(unseen_fill(&u, 1, &err));
    double difference[2] = { 0 };
    int count[2] = { 0 };
    for (int y = 95; y < HEIGHT; y++)
        for (int x = 0; x + 1 < WIDTH; x++) {
            int known = x >= FIRST && x < LAST;
            double d = (double)texel(&u, x + 1, y)[0] - texel(&u, x, y)[0];
            difference[known] += d * d;
            count[known]++;
        }
    double ratio = difference[0] / count[0] / (difference[1] / count[1]);
    /* Half of it is overlaps, where the mean of two has half the variance, or a quarter where four meet. */
    assert_true(ratio > 0.3 && ratio < 1.5);
    unrolled_clear(&u);
}

static void the_seed_decides(void **state)
{
    (void)state;
    Err err = { 0 };
    Unrolled a, b, other;
    body_init(&a);
    body_init(&b);
    body_init(&other);
    assert_true(unseen_fill(&a, 1, &err) && unseen_fill(&b, 1, &err) && unseen_fill(&other, 2, &err));
    size_t bytes = 3 * WIDTH * HEIGHT * sizeof(float);
    assert_memory_equal(a.colour, b.colour, bytes);
    assert_memory_not_equal(a.colour, other.colour, bytes);
    unrolled_clear(&a);
    unrolled_clear(&b);
    unrolled_clear(&other);
}

static void odd_sizes_and_little_knowledge_are_no_trouble(void **state)
{
    (void)state;
    static const int cases[][4] = {
        /* width, height, known from, to */
        { 16, 16, 0, 16 }, { 16, 16, 8, 9 },  { 16, 16, 0, 0 },    { 41, 16, 40, 41 },
        { 40, 39, 0, 39 }, { 97, 53, 3, 60 }, { 200, 16, 80, 90 }, { 16, 300, 2, 14 },
    };
    Err err = { 0 };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        Unrolled u;
        unrolled_init(&u, cases[k][0], cases[k][1]);
        for (int y = 0; y < u.height; y++)
            for (int x = cases[k][2]; x < cases[k][3]; x++) {
                u.sure[y * u.width + x] = 1;
                for (int c = 0; c < 3; c++)
                    texel(&u, x, y)[c] = 77;
            }
        assert_true(unseen_fill(&u, 3, &err));
        bool known = cases[k][3] > cases[k][2];
        for (int i = 0; i < 3 * u.width * u.height; i++)
            assert_true(fabsf(u.colour[i] - (known ? 77 : 0)) < 0.01f);
        unrolled_clear(&u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_stays),
        cmocka_unit_test(rows_go_on_in_their_plain_colour_and_the_label_does_not),
        cmocka_unit_test(the_texture_is_as_strong_as_what_is_known),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(odd_sizes_and_little_knowledge_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
