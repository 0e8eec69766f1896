/* models/sam/mask_decoder.h: prompts on an encoded image become masks (Kirillov et al. 2023, app. A, fig. 14).
 *
 * SAM 2 (Ravi et al. 2024, arXiv:2408.00714) uses the same decoder with one token more, for whether the object is there,
 * and two finer levels of image features. */
#ifndef FACET_MODELS_SAM_MASK_DECODER_H
#define FACET_MODELS_SAM_MASK_DECODER_H

#include "models/sam/two_way.h"

enum { MASK_TOKENS_MAX = 8 };

typedef struct {
    size_t dim;
    int mask_count; /* 4: one for a single mask, three for several */
    TwoWay transformer;
    Weight iou_token, mask_tokens; /* [1, C], [mask_count, C] */
    Linear up1, up2;               /* transposed convolutions 2x2 */
    Norm up_norm;
    Mlp hyper[MASK_TOKENS_MAX]; /* a mask token to the weights of its mask */
    Mlp iou_head;
    /* SAM 2 only. */
    bool sam2;
    bool
        iou_sigmoid; /* the predicted quality goes through a sigmoid; the configuration says so, not the checkpoint */
    Weight object_token; /* [1, C] */
    Mlp object_head;
    Linear conv_s0, conv_s1; /* 1x1: what the finer levels go through before they come here */
} SamMaskDecoder;

/* Image features finer than the embedding, SAM 2 only: [4 grid, 4 grid, C / 8] and [2 grid, 2 grid, C / 4]. */
typedef struct {
    Tensor s0, s1;
} HighRes;

typedef struct {
    Tensor masks; /* [mask_count, 4 grid, 4 grid] logits: above 0 is object */
    Tensor iou;   /* [mask_count] predicted intersection over union with the truth */
} MaskLogits;

/* From <prefix>.*; SAM 2 where it has an object score token. Clear it also after a failure. */
void sam_mask_decoder_load(Loader *l, SamMaskDecoder *d, size_t dim, const char *prefix);
void sam_mask_decoder_clear(SamMaskDecoder *d);

/* image [grid, grid, C]; positions [grid * grid, C]; prompts [n, C]; dense [grid, grid, C] or [1, C]; high_res and
 * guidance may be NULL. */
MaskLogits sam_decode_masks(OpCtx *c, const SamMaskDecoder *d, Tensor image, Tensor positions, Tensor prompts,
                            Tensor dense, const HighRes *high_res, const TwoWayGuidance *guidance);

/* How little a mask changes with its threshold: of n pixels with logits above -delta, the share that is above +delta. 1 where
 * none is. SAM takes 1 for delta (Kirillov et al. 2023, app. B). */
float sam_mask_stability(const float *logits, size_t n, float delta);
#define SAM_STABILITY_DELTA 1.0f

#endif
