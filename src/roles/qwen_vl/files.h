/* roles/qwen_vl/files.h: where the text encoder and the tokenizer of --model_path are. */
#ifndef FACET_ROLES_QWEN_VL_FILES_H
#define FACET_ROLES_QWEN_VL_FILES_H

#include "roles/role.h"

/* Paths. Start it as {0}; clear with qwen_vl_files_clear(). */
typedef struct {
    char *folder;       /* the model: what messages call it */
    char *text_encoder; /* for qwen_vl_open(); qwen_tokenizer_load() takes `folder` */
} QwenVlFiles;

/* The parts of a Qwen-Image-Edit's folder, or of a Qwen2.5-VL's own, whose weights are in the folder itself. ERR_MISSING names
 * the first part that is not there; ERR_INPUT: model_index.json says that the text encoder is something else; ERR_NOMEM. On
 * failure *out is empty. */
bool qwen_vl_files_find(QwenVlFiles *out, const RoleConfig *cfg, Err *err)
    __attribute__((warn_unused_result));
void qwen_vl_files_clear(QwenVlFiles *f);

#endif
