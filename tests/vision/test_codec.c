/* Image files to pixels and back, against Pillow's. */
#include "../support.h"

#include "base/file.h"
#include "base/rng.h"
#include "vision/codec.h"
#include "vision/codec_private.h"
#include "vision/png_filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libdeflate.h>

/* ---- the stored cases --------------------------------------------------------------------------- */

typedef struct {
    const char *path, *name, *verdict;
    const json_t *about;
    const GoldenTensors *expected;
} Case;

static void for_each_case(const char *list, void (*check)(const Case *c))
{
    static const struct {
        const char *topic;
        int root;
    } folders[] = { { "vision", 0 }, { "vision", 1 }, { "codecs", 0 } };
    size_t seen = 0;
    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
        char *folder = golden_folder(folders[f].topic, folders[f].root);
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

/* Of the files for which there is something to compare with. */
static void check_alpha(const Case *c)
{
    GoldenTensor rgba = golden_find(c->expected, "%s.rgba", c->name);
    Err err = { 0 };
    Image im;
    if (!rgba.data)
        return;
    assert_true(image_load(&im, c->path, &(DecodeOptions){ .channels = 4 }, &err));
    assert_image_is_golden(&im, rgba, c->name);
    image_clear(&im);
}

static void pixels_with_alpha_are_pillows(void **state)
{
    (void)state;
    for_each_case("good", check_alpha);
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
    if (json_object_get(c->about, "channels"))
        expected = (int)json_integer_value(json_object_get(c->about, "channels"));
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

/* Of a small file every beginning, with nothing behind it in memory: it is refused with one line, or it is the picture (a PNG's last
 * chunk says nothing). */
static void check_beginnings(const Case *c)
{
    enum { SMALL = 1500 };
    Err err = { 0 };
    Image whole;
    size_t size;
    uint8_t *data;
    assert_true(file_read(c->path, 1 << 20, &data, &size, &err));
    assert_true(image_decode(&whole, data, size, &(DecodeOptions){ .channels = 4 }, &err));
    while (size <= SMALL && --size) {
        ImageInfo info;
        Image im;
        assert_non_null(data = realloc(data, size));
        err = (Err){ 0 };
        if (!image_probe(&info, data, size, &err)) {
            assert_int_equal(err.kind, ERR_INPUT);
            assert_null(info.format);
        }
        err = (Err){ 0 };
        if (image_decode(&im, data, size, &(DecodeOptions){ .channels = 4 }, &err)) {
            assert_memory_equal(im.data, whole.data, image_bytes(&whole));
        } else {
            assert_int_equal(err.kind, ERR_INPUT);
            assert_true(err.msg[0] && !strchr(err.msg, '\n'));
            assert_null(im.data);
        }
        image_clear(&im);
    }
    free(data);
    image_clear(&whole);
}

static void a_file_cut_short_anywhere_is_refused_or_is_its_picture(void **state)
{
    (void)state;
    for_each_case("good", check_beginnings);
}

/* --- PNG of every filter ------------------------------------------------------------------------- */

static void put_be32(uint8_t *to, size_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static size_t put_chunk(uint8_t *to, const char *type, const uint8_t *content, size_t n)
{
    put_be32(to, n);
    memcpy(to + 4, type, 4);
    memcpy(to + 8, content, n);
    put_be32(to + 8 + n, libdeflate_crc32(0, to + 4, n + 4));
    return n + 12;
}

static int predicted(int filter, int left, int up, int corner)
{
    int p = left + up - corner, to_left = abs(p - left), to_up = abs(p - up), to_corner = abs(p - corner);
    switch (filter) {
    case 1: return left;
    case 2: return up;
    case 3: return (left + up) / 2;
    case 4: return to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner;
    default: return 0;
    }
}

/* A picture as PNG, its data in chunks of `part` bytes: row y with filter (y + first) mod 5 where `first` is odd; else
 * nearly all rows with one filter. */
static size_t png_of(uint8_t *to, const Image *im, int first, size_t part)
{
    static const uint8_t kinds[] = { [1] = 0, [3] = 2, [4] = 6 };
    static uint8_t rows[1 << 16], packed[1 << 17];
    size_t c = (size_t)im->channels, n = (size_t)im->width * c, size = 0;
    for (int y = 0; y < im->height; y++) {
        int filter = (first % 2 ? y + first : first / 2 + (y % 9 == 8)) % 5;
        rows[size++] = (uint8_t)filter;
        for (size_t i = 0; i < n; i++) {
            const uint8_t *p = image_at(im, 0, y) + i;
            int left = i < c ? 0 : p[-(ptrdiff_t)c], up = y ? p[-(ptrdiff_t)n] : 0;
            rows[size++] =
                (uint8_t)(*p - predicted(filter, left, up, y && i >= c ? p[-(ptrdiff_t)(n + c)] : 0));
        }
    }
    struct libdeflate_compressor *z = libdeflate_alloc_compressor(6);
    size_t zipped = libdeflate_zlib_compress(z, rows, size, packed, sizeof packed);
    libdeflate_free_compressor(z);
    memcpy(to, codec_png_signature, sizeof codec_png_signature);
    uint8_t head[13] = { [8] = 8, [9] = kinds[c] };
    put_be32(head, (size_t)im->width);
    put_be32(head + 4, (size_t)im->height);
    size_t at = 8 + put_chunk(to + 8, "IHDR", head, sizeof head);
    at += put_chunk(to + at, "tEXt", (const uint8_t *)"a\0b", 3);
    for (size_t i = 0; i < zipped; i += part)
        at += put_chunk(to + at, "IDAT", packed + i, zipped - i < part ? zipped - i : part);
    return at + put_chunk(to + at, "IEND", head, 0);
}

static void png_of_every_filter_is_its_picture(void **state)
{
    (void)state;
    static uint8_t file[1 << 18];
    static const int channels[] = { 1, 3, 4 };
    Rng r;
    rng_init(&r, 4);
    for (int i = 0; i < 240; i++) {
        Err err = { 0 };
        Image im, got = { 0 };
        assert_true(image_init(&im, 1 + i % 43, 1 + i / 8, channels[i % 3], &err));
        for (size_t k = 0; k < image_bytes(&im); k++) /* flat parts make ties between the predictors */
            im.data[k] = (uint8_t)(i / 10 % 2 ? rng_u32(&r) : 250 + rng_u32(&r) % 6);
        size_t size = png_of(file, &im, i, i % 4 ? 100000 : 7);
        for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++) {
            assert_true(codec_png_decode_fast(&got, file, size, level));
            assert_true(got.width == im.width && got.height == im.height && got.channels == im.channels);
            assert_memory_equal(got.data, im.data, image_bytes(&im));
            image_clear(&got);
        }
        assert_true(image_decode(&got, file, size, &(DecodeOptions){ 0 }, &err));
        assert_memory_equal(got.data, im.data, image_bytes(&im));
        image_clear(&got);
        for (size_t cut = 1; cut < 40 && cut < size; cut += 3)
            assert_false(codec_png_decode_fast(&got, file, size - cut, cpu_level()));
        file[size - 20] ^= 1; /* in the last chunk of data, or its checksum */
        assert_false(codec_png_decode_fast(&got, file, size, cpu_level()));
        image_clear(&im);
    }
}

/* Forty texts of 15 megabytes of the same letter in a file of 600 kilobytes: unpacking them takes seconds. */
static void texts_of_a_png_are_not_unpacked(void **state)
{
    (void)state;
    enum { TEXT = 15 << 20, TEXTS = 40, MAX_PACKED = 1 << 15, NAME = 3 };
    uint8_t *text = calloc(TEXT, 1), *packed = malloc(MAX_PACKED), *file = malloc(TEXTS * MAX_PACKED);
    struct libdeflate_compressor *z = libdeflate_alloc_compressor(6);
    memcpy(packed, "a\0", NAME);
    size_t n = NAME + libdeflate_zlib_compress(z, text, TEXT, packed + NAME, MAX_PACKED - NAME);
    assert_true(n > NAME);
    uint8_t head[13] = { [3] = 1, [7] = 1, [8] = 16 },
            row[32]; /* a gray pixel of 16 bits, which libpng reads */
    size_t row_size = libdeflate_zlib_compress(z, (uint8_t[]){ 0, 0, 7 }, 3, row, sizeof row);
    assert_true(row_size > 0);
    memcpy(file, codec_png_signature, sizeof codec_png_signature);
    size_t at = sizeof codec_png_signature;
    at += put_chunk(file + at, "IHDR", head, sizeof head);
    for (int i = 0; i < TEXTS; i++)
        at += put_chunk(file + at, "zTXt", packed, n);
    at += put_chunk(file + at, "IDAT", row, row_size);
    at += put_chunk(file + at, "IEND", head, 0);
    Image im;
    Err err = { 0 };
    clock_t start = clock();
    if (!image_decode(&im, file, at, &(DecodeOptions){ 0 }, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(im.data[0], 7);
    assert_true(clock() - start < CLOCKS_PER_SEC / 2);
    image_clear(&im);
    libdeflate_free_compressor(z);
    free(text);
    free(packed);
    free(file);
}

static void png_of_a_filter_that_there_is_not_is_refused(void **state)
{
    (void)state;
    enum { WIDTH = 5, HEIGHT = 19, ROW = 3 * WIDTH + 1 };
    for (CpuLevel level = CPU_PLAIN; level <= cpu_level(); level++)
        for (size_t y = 0; y < HEIGHT; y++) {
            uint8_t rows[HEIGHT * ROW] = { 0 };
            for (size_t k = 0; k < HEIGHT; k++)
                rows[k * ROW] = (uint8_t)(k % 5);
            assert_true(png_undo_filters(rows, y, WIDTH, 3, level));
            rows[y * ROW] = y % 2 ? 5 : 255;
            assert_false(png_undo_filters(rows, HEIGHT, WIDTH, 3, level));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_of_every_filter_is_its_picture),
        cmocka_unit_test(png_of_a_filter_that_there_is_not_is_refused),
        cmocka_unit_test(texts_of_a_png_are_not_unpacked),
        cmocka_unit_test(pixels_are_pillows),
        cmocka_unit_test(pixels_with_alpha_are_pillows),
        cmocka_unit_test(upright_pixels_are_pillows),
        cmocka_unit_test(a_picture_keeps_the_channels_of_its_file_and_the_probe_its_size),
        cmocka_unit_test(broken_files_are_refused_with_their_name),
        cmocka_unit_test(a_file_cut_short_anywhere_is_refused_or_is_its_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
