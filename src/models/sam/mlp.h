/* models/sam/mlp.h: the small perceptron that SAM's heads are made of: linear layers with ReLU between them. */
#ifndef FACET_MODELS_SAM_MLP_H
#define FACET_MODELS_SAM_MLP_H

#include "models/load.h"
#include "tensor/ops.h"

enum { MLP_LAYERS_MAX = 8 };

typedef struct {
    Linear layer[MLP_LAYERS_MAX];
    int count;
} Mlp;

/* <name>.layers.0 and so on, as many as there are, from `in` to `out` channels. */
void mlp_load(Loader *l, Mlp *m, size_t in, size_t out, const char *name, ...)
    __attribute__((format(printf, 5, 6)));
/* x [.., in] to [.., out] */
Tensor mlp_forward(OpCtx *c, const Mlp *m, Tensor x);
void mlp_clear(Mlp *m);

#endif
