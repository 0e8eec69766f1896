/* Pictures at another size against Pillow's and OpenCV's. */
#include "../support.h"

#include "vision/resample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const method_names[] = { "bilinear", "bicubic", "lanczos", "fixed_linear" };

static int pair_at(const json_t *object, const char *key, size_t i)
{
    return (int)json_integer_value(json_array_get(json_object_get(object, key), i));
}

static void every_method_has_the_references_bytes(void **state)
{
    (void)state;
    for (int f = 0; f < 2; f++) {
        char *folder = golden_folder("vision", f);
        if (!folder)
            continue;
        json_t *index = golden_index(folder), *about;
        GoldenTensors *t = golden_tensors(folder, "resize");
        size_t i;
        json_array_foreach(json_object_get(json_object_get(index, "resize"), "resize"), i, about)
        {
            const char *name = json_string_value(json_object_get(about, "name"));
            Image in = golden_image(golden_find(t, "%s", json_string_value(json_object_get(about, "in"))));
            for (int m = 0; m < 4; m++)
                for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
                    Err err = { 0 };
                    Image out;
                    char what[64];
                    snprintf(what, sizeof what, "%s.%s", name, method_names[m]);
                    assert_true(image_resize_at(&out, &in, pair_at(about, "to", 0), pair_at(about, "to", 1),
                                                (ResampleMethod)m, level, &err));
                    assert_image_is_golden(&out, golden_find(t, "%s", what), what);
                    image_clear(&out);
                }
            image_clear(&in);
        }
        assert_true(i > 10);
        golden_tensors_close(t);
        json_decref(index);
        free(folder);
    }
}

/* The sources that index.json gives by formula. */
static Image formula_image(bool fine, int width, int height)
{
    Image im;
    Err err = { 0 };
    assert_true(image_init(&im, width, height, 3, &err));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                int t = (x * (c + 1) + y * (3 - c)) % 511;
                int v = fine      ? ((x * x * (c + 1) + y * y * (3 - c) + 5 * x * y) >> 6) & 255
                        : t < 256 ? t
                                  : 510 - t;
                image_at(&im, x, y)[c] = (uint8_t)v;
            }
    return im;
}

static uint32_t crc32_slow(const uint8_t *p, size_t n)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

static void big_pictures_scaled_to_1024_have_the_references_checksum(void **state)
{
    (void)state;
    for (int f = 0; f < 2; f++) {
        char *folder = golden_folder("vision", f);
        if (!folder)
            continue;
        json_t *index = golden_index(folder), *about;
        GoldenTensors *t = golden_tensors(folder, "resize");
        size_t i;
        json_array_foreach(json_object_get(json_object_get(index, "resize"), "longest_side_1024"), i, about)
        {
            const char *source = json_string_value(json_object_get(about, "source"));
            bool formula = strncmp(source, "formula_", 8) == 0;
            Image in = formula ? formula_image(strcmp(source, "formula_fine") == 0, pair_at(about, "from", 0),
                                               pair_at(about, "from", 1))
                               : golden_image(golden_find(t, "%s", source));
            Err err = { 0 };
            Image out;
            assert_true(image_resize(&out, &in, pair_at(about, "to", 0), pair_at(about, "to", 1),
                                     RESAMPLE_BILINEAR, &err));
            assert_int_equal(crc32_slow(out.data, image_bytes(&out)),
                             json_integer_value(json_object_get(about, "crc32")));
            image_clear(&in);
            image_clear(&out);
        }
        assert_true(i > 0);
        golden_tensors_close(t);
        json_decref(index);
        free(folder);
    }
}

static Image ramp(int width, int height, int channels)
{
    Image im;
    Err err = { 0 };
    assert_true(image_init(&im, width, height, channels, &err));
    for (size_t i = 0; i < image_bytes(&im); i++)
        im.data[i] = (uint8_t)(i * 37 + i / 11);
    return im;
}

