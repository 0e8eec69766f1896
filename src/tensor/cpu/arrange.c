/* arrange.c: the same numbers at other places, shared out among threads. */
#include <string.h>

#include "tensor/cpu/cpu.h"
#include "tensor/plain/plain.h"

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

typedef struct {
    char *to;
    const char *from;
    size_t to_stride, from_stride, bytes;
} CopyRows;

static void copy_range(void *user, size_t first, size_t last)
{
    const CopyRows *r = user;
    for (size_t i = first; i < last; i++)
        memcpy(r->to + i * r->to_stride, r->from + i * r->from_stride, r->bytes);
}

void cpu_copy_rows(OpCtx *c, void *to, size_t to_stride, const void *from, size_t from_stride,
                   size_t row_bytes, size_t rows)
{
    CopyRows r = { to, from, to_stride, from_stride, row_bytes };
    cpu_ranges(c, rows, GRAIN * sizeof(float) / row_bytes + 1, copy_range, &r);
}

typedef struct {
    Tensor image, windows;
    size_t size;
} Windows;

static void cut_range(void *user, size_t first, size_t last)
{
    const Windows *w = user;
    plain_cut_windows(w->windows, w->image, w->size, first, last);
}

static void join_range(void *user, size_t first, size_t last)
{
    const Windows *w = user;
    plain_join_windows(w->image, w->windows, w->size, first, last);
}

void cpu_windows(OpCtx *c, Tensor y, Tensor x, size_t size)
{
    Windows w = { .image = x, .windows = y, .size = size };
    cpu_ranges(c, y.dim[0], GRAIN / (size * size * x.dim[2]) + 1, cut_range, &w);
}

void cpu_unwindows(OpCtx *c, Tensor y, Tensor x, size_t size)
{
    Windows w = { .image = y, .windows = x, .size = size };
    cpu_ranges(c, x.dim[0], GRAIN / (size * size * x.dim[3]) + 1, join_range, &w);
}
