#include "weights/weights.h"

#include "base/file.h"
#include "base/str.h"
#include "weights/complain.h"
#include "weights/gguf.h"
#include "weights/model_folder.h"
#include "weights/safetensors.h"
#include "weights/torch_file.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What did not fit: how often, and the first few as text. */
enum { SHOWN = 10 };
typedef struct {
    char *text[SHOWN];
    size_t count;
} Problems;

/* Memory of weights_keep(). */
typedef struct Kept {
    struct Kept *next;
    max_align_t data[];
} Kept;

struct Weights {
    char *path;
    FileMap *file;
    size_t files;
    WeightList list;
    json_t *metadata;             /* of the first file that has some; NULL: none has */
    const WeightTensor **by_name; /* sorted by strcmp; no two are equal */
    bool *used;                   /* of tensor i: taken or ignored */
    char *prefix;                 /* NULL: none */
    Problems missing, misshaped;
    bool no_memory; /* a problem could not be recorded */
    Kept *kept;
};

/* ---- names -------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const WeightTensor *const *)a)->name, (*(const WeightTensor *const *)b)->name);
}

/* Sort the names, so that a lookup is a binary search whatever names a file chooses, and find doubles. */
static bool index_names(Weights *w, Err *err)
{
    char shown[COMPLAIN_NAME];
    size_t n = w->list.count;
    w->by_name = malloc((n + 1) * sizeof(WeightTensor *));
    w->used = calloc(n + 1, sizeof *w->used);
    if (!w->by_name || !w->used)
        return err_set(err, ERR_NOMEM, "%s: no memory for its %zu tensors", w->path, n);
    for (size_t i = 0; i < n; i++)
        w->by_name[i] = &w->list.tensor[i];
    qsort(w->by_name, n, sizeof *w->by_name, by_name);
    for (size_t i = 1; i < n; i++)
        if (by_name(&w->by_name[i - 1], &w->by_name[i]) == 0) {
            const char *name = w->by_name[i]->name;
            complain_damaged(err, "two tensors are called %s", complain_name(shown, name, strlen(name)));
            return err_prefix(err, "%s: ", w->path);
        }
    return true;
}

/* strcmp of a tensor's name with the prefix and the name joined. */
static int compare(const char *whole, const char *prefix, const char *name)
{
    size_t n = strlen(prefix);
    int head = strncmp(whole, prefix, n);
    return head ? head : strcmp(whole + n, name);
}

