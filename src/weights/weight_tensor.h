/* weights/weight_tensor.h: one named array of numbers of a model file. */
#ifndef FACET_WEIGHTS_WEIGHT_TENSOR_H
#define FACET_WEIGHTS_WEIGHT_TENSOR_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef enum {
    WEIGHT_F32,
    WEIGHT_F16,
    WEIGHT_BF16,
    WEIGHT_U8,
    WEIGHT_I8,
    WEIGHT_I16,
    WEIGHT_I32,
    WEIGHT_I64,
    WEIGHT_F64,
    WEIGHT_BOOL, /* one byte each, 0 or 1 */
} WeightDtype;

enum {
    WEIGHT_DTYPES = WEIGHT_BOOL + 1,
    WEIGHT_MAX_RANK = 8,
};

/* A tensor of rank 0 is one number. The data is contiguous, outermost dimension first, little-endian, and
 * lies at a multiple of the element's size. Everything is borrowed from whoever gave the tensor. */
typedef struct {
    const char *name;
    WeightDtype dtype;
    int rank;
    size_t dim[WEIGHT_MAX_RANK];
    const void *data; /* NULL when bytes is 0 */
    size_t bytes;
} WeightTensor;

/* Bytes of one element. */
size_t weight_dtype_size(WeightDtype dtype);
/* "F32", "BF16", ...: the names that safetensors gives the types. */
const char *weight_dtype_name(WeightDtype dtype);
/* False when there is no type of that name. */
bool weight_dtype_by_name(const char *name, WeightDtype *out) __attribute__((warn_unused_result));

/* Elements and bytes of a shape of at most WEIGHT_MAX_RANK dimensions; false when a product does not fit. */
bool weight_shape_size(WeightDtype dtype, int rank, const size_t *dim, size_t *elements, size_t *bytes)
    __attribute__((warn_unused_result));

/* Text for messages: "[3, 4]"; SIZE_MAX is written as "any". Returns `out`. */
enum { WEIGHT_SHAPE_TEXT = 192 };
const char *weight_shape_text(char out[WEIGHT_SHAPE_TEXT], int rank, const size_t *dim);

#endif
