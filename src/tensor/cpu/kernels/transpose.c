/* transpose.c: rows become columns, 8 x 8 at a time. */
#include "tensor/cpu/kernels/isa.h"

#if defined(__AVX2__)
#include <immintrin.h>

static void transpose_8x8(float *y, size_t y_row, const float *x, size_t x_row)
{
    __m256 r[8], s[8];
    for (size_t i = 0; i < 8; i++)
        r[i] = _mm256_loadu_ps(x + i * x_row);
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
        _mm256_storeu_ps(y + i * y_row, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(y + (i + 4) * y_row, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}
#else
static void transpose_8x8(float *y, size_t y_row, const float *x, size_t x_row)
{
    for (size_t j = 0; j < 8; j++)
        for (size_t i = 0; i < 8; i++)
            y[j * y_row + i] = x[i * x_row + j];
}
#endif

void K(transpose)(float *y, size_t y_row, const float *x, size_t x_row, size_t rows, size_t cols)
{
    size_t whole_rows = rows / 8 * 8, whole_cols = cols / 8 * 8;
    for (size_t i = 0; i < whole_rows; i += 8)
        for (size_t j = 0; j < whole_cols; j += 8)
            transpose_8x8(y + j * y_row + i, y_row, x + i * x_row + j, x_row);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i < whole_rows ? whole_cols : 0; j < cols; j++)
            y[j * y_row + i] = x[i * x_row + j];
}
