/* Image files to pixels and back, against Pillow's. */
#include "../support.h"

#include "base/file.h"
#include "base/rng.h"
#include "vision/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the stored cases --------------------------------------------------------------------------- */

typedef struct {
    const char *path, *name, *verdict;
    const json_t *about;
    const GoldenTensors *expected;
} Case;

static void for_each_case(const char *list, void (*check)(const Case *c))
{
    size_t seen = 0;
    for (int f = 0; f < 2; f++) {
        char *folder = golden_folder("vision", f);
        if (!folder)
            continue;
        json_t *index = golden_index(folder), *about;
        GoldenTensors *t = golden_tensors(folder, "codecs");
        size_t i;
        json_array_foreach(json_object_get(json_object_get(index, "codecs"), list), i, about)
        {
            char *path = path_join(folder, json_string_value(json_object_get(about, "file")));
            check(&(Case){ path, path_name(path), json_string_value(json_object_get(about, "verdict")), about,
                           t });
            free(path);
            seen++;
        }
        golden_tensors_close(t);
        json_decref(index);
        free(folder);
    }
    assert_true(seen > 40);
}

static void check_pixels(const Case *c)
{
    Err err = { 0 };
    Image im;
    if (!image_load(&im, c->path, &(DecodeOptions){ .channels = 3 }, &err))
        fail_msg("%s", err.msg);
    assert_image_is_golden(&im, golden_find(c->expected, "%s.rgb", c->name), c->name);
    image_clear(&im);
}

static void pixels_are_pillows(void **state)
{
    (void)state;
    for_each_case("good", check_pixels);
}

static void check_upright(const Case *c)
{
    Err err = { 0 };
    Image im;
    assert_true(image_load(&im, c->path, &(DecodeOptions){ .channels = 3, .upright = true }, &err));
    /* Pillow turns a TIFF by its tag while it loads, and then a second time when asked for upright. Once is
     * right. */
    bool turned = image_format_of(c->path) == FORMAT_TIFF;
    GoldenTensor upright = turned ? (GoldenTensor){ 0 } : golden_find(c->expected, "%s.upright", c->name);
    assert_image_is_golden(&im, upright.data ? upright : golden_find(c->expected, "%s.rgb", c->name),
                           c->name);
    image_clear(&im);
}

static void upright_pixels_are_pillows(void **state)
{
    (void)state;
    for_each_case("good", check_upright);
}

static void check_stored_channels(const Case *c)
{
    static const struct {
        const char *stored_as;
        int channels;
    } kinds[] = { { "1", 1 },   { "L", 1 },    { "I", 1 },  { "I;16", 1 }, { "P", 3 },
                  { "RGB", 3 }, { "CMYK", 3 }, { "LA", 4 }, { "RGBA", 4 } };
    const char *stored_as = json_string_value(json_object_get(c->about, "stored_as"));
    int expected = strcmp(c->name, "pal8_trns.png") ? 0 : 4;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !expected; i++)
        if (!strcmp(kinds[i].stored_as, stored_as))
            expected = kinds[i].channels;
    Err err = { 0 };
    Image im;
    assert_true(image_load(&im, c->path, &(DecodeOptions){ 0 }, &err));
    if (im.channels != expected)
        fail_msg("%s: %d channels, not %d", c->name, im.channels, expected);
    size_t size;
    uint8_t *data = NULL;
    assert_true(file_read(c->path, 1 << 20, &data, &size, &err));
    ImageInfo info;
    assert_true(image_probe(&info, data, size, &err));
    assert_int_equal(info.width, im.width);
    assert_int_equal(info.height, im.height);
    free(data);
    image_clear(&im);
}

static void a_picture_keeps_the_channels_of_its_file_and_the_probe_its_size(void **state)
{
    (void)state;
    for_each_case("good", check_stored_channels);
}

static void check_broken(const Case *c)
{
    Err err = { 0 };
    Image im;
    bool ok = image_load(&im, c->path, &(DecodeOptions){ .channels = 3 }, &err);
    if (!ok) {
        assert_null(im.data);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_ptr_equal(strstr(err.msg, c->path), err.msg);
        return;
    }
    if (!strcmp(c->verdict, "reject"))
        fail_msg("%s was accepted though: %s", c->name, json_string_value(json_object_get(c->about, "why")));
    const char *pixels = json_string_value(json_object_get(c->about, "rgb_if_accepted"));
    if (pixels)
        assert_image_is_golden(&im, golden_find(c->expected, "%s", pixels), c->name);
    image_clear(&im);
}

static void broken_files_are_refused_with_their_name(void **state)
{
    (void)state;
    for_each_case("broken", check_broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_are_pillows),
        cmocka_unit_test(upright_pixels_are_pillows),
        cmocka_unit_test(a_picture_keeps_the_channels_of_its_file_and_the_probe_its_size),
        cmocka_unit_test(broken_files_are_refused_with_their_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
