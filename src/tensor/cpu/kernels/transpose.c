/* transpose.c: rows become columns, 8 x 8 at a time. */
#include "tensor/cpu/kernels/isa.h"

#if defined(__AVX2__)
#include <immintrin.h>

/* The first n of 8 lanes. */
static __m256i lanes(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* Up to 8 rows and columns; `whole` is a constant at each call. */
static inline __attribute__((always_inline)) void transpose_8x8(float *y, size_t y_row, const float *x,
                                                                size_t x_row, size_t rows, size_t cols,
                                                                bool whole)
{
    __m256 r[8], s[8];
    for (size_t i = 0; i < 8; i++)
        r[i] = whole      ? _mm256_loadu_ps(x + i * x_row)
               : i < rows ? _mm256_maskload_ps(x + i * x_row, lanes(cols))
                          : _mm256_setzero_ps();
    for (size_t i = 0; i < 8; i += 2) { /* pairs of rows, then of pairs, then of halves */
        s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(s[i], s[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(s[i], s[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0xee);
    }
    for (size_t i = 0; i < 4; i++) {
        s[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        s[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
    for (size_t j = 0; j < 8; j++)
        if (whole)
            _mm256_storeu_ps(y + j * y_row, s[j]);
        else if (j < cols)
            _mm256_maskstore_ps(y + j * y_row, lanes(rows), s[j]);
}
#else
static void transpose_8x8(float *y, size_t y_row, const float *x, size_t x_row, size_t rows, size_t cols,
                          bool whole)
{
    (void)whole;
    for (size_t j = 0; j < cols; j++)
        for (size_t i = 0; i < rows; i++)
            y[j * y_row + i] = x[i * x_row + j];
}
#endif

/* Where a block of 8 begins: the last one of 8 or more is moved back until it is whole, and does some twice. */
static size_t begin(size_t i, size_t n)
{
    return i + 8 > n && n >= 8 ? n - 8 : i;
}

void K(transpose)(float *y, size_t y_row, const float *x, size_t x_row, size_t rows, size_t cols)
{
    for (size_t down = 0; down < rows; down += 8)
        for (size_t right = 0; right < cols; right += 8) {
            size_t i = begin(down, rows), j = begin(right, cols);
            float *to = y + j * y_row + i;
            const float *from = x + i * x_row + j;
            if (rows >= 8 && cols >= 8)
                transpose_8x8(to, y_row, from, x_row, 8, 8, true);
            else
                transpose_8x8(to, y_row, from, x_row, rows < 8 ? rows : 8, cols < 8 ? cols : 8, false);
        }
}
