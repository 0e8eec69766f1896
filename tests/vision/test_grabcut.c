/* Cutting objects out, against the masks that pictures were made with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mask_measure.h"

#include "base/file.h"
#include "base/rng.h"
#include "vision/codec.h"
#include "vision/grabcut.h"
#include "vision/resample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is common ---- */

static Image blank(int width, int height, int channels)
{
    Image im;
    Err err = { 0 };
    if (!image_init(&im, width, height, channels, &err))
        fail_msg("%s", err.msg);
    return im;
}

static Image example(const char *name, int channels)
{
    Image im;
    Err err = { 0 };
    char *path = path_join(getenv("FACET_SOURCE"), name);
    if (!image_load(&im, path, &(DecodeOptions){ .channels = channels }, &err))
        fail_msg("%s", err.msg);
    free(path);
    return im;
}

static Grabcut *opened(const Image *rgb)
{
    Grabcut *g;
    Err err = { 0 };
    if (!grabcut_open(&g, rgb, &err))
        fail_msg("%s", err.msg);
    return g;
}

static Image cut(Grabcut *g, const MaskPrompt *p)
{
    Image mask;
    float score;
    Err err = { 0 };
    if (!grabcut_cut(g, p, NULL, &mask, &score, &err))
        fail_msg("%s", err.msg);
    assert_true(score >= 0 && score <= 1);
    for (size_t i = 0; i < image_bytes(&mask); i++)
        assert_true(mask.data[i] == 0 || mask.data[i] == 255);
    return mask;
}

/* ---- the example ---- */

static void the_example_mug_is_cut_out_of_any_box_around_it(void **state)
{
    (void)state;
    Image photo = example("examples/mug.png", 3), truth = example("examples/mug_mask.png", 1);
    PixelBox b = bounds(&truth);
    Grabcut *g = opened(&photo);
    Rng r;
    rng_init(&r, 1);
    for (int i = 0; i < 12; i++) {
        int near = i < 9 ? 10 : 0, far = i < 9 ? 30 : 80;
        float box[] = { (float)(b.x0 - rng_int(&r, near, far)), (float)(b.y0 - rng_int(&r, near, far)),
                        (float)(b.x1 + rng_int(&r, near, far)), (float)(b.y1 + rng_int(&r, near, far)) };
        Image mask = cut(g, &(MaskPrompt){ .box = box });
        double iou = overlap(&mask, &truth);
        print_message("box %g,%g,%g,%g: IoU %.4f\n", (double)box[0], (double)box[1], (double)box[2],
                      (double)box[3], iou);
        assert_true(iou >= 0.97);
        image_clear(&mask);
    }
    grabcut_close(g);
    image_clear(&photo);
    image_clear(&truth);
}

static void the_example_mug_is_cut_out_at_every_size(void **state)
{
    (void)state;
    static const int sides[] = { 200, 640, 1300, 2600 };
    Image photo = example("examples/mug.png", 3), truth = example("examples/mug_mask.png", 1);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        Image small, small_truth;
        Err err = { 0 };
        assert_true(image_resize(&small, &photo, sides[i], sides[i], RESAMPLE_BILINEAR, &err));
        assert_true(image_resize(&small_truth, &truth, sides[i], sides[i], RESAMPLE_BILINEAR, &err));
        PixelBox b = bounds(&small_truth);
        float away = (float)sides[i] / 50;
        float box[] = { (float)b.x0 - away, (float)b.y0 - away, (float)b.x1 + away, (float)b.y1 + away };
        Grabcut *g = opened(&small);
        Image mask = cut(g, &(MaskPrompt){ .box = box });
        double iou = overlap(&mask, &small_truth);
        print_message("%d x %d: IoU %.4f\n", sides[i], sides[i], iou);
        assert_true(iou >= 0.97);
        image_clear(&mask);
        image_clear(&small);
        image_clear(&small_truth);
        grabcut_close(g);
    }
    image_clear(&photo);
    image_clear(&truth);
}

static void points_on_its_materials_are_enough_for_the_mug(void **state)
{
    (void)state;
    static const MaskPoint points[] = { { 450, 420, true }, { 450, 300, true }, { 400, 600, true },
                                        { 450, 250, true }, { 560, 210, true }, { 100, 100, false },
                                        { 100, 800, false } };
    Image photo = example("examples/mug.png", 3), truth = example("examples/mug_mask.png", 1);
    Grabcut *g = opened(&photo);
    Image mask = cut(g, &(MaskPrompt){ .points = points, .point_count = 7 });
    double iou = overlap(&mask, &truth);
    print_message("5 points on it, 2 beside it: IoU %.4f\n", iou);
    assert_true(iou >= 0.97);
    image_clear(&mask);
    grabcut_close(g);
    image_clear(&photo);
    image_clear(&truth);
}

