/* weights/torch_file.h: checkpoints that PyTorch's torch.save() wrote, in both of its formats.
 *
 *   since 1.6   a zip archive: NAME/data.pkl describes the tensors, NAME/data/KEY holds the numbers
 *   before      five pickles one after the other (a magic number, a version, the machine's properties, the
 *               tensors, the keys), then for each key the count of its numbers, in 8 bytes, and the numbers
 */
#ifndef FACET_WEIGHTS_TORCH_FILE_H
#define FACET_WEIGHTS_TORCH_FILE_H

#include "weights/weight_list.h"

/* Whether these bytes start as such a file does. */
bool torch_file_is(const uint8_t *data, size_t size);

/* Append all tensors in the dictionaries, lists and tuples of a checkpoint; the keys on the way to a tensor,
 * joined with dots, are its name. Numbers, texts and what else is there are passed over. The tensors' data
 * stays in `data`, which must outlive the list, where it is contiguous and aligned, and is copied where not.
 * False with *err set, and `out` to be cleared: ERR_INPUT, ERR_NOMEM. Messages do not name the file. */
bool torch_file_read(const uint8_t *data, size_t size, WeightList *out, Err *err)
    __attribute__((warn_unused_result));

#endif
