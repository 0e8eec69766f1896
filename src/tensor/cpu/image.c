/* image.c: resizing and pooling. */
#include <string.h>

#include "tensor/cpu/cpu.h"
#include "tensor/resize_taps.h"

enum { GRAIN = 32768 }; /* elements below which another thread does not pay */

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x;
    float *scratch; /* for each thread, one line of x's width */
    ResizeTaps down, across;
    size_t h, w, oh, ow, c;
} Resize;

/* First down, then across: one line of the result. */
static void resize_line(void *user, size_t item, size_t thread)
{
    const Resize *r = user;
    size_t n = item / r->oh, oy = item % r->oh, line = r->w * r->c;
    const float *from = r->x + (n * r->h + r->down.first[oy]) * line;
    float *tall = r->scratch + thread * line;
    r->k->mix(tall, from, line, r->down.weight + oy * r->down.taps, r->down.taps, line);
    r->k->mix_line(r->y + item * r->ow * r->c, tall, r->across.first, r->across.weight, r->across.taps, r->ow,
                   r->c);
}

void cpu_resize(OpCtx *c, Tensor y, Tensor x, ResizeMode mode)
{
    int d = x.rank - 3;
    ArenaMark mark = op_mark(c);
    Resize r = { .k = cpu_k(c),
                 .y = y.data,
                 .x = x.data,
                 .h = x.dim[d],
                 .w = x.dim[d + 1],
                 .c = x.dim[d + 2],
                 .oh = y.dim[d],
                 .ow = y.dim[d + 1] };
    r.scratch = op_alloc(c, (size_t)c->threads * r.w * r.c * sizeof *r.scratch);
    if (resize_taps(c, &r.down, r.h, r.oh, mode) && resize_taps(c, &r.across, r.w, r.ow, mode))
        cpu_each(c, (d ? x.dim[0] : 1) * r.oh, tensor_count(y) > GRAIN, resize_line, &r);
    op_reset(c, mark);
}

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x;
    size_t h, w, oh, ow, c, size, stride;
} Pool;

static void pool_line(void *user, size_t item, size_t thread)
{
    const Pool *p = user;
    const float *image = p->x + item / p->oh * p->h * p->w * p->c;
    (void)thread;
    for (size_t ox = 0; ox < p->ow; ox++) {
        float *y = p->y + (item * p->ow + ox) * p->c;
        for (size_t k = 0; k < p->size * p->size; k++) {
            size_t iy = item % p->oh * p->stride + k / p->size, ix = ox * p->stride + k % p->size;
            const float *x = image + (iy * p->w + ix) * p->c;
            if (k == 0)
                memcpy(y, x, p->c * sizeof *y);
            else
                p->k->max(y, x, p->c);
        }
    }
}

void cpu_max_pool2d(OpCtx *c, Tensor y, Tensor x, size_t size, size_t stride)
{
    int d = x.rank - 3;
    Pool p = { cpu_k(c), y.data,       x.data,       x.dim[d], x.dim[d + 1],
               y.dim[d], y.dim[d + 1], x.dim[d + 2], size,     stride };
    cpu_each(c, (d ? x.dim[0] : 1) * p.oh, tensor_count(x) > GRAIN, pool_line, &p);
}
