/* vision/jpeg_kernel_body.h: the functions of a JpegKernel, in terms of the vectors of a vec_*.h that is
 * included before. Each file that includes this one is compiled for its own instruction set.
 *
 * The constants are those of ITU-T T.871 and of libjpeg (Loeffler, Ligtenberg & Moschytz 1989, figure 1, as
 * IJG's jfdctint and jidctint arrange it), and every sum is rounded where libjpeg rounds it. All that libjpeg
 * does in 32 bits is one sum of products of 16-bit numbers: w_dot() makes it, in any order of terms, without
 * rounding. */
#include "vision/jpeg_kernel.h"
#include "vision/jpeg_tables.h"

#include <string.h>

/* Constants in 2^-13ths. */
enum {
    C_0_298 = 2446,
    C_0_390 = 3196,
    C_0_541 = 4433,
    C_0_765 = 6270,
    C_0_899 = 7373,
    C_1_175 = 9633,
    C_1_501 = 12299,
    C_1_847 = 15137,
    C_1_961 = 16069,
    C_2_053 = 16819,
    C_2_562 = 20995,
    C_3_072 = 25172,
};

/* One sum of products for all lanes: the lower and the higher ones. */
typedef struct {
    W low, high;
} Sums;

static inline Sums pairs(V a, V b)
{
    return (Sums){ v_pairs_low(a, b), v_pairs_high(a, b) };
}

static inline Sums sums_set(int32_t n)
{
    return (Sums){ w_set(n), w_set(n) };
}

/* sum + a * first + b * second of the pairs (a, b). */
static inline Sums dot(Sums sum, Sums pair, int first, int second)
{
    W c = w_set_pair(first, second);
    return (Sums){ w_dot(sum.low, pair.low, c), w_dot(sum.high, pair.high, c) };
}

static inline V shifted(Sums s, int n)
{
    return v_join(w_sar(s.low, n), w_sar(s.high, n));
}

/* --- the transform ------------------------------------------------------------------------------- */

/* The odd half that both directions share: libjpeg's z1 to z5 multiplied out. `ad` has the pairs (a, d), `bc`
 * the pairs (b, c). */
static inline void odd_part(Sums out[4], Sums start, Sums ad, Sums bc)
{
    enum { Z5 = C_1_175 };
    out[0] = dot(dot(start, ad, C_0_298 - C_0_899 - C_1_961 + Z5, Z5 - C_0_899), bc, Z5, Z5 - C_1_961);
    out[1] = dot(dot(start, ad, Z5, Z5 - C_0_390), bc, C_2_053 - C_2_562 - C_0_390 + Z5, Z5 - C_2_562);
    out[2] = dot(dot(start, ad, Z5 - C_1_961, Z5), bc, Z5 - C_2_562, C_3_072 - C_2_562 - C_1_961 + Z5);
    out[3] = dot(dot(start, ad, Z5 - C_0_899, C_1_501 - C_0_899 - C_0_390 + Z5), bc, Z5 - C_0_390, Z5);
}

/* Eight samples to eight frequencies in place. The first pass leaves 2 more bits, the second one takes them
 * away. */
static inline void forward(V d[8], bool first)
{
    int n = first ? 11 : 15;
    V t0 = v_add(d[0], d[7]), t1 = v_add(d[1], d[6]), t2 = v_add(d[2], d[5]), t3 = v_add(d[3], d[4]);
    Sums ad = pairs(v_sub(d[3], d[4]), v_sub(d[0], d[7])), bc = pairs(v_sub(d[2], d[5]), v_sub(d[1], d[6]));
    V t10 = v_add(t0, t3), t13 = v_sub(t0, t3), t11 = v_add(t1, t2), t12 = v_sub(t1, t2);
    Sums half = sums_set(1 << (n - 1)), even = pairs(t12, t13), odd[4];
    if (first) {
        d[0] = v_shl(v_add(t10, t11), 2);
        d[4] = v_shl(v_sub(t10, t11), 2);
    } else {
        t10 = v_add(t10, v_set(2));
        d[0] = v_sar(v_add(t10, t11), 2);
        d[4] = v_sar(v_sub(t10, t11), 2);
    }
    d[2] = shifted(dot(half, even, C_0_541, C_0_541 + C_0_765), n);
    d[6] = shifted(dot(half, even, C_0_541 - C_1_847, C_0_541), n);
    odd_part(odd, half, ad, bc);
    d[7] = shifted(odd[0], n);
    d[5] = shifted(odd[1], n);
    d[3] = shifted(odd[2], n);
    d[1] = shifted(odd[3], n);
}

