/* Shapes and text on pictures. */
#include "vision/draw.h"
#include "vision/font.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const Colour white = { 255, 255, 255 };

static Image black(int width, int height, int channels)
{
    Image im;
    Err err = { 0 };
    assert_true(image_init(&im, width, height, channels, &err));
    return im;
}

static double mean_ink(const Image *im)
{
    double sum = 0;
    for (size_t i = 0; i < image_bytes(im); i++)
        sum += im->data[i];
    return sum / 255 / im->channels;
}

static void a_filled_polygon_has_the_area_of_the_polygon(void **state)
{
    (void)state;
    static Point square[] = { { 2, 3 }, { 12, 3 }, { 12, 13 }, { 2, 13 } };
    static Point triangle[] = { { 1, 1 }, { 60, 9 }, { 20, 50 } };
    static Point bow[] = { { 0, 0 }, { 20, 20 }, { 20, 0 }, { 0, 20 } };
    const struct {
        Polygon p;
        double area;
    } cases[] = { { { square, 4 }, 100 }, { { triangle, 3 }, 1369.5 }, { { bow, 4 }, 200 } };
    for (size_t i = 0; i < 3; i++) {
        Image im = black(64, 52, 3);
        draw_polygon_filled(&im, &cases[i].p, white, 255);
        /* 64 samples a pixel: the error is in edge pixels alone and far below 1 % here */
        assert_true(abs((int)(100 * (mean_ink(&im) - cases[i].area))) < cases[i].area);
        image_clear(&im);
    }
}

static void a_hole_between_two_windings_stays_empty(void **state)
{
    (void)state;
    static Point p[] = { { 0, 0 }, { 20, 0 }, { 20, 20 }, { 0, 20 }, { 0, 0 },
                         { 5, 5 }, { 15, 5 }, { 15, 15 }, { 5, 15 }, { 5, 5 } };
    Image im = black(21, 21, 3);
    draw_polygon_filled(&im, &(Polygon){ p, 10 }, white, 255);
    assert_int_equal(image_at(&im, 10, 10)[0], 0);
    assert_int_equal(image_at(&im, 2, 10)[0], 255);
    image_clear(&im);
}

static void an_outline_is_as_wide_as_asked_and_leaves_the_inside(void **state)
{
    (void)state;
    static Point p[] = { { 20, 20 }, { 80, 20 }, { 80, 80 }, { 20, 80 } };
    for (int width = 1; width <= 5; width += 2) {
        Image im = black(101, 101, 3);
        draw_polygon_outline(&im, &(Polygon){ p, 4 }, white, width);
        int ink = 0;
        for (int y = 0; y < 50; y++)
            ink += image_at(&im, 50, y)[1];
        assert_int_equal(ink, 255 * width);
        assert_int_equal(image_at(&im, 50, 50)[0], 0);
        image_clear(&im);
    }
}

static void a_slanted_line_has_its_width_in_every_row(void **state)
{
    (void)state;
    static Point p[] = { { 3, 2 }, { 60, 97 } };
    Image im = black(64, 100, 3);
    draw_polygon_outline(&im, &(Polygon){ p, 2 }, white, 3);
    for (int y = 8; y < 92; y++) {
        double ink = 0;
        for (int x = 0; x < 64; x++)
            ink += image_at(&im, x, y)[0] / 255.0;
        /* 3 px across is 3 * hypot(57, 95) / 95 = 3.499 along a row; one pixel of transition on each side is
         * sampled, not integrated: off by less than a tenth */
        assert_true(ink > 3.4 && ink < 3.6);
    }
    image_clear(&im);
}

static void everything_outside_is_clipped(void **state)
{
    (void)state;
    static Point p[] = { { -50000, -60000 }, { 70000, -9 }, { 40, 70000 }, { -7, 3 } };
    static Point far[] = { { -2000000, -2000000 }, { -1999990, -2000000 }, { -1999990, -1999990 } };
    for (int side = 1; side <= 40; side += 13) {
        Image im = black(side, 41 - side, 3), picture = black(9, 9, 3);
        memset(picture.data, 7, image_bytes(&picture));
        draw_polygon_filled(&im, &(Polygon){ far, 3 }, white, 255);
        draw_polygon_outline(&im, &(Polygon){ far, 3 }, white, 3);
        draw_image(&im, -9, 0, &picture);
        draw_image(&im, side, 0, &picture);
        assert_true(mean_ink(&im) == 0);
        draw_polygon_filled(&im, &(Polygon){ p, 4 }, white, 100);
        draw_polygon_outline(&im, &(Polygon){ p, 4 }, white, 9);
        draw_polygon_outline(&im, &(Polygon){ p, 0 }, white, 9);
        draw_rect(&im, -5, -5, 2000000000, 2000000000, white);
        draw_text(&im, -3, -4, "clipped on all sides", white, 3);
        draw_image(&im, -4, -4, &picture);
        assert_int_equal(im.data[0], 7);
        image_clear(&im);
        image_clear(&picture);
    }
}

static void a_mask_tints_only_what_is_set(void **state)
{
    (void)state;
    Image im = black(3, 1, 3), mask = black(3, 1, 1);
    memcpy(mask.data, (uint8_t[]){ 127, 128, 255 }, 3);
    draw_mask(&im, &mask, (Colour){ 200, 100, 0 }, 51);
    const uint8_t want[9] = { 0, 0, 0, 40, 20, 0, 40, 20, 0 };
    assert_memory_equal(im.data, want, 9);
    image_clear(&im);
    image_clear(&mask);
}

static void text_is_as_wide_as_promised_and_one_cell_a_character(void **state)
{
    (void)state;
    Image im = black(400, 60, 3);
    draw_text(&im, 0, 0, "M\xC3\xBCnze", white, 3);
    assert_int_equal(draw_text_width("M\xC3\xBCnze", 3), 5 * FONT_WIDTH * 3);
    for (int y = 0; y < 60; y++)
        for (int x = 0; x < 400; x++)
            if (y >= FONT_HEIGHT * 3 || x >= draw_text_width("12345", 3))
                assert_int_equal(image_at(&im, x, y)[0], 0);
    Image q = black(FONT_WIDTH * 3, 60, 3);
    draw_text(&q, 0, 0, "?", white, 3);
    for (int y = 0; y < 60; y++)
        assert_memory_equal(image_at(&q, 0, y), image_at(&im, FONT_WIDTH * 3, y), (size_t)FONT_WIDTH * 9);
    image_clear(&im);
    image_clear(&q);
}

static void no_two_characters_look_the_same(void **state)
{
    (void)state;
    for (int a = 32; a < 127; a++)
        for (int b = a + 1; b < 127; b++)
            assert_true(memcmp(font_glyph((unsigned char)a), font_glyph((unsigned char)b), FONT_ROWS) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filled_polygon_has_the_area_of_the_polygon),
        cmocka_unit_test(a_hole_between_two_windings_stays_empty),
        cmocka_unit_test(an_outline_is_as_wide_as_asked_and_leaves_the_inside),
        cmocka_unit_test(a_slanted_line_has_its_width_in_every_row),
        cmocka_unit_test(everything_outside_is_clipped),
        cmocka_unit_test(a_mask_tints_only_what_is_set),
        cmocka_unit_test(text_is_as_wide_as_promised_and_one_cell_a_character),
        cmocka_unit_test(no_two_characters_look_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
