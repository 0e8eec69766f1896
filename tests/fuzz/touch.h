/* tests/fuzz/touch.h: use what a parser gave, as its caller would, so that a sanitizer sees what is wrong with it. */
#ifndef FACET_TESTS_FUZZ_TOUCH_H
#define FACET_TESTS_FUZZ_TOUCH_H

#include "weights/weight_list.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void touch_bytes(const void *data, size_t size)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum ^= ((const uint8_t *)data)[i];
    (void)sum;
}

static inline void touch_tensors(const WeightList *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const WeightTensor *t = &l->tensor[i];
        size_t elements, bytes;
        if (!weight_shape_size(t->dtype, t->rank, t->dim, &elements, &bytes) || bytes != t->bytes ||
            (uintptr_t)t->data % weight_dtype_align(t->dtype) || !*t->name)
            abort();
        touch_bytes(t->data, t->bytes);
        touch_bytes(t->name, strlen(t->name));
    }
}

#endif
