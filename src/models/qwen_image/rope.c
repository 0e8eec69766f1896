#include "models/qwen_image/rope.h"

#include <math.h>
#include <stdlib.h>

static const float THETA = 10000;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t qwen_rope_text_start(const QwenTransformerConfig *cfg, const QwenGrid *images, size_t count)
{
    size_t start = 0;
    for (size_t i = 0; i < count; i++)
        start = larger(start, larger(images[i].height / 2, images[i].width / 2));
    /* The layered model has the layers on the frame axis, and its text is behind those too. */
    return cfg->use_layer3d_rope && count ? larger(start, count - 1) : start;
}

typedef struct {
    float *cos, *sin; /* the next row */
    const QwenTransformerConfig *cfg;
} Rows;

/* Row of a token at `position` on frame, line and column. The angle is a float32 product of a float32 frequency, as the
 * reference has it: at index 4096 the exact angle is 2.5e-4 away. */
static void add_row(Rows *r, const long position[QWEN_ROPE_AXES])
{
    for (int axis = 0; axis < QWEN_ROPE_AXES; axis++) {
        size_t dim = r->cfg->axes_dims_rope[axis];
        for (size_t i = 0; i < dim; i += 2) {
            float frequency = 1.0f / powf(THETA, (float)i / (float)dim);
            float angle = (float)position[axis] * frequency;
            *r->cos++ = (float)cos((double)angle);
            *r->sin++ = (float)sin((double)angle);
        }
    }
}

/* Lines and columns are counted from the middle of the image, so that images of all sizes share their centre. */
static void add_image(Rows *r, QwenGrid g, long frame)
{
    long top = (long)(g.height - g.height / 2), left = (long)(g.width - g.width / 2);
    for (long y = 0; y < (long)g.height; y++)
        for (long x = 0; x < (long)g.width; x++)
            add_row(r, (long[]){ frame, y - top, x - left });
}

/* The frame of image i is its place in the list, but for the layered model, whose last image is the condition. */
static long frame_of(const QwenTransformerConfig *cfg, size_t i, size_t count)
{
    return cfg->use_layer3d_rope && i == count - 1 ? -1 : (long)i;
}

QwenRope qwen_rope(OpCtx *c, const QwenTransformerConfig *cfg, const QwenGrid *images, size_t count,
                   size_t text_tokens)
{
    QwenRope none = { 0 };
    size_t half = cfg->attention_head_dim / 2, tokens = 0, largest = larger(count, text_tokens);
    for (size_t i = 0; i < count && largest <= QWEN_ROPE_INDEX_MAX; i++) {
        largest = larger(largest, larger(images[i].height, images[i].width));
        tokens += images[i].height * images[i].width;
    }
    if (largest > QWEN_ROPE_INDEX_MAX) {
        op_fail(c, ERR_USAGE, "%zu tokens in a row are more than Qwen-Image can have, which are %d", largest,
                QWEN_ROPE_INDEX_MAX);
        return none;
    }
    size_t rows = larger(tokens, text_tokens), bytes;
    if (__builtin_mul_overflow(rows + 1, 2 * half * sizeof(float), &bytes))
        bytes = SIZE_MAX;
    float *table = bytes == SIZE_MAX ? NULL : malloc(bytes);
    if (!table) {
        op_fail(c, ERR_NOMEM, "no memory for the positions of %zu tokens", rows);
        return none;
    }
    float *sines = table + rows * half;
    QwenRope rope = { .image = { .head_dim = (int)cfg->attention_head_dim, .layout = ROPE_PAIRS } };
    rope.text = rope.image;

    Rows r = { table, sines, cfg };
    for (size_t i = 0; i < count; i++)
        add_image(&r, images[i], frame_of(cfg, i, count));
    rope.image.cos = op_from_f32(c, table, SHAPE(tokens, half));
    rope.image.sin = op_from_f32(c, sines, SHAPE(tokens, half));

    r = (Rows){ table, sines, cfg };
    long start = (long)qwen_rope_text_start(cfg, images, count);
    for (long i = start; i < start + (long)text_tokens; i++)
        add_row(&r, (long[]){ i, i, i });
    rope.text.cos = op_from_f32(c, table, SHAPE(text_tokens, half));
    rope.text.sin = op_from_f32(c, sines, SHAPE(text_tokens, half));
    free(table);
    return rope;
}
