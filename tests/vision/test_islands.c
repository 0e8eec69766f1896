/* Small parts of masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vision/islands.h"

#include <string.h>

enum { WIDTH = 12, HEIGHT = 7, PIXELS = WIDTH * HEIGHT };

static void read_rows(uint8_t *out, const char *rows)
{
    for (int i = 0; i < PIXELS; i++)
        out[i] = rows[i] != '.';
}

static void check(const char *rows, const char *keep_rows, double island, double hole, const char *want)
{
    Err err = { 0 };
    uint8_t object[PIXELS], keep[PIXELS], expected[PIXELS];
    read_rows(object, rows);
    read_rows(expected, want);
    if (keep_rows)
        read_rows(keep, keep_rows);
    assert_true(islands_clear(object, keep_rows ? keep : NULL, WIDTH, HEIGHT, island, hole, &err));
    assert_memory_equal(object, expected, PIXELS);
}

static const char *const mask = "............"
                                ".######...#."
                                ".#....#....."
                                ".#.##.#..##."
                                ".#....#..##."
                                ".###.##....."
                                "#...........";

static void islands_and_holes_below_their_shares_go(void **state)
{
    (void)state;
    /* 19 pixels are the largest part; the part with 4 stays at a fifth, the one with 2 and the single ones go. */
    check(mask, NULL, 0.2, 0,
          "............"
          ".######....."
          ".#....#....."
          ".#....#..##."
          ".#....#..##."
          ".###.##....."
          "............");
    check(mask, NULL, 0, 0, mask);
    check(mask, NULL, 1.1, 0,
          "............"
          "............"
          "............"
          "............"
          "............"
          "............"
          "............");
}

static void a_hole_is_filled_and_a_bay_is_not(void **state)
{
    (void)state;
    check("............"
          ".######.####"
          ".#....#.#..."
          ".#....#.#..."
          ".#....#.#..."
          ".######.####"
          "............",
          NULL, 0, 0.9,
          "............"
          ".######.####"
          ".######.#..."
          ".######.#..."
          ".######.#..."
          ".######.####"
          "............");
}

static void parts_with_a_pixel_to_keep_stay(void **state)
{
    (void)state;
    check(mask,
          "............"
          "..........#."
          "............"
          "............"
          "............"
          "............"
          "............",
          1.1, 0,
          "............"
          "..........#."
          "............"
          "............"
          "............"
          "............"
          "............");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(islands_and_holes_below_their_shares_go),
        cmocka_unit_test(a_hole_is_filled_and_a_bay_is_not),
        cmocka_unit_test(parts_with_a_pixel_to_keep_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
