/* The camera effects against Pillow's, OpenCV's and libjpeg's. */
#include "../support.h"
#include "jpeg_judge.h"

#include "vision/augment.h"
#include "vision/colour.h"
#include "vision/jpeg_passes.h"
#include "vision/motion_blur.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const json_t *index;
    const GoldenTensors *tensors;
} Golden;

static void for_each_folder(const char *group, void (*check)(Golden g))
{
    for (int f = 0; f < 2; f++) {
        char *folder = golden_folder("vision", f);
        if (!folder)
            continue;
        json_t *index = golden_index(folder);
        GoldenTensors *t = golden_tensors(folder, group);
        check((Golden){ json_object_get(index, group), t });
        golden_tensors_close(t);
        json_decref(index);
        free(folder);
    }
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* A picture of smooth shapes and of noise, so that both ends of every range occur. */
static Image picture(int width, int height, uint64_t seed)
{
    Image im;
    Err err = { 0 };
    Rng r;
    rng_init(&r, seed);
    assert_true(image_init(&im, width, height, 3, &err));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                image_at(&im, x, y)[c] =
                    (uint8_t)(x * y % 64 < 32 ? rng_u32(&r) : (unsigned)(2 * x + 5 * y * (c + 1)));
    return im;
}

static const int odd_sizes[][2] = { { 1, 1 },   { 1, 9 },    { 9, 1 },   { 2, 2 },   { 3, 5 },   { 4, 4 },
                                    { 5, 5 },   { 8, 8 },    { 15, 17 }, { 16, 16 }, { 17, 15 }, { 31, 33 },
                                    { 33, 2 },  { 1, 40 },   { 65, 7 },  { 64, 48 }, { 97, 61 }, { 241, 5 },
                                    { 256, 3 }, { 257, 35 }, { 272, 16 } };
enum { SIZES = sizeof odd_sizes / sizeof *odd_sizes };

/* --- colour -------------------------------------------------------------------------------------- */

/* The golden bytes come out with the vectors of every level of this machine. */
static void check_colour(GoldenTensor in, ColourChange change, double factor, GoldenTensor want,
                         const char *name)
{
    for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
        Image im = golden_image(in);
        colour_at(&im, change, factor, level);
        assert_image_is_golden(&im, want, name);
        image_clear(&im);
    }
}

static void check_bw(Golden g)
{
    size_t i;
    json_t *about;
    json_array_foreach(g.index, i, about)
    {
        const char *name = text_of(about, "name");
        check_colour(golden_find(g.tensors, "%s.in", name), COLOUR_BW, 1,
                     golden_find(g.tensors, "%s.out", name), name);
    }
    assert_true(i > 0);
}

static void black_and_white_has_pillows_bytes(void **state)
{
    (void)state;
    for_each_folder("bw", check_bw);
}

static void check_enhance(Golden g)
{
    size_t i;
    json_t *about;
    json_array_foreach(g.index, i, about)
    {
        const char *name = text_of(about, "name"), *op = text_of(about, "op");
        ColourChange change = strcmp(op, "saturation") == 0 ? COLOUR_SATURATION
                              : strcmp(op, "contrast") == 0 ? COLOUR_CONTRAST
                                                            : COLOUR_BRIGHTNESS;
        double factor = golden_real(golden_find(g.tensors, "%s.factor", name), 0);
        check_colour(golden_find(g.tensors, "%s", text_of(about, "in")), change, factor,
                     golden_find(g.tensors, "%s.out", name), name);
    }
    assert_true(i > 0);
}

static void saturation_contrast_and_brightness_have_pillows_bytes(void **state)
{
    (void)state;
    for_each_folder("enhance", check_enhance);
}

/* Sizes that no vector divides: the levels agree with the plain one, which the golden values judge. */
static void every_level_has_the_same_colours_at_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        for (ColourChange change = COLOUR_BW; change <= COLOUR_BRIGHTNESS; change++) {
            double factor = 0.1 + 0.13 * (double)i;
            Image want = picture(odd_sizes[i][0], odd_sizes[i][1], i);
            colour_at(&want, change, factor, CPU_PLAIN);
            for (CpuLevel level = CPU_PLAIN + 1; level <= cpu_level(); level++) {
                Image im = picture(odd_sizes[i][0], odd_sizes[i][1], i);
                colour_at(&im, change, factor, level);
                assert_memory_equal(im.data, want.data, image_bytes(&im));
                image_clear(&im);
            }
            image_clear(&want);
        }
}

