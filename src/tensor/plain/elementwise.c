/* elementwise.c: operations that look at one element at a time. */
#include <math.h>

#include "tensor/plain/plain.h"

double plain_activation(double x, Act act)
{
    switch (act) {
    case ACT_RELU: return x < 0 ? 0 : x; /* keeps what is not a number */
    case ACT_GELU: return x == -INFINITY ? 0 : x * erfc(-x * M_SQRT1_2) / 2;
    case ACT_GELU_TANH: /* (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)), which keeps its digits for negative u */
        return x == -INFINITY ? 0 : x / (1 + exp(-2 * sqrt(M_2_PI) * (x + 0.044715 * x * x * x)));
    case ACT_QUICK_GELU: return x == -INFINITY ? 0 : x / (1 + exp(-1.702 * x));
    case ACT_SILU: return x == -INFINITY ? 0 : x / (1 + exp(-x));
    case ACT_SIGMOID: return 1 / (1 + exp(-x));
    case ACT_TANH: return tanh(x);
    case ACT_EXP: return exp(x);
    case ACT_NONE:
    case ACT_COUNT: break;
    }
    return x;
}

void plain_act(OpCtx *c, Tensor y, Tensor x, Act act)
{
    (void)c;
    for (size_t i = 0; i < tensor_count(y); i++)
        ((float *)y.data)[i] = (float)plain_activation(((float *)x.data)[i], act);
}

void plain_act_mul(OpCtx *c, Tensor y, Tensor gate, Tensor x, Act act)
{
    (void)c;
    for (size_t i = 0; i < tensor_count(y); i++)
        ((float *)y.data)[i] = (float)(plain_activation(((float *)gate.data)[i], act) * ((float *)x.data)[i]);
}

void plain_binary(OpCtx *c, Tensor y, Tensor a, Tensor b, Binary op)
{
    const float *pa = a.data, *pb = b.data;
    float *py = y.data;
    size_t n = tensor_count(b);
    (void)c;
    for (size_t i = 0; i < tensor_count(y); i++)
        py[i] = op == BINARY_ADD   ? pa[i] + pb[i % n]
                : op == BINARY_SUB ? pa[i] - pb[i % n]
                                   : pa[i] * pb[i % n];
}

void plain_modulate(OpCtx *c, Tensor y, Tensor x, Tensor shift, Tensor scale)
{
    const float *px = x.data, *ps = shift.data, *pc = scale.data;
    size_t ns = tensor_count(shift), nc = tensor_count(scale);
    (void)c;
    for (size_t i = 0; i < tensor_count(y); i++)
        ((float *)y.data)[i] = (float)(px[i] * (1 + (double)pc[i % nc]) + ps[i % ns]);
}

void plain_affine(OpCtx *c, Tensor y, Tensor x, float mul, float add)
{
    (void)c;
    for (size_t i = 0; i < tensor_count(y); i++)
        ((float *)y.data)[i] = (float)((double)((float *)x.data)[i] * mul + add);
}

void plain_add_scaled(OpCtx *c, Tensor x, float s, Tensor y)
{
    size_t n = tensor_count(y);
    (void)c;
    for (size_t i = 0; i < tensor_count(x); i++)
        ((float *)x.data)[i] = (float)(((float *)x.data)[i] + (double)s * ((float *)y.data)[i % n]);
}

void plain_add_gated(OpCtx *c, Tensor x, Tensor gate, Tensor y)
{
    size_t n = tensor_count(gate);
    (void)c;
    for (size_t i = 0; i < tensor_count(x); i++)
        ((float *)x.data)[i] =
            (float)(((float *)x.data)[i] + (double)((float *)gate.data)[i % n] * ((float *)y.data)[i]);
}
