/* What the photo of a turned body says about its shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "roles/relief/lathe.h"
#include "roles/relief/well.h"
#include "vision/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Image rgb, alpha;
    Cutout cutout;
    Lathe lathe;
    Well well;
} Body;

static void body_measure(Body *b)
{
    Err err = { 0 };
    assert_true(cutout_init(&b->cutout, &b->rgb, &b->alpha, &err));
    assert_true(lathe_init(&b->lathe, &b->cutout, 3.2f * b->cutout.extent, &err));
    assert_true(well_find(&b->well, &b->lathe, &b->cutout, &err));
}

static void body_clear(Body *b)
{
    lathe_clear(&b->lathe);
    cutout_clear(&b->cutout);
    image_clear(&b->rgb);
    image_clear(&b->alpha);
}

/* The formula in examples/mug/shape.c: the camera looks down by 17 degrees; outer radius 0.42, wall 0.044, the
 * drink 0.073 under the rim's middle. The rim is rounded, so that a tenth of the radius is what the depth can
 * be known to; a degree and a half of tilt is two rows of the opening's arc of 26. */
static void the_mug_is_measured_as_its_formula_has_it(void **state)
{
    (void)state;
    Err err = { 0 };
    char path[1024];
    Body b = { 0 };
    snprintf(path, sizeof path, "%s/examples/mug.png", getenv("FACET_SOURCE"));
    assert_true(image_load(&b.rgb, path, &(DecodeOptions){ .channels = 3 }, &err));
    snprintf(path, sizeof path, "%s/examples/mug_mask.png", getenv("FACET_SOURCE"));
    assert_true(image_load(&b.alpha, path, &(DecodeOptions){ .channels = 1 }, &err));
    body_measure(&b);
    assert_true(b.lathe.turned && !b.lathe.square && b.well.open);
    assert_true(fabsf(b.lathe.tilt * 180 / 3.14159265f - 17) < 1.5f);
    float radius = b.lathe.ring[0].radius;
    assert_true(fabsf(b.well.radius / radius - (0.42f - 0.044f) / 0.42f) < 0.04f);
    assert_true(fabsf(b.well.depth / radius - 0.073f / 0.42f) < 0.05f);
    body_clear(&b);
}

static void drawn_init(Body *b, int width, int height)
{
    Err err = { 0 };
    *b = (Body){ 0 };
    assert_true(image_init(&b->rgb, width, height, 3, &err));
    assert_true(image_init(&b->alpha, width, height, 1, &err));
}

static void drawn_set(Body *b, int x, int y, int grey)
{
    *image_at(&b->alpha, x, y) = 255;
    memset(image_at(&b->rgb, x, y), grey, 3);
}

/* A rim of another colour, and a spot in the middle: a hole would hide its near part. */
static void a_can_with_a_lid_has_no_opening(void **state)
{
    (void)state;
    for (int spot = 0; spot < 2; spot++) {
        Body b;
        drawn_init(&b, 200, 300);
        for (int y = 0; y < 300; y++)
            for (int x = 0; x < 200; x++) {
                float u = ((float)x - 99.5f) / 80, v = ((float)y - 60) / 25, w = ((float)y - 240) / 25;
                float d = u * u + v * v;
                bool side = fabsf(u) <= 1 && y >= 60 && y <= 240;
                if (d <= 1 || side || u * u + w * w <= 1)
                    drawn_set(&b, x, y, d > 1 ? 60 : spot ? (d < 0.2f ? 20 : 200) : d > 0.8f ? 230 : 180);
            }
        body_measure(&b);
        assert_true(b.lathe.turned && b.lathe.arc > 0 && !b.well.open);
        body_clear(&b);
    }
}

/* Lambert's law makes the edge of a cylinder dark, in light from the camera. */
static void an_evenly_lit_rectangle_is_a_box_and_a_shaded_one_is_a_cylinder(void **state)
{
    (void)state;
    for (int shaded = 0; shaded < 2; shaded++) {
        Body b;
        drawn_init(&b, 120, 160);
        for (int y = 20; y < 140; y++)
            for (int x = 20; x < 100; x++) {
                float u = ((float)x - 59.5f) / 40;
                drawn_set(&b, x, y, shaded ? (int)(200 * sqrtf(1 - u * u)) : 200);
            }
        body_measure(&b);
        assert_true(b.lathe.turned);
        assert_int_equal(b.lathe.square, !shaded);
        body_clear(&b);
    }
}

/* A round sign and a ball. */
static void a_flat_symmetric_thing_is_not_turned_and_a_ball_is(void **state)
{
    (void)state;
    for (int shaded = 0; shaded < 2; shaded++) {
        Body b;
        drawn_init(&b, 140, 140);
        for (int y = 0; y < 140; y++)
            for (int x = 0; x < 140; x++) {
                float u = ((float)x - 69.5f) / 60, v = ((float)y - 69.5f) / 60, d = u * u + v * v;
                if (d < 1)
                    drawn_set(&b, x, y, shaded ? (int)(60 + 160 * sqrtf(1 - d)) : 200);
            }
        body_measure(&b);
        assert_int_equal(b.lathe.turned, shaded);
        body_clear(&b);
    }
}

static void a_ring_is_not_turned(void **state)
{
    (void)state;
    Body b;
    drawn_init(&b, 120, 120);
    for (int y = 0; y < 120; y++)
        for (int x = 0; x < 120; x++) {
            float d = hypotf((float)x - 59.5f, (float)y - 59.5f);
            if (d < 55 && d > 30)
                drawn_set(&b, x, y, 100);
        }
    body_measure(&b);
    assert_false(b.lathe.turned);
    body_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mug_is_measured_as_its_formula_has_it),
        cmocka_unit_test(a_can_with_a_lid_has_no_opening),
        cmocka_unit_test(an_evenly_lit_rectangle_is_a_box_and_a_shaded_one_is_a_cylinder),
        cmocka_unit_test(a_flat_symmetric_thing_is_not_turned_and_a_ball_is),
        cmocka_unit_test(a_ring_is_not_turned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
