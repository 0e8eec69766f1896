/* linear.c: products of matrices. */
#include "tensor/plain/plain.h"

static double dot(const float *a, const float *b, size_t n, size_t b_step)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * b[i * b_step];
    return sum;
}

void plain_linear(OpCtx *c, Tensor y, Tensor x, const Linear *l, Act act)
{
    size_t rows = tensor_rows(x), in = tensor_cols(x), out = tensor_cols(y);
    const float *w = plain_values(c, &l->weight), *bias = plain_values(c, &l->bias), *px = x.data;
    float *py = y.data;
    if (!op_ok(c))
        return;
    for (size_t r = 0; r < rows; r++)
        for (size_t o = 0; o < out; o++)
            py[r * out + o] =
                (float)plain_activation(dot(px + r * in, w + o * in, in, 1) + (bias ? bias[o] : 0), act);
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
