#include "roles/qwen_vl/files.h"

#include "base/file.h"
#include "roles/model_folder.h"
#include "weights/model_folder.h"

#include <stdlib.h>
#include <string.h>

static bool no_memory(Err *err)
{
    return err_set(err, ERR_NOMEM, "no memory for the names of a model's files");
}

/* Whether a folder has a file or folder of that name. */
static bool look(const char *folder, const char *name, bool *there, Err *err)
{
    char *path = path_join(folder, name);
    *there = path && path_exists(path);
    free(path);
    return path || no_memory(err);
}

/* tokenizer.json, or the two files that older libraries write. */
static bool look_for_tokenizer(const char *folder, bool *there, Err *err)
{
    bool whole, vocab, merges;
    if (!look(folder, "tokenizer.json", &whole, err) || !look(folder, "vocab.json", &vocab, err) ||
        !look(folder, "merges.txt", &merges, err))
        return false;
    *there = whole || (vocab && merges);
    return true;
}

static bool check_tokenizer(const char *folder, Err *err)
{
    bool here, inside = false;
    char *inner = path_join(folder, "tokenizer");
    bool ok = (inner || no_memory(err)) && look_for_tokenizer(folder, &here, err) &&
              look_for_tokenizer(inner, &inside, err);
    free(inner);
    return ok &&
           (here || inside ||
            err_set(err, ERR_MISSING,
                    "%s: the model has no tokenizer (tokenizer/tokenizer.json, or vocab.json and merges.txt "
                    "in that folder); download it again, whole",
                    folder));
}

static bool check_text_encoder(const char *folder, Err *err)
{
    bool config;
    if (!path_is_folder(folder))
        return err_set(err, ERR_MISSING, "%s: the model has no such folder; download it again, whole",
                       folder);
    if (!look(folder, "config.json", &config, err))
        return false;
    if (!config)
        return err_set(err, ERR_MISSING, "%s: it has no config.json; download the model again, whole",
                       folder);
    char *weights = model_folder_find(folder, err);
    free(weights);
    return weights != NULL;
}

static bool check_pipeline(const char *folder, Err *err)
{
    ModelIndex index;
    bool ok = model_index_read(&index, folder, err) &&
              model_index_check_part(&index, "text_encoder", "Qwen2_5_VLForConditionalGeneration", err);
    model_index_clear(&index);
    return ok;
}

static bool find_text_encoder(QwenVlFiles *f, Err *err)
{
    bool index, config;
    if (!look(f->folder, "model_index.json", &index, err) || !look(f->folder, "config.json", &config, err))
        return false;
    bool pipeline = index || !config;
    f->text_encoder = pipeline ? path_join(f->folder, "text_encoder") : strdup(f->folder);
    if (!f->text_encoder)
        return no_memory(err);
    return (!pipeline || check_pipeline(f->folder, err)) && check_text_encoder(f->text_encoder, err) &&
           check_tokenizer(f->folder, err);
}

bool qwen_vl_files_find(QwenVlFiles *out, const RoleConfig *cfg, Err *err)
{
    *out = (QwenVlFiles){ 0 };
    if (model_folder_locate(&out->folder, cfg->model_path, "model_path", cfg->cache_dir, err) &&
        find_text_encoder(out, err))
        return true;
    qwen_vl_files_clear(out);
    return false;
}

void qwen_vl_files_clear(QwenVlFiles *f)
{
    free(f->folder);
    free(f->text_encoder);
    *f = (QwenVlFiles){ 0 };
}