static void a_negative_point_takes_what_looks_like_it_out_of_an_earlier_mask_and_leaves_the_rest(void **state)
{
    (void)state;
    Image photo = example("examples/mug.png", 3), truth = example("examples/mug_mask.png", 1), filled;
    Err err = { 0 };
    assert_true(image_copy(&filled, &truth, &err));
    for (int y = 400; y < 640; y++) /* the hole of the handle is taken for object */
        memset(image_at(&filled, 700, y), 255, 140);
    assert_true(overlap(&filled, &truth) < 0.94);
    static const MaskPoint point = { 765, 520, false };
    Grabcut *g = opened(&photo);
    Image mask = cut(g, &(MaskPrompt){ .points = &point, .point_count = 1, .start = &filled });
    double iou = overlap(&mask, &truth);
    print_message("a point in the hole: IoU %.4f, before %.4f\n", iou, overlap(&filled, &truth));
    assert_true(iou >= 0.97);
    image_clear(&mask);
    mask = cut(g, &(MaskPrompt){ .start = &truth });
    assert_true(overlap(&mask, &truth) >= 0.97); /* a good mask stays */
    image_clear(&mask);
    image_clear(&filled);
    grabcut_close(g);
    image_clear(&photo);
    image_clear(&truth);
}

/* ---- a picture that is made here ---- */

/* A red disc with a hole on noisy grey, and its mask. */
static Image disc(int side, Image *truth)
{
    Image im = blank(side, side, 3);
    Rng r;
    rng_init(&r, 5);
    *truth = blank(side, side, 1);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            double away = hypot(x - side * 0.5, y - side * 0.45);
            bool object = away < side * 0.3 && away > side * 0.08;
            uint8_t *p = image_at(&im, x, y);
            int noise = rng_int(&r, -12, 12);
            p[0] = (uint8_t)((object ? 190 : 110) + noise);
            p[1] = (uint8_t)((object ? 60 : 115) + noise);
            p[2] = (uint8_t)((object ? 50 : 105) + noise);
            image_at(truth, x, y)[0] = object ? 255 : 0;
        }
    return im;
}

static void a_disc_with_a_hole_is_found_from_a_box_and_from_a_point(void **state)
{
    (void)state;
    static const int sides[] = { 33, 100, 257, 1500 };
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        Image truth, im = disc(sides[i], &truth);
        Grabcut *g = opened(&im);
        float s = (float)sides[i], box[] = { 0.1f * s, 0.1f * s, 0.9f * s, 0.8f * s };
        MaskPoint point = { 0.5f * s, 0.25f * s, true };
        for (int way = 0; way < 2; way++) {
            Image mask = cut(g, way ? &(MaskPrompt){ .points = &point, .point_count = 1 }
                                    : &(MaskPrompt){ .box = box });
            double iou = overlap(&mask, &truth);
            /* At 33 pixels a side the border is a fifth of the object. */
            assert_true(iou > (sides[i] < 50 ? 0.9 : 0.97));
            image_clear(&mask);
        }
        grabcut_close(g);
        image_clear(&im);
        image_clear(&truth);
    }
}

static void strokes_and_points_hold_against_all_colours(void **state)
{
    (void)state;
    Image truth, im = disc(200, &truth), strokes = blank(200, 200, 1);
    for (int k = 0; k < 40; k++) {
        image_at(&strokes, 100 + k / 2, 30 + k)[0] = STROKE_BACKGROUND; /* across the object's upper part */
        image_at(&strokes, 5 + k, 190)[0] = STROKE_OBJECT; /* a place in the background, outside the box */
    }
    MaskPoint points[] = { { 60, 90, false }, { 199, 0, true } };
    float box[] = { 20, 15, 180, 160 };
    Grabcut *g = opened(&im);
    Image mask = cut(g, &(MaskPrompt){ .box = box, .strokes = &strokes, .points = points, .point_count = 2 });
    for (size_t i = 0; i < image_bytes(&mask); i++)
        if (strokes.data[i])
            assert_int_equal(mask.data[i], strokes.data[i] == STROKE_OBJECT ? 255 : 0);
    assert_int_equal(image_at(&mask, 60, 90)[0], 0);
    assert_int_equal(image_at(&mask, 199, 0)[0], 255);
    assert_int_equal(image_at(&mask, 0, 100)[0], 0); /* all else outside of the box is background */
    image_clear(&mask);
    grabcut_close(g);
    image_clear(&im);
    image_clear(&truth);
    image_clear(&strokes);
}

static void the_same_prompt_gives_the_same_mask(void **state)
{
    (void)state;
    Image truth, im = disc(300, &truth);
    float box[] = { 30, 20, 280, 250 };
    MaskPoint point = { 150, 135, true };
    Grabcut *g = opened(&im);
    Image a = cut(g, &(MaskPrompt){ .box = box });
    Image other = cut(g, &(MaskPrompt){ .points = &point, .point_count = 1 }),
          b = cut(g, &(MaskPrompt){ .box = box });
    assert_memory_equal(a.data, b.data, image_bytes(&a));
    image_clear(&a);
    image_clear(&b);
    image_clear(&other);
    grabcut_close(g);
    image_clear(&im);
    image_clear(&truth);
}

