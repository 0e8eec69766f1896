#include "tensor/tensor.h"

#include "base/half.h"
#include "tensor/blocks.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *name;
    size_t block, bytes; /* elements stored together, and in how many bytes */
} DtypeInfo;

static const DtypeInfo dtype_info[DTYPE_COUNT] = {
    [DTYPE_NONE] = { "none", 1, 0 },     [DTYPE_F32] = { "f32", 1, 4 },
    [DTYPE_F16] = { "f16", 1, 2 },       [DTYPE_BF16] = { "bf16", 1, 2 },
    [DTYPE_I32] = { "i32", 1, 4 },       [DTYPE_U8] = { "u8", 1, 1 },
    [DTYPE_NF4] = { "nf4", 2, 1 },       [DTYPE_Q4_0] = { "q4_0", 32, 18 },
    [DTYPE_Q4_1] = { "q4_1", 32, 20 },   [DTYPE_Q5_0] = { "q5_0", 32, 22 },
    [DTYPE_Q5_1] = { "q5_1", 32, 24 },   [DTYPE_Q8_0] = { "q8_0", 32, 34 },
    [DTYPE_Q2_K] = { "q2_k", 256, 84 },  [DTYPE_Q3_K] = { "q3_k", 256, 110 },
    [DTYPE_Q4_K] = { "q4_k", 256, 144 }, [DTYPE_Q5_K] = { "q5_k", 256, 176 },
    [DTYPE_Q6_K] = { "q6_k", 256, 210 },
};

static const DtypeInfo *info(Dtype d)
{
    return &dtype_info[(unsigned)d < DTYPE_COUNT ? d : DTYPE_NONE];
}

const char *dtype_name(Dtype d)
{
    return info(d)->name;
}

size_t dtype_block(Dtype d)
{
    return info(d)->block;
}

size_t dtype_bytes(Dtype d, size_t count)
{
    assert(count % info(d)->block == 0);
    return count / info(d)->block * info(d)->bytes;
}

bool shape_size(Shape s, Dtype d, size_t *count, size_t *bytes)
{
    if (s.rank < 0 || s.rank > TENSOR_MAX_RANK)
        return false;
    /* Zeros first: [2^60, 0, 2^60] is empty, whatever its factors would overflow to. */
    size_t n = 1;
    for (int i = 0; i < s.rank; i++)
        if (s.dim[i] == 0)
            n = 0;
    for (int i = 0; i < s.rank && n; i++)
        if (__builtin_mul_overflow(n, s.dim[i], &n))
            return false;
    size_t block = dtype_block(d), size;
    size_t unit = d == DTYPE_NF4 ? n : s.rank ? s.dim[s.rank - 1] : 1; /* gguf's blocks do not cross rows */
    if (unit % block != 0 || __builtin_mul_overflow(n / block, info(d)->bytes, &size))
        return false;
    if (count)
        *count = n;
    if (bytes)
        *bytes = size;
    return true;
}

bool shape_equal(Shape a, Shape b)
{
    if (a.rank != b.rank)
        return false;
    for (int i = 0; i < a.rank; i++)
        if (a.dim[i] != b.dim[i])
            return false;
    return true;
}

Tensor tensor_of(void *data, Dtype d, Shape s)
{
    Tensor t = { .data = data, .rank = s.rank, .dtype = d };
    for (int i = 0; i < s.rank; i++)
        t.dim[i] = s.dim[i];
    return t;
}

Shape tensor_shape(Tensor t)
{
    Shape s = { .rank = t.rank };
    memcpy(s.dim, t.dim, sizeof s.dim);
    return s;
}

size_t tensor_count(Tensor t)
{
    size_t n = t.dtype != DTYPE_NONE;
    for (int i = 0; i < t.rank; i++)
        n *= t.dim[i];
    return n;
}

size_t tensor_bytes(Tensor t)
{
    return dtype_bytes(t.dtype, tensor_count(t));
}

size_t tensor_cols(Tensor t)
{
    return t.rank ? t.dim[t.rank - 1] : 1;
}

size_t tensor_rows(Tensor t)
{
    size_t n = t.dtype != DTYPE_NONE;
    for (int i = 0; i < t.rank - 1; i++)
        n *= t.dim[i];
    return n;
}

bool tensor_same_shape(Tensor a, Tensor b)
{
    return shape_equal(tensor_shape(a), tensor_shape(b));
}

bool tensor_is(Tensor t)
{
    return t.dtype != DTYPE_NONE;
}

const char *tensor_describe(Tensor t, char *buf, size_t size)
{
    size_t at = (size_t)snprintf(buf, size, "%s", dtype_name(t.dtype));
    for (int i = 0; i < t.rank && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%zu", i ? ", " : " [", t.dim[i]);
    if (t.rank && at < size)
        snprintf(buf + at, size - at, "]");
    return buf;
}

float nf4_scale(const Nf4 *q, size_t block)
{
    if (q->absmax)
        return q->absmax[block];
    return q->nested_code[q->absmax_u8[block]] * q->nested_absmax[block / q->nested_block] + q->nested_offset;
}

static void nf4_to_f32(const uint8_t *p, const Nf4 *q, size_t first, size_t count, float *out)
{
    for (size_t i = first; i < first + count;) {
        size_t block = i / q->block, end = (block + 1) * q->block;
        if (end > first + count)
            end = first + count;
        float scale = nf4_scale(q, block), value[16];
        for (int k = 0; k < 16; k++)
            value[k] = q->code[k] * scale;
        for (; i < end; i++)
            *out++ = value[i & 1 ? p[i / 2] & 15 : p[i / 2] >> 4];
    }
}

void tensor_to_f32(Tensor t, size_t first, size_t count, float *out)
{
    const uint8_t *p = t.data;
    if (count == 0)
        return;
    assert(first % dtype_block(t.dtype) == 0 || t.dtype == DTYPE_NF4);
    if (t.dtype != DTYPE_NF4)
        p += dtype_bytes(t.dtype, first);
    switch (t.dtype) {
    case DTYPE_F32: memcpy(out, p, count * 4); break;
    case DTYPE_F16: f16_row_to_f32(out, p, count); break;
    case DTYPE_BF16: bf16_row_to_f32(out, p, count); break;
    case DTYPE_I32:
        for (size_t i = 0; i < count; i++) {
            int32_t v;
            memcpy(&v, p + 4 * i, 4);
            out[i] = (float)v;
        }
        break;
    case DTYPE_U8:
        for (size_t i = 0; i < count; i++)
            out[i] = p[i];
        break;
    case DTYPE_NF4: nf4_to_f32(p, t.nf4, first, count, out); break;
    case DTYPE_Q4_0:
    case DTYPE_Q4_1:
    case DTYPE_Q5_0:
    case DTYPE_Q5_1:
    case DTYPE_Q8_0:
    case DTYPE_Q2_K:
    case DTYPE_Q3_K:
    case DTYPE_Q4_K:
    case DTYPE_Q5_K:
    case DTYPE_Q6_K: blocks_to_f32(t.dtype, p, count, out); break;
    case DTYPE_NONE:
    case DTYPE_COUNT: assert(!"a tensor without a dtype"); break;
    }
}