/* The two results at the same distance from both ends. */
static inline void butterfly(V *sum, V *difference, Sums even, Sums odd, int n)
{
    *sum = v_join(w_sar(w_add(even.low, odd.low), n), w_sar(w_add(even.high, odd.high), n));
    *difference = v_join(w_sar(w_sub(even.low, odd.low), n), w_sar(w_sub(even.high, odd.high), n));
}

/* Eight frequencies to eight samples in place. `half`: the upper four are zero and not looked at. */
static inline void inverse(V d[8], int n, bool half)
{
    Sums round = sums_set(1 << (n - 1)), odd[4], t10, t11, t12, t13;
    V none = v_set(0);
    Sums d04 = pairs(d[0], half ? none : d[4]), d26 = pairs(d[2], half ? none : d[6]);
    Sums t0 = dot(round, d04, 1 << 13, 1 << 13), t1 = half ? t0 : dot(round, d04, 1 << 13, -(1 << 13));
    t10 = dot(t0, d26, C_0_541 + C_0_765, C_0_541);
    t13 = dot(t0, d26, -C_0_541 - C_0_765, -C_0_541);
    t11 = dot(t1, d26, C_0_541, C_0_541 - C_1_847);
    t12 = dot(t1, d26, -C_0_541, C_1_847 - C_0_541);
    if (half) {
        Sums d31 = pairs(d[3], d[1]); /* (c, d) of odd_part() with a = b = 0 */
        enum { Z5 = C_1_175 };
        odd[0] = dot(sums_set(0), d31, Z5 - C_1_961, Z5 - C_0_899);
        odd[1] = dot(sums_set(0), d31, Z5 - C_2_562, Z5 - C_0_390);
        odd[2] = dot(sums_set(0), d31, C_3_072 - C_2_562 - C_1_961 + Z5, Z5);
        odd[3] = dot(sums_set(0), d31, Z5, C_1_501 - C_0_899 - C_0_390 + Z5);
    } else
        odd_part(odd, sums_set(0), pairs(d[7], d[1]), pairs(d[5], d[3]));
    butterfly(&d[0], &d[7], t10, odd[3], n);
    butterfly(&d[1], &d[6], t11, odd[2], n);
    butterfly(&d[2], &d[5], t12, odd[1], n);
    butterfly(&d[3], &d[4], t13, odd[0], n);
}

/* |v| / (8 * step), rounded, of coefficient i. */
static inline V quotient(V v, const JpegSteps *s, size_t i)
{
    V n = v_add(v_abs(v), v_set_dup(s->half[i]));
    return v_mul_high(v_mul_high(n, v_set_dup(s->factor[i])), v_set_dup(s->scale[i]));
}

/* Column x of 8 frequencies: quantised and multiplied again. False when all are zero. */
static inline bool round_to_steps(V d[8], const JpegSteps *s, size_t x)
{
    V any = v_set(0);
    for (size_t y = 0; y < 8; y++) {
        size_t i = 8 * y + x;
        V q = quotient(d[y], s, i);
        any = v_or(any, q);
        d[y] = v_sign(v_mul(q, v_set_dup(s->step[i])), d[y]);
    }
    return v_any(any);
}

static inline void inverse_rows(uint8_t *to, size_t to_pitch, const int16_t *f, size_t lanes, bool half)
{
    for (size_t y = 0; y < 8; y++) {
        V d[8], middle = v_set(128);
        for (size_t x = 0; x < (half ? 4 : 8); x++)
            d[x] = v_load(f + (8 * y + x) * LANES);
        inverse(d, 18, half);
        for (size_t x = 0; x < 8; x += 2)
            v_store_columns(to + y * to_pitch + x * lanes, v_add(d[x], middle), v_add(d[x + 1], middle));
    }
}

