/* models/sam/image_encoder.h: the plain vision transformer that turns a photo into SAM's image embedding.
 *
 * ViTDet's backbone (Li et al. 2022, arXiv:2203.16527) as Segment Anything uses it (Kirillov et al. 2023, app. A):
 * attention in windows with a few global blocks, decomposed relative positions, a neck of two convolutions. */
#ifndef FACET_MODELS_SAM_IMAGE_ENCODER_H
#define FACET_MODELS_SAM_IMAGE_ENCODER_H

#include "models/sam/neck.h"

typedef struct {
    size_t window; /* tokens a side; 0: global attention */
    Norm norm1;
    Linear qkv, proj;
    Weight rel_pos_h, rel_pos_w; /* [2 S - 1, D], S the window or the grid */
    Norm norm2;
    Linear lin1, lin2;
} VitBlock;

typedef struct {
    size_t patch; /* pixels a side */
    size_t grid;  /* patches a side */
    size_t dim, heads, depth;
    size_t out; /* channels of the embedding */
    Linear patch_embed;
    Weight pos_embed; /* [1, grid, grid, dim] */
    VitBlock *blocks;
    SamNeck neck;
} SamImageEncoder;

/* From image_encoder.*; every size is read from the checkpoint's shapes. Clear it also after a failure. */
void sam_image_encoder_load(Loader *l, SamImageEncoder *e);
void sam_image_encoder_clear(SamImageEncoder *e);

/* image [S, S, 3], S = grid * patch, normalised and padded; result [grid, grid, out]. */
Tensor sam_image_encoder_forward(OpCtx *c, const SamImageEncoder *e, Tensor image);

#endif