static void saturation_leaves_a_gray_picture_as_it_is(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        uint8_t before[3] = { (uint8_t)i, (uint8_t)i, (uint8_t)i },
                after[3] = { before[0], before[0], before[0] };
        Image im = { 1, 1, 3, after };
        colour_saturation(&im, 0.013 * i);
        assert_memory_equal(before, after, 3);
    }
}

/* --- motion blur --------------------------------------------------------------------------------- */

static void check_lines(Golden g)
{
    size_t i;
    json_t *about;
    Tap taps[MOTION_BLUR_MAX];
    json_array_foreach(json_object_get(g.index, "kernels"), i, about)
    {
        const char *name = text_of(about, "name");
        int size = (int)number_of(about, "size"), n = motion_blur_line(taps, size, number_of(about, "angle"));
        Image line = golden_image(golden_find(g.tensors, "%s", name));
        assert_int_equal(n, (int)number_of(about, "taps"));
        for (int k = 0; k < n; k++)
            assert_int_equal((*image_at(&line, size / 2 + taps[k].x, size / 2 + taps[k].y))--, 1);
        for (size_t k = 0; k < image_bytes(&line); k++)
            assert_int_equal(line.data[k], 0);
        image_clear(&line);
    }
    assert_true(i > 100);
}

static void a_blurs_line_is_opencvs(void **state)
{
    (void)state;
    for_each_folder("motion_blur", check_lines);
}

static void check_blur(Golden g)
{
    size_t i;
    json_t *about;
    json_array_foreach(json_object_get(g.index, "blur"), i, about)
    {
        const char *name = text_of(about, "name");
        for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
            Err err = { 0 };
            Image im = golden_image(golden_find(g.tensors, "%s", text_of(about, "in")));
            assert_true(
                motion_blur_at(&im, (int)number_of(about, "size"), number_of(about, "angle"), level, &err));
            assert_image_is_golden(&im, golden_find(g.tensors, "%s.out", name), name);
            image_clear(&im);
        }
    }
    assert_true(i > 10);
}

static void motion_blur_has_opencvs_bytes(void **state)
{
    (void)state;
    for_each_folder("motion_blur", check_blur);
}

static int mirrored(int i, int n)
{
    while (n > 1 && (i < 0 || i >= n))
        i = i < 0 ? -i : 2 * (n - 1) - i;
    return n == 1 ? 0 : i;
}

/* The definition, a sum over the line for each sample. */
static Image blurred_slowly(const Image *in, int size, double angle)
{
    Image out;
    Err err = { 0 };
    Tap taps[MOTION_BLUR_MAX];
    int n = motion_blur_line(taps, size, angle);
    assert_true(image_copy(&out, in, &err));
    for (int y = 0; y < in->height; y++)
        for (int x = 0; x < in->width; x++)
            for (int c = 0; c < in->channels; c++) {
                unsigned sum = 0;
                for (int k = 0; k < n; k++)
                    sum += image_at(in, mirrored(x + taps[k].x, in->width),
                                    mirrored(y + taps[k].y, in->height))[c];
                image_at(&out, x, y)[c] = (uint8_t)((2 * sum + (unsigned)n) / (2 * (unsigned)n));
            }
    return out;
}

static void motion_blur_is_its_definition_at_any_size(void **state)
{
    (void)state;
    static const int kernels[] = { 1, 3, 21, 55, 127, 129, 257, 1001 };
    for (size_t i = 0; i < 3 * SIZES; i++) {
        int size = kernels[i % 8];
        double angle = 37.0 * (double)i;
        Image in = picture(odd_sizes[i % SIZES][0], odd_sizes[i % SIZES][1], i);
        Image want = blurred_slowly(&in, size, angle);
        for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
            Err err = { 0 };
            Image im;
            assert_true(image_copy(&im, &in, &err));
            assert_true(motion_blur_at(&im, size, angle, level, &err));
            assert_memory_equal(im.data, want.data, image_bytes(&im));
            image_clear(&im);
        }
        image_clear(&in);
        image_clear(&want);
    }
}

