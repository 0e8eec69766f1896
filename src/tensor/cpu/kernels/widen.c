/* widen.c: weights of fewer bits become f32. */
#include "tensor/cpu/kernels/isa.h"

#if defined(__AVX512F__)
#include <immintrin.h>

/* 16 elements from 8 bytes: the table of 16 values is one register, the nibbles are its index. */
static void nf4_16(const uint8_t *p, __m512 table, float *out)
{
    __m128i b = _mm_loadl_epi64((const __m128i *)p), low_half = _mm_set1_epi8(15);
    __m128i high = _mm_and_si128(_mm_srli_epi16(b, 4), low_half), low = _mm_and_si128(b, low_half);
    __m512i index = _mm512_cvtepu8_epi32(_mm_unpacklo_epi8(high, low)); /* the high half comes first */
    _mm512_storeu_ps(out, _mm512_permutexvar_ps(index, table));
}

static bool nf4_to_f32s(Tensor t, size_t first, size_t count, float *out)
{
    const Nf4 *q = t.nf4;
    if (first % 16 || count % 16 || q->block % 16)
        return false;
    __m512 code = _mm512_loadu_ps(q->code);
    for (size_t i = first; i < first + count;) {
        size_t block = i / q->block, end = (block + 1) * q->block;
        __m512 table = _mm512_mul_ps(code, _mm512_set1_ps(nf4_scale(q, block)));
        for (; i < end && i < first + count; i += 16)
            nf4_16((const uint8_t *)t.data + i / 2, table, out + i - first);
    }
    return true;
}
#else
static bool nf4_to_f32s(Tensor t, size_t first, size_t count, float *out)
{
    (void)t, (void)first, (void)count, (void)out;
    return false;
}
#endif

void K(widen)(Tensor t, size_t first, size_t count, float *out)
{
    if (t.dtype != DTYPE_NF4 || !nf4_to_f32s(t, first, count, out))
        tensor_to_f32(t, first, count, out);
}
