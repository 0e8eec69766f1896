/* vision/transpose.h: rows of bytes to columns, a square at a time. */
#ifndef FACET_VISION_TRANSPOSE_H
#define FACET_VISION_TRANSPOSE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { TRANSPOSE_SIDE = 16 };

/* to[x * to_stride + y] = from[y * from_stride + x]. Each half round turns an index of 8 bits, (y, x), by one bit. */
static inline void transpose_square(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride)
{
#ifdef __SSE2__
    __m128i a[TRANSPOSE_SIDE], b[TRANSPOSE_SIDE];
    for (size_t i = 0; i < TRANSPOSE_SIDE; i++)
        a[i] = _mm_loadu_si128((const __m128i *)(from + i * from_stride));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < TRANSPOSE_SIDE / 2; i++) {
            b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + TRANSPOSE_SIDE / 2]);
            b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + TRANSPOSE_SIDE / 2]);
        }
        for (size_t i = 0; i < TRANSPOSE_SIDE / 2; i++) {
            a[2 * i] = _mm_unpacklo_epi8(b[i], b[i + TRANSPOSE_SIDE / 2]);
            a[2 * i + 1] = _mm_unpackhi_epi8(b[i], b[i + TRANSPOSE_SIDE / 2]);
        }
    }
    for (size_t i = 0; i < TRANSPOSE_SIDE; i++)
        _mm_storeu_si128((__m128i *)(to + i * to_stride), a[i]);
#else
    for (size_t y = 0; y < TRANSPOSE_SIDE; y++)
        for (size_t x = 0; x < TRANSPOSE_SIDE; x++)
            to[x * to_stride + y] = from[y * from_stride + x];
#endif
}

#endif
