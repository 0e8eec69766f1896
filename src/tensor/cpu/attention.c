/* attention.c: attention, shared out among threads: what lies where; the arithmetic is in kernels/attend.c. */
#include <string.h>

#include "tensor/cpu/cpu.h"

enum { CACHED_BYTES = 1 << 20 }; /* of keys and values: half of a second-level cache */

typedef struct {
    const CpuKernels *k;
    const Attention *a;
    float *keys,
        *values; /* in panels, as Attend wants them: keys of each segment for themselves; for each n and head,
                           * or, head by head, for each thread */
    size_t panels;  /* of keys, for each n and head */
    size_t high;    /* rows of a panel of values: the channels in parts as equal as can be */
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

static size_t keys_size(const Plan *p)
{
    return p->panels * p->a->d * TILE_ROWS;
}

static size_t values_size(const Plan *p)
{
    return p->a->keys * parts(p->a->e, p->high) * p->high;
}

/* The keys and values of head `item` of n * kv_heads, into place number `place`. */
static void gather(const Plan *p, size_t item, size_t place)
{
    const Attention *a = p->a;
    size_t n = item / a->kv_heads, head = item % a->kv_heads;
    const float *k = a->k + n * a->k_batch + head * a->d, *v = a->v + n * a->v_batch + head * a->e;
    float *panel = p->keys + place * keys_size(p), *to = p->values + place * values_size(p);
    for (size_t s = 0; s < a->segments; s++)
        for (size_t j = 0, count = segment_keys(a, s); j < count; j += TILE_ROWS, panel += a->d * TILE_ROWS) {
            size_t here = at_most(TILE_ROWS, count - j);
            cpu_prefetch(k + here * a->k_row, a->k_row, at_most(TILE_ROWS, count - j - here), a->d);
            p->k->transpose(panel, TILE_ROWS, k, a->k_row, here, a->d);
            k += here * a->k_row;
        }
    for (size_t j = 0; j < a->keys; j++, v += a->v_row) {
        if (j + 8 < a->keys)
            cpu_prefetch(v + 8 * a->v_row, a->v_row, 1, a->e);
        for (size_t e = 0; e < a->e; e += p->high)
            for (size_t i = 0, count = at_most(p->high, a->e - e); i < count; i++)
                to[e * a->keys + j * p->high + i] = v[e + i];
    }
}

static void gather_head(void *user, size_t item, size_t thread)
{
    (void)thread;
    gather(user, item, item);
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

/* One block of queries of head `row` of n * heads, whose keys and values are at place number `kv`. */
static void attend(const Plan *p, size_t row, size_t block, size_t kv, size_t thread)
{
    const Attention *a = p->a;
    size_t n = row / a->heads, head = row % a->heads;
    Block b = find_block(a, block);
    float *score = p->scratch + thread * p->scratch_size, *q = score + ATTEND_KEYS * TILE_COLS;
    float *out = q + a->d * TILE_COLS, *rel_h = out + a->e * TILE_COLS,
          *rel_w = rel_h + a->rel_kh * TILE_COLS;
    float *bias = rel_w + a->rel_kw * TILE_COLS;
    const float *from = a->q + n * a->q_batch + b.query * a->q_row + head * a->d;
    if (b.queries == TILE_COLS && b.query + 2 * TILE_COLS <= a->queries)
        cpu_prefetch(from + TILE_COLS * a->q_row, a->q_row, TILE_COLS, a->d);
    into_lanes(p->k, q, from, a->q_row, b.queries, a->d);
    p->k->affine(q, q, a->scale, 0, a->d * TILE_COLS);
    if (a->rel_h) {
        size_t first = row * a->queries + b.query;
        into_lanes(p->k, rel_h, a->rel_h + first * a->rel_kh, a->rel_kh, b.queries, a->rel_kh);
        into_lanes(p->k, rel_w, a->rel_w + first * a->rel_kw, a->rel_kw, b.queries, a->rel_kw);
    }
    size_t bias_head = a->bias_heads == 1 ? 0 : head;
    if (p->bias)
        bias = p->bias + (bias_head * p->blocks + block) * a->keys * TILE_COLS;
    else if (a->bias)
        turn_bias(p, bias, bias_head, b);
    Attend job = {
        .queries = b.queries,
        .keys = b.keys,
        .d = a->d,
        .e = a->e,
        .q = q,
        .k = p->keys + kv * keys_size(p) + b.panel * a->d * TILE_ROWS,
        .v = p->values + kv * values_size(p) + b.key * p->high,
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

static void attend_block(void *user, size_t item, size_t thread)
{
    const Plan *p = user;
    const Attention *a = p->a;
    size_t row = item / p->blocks, group = a->heads / a->kv_heads;
    attend(p, row, item % p->blocks, row / a->heads * a->kv_heads + row % a->heads / group, thread);
}

/* All of one head of keys, for all heads of queries that read it. */
static void attend_head(void *user, size_t item, size_t thread)
{
    const Plan *p = user;
    const Attention *a = p->a;
    size_t group = a->heads / a->kv_heads, first = item / a->kv_heads * a->heads + item % a->kv_heads * group;
    gather(p, item, thread);
    for (size_t row = first; row < first + group; row++)
        for (size_t block = 0; block < p->blocks; block++)
            attend(p, row, block, thread, thread);
}

void cpu_attention(OpCtx *c, const Attention *a)
{
    ArenaMark mark = op_mark(c);
    Plan p = { .k = cpu_k(c), .a = a, .high = parts(a->e, parts(a->e, TILE_ROWS)) };
    for (size_t s = 0, start = 0; s < a->segments; start = a->segment_ends[s++]) {
        p.blocks += parts(a->segment_ends[s] - start, TILE_COLS);
        p.panels += parts(segment_keys(a, s), TILE_ROWS);
    }
    /* Many small heads, windows as a rule, are done one by one while their keys are in the cache; of a few large ones
     * the queries are shared out. */
    size_t heads = a->n * a->kv_heads, threads = (size_t)c->threads;
    bool by_head = heads >= 4 * threads && (keys_size(&p) + values_size(&p)) * sizeof(float) <= CACHED_BYTES;
    bool turn_once = a->bias && a->n > 1;
    size_t bias = a->bias && !turn_once ? a->keys : 0;
    p.scratch_size = (ATTEND_KEYS + a->d + a->e + a->rel_kh + a->rel_kw + bias) * TILE_COLS;
    p.keys = op_alloc(c, (by_head ? threads : heads) * keys_size(&p) * sizeof *p.keys);
    p.values = op_alloc(c, (by_head ? threads : heads) * values_size(&p) * sizeof *p.values);
    p.scratch = op_alloc(c, threads * p.scratch_size * sizeof *p.scratch);
    if (turn_once)
        p.bias = op_alloc(c, a->bias_heads * p.blocks * a->keys * TILE_COLS * sizeof *p.bias);
    if (op_ok(c)) {
        bool parallel = a->n * a->heads * a->queries * a->keys * a->d > 1000000;
        if (turn_once)
            cpu_each(c, a->bias_heads * p.blocks, parallel, turn_bias_block, &p);
        if (by_head) {
            cpu_each(c, heads, parallel, attend_head, &p);
        } else {
            cpu_each(c, heads, parallel, gather_head, &p);
            cpu_each(c, a->n * a->heads * p.blocks, parallel, attend_block, &p);
        }
    }
    op_reset(c, mark);
}
