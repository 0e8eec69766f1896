/* attention.c: attention with its positions, one query at a time. */
#include <math.h>

#include "tensor/plain/plain.h"

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

/* What is added to the score of key j for query i. */
static double bias(const Attention *a, size_t n, size_t head, size_t i, size_t j)
{
    double b = 0;
    size_t at = (n * a->heads + head) * a->queries + i;
    if (a->bias)
        b += a->bias[((a->bias_heads == 1 ? 0 : head) * a->queries + i) * a->keys + j];
    if (a->rel_h)
        b += (double)a->rel_h[at * a->rel_kh + j / a->rel_kw] + a->rel_w[at * a->rel_kw + j % a->rel_kw];
    return b;
}

/* Query i of one head over the keys [first, last). */
static void attend(const Attention *a, size_t n, size_t head, size_t i, size_t first, size_t last,
                   float *score)
{
    size_t kv = head / (a->heads / a->kv_heads);
    const float *q = a->q + n * a->q_batch + i * a->q_row + head * a->d;
    const float *k = a->k + n * a->k_batch + kv * a->d, *v = a->v + n * a->v_batch + kv * a->e;
    float *y = a->y + (n * a->queries + i) * a->heads * a->e + head * a->e;
    double max = -INFINITY, sum = 0;
    for (size_t j = first; j < last; j++) {
        double s = a->scale * dot(q, k + j * a->k_row, a->d) + bias(a, n, head, i, j);
        if (a->causal && j + a->queries > i + a->keys)
            s = -INFINITY;
        score[j] = (float)s;
        max = fmax(max, score[j]);
    }
    for (size_t j = first; j < last; j++) {
        score[j] = max == -INFINITY ? 0 : (float)exp(score[j] - max);
        sum += score[j];
    }
    for (size_t e = 0; e < a->e; e++) {
        double total = 0;
        for (size_t j = first; j < last; j++)
            total += (double)score[j] * v[j * a->v_row + e];
        y[e] = sum > 0 ? (float)(total / sum) : 0;
    }
}

void plain_attention(OpCtx *c, const Attention *a)
{
    ArenaMark mark = op_mark(c);
    float *score = op_alloc(c, a->keys * sizeof *score);
    for (size_t n = 0; score && n < a->n; n++)
        for (size_t head = 0; head < a->heads; head++)
            for (size_t s = 0, i = 0; s < a->segments; s++) {
                size_t first = a->segments > 1 ? i : 0, last = a->segments > 1 ? a->segment_ends[s] : a->keys;
                for (; i < a->segment_ends[s]; i++)
                    attend(a, n, head, i, first, last, score);
            }
    op_reset(c, mark);
}

void plain_rel_pos(OpCtx *c, Tensor y, Tensor q, Tensor table, size_t height, size_t width, RelAxis axis)
{
    size_t side = axis == REL_ROWS ? height : width, d = table.dim[1], queries = height * width,
           row = tensor_cols(q);
    size_t heads = y.dim[y.rank - 3], batch = tensor_rows(q) / queries;
    const float *pq = q.data, *pt = table.data;
    float *py = y.data;
    (void)c;
    for (size_t n = 0; n < batch; n++)
        for (size_t head = 0; head < heads; head++)
            for (size_t i = 0; i < queries; i++) {
                size_t p = axis == REL_ROWS ? i / width : i % width;
                for (size_t j = 0; j < side; j++)
                    *py++ =
                        (float)dot(pq + (n * queries + i) * row + head * d, pt + (p + side - 1 - j) * d, d);
            }
}

void plain_rope(OpCtx *c, Tensor y, Tensor x, Tensor cosines, Tensor sines, RopeShape s)
{
    const float *px = x.data;
    float *py = y.data;
    (void)c;
    for (size_t i = 0; i < s.n * s.t * s.heads; i++, px += s.d, py += s.d) {
        size_t t = i / s.heads % s.t;
        const float *co = (float *)cosines.data + t * s.r, *si = (float *)sines.data + t * s.r;
        for (size_t k = 2 * s.r; k < s.d; k++)
            py[k] = px[k];
        for (size_t k = 0; k < s.r; k++) {
            size_t a = s.layout == ROPE_PAIRS ? 2 * k : k, b = s.layout == ROPE_PAIRS ? 2 * k + 1 : s.r + k;
            double xa = px[a], xb = px[b];
            py[a] = (float)(xa * co[k] - xb * si[k]);
            py[b] = (float)(xa * si[k] + xb * co[k]);
        }
    }
}
