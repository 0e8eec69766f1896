#include "base/half.h"
#include "case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const OpOptions ways[] = {
    { .backend = "plain", .threads = 1 },     { .backend = "cpu", .threads = 1 },
    { .backend = "cpu", .threads = 3 },       { .backend = "cpu:avx2", .threads = 2 },
    { .backend = "cpu:plain", .threads = 2 },
};

Case *case_open(size_t way)
{
    if (way >= ARRAY_LEN(ways))
        return NULL;
    Case *t = calloc(1, sizeof *t);
    assert_non_null(t);
    Err err = { 0 };
    t->c = op_open(&ways[way], &err);
    if (!t->c && err.kind == ERR_USAGE) /* an older processor: once more what every one has */
        t->c = op_open(&ways[0], &err);
    assert_non_null(t->c);
    t->backend = ways[way].backend;
    rng_init(&t->rng, 7);
    return t;
}

void case_close(Case *t)
{
    Err err = { 0 };
    if (!op_finish(t->c, &err))
        fail_msg("%s: %s", t->backend, err.msg);
    op_close(t->c);
    for (size_t i = 0; i < t->owned_count; i++)
        free(t->owned[i]);
    free(t->owned);
    free(t);
}

void *case_alloc(Case *t, size_t bytes)
{
    void **owned = realloc(t->owned, (t->owned_count + 1) * sizeof *owned);
    assert_non_null(owned);
    t->owned = owned;
    void *p = calloc(1, bytes ? bytes : 1);
    assert_non_null(p);
    owned[t->owned_count++] = p;
    return p;
}

Tensor case_host(Case *t, Dtype d, Shape s, float size)
{
    size_t count, bytes;
    assert_true(shape_size(s, d, &count, &bytes));
    void *data = case_alloc(t, bytes);
    for (size_t i = 0; i < count; i++) {
        float v = size * rng_normal(&t->rng);
        if (d == DTYPE_F32)
            ((float *)data)[i] = v;
        else if (d == DTYPE_F16)
            ((uint16_t *)data)[i] = f32_to_f16(v);
        else if (d == DTYPE_BF16)
            ((uint16_t *)data)[i] = f32_to_bf16(v);
        else
            fail_msg("case_host does not make %s", dtype_name(d));
    }
    return tensor_of(data, d, s);
}

Tensor case_random(Case *t, Shape s, float size)
{
    return op_upload(t->c, case_host(t, DTYPE_F32, s, size));
}

Linear case_linear(Case *t, Dtype d, Shape weight, size_t bias)
{
    size_t fan = 1;
    for (int i = 1; i < weight.rank; i++)
        fan *= weight.dim[i];
    Linear l = { .weight.host = case_host(t, d, weight, 1 / sqrtf((float)(fan ? fan : 1))) };
    if (bias)
        l.bias.host = case_host(t, d, SHAPE(bias), 1);
    return l;
}

Norm case_norm(Case *t, size_t channels)
{
    Norm n = { .weight.host = case_host(t, DTYPE_F32, SHAPE(channels), 1),
               .bias.host = case_host(t, DTYPE_F32, SHAPE(channels), 1) };
    return n;
}

double *case_host_values(Case *t, Tensor host)
{
    size_t n = tensor_count(host);
    double *out = case_alloc(t, n * sizeof *out);
    float *f = case_alloc(t, n * sizeof *f);
    tensor_to_f32(host, 0, n, f);
    for (size_t i = 0; i < n; i++)
        out[i] = f[i];
    return out;
}

double *case_values(Case *t, Tensor x)
{
    float *f = case_alloc(t, tensor_count(x) * sizeof *f);
    op_download(t->c, x, f);
    Err err = { 0 };
    if (!op_finish(t->c, &err))
        fail_msg("%s: %s", t->backend, err.msg);
    return case_host_values(t, tensor_of(f, DTYPE_F32, tensor_shape(x)));
}

void case_expect(Case *t, Tensor y, Shape s, const double *want, double tolerance)
{
    char got[128], wanted[128];
    double *have = case_values(t, y);
    if (!shape_equal(tensor_shape(y), s))
        fail_msg("%s: %s where %s is expected", t->backend, tensor_describe(y, got, sizeof got),
                 tensor_describe(tensor_of(NULL, DTYPE_F32, s), wanted, sizeof wanted));
    for (size_t i = 0; i < tensor_count(y); i++) {
        double off = fabs(have[i] - want[i]) / fmax(1, fabs(want[i]));
        if (have[i] == want[i] || (isnan(have[i]) && isnan(want[i])) || off <= tolerance)
            continue;
        fail_msg("%s: element %zu of %s is %.9g where %.9g is expected", t->backend, i,
                 tensor_describe(y, got, sizeof got), have[i], want[i]);
    }
}

void case_expect_failure(Case *t, Tensor y, const char *words)
{
    Err err = { 0 };
    assert_false(tensor_is(y));
    assert_false(op_finish(t->c, &err));
    if (!strstr(err.msg, words))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, words);
    assert_true(op_ok(t->c));
}

double activation(double x, Act act)
{
    switch (act) {
    case ACT_RELU: return x > 0 ? x : 0;
    case ACT_GELU: return x * (1 + erf(x / sqrt(2))) / 2;
    case ACT_GELU_TANH: return x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x))) / 2;
    case ACT_QUICK_GELU: return x / (1 + exp(-1.702 * x));
    case ACT_SILU: return x / (1 + exp(-x));
    case ACT_SIGMOID: return 1 / (1 + exp(-x));
    case ACT_TANH: return tanh(x);
    case ACT_EXP: return exp(x);
    default: return x;
    }
}
