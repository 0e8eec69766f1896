/* vision/png_kernel_body.h: a PngKernel. Each file that includes this one is compiled for its own instruction set.
 *
 * A row's pixels depend on each other, one after the other; those of different rows do not, if each row is two pixels behind the one
 * above. So a vector holds a pixel of each of eight rows, in 4 bytes: at step t the pixel t - 2 * r of row r. What is above of it
 * was made two steps ago by the row above. */
#include "vision/png_kernel.h"

#include <stdbool.h>
#include <string.h>

#include <immintrin.h>

typedef __m256i V;

enum { LAG = 2, STEPS = 4 }; /* STEPS are done at a time: 16 bytes of each row */

/* What the rows' filters look at, as masks of the pixels. Paeth's predictor of the left pixel alone is that pixel, and of the upper one
 * alone that one. */
typedef struct {
    V left, up, corner, average;
} Masks;

static inline V load(const uint8_t *upper, const uint8_t *lower)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)upper)),
                                   _mm_loadu_si128((const __m128i *)lower), 1);
}

/* Numbers of 4 bytes in both halves: from four rows of four steps to four steps of four rows, and back. */
static inline void transpose(V v[4])
{
    V a = _mm256_unpacklo_epi32(v[0], v[1]), b = _mm256_unpacklo_epi32(v[2], v[3]);
    V c = _mm256_unpackhi_epi32(v[0], v[1]), d = _mm256_unpackhi_epi32(v[2], v[3]);
    v[0] = _mm256_unpacklo_epi64(a, b);
    v[1] = _mm256_unpackhi_epi64(a, b);
    v[2] = _mm256_unpacklo_epi64(c, d);
    v[3] = _mm256_unpackhi_epi64(c, d);
}

/* Pixels of `channels` bytes to 4 bytes each, in both halves, and back. */
static inline V spread(V v, size_t channels)
{
    const char n = -1;
    if (channels == 3)
        return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 1, 2, n, 3, 4, 5, n, 6, 7, 8, n, 9, 10, 11, n, 0, 1,
                                                       2, n, 3, 4, 5, n, 6, 7, 8, n, 9, 10, 11, n));
    if (channels == 1)
        return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, n, n, n, 1, n, n, n, 2, n, n, n, 3, n, n, n, 0, n,
                                                       n, n, 1, n, n, n, 2, n, n, n, 3, n, n, n));
    return v;
}

static inline V gather(V v, size_t channels)
{
    const char n = -1;
    if (channels == 3)
        return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, n, n, n, n, 0,
                                                       1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, n, n, n, n));
    if (channels == 1)
        return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 4, 8, 12, n, n, n, n, n, n, n, n, n, n, n, n, 0, 4,
                                                       8, 12, n, n, n, n, n, n, n, n, n, n, n, n));
    return v;
}

/* a >= b, as masks */
static inline V not_below(V a, V b)
{
    return _mm256_cmpeq_epi8(_mm256_max_epu8(a, b), a);
}

/* Whichever of left (a), up (b) and corner (c) is nearest to a + b - c, the first one of equals. Seen in a mirror (255 - x) if b < c,
 * so that c <= b always; with d = b - c that is
 *
 *   c         where c - 2 d < a < c - d / 2
 *   b         where c - d / 2 <= a < b
 *   a         elsewhere
 *
 * and the greatest of those that are not ruled out. Limits below 0 are cut off there, where they mean the same. */
static inline V nearest(V a, V b, V c)
{
    V zero = _mm256_setzero_si256(), one = _mm256_set1_epi8(1);
    V mirror = _mm256_xor_si256(not_below(b, c), _mm256_set1_epi8(-1));
    a = _mm256_xor_si256(a, mirror);
    b = _mm256_xor_si256(b, mirror);
    c = _mm256_xor_si256(c, mirror);
    V d = _mm256_sub_epi8(b, c), less = _mm256_subs_epu8(d, one);
    V least = _mm256_subs_epu8(_mm256_subs_epu8(c, less), d);  /* c - 2 d + 1, or c for d = 0 */
    V half = _mm256_subs_epu8(c, _mm256_avg_epu8(less, zero)); /* c - d / 2, rounded up */
    V if_c = _mm256_and_si256(c, not_below(a, least)), if_b = _mm256_and_si256(b, not_below(a, half));
    return _mm256_xor_si256(_mm256_max_epu8(a, _mm256_max_epu8(if_b, if_c)), mirror);
}

/* The mean of a and b, rounded down. */
static inline V average(V a, V b)
{
    V odd = _mm256_and_si256(_mm256_xor_si256(a, b), _mm256_set1_epi8(1));
    return _mm256_sub_epi8(_mm256_avg_epu8(a, b), odd);
}

static Masks masks_of(const PngRows *rows)
{
    int32_t left[PNG_ROWS], up[PNG_ROWS], corner[PNG_ROWS], mean[PNG_ROWS];
    for (int r = 0; r < PNG_ROWS; r++) {
        uint8_t f = rows->filter[r];
        left[r] = -(f == 1 || f == 4);
        up[r] = -(f == 2 || f == 4);
        corner[r] = -(f == 4);
        mean[r] = -(f == 3);
    }
    return (Masks){ _mm256_loadu_si256((const V *)left), _mm256_loadu_si256((const V *)up),
                    _mm256_loadu_si256((const V *)corner), _mm256_loadu_si256((const V *)mean) };
}