/* Lines of every slope make other pieces, and strips of the picture other edges. */
static void motion_blur_is_its_definition_at_every_angle(void **state)
{
    (void)state;
    Image in = picture(301, 67, 3);
    for (int i = 0; i < 180; i++) {
        int size = 3 + 2 * (i * 7 % 63);
        double angle = 2.03 * i;
        Err err = { 0 };
        Image im, want = blurred_slowly(&in, size, angle);
        assert_true(image_copy(&im, &in, &err));
        assert_true(motion_blur(&im, size, angle, &err));
        assert_memory_equal(im.data, want.data, image_bytes(&im));
        image_clear(&im);
        image_clear(&want);
    }
    image_clear(&in);
}

/* Wide pictures are done in strips, in place: what is beside a strip is written before it is read again. */
static void motion_blur_is_its_definition_across_strips(void **state)
{
    (void)state;
    static const int channels[] = { 1, 3, 4 };
    for (int i = 0; i < 24; i++) {
        int size = 15 + 8 * (i % 12), c = channels[i % 3];
        Err err = { 0 };
        Image im = picture(2400 / c + 7 * i, 2 + i / 3, (uint64_t)i);
        assert_true(image_to_channels(&im, c, &err));
        Image want = blurred_slowly(&im, size, 17.0 * i);
        assert_true(motion_blur(&im, size, 17.0 * i, &err));
        assert_memory_equal(im.data, want.data, image_bytes(&im));
        image_clear(&im);
        image_clear(&want);
    }
}

static void a_blur_of_one_colour_is_that_colour(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        Err err = { 0 };
        Image im;
        assert_true(image_init(&im, 5 + 13 * i, 70 - 3 * i, 1 + i % 4 / 2 * 2, &err));
        memset(im.data, 255 - 12 * i, image_bytes(&im));
        assert_true(motion_blur(&im, 1 + 10 * i, 31.0 * i, &err));
        for (size_t k = 0; k < image_bytes(&im); k++)
            assert_int_equal(im.data[k], 255 - 12 * i);
        image_clear(&im);
    }
}

/* The division by a reciprocal, for every sum that a line can have. */
static void every_mean_is_rounded_right(void **state)
{
    (void)state;
    Err err = { 0 };
    for (int taps = 3; taps <= 135; taps += taps < 55 ? 4 : 40)
        for (int ones = 0; ones <= taps;
             ones++) { /* a row with `ones` samples of 255 and one of k gives all sums */
            Image im;
            assert_true(image_init(&im, 256, taps, 1, &err));
            for (int y = 0; y < ones; y++)
                memset(image_at(&im, 0, y), 255, 256);
            if (ones < taps)
                for (int k = 0; k < 256; k++)
                    *image_at(&im, k, ones) = (uint8_t)k;
            assert_true(motion_blur(&im, taps, 90, &err));
            for (int k = 0; k < 256 && ones < taps; k++) {
                int sum = 255 * ones + k; /* the middle row's line is the whole column */
                assert_int_equal(*image_at(&im, k, taps / 2), (2 * sum + taps) / (2 * taps));
            }
            image_clear(&im);
        }
}

static void a_kernel_must_be_odd_and_not_too_long(void **state)
{
    (void)state;
    static const int wrong[] = { -1, 0, 2, 1002, 1003 };
    Image im = picture(5, 5, 1);
    for (size_t i = 0; i < 5; i++) {
        Err err = { 0 };
        assert_false(motion_blur(&im, wrong[i], 10, &err));
        assert_int_equal(err.kind, ERR_USAGE);
    }
    image_clear(&im);
}

/* --- compression --------------------------------------------------------------------------------- */

static void check_chains(Golden g)
{
    size_t i;
    json_t *about;
    json_array_foreach(g.index, i, about)
    {
        const char *name = text_of(about, "name");
        int quality[64];
        GoldenTensor q = golden_find(g.tensors, "%s.q", name);
        assert_true(q.dim[0] <= 64);
        for (size_t k = 0; k < q.dim[0]; k++)
            quality[k] = (int)golden_int(q, k);
        for (size_t passes = 1; passes <= q.dim[0]; passes++) {
            char what[64];
            snprintf(what, sizeof what, "%s.step.%zu", name, passes - 1);
            GoldenTensor want = passes == q.dim[0] ? golden_find(g.tensors, "%s.out", name)
                                                   : golden_find(g.tensors, "%s", what);
            if (!want.data)
                continue;
            for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
                Err err = { 0 };
                Image im = golden_image(golden_find(g.tensors, "%s", text_of(about, "in")));
                assert_true(jpeg_passes_at(&im, quality, (int)passes, level, &err));
                assert_image_is_golden(&im, want, what);
                image_clear(&im);
            }
        }
    }
    assert_true(i > 10);
}

