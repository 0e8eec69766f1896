/* weights/torch_tensors.h: from what a checkpoint's pickle holds to named tensors. */
#ifndef FACET_WEIGHTS_TORCH_TENSORS_H
#define FACET_WEIGHTS_TORCH_TENSORS_H

#include "weights/pickle.h"
#include "weights/weight_list.h"

/* A storage, and where its numbers are. */
typedef struct {
    PickleText key;
    WeightDtype dtype;
    size_t elements, bytes;
    const uint8_t *data; /* at a multiple of the element's size */
    bool located;
} StorageData;

/* The order in which lists of storages are sorted. */
int storage_compare(PickleText a, PickleText b);
/* The storage of that key in a sorted list; NULL when there is none. */
const StorageData *storage_find(const StorageData *sorted, size_t n, PickleText key);

/* Append all tensors in `root`; the keys on the way to a tensor, joined with dots, are its name. Views that
 * are not contiguous are copied, at most max_copy bytes of them in all. */
bool torch_tensors_list(const PickleValue *root, const StorageData *storage, size_t storages, size_t max_copy,
                        WeightList *out, Err *err) __attribute__((warn_unused_result));

#endif
