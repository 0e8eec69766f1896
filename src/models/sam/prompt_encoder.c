#include "models/sam/prompt_encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float EPS = 1e-6f;

/* ---- positions ---- */

/* Fourier features of a place in [0, 1]: sin and cos of 2 pi (2 p - 1) G, in single precision as the reference. */
static void place_features(const SamPromptEncoder *e, float x, float y, float *out)
{
    size_t half = e->dim / 2;
    const float *gx = e->gaussian, *gy = e->gaussian + half;
    const float two_pi = 6.28318530717958647692f;
    x = 2 * x - 1;
    y = 2 * y - 1;
    for (size_t i = 0; i < half; i++) {
        float angle = two_pi * (x * gx[i] + y * gy[i]);
        out[i] = sinf(angle);
        out[half + i] = cosf(angle);
    }
}

static bool make_grid(SamPromptEncoder *e)
{
    size_t n = e->grid * e->grid;
    e->grid_pe = calloc(n * e->dim, sizeof *e->grid_pe);
    if (!e->grid_pe)
        return false;
    for (size_t i = 0; i < n; i++)
        place_features(e, ((float)(i % e->grid) + 0.5f) / (float)e->grid,
                       ((float)(i / e->grid) + 0.5f) / (float)e->grid, e->grid_pe + i * e->dim);
    e->dense_pe.host = tensor_of(e->grid_pe, DTYPE_F32, SHAPE(n, e->dim));
    return true;
}

/* ---- load ---- */

void sam_prompt_encoder_load(Loader *l, SamPromptEncoder *e, const char *prefix, size_t dim, size_t grid,
                             size_t pixels)
{
    Shape first = { 0 }, second = { 0 };
    *e = (SamPromptEncoder){ .dim = dim, .grid = grid, .pixels = pixels };
    load_shape(l, &first, "%s.mask_downscaling.0.weight", prefix);
    load_shape(l, &second, "%s.mask_downscaling.3.weight", prefix);
    e->gaussian =
        load_floats(l, SHAPE(2, dim / 2), "%s.pe_layer.positional_encoding_gaussian_matrix", prefix);
    for (int i = 0; i < POINT_LABELS; i++)
        e->place[i] = load_floats(l, SHAPE(1, dim), "%s.point_embeddings.%d.weight", prefix, i);
    e->not_a_point = load_floats(l, SHAPE(1, dim), "%s.not_a_point_embed.weight", prefix);
    load_weight(l, &e->no_mask, SHAPE(1, dim), "%s.no_mask_embed.weight", prefix);

    ConvShape one = { .out = first.dim[0], .in = 1, .kernel = 2 };
    ConvShape two = { .out = second.dim[0], .in = first.dim[0], .kernel = 2 };
    load_conv(l, &e->down[0], one, "%s.mask_downscaling.0", prefix);
    load_norm(l, &e->down_norm[0], one.out, "%s.mask_downscaling.1", prefix);
    load_conv(l, &e->down[1], two, "%s.mask_downscaling.3", prefix);
    load_norm(l, &e->down_norm[1], two.out, "%s.mask_downscaling.4", prefix);
    load_conv(l, &e->down[2], (ConvShape){ .out = dim, .in = two.out, .kernel = 1 }, "%s.mask_downscaling.6",
              prefix);
    if (e->gaussian && !make_grid(e))
        load_fail(l, "no memory for the prompt encoder");
}

void sam_prompt_encoder_clear(SamPromptEncoder *e)
{
    free(e->gaussian);
    for (int i = 0; i < POINT_LABELS; i++)
        free(e->place[i]);
    free(e->not_a_point);
    weight_clear(&e->no_mask);
    for (int i = 0; i < 3; i++)
        linear_clear(&e->down[i]);
    for (int i = 0; i < 2; i++)
        norm_clear(&e->down_norm[i]);
    weight_clear(&e->dense_pe);
    free(e->grid_pe);
    *e = (SamPromptEncoder){ 0 };
}

/* ---- prompts ---- */

bool sam_prompt_check(OpCtx *c, const SamPrompt *p)
{
    if (p->point_count > SAM_POINTS_MAX)
        op_fail(c, ERR_USAGE, "%zu points are more than the %d that SAM takes", p->point_count,
                SAM_POINTS_MAX);
    else if (p->point_count == 0 && !p->box && !p->mask_input)
        op_fail(c, ERR_USAGE, "SAM needs a point, a box or a mask to start from");
    for (size_t i = 0; op_ok(c) && i < p->point_count; i++)
        if (p->labels[i] != POINT_FOREGROUND && p->labels[i] != POINT_BACKGROUND)
            op_fail(c, ERR_USAGE, "a point is labelled %d: it is 1 (object) or 0 (background)", p->labels[i]);
    return op_ok(c);
}

/* ---- forward ---- */

static void point_token(const SamPromptEncoder *e, PromptPoint p, float *out)
{
    if (p.label == POINT_NONE) {
        memcpy(out, e->not_a_point, e->dim * sizeof *out);
        return;
    }
    place_features(e, p.x / (float)e->pixels, p.y / (float)e->pixels, out);
    for (size_t i = 0; i < e->dim; i++)
        out[i] += e->place[p.label][i];
}

Tensor sam_encode_points(OpCtx *c, const SamPromptEncoder *e, const PromptPoint *points, size_t count)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    float *tokens = calloc(count * e->dim + 1, sizeof *tokens);
    if (!tokens)
        return op_fail(c, ERR_NOMEM, "no memory for %zu prompts", count);
    for (size_t i = 0; i < count; i++)
        point_token(e, points[i], tokens + i * e->dim);
    Tensor t = op_from_f32(c, tokens, SHAPE(count, e->dim));
    free(tokens);
    return t;
}

Tensor sam_encode_mask(OpCtx *c, const SamPromptEncoder *e, Tensor mask)
{
    if (!tensor_is(mask))
        return op_weight(c, &e->no_mask);
    Tensor x = op_reshape(c, mask, SHAPE(4 * e->grid, 4 * e->grid, 1));
    for (int i = 0; i < 2; i++) {
        x = op_layer_norm(c, op_conv2d(c, x, &e->down[i], (ConvOpts){ .stride = 2 }), &e->down_norm[i], EPS);
        x = op_act(c, x, ACT_GELU);
    }
    return op_conv2d(c, x, &e->down[2], (ConvOpts){ 0 });
}

Tensor sam_grid_positions(OpCtx *c, const SamPromptEncoder *e)
{
    return op_weight(c, &e->dense_pe);
}
