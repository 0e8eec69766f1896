/* models/qwen_vl/vision.h: the vision tower of Qwen2.5-VL: patches of pictures become tokens of the decoder.
 *
 * A vision transformer (Bai et al. 2025, arXiv:2502.13923, sec. 2.1.1) with attention in windows of 112 pixels and a few
 * global blocks, rotary positions in two dimensions, and a merger that makes one token of 2 x 2 patches. */
#ifndef FACET_MODELS_QWEN_VL_VISION_H
#define FACET_MODELS_QWEN_VL_VISION_H

#include "models/load.h"
#include "models/qwen_vl/layout.h"
#include "tensor/ops.h"

typedef struct {
    Norm norm1, norm2;
    Linear qkv, proj;
    Linear gate, up, down;
} QwenVlVisionBlock;

typedef struct {
    QwenVlVisionConfig config;
    Linear
        patch_embed; /* [hidden, channels * frames * side * side]: the convolution's kernel is its stride */
    QwenVlVisionBlock *blocks; /* [depth] */
    Norm merger_norm;
    Linear merger1, merger2;
} QwenVlVision;

/* From <prefix>.patch_embed and so on. Clear it also after a failure. */
void qwen_vl_vision_load(Loader *l, QwenVlVision *v, const QwenVlVisionConfig *config, const char *prefix);
void qwen_vl_vision_clear(QwenVlVision *v);

/* patches [P, channels * frames * side * side] of qwen_vl_patches(), one picture after the other; `layout` of the same
 * pictures. Result [P / merge^2, out_hidden_size], in raster order. A picture's tokens do not depend on the others. */
Tensor qwen_vl_vision_forward(OpCtx *c, const QwenVlVision *v, Tensor patches, const QwenVlLayout *layout);

#endif
