#include "roles/qwen_vl/files.h"

#include "base/file.h"
#include "roles/model_folder.h"
#include "weights/model_folder.h"

#include <stdlib.h>
#include <string.h>

static bool has(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    bool there = path && path_exists(path);
    free(path);
    return there;
}

static bool has_tokenizer(const char *folder)
{
    return has(folder, "tokenizer.json") || (has(folder, "vocab.json") && has(folder, "merges.txt"));
}

static bool check_tokenizer(const char *folder, Err *err)
{
    char *inner = path_join(folder, "tokenizer");
    bool ok = has_tokenizer(folder) || (inner && has_tokenizer(inner));
    free(inner);
    return ok ||
           err_set(err, ERR_MISSING,
                   "%s: the model has no tokenizer (tokenizer/tokenizer.json, or vocab.json and merges.txt "
                   "in that folder); download it again, whole",
                   folder);
}

static bool check_text_encoder(const char *folder, Err *err)
{
    if (!path_is_folder(folder))
        return err_set(err, ERR_MISSING, "%s: the model has no such folder; download it again, whole",
                       folder);
    if (!has(folder, "config.json"))
        return err_set(err, ERR_MISSING, "%s: it has no config.json; download the model again, whole",
                       folder);
    char *weights = model_folder_find(folder, err);
    free(weights);
    return weights != NULL;
}

bool qwen_vl_files_find(QwenVlFiles *out, const RoleConfig *cfg, Err *err)
{
    *out = (QwenVlFiles){ 0 };
    if (!model_folder_locate(&out->folder, cfg->model_path, "model_path", cfg->cache_dir, err))
        return false;
    bool pipeline = has(out->folder, "model_index.json") || !has(out->folder, "config.json");
    out->text_encoder = pipeline ? path_join(out->folder, "text_encoder") : strdup(out->folder);
    bool ok = (out->text_encoder || err_set(err, ERR_NOMEM, "no memory for the names of a model's files")) &&
              (!pipeline || model_folder_check_part(out->folder, "text_encoder",
                                                    "Qwen2_5_VLForConditionalGeneration", err)) &&
              check_text_encoder(out->text_encoder, err) && check_tokenizer(out->folder, err);
    if (!ok)
        qwen_vl_files_clear(out);
    return ok;
}

void qwen_vl_files_clear(QwenVlFiles *f)
{
    free(f->folder);
    free(f->text_encoder);
    *f = (QwenVlFiles){ 0 };
}
