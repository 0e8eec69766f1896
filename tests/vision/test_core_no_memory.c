/* Each allocation of the image core fails once: an error that says so, nothing is lost, and nothing half made is given. */
#include "../no_memory.h"

#include "../support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/file.h"
#include "vision/codec.h"
#include "vision/contour.h"
#include "vision/jpeg_passes.h"
#include "vision/resample.h"

#include <stdlib.h>
#include <string.h>

/* Smooth in one half and rough in the other. */
static Image picture(int width, int height, int channels)
{
    Image im;
    Err err = { 0 };
    assert_true(image_init(&im, width, height, channels, &err));
    for (size_t i = 0; i < image_bytes(&im); i++)
        im.data[i] = (uint8_t)(i * 2 < image_bytes(&im) ? i / 7 : i * i * 31);
    return im;
}

/* ---- reading ------------------------------------------------------------------------------------ */

enum { MAX_FILES = 8 };

typedef struct {
    const char *name[MAX_FILES];
    uint8_t *data[MAX_FILES];
    size_t size[MAX_FILES];
} Files;

static void files_read(Files *f)
{
    char *folder = golden_folder("vision", 0), *good = path_join(folder, "codecs/good");
    for (size_t i = 0; i < MAX_FILES && f->name[i]; i++) {
        char *path = path_join(good, f->name[i]);
        Err err = { 0 };
        assert_true(file_read(path, 1 << 20, &f->data[i], &f->size[i], &err));
        free(path);
    }
    free(good);
    free(folder);
}

static void files_clear(Files *f)
{
    for (size_t i = 0; i < MAX_FILES; i++)
        free(f->data[i]);
}

/* As stored, and with all that can be asked for. */
static bool decode_all(void *user, Err *err)
{
    static const DecodeOptions options[] = { { .channels = 0 }, { .channels = 4, .upright = true } };
    const Files *f = user;
    for (size_t i = 0; i < MAX_FILES && f->name[i]; i++)
        for (size_t k = 0; k < 2; k++) {
            Image im;
            bool ok = image_decode(&im, f->data[i], f->size[i], &options[k], err);
            assert_true(ok == !image_empty(&im));
            image_clear(&im);
            if (!ok)
                return false;
        }
    return true;
}

static void every_allocation_of_decoding_may_fail(void **state)
{
    (void)state;
    Files formats[] = {
        { .name = { "base_420.jpg", "progressive_420.jpg", "gray.jpg", "cmyk_adobe.jpg", "exif_6.jpg" } },
        { .name = { "gray1.png", "gray16.png", "pal4_adam7.png", "pal8_trns.png", "rgb16.png",
                    "rgb8_adam7.png" } },
        { .name = { "lossless.webp", "lossy_alpha.webp", "lossy_exif_8.webp" } },
        { .name = { "bilevel_g4.tif", "cmyk.tif", "gray8.tif", "orientation_3.tif", "pal8.tif", "planar.tif",
                    "tiled_16.tif" } },
        { .name = { "pal8.bmp", "rgb24.bmp", "rgb565.bmp", "rle8.bmp" } },
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        files_read(&formats[i]);
        memory_fail_each(decode_all, &formats[i]);
        files_clear(&formats[i]);
    }
}

/* A common PNG that the fast way has no memory for is read the ordinary way, so that it may succeed; its pixels are the same. */
static void a_common_png_needs_no_allocation_of_the_fast_way(void **state)
{
    (void)state;
    Files f = { .name = { "rgb8_exif_6.png", "rgba8.png" } };
    files_read(&f);
    for (size_t i = 0; f.name[i]; i++) {
        Image want, im;
        Err err = { 0 };
        assert_true(image_decode(&want, f.data[i], f.size[i], &(DecodeOptions){ .upright = true }, &err));
        for (long call = 0, enough = 0; !enough; call++) {
            memory_fails_at(call);
            bool ok = image_decode(&im, f.data[i], f.size[i], &(DecodeOptions){ .upright = true }, &err);
            enough = memory_suffices();
            if (ok)
                assert_memory_equal(im.data, want.data, image_bytes(&want));
            else
                assert_int_equal(err.kind, ERR_NOMEM);
            assert_true(ok == !image_empty(&im));
            assert_true(ok || !enough);
            image_clear(&im);
        }
        image_clear(&want);
    }
    files_clear(&f);
}

