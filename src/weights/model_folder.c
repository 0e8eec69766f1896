#include "weights/model_folder.h"

#include "base/file.h"
#include "weights/complain.h"

#include <stdlib.h>
#include <string.h>

/* ---- folders ------------------------------------------------------------------------------------ */

/* What Hugging Face's libraries call a model's files, in the order in which they look for them. */
static const char *const usual_names[] = {
    "model.safetensors",
    "model.safetensors.index.json",
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "diffusion_pytorch_model.bin",
    "diffusion_pytorch_model.bin.index.json",
};

/* Else the only file with one of these endings; the first ending that occurs decides. */
static const char *const endings[] = { ".index.json", ".safetensors", ".pth", ".pt", ".bin", ".gguf" };

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static char *only_file(const char *folder, const TextList *names, Err *err)
{
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        const char *found = NULL;
        for (size_t i = 0; i < names->count; i++) {
            if (!ends_with(names->text[i], endings[e]))
                continue;
            if (found) {
                err_set(err, ERR_INPUT, "%s: holds %s, %s and maybe more, and no index of them; name one",
                        folder, found, names->text[i]);
                return NULL;
            }
            found = names->text[i];
        }
        if (found)
            return path_join(folder, found);
    }
    err_set(err, ERR_MISSING,
            "%s: no model is in this folder: no .safetensors, .index.json, .pth, .pt, .bin or .gguf", folder);
    return NULL;
}

char *model_folder_find(const char *folder, Err *err)
{
    for (size_t i = 0; i < sizeof usual_names / sizeof *usual_names; i++) {
        char *path = path_join(folder, usual_names[i]);
        if (!path || path_exists(path))
            return path;
        free(path);
    }
    TextList names;
    if (!folder_list(folder, &names, err))
        return NULL;
    char *path = only_file(folder, &names, err);
    text_list_clear(&names);
    return path;
}

/* ---- the index of the shards -------------------------------------------------------------------- */

bool shard_index_is(const char *path)
{
    return ends_with(path, ".json");
}

/* Every file that the map names, once, as a path beside the index. */
static bool list_files(ShardIndex *index, const char *path, Err *err)
{
    char shown[COMPLAIN_NAME];
    const char *name;
    json_t *value;
    bool ok = true;
    json_t *seen = json_object();
    json_object_foreach(index->weight_map, name, value)
    {
        const char *file = json_string_value(value);
        /* A file of another folder is none of the model's. */
        if (!file || !*file || *file == '.' || strchr(file, '/')) {
            ok = complain_damaged(err, "%s: the shard of %s is not the name of a file beside it", path,
                                  complain_name(shown, name, strlen(name)));
            break;
        }
        if (json_object_get(seen, file))
            continue;
        char *whole = NULL;
        int folder = (int)(path_name(path) - path);
        ok = json_object_set_new(seen, file, json_true()) == 0 &&
             asprintf(&whole, "%.*s%s", folder, path, file) >= 0 && text_list_add(&index->files, whole);
        free(whole);
        if (!ok) {
            err_set(err, ERR_NOMEM, "%s: no memory for the list of its shards", path);
            break;
        }
    }
    json_decref(seen);
    return ok;
}

bool shard_index_read(ShardIndex *index, const char *path, Err *err)
{
    *index = (ShardIndex){ 0 };
    uint8_t *text;
    size_t size;
    if (!file_read(path, (size_t)1 << 25, &text, &size, err))
        return false;
    json_error_t why;
    json_t *all = json_loadb((const char *)text, size, JSON_REJECT_DUPLICATES, &why);
    free(text);
    if (!all && !why.text[0]) /* jansson says nothing where memory runs out */
        return err_set(err, ERR_NOMEM, "%s: no memory to read it", path);
    index->weight_map = json_incref(json_object_get(all, "weight_map"));
    json_decref(all);
    if (!json_is_object(index->weight_map)) {
        complain_damaged(err, "%s: is no index of shards: it is not JSON with a \"weight_map\"", path);
        goto fail;
    }
    if (!list_files(index, path, err))
        goto fail;
    return true;
fail:
    shard_index_clear(index);
    return false;
}

void shard_index_clear(ShardIndex *index)
{
    json_decref(index->weight_map);
    text_list_clear(&index->files);
    *index = (ShardIndex){ 0 };
}
