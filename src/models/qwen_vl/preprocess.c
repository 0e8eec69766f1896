#include "models/qwen_vl/preprocess.h"

#include "base/json_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_MAX_BYTES = 1 << 20, RATIO_MAX = 200 };

const QwenVlProcessor qwen_vl_processor_default = {
    .patch_size = 14,
    .temporal_patch_size = 2,
    .merge_size = 2,
    .min_pixels = 56 * 56,
    .max_pixels = 28 * 28 * 16384,
    .image_mean = { 0.48145466f, 0.4578275f, 0.40821073f },
    .image_std = { 0.26862954f, 0.26130258f, 0.27577711f },
};

/* ---- preprocessor_config.json ---- */

static bool refuse(const char *path, const char *key, Err *err)
{
    return err_set(err, ERR_INPUT, "%s: %s is not what an image processor of Qwen2.5-VL can have there", path,
                   key);
}

static bool read_size(const json_t *in, const char *key, size_t max, size_t *out)
{
    const json_t *v = json_object_get(in, key);
    if (!v || json_is_null(v))
        return true;
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 1 || n > (json_int_t)max)
        return false;
    *out = (size_t)n;
    return true;
}

static bool read_colour(const json_t *in, const char *key, double min, float out[3])
{
    const json_t *v = json_object_get(in, key);
    if (!v || json_is_null(v))
        return true;
    if (!json_is_array(v) || json_array_size(v) != 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        double n = json_number_value(json_array_get(v, i));
        if (!(n >= min && n <= 1))
            return false;
        out[i] = (float)n;
    }
    return true;
}

static bool parse(QwenVlProcessor *p, const json_t *root, const char *path, Err *err)
{
    const size_t pixels_max = (size_t)1 << 30;
    /* Later releases call the limits of the area shortest_edge and longest_edge, though they are no edges. */
    const json_t *size = json_object_get(root, "size");
    const struct {
        const json_t *in;
        const char *key;
        size_t max, *to;
    } sizes[] = {
        { root, "patch_size", 256, &p->patch_size },
        { root, "temporal_patch_size", 16, &p->temporal_patch_size },
        { root, "merge_size", 16, &p->merge_size },
        { size, "shortest_edge", pixels_max, &p->min_pixels },
        { size, "longest_edge", pixels_max, &p->max_pixels },
        { root, "min_pixels", pixels_max, &p->min_pixels },
        { root, "max_pixels", pixels_max, &p->max_pixels },
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (!read_size(sizes[i].in, sizes[i].key, sizes[i].max, sizes[i].to))
            return refuse(path, sizes[i].key, err);
    if (!read_colour(root, "image_mean", 0, p->image_mean))
        return refuse(path, "image_mean", err);
    if (!read_colour(root, "image_std", 1e-3, p->image_std))
        return refuse(path, "image_std", err);
    size_t token = p->patch_size * p->merge_size;
    if (p->max_pixels < p->min_pixels || p->max_pixels < token * token)
        return refuse(path, "max_pixels", err);
    return true;
}

bool qwen_vl_processor_read(QwenVlProcessor *out, const char *path, Err *err)
{
    *out = qwen_vl_processor_default;
    json_t *root = json_file_object(path, JSON_MAX_BYTES, 0, err);
    bool ok = root && parse(out, root, path, err);
    json_decref(root);
    return ok;
}

/* ---- size ---- */

/* The reference rounds as Python does, half to even: 350 pixels are 12.5 tokens and become 12. */
static double to_nearest(size_t pixels, double token)
{
    return rint((double)pixels / token) * token;
}

bool qwen_vl_smart_resize(const QwenVlProcessor *p, size_t width, size_t height, size_t *out_width,
                          size_t *out_height, Err *err)
{
    double token = (double)(p->patch_size * p->merge_size), w = (double)width, h = (double)height;
    if (width == 0 || height == 0 || fmax(w, h) / fmin(w, h) > RATIO_MAX)
        return err_set(err, ERR_INPUT,
                       "a picture of %zu x %zu pixels is too narrow: its sides may differ by %d times", width,
                       height, RATIO_MAX);
    double to_w = to_nearest(width, token), to_h = to_nearest(height, token);
    if (to_w * to_h > (double)p->max_pixels) {
        double beta = sqrt(h * w / (double)p->max_pixels);
        to_h = fmax(token, floor(h / beta / token) * token);
        to_w = fmax(token, floor(w / beta / token) * token);
    } else if (to_w * to_h < (double)p->min_pixels) { /* also where one of them rounded to 0 */
        double beta = sqrt((double)p->min_pixels / (h * w));
        to_h = ceil(h * beta / token) * token;
        to_w = ceil(w * beta / token) * token;
    }
    *out_width = (size_t)to_w;
    *out_height = (size_t)to_h;
    return true;
}

QwenVlGrid qwen_vl_grid(const QwenVlProcessor *p, size_t width, size_t height)
{
    size_t token = p->patch_size * p->merge_size;
    if (width == 0 || height == 0 || width % token || height % token)
        return (QwenVlGrid){ 0 };
    return (QwenVlGrid){ height / p->patch_size, width / p->patch_size };
}

size_t qwen_vl_patch_numbers(const QwenVlProcessor *p)
{
    return 3 * p->temporal_patch_size * p->patch_size * p->patch_size;
}

/* ---- patches ---- */

/* What each byte of a channel becomes. The reference scales in double, rounds to float and normalises in float. */
static void normalised(const QwenVlProcessor *p, float to[3][256])
{
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            to[c][v] = ((float)(v * (1.0 / 255)) - p->image_mean[c]) / p->image_std[c];
}

void qwen_vl_patches(const QwenVlProcessor *p, const uint8_t *rgb, QwenVlGrid grid, float *out)
{
    size_t s = p->patch_size, m = p->merge_size, row = 3 * grid.width * s, cells = grid.width / m;
    float value[3][256];
    normalised(p, value);
    for (size_t i = 0; i < grid.height * grid.width; i++) {
        size_t token = i / (m * m), part = i % (m * m);
        size_t top = (token / cells * m + part / m) * s, left = (token % cells * m + part % m) * s;
        for (int c = 0; c < 3; c++) {
            float *frame = out;
            for (size_t y = 0; y < s; y++) {
                const uint8_t *from = rgb + (top + y) * row + left * 3 + c;
                for (size_t x = 0; x < s; x++)
                    *out++ = value[c][from[3 * x]];
            }
            for (size_t t = 1; t < p->temporal_patch_size; t++, out += s * s)
                memcpy(out, frame, s * s * sizeof *out);
        }
    }
}
