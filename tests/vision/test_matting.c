/* Alpha and clean colours of synthetic objects whose true alpha is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "vision/matting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int size;
    float radius, soft; /* pixels; alpha falls from 1 to 0 over `soft` */
    uint8_t object[3], ground[3];
    int noise;
} Disc;

static const Disc red_on_gray = { 400, 120, 3, { 190, 40, 50 }, { 120, 130, 125 }, 4 };

static float disc_alpha(const Disc *d, int x, int y)
{
    float c = (float)d->size / 2 - 0.5f;
    float a = (d->radius - hypotf((float)x - c, (float)y - c)) / d->soft + 0.5f;
    return a < 0 ? 0 : a > 1 ? 1 : a;
}

static void disc_draw(const Disc *d, Image *rgb)
{
    Err err = { 0 };
    Rng rng;
    rng_init(&rng, 5);
    assert_true(image_init(rgb, d->size, d->size, 3, &err));
    for (int y = 0; y < d->size; y++)
        for (int x = 0; x < d->size; x++)
            for (int c = 0; c < 3; c++) {
                float a = disc_alpha(d, x, y);
                float v =
                    a * d->object[c] + (1 - a) * d->ground[c] + (float)rng_int(&rng, -d->noise, d->noise);
                image_at(rgb, x, y)[c] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5f);
            }
}

/* A rough hand's mask: the disc's radius is wrong by `off` pixels, with a wave of `wave` pixels. */
static void disc_mask(const Disc *d, float off, float wave, Image *mask)
{
    Err err = { 0 };
    float c = (float)d->size / 2 - 0.5f;
    assert_true(image_init(mask, d->size, d->size, 1, &err));
    for (int y = 0; y < d->size; y++)
        for (int x = 0; x < d->size; x++) {
            float angle = atan2f((float)y - c, (float)x - c);
            float r = d->radius + off + wave * sinf(9 * angle);
            *image_at(mask, x, y) = hypotf((float)x - c, (float)y - c) < r ? 255 : 0;
        }
}

/* Mean of |alpha - truth| in levels of 255 over the pixels within `reach` of the true edge. */
static float edge_error(const Disc *d, const Image *alpha, float reach)
{
    float c = (float)d->size / 2 - 0.5f, sum = 0;
    int count = 0;
    for (int y = 0; y < d->size; y++)
        for (int x = 0; x < d->size; x++)
            if (fabsf(hypotf((float)x - c, (float)y - c) - d->radius) < reach) {
                sum += fabsf((float)*image_at(alpha, x, y) - 255 * disc_alpha(d, x, y));
                count++;
            }
    return sum / (float)count;
}

static void a_rough_mask_is_pulled_to_the_edge_in_the_photo(void **state)
{
    (void)state;
    Err err = { 0 };
    Image rgb, mask, alpha;
    disc_draw(&red_on_gray, &rgb);
    disc_mask(&red_on_gray, 0.5f, 1.0f, &mask);
    assert_true(matte_refine(&alpha, &rgb, &mask, &err));
    float before = edge_error(&red_on_gray, &mask, 4), after = edge_error(&red_on_gray, &alpha, 4);
    assert_true(after < 0.6f * before);
    assert_int_equal(*image_at(&alpha, 200, 200), 255);
    assert_int_equal(*image_at(&alpha, 5, 5), 0);
    image_clear(&rgb);
    image_clear(&mask);
    image_clear(&alpha);
}

static void where_colours_do_not_tell_the_masks_own_edge_stays(void **state)
{
    (void)state;
    Disc same = red_on_gray;
    memcpy(same.object, same.ground, 3);
    same.soft = 1;
    Err err = { 0 };
    Image rgb, mask, alpha;
    disc_draw(&same, &rgb);
    disc_mask(&same, 0, 0, &mask);
    assert_true(matte_refine(&alpha, &rgb, &mask, &err));
    assert_true(edge_error(&same, &alpha, 4) < 20); /* one pixel of softening over 8 pixels */
    image_clear(&rgb);
    image_clear(&mask);
    image_clear(&alpha);
}

static void empty_and_full_masks_stay_as_they_are(void **state)
{
    (void)state;
    for (int side = 1; side < 40; side += 13) {
        Err err = { 0 };
        Image rgb, mask, alpha;
        assert_true(image_init(&rgb, side, 2 * side, 3, &err));
        assert_true(image_init(&mask, side, 2 * side, 1, &err));
        assert_true(matte_refine(&alpha, &rgb, &mask, &err));
        for (size_t i = 0; i < image_bytes(&alpha); i++)
            assert_int_equal(alpha.data[i], 0);
        image_clear(&alpha);
        memset(mask.data, 255, image_bytes(&mask));
        assert_true(matte_refine(&alpha, &rgb, &mask, &err));
        for (size_t i = 0; i < image_bytes(&alpha); i++)
            assert_int_equal(alpha.data[i], 255);
        image_clear(&alpha);
        image_clear(&mask);
        image_clear(&rgb);
    }
}

