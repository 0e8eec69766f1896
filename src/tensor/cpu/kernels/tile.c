/* tile.c: the innermost product of matrices, kept in registers from the first to the last term. */
#include "tensor/cpu/kernels/isa.h"

/* A pass is TILE_H rows by two vectors: as many sums as there are registers, less two for b and one for a. */
#if defined(__AVX512F__)
enum { LANES = 16, TILE_H = 14 };
typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));
#elif defined(__AVX2__)
enum { LANES = 8, TILE_H = 6 };
typedef float Lanes __attribute__((vector_size(32), aligned(4), may_alias));
#else
enum { LANES = 4, TILE_H = 6 };
typedef float Lanes __attribute__((vector_size(16), aligned(4), may_alias));
#endif

/* `rows` is a constant at each call, so that the loops over it become straight code. */
static inline __attribute__((always_inline)) void pass(size_t rows, float *y, size_t y_row, const float *a,
                                                       size_t a_step, const float *b, size_t b_step, size_t k,
                                                       bool add)
{
    Lanes sum[TILE_H][2];
#pragma GCC unroll 14
    for (size_t i = 0; i < rows; i++) {
        sum[i][0] = add ? *(const Lanes *)(y + i * y_row) : (Lanes){ 0 };
        sum[i][1] = add ? *(const Lanes *)(y + i * y_row + LANES) : (Lanes){ 0 };
    }
    for (size_t p = 0; p < k; p++, a += a_step, b += b_step) {
        Lanes b0 = *(const Lanes *)b, b1 = *(const Lanes *)(b + LANES);
#pragma GCC unroll 14
        for (size_t i = 0; i < rows; i++) {
            sum[i][0] += a[i] * b0;
            sum[i][1] += a[i] * b1;
        }
    }
#pragma GCC unroll 14
    for (size_t i = 0; i < rows; i++) {
        *(Lanes *)(y + i * y_row) = sum[i][0];
        *(Lanes *)(y + i * y_row + LANES) = sum[i][1];
    }
}

void K(tile)(float *y, size_t y_row, const float *a, size_t a_step, const float *b, size_t b_step, size_t k,
             size_t rows, bool add)
{
    for (size_t i = 0; i < rows; i += TILE_H)
        for (size_t j = 0; j < TILE_COLS; j += 2 * LANES) {
            float *to = y + i * y_row + j;
            switch (rows - i) {
#define CASE(n) \
    case n: pass(n, to, y_row, a + i, a_step, b + j, b_step, k, add); break
                CASE(1);
                CASE(2);
                CASE(3);
                CASE(4);
                CASE(5);
#if defined(__AVX512F__)
                CASE(6);
                CASE(7);
                CASE(8);
                CASE(9);
                CASE(10);
                CASE(11);
                CASE(12);
                CASE(13);
#endif
            default: pass(TILE_H, to, y_row, a + i, a_step, b + j, b_step, k, add); break;
#undef CASE
            }
        }
}
