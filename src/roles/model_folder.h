/* roles/model_folder.h: where the model is that --model_path names, and what its model_index.json says of its parts. */
#ifndef FACET_ROLES_MODEL_FOLDER_H
#define FACET_ROLES_MODEL_FOLDER_H

#include "roles/role.h"

/* What --model_path is where nobody says otherwise. */
#define MODEL_PATH_DEFAULT "ovedrive/qwen-image-edit-4bit"

/* The folder of cfg->model_path: itself where it is a folder, else the snapshot of the Hugging Face repository "org/name"
 * in cfg->cache_dir or in the folder hub in it. The caller frees it; NULL on failure. ERR_MISSING says what was looked for
 * and how to get it; ERR_INPUT: it is a file; ERR_NOMEM. */
bool model_folder_locate(char **folder, const RoleConfig *cfg, Err *err) __attribute__((warn_unused_result));

/* Whether the model_index.json of a pipeline's folder gives a part ("text_encoder") this class. ERR_MISSING: there is no such
 * file; ERR_INPUT: it is no JSON, names no such part, or one of another class; ERR_IO, ERR_NOMEM. */
bool model_folder_check_part(const char *folder, const char *part, const char *class_name, Err *err)
    __attribute__((warn_unused_result));

#endif