/* Channels do not mix, so each channel alone must give what it gives in company. */
static void every_channel_is_resized_as_a_picture_of_its_own(void **state)
{
    (void)state;
    static const int sizes[][4] = { { 1, 1, 5, 3 },  { 1, 9, 1, 4 },    { 7, 1, 3, 1 },    { 5, 7, 5, 2 },
                                    { 13, 2, 1, 1 }, { 70, 67, 9, 80 }, { 33, 131, 66, 5 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int channels = 3; channels <= 4; channels++)
            for (int m = RESAMPLE_BILINEAR; m <= RESAMPLE_NEAREST; m++) {
                Image in = ramp(sizes[s][0], sizes[s][1], channels), one = ramp(sizes[s][0], sizes[s][1], 1);
                Image out, out1;
                Err err = { 0 };
                assert_true(image_resize(&out, &in, sizes[s][2], sizes[s][3], (ResampleMethod)m, &err));
                for (int c = 0; c < channels; c++) {
                    for (size_t i = 0; i < image_bytes(&one); i++)
                        one.data[i] = in.data[i * (size_t)channels + (size_t)c];
                    assert_true(image_resize(&out1, &one, sizes[s][2], sizes[s][3], (ResampleMethod)m, &err));
                    for (size_t i = 0; i < image_bytes(&out1); i++)
                        assert_int_equal(out1.data[i], out.data[i * (size_t)channels + (size_t)c]);
                    image_clear(&out1);
                }
                image_clear(&in);
                image_clear(&one);
                image_clear(&out);
            }
}

/* Sizes around those of tiles, strips and vectors, and so many taps that halves of the sum overflow where the whole does not. */
static void every_level_gives_the_bytes_of_the_plain_loops(void **state)
{
    (void)state;
    static const int sizes[][4] = { { 15, 16, 17, 15 },   { 65, 129, 64, 63 }, { 100, 63, 31, 200 },
                                    { 257, 64, 1, 64 },   { 1, 300, 1, 7 },    { 63, 2, 640, 3 },
                                    { 20000, 17, 2, 20 }, { 16, 60000, 16, 1 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1)
            for (int m = RESAMPLE_BILINEAR; m <= RESAMPLE_FIXED_LINEAR; m++) {
                Image in = ramp(sizes[s][0], sizes[s][1], channels), want, got;
                if (m == RESAMPLE_LANCZOS) /* extremes: sums beyond a byte on both sides */
                    for (size_t i = 0; i < image_bytes(&in); i++)
                        in.data[i] = in.data[i] < 128 ? 0 : 255;
                Err err = { 0 };
                assert_true(image_resize_at(&want, &in, sizes[s][2], sizes[s][3], (ResampleMethod)m,
                                            CPU_PLAIN, &err));
                for (CpuLevel level = CPU_PLAIN + 1; level <= cpu_level(); level++) {
                    assert_true(
                        image_resize_at(&got, &in, sizes[s][2], sizes[s][3], (ResampleMethod)m, level, &err));
                    assert_memory_equal(got.data, want.data, image_bytes(&want));
                    image_clear(&got);
                }
                image_clear(&in);
                image_clear(&want);
            }
}

static void nearest_takes_the_sample_at_or_before_the_scaled_place(void **state)
{
    (void)state;
    static const int want_up[7] = { 0, 0, 0, 1, 1, 2, 2 }; /* floor(i * 3 / 7) */
    static const int want_down[3] = { 0, 2, 4 };           /* floor(i * 7 / 3) */
    Err err = { 0 };
    Image three = { 3, 1, 1, (uint8_t[]){ 0, 1, 2 } },
          seven = { 1, 7, 1, (uint8_t[]){ 0, 1, 2, 3, 4, 5, 6 } }, out;
    assert_true(image_resize(&out, &three, 7, 1, RESAMPLE_NEAREST, &err));
    for (int i = 0; i < 7; i++)
        assert_int_equal(out.data[i], want_up[i]);
    image_clear(&out);
    assert_true(image_resize(&out, &seven, 1, 3, RESAMPLE_NEAREST, &err));
    for (int i = 0; i < 3; i++)
        assert_int_equal(out.data[i], want_down[i]);
    image_clear(&out);
}

static void the_same_size_is_a_copy_and_an_impossible_one_an_error(void **state)
{
    (void)state;
    Err err = { 0 };
    Image in = ramp(6, 5, 3), out;
    for (int m = RESAMPLE_BILINEAR; m <= RESAMPLE_NEAREST; m++) {
        assert_true(image_resize(&out, &in, 6, 5, (ResampleMethod)m, &err));
        assert_memory_equal(out.data, in.data, image_bytes(&in));
        image_clear(&out);
        assert_false(image_resize(&out, &in, 0, 5, (ResampleMethod)m, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_true(image_empty(&out));
    }
    image_clear(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_has_the_references_bytes),
        cmocka_unit_test(big_pictures_scaled_to_1024_have_the_references_checksum),
        cmocka_unit_test(every_channel_is_resized_as_a_picture_of_its_own),
        cmocka_unit_test(every_level_gives_the_bytes_of_the_plain_loops),
        cmocka_unit_test(nearest_takes_the_sample_at_or_before_the_scaled_place),
        cmocka_unit_test(the_same_size_is_a_copy_and_an_impossible_one_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
