/* Pictures for Qwen2.5-VL against the reference: sizes and pixels are exact. */
#include "qwen_vl_cases.h"

#include "base/file.h"
#include "vision/codec.h"
#include "vision/resample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const QwenVlProcessor *const P = &qwen_vl_processor_default;

static void smart_resize_gives_the_sizes_of_the_reference(void **state)
{
    json_t *about = qwen_json("helpers/case.json"),
           *rows = json_object_get(json_object_get(about, "smart_resize"), "rows"), *row;
    size_t i;
    (void)state;
    assert_true(json_array_size(rows) > 100);
    json_array_foreach(rows, i, row)
    {
        size_t n[4], w, h;
        Err err = { 0 };
        for (size_t k = 0; k < 4; k++)
            n[k] = (size_t)json_integer_value(json_array_get(row, k));
        assert_true(qwen_vl_smart_resize(P, n[1], n[0], &w, &h, &err));
        if (w != n[3] || h != n[2])
            fail_msg("%zu x %zu became %zu x %zu, not %zu x %zu", n[1], n[0], w, h, n[3], n[2]);
    }
    json_decref(about);
}

static void pictures_without_area_or_far_too_narrow_are_refused(void **state)
{
    static const size_t bad[][2] = {
        { 0, 0 }, { 0, 5 }, { 5, 0 }, { 1, 201 }, { 60000, 2 }, { SIZE_MAX, 1 }
    };
    size_t w, h;
    Err err = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(qwen_vl_smart_resize(P, bad[i][0], bad[i][1], &w, &h, &err));
    assert_true(qwen_vl_smart_resize(P, 16, 16, &w, &h, &err)); /* small is fine: it is enlarged */
    assert_int_equal(w, 56);
    assert_true(qwen_vl_smart_resize(P, 1000, 5, &w, &h, &err));
    assert_int_equal(h, 28);
}

static void a_grid_needs_whole_tokens(void **state)
{
    (void)state;
    QwenVlGrid g = qwen_vl_grid(P, 140, 112);
    assert_int_equal(g.width, 10);
    assert_int_equal(g.height, 8);
    assert_int_equal(qwen_vl_grid(P, 140, 14).width, 0);
    assert_int_equal(qwen_vl_grid(P, 0, 28).height, 0);
}

static void check_patches(const QwenVlRun *run)
{
    GoldenTensor want = golden_find(run->in, "pixel_values");
    const size_t numbers = qwen_vl_patch_numbers(P);
    size_t at = 0;
    for (size_t i = 0; i < run->pictures; i++) {
        GoldenTensor u8 = golden_find(run->in, "resized_u8_%zu", i);
        QwenVlGrid g = qwen_vl_grid(P, u8.dim[1], u8.dim[0]);
        assert_int_equal(g.height, run->grids[i].height);
        assert_int_equal(g.width, run->grids[i].width);
        size_t n = g.height * g.width * numbers;
        float *got = calloc(n, sizeof *got);
        assert_non_null(got);
        qwen_vl_patches(P, u8.data, g, got);
        for (size_t k = 0; k < n; k++)
            if (got[k] != (float)golden_real(want, at + k))
                fail_msg("%s, picture %zu: number %zu is %.9g, not %.9g", run->name, i, k, (double)got[k],
                         golden_real(want, at + k));
        at += n;
        free(got);
    }
    assert_int_equal(at * 4, want.bytes);
}

static void patches_are_the_reference_s_bit_by_bit(void **state)
{
    (void)state;
    qwen_vl_each_run(check_patches);
}

/* From the photo on: the size it is seen at, and Pillow's bicubic filter. */
static void check_resized(const QwenVlRun *run)
{
    for (size_t i = 0; i < run->pictures; i++) {
        char *path = qwen_file("text_encoder/image%zu.png", i + 1);
        Image photo, seen;
        size_t w, h;
        Err err = { 0 };
        assert_non_null(path);
        assert_true(image_load(&photo, path, &(DecodeOptions){ .channels = 3 }, &err));
        assert_true(qwen_vl_smart_resize(P, (size_t)photo.width, (size_t)photo.height, &w, &h, &err));
        assert_true(image_resize(&seen, &photo, (int)w, (int)h, RESAMPLE_BICUBIC, &err));
        assert_image_is_golden(&seen, golden_find(run->in, "resized_u8_%zu", i), run->name);
        image_clear(&photo);
        image_clear(&seen);
        free(path);
    }
}

static void a_photo_is_resized_to_the_reference_s_bytes(void **state)
{
    (void)state;
    qwen_vl_each_run(check_resized);
}

/* ---- preprocessor_config.json ---- */

static bool read_text(QwenVlProcessor *p, const char *text, Err *err)
{
    char path[] = "/tmp/facet-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    bool ok = qwen_vl_processor_read(p, path, err);
    if (!ok)
        assert_non_null(strstr(err->msg, path));
    unlink(path);
    return ok;
}

static void the_published_processor_is_the_default(void **state)
{
    json_t *about = qwen_json("text_encoder/case.json");
    char *text = json_dumps(json_object_get(about, "preprocessor"), 0);
    QwenVlProcessor p;
    Err err = { 0 };
    (void)state;
    if (!read_text(&p, text, &err))
        fail_msg("%s", err.msg);
    assert_memory_equal(&p, P, sizeof p);
    free(text);
    json_decref(about);
}

static void limits_of_the_area_go_by_either_name(void **state)
{
    QwenVlProcessor p;
    Err err = { 0 };
    (void)state;
    assert_true(read_text(&p, "{\"size\": {\"shortest_edge\": 4000, \"longest_edge\": 9000}}", &err));
    assert_int_equal(p.min_pixels, 4000);
    assert_int_equal(p.max_pixels, 9000);
    assert_true(read_text(&p, "{\"min_pixels\": 4000, \"max_pixels\": 9000, \"size\": null}", &err));
    assert_int_equal(p.min_pixels, 4000);
}

static void absurd_processors_are_refused_by_name(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "", "JSON" },
        { "[]", "JSON" },
        { "{\"patch_size\": 0}", "patch_size" },
        { "{\"patch_size\": 14.5}", "patch_size" },
        { "{\"merge_size\": 99999}", "merge_size" },
        { "{\"max_pixels\": -1}", "max_pixels" },
        { "{\"max_pixels\": 700}", "max_pixels" },
        { "{\"image_mean\": [0.5, 0.5]}", "image_mean" },
        { "{\"image_std\": [0.5, 0, 0.5]}", "image_std" },
        { "{\"image_std\": \"0.5\"}", "image_std" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        QwenVlProcessor p;
        Err err = { 0 };
        if (read_text(&p, bad[i].text, &err))
            fail_msg("was taken: %s", bad[i].text);
        if (!strstr(err.msg, bad[i].says))
            fail_msg("%s: %s", bad[i].text, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smart_resize_gives_the_sizes_of_the_reference),
        cmocka_unit_test(pictures_without_area_or_far_too_narrow_are_refused),
        cmocka_unit_test(a_grid_needs_whole_tokens),
        cmocka_unit_test(patches_are_the_reference_s_bit_by_bit),
        cmocka_unit_test(a_photo_is_resized_to_the_reference_s_bytes),
        cmocka_unit_test(the_published_processor_is_the_default),
        cmocka_unit_test(limits_of_the_area_go_by_either_name),
        cmocka_unit_test(absurd_processors_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