/* The same where only column 0 is not zero, as it often is of chroma: (f * 2^13 + 2^17) >> 18, and 128. */
static inline void flat_rows(uint8_t *to, size_t to_pitch, const int16_t *f, size_t lanes)
{
    for (size_t y = 0; y < 8; y++) {
        V d = v_sar(v_add(v_load(f + 8 * y * LANES), v_set(16 + (128 << 5))), 5);
        for (size_t x = 0; x < 8; x += 2)
            v_store_columns(to + y * to_pitch + x * lanes, d, d);
    }
}

static inline void forward_rows(int16_t *f, const int16_t *from, size_t pitch)
{
    for (size_t y = 0; y < 8; y++) {
        V d[8];
        for (size_t x = 0; x < 8; x++)
            d[x] = v_load(from + y * pitch + x * LANES);
        forward(d, true);
        for (size_t x = 0; x < 8; x++)
            v_store(f + (8 * y + x) * LANES, d[x]);
    }
}

static inline void forward_column(V d[8], const int16_t *f, size_t x)
{
    for (size_t y = 0; y < 8; y++)
        d[y] = v_load(f + (8 * y + x) * LANES);
    forward(d, false);
}

static bool code(uint8_t *to, size_t to_pitch, const int16_t *from, size_t pitch, size_t lanes,
                 const JpegSteps *steps)
{
    _Alignas(64) int16_t f[8 * 8 * LANES];
    forward_rows(f, from, pitch);
    unsigned used = 0; /* columns with a coefficient */
    for (size_t x = 0; x < 8; x++) {
        V d[8];
        forward_column(d, f, x);
        if (round_to_steps(d, steps, x)) {
            used |= 1u << x;
            inverse(d, 11, false);
        }
        for (size_t y = 0; y < 8; y++)
            v_store(f + (8 * y + x) * LANES, d[y]);
    }
    if (!used)
        return false;
    if (used & 0xf0)
        inverse_rows(to, to_pitch, f, lanes, false);
    else if (used & 0x0e)
        inverse_rows(to, to_pitch, f, lanes, true);
    else
        flat_rows(to, to_pitch, f, lanes);
    return true;
}

static void quantise(int16_t *to, uint64_t *used, const int16_t *from, size_t pitch, const JpegSteps *steps)
{
    _Alignas(64) int16_t f[8 * 8 * LANES];
    int16_t sixteen[4][LANES]; /* bits of `used` */
    forward_rows(f, from, pitch);
    for (size_t x = 0; x < 8; x++) {
        V d[8];
        forward_column(d, f, x);
        for (size_t y = 0; y < 8; y++)
            v_store(f + (8 * y + x) * LANES, v_sign(quotient(d[y], steps, 8 * y + x), d[y]));
    }
    for (size_t part = 0; part < 4; part++) {
        V bits = v_set(0);
        for (unsigned i = 0; i < 16; i++) {
            size_t k = 16 * part + i;
            V q = v_load(f + jpeg_zigzag[k] * (size_t)LANES);
            v_store(to + k * LANES, q);
            bits = v_or(bits, v_bit(q, i));
        }
        v_store(sixteen[part], bits);
    }
    for (size_t l = 0; l < LANES; l++)
        used[l] = (uint16_t)sixteen[0][l] | (uint64_t)(uint16_t)sixteen[1][l] << 16 |
                  (uint64_t)(uint16_t)sixteen[2][l] << 32 | (uint64_t)(uint16_t)sixteen[3][l] << 48;
}

/* --- colours, there ------------------------------------------------------------------------------ */

typedef struct {
    V r, g, b; /* 0..255 */
} Rgb;

/* A pixel's luma with 128 taken away; its chroma is added to cb and cr.
 *
 * Y = (19595 R + 38470 G + 7471 B + 32768) >> 16, with G's factor halved to fit: it stands in both pairs. For
 * chroma (x + 32768 B + c) >> 16 = (B + ((x + c) >> 15)) >> 1, and x is a sum of one pair. */
static inline V to_luma(Rgb p, V *cb, V *cr)
{
    Sums rg = pairs(p.r, p.g), gb = pairs(p.g, p.b);
    V y = shifted(dot(dot(sums_set(32768 - (128 << 16)), rg, 19595, 19235), gb, 19235, 7471), 16);
    *cb = v_add(*cb, v_sar(v_add(p.b, shifted(dot(sums_set(8421375), rg, -11059, -21709), 15)), 1));
    *cr = v_add(*cr, v_sar(v_add(p.r, shifted(dot(sums_set(8421375), gb, -27439, -5329), 15)), 1));
    return y;
}

