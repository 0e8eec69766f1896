/* weights/byte_ranges.h: where the tensors of a file say that they lie. */
#ifndef FACET_WEIGHTS_BYTE_RANGES_H
#define FACET_WEIGHTS_BYTE_RANGES_H

#include "base/err.h"

#include <stddef.h>

typedef struct {
    size_t begin, end; /* of the file's data; begin <= end */
    const char *name;
} ByteRange;

/* Sort them by their begin. False with *err set, ERR_INPUT: two lie over each other. */
bool byte_ranges_sort(ByteRange *range, size_t n, Err *err) __attribute__((warn_unused_result));

#endif
