/* vision/vec_x86.h: what the vectors of vec_plain.h, whose comments hold here too, have in common on x86-64. A file for one width
 * includes this one and has defined before:
 *
 *   V, W, LANES       as in vec_plain.h
 *   X(operation)      the name of an intrinsic of that width
 *   WHOLE(operation)  the same of one that takes the vector as a whole
 *   Shift             the type of a number of bits
 *
 * "Lower lanes" are the lower halves of all 128-bit parts. */
#ifndef FACET_VISION_VEC_X86_H
#define FACET_VISION_VEC_X86_H

static inline V zero(void)
{
    return WHOLE(setzero)();
}
static inline V v_load(const int16_t *p)
{
    return WHOLE(loadu)((const V *)p);
}
static inline void v_store(int16_t *p, V a)
{
    WHOLE(storeu)((V *)p, a);
}
static inline V v_set(int n)
{
    return X(set1_epi16)((short)n);
}
static inline V v_set_dup(uint32_t n)
{
    return X(set1_epi32)((int)n);
}
static inline V v_add(V a, V b)
{
    return X(add_epi16)(a, b);
}
static inline V v_sub(V a, V b)
{
    return X(sub_epi16)(a, b);
}
static inline V v_or(V a, V b)
{
    return a | b;
}
static inline V v_shl(V a, Shift n)
{
    return X(slli_epi16)(a, n);
}
static inline V v_sar(V a, Shift n)
{
    return X(srai_epi16)(a, n);
}
static inline V v_abs(V a)
{
    return X(abs_epi16)(a);
}
static inline V v_clip(V a)
{
    return X(min_epi16)(X(max_epi16)(a, zero()), v_set(255));
}
static inline V v_mul(V a, V b)
{
    return X(mullo_epi16)(a, b);
}
static inline V v_mul_high(V a, V b)
{
    return X(mulhi_epu16)(a, b);
}
static inline V v_mul_round(V a, V b)
{
    return X(mulhrs_epi16)(a, b);
}
static inline W v_pairs_low(V a, V b)
{
    return X(unpacklo_epi16)(a, b);
}
static inline W v_pairs_high(V a, V b)
{
    return X(unpackhi_epi16)(a, b);
}
static inline V v_join(W low, W high)
{
    return X(packs_epi32)(low, high);
}
static inline W w_set(int32_t n)
{
    return X(set1_epi32)(n);
}
static inline W w_set_pair(int a, int b)
{
    return w_set((int)((uint16_t)a | (uint32_t)(uint16_t)b << 16));
}
static inline W w_add(W a, W b)
{
    return X(add_epi32)(a, b);
}
static inline W w_sub(W a, W b)
{
    return X(sub_epi32)(a, b);
}
static inline W w_shl(W a, Shift n)
{
    return X(slli_epi32)(a, n);
}
static inline W w_sar(W a, Shift n)
{
    return X(srai_epi32)(a, n);
}
static inline V v_load_first(const uint8_t *p)
{
    return X(unpacklo_epi8)(WHOLE(loadu)((const V *)p), zero());
}
static inline V v_load_second(const uint8_t *p)
{
    return X(unpackhi_epi8)(WHOLE(loadu)((const V *)p), zero());
}
static inline void v_store_columns(uint8_t *p, V first, V second)
{
    WHOLE(storeu)((V *)p, X(packus_epi16)(first, second));
}

#ifndef VEC_MASKS /* where there are masks, these are done with them, and sums of products in one instruction */
static inline bool v_any(V a)
{
    return !WHOLE(testz)(a, a);
}
static inline V v_bit(V a, unsigned n)
{
    return WHOLE(andnot)(X(cmpeq_epi16)(a, zero()), v_set((int)(1u << n)));
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
#endif

#undef X
#undef WHOLE

#endif
