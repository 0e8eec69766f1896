/* roles/model_folder.h: where the model is that --model_path names, and what its model_index.json says of its parts. */
#ifndef FACET_ROLES_MODEL_FOLDER_H
#define FACET_ROLES_MODEL_FOLDER_H

#include "base/err.h"

/* What --model_path is where nobody says otherwise. */
#define MODEL_PATH_DEFAULT "ovedrive/qwen-image-edit-4bit"

/* The folder of a model: `name` itself where it is a folder, else the snapshot of the Hugging Face repository "org/name" in
 * `cache` (which may be NULL) or in the folder hub in it. The caller frees it; NULL on failure. `flag` is the option that names
 * the model, for messages. ERR_MISSING says what was looked for and how to get it; ERR_INPUT: it is a file; ERR_NOMEM. */
bool model_folder_locate(char **folder, const char *name, const char *flag, const char *cache, Err *err)
    __attribute__((warn_unused_result));

/* What the model_index.json of a pipeline's folder says; start it as {0}. */
typedef struct {
    char *path;
    struct json_t *json;
} ModelIndex;

/* On failure *index is empty: ERR_MISSING: there is no such file; ERR_INPUT: it is no JSON; ERR_IO, ERR_NOMEM. */
bool model_index_read(ModelIndex *index, const char *folder, Err *err) __attribute__((warn_unused_result));
void model_index_clear(ModelIndex *index);

/* The class of the pipeline, borrowed from the index; NULL with *err set (ERR_INPUT) where it names none. */
const char *model_index_pipeline(const ModelIndex *index, Err *err);
/* Whether it gives a part ("text_encoder") this class. ERR_INPUT: it names no such part, or one of another class. */
bool model_index_check_part(const ModelIndex *index, const char *part, const char *class_name, Err *err)
    __attribute__((warn_unused_result));

#endif
