/* What a person may ask of a segmenter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vision/mask_prompt.h"

#include <math.h>
#include <string.h>

static const Image picture = { 40, 30, 3, (uint8_t[40 * 30 * 3]){ 0 } };

static ErrKind refusal(const MaskPrompt *p)
{
    Err err = { 0 };
    return mask_prompt_check(p, &picture, &err) ? ERR_NONE : err.kind;
}

static ErrKind refusal_of_point(float x, float y)
{
    MaskPoint point = { x, y, true };
    return refusal(&(MaskPrompt){ .points = &point, .point_count = 1 });
}

static ErrKind refusal_of_box(float x0, float y0, float x1, float y1)
{
    float box[] = { x0, y0, x1, y1 };
    return refusal(&(MaskPrompt){ .box = box });
}

static void a_point_may_be_anywhere_on_a_pixel_of_the_picture(void **state)
{
    (void)state;
    assert_int_equal(refusal_of_point(0, 0), ERR_NONE);
    assert_int_equal(refusal_of_point(-0.5f, -0.5f), ERR_NONE);
    assert_int_equal(refusal_of_point(39.5f, 29.5f), ERR_NONE);
    assert_int_equal(refusal_of_point(39.6f, 0), ERR_USAGE);
    assert_int_equal(refusal_of_point(0, 29.6f), ERR_USAGE);
    assert_int_equal(refusal_of_point(-0.6f, 0), ERR_USAGE);
    assert_int_equal(refusal_of_point(1e30f, 0), ERR_USAGE);
    assert_int_equal(refusal_of_point(0, NAN), ERR_USAGE);
    assert_int_equal(refusal_of_point(-INFINITY, 0), ERR_USAGE);
}

static void a_box_must_hold_the_centre_of_a_pixel(void **state)
{
    (void)state;
    assert_int_equal(refusal_of_box(5, 5, 5, 5), ERR_NONE);
    assert_int_equal(refusal_of_box(9, 9, 3, 3), ERR_NONE); /* any two opposite corners */
    assert_int_equal(refusal_of_box(-1e30f, -1e30f, 1e30f, 1e30f), ERR_NONE);
    assert_int_equal(refusal_of_box(5.2f, 5, 5.8f, 9), ERR_USAGE);
    assert_int_equal(refusal_of_box(-9, 5, -1, 9), ERR_USAGE);
    assert_int_equal(refusal_of_box(40, 5, 50, 9), ERR_USAGE);
    assert_int_equal(refusal_of_box(0, 30, 9, 31), ERR_USAGE);
    assert_int_equal(refusal_of_box(0, 0, NAN, 9), ERR_USAGE);
}

static void a_box_covers_the_pixels_whose_centres_lie_in_it(void **state)
{
    (void)state;
    PixelBox b = mask_prompt_box((float[]){ 9.9f, 8.5f, 3.1f, -1e30f }, 40, 30);
    assert_int_equal(b.x0, 4);
    assert_int_equal(b.x1, 9);
    assert_int_equal(b.y0, 0);
    assert_int_equal(b.y1, 8);
    b = mask_prompt_box((float[]){ 0, 0, 1e30f, 1e30f }, 40, 30);
    assert_int_equal(b.x1, 39);
    assert_int_equal(b.y1, 29);
}

static void something_must_say_where_the_object_is(void **state)
{
    (void)state;
    uint8_t pixels[40 * 30] = { 0 };
    Image plane = { 40, 30, 1, pixels };
    MaskPoint negative = { 1, 1, false };
    MaskPrompt strokes = { .points = &negative, .point_count = 1, .strokes = &plane };
    assert_int_equal(refusal(&(MaskPrompt){ 0 }), ERR_USAGE);
    assert_int_equal(refusal(&strokes), ERR_USAGE);
    pixels[7] = STROKE_BACKGROUND;
    assert_int_equal(refusal(&strokes), ERR_USAGE);
    pixels[1199] = STROKE_OBJECT;
    assert_int_equal(refusal(&strokes), ERR_NONE);
    assert_int_equal(refusal(&(MaskPrompt){ .start = &plane }), ERR_NONE);
}

static void planes_of_another_size_and_too_many_points_are_refused(void **state)
{
    (void)state;
    Image narrow = { 39, 30, 1, picture.data };
    MaskPoint point = { 1, 1, true };
    assert_int_equal(refusal(&(MaskPrompt){ .start = &narrow }), ERR_INPUT);
    assert_int_equal(refusal(&(MaskPrompt){ .start = &picture }), ERR_INPUT);
    assert_int_equal(refusal(&(MaskPrompt){ .points = &point, .point_count = 1, .strokes = &narrow }),
                     ERR_INPUT);
    assert_int_equal(refusal(&(MaskPrompt){ .points = &point, .point_count = MASK_POINTS_MAX + 1 }),
                     ERR_USAGE);
}

static void strokes_set_and_clear_their_pixels_and_no_others(void **state)
{
    (void)state;
    uint8_t mask[] = { 0, 255, 0, 255, 255 }, stroke[] = { STROKE_OBJECT, STROKE_BACKGROUND, 0, 0, 77 };
    Image m = { 5, 1, 1, mask }, s = { 5, 1, 1, stroke };
    mask_apply_strokes(&m, &s);
    assert_memory_equal(mask, ((uint8_t[]){ 255, 0, 0, 255, 255 }), 5);
    mask_apply_strokes(&m, NULL);
    assert_memory_equal(mask, ((uint8_t[]){ 255, 0, 0, 255, 255 }), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_may_be_anywhere_on_a_pixel_of_the_picture),
        cmocka_unit_test(a_box_must_hold_the_centre_of_a_pixel),
        cmocka_unit_test(a_box_covers_the_pixels_whose_centres_lie_in_it),
        cmocka_unit_test(something_must_say_where_the_object_is),
        cmocka_unit_test(planes_of_another_size_and_too_many_points_are_refused),
        cmocka_unit_test(strokes_set_and_clear_their_pixels_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