static void compression_chains_have_libjpegs_bytes(void **state)
{
    (void)state;
    for_each_folder("compression", check_chains);
}

/* The passes give the wanted bytes with the vectors of every level of this machine, and the file that libjpeg
 * makes of the wanted picture at one more quality. */
static void check_all_levels(const Image *from, const Image *want, const int *quality, int passes)
{
    int chain[81] = { 0 };
    if (passes)
        memcpy(chain, quality, (size_t)passes * sizeof *quality);
    chain[passes] = passes ? quality[0] : 100;
    JpegBytes file = write_really(want, chain[passes]);
    for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
        Err err = { 0 };
        Image im;
        JpegBytes made;
        assert_true(image_copy(&im, from, &err));
        assert_true(jpeg_passes_at(&im, quality, passes, level, &err));
        assert_memory_equal(im.data, want->data, image_bytes(want));
        image_clear(&im);
        assert_true(image_copy(&im, from, &err));
        assert_true(jpeg_passes_file_at(&im, chain, passes + 1, level, &made, &err));
        assert_int_equal(made.size, file.size);
        assert_memory_equal(made.data, file.data, file.size);
        free(made.data);
        image_clear(&im);
    }
    free(file.data);
}

static void a_file_is_libjpegs_without_passes_before_it(void **state)
{
    (void)state;
    static const int qualities[] = { 1, 30, 75, 100 };
    for (size_t i = 0; i < SIZES; i++)
        for (size_t k = 0; k < sizeof qualities / sizeof *qualities; k++) {
            Image im = picture(odd_sizes[i][0], odd_sizes[i][1], 7 * i + k);
            JpegBytes want = write_really(&im, qualities[k]);
            for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
                JpegBytes made;
                Err err = { 0 };
                assert_true(jpeg_passes_file_at(&im, &qualities[k], 1, level, &made, &err));
                assert_int_equal(made.size, want.size);
                assert_memory_equal(made.data, want.data, want.size);
                free(made.data);
            }
            free(want.data);
            image_clear(&im);
        }
}

/* Every value that a coefficient can have, before and after long runs of zeros: blocks of single waves. */
static void a_file_is_libjpegs_for_every_frequency_and_size_of_coefficients(void **state)
{
    (void)state;
    enum { SIDE = 128 };
    for (int amplitude = 1; amplitude <= 128; amplitude *= 2) {
        Err err = { 0 };
        Image im;
        assert_true(image_init(&im, SIDE, SIDE, 3, &err));
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                int u = x / 16, v = y / 16;
                double wave = cos((2 * (x % 8) + 1) * u * M_PI / 16) * cos((2 * (y % 8) + 1) * v * M_PI / 16);
                for (int c = 0; c < 3; c++) {
                    double value = 127.5 + amplitude * wave * ((x + y) % 16 < 8 + c ? 1 : -1);
                    image_at(&im, x, y)[c] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
                }
            }
        check_all_levels(&im, &im, NULL, 0);
        image_clear(&im);
    }
}

