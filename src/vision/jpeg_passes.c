#include "vision/jpeg_passes.h"

#include "base/simd.h"

#include <stdlib.h>
#include <string.h>

/* Everything here is a loop over MCUs (units of 16 x 16 pixels) side by side, so that no vector ever has to
 * be transposed: a plane stores pixel (x, y) at [y][x mod 16][x / 16], and a plane of half the width its
 * sample (x, y) at [y][x mod 8][x / 8]. The last index is called a lane; there are `lanes` of them, a
 * multiple of CHUNK, of which the last ones may be unused and hold anything. The picture stays in this order
 * from the first pass to the last. */
enum { CHUNK = 16 };

typedef struct {
    int width, height;  /* of the picture */
    int mcus, mcu_rows; /* units across and down */
    size_t lanes;
    uint8_t *rgb[3];    /* [16 * mcu_rows][16][lanes] */
    uint8_t *luma;      /* the same shape */
    uint8_t *chroma[2]; /* [8 * mcu_rows][8][lanes] */
    int16_t *line[2]; /* of Cb and Cr: a row between two rows of chroma, [8][lanes + 2], see interpolate() */
    uint8_t *memory;
} Planes;

/* --- quantisation -------------------------------------------------------------------------------- */

/* The tables of T.81, Annex K, in rows. */
static const uint8_t base_table[2][64] = {
    { 16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
      69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
      81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99 },
    { 17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
      99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
      99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99 },
};

/* How to divide by 8 * step with rounding: (|v| + half) * factor >> shift. Here factor = floor(2^shift / d) +
 * 1 with d = 8 * step and 2^(shift - 16) <= d < 2^(shift - 15), thus factor <= 2^16 + 1 and factor * d =
 * 2^shift + e with 0 < e <= d. The quotient of n = |v| + half is exact as long as n * e < 2^shift, that is
 * for n <= 2^15; a transformed block of bytes has |v| < 11000 and half is at most 1020. The product stays
 * below 2^32. */
typedef struct {
    int32_t half, step;
    uint32_t factor;
    int shift;
} Step;

static void steps_init(Step steps[64], const uint8_t *table, int quality)
{
    int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    for (int i = 0; i < 64; i++) {
        int step = (table[i] * scale + 50) / 100;
        step = step < 1 ? 1 : step > 255 ? 255 : step;
        int shift = 16 + 31 - __builtin_clz((unsigned)(8 * step));
        steps[i] = (Step){ 4 * step, step, (1u << shift) / (8 * (unsigned)step) + 1, shift };
    }
}

static inline int32_t quantise(int32_t v, const Step *s)
{
    uint32_t size = (uint32_t)(v < 0 ? -v : v) + (uint32_t)s->half;
    int32_t q = (int32_t)(size * s->factor >> s->shift) * s->step;
    return v < 0 ? -q : q;
}

/* --- the transform ------------------------------------------------------------------------------- */

static inline int32_t descale(int32_t v, int n)
{
    return (v + (1 << (n - 1))) >> n;
}

