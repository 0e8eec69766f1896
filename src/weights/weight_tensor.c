#include "weights/weight_tensor.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[WEIGHT_DTYPES] = {
    [WEIGHT_F32] = { "F32", 4 },   [WEIGHT_F16] = { "F16", 2 }, [WEIGHT_BF16] = { "BF16", 2 },
    [WEIGHT_U8] = { "U8", 1 },     [WEIGHT_I8] = { "I8", 1 },   [WEIGHT_I16] = { "I16", 2 },
    [WEIGHT_I32] = { "I32", 4 },   [WEIGHT_I64] = { "I64", 8 }, [WEIGHT_F64] = { "F64", 8 },
    [WEIGHT_BOOL] = { "BOOL", 1 },
};

size_t weight_dtype_size(WeightDtype dtype)
{
    return dtypes[dtype].size;
}

const char *weight_dtype_name(WeightDtype dtype)
{
    return dtypes[dtype].name;
}

bool weight_dtype_by_name(const char *name, WeightDtype *out)
{
    for (int i = 0; i < WEIGHT_DTYPES; i++)
        if (strcmp(dtypes[i].name, name) == 0) {
            *out = (WeightDtype)i;
            return true;
        }
    return false;
}

bool weight_shape_size(WeightDtype dtype, int rank, const size_t *dim, size_t *elements, size_t *bytes)
{
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        if (dim[i] == 0) {
            *elements = *bytes = 0;
            return true;
        }
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(n, dim[i], &n))
            return false;
    *elements = n;
    return !__builtin_mul_overflow(n, dtypes[dtype].size, bytes);
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
