#include "models/qwen_vl/layout.h"

#include <math.h>
#include <stdlib.h>

static const float THETA = 10000;

/* A side of 65,536 pixels, and 64 pictures of 4,096 x 4,096. */
enum { SIDE_MAX = 1 << 16, PATCHES_MAX = 1 << 23 };

size_t qwen_vl_picture_tokens(const QwenVlVisionConfig *v, QwenVlGrid grid)
{
    return grid.height / v->spatial_merge_size * (grid.width / v->spatial_merge_size);
}

static bool measure(QwenVlLayout *y, const QwenVlVisionConfig *v, const QwenVlGrid *grids, size_t count,
                    Err *err)
{
    size_t m = v->spatial_merge_size, side = v->window_size / v->patch_size / m;
    for (size_t i = 0; i < count; i++) {
        size_t h = grids[i].height, w = grids[i].width;
        if (h == 0 || w == 0 || h > SIDE_MAX || w > SIDE_MAX || h % m || w % m ||
            (y->patches += h * w) > PATCHES_MAX)
            return err_set(err, ERR_INPUT,
                           "picture %zu is %zu x %zu patches: the vision tower cannot look at that", i + 1, w,
                           h);
        y->windows += ((h / m + side - 1) / side) * ((w / m + side - 1) / side);
    }
    y->cells = y->patches / (m * m);
    y->pictures = count;
    return count > 0 || err_set(err, ERR_INPUT, "there is no picture to look at");
}

static bool allocate(QwenVlLayout *y, size_t frequencies)
{
    y->order = calloc(y->cells, sizeof *y->order);
    y->restore = calloc(y->cells, sizeof *y->restore);
    y->window_ends = calloc(y->windows, sizeof *y->window_ends);
    y->picture_ends = calloc(y->pictures, sizeof *y->picture_ends);
    y->cos = calloc(y->patches * frequencies, sizeof *y->cos);
    y->sin = calloc(y->patches * frequencies, sizeof *y->sin);
    return y->order && y->restore && y->window_ends && y->picture_ends && y->cos && y->sin;
}

/* The rotary angles of the patch at (row, col): one half of the frequencies turns with the row, the other with the column.
 * Frequencies and angles are rounded to float as in the reference. */
static void turn(const QwenVlVisionConfig *v, size_t row, size_t col, float *cos_out, float *sin_out)
{
    size_t half = v->hidden_size / v->num_heads / 4;
    for (size_t i = 0; i < 2 * half; i++) {
        float frequency = 1 / powf(THETA, (float)(i % half) / (float)half);
        float angle = (float)(i < half ? row : col) * frequency;
        cos_out[i] = (float)cos(angle);
        sin_out[i] = (float)sin(angle);
    }
}

/* Put the cells of one picture in window order; the windows at its right and bottom edge are smaller. */
static void arrange(QwenVlLayout *y, const QwenVlVisionConfig *v, QwenVlGrid grid, size_t base,
                    size_t *window)
{
    size_t m = v->spatial_merge_size, side = v->window_size / v->patch_size / m,
           frequencies = v->hidden_size / v->num_heads / 2;
    size_t high = grid.height / m, wide = grid.width / m, n = base;
    for (size_t top = 0; top < high; top += side)
        for (size_t left = 0; left < wide; left += side) {
            for (size_t r = top; r < high && r < top + side; r++)
                for (size_t c = left; c < wide && c < left + side; c++, n++) {
                    y->order[n] = (int32_t)(base + r * wide + c);
                    y->restore[base + r * wide + c] = (int32_t)n;
                    for (size_t part = 0; part < m * m; part++) {
                        size_t at = (n * m * m + part) * frequencies;
                        turn(v, r * m + part / m, c * m + part % m, y->cos + at, y->sin + at);
                    }
                }
            y->window_ends[(*window)++] = n * m * m;
        }
}

bool qwen_vl_layout_init(QwenVlLayout *y, const QwenVlVisionConfig *v, const QwenVlGrid *grids, size_t count,
                         Err *err)
{
    *y = (QwenVlLayout){ 0 };
    if (!measure(y, v, grids, count, err)) {
        *y = (QwenVlLayout){ 0 };
        return false;
    }
    if (!allocate(y, v->hidden_size / v->num_heads / 2)) {
        err_set(err, ERR_NOMEM, "no memory for the positions of %zu patches", y->patches);
        qwen_vl_layout_clear(y);
        return false;
    }
    size_t base = 0, window = 0;
    for (size_t i = 0; i < count; i++) {
        arrange(y, v, grids[i], base, &window);
        base += qwen_vl_picture_tokens(v, grids[i]);
        y->picture_ends[i] = base * v->spatial_merge_size * v->spatial_merge_size;
    }
    return true;
}

void qwen_vl_layout_clear(QwenVlLayout *y)
{
    free(y->order);
    free(y->restore);
    free(y->window_ends);
    free(y->picture_ends);
    free(y->cos);
    free(y->sin);
    *y = (QwenVlLayout){ 0 };
}
