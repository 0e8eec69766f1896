/* gemm.c: a linear layer whose weight is widened on the way, a little at a time: nothing of it is kept, so that a model
 * of 20 billion parameters needs no more memory than its file. */
#include <string.h>

#include "tensor/cpu/cpu.h"
#include "tensor/plain/plain.h"

enum {
    DEEP =
        256, /* terms of the sum at a time: a panel of 32 columns then fills two thirds of the first cache */
    PANELS = 4, /* panels at a time: each tile of x is used that often while it is near */
    WIDE = PANELS * TILE_COLS,
    FEW_ROWS = 8, /* from here on tiles pay */
};

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x, *bias;
    Tensor weight;
    float *panels;  /* x in tiles: [rows / 14 rounded up, depth, 14] */
    float *scratch; /* for each thread */
    size_t scratch_size;
    size_t rows, depth, cols;
    Act act;
} Product;

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void pack_rows(void *user, size_t item, size_t thread)
{
    const Product *p = user;
    size_t first = item * TILE_ROWS;
    (void)thread;
    p->k->transpose(p->panels + first * p->depth, TILE_ROWS, p->x + first * p->depth, p->depth,
                    at_most(TILE_ROWS, p->rows - first), p->depth);
}

/* The weights of columns [first, first + cols) and terms [from, from + deep), widened, as panels [deep, 32]. */
static void widen(const Product *p, size_t first, size_t cols, size_t from, size_t deep, float *row,
                  float *panels)
{
    for (size_t j = 0; j < cols; j += TILE_COLS) {
        size_t here = at_most(TILE_COLS, cols - j);
        float *panel = panels + j * DEEP;
        if (here < TILE_COLS)
            memset(panel, 0, deep * TILE_COLS * sizeof *panel);
        for (size_t i = 0; i < here; i++)
            p->k->widen(p->weight, (first + j + i) * p->depth + from, deep, row + i * DEEP);
        p->k->transpose(panel, TILE_COLS, row, DEEP, here, deep);
    }
}

/* One tile of y, [rows, 32] or less wide. */
static void add_tile(const Product *p, float *y, const float *a, const float *b, size_t deep, size_t rows,
                     size_t cols, bool add, float *spare)
{
    if (cols == TILE_COLS) {
        p->k->tile(y, p->cols, a, TILE_ROWS, b, TILE_COLS, deep, rows, add);
        return;
    }
    for (size_t i = 0; add && i < rows; i++)
        memcpy(spare + i * TILE_COLS, y + i * p->cols, cols * sizeof *y);
    p->k->tile(spare, TILE_COLS, a, TILE_ROWS, b, TILE_COLS, deep, rows, add);
    for (size_t i = 0; i < rows; i++)
        memcpy(y + i * p->cols, spare + i * TILE_COLS, cols * sizeof *y);
}

/* y = act(y + bias) */
static void finish_columns(const Product *p, size_t first, size_t cols, float *one, float *bias)
{
    if (!p->bias && p->act == ACT_NONE)
        return;
    for (size_t j = 0; j < cols; j++) {
        one[j] = 1;
        bias[j] = p->bias ? p->bias[first + j] : 0;
    }
    for (size_t i = 0; i < p->rows; i++)
        p->k->scale_shift(p->y + i * p->cols + first, p->y + i * p->cols + first, one, bias, cols, p->act);
}

/* A few rows read each weight once: it is widened into the first-level cache and used from there. */
static void few_rows_block(void *user, size_t item, size_t thread)
{
    const Product *p = user;
    size_t first = item * WIDE, cols = at_most(WIDE, p->cols - first);
    float *weights = p->scratch + thread * p->scratch_size, *one = weights + DEEP;
    for (size_t j = first; j < first + cols; j++) {
        float sum[FEW_ROWS] = { 0 };
        for (size_t from = 0; from < p->depth; from += DEEP) {
            size_t deep = at_most(DEEP, p->depth - from);
            p->k->widen(p->weight, j * p->depth + from, deep, weights);
            for (size_t i = 0; i < p->rows; i++)
                sum[i] += p->k->dot(p->x + i * p->depth + from, weights, deep);
        }
        for (size_t i = 0; i < p->rows; i++)
            p->y[i * p->cols + j] = sum[i];
    }
    finish_columns(p, first, cols, one, one + WIDE);
}

static void column_block(void *user, size_t item, size_t thread)
{
    const Product *p = user;
    size_t first = item * WIDE, cols = at_most(WIDE, p->cols - first);
    float *panels = p->scratch + thread * p->scratch_size, *row = panels + DEEP * WIDE;
    float *spare = row + DEEP * TILE_COLS, *one = spare + TILE_ROWS * TILE_COLS;
    for (size_t from = 0; from < p->depth; from += DEEP) {
        size_t deep = at_most(DEEP, p->depth - from);
        widen(p, first, cols, from, deep, row, panels);
        for (size_t i = 0; i < p->rows; i += TILE_ROWS) {
            const float *a = p->panels + i * p->depth + from * TILE_ROWS;
            for (size_t j = 0; j < cols; j += TILE_COLS)
                add_tile(p, p->y + i * p->cols + first + j, a, panels + j * DEEP, deep,
                         at_most(TILE_ROWS, p->rows - i), at_most(TILE_COLS, cols - j), from > 0, spare);
        }
    }
    finish_columns(p, first, cols, one, one + WIDE);
}

void cpu_linear_widening(OpCtx *c, Tensor y, Tensor x, const Linear *l, Act act)
{
    ArenaMark mark = op_mark(c);
    Product p = { .k = cpu_k(c),
                  .y = y.data,
                  .x = x.data,
                  .bias = plain_values(c, &l->bias),
                  .weight = l->weight.host,
                  .rows = tensor_rows(x),
                  .depth = tensor_cols(x),
                  .cols = tensor_cols(y),
                  .act = act };
    size_t tiles = (p.rows + TILE_ROWS - 1) / TILE_ROWS, blocks = (p.cols + WIDE - 1) / WIDE;
    bool few = p.rows<FEW_ROWS, parallel = p.rows * p.depth * p.cols> 100000;
    p.scratch_size = few ? DEEP + 2 * WIDE : (DEEP + TILE_ROWS) * TILE_COLS + (DEEP + 2) * WIDE;
    p.scratch = op_alloc(c, (size_t)c->threads * p.scratch_size * sizeof *p.scratch);
    if (!few)
        p.panels = op_alloc(c, tiles * TILE_ROWS * p.depth * sizeof *p.panels);
    if (op_ok(c) && few) {
        cpu_each(c, blocks, parallel, few_rows_block, &p);
    } else if (op_ok(c)) {
        cpu_each(c, tiles, parallel, pack_rows, &p);
        cpu_each(c, blocks, parallel, column_block, &p);
    }
    op_reset(c, mark);
}
