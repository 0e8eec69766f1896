/* vision/vec_sse4.h: the vectors of vec_plain.h in SSE4.1. */
#ifndef FACET_VISION_VEC_SSE4_H
#define FACET_VISION_VEC_SSE4_H

#include <stdbool.h>
#include <stdint.h>

#include <immintrin.h>

enum { LANES = 8 };

typedef __m128i V;
typedef __m128i W;
typedef int Shift;

#define X(operation)     _mm_##operation
#define WHOLE(operation) _mm_##operation##_si128
#include "vision/vec_x86.h"

static inline V v_load_bytes(const uint8_t *p)
{
    return _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)p));
}
static inline void v_store_bytes(uint8_t *p, V a)
{
    _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(a, a));
}

#endif
