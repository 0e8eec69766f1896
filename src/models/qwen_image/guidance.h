/* models/qwen_image/guidance.h: true classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598), with the length of
 * each token's velocity kept (Lin et al. 2024, arXiv:2305.08891, sec. 3.4, but per token and by length). */
#ifndef FACET_MODELS_QWEN_IMAGE_GUIDANCE_H
#define FACET_MODELS_QWEN_IMAGE_GUIDANCE_H

#include "tensor/ops.h"

/* Velocities [tokens, C] predicted with the prompt and with the negative prompt: u + scale * (n - u), n with the prompt, each
 * token brought to the length that it has in n. */
Tensor qwen_guide(OpCtx *c, Tensor with_prompt, Tensor with_negative, float scale);

#endif
