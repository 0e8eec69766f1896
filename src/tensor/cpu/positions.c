/* positions.c: rotary positions, and the relative ones of ViTDet. */
#include <string.h>

#include "tensor/cpu/cpu.h"

enum { GRAIN = 32768 }; /* elements below which another thread does not pay */

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x, *cosines, *sines;
    RopeShape s;
} Turn;

static void turn_rows(void *user, size_t first, size_t last)
{
    const Turn *t = user;
    size_t row = t->s.heads * t->s.d;
    for (size_t i = first; i < last; i++) {
        size_t at = i % t->s.t * t->s.r;
        t->k->rope(t->y + i * row, t->x + i * row, t->cosines + at, t->sines + at, t->s.heads, t->s.d, t->s.r,
                   t->s.layout);
    }
}

void cpu_rope(OpCtx *c, Tensor y, Tensor x, Tensor cosines, Tensor sines, RopeShape s)
{
    Turn t = { cpu_k(c), y.data, x.data, cosines.data, sines.data, s };
    cpu_ranges(c, s.n * s.t, GRAIN / (s.heads * s.d) + 1, turn_rows, &t);
}

/* ---- relative positions ---- */

/* All queries of one line (or column) p of the grid meet the same rows of the table, table[p - j + side - 1] for j = 0,
 * 1, ...: a product of matrices. With the table turned and backwards, [d, 2 side - 1], these lie side by side, from
 * column side - 1 - p on. */
typedef struct {
    const CpuKernels *k;
    float *y;
    const float *q;
    float *table; /* [d, table_row], zeros at the end */
    size_t table_row;
    float *scratch; /* for each thread: q of one line turned, [d, along], then one tile */
    size_t scratch_size;
    size_t heads, queries, row, d;
    size_t side, along;          /* positions across lines, and queries in one */
    size_t line_step, next_step; /* queries from one line to the next, and from one query to the next in it */
} RelPos;

static void one_line(void *user, size_t item, size_t thread)
{
    const RelPos *r = user;
    size_t p = item % r->side, head = item / r->side % r->heads, n = item / r->side / r->heads;
    const float *q = r->q + (n * r->queries + p * r->line_step) * r->row + head * r->d;
    float *y = r->y + ((n * r->heads + head) * r->queries + p * r->line_step) * r->side;
    float *turned = r->scratch + thread * r->scratch_size, *tile = turned + r->d * r->along;
    if (p + 1 < r->side)
        cpu_prefetch(q + r->line_step * r->row, r->next_step * r->row, r->along, r->d);
    r->k->transpose(turned, r->along, q, r->next_step * r->row, r->along, r->d);
    for (size_t i = 0; i < r->along; i += TILE_ROWS)
        for (size_t j = 0; j < r->side; j += TILE_COLS) {
            size_t rows = r->along - i < TILE_ROWS ? r->along - i : TILE_ROWS;
            size_t cols = r->side - j < TILE_COLS ? r->side - j : TILE_COLS;
            r->k->tile(tile, TILE_COLS, turned + i, r->along, r->table + r->side - 1 - p + j, r->table_row,
                       r->d, rows, false);
            for (size_t k = 0; k < rows; k++)
                memcpy(y + (i + k) * r->next_step * r->side + j, tile + k * TILE_COLS, cols * sizeof *y);
        }
}

void cpu_rel_pos(OpCtx *c, Tensor y, Tensor q, Tensor table, size_t height, size_t width, RelAxis axis)
{
    bool rows = axis == REL_ROWS;
    size_t heads = y.dim[y.rank - 3], count = table.dim[0];
    RelPos r = { .k = cpu_k(c),
                 .y = y.data,
                 .q = q.data,
                 .heads = heads,
                 .queries = height * width,
                 .row = tensor_cols(q),
                 .d = table.dim[1],
                 .side = rows ? height : width,
                 .along = rows ? width : height,
                 .line_step = rows ? width : 1,
                 .next_step = rows ? 1 : width };
    ArenaMark mark = op_mark(c);
    r.table_row = count + TILE_COLS;
    r.scratch_size = r.d * r.along + TILE_ROWS * TILE_COLS;
    r.table = op_zeros(c, SHAPE(r.d, r.table_row)).data;
    r.scratch = op_alloc(c, (size_t)c->threads * r.scratch_size * sizeof *r.scratch);
    if (op_ok(c)) {
        for (size_t i = 0; i < count; i++)
            for (size_t d = 0; d < r.d; d++)
                r.table[d * r.table_row + i] = ((float *)table.data)[(count - 1 - i) * r.d + d];
        cpu_each(c, tensor_rows(q) / r.queries * heads * r.side, tensor_count(y) > GRAIN, one_line, &r);
    }
    op_reset(c, mark);
}
