/* roles/qwen/lora_file.h: which LoRA files are meant. */
#ifndef FACET_ROLES_QWEN_LORA_FILE_H
#define FACET_ROLES_QWEN_LORA_FILE_H

#include "base/err.h"
#include "base/text_list.h"

typedef struct {
    char *path;
    float scale;
} LoraFile;

typedef struct {
    LoraFile *file;
    size_t count;
} LoraFiles;

/* Find one file for each text, in their order. A text is "WHERE" or "WHERE:SCALE": a file, a folder with one .safetensors in it,
 * or a Hugging Face repository "org/name" in the cache (cache_dir may be NULL). On failure *out is empty: ERR_MISSING,
 * ERR_INPUT (several files), ERR_USAGE (the scale), ERR_NOMEM. */
bool lora_files_find(LoraFiles *out, const TextList *texts, const char *cache_dir, Err *err)
    __attribute__((warn_unused_result));
void lora_files_clear(LoraFiles *f);

#endif
