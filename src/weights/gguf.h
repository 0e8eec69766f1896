/* weights/gguf.h: the GGUF format of ggml, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
 *
 *   "GGUF", the version in 4 bytes, the counts of tensors and of settings in 8 bytes each, all little-endian
 *   the settings: name, type, value; a text is its length in 8 bytes and its bytes, a list its type, length and values
 *   the tensors: name, count of dimensions, the dimensions from the innermost on, type, where its data begins
 *   the data, from the next multiple of the setting general.alignment (32) on; offsets count from there
 */
#ifndef FACET_WEIGHTS_GGUF_H
#define FACET_WEIGHTS_GGUF_H

#include "weights/weight_list.h"

#include <jansson.h>

/* Whether these bytes start as such a file does. */
bool gguf_is(const uint8_t *data, size_t size);

/* Append the tensors of a file to `out`, their dimensions outermost first; their data stays in `data`, which must outlive the
 * list. *metadata becomes the texts among the settings that begin with "general.", by name; the caller calls json_decref().
 * Returns false with *err set, and `out` to be cleared: ERR_INPUT, ERR_NOMEM. Messages do not name the file. */
bool gguf_read(const uint8_t *data, size_t size, WeightList *out, json_t **metadata, Err *err)
    __attribute__((warn_unused_result));

#endif
