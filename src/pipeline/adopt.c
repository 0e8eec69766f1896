#include "pipeline/adopt.h"

#include "base/text_list.h"
#include "vision/codec.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding ------------------------------------------------------------------------------------- */

static bool add(json_t *list, const char *path, Err *err)
{
    if (!path || json_array_append_new(list, json_string(path_name(path))) == 0)
        return true;
    return err_set(err, ERR_NOMEM, "no memory for the list of images");
}

static bool add_failed(const Run *run, json_t *list, const char *failures, const char *name, Err *err)
{
    size_t i;
    json_t *f;
    bool ok = true;
    json_array_foreach(state_list(&run->state, failures), i, f) ok =
        ok && add(list, json_string_value(json_object_get(f, name)), err);
    return ok;
}

static bool readable(const Run *run, const char *folder, const char *name)
{
    Image im = { 0 };
    Err ignored = { 0 };
    char *path = path_join(folder, name);
    DecodeOptions rgb = { .channels = 3, .max_pixels = (size_t)run->cfg->max_pixels };
    bool ok = path && is_image_name(name) && image_load(&im, path, &rgb, &ignored);
    image_clear(&im);
    free(path);
    return ok;
}

/* The texts of a list, sorted; borrowed from it. The caller frees the array; NULL: no memory. */
static char **sorted(const json_t *list, size_t *count)
{
    *count = json_array_size(list);
    char **names = calloc(*count + 1, sizeof *names);
    for (size_t i = 0; names && i < *count; i++)
        names[i] = (char *)json_string_value(json_array_get(list, i));
    if (names)
        texts_sort(names, *count);
    return names;
}

/* The pictures of a folder that the list does not have. One that was cut short when its writer died is none. */
static bool add_others(const Run *run, json_t *list, const char *sub, Err *err)
{
    TextList found = { 0 };
    size_t count;
    char **known = sorted(list, &count);
    char *folder = step_path(run, sub, NULL, err);
    bool ok = known && folder && (!path_is_folder(folder) || folder_list(folder, &found, err));
    for (size_t i = 0; ok && i < found.count; i++)
        if (!texts_find(known, count, found.text[i]) && readable(run, folder, found.text[i]))
            ok = add(list, found.text[i], err);
    text_list_clear(&found);
    free(known);
    free(folder);
    return ok;
}

bool adopt_find(Run *run, int first_run, Err *err)
{
    bool without_record =
        run->cfg->execution_mode != MODE_NEW && (run->state.foreign || journal_count(run->journal) == 0);
    if (first_run < 4)
        return state_set(&run->state, FIELD_ADOPTED, json_array(), err);
    if (!without_record)
        return true;
    json_t *list = json_array();
    size_t i;
    json_t *path;
    bool ok = list != NULL;
    json_array_foreach(state_list(&run->state, "generated_images"), i, path) ok =
        ok && add(list, json_string_value(path), err);
    ok = ok && add_failed(run, list, "failed_images", "filename", err) &&
         add_failed(run, list, "failed_qwen_augmentations", "aug_filename", err) &&
         add_others(run, list, FOLDER_IMAGES, err) && add_others(run, list, FOLDER_RESTYLED, err);
    if (ok && json_array_size(list))
        log_info(run->hooks->log, "%s: %zu images of step 4 and 5 are taken as they are", run->exec.folder,
                 json_array_size(list));
    return state_set(&run->state, FIELD_ADOPTED, list, err) && ok;
}

/* ---- recording ----------------------------------------------------------------------------------- */

static bool record(const Run *run, int step, const char *name, uint64_t key, bool ok, Err *err)
{
    JournalEntry e = { .step = step,
                       .item = name,
                       .key = key,
                       .ok = ok,
                       .note = "adopted",
                       .error = ok ? NULL : "failed in the run that is continued here" };
    return journal_find(run->journal, step, name) || journal_append(run->journal, &e, err);
}

bool adopt_items(const Run *run, const Work *work, const char *failures, const char *name, Err *err)
{
    size_t count, i;
    char **names = sorted(state_list(&run->state, FIELD_ADOPTED), &count);
    bool ok = names || err_set(err, ERR_NOMEM, "no memory for the list of images");
    json_t *f;
    json_array_foreach(state_list(&run->state, failures), i, f)
    {
        const char *failed = json_string_value(json_object_get(f, name));
        if (ok && failed && *failed && texts_find(names, count, failed))
            ok = record(run, work->step, failed, 0, false, err);
    }
    for (i = 0; ok && i < work->count; i++)
        if (texts_find(names, count, work->items[i].name) && work->present(work->user, i))
            ok = record(run, work->step, work->items[i].name, work->items[i].key, true, err);
    free(names);
    return ok;
}

bool adopt_has(const Run *run, const char *name)
{
    size_t i;
    json_t *v;
    json_array_foreach(state_list(&run->state, FIELD_ADOPTED), i,
                       v) if (!strcmp(json_string_value(v), name)) return true;
    return false;
}
