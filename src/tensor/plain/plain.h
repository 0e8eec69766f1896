/* tensor/plain/plain.h: every operation as the loop its formula says, summed in double: the judge in tests.
 *
 * One file a family; plain.c is the table. A faster backend in host memory may take from here what needs no
 * speed. */
#ifndef FACET_TENSOR_PLAIN_PLAIN_H
#define FACET_TENSOR_PLAIN_PLAIN_H

#include "tensor/backend.h"

/* The backend's part of a context and of its memory, as backend.h wants them: host memory, nothing to wait for. */
bool plain_open(OpCtx *c, const char *variant, Err *err);
void plain_close(OpCtx *c);
bool plain_wait(OpCtx *c, Err *err);
void *plain_alloc(OpCtx *c, size_t bytes);
void plain_release(OpCtx *c, void *p, size_t bytes);

/* The weight itself where it is f32, else a converted copy that stays with it. */
Tensor plain_weight(OpCtx *c, const Weight *w);
/* Its numbers; NULL where it is missing (or the context has failed). */
const float *plain_values(OpCtx *c, const Weight *w);

/* The windows [first, last) of an image, or back into it. */
void plain_cut_windows(Tensor windows, Tensor image, size_t size, size_t first, size_t last);
void plain_join_windows(Tensor image, Tensor windows, size_t size, size_t first, size_t last);

/* act(x), by the formulas of ops.h. */
double plain_activation(double x, Act act);

#define PLAIN_OP(op, args) void plain_##op args;
BACKEND_OPS(PLAIN_OP)
#undef PLAIN_OP

#endif
