#include "roles/model_folder.h"

#include "base/file.h"
#include "base/json_text.h"
#include "weights/hf_cache.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { INDEX_MAX_BYTES = 1 << 20 };

/* "org/name" or "name", in the characters that Hugging Face allows; a path with more folders is none. */
static bool is_repository(const char *name)
{
    size_t part = 0, slashes = 0;
    if (strstr(name, ".."))
        return false;
    for (const char *c = name; *c; c++) {
        bool slash = *c == '/';
        if (slash ? part == 0 : !isalnum((unsigned char)*c) && (part == 0 || !strchr("-_.", *c)))
            return false;
        slashes += slash;
        part = slash ? 0 : part + 1;
    }
    return part > 0 && slashes <= 1;
}

/* The snapshot in a folder of models, or in the folder hub in it, as HF_HOME has it. */
static char *in_cache(const char *cache, const char *repository)
{
    char *found = hf_cache_find(cache, repository, "");
    char *hub = found ? NULL : path_join(cache, "hub");
    if (hub)
        found = hf_cache_find(hub, repository, "");
    free(hub);
    return found;
}

static bool not_there(const char *name, const char *flag, const char *cache, Err *err)
{
    if (!is_repository(name))
        return err_set(err, ERR_MISSING,
                       "--%s %s: there is no such folder; name the folder of a model, or its name at "
                       "Hugging Face and the --cache_dir that has it",
                       flag, name);
    if (!cache)
        return err_set(err, ERR_MISSING,
                       "--%s %s: there is no such folder, and no --cache_dir to look for a model of that "
                       "name in; `hf download %s --cache-dir DIR` fetches it for --cache_dir DIR",
                       flag, name, name);
    return err_set(err, ERR_MISSING,
                   "--%s %s: there is no such folder, and neither %s nor the folder hub in it has a "
                   "snapshot of a model of that name; `hf download %s --cache-dir %s` fetches it",
                   flag, name, cache, name, cache);
}

bool model_folder_locate(char **folder, const char *name, const char *flag, const char *cache, Err *err)
{
    *folder = NULL;
    if (!name || !*name)
        return err_set(err, ERR_MISSING, "--%s names no model: give the folder of a Qwen-Image-Edit", flag);
    if (path_is_folder(name)) {
        *folder = strdup(name);
        return *folder || err_set(err, ERR_NOMEM, "--%s %s: no memory for its name", flag, name);
    }
    if (path_exists(name))
        return err_set(err, ERR_INPUT, "--%s %s: this is a file; name the folder of the model", flag, name);
    if (cache && is_repository(name))
        *folder = in_cache(cache, name);
    return *folder || not_there(name, flag, cache, err);
}

bool model_index_read(ModelIndex *index, const char *folder, Err *err)
{
    *index = (ModelIndex){ .path = path_join(folder, "model_index.json") };
    if (!index->path)
        return err_set(err, ERR_NOMEM, "%s: no memory to look into it", folder);
    index->json = json_file_object(index->path, INDEX_MAX_BYTES, 0, err);
    if (index->json)
        return true;
    if (err->kind == ERR_MISSING)
        err_set(err, ERR_MISSING,
                "%s: it has no model_index.json, so it is not the folder of a Qwen-Image-Edit model", folder);
    model_index_clear(index);
    return false;
}

void model_index_clear(ModelIndex *index)
{
    json_decref(index->json);
    free(index->path);
    *index = (ModelIndex){ 0 };
}

const char *model_index_pipeline(const ModelIndex *index, Err *err)
{
    const char *name = json_string_value(json_object_get(index->json, "_class_name"));
    if (!name)
        err_set(err, ERR_INPUT, "%s: it names no _class_name, so this is no pipeline", index->path);
    return name;
}

bool model_index_check_part(const ModelIndex *index, const char *part, const char *class_name, Err *err)
{
    /* "text_encoder": ["transformers", "Qwen2_5_VLForConditionalGeneration"] */
    const char *name = json_string_value(json_array_get(json_object_get(index->json, part), 1));
    if (!name)
        return err_set(err, ERR_INPUT, "%s: it names no %s, so this is no whole Qwen-Image-Edit model",
                       index->path, part);
    return strcmp(name, class_name) == 0 ||
           err_set(err, ERR_INPUT,
                   "%s: its %s is a %.80s, and facet knows %s; --model_path takes a Qwen-Image-Edit model",
                   index->path, part, name, class_name);
}
