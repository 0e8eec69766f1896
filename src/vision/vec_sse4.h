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

#define X(operation) _mm_##operation

static inline V load(const void *p)
{
    return _mm_loadu_si128(p);
}
static inline void store(void *p, V a)
{
    _mm_storeu_si128(p, a);
}
static inline V zero(void)
{
    return _mm_setzero_si128();
}

#include "vision/vec_x86.h"

static inline bool v_any(V a)
{
    return !_mm_testz_si128(a, a);
}
static inline V v_bit(V a, unsigned n)
{
    return _mm_andnot_si128(X(cmpeq_epi16)(a, zero()), X(set1_epi16)((short)(1u << n)));
}
/* Where s is zero this gives 0; it is only used where a is 0 there, too. */
static inline V v_sign(V a, V s)
{
    return X(sign_epi16)(a, s);
}
static inline W w_dot(W sum, W a, W b)
{
    return w_add(sum, X(madd_epi16)(a, b));
}
static inline V v_load_bytes(const uint8_t *p)
{
    return _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)p));
}
static inline void v_store_bytes(uint8_t *p, V a)
{
    _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(a, a));
}

#endif
