/* attention.c: attention, shared out among threads: what lies where; the arithmetic is in kernels/attend.c. */
#include <string.h>

#include "tensor/cpu/cpu.h"

typedef struct {
    const CpuKernels *k;
    const Attention *a;
    float *keys, *values; /* in panels, as Attend wants them: keys of each segment for themselves */
    size_t panels;        /* of keys, for each n and head */
    size_t high;          /* rows of a panel of values: the channels in parts as equal as can be */
    float *bias;    /* [bias_heads, blocks, keys, 32], for a batch; or NULL: turned where it is needed */
    float *scratch; /* for each thread */
    size_t scratch_size;
    size_t blocks; /* of 32 queries, over all segments */
} Plan;

static size_t parts(size_t n, size_t of)
{
    return (n + of - 1) / of;
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The keys of segment s, with every key in one segment where there is only that. */
static size_t segment_keys(const Attention *a, size_t s)
{
    return a->segments == 1 ? a->keys : a->segment_ends[s] - (s ? a->segment_ends[s - 1] : 0);
}

static void gather_head(void *user, size_t item, size_t thread)
{
    const Plan *p = user;
    const Attention *a = p->a;
    size_t n = item / a->kv_heads, head = item % a->kv_heads, rows = a->keys;
    const float *k = a->k + n * a->k_batch + head * a->d, *v = a->v + n * a->v_batch + head * a->e;
    float *panel = p->keys + item * p->panels * a->d * TILE_ROWS;
    (void)thread;
    for (size_t s = 0; s < a->segments; s++)
        for (size_t j = 0, count = segment_keys(a, s); j < count; j += TILE_ROWS, panel += a->d * TILE_ROWS) {
            size_t here = at_most(TILE_ROWS, count - j);
            p->k->transpose(panel, TILE_ROWS, k, a->k_row, here, a->d);
            k += here * a->k_row;
        }
    float *to = p->values + item * parts(a->e, p->high) * rows * p->high;
    for (size_t e = 0; e < a->e; e += p->high) {
        size_t bytes = at_most(p->high, a->e - e) * sizeof *v;
        for (size_t j = 0; j < rows; j++, to += p->high)
            memcpy(to, v + j * a->v_row + e, bytes);
    }
}

/* The queries and keys of block number `block`, and the panel its keys begin with. */
typedef struct {
    size_t query, queries, key, keys, panel;
} Block;

static Block find_block(const Attention *a, size_t block)
{
    Block b = { 0 };
    for (size_t s = 0;; s++) {
        size_t rest = a->segment_ends[s] - b.query, here = parts(rest, TILE_COLS);
        b.keys = segment_keys(a, s);
        if (block < here) {
            b.query += block * TILE_COLS;
            b.queries = at_most(TILE_COLS, rest - block * TILE_COLS);
            return b;
        }
        block -= here;
        b.query += rest;
        b.key += b.keys;
        b.panel += parts(b.keys, TILE_ROWS);
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

static void turn_bias(const Plan *p, float *to, size_t head, Block b)
{
    const Attention *a = p->a;
    into_lanes(p->k, to, a->bias + (head * a->queries + b.query) * a->keys + b.key, a->keys, b.queries,
               b.keys);
}

static void turn_bias_block(void *user, size_t item, size_t thread)
{
    const Plan *p = user;
    (void)thread;
    turn_bias(p, p->bias + item * p->a->keys * TILE_COLS, item / p->blocks,
              find_block(p->a, item % p->blocks));
}

static void attend_block(void *user, size_t item, size_t thread)
{
    const Plan *p = user;
    const Attention *a = p->a;
    size_t n = item / p->blocks / a->heads, head = item / p->blocks % a->heads;
    size_t kv = n * a->kv_heads + head / (a->heads / a->kv_heads), row = n * a->heads + head;
    Block b = find_block(a, item % p->blocks);
    float *score = p->scratch + thread * p->scratch_size, *q = score + ATTEND_KEYS * TILE_COLS;
    float *out = q + a->d * TILE_COLS, *rel_h = out + a->e * TILE_COLS,
          *rel_w = rel_h + a->rel_kh * TILE_COLS;
    float *bias = rel_w + a->rel_kw * TILE_COLS;
    into_lanes(p->k, q, a->q + n * a->q_batch + b.query * a->q_row + head * a->d, a->q_row, b.queries, a->d);
    p->k->affine(q, q, a->scale, 0, a->d * TILE_COLS);
    if (a->rel_h) {
        size_t first = row * a->queries + b.query;
        into_lanes(p->k, rel_h, a->rel_h + first * a->rel_kh, a->rel_kh, b.queries, a->rel_kh);
        into_lanes(p->k, rel_w, a->rel_w + first * a->rel_kw, a->rel_kw, b.queries, a->rel_kw);
    }
    size_t bias_head = a->bias_heads == 1 ? 0 : head;
    if (p->bias)
        bias = p->bias + (bias_head * p->blocks + item % p->blocks) * a->keys * TILE_COLS;
    else if (a->bias)
        turn_bias(p, bias, bias_head, b);
    Attend job = {
        .queries = b.queries,
        .keys = b.keys,
        .d = a->d,
        .e = a->e,
        .q = q,
        .k = p->keys + (kv * p->panels + b.panel) * a->d * TILE_ROWS,
        .v = p->values + kv * parts(a->e, p->high) * a->keys * p->high + b.key * p->high,
        .v_high = p->high,
        .v_step = a->keys * p->high,
        .causal = a->causal,
        .visible = (ptrdiff_t)(b.query - b.key + 1 + a->keys) - (ptrdiff_t)a->queries,
        .bias = a->bias ? bias : NULL,
        .rel_h = a->rel_h ? rel_h : NULL,
        .rel_w = rel_w,
        .rel_kw = a->rel_kw,
        .score = score,
        .out = out,
        .y = a->y + (n * a->queries + b.query) * a->heads * a->e + head * a->e,
        .y_row = a->heads * a->e,
    };
    p->k->attend(&job);
}

void cpu_attention(OpCtx *c, const Attention *a)
{
    ArenaMark mark = op_mark(c);
    Plan p = { .k = cpu_k(c), .a = a, .high = parts(a->e, parts(a->e, TILE_ROWS)) };
    for (size_t s = 0, start = 0; s < a->segments; start = a->segment_ends[s++]) {
        p.blocks += parts(a->segment_ends[s] - start, TILE_COLS);
        p.panels += parts(segment_keys(a, s), TILE_ROWS);
    }
    bool turn_once = a->bias && a->n > 1;
    p.scratch_size =
        (ATTEND_KEYS + a->d + a->e + a->rel_kh + a->rel_kw + (a->bias && !turn_once ? a->keys : 0)) *
        TILE_COLS;
    p.keys = op_alloc(c, a->n * a->kv_heads * p.panels * a->d * TILE_ROWS * sizeof *p.keys);
    p.values = op_alloc(c, a->n * a->kv_heads * a->keys * parts(a->e, p.high) * p.high * sizeof *p.values);
    p.scratch = op_alloc(c, (size_t)c->threads * p.scratch_size * sizeof *p.scratch);
    if (turn_once)
        p.bias = op_alloc(c, a->bias_heads * p.blocks * a->keys * TILE_COLS * sizeof *p.bias);
    if (op_ok(c)) {
        bool parallel = a->n * a->heads * a->queries * a->keys * a->d > 1000000;
        cpu_each(c, a->n * a->kv_heads, parallel, gather_head, &p);
        if (turn_once)
            cpu_each(c, a->bias_heads * p.blocks, parallel, turn_bias_block, &p);
        cpu_each(c, a->n * a->heads * p.blocks, parallel, attend_block, &p);
    }
    op_reset(c, mark);
}
