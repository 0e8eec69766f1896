/* roles/qwen/lora_file.h: which LoRA file is meant. */
#ifndef FACET_ROLES_QWEN_LORA_FILE_H
#define FACET_ROLES_QWEN_LORA_FILE_H

#include "base/err.h"

typedef struct {
    char *path;
    float scale;
} LoraFile;

/* "WHERE" or "WHERE:SCALE": a file, a folder with one .safetensors in it, or a Hugging Face repository "org/name" in the cache
 * (cache_dir may be NULL). On failure *out is empty: ERR_MISSING, ERR_INPUT (several files), ERR_USAGE (the scale), ERR_NOMEM. */
bool lora_file_find(LoraFile *out, const char *text, const char *cache_dir, Err *err)
    __attribute__((warn_unused_result));
void lora_file_clear(LoraFile *f);

#endif
