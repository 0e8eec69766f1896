/* The minimum barrier distance, against its definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "vision/barrier.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 9, PIXELS = SIDE * SIDE };

/* Whether a path from a seed to `to` stays within low..high: by spreading. */
static bool connected(const uint8_t *value, const uint8_t *seed, int to, int low, int high)
{
    uint8_t in[PIXELS] = { 0 };
    bool more = true;
    for (int i = 0; i < PIXELS; i++)
        in[i] = seed[i] && value[i] >= low && value[i] <= high;
    while (more) {
        more = false;
        for (int i = 0; i < PIXELS; i++)
            for (int k = 0; k < PIXELS && !in[i] && value[i] >= low && value[i] <= high; k++)
                if (in[k] && abs(i % SIDE - k % SIDE) <= 1 && abs(i / SIDE - k / SIDE) <= 1)
                    in[i] = more = true;
    }
    return in[to];
}

/* The narrowest range of values that has such a path in it. */
static int by_definition(const uint8_t *value, const uint8_t *seed, int to)
{
    int least = 255;
    for (int a = 0; a < PIXELS; a++)
        for (int b = 0; b < PIXELS; b++)
            if (value[b] >= value[a] && value[b] - value[a] < least &&
                connected(value, seed, to, value[a], value[b]))
                least = value[b] - value[a];
    return least;
}

static void distances_are_hardly_ever_above_the_definition_and_never_below(void **state)
{
    (void)state;
    Rng r;
    Err err = { 0 };
    int same = 0, all = 0;
    rng_init(&r, 1);
    for (int round = 0; round < 3; round++) {
        uint8_t value[PIXELS], seed[PIXELS] = { 0 }, rgb[PIXELS * 3] = { 0 };
        uint16_t distance[PIXELS];
        for (int i = 0; i < PIXELS; i++)
            rgb[3 * i + 1] = value[i] =
                (uint8_t)(10 * rng_int(&r, 0, 7)); /* few values keep the search short */
        seed[rng_int(&r, 0, PIXELS - 1)] = seed[rng_int(&r, 0, PIXELS - 1)] = 1;
        assert_true(barrier_distance(rgb, SIDE * 3, SIDE, SIDE, seed, distance, &err));
        for (int i = 0; i < PIXELS; i += 5) {
            int exact = by_definition(value, seed, i);
            assert_true(distance[i] >= exact);
            same += distance[i] == exact;
            all++;
        }
    }
    assert_true(same >= all * 8 / 10); /* the scans are an approximation */
}

static void a_region_behind_an_edge_is_as_far_as_the_edge_is_high(void **state)
{
    (void)state;
    Err err = { 0 };
    uint8_t rgb[PIXELS * 3], seed[PIXELS] = { 1 };
    uint16_t distance[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
        int x = i % SIDE, y = i / SIDE;
        bool ring = x >= 2 && x <= 6 && y >= 2 && y <= 6, inside = x >= 3 && x <= 5 && y >= 3 && y <= 5;
        memset(rgb + 3 * i, ring && !inside ? 90 : 60, 3);
        rgb[3 * i + 2] = (uint8_t)(ring ? 200 : 190);
    }
    assert_true(barrier_distance(rgb, SIDE * 3, SIDE, SIDE, seed, distance, &err));
    assert_int_equal(distance[SIDE * SIDE - 1], 0);
    assert_int_equal(distance[2 * SIDE + 2], 30 + 30 + 10);
    assert_int_equal(distance[4 * SIDE + 4], 30 + 30 + 10); /* not lower for looking like the outside */
}

static void without_a_seed_all_is_as_far_as_can_be(void **state)
{
    (void)state;
    Err err = { 0 };
    uint8_t rgb[3] = { 1, 2, 3 }, none = 0;
    uint16_t distance;
    assert_true(barrier_distance(rgb, 3, 1, 1, &none, &distance, &err));
    assert_int_equal(distance, 765);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_hardly_ever_above_the_definition_and_never_below),
        cmocka_unit_test(a_region_behind_an_edge_is_as_far_as_the_edge_is_high),
        cmocka_unit_test(without_a_seed_all_is_as_far_as_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