/* ---- writing ------------------------------------------------------------------------------------ */

static bool encode_all(void *user, Err *err)
{
    static const ImageFormat formats[] = { FORMAT_PNG, FORMAT_JPEG, FORMAT_WEBP };
    const Image *im = user;
    for (size_t i = 0; i < 3; i++) {
        uint8_t *data;
        size_t size;
        bool ok = image_encode(im, formats[i], 80, &data, &size, err);
        assert_true(ok == (data != NULL));
        free(data);
        if (!ok)
            return false;
    }
    return true;
}

static void every_allocation_of_encoding_may_fail(void **state)
{
    (void)state;
    static const int channels[] = { 1, 3, 4 };
    for (size_t i = 0; i < 3; i++) {
        Image im = picture(300, 200, channels[i]); /* large enough for files to grow */
        memory_fail_each(encode_all, &im);
        image_clear(&im);
    }
}

/* More passes than go over the picture at a time. */
static bool all_passes(void *user, Err *err)
{
    enum { PASSES = 40 };
    const CpuLevel *level = user;
    int quality[PASSES];
    Image im = { 0 };
    JpegBytes file = { 0 };
    for (int i = 0; i < PASSES; i++)
        quality[i] = 30 + i;
    bool ok = image_init(&im, 70, 30, 3, err) && jpeg_passes_at(&im, quality, PASSES, *level, err) &&
              jpeg_passes_file_at(&im, quality, PASSES, *level, &file, err);
    assert_true(ok == (file.data != NULL));
    free(file.data);
    image_clear(&im);
    return ok;
}

static void every_allocation_of_jpeg_passes_may_fail(void **state)
{
    (void)state;
    for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++)
        memory_fail_each(all_passes, &level);
}

/* ---- other sizes, outlines ---------------------------------------------------------------------- */

static bool resize_all(void *user, Err *err)
{
    for (ResampleMethod m = RESAMPLE_BILINEAR; m <= RESAMPLE_NEAREST; m++) {
        Image out;
        bool ok = image_resize(&out, user, 9, 31, m, err);
        assert_true(ok == !image_empty(&out));
        image_clear(&out);
        if (!ok)
            return false;
    }
    return true;
}

static void every_allocation_of_resizing_may_fail(void **state)
{
    (void)state;
    Image im = picture(20, 17, 3);
    memory_fail_each(resize_all, &im);
    image_clear(&im);
}

static bool outline_all(void *user, Err *err)
{
    for (int all = 0; all < 2; all++) {
        ContourList contours;
        bool ok = contours_find(&contours, user, all ? CONTOURS_CCOMP : CONTOURS_EXTERNAL, err);
        assert_true(ok == (contours.count > 0));
        contour_list_clear(&contours);
        if (!ok)
            return false;
    }
    PolygonList polygons;
    bool ok = polygons_of_mask(&polygons, user, POLYGONS_ALL, err);
    assert_true(ok == (polygons.count > 0));
    polygon_list_clear(&polygons);
    return ok;
}

/* More outlines, and points of them, than there is room for at first. */
static void every_allocation_of_outlines_may_fail(void **state)
{
    (void)state;
    Image mask = picture(60, 40, 1);
    for (size_t i = 0; i < image_bytes(&mask); i++)
        mask.data[i] = i / 60 % 4 != 3 && i % 60 % 4 != 3 && !(i / 60 % 4 == 1 && i % 60 % 4 == 1) ? 255 : 0;
    memory_fail_each(outline_all, &mask);
    image_clear(&mask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_decoding_may_fail),
        cmocka_unit_test(a_common_png_needs_no_allocation_of_the_fast_way),
        cmocka_unit_test(every_allocation_of_encoding_may_fail),
        cmocka_unit_test(every_allocation_of_jpeg_passes_may_fail),
        cmocka_unit_test(every_allocation_of_resizing_may_fail),
        cmocka_unit_test(every_allocation_of_outlines_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
