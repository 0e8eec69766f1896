/* attention.c: attention and positions, shared out among threads; the arithmetic is in kernels/attend.c. */
#include <string.h>

#include "tensor/cpu/cpu.h"

/* Keys transposed and values gathered, head by head: each is then read as one stream. */
typedef struct {
    const CpuKernels *k;
    const Attention *a;
    float *keys;   /* [n, kv_heads, d, k_step] */
    float *values; /* [n, kv_heads, keys, e] */
    size_t k_step;
    float *scratch; /* for each thread */
    size_t scratch_size;
    size_t blocks; /* of 32 queries, over all segments */
} Plan;

static void gather_head(void *user, size_t item, size_t thread)
{
    const Plan *p = user;
    const Attention *a = p->a;
    size_t n = item / a->kv_heads, head = item % a->kv_heads;
    const float *k = a->k + n * a->k_batch + head * a->d, *v = a->v + n * a->v_batch + head * a->e;
    float *values = p->values + item * a->keys * a->e;
    (void)thread;
    p->k->transpose(p->keys + item * a->d * p->k_step, p->k_step, k, a->k_row, a->keys, a->d);
    for (size_t j = 0; j < a->keys; j++)
        memcpy(values + j * a->e, v + j * a->v_row, a->e * sizeof *v);
}

/* The queries and keys of block number `block`. */
typedef struct {
    size_t query, queries, first, last;
} Block;

static Block find_block(const Attention *a, size_t block)
{
    size_t start = 0;
    for (size_t s = 0;; s++) {
        size_t length = a->segment_ends[s] - start, here = (length + TILE_COLS - 1) / TILE_COLS;
        if (block < here) {
            size_t query = start + block * TILE_COLS, rest = a->segment_ends[s] - query;
            Block b = { query, rest < TILE_COLS ? rest : TILE_COLS, 0, a->keys };
            if (a->segments > 1) {
                b.first = start;
                b.last = a->segment_ends[s];
            }
            return b;
        }
        block -= here;
        start = a->segment_ends[s];
    }
}

/* rows [queries, n] to [n, 32], with zeros in the lanes that have no query. */
static void into_lanes(const CpuKernels *k, float *to, const float *rows, size_t row, size_t queries,
                       size_t n)
{
    if (queries < TILE_COLS)
        memset(to, 0, n * TILE_COLS * sizeof *to);
    k->transpose(to, TILE_COLS, rows, row, queries, n);
}

static void attend_block(void *user, size_t item, size_t thread)
{
    const Plan *p = user;
    const Attention *a = p->a;
    size_t n = item / p->blocks / a->heads, head = item / p->blocks % a->heads;
    Block b = find_block(a, item % p->blocks);
    size_t kv = n * a->kv_heads + head / (a->heads / a->kv_heads);
    float *scratch = p->scratch + thread * p->scratch_size, *q = scratch + 2 * ATTEND_KEYS * TILE_COLS;
    float *out = q + a->d * TILE_COLS, *rel_h = out + a->e * TILE_COLS,
          *rel_w = rel_h + a->rel_kh * TILE_COLS;
    into_lanes(p->k, q, a->q + n * a->q_batch + b.query * a->q_row + head * a->d, a->q_row, b.queries, a->d);
    for (size_t i = 0; i < a->d * TILE_COLS; i++)
        q[i] *= a->scale;
    size_t row = (n * a->heads + head) * a->queries + b.query;
    if (a->rel_h) {
        into_lanes(p->k, rel_h, a->rel_h + row * a->rel_kh, a->rel_kh, b.queries, a->rel_kh);
        into_lanes(p->k, rel_w, a->rel_w + row * a->rel_kw, a->rel_kw, b.queries, a->rel_kw);
    }
    size_t bias_row = (a->bias_heads == 1 ? 0 : head) * a->queries + b.query;
    ptrdiff_t visible = (ptrdiff_t)(b.query + 1 + a->keys) - (ptrdiff_t)a->queries;
    Attend job = {
        .queries = b.queries,
        .d = a->d,
        .e = a->e,
        .q = q,
        .k = p->keys + kv * a->d * p->k_step,
        .k_step = p->k_step,
        .v = p->values + kv * a->keys * a->e,
        .first = b.first,
        .last = b.last,
        .causal = a->causal,
        .visible = visible,
        .bias = a->bias ? a->bias + bias_row * a->keys : NULL,
        .bias_row = a->keys,
        .rel_h = a->rel_h ? rel_h : NULL,
        .rel_w = rel_w,
        .rel_kw = a->rel_kw,
        .scratch = scratch,
        .out = out,
        .y = a->y + (n * a->queries + b.query) * a->heads * a->e + head * a->e,
        .y_row = a->heads * a->e,
    };
    p->k->attend(&job);
}

void cpu_attention(OpCtx *c, const Attention *a)
{
    ArenaMark mark = op_mark(c);
    Plan p = { .k = cpu_k(c), .a = a };
    /* An odd number of cache lines from row to row: a power of two would put a whole column into one set of the cache. */
    p.k_step = ((a->keys + 15) / 16 | 1) * 16;
    p.scratch_size = (2 * ATTEND_KEYS + a->d + a->e + a->rel_kh + a->rel_kw) * TILE_COLS;
    p.keys = op_alloc(c, a->n * a->kv_heads * a->d * p.k_step * sizeof *p.keys);
    p.values = op_alloc(c, a->n * a->kv_heads * a->keys * a->e * sizeof *p.values);
    p.scratch = op_alloc(c, (size_t)c->threads * p.scratch_size * sizeof *p.scratch);
    for (size_t s = 0, start = 0; s < a->segments; start = a->segment_ends[s++])
        p.blocks += (a->segment_ends[s] - start + TILE_COLS - 1) / TILE_COLS;
    if (op_ok(c)) {
        bool parallel = a->n * a->heads * a->queries * a->keys * a->d > 1000000;
        cpu_each(c, a->n * a->kv_heads, parallel, gather_head, &p);
        cpu_each(c, a->n * a->heads * p.blocks, parallel, attend_block, &p);
    }
    op_reset(c, mark);
}
