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

/* Add to the scores of the keys [first, first + keys) what does not come from q and k. */
static void add_biases(const Attend *a, float *score, size_t first, size_t keys)
{
    if (a->bias)
        for (size_t i = 0; i < keys * TILE_COLS; i++)
            score[i] += a->bias[first * TILE_COLS + i];
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
    return seen < 0 ? 0 : at_most(a->keys, (size_t)seen);
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
    float *score = a->score, *out = a->out;
    for (size_t i = 0; i < TILE_COLS; i++)
        max[i] = -INFINITY;
    size_t last = a->causal ? seen_by_anyone(a) : a->keys;
    for (size_t first = 0; first < last; first += ATTEND_KEYS) {
        size_t keys = at_most(ATTEND_KEYS, last - first);
        for (size_t j = 0; j < keys; j += TILE_ROWS)
            K(tile)
        (score + j * TILE_COLS, TILE_COLS, a->k + (first + j) * a->d, TILE_ROWS, a->q, TILE_COLS, a->d,
         at_most(TILE_ROWS, keys - j), false);
        add_biases(a, score, first, keys);
        if (a->causal && (ptrdiff_t)(first + keys) > a->visible)
            hide(score, first, keys, a->visible);
        soften(score, keys, max, sum, correction);
        for (size_t e = 0; first && e < a->e; e++)
            for (size_t i = 0; i < TILE_COLS; i++)
                out[e * TILE_COLS + i] *= correction[i];
        for (size_t e = 0; e < a->e; e += a->v_high)
            K(tile)
        (out + e * TILE_COLS, TILE_COLS, a->v + e / a->v_high * a->v_step + first * a->v_high, a->v_high,
         score, TILE_COLS, keys, at_most(a->v_high, a->e - e), first > 0);
    }
    for (size_t i = 0; i < TILE_COLS; i++)
        sum[i] = sum[i] > 0.0f ? 1.0f / sum[i] : sum[i]; /* 0 where no key is seen; not a number stays */
    for (size_t e = 0; e < a->e; e++)
        for (size_t i = 0; i < TILE_COLS; i++)
            out[e * TILE_COLS + i] = last ? out[e * TILE_COLS + i] * sum[i] : 0.0f;
    K(transpose)(a->y, a->y_row, out, TILE_COLS, a->e, a->queries);
}