static void a_picture_longer_than_a_jpeg_is_an_error(void **state)
{
    (void)state;
    Image im = picture(65501, 1, 1);
    JpegBytes file;
    Err err = { 0 };
    assert_false(jpeg_passes_file(&im, (int[]){ 75 }, 1, &file, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(file.data);
    image_clear(&im);
}

static void a_pass_is_libjpegs_round_trip_at_any_size_and_quality(void **state)
{
    (void)state;
    static const int qualities[] = { 1, 10, 25, 40, 50, 75, 92, 100 };
    for (size_t i = 0; i < SIZES; i++)
        for (size_t k = 0; k < sizeof qualities / sizeof *qualities; k++) {
            Err err = { 0 };
            Image im = picture(odd_sizes[i][0], odd_sizes[i][1], i + 100 * k), want;
            assert_true(image_copy(&want, &im, &err));
            compress_really(&want, qualities[k]);
            compress_really(&want, qualities[(k + 3) % 8]);
            check_all_levels(&im, &want, (int[]){ qualities[k], qualities[(k + 3) % 8] }, 2);
            image_clear(&im);
            image_clear(&want);
        }
}

/* Checkerboards of black and white make the largest coefficients there are. */
static void a_pass_is_libjpegs_on_the_hardest_contrasts(void **state)
{
    (void)state;
    for (int shape = 0; shape < 64; shape++) {
        Err err = { 0 };
        Image im, want;
        assert_true(image_init(&im, 48, 32, 3, &err));
        for (int y = 0; y < 32; y++)
            for (int x = 0; x < 48; x++)
                for (int c = 0; c < 3; c++) {
                    int on = (x * (shape % 8) / 8 + y * (shape / 8) / 8 + (shape & c)) % 2;
                    image_at(&im, x, y)[c] = on ? 255 : 0;
                }
        assert_true(image_copy(&want, &im, &err));
        int quality = shape % 2 ? 100 : 1 + shape;
        compress_really(&want, quality);
        check_all_levels(&im, &want, &quality, 1);
        image_clear(&im);
        image_clear(&want);
    }
}

/* Long chains go over the picture in several groups; pictures are larger than what is kept between two
 * passes. */
static void a_chain_of_any_length_is_libjpegs_at_random_sizes(void **state)
{
    (void)state;
    Rng r;
    rng_init(&r, 11);
    for (int i = 0; i < 24; i++) {
        Err err = { 0 };
        int quality[80], passes = i == 0 ? 0 : i == 1 ? 80 : rng_int(&r, 1, 36);
        Image im = picture(rng_int(&r, 1, 700), rng_int(&r, 1, 90), (uint64_t)i), want;
        assert_true(image_copy(&want, &im, &err));
        for (int k = 0; k < passes; k++)
            compress_really(&want, quality[k] = rng_int(&r, 1, 100));
        check_all_levels(&im, &want, quality, passes);
        image_clear(&im);
        image_clear(&want);
    }
}

/* Pictures without colours take a shorter way, and so do those whose colours begin or end between two rows of
 * units. */
static void a_chain_is_libjpegs_where_a_picture_is_partly_gray(void **state)
{
    (void)state;
    static const int quality[] = { 30, 10, 95, 20 };
    for (int i = 0; i < 12; i++) {
        Err err = { 0 };
        Image im = picture(77, 83, (uint64_t)i), want;
        for (int y = 0; y < 83; y++)
            for (int x = 0; x < 77; x++)
                if (y < 7 * i || y > 9 * i)
                    memset(image_at(&im, x, y), image_at(&im, x, y)[1], 3);
        assert_true(image_copy(&want, &im, &err));
        for (int k = 0; k < 4; k++)
            compress_really(&want, quality[k]);
        check_all_levels(&im, &want, quality, 4);
        image_clear(&im);
        image_clear(&want);
    }
}

static void a_quality_outside_1_to_100_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    Image im = picture(20, 20, 4), same = picture(20, 20, 4);
    for (int wrong = 0; wrong <= 101; wrong += 101) {
        Err err = { 0 };
        assert_false(jpeg_passes(&im, (int[]){ 50, wrong }, 2, &err));
        assert_int_equal(err.kind, ERR_USAGE);
    }
    assert_memory_equal(im.data, same.data, image_bytes(&im));
    image_clear(&im);
    image_clear(&same);
}

/* --- cascade ------------------------------------------------------------------------------------- */

/* Numbers that were drawn before, with what they were drawn for. */
typedef struct {
    GoldenTensor draws, kinds;
    size_t next;
} Replay;

static double replayed(Replay *r, int kind)
{
    assert_true(r->next < r->draws.dim[0]);
    assert_int_equal(golden_int(r->kinds, r->next), kind);
    return golden_real(r->draws, r->next++);
}

static double replayed_unit(void *state)
{
    return replayed(state, 0);
}

static double replayed_uniform(void *state, double lo, double hi)
{
    double v = replayed(state, 1);
    assert_true(v >= lo && v <= hi);
    return v;
}

static int replayed_integer(void *state, int lo, int hi)
{
    int v = (int)replayed(state, 2);
    assert_true(v >= lo && v <= hi);
    return v;
}

static void read_range(const json_t *ranges, const char *key, double out[2])
{
    for (size_t i = 0; i < 2; i++)
        out[i] = json_number_value(json_array_get(json_object_get(ranges, key), i));
}

static void read_integers(const json_t *ranges, const char *key, int out[2])
{
    double v[2];
    read_range(ranges, key, v);
    out[0] = (int)v[0];
    out[1] = (int)v[1];
}

static AugmentOptions options_of(const json_t *about)
{
    static const char *const keys[] = { "bw",         "saturation",  "contrast",
                                        "brightness", "motion_blur", "compression_noise" };
    AugmentOptions o;
    for (int i = 0; i < AUGMENT_COUNT; i++)
        o.probability[i] = number_of(json_object_get(about, "probabilities"), keys[i]);
    const json_t *ranges = json_object_get(about, "ranges");
    read_range(ranges, "saturation_range", o.saturation);
    read_range(ranges, "contrast_range", o.contrast);
    read_range(ranges, "brightness_range", o.brightness);
    read_integers(ranges, "motion_blur_range", o.motion_blur);
    read_integers(ranges, "compression_iterations_range", o.compression_passes);
    read_integers(ranges, "compression_quality_range", o.compression_quality);
    return o;
}

static unsigned bits_of(const json_t *applied)
{
    unsigned bits = 0;
    size_t i;
    json_t *name;
    json_array_foreach(applied, i, name) for (int k = 0; k < AUGMENT_COUNT;
                                              k++) if (strncmp(json_string_value(name), augment_names[k],
                                                               strlen(augment_names[k])) == 0) bits |= 1u
                                                                                                       << k;
    return bits;
}

static void check_cascade(Golden g)
{
    size_t i;
    json_t *about;
    json_array_foreach(json_object_get(g.index, "cases"), i, about)
    {
        const char *name = text_of(about, "name");
        Replay r = { golden_find(g.tensors, "%s.draws", name), golden_find(g.tensors, "%s.draw_kinds", name),
                     0 };
        AugmentDraws draws = { replayed_unit, replayed_uniform, replayed_integer, &r };
        AugmentOptions o = options_of(about);
        Image im = golden_image(golden_find(g.tensors, "%s.in", name));
        Str done = { 0 }, want = { 0 };
        unsigned applied;
        Err err = { 0 };
        assert_true(augment_image(&im, &o, draws, &done, &applied, &err));
        assert_int_equal(r.next, r.draws.dim[0]);
        assert_image_is_golden(&im, golden_find(g.tensors, "%s.out", name), name);
        const json_t *names = json_object_get(about, "applied");
        for (size_t k = 0; k < json_array_size(names); k++)
            str_printf(&want, "%s%s", k ? "\n" : "", json_string_value(json_array_get(names, k)));
        assert_string_equal(str_text(&done), str_text(&want));
        assert_int_equal(applied, bits_of(names));
        assert_true(jpeg_passes(&im, (int[]){ 75 }, 1, &err));
        assert_image_is_golden(&im, golden_find(g.tensors, "%s.saved", name), name);
        image_clear(&im);
        str_clear(&done);
        str_clear(&want);
    }
    assert_true(i > 10);
}

static void the_cascade_has_the_originals_bytes_and_names(void **state)
{
    (void)state;
    for_each_folder("cascade", check_cascade);
}

static void the_same_seed_gives_the_same_picture_and_another_seed_another(void **state)
{
    (void)state;
    Image im[3];
    Str done[3] = { 0 };
    for (size_t i = 0; i < 3; i++) {
        Rng r;
        unsigned applied;
        Err err = { 0 };
        rng_init(&r, i / 2);
        im[i] = picture(40, 30, 9);
        assert_true(
            augment_image(&im[i], &augment_defaults, augment_draws_from(&r), &done[i], &applied, &err));
        assert_true(applied & 1u << AUGMENT_COMPRESSION);
    }
    assert_memory_equal(im[0].data, im[1].data, image_bytes(&im[0]));
    assert_string_equal(str_text(&done[0]), str_text(&done[1]));
    assert_true(memcmp(im[0].data, im[2].data, image_bytes(&im[0])) != 0);
    for (size_t i = 0; i < 3; i++) {
        image_clear(&im[i]);
        str_clear(&done[i]);
    }
}

/* With effects of every kind, and without any. */
static void a_cascades_file_is_the_picture_that_it_makes_encoded(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        AugmentOptions o = augment_defaults;
        o.probability[AUGMENT_COMPRESSION] = 0.5;
        o.probability[AUGMENT_BW] = seed ? 0.5 : 0;
        if (seed == 0)
            memset(o.probability, 0, sizeof o.probability);
        Image im = picture(61, 47, seed), same = picture(61, 47, seed);
        Str done[2] = { 0 };
        AugmentFile file = { .quality = 75 };
        Rng r;
        Err err = { 0 };
        unsigned applied;
        rng_init(&r, seed);
        assert_true(augment_image(&im, &o, augment_draws_from(&r), &done[0], &applied, &err));
        rng_init(&r, seed);
        assert_true(augment_to_file(&same, &o, augment_draws_from(&r), &file, &done[1], &err));
        JpegBytes want = write_really(&im, 75);
        assert_int_equal(file.bytes.size, want.size);
        assert_memory_equal(file.bytes.data, want.data, want.size);
        assert_string_equal(str_text(&done[0]), str_text(&done[1]));
        free(want.data);
        free(file.bytes.data);
        str_clear(&done[0]);
        str_clear(&done[1]);
        image_clear(&im);
        image_clear(&same);
    }
}