/* Four pixels' sum to their mean less 128. Halves go down in even columns and up in odd ones. */
static inline V mean(V sum, size_t column)
{
    return v_sar(v_add(sum, v_set(column % 2 ? 2 - 512 : 1 - 512)), 2);
}

/* Pixels of columns 2 * x and 2 * x + 1, two rows, to the units. */
static inline void put_quad(JpegUnits *to, Rgb p[2][2], int row, size_t x, bool single)
{
    V cb = v_set(0), cr = cb;
    int16_t *luma = to->luma + (size_t)row * 32 * LANES + 2 * x * LANES;
    for (size_t v = 0; v < 2; v++, luma += 16 * LANES) {
        if (v && single) { /* the row is its own neighbour */
            v_store(luma, v_load(luma - 16 * LANES));
            v_store(luma + LANES, v_load(luma - 15 * LANES));
            cb = v_add(cb, cb);
            cr = v_add(cr, cr);
            continue;
        }
        v_store(luma, to_luma(p[v][0], &cb, &cr));
        v_store(luma + LANES, to_luma(p[v][1], &cb, &cr));
    }
    v_store(to->chroma[0] + ((size_t)row * 8 + x) * LANES, mean(cb, x));
    v_store(to->chroma[1] + ((size_t)row * 8 + x) * LANES, mean(cr, x));
}

static inline Rgb load_rgb(const uint8_t *p, size_t lanes)
{
    return (Rgb){ v_load_bytes(p), v_load_bytes(p + lanes), v_load_bytes(p + 2 * lanes) };
}

static void from_rgb(JpegUnits *to, const uint8_t *upper, const uint8_t *lower, size_t lanes, int row)
{
    for (size_t x = 0; x < 8; x++) {
        const uint8_t *u = upper + 6 * x * lanes, *l = lower + 6 * x * lanes;
        Rgb p[2][2] = { { load_rgb(u, lanes), load_rgb(u + 3 * lanes, lanes) },
                        { load_rgb(l, lanes), load_rgb(l + 3 * lanes, lanes) } };
        put_quad(to, p, row, x, false);
    }
}

static void from_gray(JpegUnits *to, const uint8_t *luma, size_t lanes)
{
    V middle = v_set(128);
    for (size_t pair = 0; pair < 16 * 8; pair++, luma += 2 * lanes) {
        v_store(to->luma + 2 * pair * LANES, v_sub(v_load_first(luma), middle));
        v_store(to->luma + (2 * pair + 1) * LANES, v_sub(v_load_second(luma), middle));
    }
}

/* --- colours, back ------------------------------------------------------------------------------- */

/* A column between two rows of chroma has 3 parts of the nearer one and 1 of the other, four times the value;
 * SHIFT is added so that 3 parts and 1 part of two such columns are 16 times (value - 128), with the 8 for
 * rounding in even columns. */
enum { SHIFT = (8 - 128 * 16) / 4 };
enum { PITCH = LANES + 32 };

/* Two rows of interpolated chroma, Cb and Cr: column x at column[v][k] + x * PITCH. Left of column 0 comes
 * column 7 of the lane before, right of column 7 column 0 of the lane behind. */
typedef struct {
    _Alignas(64) int16_t memory[2][2][8 * PITCH + 32];
    int16_t *column[2][2];
} Chroma;

static inline int16_t between(const JpegRows *r, int v, int k, size_t x, size_t lane)
{
    size_t at = jpeg_sample(r->lanes, x, lane);
    return (int16_t)(3 * r->near[k][at] + r->far[v][k][at] + SHIFT);
}

