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
    /* Blocks of a row with scales of their own, as gguf files hold them; tensor/blocks.h says how they are read. */
    WEIGHT_Q4_0,
    WEIGHT_Q4_1,
    WEIGHT_Q5_0,
    WEIGHT_Q5_1,
    WEIGHT_Q8_0,
    WEIGHT_Q2_K,
    WEIGHT_Q3_K,
    WEIGHT_Q4_K,
    WEIGHT_Q5_K,
    WEIGHT_Q6_K,
} WeightDtype;

enum {
    WEIGHT_DTYPES = WEIGHT_Q6_K + 1,
    WEIGHT_MAX_RANK = 8,
};

/* A tensor of rank 0 is one number. The data is contiguous, outermost dimension first, little-endian, and
 * lies at a multiple of weight_dtype_align(). Everything is borrowed from whoever gave the tensor. */
typedef struct {
    const char *name;
    WeightDtype dtype;
    int rank;
    size_t dim[WEIGHT_MAX_RANK];
    const void *data; /* NULL when bytes is 0 */
    size_t bytes;
} WeightTensor;

/* Elements that are stored together: 1, 32 or 256; a row is a multiple of it. */
size_t weight_dtype_block(WeightDtype dtype);
/* Bytes of one block. */
size_t weight_dtype_size(WeightDtype dtype);
/* What the address of its data is a multiple of: the size of an element, and 1 for blocks. */
size_t weight_dtype_align(WeightDtype dtype);
/* "F32", "BF16", "Q4_K", ...: the names that safetensors and gguf give the types. */
const char *weight_dtype_name(WeightDtype dtype);
/* A type of single elements; false when there is none of that name. */
bool weight_dtype_by_name(const char *name, WeightDtype *out) __attribute__((warn_unused_result));

/* Elements and bytes of a shape of at most WEIGHT_MAX_RANK dimensions; false when a product does not fit, or the last
 * dimension is no multiple of a block. */
bool weight_shape_size(WeightDtype dtype, int rank, const size_t *dim, size_t *elements, size_t *bytes)
    __attribute__((warn_unused_result));

/* Text for messages: "[3, 4]"; SIZE_MAX is written as "any". Returns `out`. */
enum { WEIGHT_SHAPE_TEXT = 192 };
const char *weight_shape_text(char out[WEIGHT_SHAPE_TEXT], int rank, const size_t *dim);

#endif
