/* tensor/cpu/kernels/isa.h: one source, several instruction sets.
 *
 * The files of this folder are compiled once for each; ISA is then its name (plain, avx2, avx512), and K(f) the name
 * of f for it. They may contract a product and a sum into one fused operation: nothing here relies on the rounding
 * between the two. */
#ifndef FACET_TENSOR_CPU_KERNELS_ISA_H
#define FACET_TENSOR_CPU_KERNELS_ISA_H

#include "tensor/cpu/kernels.h"

#define K_JOIN(a, b)   kernel_##a##_##b
#define K_EXPAND(a, b) K_JOIN(a, b)
#define K(name)        K_EXPAND(name, ISA)

/* 16 floats, in as many registers as the instruction set needs; no alignment wanted. */
typedef float Vec16 __attribute__((vector_size(64), aligned(4), may_alias));

static inline Vec16 vec_load(const float *p)
{
    return *(const Vec16 *)p;
}

static inline void vec_store(float *p, Vec16 v)
{
    *(Vec16 *)p = v;
}

#define KERNEL_OPS(X)                                                                                        \
    X(act, (float *y, const float *x, size_t n, Act act))                                                    \
    X(act_mul, (float *y, const float *gate, const float *x, size_t n, Act act))                             \
    X(binary, (float *y, const float *a, const float *b, size_t n, Binary op))                               \
    X(modulate, (float *y, const float *x, const float *shift, const float *scale, size_t n))                \
    X(affine, (float *y, const float *x, float mul, float add, size_t n))                                    \
    X(add_scaled, (float *x, float s, const float *y, size_t n))                                             \
    X(add_gated, (float *x, const float *gate, const float *y, size_t n))                                    \
    X(max, (float *y, const float *x, size_t n))                                                             \
    X(layer_norm, (float *y, const float *x, const float *weight, const float *bias, size_t n, float eps))   \
    X(rms_norm, (float *y, const float *x, const float *weight, const float *bias, size_t n, float eps))     \
    X(normalize, (float *y, const float *x, size_t n, float eps))                                            \
    X(softmax, (float *y, const float *x, size_t n))                                                         \
    X(column_sums, (float *sum, const float *x, size_t rows, size_t n))                                      \
    X(column_squares, (float *sum, const float *x, const float *mean, size_t rows, size_t n))                \
    X(scale_shift, (float *y, const float *x, const float *mul, const float *add, size_t n, Act act))        \
    X(widen, (Tensor host, size_t first, size_t count, float *out))                                          \
    X(rope, (float *y, const float *x, const float *cosines, const float *sines, size_t heads, size_t d,     \
             size_t r, RopeLayout layout))                                                                   \
    X(mix, (float *y, const float *x, size_t step, const float *weight, size_t taps, size_t n))              \
    X(mix_line, (float *y, const float *x, const size_t *first, const float *weight, size_t taps,            \
                 size_t out, size_t c))                                                                      \
    X(transpose, (float *y, size_t y_row, const float *x, size_t x_row, size_t rows, size_t cols))           \
    X(tile, (float *y, size_t y_row, const float *a, size_t a_step, const float *b, size_t b_step, size_t k, \
             size_t rows, bool add))                                                                         \
    X(attend, (const Attend *a))

#define KERNEL_PROTOTYPE(name, args) void K(name) args;
float K(dot)(const float *a, const float *b, size_t n);
KERNEL_OPS(KERNEL_PROTOTYPE)
#undef KERNEL_PROTOTYPE

#endif
