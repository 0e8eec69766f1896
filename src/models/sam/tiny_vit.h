/* models/sam/tiny_vit.h: MobileSAM's image encoder, vit_t: convolutions, then attention in small windows.
 *
 * TinyViT (Wu et al. 2022, arXiv:2207.10666) as MobileSAM distils it (Zhang et al. 2023, arXiv:2306.14289). */
#ifndef FACET_MODELS_SAM_TINY_VIT_H
#define FACET_MODELS_SAM_TINY_VIT_H

#include "models/sam/neck.h"

enum { TINY_VIT_LAYERS_MAX = 8, TINY_VIT_BLOCKS_MAX = 64 };

/* Inverted residual of the first layer: 1x1, depthwise 3x3, 1x1. Also a downsampling, then with its stride. */
typedef struct {
    Linear expand, depthwise, project;
    size_t dim, hidden, out, stride;
} MbConv;

typedef struct {
    size_t window;
    int heads;
    Norm attn_norm;
    Linear qkv, proj;
    Weight bias;  /* [heads, window^2, window^2] */
    Linear local; /* depthwise 3x3 between attention and MLP */
    Norm mlp_norm;
    Linear fc1, fc2;
} TinyVitBlock;

typedef struct {
    size_t dim;
    size_t count;
    MbConv conv[TINY_VIT_BLOCKS_MAX];        /* the blocks of layer 0 */
    TinyVitBlock block[TINY_VIT_BLOCKS_MAX]; /* and of the others */
    bool has_downsample;
    MbConv downsample;
} TinyVitLayer;

typedef struct {
    size_t pixels, grid; /* sides of input and embedding */
    size_t out;          /* channels of the embedding */
    Linear stem1, stem2;
    size_t layer_count;
    TinyVitLayer *layer;
    SamNeck neck;
    void *made; /* parameters computed from the checkpoint's */
} TinyVit;

/* Whether the checkpoint's image encoder is one of these. */
bool tiny_vit_is(const Loader *l);
/* From image_encoder.*. Clear it also after a failure. */
void tiny_vit_load(Loader *l, TinyVit *t);
void tiny_vit_clear(TinyVit *t);

/* image [pixels, pixels, 3], normalised and padded; result [grid, grid, out]. */
Tensor tiny_vit_forward(OpCtx *c, const TinyVit *t, Tensor image);

#endif
