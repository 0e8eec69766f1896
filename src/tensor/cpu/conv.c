/* conv.c: convolutions, by oneDNN. */
#include <string.h>

#include "tensor/cpu/cpu.h"
#include "tensor/cpu/primitive.h"
#include "tensor/plain/plain.h"

void cpu_conv2d(OpCtx *c, Tensor y, Tensor x, const Linear *conv, Conv s)
{
    if (s.c == 0) {
        plain_conv2d(c, y, x, conv, s);
        return;
    }
    const float *bias = plain_values(c, &conv->bias);
    PrimitiveKey key = { .kind = PRIMITIVE_CONV, .bias = bias, .act = s.act, .conv = s };
    if (op_ok(c))
        primitive_run_packed(c, &key, y.data, x.data, &conv->weight, bias);
}

/* ---- transposed ---- */

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *product, *bias;
    Conv s;
} Scatter;

/* One line of the input makes `stride` lines of the output: each pixel's o * kh * kw products go to its field. */
static void scatter_line(void *user, size_t line, size_t thread)
{
    const Scatter *t = user;
    const Conv *s = &t->s;
    size_t field = s->kh * s->kw;
    (void)thread;
    for (size_t x = 0; x < s->w; x++) {
        const float *from = t->product + (line * s->w + x) * s->o * field;
        for (size_t f = 0; f < field; f++) {
            float *to = t->y + ((line * s->kh + f / s->kw) * s->ow + x * s->kw + f % s->kw) * s->o;
            for (size_t o = 0; o < s->o; o++)
                to[o] = from[o * field + f] + (t->bias ? t->bias[o] : 0);
            if (s->act != ACT_NONE)
                t->k->act(to, to, s->o, s->act);
        }
    }
}

/* Where fields do not overlap, a product of matrices gives all of them. */
void cpu_conv_transpose2d(OpCtx *c, Tensor y, Tensor x, const Linear *conv, Conv s)
{
    if (s.stride != s.kh || s.stride != s.kw || s.c == 0) {
        plain_conv_transpose2d(c, y, x, conv, s);
        return;
    }
    size_t columns = s.o * s.kh * s.kw;
    ArenaMark mark = op_mark(c);
    Tensor product = op_new(c, SHAPE(s.n * s.h * s.w, columns));
    Scatter t = {
        .k = cpu_k(c), .y = y.data, .product = product.data, .bias = plain_values(c, &conv->bias), .s = s
    };
    PrimitiveKey key = { .kind = PRIMITIVE_SPREAD, .size = { s.n * s.h * s.w, s.c, columns } };
    if (op_ok(c))
        primitive_run_packed(c, &key, product.data, x.data, &conv->weight, NULL);
    if (op_ok(c))
        cpu_each(c, s.n * s.h, tensor_count(y) > 10000, scatter_line, &t);
    op_reset(c, mark);
}
