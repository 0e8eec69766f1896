/* models/qwen_image/rope.h: where the tokens of text and images are: three-dimensional rotary positions (Qwen-Image,
 * arXiv:2508.02324, sec. 2.4: "MSRoPE"). */
#ifndef FACET_MODELS_QWEN_IMAGE_ROPE_H
#define FACET_MODELS_QWEN_IMAGE_ROPE_H

#include "models/qwen_image/config.h"
#include "tensor/ops.h"

/* The tokens of one image: latent cells divided by the patch size. */
typedef struct {
    size_t height, width;
} QwenGrid;

/* Angles of the image tokens, in the order of the images and then of raster lines, and of text tokens. */
typedef struct {
    Rope image, text; /* tables [tokens, attention_head_dim / 2] */
} QwenRope;

/* The index that the first text token has on all three axes: behind all images. */
size_t qwen_rope_text_start(const QwenTransformerConfig *cfg, const QwenGrid *images, size_t count);

/* The picture to make is images[0], references follow. The tables stay the same for all steps of an edit: make them once.
 * They live in the arena. More than QWEN_ROPE_INDEX_MAX rows, columns, images or text tokens fail the context. */
enum { QWEN_ROPE_INDEX_MAX = 1 << 14 };
QwenRope qwen_rope(OpCtx *c, const QwenTransformerConfig *cfg, const QwenGrid *images, size_t count,
                   size_t text_tokens);

#endif
