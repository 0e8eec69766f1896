/* weights/safetensors.h: the safetensors format, https://github.com/huggingface/safetensors.
 *
 *   8 bytes     N, little-endian
 *   N bytes     JSON: {"name": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}, ...}
 *   the rest    the data; offsets count from here, and the tensors cover all of it without overlap
 */
#ifndef FACET_WEIGHTS_SAFETENSORS_H
#define FACET_WEIGHTS_SAFETENSORS_H

#include "weights/weight_list.h"

#include <jansson.h>

/* Whether these bytes start as such a file does. */
bool safetensors_is(const uint8_t *data, size_t size);

/* Append the tensors of a file, in the order of its header, to `out`; their data stays in `data`, which must
 * outlive the list, where its alignment allows. *metadata becomes the header's "__metadata__", texts by name,
 * or NULL; the caller calls json_decref(). Returns false with *err set, and `out` to be cleared: ERR_INPUT,
 * ERR_NOMEM. Messages do not name the file. */
bool safetensors_read(const uint8_t *data, size_t size, WeightList *out, json_t **metadata, Err *err)
    __attribute__((warn_unused_result));

/* Write n tensors as one file, whole or not at all. Names must differ and be UTF-8. */
bool safetensors_write(const char *path, const WeightTensor *tensors, size_t n, Err *err)
    __attribute__((warn_unused_result));

#endif