/* The place in by_name of the first tensor that is not before prefix and name joined. */
static size_t lower_bound(const Weights *w, const char *prefix, const char *name)
{
    size_t from = 0, to = w->list.count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare(w->by_name[middle]->name, prefix, name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static const char *prefix_of(const Weights *w)
{
    return w->prefix ? w->prefix : "";
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* ---- opening ------------------------------------------------------------------------------------ */

/* Things that are found in the place of a model, by how they start. */
static const struct {
    const char *start, *what;
} strangers[] = {
    { "version https://git-lfs",
      "is a Git LFS pointer, a note of where the model is; run `git lfs pull` in its "
      "repository or fetch the file again" },
    { "<", "is a web page and no model; the download went wrong, fetch it again" },
    { "{", "is JSON and no model; name the *.index.json of the model or its folder" },
    { "\x80",
      "is a pickle that torch.save() did not write; fetch it again, or save the model's state_dict with torch.save()" },
};

/* The tensors of one mapped file, told by its first bytes. */
static bool read_content(Weights *w, const FileMap *file, json_t **metadata, Err *err)
{
    if (file->size == 0)
        return err_set(err, ERR_INPUT, "is empty; fetch it again");
    if (safetensors_is(file->data, file->size))
        return safetensors_read(file->data, file->size, &w->list, metadata, err);
    if (torch_file_is(file->data, file->size))
        return torch_file_read(file->data, file->size, &w->list, err);
    if (gguf_is(file->data, file->size))
        return gguf_read(file->data, file->size, &w->list, metadata, err);
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        size_t n = strlen(strangers[i].start);
        if (file->size >= n && memcmp(file->data, strangers[i].start, n) == 0)
            return err_set(err, ERR_INPUT, "%s", strangers[i].what);
    }
    if (file->size > 8)
        return err_set(
            err, ERR_INPUT,
            "is no model: neither a safetensors nor a GGUF file nor what torch.save() writes; name another file, "
            "or fetch it again");
    return safetensors_read(file->data, file->size, &w->list, metadata, err);
}

static bool add_file(Weights *w, const char *path, Err *err)
{
    json_t *metadata = NULL;
    FileMap *grown = realloc(w->file, (w->files + 1) * sizeof *grown);
    if (!grown)
        return err_set(err, ERR_NOMEM, "%s: no memory to open it", path);
    w->file = grown;
    if (!file_map(&w->file[w->files], path, err))
        return false;
    if (!read_content(w, &w->file[w->files++], &metadata, err))
        return err_prefix(err, "%s: ", path);
    if (!w->metadata)
        w->metadata = metadata;
    else
        json_decref(metadata);
    return true;
}

/* Whether the shards hold what their index promises. */
static bool check_promises(const Weights *w, json_t *weight_map, const char *index_path, Err *err)
{
    char shown[COMPLAIN_NAME];
    const char *name;
    json_t *file;
    json_object_foreach(weight_map, name, file)
    {
        if (!weights_find(w, name))
            return err_set(err, ERR_INPUT, "%s: promises %s in %s, which does not hold it; fetch both again",
                           index_path, complain_name(shown, name, strlen(name)), json_string_value(file));
    }
    return true;
}

static bool add_shards(Weights *w, const char *index_path, Err *err)
{
    ShardIndex index;
    if (!shard_index_read(&index, index_path, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < index.files.count; i++)
        ok = add_file(w, index.files.text[i], err);
    ok = ok && index_names(w, err) && check_promises(w, index.weight_map, index_path, err);
    shard_index_clear(&index);
    return ok;
}

bool weights_open(Weights **out, const char *path, Err *err)
{
    *out = NULL;
    char *file = path_is_folder(path) ? model_folder_find(path, err) : strdup(path);
    Weights *w = calloc(1, sizeof *w);
    if (!file || !w || !(w->path = strdup(path))) {
        if (!err->kind)
            err_set(err, ERR_NOMEM, "%s: no memory to open it", path);
        goto fail;
    }
    if (shard_index_is(file) ? !add_shards(w, file, err) : !add_file(w, file, err) || !index_names(w, err))
        goto fail;
    free(file);
    *out = w;
    return true;
fail:
    free(file);
    weights_close(w);
    return false;
}

static void problems_clear(Problems *p)
{
    for (size_t i = 0; i < SHOWN; i++)
        free(p->text[i]);
    *p = (Problems){ 0 };
}

void weights_close(Weights *w)
{
    if (!w)
        return;
    for (Kept *k = w->kept, *next; k; k = next) {
        next = k->next;
        free(k);
    }
    weight_list_clear(&w->list);
    for (size_t i = 0; i < w->files; i++)
        file_unmap(&w->file[i]);
    free(w->file);
    json_decref(w->metadata);
    free(w->by_name);
    free(w->used);
    free(w->prefix);
    problems_clear(&w->missing);
    problems_clear(&w->misshaped);
    free(w->path);
    free(w);
}

void *weights_keep(Weights *w, size_t bytes)
{
    Kept *k = bytes > SIZE_MAX / 2 ? NULL : calloc(1, sizeof *k + bytes);
    if (!k)
        return NULL;
    k->next = w->kept;
    w->kept = k;
    return k->data;
}

/* ---- looking ------------------------------------------------------------------------------------ */

const char *weights_name(const Weights *w)
{
    return w->path;
}

size_t weights_count(const Weights *w)
{
    return w->list.count;
}

const WeightTensor *weights_at(const Weights *w, size_t i)
{
    return &w->list.tensor[i];
}

bool weights_mapped(const Weights *w, const WeightTensor *t)
{
    uintptr_t at = (uintptr_t)t->data;
    for (size_t i = 0; i < w->files; i++)
        if (at - (uintptr_t)w->file[i].data < w->file[i].size)
            return true;
    return false;
}

const char *weights_metadata(const Weights *w, const char *key)
{
    return json_string_value(json_object_get(w->metadata, key));
}

bool weights_prefix(Weights *w, const char *prefix)
{
    size_t i = lower_bound(w, prefix, "");
    if (i == w->list.count || !starts_with(w->by_name[i]->name, prefix))
        return false;
    char *copy = strdup(prefix);
    if (!copy)
        w->no_memory = true;
    free(w->prefix);
    w->prefix = copy;
    return copy != NULL;
}

const WeightTensor *weights_find(const Weights *w, const char *name)
{
    size_t i = lower_bound(w, prefix_of(w), name);
    if (i == w->list.count || compare(w->by_name[i]->name, prefix_of(w), name) != 0)
        return NULL;
    return w->by_name[i];
}

/* ---- strict loading ----------------------------------------------------------------------------- */

/* Record a problem; `text` is taken. */
static void problem_add(Weights *w, Problems *p, char *text)
{
    if (!text)
        w->no_memory = true;
    if (p->count < SHOWN)
        p->text[p->count] = text;
    else
        free(text);
    p->count++;
}

static bool fits(const WeightTensor *t, int rank, const size_t *dim)
{
    if (rank >= 0 && t->rank != rank)
        return false;
    for (int i = 0; i < rank; i++)
        if (dim[i] != SIZE_MAX && dim[i] != t->dim[i])
            return false;
    return true;
}

const WeightTensor *weights_take(Weights *w, const char *name, int rank, const size_t *dim)
{
    const WeightTensor *t = weights_find(w, name);
    if (!t) {
        problem_add(w, &w->missing, strdup(name));
        return NULL;
    }
    w->used[t - w->list.tensor] = true;
    if (!fits(t, rank, dim)) {
        char is[WEIGHT_SHAPE_TEXT], wanted[WEIGHT_SHAPE_TEXT];
        Str text = { 0 };
        str_printf(&text, "%s is %s, not %s", name, weight_shape_text(is, t->rank, t->dim),
                   weight_shape_text(wanted, rank, dim));
        problem_add(w, &w->misshaped, str_take(&text));
        return NULL;
    }
    return t;
}

void weights_ignore(Weights *w, const char *prefix)
{
    for (size_t i = lower_bound(w, prefix_of(w), prefix); i < w->list.count; i++) {
        const char *name = w->by_name[i]->name;
        if (!starts_with(name, prefix_of(w)) || !starts_with(name + strlen(prefix_of(w)), prefix))
            break;
        w->used[w->by_name[i] - w->list.tensor] = true;
    }
}

/* "; 12 are missing (a, b, c and 9 more)". At most 250 bytes, so that three of them and a path fit an Err. */
static void list_problems(Str *to, const char *what, const Problems *p)
{
    enum { NAMES = 200 };
    if (p->count == 0)
        return;
    str_printf(to, "%s%zu %s (", to->len ? "; " : "", p->count, what);
    size_t begin = to->len, shown = 0;
    for (; shown < SHOWN && shown < p->count && p->text[shown]; shown++) {
        size_t length = strlen(p->text[shown]);
        if (shown && to->len - begin + length > NAMES)
            break;
        str_printf(to, "%s%.*s", shown ? ", " : "", NAMES, p->text[shown]);
    }
    if (shown < p->count)
        str_printf(to, " and %zu more", p->count - shown);
    str_add(to, ")");
}

bool weights_finish(Weights *w, Err *err)
{
    Problems unexpected = { 0 };
    const char *prefix = prefix_of(w);
    for (size_t i = 0; i < w->list.count; i++) {
        const WeightTensor *t = &w->list.tensor[i];
        if (!w->used[i] && starts_with(t->name, prefix))
            problem_add(w, &unexpected, strdup(t->name + strlen(prefix)));
    }
    Str text = { 0 };
    list_problems(&text, "missing", &w->missing);
    list_problems(&text, "unexpected", &unexpected);
    list_problems(&text, "of another shape", &w->misshaped);
    bool ok = text.len == 0 && !text.failed && !w->no_memory;
    if (w->no_memory || text.failed)
        err_set(err, ERR_NOMEM, "%s: no memory to compare it with the model", w->path);
    else if (!ok)
        err_set(err, ERR_INPUT, "%s: its tensors are not this model's: %s; name the checkpoint of this model",
                w->path, str_text(&text));
    problems_clear(&unexpected);
    str_clear(&text);
    return ok;
}
