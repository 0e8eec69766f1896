/* models/qwen_image/latents.h: how large pictures are made, and how their latents become tokens. */
#ifndef FACET_MODELS_QWEN_IMAGE_LATENTS_H
#define FACET_MODELS_QWEN_IMAGE_LATENTS_H

#include "tensor/ops.h"

/* The editing releases work at these areas, in pixels: what the VAE encodes and by default makes, and what -2509 and later
 * show to the text encoder. */
enum { QWEN_VAE_AREA = 1024 * 1024, QWEN_CONDITION_AREA = 384 * 384 };

typedef struct {
    size_t width, height;
} QwenSize;

/* The size of about that area with a ratio of width to height, both multiples of 32. At least 32, also for absurd ratios. */
QwenSize qwen_size_for_area(double area, double ratio);

/* Latents [h, w, C] become tokens [h / 2 * w / 2, 4 C], channel c of the cell at (dy, dx) of a 2 x 2 patch at 4 c + 2 dy + dx.
 * An odd h or w fails the context. And back, for h and w as they were. */
Tensor qwen_pack(OpCtx *c, Tensor latents);
Tensor qwen_unpack(OpCtx *c, Tensor tokens, size_t height, size_t width);

#endif
