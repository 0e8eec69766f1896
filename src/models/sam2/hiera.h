/* models/sam2/hiera.h: the hierarchical vision transformer that SAM 2 sees with.
 *
 * Hiera (Ryali et al. 2023, arXiv:2306.00989) with the position embedding of Bolya et al. 2023 (arXiv:2311.05613), as SAM 2
 * uses it (Ravi et al. 2024, arXiv:2408.00714): four stages, each border but some halving the picture and doubling the
 * channels; attention in windows but for a few blocks. */
#ifndef FACET_MODELS_SAM2_HIERA_H
#define FACET_MODELS_SAM2_HIERA_H

#include "models/load.h"
#include "models/sam2/config.h"
#include "tensor/ops.h"

typedef struct {
    size_t dim, out; /* channels that come in and go out */
    int heads;
    size_t window; /* of the picture that comes in; 0: global */
    bool pool;     /* queries are pooled 2x2, and the picture halves */
    Norm norm1;
    Linear qkv, proj;
    Linear shortcut; /* where out differs from dim */
    Norm norm2;
    Linear mlp1, mlp2;
} HieraBlock;

typedef struct {
    size_t grid; /* patches a side that come into the first stage */
    Linear patch_embed;
    float *positions_data;
    Weight positions; /* [grid, grid, embed_dim] */
    HieraBlock *block;
    size_t depth;
    size_t stage_end[HIERA_STAGES]; /* the last block of each stage */
    size_t dim[HIERA_STAGES];
} Hiera;

/* From image_encoder.trunk.*. Clear it also after a failure. */
void hiera_load(Loader *l, Hiera *h, const Sam2Config *cfg);
void hiera_clear(Hiera *h);

/* image [S, S, 3], normalised; features[i] [grid / 2^i, grid / 2^i, dim[i]], the finest first. */
void hiera_forward(OpCtx *c, const Hiera *h, Tensor image, Tensor features[HIERA_STAGES]);

#endif
