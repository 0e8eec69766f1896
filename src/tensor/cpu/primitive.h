/* tensor/cpu/primitive.h: oneDNN's matrix products and convolutions, made once and kept.
 *
 * Making a primitive compiles code and takes milliseconds; so each context keeps those it has used. Only this file
 * and onednn.h know oneDNN. */
#ifndef FACET_TENSOR_CPU_PRIMITIVE_H
#define FACET_TENSOR_CPU_PRIMITIVE_H

#include "tensor/backend.h"

typedef enum {
    PRIMITIVE_LINEAR, /* size: rows, in, out. Weight [out, in], packed */
    PRIMITIVE_SPREAD, /* size: rows, in, out. Weight [in, out], packed: a transposed convolution before its scattering */
    PRIMITIVE_MATMUL, /* size: batch, m, k, n, transposed. The second factor as it lies */
    PRIMITIVE_CONV,   /* conv. Weight [o, c / groups, kh, kw], packed */
} PrimitiveKind;

typedef struct {
    PrimitiveKind kind;
    bool bias;
    Act act;
    size_t size[5];
    Conv conv;
} PrimitiveKey;

typedef struct PrimitiveCache PrimitiveCache;

PrimitiveCache *primitives_open(Err *err);
void primitives_close(PrimitiveCache *p); /* also for NULL */

/* y = act(x * w + bias). w is put into the layout that is fastest at its first use, and kept so. key->bias says whether
 * there is a bias. */
void primitive_run_packed(OpCtx *c, const PrimitiveKey *key, float *y, const float *x, const Weight *w,
                          const float *bias);
/* y = a * b */
void primitive_run(OpCtx *c, const PrimitiveKey *key, float *y, const float *a, const float *b);

#endif
