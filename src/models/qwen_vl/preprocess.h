/* models/qwen_vl/preprocess.h: pictures as the vision tower takes them: their size, and their pixels cut into patches. */
#ifndef FACET_MODELS_QWEN_VL_PREPROCESS_H
#define FACET_MODELS_QWEN_VL_PREPROCESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names as in preprocessor_config.json. */
typedef struct {
    size_t patch_size, temporal_patch_size, merge_size;
    size_t min_pixels, max_pixels;
    float image_mean[3], image_std[3];
} QwenVlProcessor;

/* As published with every Qwen2.5-VL, also inside of the Qwen-Image-Edit folders. */
extern const QwenVlProcessor qwen_vl_processor_default;

/* A preprocessor_config.json; what it leaves out is as in the default. ERR_MISSING, ERR_INPUT: names the file and the
 * setting. */
bool qwen_vl_processor_read(QwenVlProcessor *out, const char *path, Err *err)
    __attribute__((warn_unused_result));

/* A picture in patches: `height` by `width` of them, both multiples of the merge size. */
typedef struct {
    size_t height, width;
} QwenVlGrid;

/* "smart_resize": the size, in pixels, at which the tower sees a picture of width x height: multiples of a token's side (28
 * pixels), at about the same aspect ratio, between min_pixels and max_pixels. The caller resizes, with Pillow's bicubic
 * filter. ERR_INPUT: an empty picture, or one side more than 200 times the other. */
bool qwen_vl_smart_resize(const QwenVlProcessor *p, size_t width, size_t height, size_t *out_width,
                          size_t *out_height, Err *err) __attribute__((warn_unused_result));

/* The grid of a picture of that size; {0, 0} where it is no size that qwen_vl_smart_resize() gives. */
QwenVlGrid qwen_vl_grid(const QwenVlProcessor *p, size_t width, size_t height);
/* Numbers in a row of patches: channels * frames * side * side, 1176 in published models. */
size_t qwen_vl_patch_numbers(const QwenVlProcessor *p);

/* Cut the resized picture (3 bytes a pixel) into normalised patches: rows of [channel, frame, y, x], height * width of
 * them. A still picture is every frame of its patches. Rows are not in raster order but go token by token, so that the
 * merge x merge patches of one token are neighbours. out: grid.height * grid.width * qwen_vl_patch_numbers(). */
void qwen_vl_patches(const QwenVlProcessor *p, const uint8_t *rgb, QwenVlGrid grid, float *out);

#endif
