#include "models/sam/mask_decoder.h"

#include <stdio.h>

static const float EPS_2D = 1e-6f;

/* ---- load ---- */

static void load_heads(Loader *l, SamMaskDecoder *d, const char *prefix, size_t fine)
{
    for (int i = 0; i < d->mask_count; i++)
        mlp_load(l, &d->hyper[i], d->dim, fine, "%s.output_hypernetworks_mlps.%d", prefix, i);
    mlp_load(l, &d->iou_head, d->dim, (size_t)d->mask_count, "%s.iou_prediction_head", prefix);
}

static void load_sam2(Loader *l, SamMaskDecoder *d, const char *prefix, size_t half, size_t fine)
{
    d->sam2 = load_shape(l, NULL, "%s.obj_score_token.weight", prefix);
    if (!d->sam2)
        return;
    load_weight(l, &d->object_token, SHAPE(1, d->dim), "%s.obj_score_token.weight", prefix);
    mlp_load(l, &d->object_head, d->dim, 1, "%s.pred_obj_score_head", prefix);
    load_conv(l, &d->conv_s0, (ConvShape){ .out = fine, .in = d->dim, .kernel = 1 }, "%s.conv_s0", prefix);
    load_conv(l, &d->conv_s1, (ConvShape){ .out = half, .in = d->dim, .kernel = 1 }, "%s.conv_s1", prefix);
}

void sam_mask_decoder_load(Loader *l, SamMaskDecoder *d, size_t dim, const char *prefix)
{
    char name[200];
    Shape tokens = { 0 }, up1 = { 0 }, up2 = { 0 };
    *d = (SamMaskDecoder){ .dim = dim };
    if (!load_shape(l, &tokens, "%s.mask_tokens.weight", prefix) || tokens.dim[0] < 2 ||
        tokens.dim[0] > MASK_TOKENS_MAX || !load_shape(l, &up1, "%s.output_upscaling.0.weight", prefix) ||
        !load_shape(l, &up2, "%s.output_upscaling.3.weight", prefix)) {
        load_fail(l, "this is no SAM checkpoint: it has no %s with 2 to %d masks", prefix, MASK_TOKENS_MAX);
        return;
    }
    size_t half = up1.dim[1], fine = up2.dim[1];
    d->mask_count = (int)tokens.dim[0];
    snprintf(name, sizeof name, "%s.transformer", prefix);
    two_way_load(l, &d->transformer, dim, name);
    load_weight(l, &d->iou_token, SHAPE(1, dim), "%s.iou_token.weight", prefix);
    load_weight(l, &d->mask_tokens, SHAPE((size_t)d->mask_count, dim), "%s.mask_tokens.weight", prefix);
    load_conv(l, &d->up1, (ConvShape){ .out = half, .in = dim, .kernel = 2, .transposed = true },
              "%s.output_upscaling.0", prefix);
    load_norm(l, &d->up_norm, half, "%s.output_upscaling.1", prefix);
    load_conv(l, &d->up2, (ConvShape){ .out = fine, .in = half, .kernel = 2, .transposed = true },
              "%s.output_upscaling.3", prefix);
    load_heads(l, d, prefix, fine);
    load_sam2(l, d, prefix, half, fine);
}

void sam_mask_decoder_clear(SamMaskDecoder *d)
{
    two_way_clear(&d->transformer);
    weight_clear(&d->iou_token);
    weight_clear(&d->mask_tokens);
    linear_clear(&d->up1);
    linear_clear(&d->up2);
    norm_clear(&d->up_norm);
    for (int i = 0; i < d->mask_count; i++)
        mlp_clear(&d->hyper[i]);
    mlp_clear(&d->iou_head);
    weight_clear(&d->object_token);
    mlp_clear(&d->object_head);
    linear_clear(&d->conv_s0);
    linear_clear(&d->conv_s1);
    *d = (SamMaskDecoder){ 0 };
}

/* ---- forward ---- */

/* image [grid, grid, C] to [4 grid, 4 grid, C / 8]. SAM 2 adds its finer levels before the norm and before the last GELU. */
static Tensor upscale(OpCtx *c, const SamMaskDecoder *d, Tensor image, const HighRes *high_res)
{
    Tensor x = op_conv_transpose2d(c, image, &d->up1, 2, ACT_NONE);
    if (high_res)
        op_add_to(c, x, high_res->s1);
    x = op_act(c, op_layer_norm(c, x, &d->up_norm, EPS_2D), ACT_GELU);
    x = op_conv_transpose2d(c, x, &d->up2, 2, ACT_NONE);
    if (high_res)
        op_add_to(c, x, high_res->s0);
    return op_act(c, x, ACT_GELU);
}

MaskLogits sam_decode_masks(OpCtx *c, const SamMaskDecoder *d, Tensor image, Tensor positions, Tensor prompts,
                            Tensor dense, const HighRes *high_res, const TwoWayGuidance *guidance)
{
    size_t grid = image.dim[0], masks = (size_t)d->mask_count;
    Tensor tokens = op_concat_rows(c, op_weight(c, &d->iou_token), op_weight(c, &d->mask_tokens));
    if (d->sam2)
        tokens = op_concat_rows(c, op_weight(c, &d->object_token), tokens);
    size_t iou_at = d->sam2 ? 1 : 0;
    tokens = op_concat_rows(c, tokens, prompts);
    image = op_reshape(c, op_add(c, image, dense), SHAPE(grid * grid, d->dim));
    two_way_forward(c, &d->transformer, &tokens, &image, positions, guidance);

    Tensor fine = upscale(c, d, op_reshape(c, image, SHAPE(grid, grid, d->dim)), high_res);
    size_t side = 4 * grid, channels = tensor_cols(fine);
    Tensor weights = { 0 };
    for (size_t i = 0; i < masks; i++) {
        Tensor w = mlp_forward(c, &d->hyper[i], op_rows(c, tokens, iou_at + 1 + i, 1));
        weights = i == 0 ? w : op_concat_rows(c, weights, w);
    }
    Tensor logits = op_matmul_t(c, weights, op_reshape(c, fine, SHAPE(side * side, channels)));
    Tensor iou = mlp_forward(c, &d->iou_head, op_rows(c, tokens, iou_at, 1));
    if (d->iou_sigmoid)
        iou = op_act(c, iou, ACT_SIGMOID);
    return (MaskLogits){ op_reshape(c, logits, SHAPE(masks, side, side)), op_reshape(c, iou, SHAPE(masks)) };
}

float sam_mask_stability(const float *logits, size_t n, float delta)
{
    size_t inner = 0, outer = 0;
    for (size_t i = 0; i < n; i++) {
        inner += logits[i] > delta;
        outer += logits[i] > -delta;
    }
    return outer ? (float)inner / (float)outer : 1;
}
