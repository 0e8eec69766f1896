/* attend.c: attention of 32 queries of one head, which lie in the lanes of vectors: softmax(k q) v, streamed over
 * blocks of keys (Milakov and Gimelshein 2018; Dao et al., arXiv:2205.14135). Per block:
 *     score [keys, 32]  = k q + biases
 *     the running maximum grows to that of the block; what was summed so far is scaled down by exp(old - new)
 *     score             = exp(score - maximum)
 *     sum [32]         += score over keys
 *     out [e, 32]      += transposed v times score
 * and at the end out / sum. */
#include <math.h>

#include "tensor/cpu/kernels/functions.h"
#include "tensor/cpu/kernels/isa.h"

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* y [rows, 32] (+)= a [k, rows] transposed times b [k, 32], in tiles as equal as can be. */
static void tiles(float *y, const float *a, size_t a_step, const float *b, size_t k, size_t rows, bool add)
{
    size_t count = (rows + TILE_ROWS - 1) / TILE_ROWS, high = count ? (rows + count - 1) / count : 0;
    for (size_t i = 0; i < rows; i += high)
        K(tile)(y + i * TILE_COLS, TILE_COLS, a + i, a_step, b, k, at_most(high, rows - i), add);
}

/* Add to the scores of the keys [first, first + keys) what does not come from q and k. */
static void add_biases(const Attend *a, float *score, size_t first, size_t keys)
{
    if (a->bias) {
        float *turned = a->scratch + ATTEND_KEYS * TILE_COLS;
        K(transpose)(turned, TILE_COLS, a->bias + first, a->bias_row, a->queries, keys);
        for (size_t j = 0; j < keys; j++)
            for (size_t i = 0; i < a->queries; i++)
                score[j * TILE_COLS + i] += turned[j * TILE_COLS + i];
    }
    if (a->rel_h)
        for (size_t j = 0; j < keys; j++, score += TILE_COLS) {
            const float *h = a->rel_h + (first + j) / a->rel_kw * TILE_COLS;
            const float *w = a->rel_w + (first + j) % a->rel_kw * TILE_COLS;
            for (size_t i = 0; i < TILE_COLS; i++)
                score[i] += h[i] + w[i];
        }
}

/* The last query sees most; nobody sees what comes after that. */
static size_t seen_by_anyone(const Attend *a)
{
    ptrdiff_t seen = a->visible + (ptrdiff_t)a->queries - 1;
    return seen < 0 ? 0 : at_most(a->last, (size_t)seen);
}

/* Hide the keys after what each query may see: query i sees those below visible + i. */
static void hide(float *score, size_t first, size_t keys, ptrdiff_t visible)
{
    for (size_t j = 0; j < keys; j++, score += TILE_COLS)
        for (size_t i = 0; i < TILE_COLS && (ptrdiff_t)(first + j) >= visible + (ptrdiff_t)i; i++)
            score[i] = -INFINITY;
}

/* The softmax's step above, up to sum; correction [32] is the factor for what was summed before. */
static void soften(float *score, size_t keys, float *max, float *sum, float *correction)
{
    float top[TILE_COLS], base[TILE_COLS], total[TILE_COLS] = { 0 };
    for (size_t i = 0; i < TILE_COLS; i++)
        top[i] = max[i];
    for (size_t j = 0; j < keys; j++)
        for (size_t i = 0; i < TILE_COLS; i++)
            top[i] = score[j * TILE_COLS + i] > top[i] ? score[j * TILE_COLS + i] : top[i];
    for (size_t i = 0; i < TILE_COLS; i++) {
        base[i] = top[i] == -INFINITY ? 0.0f : top[i]; /* nothing seen yet: every exp below is 0 */
        correction[i] = exp_f(max[i] - base[i]);
        max[i] = top[i];
    }
    for (size_t j = 0; j < keys; j++)
        for (size_t i = 0; i < TILE_COLS; i++) {
            float p = exp_f(score[j * TILE_COLS + i] - base[i]);
            score[j * TILE_COLS + i] = p;
            total[i] += p;
        }
    for (size_t i = 0; i < TILE_COLS; i++)
        sum[i] = sum[i] * correction[i] + total[i];
}

void K(attend)(const Attend *a)
{
    float max[TILE_COLS], sum[TILE_COLS] = { 0 }, correction[TILE_COLS];
    float *score = a->scratch, *out = a->out;
    for (size_t i = 0; i < TILE_COLS; i++)
        max[i] = -INFINITY;
    size_t last = a->causal ? seen_by_anyone(a) : a->last;
    bool begun = false;
    for (size_t first = a->first; first < last; first += ATTEND_KEYS) {
        size_t keys = at_most(ATTEND_KEYS, last - first);
        tiles(score, a->k + first, a->k_step, a->q, a->d, keys, false);
        add_biases(a, score, first, keys);
        if (a->causal && (ptrdiff_t)(first + keys) > a->visible)
            hide(score, first, keys, a->visible);
        soften(score, keys, max, sum, correction);
        for (size_t e = 0; begun && e < a->e; e++)
            for (size_t i = 0; i < TILE_COLS; i++)
                out[e * TILE_COLS + i] *= correction[i];
        tiles(out, a->v + first * a->e, a->e, score, keys, a->e, begun);
        begun = true;
    }
    for (size_t i = 0; i < TILE_COLS; i++)
        sum[i] = sum[i] > 0.0f ? 1.0f / sum[i] : sum[i]; /* 0 where no key is seen; not a number stays */
    for (size_t e = 0; e < a->e; e++)
        for (size_t i = 0; i < TILE_COLS; i++)
            out[e * TILE_COLS + i] = begun ? out[e * TILE_COLS + i] * sum[i] : 0.0f;
    K(transpose)(a->y, a->y_row, out, TILE_COLS, a->e, a->queries);
}
