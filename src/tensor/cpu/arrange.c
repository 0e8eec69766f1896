/* arrange.c: dimensions in another order. */
#include <string.h>

#include "tensor/cpu/cpu.h"

enum {
    GRAIN = 32768, /* elements below which another thread does not pay */
    STRIP = 64,    /* rows of a transposition that one thread takes at a time */
};

/* Loops over all dimensions of y but those that one copy or transposition covers. */
typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x;
    int rank; /* of the loops */
    size_t dim[TENSOR_MAX_RANK], y_step[TENSOR_MAX_RANK], x_step[TENSOR_MAX_RANK];
    /* what is done in each: rows of x become columns of y; or, with run set, that many elements are copied */
    size_t rows, cols, y_row, x_row, run, strips;
} Permute;

static void one_part(void *user, size_t item, size_t thread)
{
    const Permute *p = user;
    size_t rest = item / p->strips, first = item % p->strips * STRIP;
    float *y = p->y;
    const float *x = p->x;
    (void)thread;
    for (int i = p->rank - 1; i >= 0; rest /= p->dim[i], i--) {
        y += rest % p->dim[i] * p->y_step[i];
        x += rest % p->dim[i] * p->x_step[i];
    }
    if (p->run) {
        memcpy(y, x, p->run * sizeof *y);
        return;
    }
    size_t rows = p->rows - first < STRIP ? p->rows - first : STRIP;
    p->k->transpose(y + first, p->y_row, x + first * p->x_row, p->x_row, rows, p->cols);
}

void cpu_permute(OpCtx *c, Tensor y, Tensor x, const int *axes)
{
    Permute p = { .k = cpu_k(c), .y = y.data, .x = x.data, .strips = 1 };
    size_t x_step[TENSOR_MAX_RANK] = { 0 }, y_step[TENSOR_MAX_RANK] = { 0 }, items = 1;
    int last = x.rank - 1, stay = x.rank; /* the dimensions from `stay` on keep their places */
    for (int i = last; i >= 0; i--) {
        x_step[i] = i == last ? 1 : x_step[i + 1] * x.dim[i + 1];
        y_step[i] = i == last ? 1 : y_step[i + 1] * y.dim[i + 1];
    }
    while (stay > 0 && axes[stay - 1] == stay - 1)
        stay--;
    if (stay <= last) {
        p.run = stay ? x_step[stay - 1] : tensor_count(x);
    } else { /* x's last dimension goes elsewhere in y, and y's last one comes from elsewhere in x */
        p.rows = y.dim[last];
        p.cols = x.dim[last];
        p.x_row = x_step[axes[last]];
        p.strips = (p.rows + STRIP - 1) / STRIP;
    }
    for (int i = 0; i < stay && i < x.rank; i++) {
        if (!p.run && axes[i] == last)
            p.y_row = y_step[i];
        if (!p.run && (axes[i] == last || i == last))
            continue;
        p.dim[p.rank] = y.dim[i];
        p.y_step[p.rank] = y_step[i];
        p.x_step[p.rank++] = x_step[axes[i]];
        items *= y.dim[i];
    }
    cpu_each(c, items * p.strips, tensor_count(y) > GRAIN, one_part, &p);
}
