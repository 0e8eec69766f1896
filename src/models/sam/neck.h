/* models/sam/neck.h: what turns an image encoder's features into SAM's image embedding: a 1x1 and a 3x3 convolution without
 * biases, a layer norm behind each (Kirillov et al. 2023, app. A). SAM's and MobileSAM's encoders end in the same. */
#ifndef FACET_MODELS_SAM_NECK_H
#define FACET_MODELS_SAM_NECK_H

#include "models/load.h"
#include "tensor/ops.h"

typedef struct {
    Linear project, smooth; /* 1x1, 3x3 */
    Norm norm1, norm2;
} SamNeck;

/* From image_encoder.neck.*, for features of `in` channels to an embedding of `out`. */
void sam_neck_load(Loader *l, SamNeck *n, size_t in, size_t out);
void sam_neck_clear(SamNeck *n);

/* x [H, W, in] to [H, W, out]. */
Tensor sam_neck_forward(OpCtx *c, const SamNeck *n, Tensor x);

#endif