static void numbers_from_an_rng_keep_their_ranges_and_reach_both_ends(void **state)
{
    (void)state;
    Rng r;
    rng_init(&r, 5);
    AugmentDraws d = augment_draws_from(&r);
    bool low = false, high = false;
    for (int i = 0; i < 1000; i++) {
        double u = d.unit(d.state), v = d.uniform(d.state, 0.4, 1.5);
        int n = d.integer(d.state, 10, 13);
        assert_true(u >= 0 && u < 1 && v >= 0.4 && v <= 1.5 && n >= 10 && n <= 13);
        low |= n == 10;
        high |= n == 13;
    }
    assert_true(low && high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(black_and_white_has_pillows_bytes),
        cmocka_unit_test(saturation_contrast_and_brightness_have_pillows_bytes),
        cmocka_unit_test(every_level_has_the_same_colours_at_any_size),
        cmocka_unit_test(saturation_leaves_a_gray_picture_as_it_is),
        cmocka_unit_test(a_blurs_line_is_opencvs),
        cmocka_unit_test(motion_blur_has_opencvs_bytes),
        cmocka_unit_test(motion_blur_is_its_definition_at_any_size),
        cmocka_unit_test(motion_blur_is_its_definition_at_every_angle),
        cmocka_unit_test(motion_blur_is_its_definition_across_strips),
        cmocka_unit_test(a_blur_of_one_colour_is_that_colour),
        cmocka_unit_test(every_mean_is_rounded_right),
        cmocka_unit_test(a_kernel_must_be_odd_and_not_too_long),
        cmocka_unit_test(compression_chains_have_libjpegs_bytes),
        cmocka_unit_test(a_pass_is_libjpegs_round_trip_at_any_size_and_quality),
        cmocka_unit_test(a_pass_is_libjpegs_on_the_hardest_contrasts),
        cmocka_unit_test(a_chain_of_any_length_is_libjpegs_at_random_sizes),
        cmocka_unit_test(a_chain_is_libjpegs_where_a_picture_is_partly_gray),
        cmocka_unit_test(a_file_is_libjpegs_without_passes_before_it),
        cmocka_unit_test(a_file_is_libjpegs_for_every_frequency_and_size_of_coefficients),
        cmocka_unit_test(a_picture_longer_than_a_jpeg_is_an_error),
        cmocka_unit_test(a_quality_outside_1_to_100_is_an_error_and_changes_nothing),
        cmocka_unit_test(the_cascade_has_the_originals_bytes_and_names),
        cmocka_unit_test(a_cascades_file_is_the_picture_that_it_makes_encoded),
        cmocka_unit_test(the_same_seed_gives_the_same_picture_and_another_seed_another),
        cmocka_unit_test(numbers_from_an_rng_keep_their_ranges_and_reach_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