static inline void interpolate_rows(Chroma *c, const JpegRows *r)
{
    V shift = v_set(SHIFT);
    for (int k = 0; k < 2; k++)
        for (size_t x = 0; x < 8; x += 2) {
            size_t at = x * r->lanes + 2 * r->first;
            V a = v_load_first(r->near[k] + at), b = v_load_second(r->near[k] + at);
            a = v_add(v_add(v_add(a, a), a), shift);
            b = v_add(v_add(v_add(b, b), b), shift);
            for (int v = 0; v < 2; v++) {
                int16_t *to = c->memory[v][k] + 32 + x * PITCH;
                v_store(to, v_add(a, v_load_first(r->far[v][k] + at)));
                v_store(to + PITCH, v_add(b, v_load_second(r->far[v][k] + at)));
            }
        }
    bool last = r->first + LANES == r->lanes;
    for (int v = 0; v < 2; v++)
        for (int k = 0; k < 2; k++) {
            int16_t *p = c->column[v][k] = c->memory[v][k] + 32;
            p[7 * PITCH - 1] = r->first ? between(r, v, k, 7, r->first - 1) : p[0];
            p[LANES] = !last           ? between(r, v, k, 0, r->first + LANES)
                       : r->right_edge ? p[7 * PITCH + LANES - 1]
                                       : 0;
        }
}

/* Chroma, less 128, of the two columns of pixels that column x of chroma covers. */
static inline void interpolate_columns(V out[2], const int16_t *column, size_t x, bool repeat)
{
    V c = v_load(column + x * PITCH), left = c, right = c;
    if (!repeat) {
        left = v_load(x ? column + (x - 1) * PITCH : column + 7 * PITCH - 1);
        right = v_load(x < 7 ? column + (x + 1) * PITCH : column + 1);
    }
    V three = v_add(v_add(c, c), c);
    out[0] = v_sar(v_add(three, left), 4);
    out[1] = v_sar(v_add(v_sub(three, v_set(1)), right), 4);
}

/* R = Y + ((91881 Cr + 32768) >> 16) and its like, which are exact with the factors' fractions in 2^-15ths:
 * Cr + 13175 / 32768 Cr for all 256 values, 2 Cb - 7471 / 32768 Cb, and for G, where two products are added
 * before rounding, in 32 bits. */
static inline Rgb to_pixel(V y, V cb, V cr)
{
    Sums green = dot(sums_set(1 << 14), pairs(cb, cr), -11277, 9367);
    return (Rgb){
        v_clip(v_add(y, v_add(cr, v_mul_round(cr, v_set(13175))))),
        v_clip(v_add(v_sub(y, cr), shifted(green, 15))),
        v_clip(v_add(v_add(y, v_mul_round(cb, v_set(-7471))), v_add(cb, cb))),
    };
}

/* The four pixels of column x of chroma. */
static inline void quad_of(Rgb p[2][2], const JpegRows *r, const Chroma *c, size_t x)
{
    for (int v = 0; v < 2; v++) {
        const uint8_t *luma = r->luma[v] + x * 2 * r->lanes + 2 * r->first;
        V cb[2], cr[2];
        interpolate_columns(cb, c->column[v][0], x, r->repeat);
        interpolate_columns(cr, c->column[v][1], x, r->repeat);
        p[v][0] = to_pixel(v_load_first(luma), cb[0], cr[0]);
        p[v][1] = to_pixel(v_load_second(luma), cb[1], cr[1]);
    }
}

static void from_coded(JpegUnits *to, const JpegRows *r)
{
    Chroma c;
    interpolate_rows(&c, r);
    for (size_t x = 0; x < 8; x++) {
        Rgb p[2][2];
        quad_of(p, r, &c, x);
        put_quad(to, p, r->row, x, r->single);
    }
}

static inline void store_rgb(uint8_t *p, size_t lanes, Rgb rgb)
{
    v_store_bytes(p, rgb.r);
    v_store_bytes(p + lanes, rgb.g);
    v_store_bytes(p + 2 * lanes, rgb.b);
}

static void to_rgb(uint8_t *upper, uint8_t *lower, const JpegRows *r)
{
    Chroma c;
    interpolate_rows(&c, r);
    for (size_t x = 0; x < 8; x++) {
        Rgb p[2][2];
        quad_of(p, r, &c, x);
        for (size_t u = 0; u < 2; u++) {
            size_t at = (2 * x + u) * 3 * r->lanes + r->first;
            store_rgb(upper + at, r->lanes, p[0][u]);
            if (lower)
                store_rgb(lower + at, r->lanes, p[1][u]);
        }
    }
}

#define JPEG_KERNEL                                                    \
    {                                                                  \
        LANES, from_rgb, from_coded, from_gray, code, quantise, to_rgb \
    }
