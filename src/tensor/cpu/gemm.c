/* gemm.c: a linear layer whose weight is widened on the way, a little at a time: nothing of it is kept, so that a model
 * of 20 billion parameters needs no more memory than its file. Its low-rank changes are more terms of the same sums. */
#include <string.h>

#include "tensor/cpu/cpu.h"
#include "tensor/plain/plain.h"

enum {
    DEEP =
        256, /* terms of the sum at a time: a panel of 32 columns then fills two thirds of the first cache */
    PANELS = 4, /* panels at a time: each tile of x is used that often while it is near */
    WIDE = PANELS * TILE_COLS,
    NEAR_ROWS = 36 * TILE_ROWS, /* rows of y at a time: with WIDE columns, 258 KB of the second cache */
    NEAR_DEEP =
        8 * DEEP, /* terms that are added to them before the next rows: their weights are 1 MB there */
    FEW_ROWS = 8, /* from here on tiles pay */
    GROUP =
        8, /* tiles of x that are packed together: what is near of a change's first matrix is used that often */
};

/* y += x * weight^T: the layer itself, or the second half of a change. */
typedef struct {
    Tensor weight; /* [cols, depth] */
    size_t depth;
    const float *x; /* [rows, depth], of a few rows */
    float *panels;  /* of more: in tiles, [rows / 14 rounded up, depth, 14] */
} Term;

/* The first half of a change: what its term takes for x. */
typedef struct {
    const LowRank *change;
    size_t rank, cols; /* cols: the rank in whole tiles */
    float *weight;     /* of more than a few rows, widened: [cols / 32, depth, 32] */
    size_t sums;       /* where its sums begin among those of all changes */
    Term *term;
} Low;

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x, *bias;
    float *panels;  /* x in tiles */
    float *scratch; /* for each thread */
    size_t scratch_size;
    size_t rows, depth, cols;
    bool add; /* y holds a part of the sums already */
    Act act;
    Term *term;
    size_t terms;
    Low *low;
    size_t lows, low_cols; /* low_cols: of all together */
    size_t group;          /* tiles that are packed together */
    size_t near_deep;      /* terms whose weights are widened together */
} Product;

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t rounded_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* ---- x ---- */

/* 32 columns of a change's first matrix, widened. */
static void widen_low(void *user, size_t item, size_t thread)
{
    const Product *p = user;
    float *row = p->scratch + thread * p->scratch_size;
    const Low *low = p->low;
    for (; item >= low->cols / TILE_COLS; low++)
        item -= low->cols / TILE_COLS;
    size_t first = item * TILE_COLS, cols = at_most(TILE_COLS, low->rank - first);
    float *panel = low->weight + first * p->depth;
    if (cols < TILE_COLS)
        memset(panel, 0, TILE_COLS * p->depth * sizeof *panel);
    for (size_t from = 0; from < p->depth; from += DEEP) {
        size_t deep = at_most(DEEP, p->depth - from);
        for (size_t i = 0; i < cols; i++)
            p->k->widen(low->change->down.host, (first + i) * p->depth + from, deep, row + i * DEEP);
        p->k->transpose(panel + from * TILE_COLS, TILE_COLS, row, DEEP, cols, deep);
    }
}

/* A tile of x against the first matrices of all changes: sums [low_cols / 32, 14, 32] of its terms [from, from + deep). */
static void add_low(const Product *p, const float *a, size_t from, size_t deep, size_t rows, float *sums)
{
    for (size_t l = 0; l < p->lows; l++) {
        const Low *low = &p->low[l];
        for (size_t j = 0; j < low->cols; j += TILE_COLS)
            p->k->tile(sums + (low->sums + j) * TILE_ROWS, TILE_COLS, a, TILE_ROWS,
                       low->weight + j * p->depth + from * TILE_COLS, TILE_COLS, deep, rows, from > 0);
    }
}

