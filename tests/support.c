#include "support.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct GoldenTensors {
    uint8_t *file;
    size_t size, data_at;
    json_t *header;
};

GoldenTensors *golden_tensors_open(const char *path)
{
    if (!path_exists(path))
        return NULL;
    GoldenTensors *t = calloc(1, sizeof *t);
    Err err = { 0 };
    assert_non_null(t);
    if (!file_read(path, (size_t)1 << 28, &t->file, &t->size, &err))
        fail_msg("%s", err.msg);
    uint64_t header = 0;
    assert_true(t->size >= 8);
    for (int i = 0; i < 8; i++)
        header |= (uint64_t)t->file[i] << 8 * i;
    assert_true(header <= t->size - 8);
    t->data_at = 8 + (size_t)header;
    t->header = json_loadb((const char *)t->file + 8, (size_t)header, 0, NULL);
    assert_non_null(t->header);
    return t;
}

void golden_tensors_close(GoldenTensors *t)
{
    if (!t)
        return;
    json_decref(t->header);
    free(t->file);
    free(t);
}

GoldenTensor golden_find(const GoldenTensors *t, const char *name, ...)
{
    char key[256];
    va_list args;
    va_start(args, name);
    vsnprintf(key, sizeof key, name, args);
    va_end(args);
    GoldenTensor out = { 0 };
    json_t *item = json_object_get(t->header, key);
    if (!item)
        return out;
    json_t *shape = json_object_get(item, "shape"), *range = json_object_get(item, "data_offsets");
    out.name = json_object_iter_key(json_object_iter_at(t->header, key));
    out.dtype = json_string_value(json_object_get(item, "dtype"));
    out.dims = json_array_size(shape);
    assert_true(out.dims <= 8);
    for (size_t i = 0; i < out.dims; i++)
        out.dim[i] = (size_t)json_integer_value(json_array_get(shape, i));
    size_t from = (size_t)json_integer_value(json_array_get(range, 0));
    size_t to = (size_t)json_integer_value(json_array_get(range, 1));
    assert_true(from <= to && to <= t->size - t->data_at);
    out.data = t->file + t->data_at + from;
    out.bytes = to - from;
    return out;
}

double golden_real(GoldenTensor t, size_t i)
{
    if (strcmp(t.dtype, "F64") == 0) {
        double v;
        memcpy(&v, t.data + i * sizeof v, sizeof v);
        return v;
    }
    if (strcmp(t.dtype, "F32") == 0) {
        float v;
        memcpy(&v, t.data + i * sizeof v, sizeof v);
        return v;
    }
    return (double)golden_int(t, i);
}

int64_t golden_int(GoldenTensor t, size_t i)
{
    if (strcmp(t.dtype, "U8") == 0)
        return t.data[i];
    if (strcmp(t.dtype, "I32") == 0) {
        int32_t v;
        memcpy(&v, t.data + i * sizeof v, sizeof v);
        return v;
    }
    if (strcmp(t.dtype, "I64") != 0)
        fail_msg("%s is %s, not whole numbers", t.name, t.dtype);
    int64_t v;
    memcpy(&v, t.data + i * sizeof v, sizeof v);
    return v;
}

Image golden_image(GoldenTensor t)
{
    assert_non_null(t.data);
    assert_true(t.dims == 2 || t.dims == 3);
    Image im;
    Err err = { 0 };
    if (!image_init(&im, (int)t.dim[1], (int)t.dim[0], t.dims == 3 ? (int)t.dim[2] : 1, &err))
        fail_msg("%s: %s", t.name, err.msg);
    assert_int_equal(image_bytes(&im), t.bytes);
    memcpy(im.data, t.data, t.bytes);
    return im;
}

void assert_image_is_golden(const Image *im, GoldenTensor t, const char *what)
{
    if (!t.data)
        fail_msg("%s: there is no expected picture", what);
    if ((size_t)im->height != t.dim[0] || (size_t)im->width != t.dim[1] || image_bytes(im) != t.bytes)
        fail_msg("%s: %d x %d x %d is not the expected size", what, im->width, im->height, im->channels);
    for (size_t i = 0; i < t.bytes; i++)
        if (im->data[i] != t.data[i]) {
            size_t pixel = i / (size_t)im->channels;
            fail_msg("%s: (%zu, %zu) channel %zu is %d, not %d", what, pixel % (size_t)im->width,
                     pixel / (size_t)im->width, i % (size_t)im->channels, im->data[i], t.data[i]);
        }
}

char *golden_folder(const char *topic, int i)
{
    static const char *const roots[] = { "FACET_FIXTURES", "FACET_SHARED_FIXTURES" };
    if (i < 0 || i > 1)
        return NULL;
    if (!getenv(roots[i])) {
        if (i == 0)
            fail_msg("FACET_FIXTURES is not set: run the tests with `meson test`");
        return NULL;
    }
    char *folder = path_join(getenv(roots[i]), topic);
    if (path_is_folder(folder))
        return folder;
    if (i == 0)
        fail_msg("%s is not there", folder);
    free(folder);
    return NULL;
}

json_t *golden_index(const char *folder)
{
    char *path = path_join(folder, "index.json");
    json_error_t error;
    json_t *index = json_load_file(path, 0, &error);
    if (!index)
        fail_msg("%s: %s", path, error.text);
    free(path);
    return index;
}

GoldenTensors *golden_tensors(const char *folder, const char *group)
{
    char name[64];
    snprintf(name, sizeof name, "%s.safetensors", group);
    char *path = path_join(folder, name);
    GoldenTensors *t = golden_tensors_open(path);
    if (!t)
        fail_msg("%s is not there", path);
    free(path);
    return t;
}
