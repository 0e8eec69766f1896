/* Cutting objects out, against the masks that pictures were made with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "vision/codec.h"
#include "vision/grabcut.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is common ---- */

static double overlap(const Image *a, const Image *b)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < image_bytes(a); i++) {
        both += a->data[i] > 127 && b->data[i] > 127;
        either += a->data[i] > 127 || b->data[i] > 127;
    }
    return either ? (double)both / (double)either : 1;
}

static PixelBox bounds(const Image *mask)
{
    PixelBox b = { mask->width, mask->height, -1, -1 };
    for (int y = 0; y < mask->height; y++)
        for (int x = 0; x < mask->width; x++)
            if (image_at(mask, x, y)[0] > 127) {
                b.x0 = x < b.x0 ? x : b.x0;
                b.x1 = x > b.x1 ? x : b.x1;
                b.y0 = y < b.y0 ? y : b.y0;
                b.y1 = y > b.y1 ? y : b.y1;
            }
    return b;
}

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

/* ---- pictures that tell nothing ---- */

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
        cmocka_unit_test(a_picture_of_one_colour_is_cut_without_a_fuss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