/* The pixels of the last two steps, and what was above of the last one. */
typedef struct {
    V last, before, above;
} State;

static inline V step(State *s, V differences, const uint8_t *above_first, const Masks *m, bool averages)
{
    int first;
    memcpy(&first, above_first, sizeof first);
    V up = _mm256_permutevar8x32_epi32(s->before, _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6));
    up = _mm256_blend_epi32(up, _mm256_castsi128_si256(_mm_cvtsi32_si128(first)), 1);
    V from = nearest(_mm256_and_si256(s->last, m->left), _mm256_and_si256(up, m->up),
                     _mm256_and_si256(s->above, m->corner));
    if (averages)
        from = _mm256_or_si256(from, _mm256_and_si256(average(s->last, up), m->average));
    *s = (State){ _mm256_add_epi8(differences, from), s->last, up };
    return s->last;
}

static inline void undo(const PngRows *rows, size_t channels, bool averages)
{
    Masks m = masks_of(rows);
    State s = { _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256() };
    size_t pitch = rows->pitch, half = 4 * pitch, last = rows->width + LAG * (PNG_ROWS - 1);
    const size_t behind = LAG * channels; /* bytes from row to row */
    for (size_t t = 0; t < last; t += STEPS) {
        const uint8_t *in = rows->in + t * channels, *above = rows->out - pitch + t * channels;
        uint8_t *out = rows->out + t * channels;
        V v[STEPS];
        for (size_t r = 0; r < 4; r++) {
            const uint8_t *at = in + r * pitch - r * behind;
            v[r] = spread(load(at, at + half - 4 * behind), channels);
        }
        transpose(v);
        for (size_t i = 0; i < STEPS; i++)
            v[i] = step(&s, v[i], above + i * channels, &m, averages);
        transpose(v);
        for (size_t r = 0; r < 4; r++) {
            uint8_t *at = out + r * pitch - r * behind;
            V pixels = gather(v[r], channels);
            _mm_storeu_si128((__m128i *)at, _mm256_castsi256_si128(pixels));
            _mm_storeu_si128((__m128i *)(at + half - 4 * behind), _mm256_extracti128_si256(pixels, 1));
        }
    }
}

static inline void undo_rows(const PngRows *rows)
{
    bool averages = false;
    for (int r = 0; r < PNG_ROWS; r++)
        averages |= rows->filter[r] == 3;
    switch (rows->channels) {
    case 1: averages ? undo(rows, 1, true) : undo(rows, 1, false); break;
    case 3: averages ? undo(rows, 3, true) : undo(rows, 3, false); break;
    default: averages ? undo(rows, 4, true) : undo(rows, 4, false);
    }
}

/* ---- a row alone -------------------------------------------------------------------------------- */

/* Sums of all pixels so far: of each pixel and the one before it, then of twice as many, and again. The last of a vector is added
 * to all of the next. */
static inline void sums(uint8_t *to, const uint8_t *from, size_t n, size_t c)
{
    __m128i last = c == 3   ? _mm_setr_epi8(12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, 12)
                   : c == 4 ? _mm_set1_epi32(0x0f0e0d0c)
                            : _mm_set1_epi8(15);
    __m128i sum = _mm_setzero_si128();
    size_t i = 0;
    for (; i + 16 <= n; i += 16 - 16 % c) {
        __m128i v = _mm_loadu_si128((const __m128i *)(from + i));
        if (c == 1) {
            v = _mm_add_epi8(v, _mm_slli_si128(v, 1));
            v = _mm_add_epi8(v, _mm_slli_si128(v, 2));
        }
        v = c == 3 ? _mm_add_epi8(v, _mm_slli_si128(v, 3)) : _mm_add_epi8(v, _mm_slli_si128(v, 4));
        v = c == 3 ? _mm_add_epi8(v, _mm_slli_si128(v, 6)) : _mm_add_epi8(v, _mm_slli_si128(v, 8));
        if (c == 3)
            v = _mm_add_epi8(v, _mm_slli_si128(v, 12));
        sum = _mm_add_epi8(v, _mm_shuffle_epi8(sum, last));
        _mm_storeu_si128((__m128i *)(to + i), sum);
    }
    for (; i < n; i++)
        to[i] = (uint8_t)(from[i] + (i < c ? 0 : to[i - c]));
}

static void sub(uint8_t *to, const uint8_t *from, size_t n, size_t c)
{
    c == 1 ? sums(to, from, n, 1) : c == 3 ? sums(to, from, n, 3) : sums(to, from, n, 4);
}

static void up(uint8_t *to, const uint8_t *from, const uint8_t *above, size_t n)
{
    size_t i = 0;
    for (; i + sizeof(V) <= n; i += sizeof(V)) {
        V v = _mm256_loadu_si256((const V *)(from + i)), w = _mm256_loadu_si256((const V *)(above + i));
        _mm256_storeu_si256((V *)(to + i), _mm256_add_epi8(v, w));
    }
    for (; i < n; i++)
        to[i] = (uint8_t)(from[i] + above[i]);
}

#define PNG_KERNEL         \
    {                      \
        undo_rows, sub, up \
    }
