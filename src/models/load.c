#include "models/load.h"

#include "weights/nf4.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256 };

typedef struct {
    char text[NAME_MAX_BYTES];
} Name;

static Name name_of(const char *fmt, va_list args)
{
    Name n;
    vsnprintf(n.text, sizeof n.text, fmt, args);
    return n;
}

#define NAME(var, fmt)             \
    va_list args;                  \
    va_start(args, fmt);           \
    Name var = name_of(fmt, args); \
    va_end(args)

void load_fail(Loader *l, const char *fmt, ...)
{
    if (l->err.kind)
        return;
    NAME(why, fmt);
    err_set(&l->err, ERR_INPUT, "%s: %s", weights_name(l->weights), why.text);
}

void load_no_memory(Loader *l, const char *what)
{
    if (!l->err.kind)
        err_set(&l->err, ERR_NOMEM, "%s: no memory for %s", weights_name(l->weights), what);
}

/* The types that tensor.h can compute with; DTYPE_NONE for all others. */
static const Dtype dtypes[WEIGHT_DTYPES] = {
    [WEIGHT_F32] = DTYPE_F32,   [WEIGHT_F16] = DTYPE_F16,   [WEIGHT_BF16] = DTYPE_BF16,
    [WEIGHT_Q4_0] = DTYPE_Q4_0, [WEIGHT_Q4_1] = DTYPE_Q4_1, [WEIGHT_Q5_0] = DTYPE_Q5_0,
    [WEIGHT_Q5_1] = DTYPE_Q5_1, [WEIGHT_Q8_0] = DTYPE_Q8_0, [WEIGHT_Q2_K] = DTYPE_Q2_K,
    [WEIGHT_Q3_K] = DTYPE_Q3_K, [WEIGHT_Q4_K] = DTYPE_Q4_K, [WEIGHT_Q5_K] = DTYPE_Q5_K,
    [WEIGHT_Q6_K] = DTYPE_Q6_K,
};

/* A matrix that bitsandbytes has put into 4 bits; how to read it is kept with the checkpoint. */
static Tensor take_nf4(Loader *l, Shape shape, const char *name)
{
    PackedMatrix m;
    Err err = { 0 };
    if (shape.rank != 2) {
        load_fail(l, "%s is a matrix in 4 bits where one of rank %d is needed", name, shape.rank);
        return (Tensor){ 0 };
    }
    if (!nf4_take(l->weights, name, shape.dim[0], shape.dim[1], &m, &err)) {
        if (err.kind)
            load_fail(l, "%s", err.msg);
        return (Tensor){ 0 };
    }
    Nf4 *how = weights_keep(l->weights, sizeof *how);
    if (!how) {
        load_no_memory(l, name);
        return (Tensor){ 0 };
    }
    *how = (Nf4){ .block = m.block,
                  .absmax = m.absmax,
                  .absmax_u8 = m.absmax_u8,
                  .nested_code = m.nested_code,
                  .nested_absmax = m.nested_absmax,
                  .nested_block = m.nested_block,
                  .nested_offset = m.nested_offset };
    memcpy(how->code, m.code, sizeof how->code);
    Tensor t = tensor_of((void *)(uintptr_t)m.packed, DTYPE_NF4, shape);
    t.nf4 = how;
    return t;
}

/* *mapped: may its pages be given back to the system. */
static Tensor take(Loader *l, Shape shape, const char *name, bool *mapped)
{
    *mapped = false;
    if (nf4_is(l->weights, name, NULL))
        return take_nf4(l, shape, name);
    const WeightTensor *t = weights_take(l->weights, name, shape.rank, shape.dim);
    if (!t)
        return (Tensor){ 0 };
    *mapped = weights_mapped(l->weights, t);
    Dtype d = dtypes[t->dtype];
    if (d == DTYPE_NONE) {
        load_fail(l, "%s is %s where a floating point type is needed", name, weight_dtype_name(t->dtype));
        return (Tensor){ 0 };
    }
    return tensor_of((void *)(uintptr_t)t->data, d, shape);
}

static void take_part(Loader *l, Weight *out, Shape shape, const Name *layer, const char *part)
{
    Name n;
    snprintf(n.text, sizeof n.text, "%.240s.%s", layer->text, part);
    out->host = take(l, shape, n.text, &out->mapped);
}

void load_weight(Loader *l, Weight *out, Shape shape, const char *name, ...)
{
    NAME(n, name);
    out->host = take(l, shape, n.text, &out->mapped);
}

void load_linear(Loader *l, Linear *layer, size_t out, size_t in, const char *name, ...)
{
    NAME(n, name);
    take_part(l, &layer->weight, SHAPE(out, in), &n, "weight");
    take_part(l, &layer->bias, SHAPE(out), &n, "bias");
}

void load_conv(Loader *l, Linear *layer, ConvShape s, const char *name, ...)
{
    NAME(n, name);
    Shape shape = s.frames       ? SHAPE(s.out, s.in, s.frames, s.kernel, s.kernel)
                  : s.transposed ? SHAPE(s.in, s.out, s.kernel, s.kernel)
                                 : SHAPE(s.out, s.in, s.kernel, s.kernel);
    take_part(l, &layer->weight, shape, &n, "weight");
    if (!s.no_bias)
        take_part(l, &layer->bias, SHAPE(s.out), &n, "bias");
}

void load_norm(Loader *l, Norm *norm, size_t channels, const char *name, ...)
{
    NAME(n, name);
    take_part(l, &norm->weight, SHAPE(channels), &n, "weight");
    take_part(l, &norm->bias, SHAPE(channels), &n, "bias");
}

float *load_floats(Loader *l, Shape shape, const char *name, ...)
{
    bool mapped;
    NAME(n, name);
    Tensor t = take(l, shape, n.text, &mapped);
    if (!tensor_is(t))
        return NULL;
    float *out = calloc(tensor_count(t) + 1, sizeof *out);
    if (!out) {
        load_no_memory(l, n.text);
        return NULL;
    }
    tensor_to_f32(t, 0, tensor_count(t), out);
    return out;
}

bool load_shape(const Loader *l, Shape *shape, const char *name, ...)
{
    NAME(n, name);
    const WeightTensor *t = weights_find(l->weights, n.text);
    size_t matrix[2];
    if (nf4_is(l->weights, n.text, matrix)) {
        if (shape)
            *shape = SHAPE(matrix[0], matrix[1]);
        return true;
    }
    if (!t || t->rank > TENSOR_MAX_RANK)
        return false;
    if (shape) {
        *shape = (Shape){ .rank = t->rank };
        for (int i = 0; i < t->rank; i++)
            shape->dim[i] = t->dim[i];
    }
    return true;
}

void load_ignore(Loader *l, const char *name, ...)
{
    NAME(n, name);
    weights_ignore(l->weights, n.text);
}

bool load_finish(Loader *l, Err *err)
{
    if (l->err.kind) {
        *err = l->err;
        return false;
    }
    return weights_finish(l->weights, err);
}