static void a_mask_of_another_size_is_refused(void **state)
{
    (void)state;
    Err err = { 0 };
    Image rgb, mask, alpha;
    assert_true(image_init(&rgb, 8, 8, 3, &err));
    assert_true(image_init(&mask, 8, 9, 1, &err));
    assert_false(matte_refine(&alpha, &rgb, &mask, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_true(image_empty(&alpha));
    assert_false(matte_clean_colours(&rgb, &mask, &err));
    image_clear(&rgb);
    image_clear(&mask);
}

static void an_object_on_white_gets_its_true_alpha(void **state)
{
    (void)state;
    static const Disc discs[] = {
        { 120, 40, 2, { 30, 60, 120 }, { 255, 255, 255 }, 0 },
        { 121, 40, 2, { 200, 190, 180 }, { 248, 249, 247 }, 2 },
    };
    for (size_t i = 0; i < sizeof discs / sizeof *discs; i++) {
        Err err = { 0 };
        Image rgb, alpha;
        disc_draw(&discs[i], &rgb);
        assert_true(matte_from_white(&alpha, &rgb, &err));
        assert_true(edge_error(&discs[i], &alpha, 3) < 16);
        assert_int_equal(*image_at(&alpha, 60, 60), 255);
        assert_int_equal(*image_at(&alpha, 1, 60), 0);
        image_clear(&rgb);
        image_clear(&alpha);
    }
}

static void white_inside_the_object_stays_object(void **state)
{
    (void)state;
    Disc d = { 100, 35, 1, { 20, 90, 40 }, { 255, 255, 255 }, 0 };
    Err err = { 0 };
    Image rgb, alpha;
    disc_draw(&d, &rgb);
    for (int y = 40; y < 60; y++)
        memset(image_at(&rgb, 40, y), 255, 3 * 20);
    assert_true(matte_from_white(&alpha, &rgb, &err));
    for (int y = 40; y < 60; y++)
        for (int x = 40; x < 60; x++)
            assert_int_equal(*image_at(&alpha, x, y), 255);
    image_clear(&rgb);
    image_clear(&alpha);
}

static void a_photo_without_white_border_is_all_object(void **state)
{
    (void)state;
    Err err = { 0 };
    Image rgb, alpha;
    disc_draw(&red_on_gray, &rgb);
    assert_true(matte_from_white(&alpha, &rgb, &err));
    for (size_t i = 0; i < image_bytes(&alpha); i++)
        assert_int_equal(alpha.data[i], 255);
    image_clear(&rgb);
    image_clear(&alpha);
}

static void no_background_is_left_in_the_colours_of_soft_pixels(void **state)
{
    (void)state;
    Disc d = { 150, 50, 6, { 190, 40, 50 }, { 40, 200, 60 }, 0 };
    Err err = { 0 };
    Image rgb, alpha;
    disc_draw(&d, &rgb);
    assert_true(image_init(&alpha, d.size, d.size, 1, &err));
    for (int y = 0; y < d.size; y++)
        for (int x = 0; x < d.size; x++)
            *image_at(&alpha, x, y) = (uint8_t)(255 * disc_alpha(&d, x, y) + 0.5f);
    assert_true(matte_clean_colours(&rgb, &alpha, &err));
    for (int y = 0; y < d.size; y++)
        for (int x = 0; x < d.size; x++)
            for (int c = 0; c < 3; c++) /* weights of nearly solid pixels let a few levels of green in */
                assert_in_range(image_at(&rgb, x, y)[c], d.object[c] - 12, d.object[c] + 12);
    image_clear(&rgb);
    image_clear(&alpha);
}

static void colours_stay_where_alpha_is_full_or_nowhere(void **state)
{
    (void)state;
    Err err = { 0 };
    Image rgb, copy, alpha;
    disc_draw(&red_on_gray, &rgb);
    assert_true(image_copy(&copy, &rgb, &err));
    assert_true(image_init(&alpha, rgb.width, rgb.height, 1, &err));
    assert_true(matte_clean_colours(&rgb, &alpha, &err));
    assert_memory_equal(rgb.data, copy.data, image_bytes(&rgb));
    memset(alpha.data, 255, image_bytes(&alpha));
    assert_true(matte_clean_colours(&rgb, &alpha, &err));
    assert_memory_equal(rgb.data, copy.data, image_bytes(&rgb));
    image_clear(&rgb);
    image_clear(&copy);
    image_clear(&alpha);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rough_mask_is_pulled_to_the_edge_in_the_photo),
        cmocka_unit_test(where_colours_do_not_tell_the_masks_own_edge_stays),
        cmocka_unit_test(empty_and_full_masks_stay_as_they_are),
        cmocka_unit_test(a_mask_of_another_size_is_refused),
        cmocka_unit_test(an_object_on_white_gets_its_true_alpha),
        cmocka_unit_test(white_inside_the_object_stays_object),
        cmocka_unit_test(a_photo_without_white_border_is_all_object),
        cmocka_unit_test(no_background_is_left_in_the_colours_of_soft_pixels),
        cmocka_unit_test(colours_stay_where_alpha_is_full_or_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