static inline uint8_t byte(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Constants in 2^-13ths (Loeffler, Ligtenberg & Moschytz 1989, figure 1, as IJG's jfdctint arranges it). */
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

/* The odd half that both directions share: four inputs to four sums of products. */
static inline void odd_part(int32_t t[4])
{
    int32_t z1 = t[0] + t[3], z2 = t[1] + t[2], z3 = t[0] + t[2], z4 = t[1] + t[3];
    int32_t z5 = (z3 + z4) * C_1_175;
    z1 *= -C_0_899;
    z2 *= -C_2_562;
    z3 = z3 * -C_1_961 + z5;
    z4 = z4 * -C_0_390 + z5;
    t[0] = t[0] * C_0_298 + z1 + z3;
    t[1] = t[1] * C_2_053 + z2 + z4;
    t[2] = t[2] * C_3_072 + z2 + z3;
    t[3] = t[3] * C_1_501 + z1 + z4;
}

/* Eight samples to eight frequencies in place. The first pass leaves 2 more bits, the second one takes them
 * away. */
static inline void forward(int32_t d[8], bool first)
{
    int n = first ? 11 : 15;
    int32_t t0 = d[0] + d[7], t1 = d[1] + d[6], t2 = d[2] + d[5], t3 = d[3] + d[4];
    int32_t odd[4] = { d[3] - d[4], d[2] - d[5], d[1] - d[6], d[0] - d[7] };
    int32_t t10 = t0 + t3, t13 = t0 - t3, t11 = t1 + t2, t12 = t1 - t2;
    int32_t z = (t12 + t13) * C_0_541;
    d[0] = first ? (t10 + t11) * 4 : descale(t10 + t11, 2);
    d[4] = first ? (t10 - t11) * 4 : descale(t10 - t11, 2);
    d[2] = descale(z + t13 * C_0_765, n);
    d[6] = descale(z - t12 * C_1_847, n);
    odd_part(odd);
    d[7] = descale(odd[0], n);
    d[5] = descale(odd[1], n);
    d[3] = descale(odd[2], n);
    d[1] = descale(odd[3], n);
}

static inline void inverse(int32_t d[8], int n)
{
    int32_t z = (d[2] + d[6]) * C_0_541;
    int32_t t2 = z - d[6] * C_1_847, t3 = z + d[2] * C_0_765;
    int32_t t0 = (d[0] + d[4]) * (1 << 13), t1 = (d[0] - d[4]) * (1 << 13);
    int32_t t10 = t0 + t3, t13 = t0 - t3, t11 = t1 + t2, t12 = t1 - t2;
    int32_t odd[4] = { d[7], d[5], d[3], d[1] };
    odd_part(odd);
    d[0] = descale(t10 + odd[3], n);
    d[7] = descale(t10 - odd[3], n);
    d[1] = descale(t11 + odd[2], n);
    d[6] = descale(t11 - odd[2], n);
    d[2] = descale(t12 + odd[1], n);
    d[5] = descale(t12 - odd[1], n);
    d[3] = descale(t13 + odd[0], n);
    d[4] = descale(t13 - odd[0], n);
}

/* CHUNK blocks side by side, in place: sample (x, y) of block l is at p[y * row + x * lanes + l]. */
SIMD_CLONES static void code_blocks(uint8_t *p, size_t row, size_t lanes, const Step steps[64])
{
    int32_t f[8][8][CHUNK];
    for (size_t y = 0; y < 8; y++)
        for (size_t l = 0; l < CHUNK; l++) {
            int32_t d[8];
            for (size_t x = 0; x < 8; x++)
                d[x] = p[y * row + x * lanes + l] - 128;
            forward(d, true);
            for (size_t x = 0; x < 8; x++)
                f[y][x][l] = d[x];
        }
    for (size_t x = 0; x < 8; x++)
        for (size_t l = 0; l < CHUNK; l++) {
            int32_t d[8];
            for (size_t y = 0; y < 8; y++)
                d[y] = f[y][x][l];
            forward(d, false);
            for (size_t y = 0; y < 8; y++)
                d[y] = quantise(d[y], &steps[8 * y + x]);
            inverse(d, 11);
            for (size_t y = 0; y < 8; y++)
                f[y][x][l] = d[y];
        }
    for (size_t y = 0; y < 8; y++)
        for (size_t l = 0; l < CHUNK; l++) {
            int32_t d[8];
            for (size_t x = 0; x < 8; x++)
                d[x] = f[y][x][l];
            inverse(d, 18);
            for (size_t x = 0; x < 8; x++)
                p[y * row + x * lanes + l] = byte(d[x] + 128);
        }
}

/* Code all blocks of 8 rows of a plane that has `columns` samples a lane. */
static void code_rows(uint8_t *p, int columns, size_t lanes, const Step steps[64])
{
    size_t row = (size_t)columns * lanes;
    for (int x = 0; x < columns; x += 8)
        for (size_t l = 0; l < lanes; l += CHUNK)
            code_blocks(p + (size_t)x * lanes + l, row, lanes, steps);
}

/* --- colours, there ------------------------------------------------------------------------------ */

/* Two columns of two rows, of every lane, to luma and to one row and column of chroma. */
typedef struct {
    const uint8_t *rgb[2][3]; /* upper and lower row; the second column is `lanes` further on */
    uint8_t *luma[2];
    uint8_t *chroma[2];
    int bias; /* 1 in even columns of chroma, 2 in odd ones: halves go down and up in turn */
} Quad;

SIMD_CLONES static void convert_quads(const Quad *q, size_t lanes)
{
    int bias = q->bias;
    for (size_t l = 0; l < lanes; l++) {
        int32_t cb = 0, cr = 0;
        for (int v = 0; v < 2; v++)
            for (size_t u = 0; u < 2; u++) {
                size_t at = u * lanes + l;
                int32_t r = q->rgb[v][0][at], g = q->rgb[v][1][at], b = q->rgb[v][2][at];
                q->luma[v][at] = (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
                cb += (-11059 * r - 21709 * g + 32768 * b + 8421375) >> 16;
                cr += (32768 * r - 27439 * g - 5329 * b + 8421375) >> 16;
            }
        q->chroma[0][l] = (uint8_t)((cb + bias) >> 2);
        q->chroma[1][l] = (uint8_t)((cr + bias) >> 2);
    }
}

/* The 16 rows of one row of units. Rows below the picture repeat its last row of luma, and the last row of
 * chroma after halving. */
static void convert_unit_row(Planes *p, int unit_row)
{
    size_t row = 16 * p->lanes, half = 8 * p->lanes;
    for (int r = 8 * unit_row; r < 8 * unit_row + 8; r++) {
        size_t upper = (size_t)(2 * r), at = (size_t)r * half;
        if (2 * r >= p->height) {
            memcpy(p->luma + upper * row, p->luma + (upper - 1) * row, row);
            memcpy(p->luma + (upper + 1) * row, p->luma + (upper - 1) * row, row);
            for (int k = 0; k < 2; k++)
                memcpy(p->chroma[k] + at, p->chroma[k] + at - half, half);
            continue;
        }
        size_t lower = 2 * r + 1 < p->height ? upper + 1 : upper;
        for (size_t x = 0; x < 8; x++) {
            size_t u = upper * row + 2 * x * p->lanes, v = lower * row + 2 * x * p->lanes,
                   c = at + x * p->lanes;
            Quad q = { { { p->rgb[0] + u, p->rgb[1] + u, p->rgb[2] + u },
                         { p->rgb[0] + v, p->rgb[1] + v, p->rgb[2] + v } },
                       { p->luma + u, p->luma + u + row },
                       { p->chroma[0] + c, p->chroma[1] + c },
                       x % 2 ? 2 : 1 };
            convert_quads(&q, p->lanes);
        }
    }
}

/* --- colours, back ------------------------------------------------------------------------------- */

/* out = 3 * near + far. */
SIMD_CLONES static void blend_rows(int16_t *restrict out, const uint8_t *near, const uint8_t *far, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)(3 * near[i] + far[i]);
}

/* One column of chroma (4 times its value, Cb and Cr, with its neighbours) and two columns of luma to RGB. */
typedef struct {
    const int16_t *c[2], *left[2], *right[2];
    const uint8_t *luma;
    uint8_t *rgb[3];
} Pair;

static inline void to_rgb(const Pair *p, size_t at, int32_t cb, int32_t cr)
{
    int32_t y = p->luma[at];
    cb -= 128;
    cr -= 128;
    p->rgb[0][at] = byte(y + ((91881 * cr + 32768) >> 16));
    p->rgb[1][at] = byte(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
    p->rgb[2][at] = byte(y + ((116130 * cb + 32768) >> 16));
}

SIMD_CLONES static void convert_pairs(const Pair *pair, size_t lanes)
{
    Pair p = *pair;
    for (size_t l = 0; l < lanes; l++) {
        int32_t cb = 3 * p.c[0][l], cr = 3 * p.c[1][l];
        to_rgb(&p, l, (cb + p.left[0][l] + 8) >> 4, (cr + p.left[1][l] + 8) >> 4);
        to_rgb(&p, lanes + l, (cb + p.right[0][l] + 7) >> 4, (cr + p.right[1][l] + 7) >> 4);
    }
}

/* p->line[k] = a row of chroma (4 times its value) as far down as row y of the picture: three parts of the
 * nearer row, one of the other. Beyond the first and last sample these are repeated, in the lanes on both
 * sides of the real ones. */
static void interpolate(Planes *p, int y)
{
    int last = (p->height + 1) / 2 - 1, columns = (p->width + 1) / 2;
    int near = y / 2, far = near + (y % 2 ? 1 : -1);
    bool plain = p->width <= 4; /* chroma of at most 2 columns is repeated, not interpolated */
    far = plain ? near : far < 0 ? 0 : far > last ? last : far;
    size_t row = 8 * p->lanes, pitch = p->lanes + 2;
    for (int k = 0; k < 2; k++) {
        int16_t *line = p->line[k];
        for (size_t x = 0; x < 8; x++)
            blend_rows(line + x * pitch + 1, p->chroma[k] + (size_t)near * row + x * p->lanes,
                       p->chroma[k] + (size_t)far * row + x * p->lanes, p->lanes);
        line[7 * pitch] = line[1];
        line[(size_t)(columns % 8) * pitch + 1 + (size_t)(columns / 8)] =
            line[(size_t)((columns - 1) % 8) * pitch + 1 + (size_t)((columns - 1) / 8)];
    }
}

/* Columns from the picture's width to the end of the last unit repeat the last real one. */
static void extend_row(const Planes *p, size_t row)
{
    size_t last = (size_t)p->mcus - 1;
    for (int k = 0; k < 3; k++) {
        uint8_t *at = p->rgb[k] + row * 16 * p->lanes + last;
        size_t real = (size_t)p->width - 16 * last;
        for (size_t x = real; x < 16; x++)
            at[x * p->lanes] = at[(real - 1) * p->lanes];
    }
}

static void restore_unit_row(Planes *p, int unit_row)
{
    size_t pitch = p->lanes + 2;
    bool plain = p->width <= 4;
    int end = 16 * unit_row + 16 < p->height ? 16 * unit_row + 16 : p->height;
    for (int y = 16 * unit_row; y < end; y++) {
        interpolate(p, y);
        for (size_t x = 0; x < 8; x++) {
            size_t at = ((size_t)y * 16 + 2 * x) * p->lanes;
            Pair pair = { .luma = p->luma + at, .rgb = { p->rgb[0] + at, p->rgb[1] + at, p->rgb[2] + at } };
            for (int k = 0; k < 2; k++) {
                const int16_t *line = p->line[k], *c = line + x * pitch + 1;
                pair.c[k] = c;
                pair.left[k] = plain ? c : x > 0 ? c - pitch : line + 7 * pitch;
                pair.right[k] = plain ? c : x < 7 ? c + pitch : line + 2;
            }
            convert_pairs(&pair, p->lanes);
        }
        extend_row(p, (size_t)y);
    }
}

/* --- passes -------------------------------------------------------------------------------------- */

/* A row of units can be restored when the one below is coded, whose first row of chroma it needs. */
static void one_pass(Planes *p, int quality)
{
    Step luma[64], chroma[64];
    steps_init(luma, base_table[0], quality);
    steps_init(chroma, base_table[1], quality);
    for (int u = 0; u < p->mcu_rows; u++) {
        convert_unit_row(p, u);
        uint8_t *y = p->luma + (size_t)u * 256 * p->lanes;
        code_rows(y, 16, p->lanes, luma);
        code_rows(y + 128 * p->lanes, 16, p->lanes, luma);
        for (int k = 0; k < 2; k++)
            code_rows(p->chroma[k] + (size_t)u * 64 * p->lanes, 8, p->lanes, chroma);
        if (u > 0)
            restore_unit_row(p, u - 1);
    }
    restore_unit_row(p, p->mcu_rows - 1);
}

static void planes_clear(Planes *p)
{
    free(p->memory);
    free(p->line[0]);
    free(p->line[1]);
}

static bool planes_init(Planes *p, const Image *rgb)
{
    int mcus = (rgb->width + 15) / 16, mcu_rows = (rgb->height + 15) / 16;
    *p = (Planes){ .width = rgb->width, .height = rgb->height, .mcus = mcus, .mcu_rows = mcu_rows };
    p->lanes = ((size_t)mcus + CHUNK - 1) / CHUNK * CHUNK;
    size_t full = (size_t)mcu_rows * 256 * p->lanes, quarter = full / 4;
    p->memory = calloc(4 * full + 2 * quarter, 1);
    for (int k = 0; k < 2; k++)
        p->line[k] = calloc(8 * (p->lanes + 2), sizeof *p->line[k]);
    if (!p->memory || !p->line[0] || !p->line[1]) {
        planes_clear(p);
        return false;
    }
    for (size_t k = 0; k < 3; k++)
        p->rgb[k] = p->memory + k * full;
    p->luma = p->memory + 3 * full;
    p->chroma[0] = p->memory + 4 * full;
    p->chroma[1] = p->chroma[0] + quarter;
    return true;
}

static void planes_load(Planes *p, const Image *rgb)
{
    for (int y = 0; y < p->height; y++) {
        const uint8_t *from = image_at(rgb, 0, y);
        size_t row = (size_t)y * 16 * p->lanes;
        for (size_t x = 0; x < (size_t)p->width; x++)
            for (size_t k = 0; k < 3; k++)
                p->rgb[k][row + x % 16 * p->lanes + x / 16] = *from++;
        extend_row(p, (size_t)y);
    }
}

static void planes_store(const Planes *p, Image *rgb)
{
    for (int y = 0; y < p->height; y++) {
        uint8_t *to = image_at(rgb, 0, y);
        size_t row = (size_t)y * 16 * p->lanes;
        for (size_t x = 0; x < (size_t)p->width; x++)
            for (size_t k = 0; k < 3; k++)
                *to++ = p->rgb[k][row + x % 16 * p->lanes + x / 16];
    }
}

bool jpeg_passes(Image *rgb, const int *quality, int passes, Err *err)
{
    for (int i = 0; i < passes; i++)
        if (quality[i] < 1 || quality[i] > 100)
            return err_set(err, ERR_USAGE, "a JPEG quality of %d is asked for; it must be 1 to 100",
                           quality[i]);
    Planes p;
    if (!planes_init(&p, rgb))
        return err_set(err, ERR_NOMEM, "no memory to compress a picture of %d x %d pixels", rgb->width,
                       rgb->height);
    planes_load(&p, rgb);
    for (int i = 0; i < passes; i++)
        one_pass(&p, quality[i]);
    planes_store(&p, rgb);
    planes_clear(&p);
    return true;
}
