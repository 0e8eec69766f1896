#include "roles/qwen/lora_file.h"

#include "base/file.h"
#include "weights/hf_cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Split a scale off. The caller frees what is before it; NULL with *err set. */
static char *split_scale(const char *text, float *scale, Err *err)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    float value = colon && colon[1] ? strtof(colon + 1, &end) : 0;
    bool given = end && *end == '\0'; /* else the colon is part of a name */
    if (given && !isfinite(value)) {
        err_set(err, ERR_USAGE, "%s: %s is no scale for a LoRA; give a number such as 0.8", text, colon + 1);
        return NULL;
    }
    *scale = given ? value : 1;
    char *where = given ? strndup(text, (size_t)(colon - text)) : strdup(text);
    if (!where)
        err_set(err, ERR_NOMEM, "%s: no memory to open it", text);
    return where;
}

/* The only .safetensors in a folder; the caller frees its path. */
static char *only_file(const char *folder, Err *err)
{
    TextList names = { 0 };
    const char *found = NULL;
    char *path = NULL;
    if (!folder_list(folder, &names, err))
        return NULL;
    for (size_t i = 0; i < names.count; i++) {
        const char *ext = path_ext(names.text[i]);
        if (!ext || strcmp(ext, ".safetensors") != 0)
            continue;
        if (found) {
            err_set(err, ERR_INPUT, "%s: holds %s and %s; name the LoRA that is meant", folder, found,
                    names.text[i]);
            text_list_clear(&names);
            return NULL;
        }
        found = names.text[i];
    }
    if (found)
        path = path_join(folder, found);
    else
        err_set(err, ERR_MISSING, "%s: there is no .safetensors in it", folder);
    if (found && !path)
        err_set(err, ERR_NOMEM, "%s: no memory to open it", folder);
    text_list_clear(&names);
    return path;
}

static bool find_one(LoraFile *out, const char *text, const char *cache_dir, Err *err)
{
    char *where = split_scale(text, &out->scale, err);
    if (!where)
        return false;
    char *cached = cache_dir && !path_exists(where) ? hf_cache_find(cache_dir, where, "") : NULL;
    const char *place = cached ? cached : where;
    if (path_is_folder(place))
        out->path = only_file(place, err);
    else if (path_exists(place))
        out->path = strdup(place);
    else
        err_set(err, ERR_MISSING, "LoRA %s: there is no such file%s", where,
                cache_dir ? ", and no repository of that name in --cache_dir" : "");
    free(cached);
    free(where);
    return out->path != NULL;
}

bool lora_files_find(LoraFiles *out, const TextList *texts, const char *cache_dir, Err *err)
{
    *out = (LoraFiles){ 0 };
    if (texts->count == 0)
        return true;
    out->file = calloc(texts->count, sizeof *out->file);
    if (!out->file)
        return err_set(err, ERR_NOMEM, "no memory for %zu LoRA files", texts->count);
    for (; out->count < texts->count; out->count++)
        if (!find_one(&out->file[out->count], texts->text[out->count], cache_dir, err)) {
            lora_files_clear(out);
            return false;
        }
    return true;
}

void lora_files_clear(LoraFiles *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->file[i].path);
    free(f->file);
    *f = (LoraFiles){ 0 };
}
