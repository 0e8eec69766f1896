/* vision/vec_avx2.h: the vectors of vec_plain.h in AVX2. */
#ifndef FACET_VISION_VEC_AVX2_H
#define FACET_VISION_VEC_AVX2_H

#include <stdbool.h>
#include <stdint.h>

#include <immintrin.h>

enum { LANES = 16 };

typedef __m256i V;
typedef __m256i W;
typedef int Shift;

#define X(operation)     _mm256_##operation
#define WHOLE(operation) _mm256_##operation##_si256
#include "vision/vec_x86.h"

static inline V v_load_bytes(const uint8_t *p)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p));
}
static inline void v_store_bytes(uint8_t *p, V a)
{
    _mm_storeu_si128((__m128i *)p,
                     _mm_packus_epi16(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1)));
}

#endif
