#include "weights/weight_tensor.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t block, size; /* elements stored together, and in how many bytes */
} dtypes[WEIGHT_DTYPES] = {
    [WEIGHT_F32] = { "F32", 1, 4 },       [WEIGHT_F16] = { "F16", 1, 2 },
    [WEIGHT_BF16] = { "BF16", 1, 2 },     [WEIGHT_U8] = { "U8", 1, 1 },
    [WEIGHT_I8] = { "I8", 1, 1 },         [WEIGHT_I16] = { "I16", 1, 2 },
    [WEIGHT_I32] = { "I32", 1, 4 },       [WEIGHT_I64] = { "I64", 1, 8 },
    [WEIGHT_F64] = { "F64", 1, 8 },       [WEIGHT_BOOL] = { "BOOL", 1, 1 },
    [WEIGHT_Q4_0] = { "Q4_0", 32, 18 },   [WEIGHT_Q4_1] = { "Q4_1", 32, 20 },
    [WEIGHT_Q5_0] = { "Q5_0", 32, 22 },   [WEIGHT_Q5_1] = { "Q5_1", 32, 24 },
    [WEIGHT_Q8_0] = { "Q8_0", 32, 34 },   [WEIGHT_Q2_K] = { "Q2_K", 256, 84 },
    [WEIGHT_Q3_K] = { "Q3_K", 256, 110 }, [WEIGHT_Q4_K] = { "Q4_K", 256, 144 },
    [WEIGHT_Q5_K] = { "Q5_K", 256, 176 }, [WEIGHT_Q6_K] = { "Q6_K", 256, 210 },
};

size_t weight_dtype_block(WeightDtype dtype)
{
    return dtypes[dtype].block;
}

size_t weight_dtype_size(WeightDtype dtype)
{
    return dtypes[dtype].size;
}

size_t weight_dtype_align(WeightDtype dtype)
{
    return dtypes[dtype].block == 1 ? dtypes[dtype].size : 1;
}

const char *weight_dtype_name(WeightDtype dtype)
{
    return dtypes[dtype].name;
}

bool weight_dtype_by_name(const char *name, WeightDtype *out)
{
    for (int i = 0; i < WEIGHT_DTYPES; i++)
        if (dtypes[i].block == 1 && strcmp(dtypes[i].name, name) == 0) {
            *out = (WeightDtype)i;
            return true;
        }
    return false;
}

bool weight_shape_size(WeightDtype dtype, int rank, const size_t *dim, size_t *elements, size_t *bytes)
{
    size_t n = 1, block = dtypes[dtype].block;
    if ((rank ? dim[rank - 1] : 1) % block)
        return false;
    for (int i = 0; i < rank; i++)
        if (dim[i] == 0) {
            *elements = *bytes = 0;
            return true;
        }
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(n, dim[i], &n))
            return false;
    *elements = n;
    return !__builtin_mul_overflow(n / block, dtypes[dtype].size, bytes);
}

const char *weight_shape_text(char out[WEIGHT_SHAPE_TEXT], int rank, const size_t *dim)
{
    /* 8 dimensions of at most 20 digits with ", " between them need 176 bytes. */
    size_t at = 0;
    out[at++] = '[';
    for (int i = 0; i < rank; i++) {
        const char *comma = i ? ", " : "";
        if (dim[i] == SIZE_MAX)
            at += (size_t)snprintf(out + at, WEIGHT_SHAPE_TEXT - at, "%sany", comma);
        else
            at += (size_t)snprintf(out + at, WEIGHT_SHAPE_TEXT - at, "%s%zu", comma, dim[i]);
    }
    out[at++] = ']';
    out[at] = '\0';
    return out;
}
