/* weights/weight_list.h: the tensors that a reader finds in a file, and the memory that they need. */
#ifndef FACET_WEIGHTS_WEIGHT_LIST_H
#define FACET_WEIGHTS_WEIGHT_LIST_H

#include "weights/weight_tensor.h"

/* Start it as {0}. */
typedef struct {
    WeightTensor *tensor; /* names are owned; data is borrowed from the file, or lies in `owned` */
    size_t count, cap;
    void **owned; /* data that could not be used where it lies in the file */
    size_t owned_count, owned_cap;
} WeightList;

/* Append a tensor. Its name, `n` bytes, is copied and must be printable text; its data is borrowed where it
 * is aligned and copied where it does not. */
bool weight_list_add(WeightList *l, const WeightTensor *t, const char *name, size_t n, Err *err)
    __attribute__((warn_unused_result));
/* Take malloc'ed memory, freed with the list, and at once when there is no memory to remember it. */
bool weight_list_own(WeightList *l, void *data, Err *err) __attribute__((warn_unused_result));
void weight_list_clear(WeightList *l);

#endif
