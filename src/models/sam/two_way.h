/* models/sam/two_way.h: the two-way transformer of SAM's mask decoder: prompt tokens and image tokens look at each
 * other (Kirillov et al. 2023, app. A, fig. 14). SAM 2 uses the same. */
#ifndef FACET_MODELS_SAM_TWO_WAY_H
#define FACET_MODELS_SAM_TWO_WAY_H

#include "models/sam/mlp.h"

enum { TWO_WAY_LAYERS_MAX = 8 };

/* Attention whose inner width may be smaller than that of its tokens. */
typedef struct {
    Linear q, k, v, out;
    int heads;
} TwoWayAttention;

typedef struct {
    TwoWayAttention self, token_to_image, image_to_token;
    Norm norm1, norm2, norm3, norm4;
    Mlp mlp;
} TwoWayLayer;

typedef struct {
    size_t dim;
    int depth;
    TwoWayLayer layer[TWO_WAY_LAYERS_MAX];
    TwoWayAttention final;
    Norm final_norm;
} TwoWay;

/* PerSAM's training-free guidance (Zhang et al. 2023, arXiv:2305.03048, sec. 3.2); either may be the empty tensor. */
typedef struct {
    Tensor
        attention; /* [I]: added to the token-to-image attention behind its softmax, which is then taken again */
    Tensor
        semantic; /* [1, C]: the target's embedding, added to the queries before each layer and the last attention */
} TwoWayGuidance;

/* From <prefix>.layers.N.* and so on, for tokens of `dim` channels. */
void two_way_load(Loader *l, TwoWay *t, size_t dim, const char *prefix);
void two_way_clear(TwoWay *t);

/* tokens [T, C], image [I, C] with the positions [I, C] of its cells. On return *tokens and *image are what became of them. */
void two_way_forward(OpCtx *c, const TwoWay *t, Tensor *tokens, Tensor *image, Tensor positions,
                     const TwoWayGuidance *guidance);

#endif
