/* weights/weight_list.h: the tensors that a reader finds in a file, and the memory that they need. */
#ifndef FACET_WEIGHTS_WEIGHT_LIST_H
#define FACET_WEIGHTS_WEIGHT_LIST_H

#include "weights/weight_tensor.h"

/* Start it as {0}. */
typedef struct {
    WeightTensor *tensor; /* names are owned; data is borrowed from the file, or from `copy` */
    void **copy;          /* of tensor i: NULL where the data lies in the file */
    size_t count, cap;
} WeightList;

/* Append a tensor. Its name, `n` bytes, is copied and must be printable text; its data is borrowed where it
 * lies at a multiple of the element's size and copied where it does not. */
bool weight_list_add(WeightList *l, const WeightTensor *t, const char *name, size_t n, Err *err)
    __attribute__((warn_unused_result));
/* The same with data that the list takes and frees, also on failure. */
bool weight_list_take(WeightList *l, const WeightTensor *t, const char *name, size_t n, void *data, Err *err)
    __attribute__((warn_unused_result));
void weight_list_clear(WeightList *l);

#endif