/* The sums of a tile as the second matrices want them. */
static void keep_low(const Product *p, size_t first, size_t rows, float *sums)
{
    for (size_t l = 0; l < p->lows; l++) {
        const Low *low = &p->low[l];
        float *mine = sums + low->sums * TILE_ROWS;
        p->k->affine(mine, mine, low->change->scale, 0, low->cols * TILE_ROWS);
        for (size_t j = 0; j < low->rank; j += TILE_COLS)
            p->k->transpose(low->term->panels + first * low->rank + j * TILE_ROWS, TILE_ROWS,
                            mine + j * TILE_ROWS, TILE_COLS, rows, at_most(TILE_COLS, low->rank - j));
    }
}

/* A group of tiles of x, a little of their depth at a time; while it is near, the changes take their part of it. */
static void pack_rows(void *user, size_t item, size_t thread)
{
    const Product *p = user;
    float *sums = p->scratch + thread * p->scratch_size;
    size_t first = item * p->group * TILE_ROWS, end = at_most(p->rows, first + p->group * TILE_ROWS);
    size_t step = p->low_cols * TILE_ROWS;
    for (size_t from = 0; from < p->depth; from += DEEP) {
        size_t deep = at_most(DEEP, p->depth - from);
        for (size_t i = first; i < end; i += TILE_ROWS) {
            float *a = p->panels + i * p->depth + from * TILE_ROWS;
            size_t rows = at_most(TILE_ROWS, end - i);
            p->k->transpose(a, TILE_ROWS, p->x + i * p->depth + from, p->depth, rows, deep);
            add_low(p, a, from, deep, rows, sums + (i - first) / TILE_ROWS * step);
        }
    }
    for (size_t i = first; i < end; i += TILE_ROWS)
        keep_low(p, i, at_most(TILE_ROWS, end - i), sums + (i - first) / TILE_ROWS * step);
}

/* ---- tiles of y ---- */

/* The weights of columns [first, first + cols) and terms [from, from + deep), widened, as panels [deep, 32]. */
static void widen(const Product *p, const Term *t, size_t first, size_t cols, size_t from, size_t deep,
                  float *row, float *panels)
{
    for (size_t j = 0; j < cols; j += TILE_COLS) {
        size_t here = at_most(TILE_COLS, cols - j);
        float *panel = panels + j * DEEP;
        if (here < TILE_COLS)
            memset(panel, 0, deep * TILE_COLS * sizeof *panel);
        for (size_t i = 0; i < here; i++)
            p->k->widen(t->weight, (first + j + i) * t->depth + from, deep, row + i * DEEP);
        p->k->transpose(panel, TILE_COLS, row, DEEP, here, deep);
    }
}

/* What becomes of whole sums of some columns. */
typedef struct {
    float one[WIDE], bias[WIDE];
} Finish;

static void find_finish(const Product *p, size_t first, size_t cols, Finish *f)
{
    for (size_t j = 0; j < cols; j++) {
        f->one[j] = 1;
        f->bias[j] = p->bias ? p->bias[first + j] : 0;
    }
}

/* A part of y, kept together while it is added to: rows of y lie so far apart, and often a multiple of 4096 bytes, that few of them
 * would find a place in a cache. */
typedef struct {
    size_t first, cols, row, rows;
    float *sums; /* [rows, WIDE] */
} Part;

static void begin_part(const Product *p, const Part *b)
{
    for (size_t i = 0; i < b->rows; i++)
        memcpy(b->sums + i * WIDE, p->y + (b->row + i) * p->cols + b->first, b->cols * sizeof(float));
}

/* y = act(sums + bias), or just the sums where more of them follow. */
static void end_part(const Product *p, const Part *b, const Finish *f)
{
    for (size_t i = 0; i < b->rows; i++) {
        float *y = p->y + (b->row + i) * p->cols + b->first, *sums = b->sums + i * WIDE;
        if (f)
            p->k->scale_shift(y, sums, f->one, f->bias, b->cols, p->act);
        else
            memcpy(y, sums, b->cols * sizeof *y);
    }
}

