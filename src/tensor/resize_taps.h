/* tensor/resize_taps.h: resizing as weights: which source pixels make a pixel, along one axis. */
#ifndef FACET_TENSOR_RESIZE_TAPS_H
#define FACET_TENSOR_RESIZE_TAPS_H

#include "tensor/ops.h"

/* Pixel i of the result is the sum over t < taps of weight[i * taps + t] * source[first[i] + t]; always
 * inside. */
typedef struct {
    size_t taps;
    size_t *first;
    float *weight;
} ResizeTaps;

/* In the arena of c; false on a failed context. Neither length is 0. */
bool resize_taps(OpCtx *c, ResizeTaps *r, size_t in, size_t out, ResizeMode mode);

#endif
