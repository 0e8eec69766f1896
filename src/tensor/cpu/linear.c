/* linear.c: products of matrices, by oneDNN where both factors are f32. */
#include "tensor/cpu/cpu.h"
#include "tensor/cpu/primitive.h"
#include "tensor/plain/plain.h"

void cpu_linear(OpCtx *c, Tensor y, Tensor x, const Linear *l, const LowRank *changes, Act act)
{
    if (tensor_cols(x) == 0) {
        plain_linear(c, y, x, l, changes, act);
        return;
    }
    if (l->weight.host.dtype != DTYPE_F32) {
        cpu_linear_widening(c, y, x, l, changes, act);
        return;
    }
    const float *bias = plain_values(c, &l->bias);
    PrimitiveKey key = { .kind = PRIMITIVE_LINEAR,
                         .bias = bias,
                         .act = changes ? ACT_NONE : act,
                         .size = { tensor_rows(x), tensor_cols(x), tensor_cols(y) } };
    if (op_ok(c))
        primitive_run_packed(c, &key, y.data, x.data, &l->weight, bias);
    if (op_ok(c) && changes)
        cpu_add_changes(c, y, x, changes, act);
}

void cpu_matmul(OpCtx *c, Tensor y, Tensor a, Tensor b, bool transposed, bool b_batch)
{
    size_t m = a.dim[a.rank - 2], k = tensor_cols(a), n = tensor_cols(y), batch = tensor_rows(a) / m;
    if (!b_batch) { /* one b for all: the matrices of a are one high one */
        m *= batch;
        batch = 1;
    }
    PrimitiveKey key = { .kind = PRIMITIVE_MATMUL, .size = { batch, m, k, n, transposed } };
    primitive_run(c, &key, y.data, a.data, b.data);
}