/* Add terms [from, end) of `t`, whose weights are in `panels`. */
static void add_part(const Product *p, const Part *b, const Term *t, size_t from, size_t end,
                     const float *panels, bool add)
{
    if (add)
        begin_part(p, b);
    for (; from < end; from += DEEP, panels += DEEP * WIDE, add = true) {
        size_t deep = at_most(DEEP, end - from);
        for (size_t i = 0; i < b->rows; i += TILE_ROWS) {
            const float *a = t->panels + (b->row + i) * t->depth + from * TILE_ROWS;
            for (size_t j = 0; j < b->cols; j += TILE_COLS)
                p->k->tile(b->sums + i * WIDE + j, WIDE, a, TILE_ROWS, panels + j * DEEP, TILE_COLS, deep,
                           at_most(TILE_ROWS, b->rows - i), add);
        }
    }
}

static void column_block(void *user, size_t item, size_t thread)
{
    const Product *p = user;
    Part b = { .first = item * WIDE, .cols = at_most(WIDE, p->cols - item * WIDE) };
    float *panels = p->scratch + thread * p->scratch_size, *row = panels + p->near_deep * WIDE;
    b.sums = row + DEEP * TILE_COLS;
    Finish finish;
    find_finish(p, b.first, b.cols, &finish);
    bool add = p->add, finishes = p->bias || p->act != ACT_NONE;
    for (const Term *t = p->term; t < p->term + p->terms; t++)
        for (size_t from = 0; from < t->depth; from += p->near_deep, add = true) {
            size_t end = at_most(from + p->near_deep, t->depth);
            bool last = t + 1 == p->term + p->terms && end == t->depth;
            for (size_t k = from; k < end; k += DEEP)
                widen(p, t, b.first, b.cols, k, at_most(DEEP, end - k), row, panels + (k - from) * WIDE);
            for (b.row = 0; b.row < p->rows; b.row += NEAR_ROWS) {
                b.rows = at_most(NEAR_ROWS, p->rows - b.row);
                add_part(p, &b, t, from, end, panels, add);
                end_part(p, &b, last && finishes ? &finish : NULL);
            }
        }
}

/* ---- a few rows ---- */

/* The sum of one weight's row with each row of x: it is widened into the first-level cache and used from there. */
static void few_sums(const Product *p, Tensor weight, const float *x, size_t depth, size_t row,
                     float *weights, float sum[FEW_ROWS])
{
    for (size_t from = 0; from < depth; from += DEEP) {
        size_t deep = at_most(DEEP, depth - from);
        p->k->widen(weight, row * depth + from, deep, weights);
        for (size_t i = 0; i < p->rows; i++)
            sum[i] += p->k->dot(x + i * depth + from, weights, deep);
    }
}

/* The first halves of all changes. */
static void few_low(const Product *p)
{
    for (size_t l = 0; l < p->lows; l++) {
        const Low *low = &p->low[l];
        float *out = low->term->panels;
        for (size_t j = 0; j < low->rank; j++) {
            float sum[FEW_ROWS] = { 0 };
            few_sums(p, low->change->down.host, p->x, p->depth, j, p->scratch, sum);
            for (size_t i = 0; i < p->rows; i++)
                out[i * low->rank + j] = low->change->scale * sum[i];
        }
    }
}

static void few_rows_block(void *user, size_t item, size_t thread)
{
    const Product *p = user;
    size_t first = item * WIDE, cols = at_most(WIDE, p->cols - first);
    float *weights = p->scratch + thread * p->scratch_size;
    for (size_t j = first; j < first + cols; j++) {
        float sum[FEW_ROWS] = { 0 };
        for (size_t i = 0; p->add && i < p->rows; i++)
            sum[i] = p->y[i * p->cols + j];
        for (const Term *t = p->term; t < p->term + p->terms; t++)
            few_sums(p, t->weight, t->x, t->depth, j, weights, sum);
        for (size_t i = 0; i < p->rows; i++)
            p->y[i * p->cols + j] = sum[i];
    }
    if (!p->bias && p->act == ACT_NONE)
        return;
    Finish finish;
    find_finish(p, first, cols, &finish);
    for (size_t i = 0; i < p->rows; i++)
        p->k->scale_shift(p->y + i * p->cols + first, p->y + i * p->cols + first, finish.one, finish.bias,
                          cols, p->act);
}

/* ---- all of it ---- */

