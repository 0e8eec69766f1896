/* weights/model_folder.h: which files a model consists of. */
#ifndef FACET_WEIGHTS_MODEL_FOLDER_H
#define FACET_WEIGHTS_MODEL_FOLDER_H

#include "base/err.h"
#include "base/text_list.h"

#include <jansson.h>

/* The file in a folder that holds or lists its tensors. The caller frees it; NULL with *err set when there is
 * none or when it is not clear which. */
char *model_folder_find(const char *folder, Err *err);

/* What an *.index.json says. */
typedef struct {
    TextList files;     /* paths of the shards, each once */
    json_t *weight_map; /* tensor name: file name, a text */
} ShardIndex;

/* Whether a file is such an index, by its name. */
bool shard_index_is(const char *path);
/* Read an index; its shards must lie in its own folder. On failure *index is empty. */
bool shard_index_read(ShardIndex *index, const char *path, Err *err) __attribute__((warn_unused_result));
void shard_index_clear(ShardIndex *index);

#endif