static void a_cancelled_cut_says_so_and_leaves_nothing(void **state)
{
    (void)state;
    Image truth, im = disc(100, &truth), mask;
    Err err = { 0 };
    float box[] = { 10, 10, 90, 90 }, score;
    atomic_bool cancel = true;
    Grabcut *g = opened(&im);
    assert_false(grabcut_cut(g, &(MaskPrompt){ .box = box }, &cancel, &mask, &score, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_null(mask.data);
    grabcut_close(g);
    image_clear(&im);
    image_clear(&truth);
}

static void pictures_that_are_not_rgb_and_prompts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    Image gray = blank(4, 4, 1), im = blank(4, 4, 3), mask;
    Err err = { 0 };
    float score, box[] = { 9, 9, 12, 12 };
    Grabcut *g;
    assert_false(grabcut_open(&g, &gray, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(g);
    grabcut_close(NULL);
    g = opened(&im);
    assert_false(grabcut_cut(g, &(MaskPrompt){ .box = box }, NULL, &mask, &score, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(mask.data);
    grabcut_close(g);
    image_clear(&gray);
    image_clear(&im);
}

/* ---- pictures that tell nothing ---- */

/* Every corner and size that fits, on noise. */
static void prompts_at_random_on_noise_never_break_it(void **state)
{
    (void)state;
    Rng r;
    rng_init(&r, 9);
    for (int round = 0; round < 60; round++) {
        int width = rng_int(&r, 1, round % 3 ? 40 : 600), height = rng_int(&r, 1, round % 2 ? 40 : 400);
        Image im = blank(width, height, 3), strokes = blank(width, height, 1),
              start = blank(width, height, 1);
        for (size_t i = 0; i < image_bytes(&im); i++)
            im.data[i] = (uint8_t)rng_int(&r, 0, 255);
        for (size_t i = 0; i < image_bytes(&strokes); i++) {
            strokes.data[i] = rng_int(&r, 0, 30) ? 0 : (uint8_t)rng_int(&r, 0, 3);
            start.data[i] = (uint8_t)rng_int(&r, 0, 255);
        }
        MaskPoint points[6];
        for (size_t i = 0; i < 6; i++)
            points[i] =
                (MaskPoint){ rng_range(&r, -0.5f, (float)width - 0.5f),
                             rng_range(&r, -0.5f, (float)height - 0.5f), i == 0 || rng_int(&r, 0, 1) };
        int x = rng_int(&r, 0, width - 1), y = rng_int(&r, 0, height - 1);
        float box[] = { (float)x, (float)y, (float)rng_int(&r, -5, width + 5),
                        (float)rng_int(&r, -5, height + 5) };
        Grabcut *g = opened(&im);
        Image mask = cut(g, &(MaskPrompt){ .points = points,
                                           .point_count = 6,
                                           .box = rng_int(&r, 0, 1) ? box : NULL,
                                           .strokes = rng_int(&r, 0, 1) ? &strokes : NULL,
                                           .start = rng_int(&r, 0, 1) ? &start : NULL });
        image_clear(&mask);
        grabcut_close(g);
        image_clear(&im);
        image_clear(&strokes);
        image_clear(&start);
    }
}

static void a_picture_of_one_colour_is_cut_without_a_fuss(void **state)
{
    (void)state;
    static const int sides[][2] = { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 2, 2 }, { 40, 30 }, { 700, 3 } };
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        Image flat = blank(sides[i][0], sides[i][1], 3);
        Grabcut *g = opened(&flat);
        float box[] = { 0, 0, (float)(flat.width - 1), (float)(flat.height - 1) };
        MaskPoint point = { 0, 0, true };
        Image mask = cut(g, &(MaskPrompt){ .box = box });
        image_clear(&mask);
        mask = cut(g, &(MaskPrompt){ .points = &point, .point_count = 1 });
        assert_int_equal(mask.data[0], 255);
        image_clear(&mask);
        grabcut_close(g);
        image_clear(&flat);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_mug_is_cut_out_of_any_box_around_it),
        cmocka_unit_test(the_example_mug_is_cut_out_at_every_size),
        cmocka_unit_test(points_on_its_materials_are_enough_for_the_mug),
        cmocka_unit_test(
            a_negative_point_takes_what_looks_like_it_out_of_an_earlier_mask_and_leaves_the_rest),
        cmocka_unit_test(a_disc_with_a_hole_is_found_from_a_box_and_from_a_point),
        cmocka_unit_test(strokes_and_points_hold_against_all_colours),
        cmocka_unit_test(the_same_prompt_gives_the_same_mask),
        cmocka_unit_test(a_cancelled_cut_says_so_and_leaves_nothing),
        cmocka_unit_test(pictures_that_are_not_rgb_and_prompts_that_cannot_be_are_refused),
        cmocka_unit_test(prompts_at_random_on_noise_never_break_it),
        cmocka_unit_test(a_picture_of_one_colour_is_cut_without_a_fuss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