/* The terms: the layer itself where there is one, then the changes. `rows` is how many p->x has, in whole tiles. */
static void make_terms(OpCtx *c, Product *p, const Linear *l, const LowRank *changes, size_t rows)
{
    size_t count = 0;
    for (const LowRank *r = changes; r; r = r->next)
        count++;
    p->low = op_alloc(c, (count + 1) * sizeof *p->low);
    p->term = op_alloc(c, (count + 1) * sizeof *p->term);
    if (!op_ok(c))
        return;
    if (l)
        p->term[p->terms++] =
            (Term){ .weight = l->weight.host, .depth = p->depth, .x = p->x, .panels = p->panels };
    for (const LowRank *r = changes; r && op_ok(c); r = r->next) {
        size_t rank = r->down.host.dim[0];
        Term *t = &p->term[p->terms++];
        float *x = op_alloc(c, rows * rank * sizeof *x);
        *t = (Term){ .weight = r->up.host, .depth = rank, .x = x, .panels = x };
        p->low[p->lows++] = (Low){
            .change = r, .rank = rank, .cols = rounded_up(rank, TILE_COLS), .sums = p->low_cols, .term = t
        };
        p->low_cols += rounded_up(rank, TILE_COLS);
    }
}

static void run_tiles(OpCtx *c, Product *p, size_t blocks, bool parallel)
{
    size_t tiles = (p->rows + TILE_ROWS - 1) / TILE_ROWS;
    for (size_t l = 0; l < p->lows; l++)
        p->low[l].weight = op_alloc(c, p->low[l].cols * p->depth * sizeof(float));
    if (!op_ok(c))
        return;
    cpu_each(c, p->low_cols / TILE_COLS, parallel, widen_low, p);
    cpu_each(c, (tiles + p->group - 1) / p->group, parallel, pack_rows, p);
    cpu_each(c, blocks, parallel, column_block, p);
}

/* y = act((y, where `l` is NULL, else l(x)) + changes(x)) */
static void run(OpCtx *c, Tensor y, Tensor x, const Linear *l, const LowRank *changes, Act act)
{
    ArenaMark mark = op_mark(c);
    Product p = { .k = cpu_k(c),
                  .y = y.data,
                  .x = x.data,
                  .bias = l ? plain_values(c, &l->bias) : NULL,
                  .rows = tensor_rows(x),
                  .depth = tensor_cols(x),
                  .cols = tensor_cols(y),
                  .add = !l,
                  .act = act };
    size_t rows = rounded_up(p.rows, TILE_ROWS), blocks = (p.cols + WIDE - 1) / WIDE;
    bool few = p.rows<FEW_ROWS, parallel = p.rows * p.depth * p.cols> 100000;
    /* Enough groups for all threads. */
    p.group = rows / TILE_ROWS / (2 * (size_t)c->threads);
    p.group = p.group < 1 ? 1 : at_most(p.group, GROUP);
    if (!few)
        p.panels = op_alloc(c, rows * p.depth * sizeof *p.panels);
    make_terms(c, &p, l, changes, rows);
    p.near_deep = DEEP;
    for (const Term *t = p.term; op_ok(c) && t < p.term + p.terms; t++)
        while (p.near_deep < NEAR_DEEP && p.near_deep < t->depth)
            p.near_deep += DEEP;
    size_t for_tiles = DEEP * TILE_COLS + (p.near_deep + at_most(rows, NEAR_ROWS)) * WIDE,
           for_sums = p.group * p.low_cols * TILE_ROWS;
    p.scratch_size = few ? DEEP : for_tiles > for_sums ? for_tiles : for_sums;
    p.scratch = op_alloc(c, (size_t)c->threads * p.scratch_size * sizeof *p.scratch);
    if (op_ok(c) && few) {
        few_low(&p);
        cpu_each(c, blocks, parallel, few_rows_block, &p);
    } else if (op_ok(c))
        run_tiles(c, &p, blocks, parallel);
    op_reset(c, mark);
}

void cpu_linear_widening(OpCtx *c, Tensor y, Tensor x, const Linear *l, const LowRank *changes, Act act)
{
    run(c, y, x, l, changes, act);
}

void cpu_add_changes(OpCtx *c, Tensor y, Tensor x, const LowRank *changes, Act act)
{
    run(c, y, x, NULL, changes, act);
}
