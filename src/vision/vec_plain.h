/* vision/vec_plain.h: the vectors of jpeg_kernel_body.h as arrays, for every machine. */
#ifndef FACET_VISION_VEC_PLAIN_H
#define FACET_VISION_VEC_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 16 };

typedef struct {
    int16_t v[LANES];
} V; /* a 16-bit number a lane */
typedef struct {
    int32_t w[LANES / 2];
} W; /* 32-bit sums of every other lane, or pairs of 16-bit numbers */

#define EACH for (int i = 0; i < LANES; i++)
#define HALF for (int i = 0; i < LANES / 2; i++)

static inline V v_load(const int16_t *p)
{
    V r;
    memcpy(&r, p, sizeof r);
    return r;
}
static inline void v_store(int16_t *p, V a)
{
    memcpy(p, &a, sizeof a);
}
static inline V v_set(int n)
{
    V r;
    EACH r.v[i] = (int16_t)n;
    return r;
}
/* Both halves of `n` in turn. */
static inline V v_set_dup(uint32_t n)
{
    return v_set((int16_t)(n & 0xffff));
}
static inline V v_add(V a, V b)
{
    EACH a.v[i] = (int16_t)(a.v[i] + b.v[i]);
    return a;
}
static inline V v_sub(V a, V b)
{
    EACH a.v[i] = (int16_t)(a.v[i] - b.v[i]);
    return a;
}
static inline V v_or(V a, V b)
{
    EACH a.v[i] |= b.v[i];
    return a;
}
static inline bool v_any(V a)
{
    int any = 0;
    EACH any |= a.v[i];
    return any != 0;
}
/* 1 << n where a is not zero. */
static inline V v_bit(V a, unsigned n)
{
    EACH a.v[i] = a.v[i] ? (int16_t)(1u << n) : 0;
    return a;
}
static inline V v_shl(V a, int n)
{
    EACH a.v[i] = (int16_t)((uint16_t)a.v[i] << n);
    return a;
}
static inline V v_sar(V a, int n)
{
    EACH a.v[i] = (int16_t)(a.v[i] >> n);
    return a;
}
static inline V v_abs(V a)
{
    EACH a.v[i] = (int16_t)(a.v[i] < 0 ? -a.v[i] : a.v[i]);
    return a;
}
/* a where s is positive or zero, -a where it is negative. */
static inline V v_sign(V a, V s)
{
    EACH a.v[i] = (int16_t)(s.v[i] < 0 ? -a.v[i] : a.v[i]);
    return a;
}
static inline V v_clip(V a)
{
    EACH a.v[i] = (int16_t)(a.v[i] < 0 ? 0 : a.v[i] > 255 ? 255 : a.v[i]);
    return a;
}
static inline V v_mul(V a, V b)
{
    EACH a.v[i] = (int16_t)(a.v[i] * b.v[i]);
    return a;
}
/* The upper 16 bits of the product of unsigned numbers. */
static inline V v_mul_high(V a, V b)
{
    EACH a.v[i] = (int16_t)((uint32_t)(uint16_t)a.v[i] * (uint16_t)b.v[i] >> 16);
    return a;
}
/* a * b / 2^15, rounded. */
static inline V v_mul_round(V a, V b)
{
    EACH a.v[i] = (int16_t)((a.v[i] * b.v[i] + (1 << 14)) >> 15);
    return a;
}

/* Pairs (a, b) of the lower and of the higher lanes, and the way back. */
static inline W v_pairs_low(V a, V b)
{
    W r;
    HALF r.w[i] = (int32_t)((uint16_t)a.v[i] | (uint32_t)(uint16_t)b.v[i] << 16);
    return r;
}
static inline W v_pairs_high(V a, V b)
{
    W r;
    HALF r.w[i] = (int32_t)((uint16_t)a.v[i + LANES / 2] | (uint32_t)(uint16_t)b.v[i + LANES / 2] << 16);
    return r;
}
static inline V v_join(W low, W high)
{
    V r;
    HALF r.v[i] = (int16_t)low.w[i], r.v[i + LANES / 2] = (int16_t)high.w[i];
    return r;
}

static inline W w_set(int32_t n)
{
    W r;
    HALF r.w[i] = n;
    return r;
}
static inline W w_set_pair(int a, int b)
{
    return w_set((int32_t)((uint16_t)a | (uint32_t)(uint16_t)b << 16));
}
static inline W w_add(W a, W b)
{
    HALF a.w[i] += b.w[i];
    return a;
}
static inline W w_sub(W a, W b)
{
    HALF a.w[i] -= b.w[i];
    return a;
}
static inline W w_sar(W a, int n)
{
    HALF a.w[i] >>= n;
    return a;
}
/* sum + a.first * b.first + a.second * b.second. */
static inline W w_dot(W sum, W a, W b)
{
    HALF sum.w[i] += (int16_t)a.w[i] * (int16_t)b.w[i] + (a.w[i] >> 16) * (b.w[i] >> 16);
    return sum;
}

/* Two columns of bytes lie in groups of 8 lanes in turn: 8 of the first, 8 of the second. */
static inline V v_load_first(const uint8_t *p)
{
    V r;
    EACH r.v[i] = p[i / 8 * 16 + i % 8];
    return r;
}
static inline V v_load_second(const uint8_t *p)
{
    return v_load_first(p + 8);
}
/* Limited to 0..255. */
static inline void v_store_columns(uint8_t *p, V first, V second)
{
    first = v_clip(first);
    second = v_clip(second);
    EACH p[i / 8 * 16 + i % 8] = (uint8_t)first.v[i], p[i / 8 * 16 + 8 + i % 8] = (uint8_t)second.v[i];
}
/* One column in the order of the lanes; the values are in 0..255. */
static inline V v_load_bytes(const uint8_t *p)
{
    V r;
    EACH r.v[i] = p[i];
    return r;
}
static inline void v_store_bytes(uint8_t *p, V a)
{
    EACH p[i] = (uint8_t)a.v[i];
}

#undef EACH
#undef HALF

#endif
