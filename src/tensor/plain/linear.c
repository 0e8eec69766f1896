/* linear.c: products of matrices. */
#include "tensor/plain/plain.h"

static double dot(const float *a, const float *b, size_t n, size_t b_step)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * b[i * b_step];
    return sum;
}

/* scale * up(down(x)) of one row, at output o. */
static double change_at(const LowRank *r, const float *down, const float *up, const float *x, size_t in,
                        size_t o)
{
    size_t rank = r->down.host.dim[0];
    double sum = 0;
    for (size_t k = 0; k < rank; k++)
        sum += up[o * rank + k] * dot(x, down + k * in, in, 1);
    return r->scale * sum;
}

void plain_linear(OpCtx *c, Tensor y, Tensor x, const Linear *l, const LowRank *changes, Act act)
{
    size_t rows = tensor_rows(x), in = tensor_cols(x), out = tensor_cols(y);
    const float *w = plain_values(c, &l->weight), *bias = plain_values(c, &l->bias), *px = x.data;
    float *py = y.data;
    for (const LowRank *k = changes; k;
         k = k->next) /* convert them before the loops, and see that it works */
        if (!plain_values(c, &k->down) || !plain_values(c, &k->up))
            return;
    if (!op_ok(c))
        return;
    for (size_t r = 0; r < rows; r++)
        for (size_t o = 0; o < out; o++) {
            double sum = dot(px + r * in, w + o * in, in, 1) + (bias ? bias[o] : 0);
            for (const LowRank *k = changes; k; k = k->next)
                sum += change_at(k, plain_values(c, &k->down), plain_values(c, &k->up), px + r * in, in, o);
            py[r * out + o] = (float)plain_activation(sum, act);
        }
}

void plain_matmul(OpCtx *c, Tensor y, Tensor a, Tensor b, bool transposed, bool b_batch)
{
    size_t m = a.dim[a.rank - 2], k = tensor_cols(a), n = tensor_cols(y), batch = tensor_rows(a) / m;
    const float *pa = a.data, *pb = b.data;
    float *py = y.data;
    (void)c;
    for (size_t i = 0; i < batch; i++, pb += b_batch ? k * n : 0)
        for (size_t r = 0; r < m; r++, pa += k)
            for (size_t o = 0; o < n; o++)
                *py++ = (float)(transposed ? dot(pa, pb + o * k, k, 1) : dot(pa, pb + o, k, n));
}
