/* Step 5: the images of step 4 in other light and weather. */
#include "pipeline/step.h"

#include "pipeline/adopt.h"
#include "base/rng.h"
#include "text/builtin_prompts.h"
#include "text/prompt_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    Run *run;
    Work *work;
    TextList prompts;
    const char **source; /* file names in 04_dataset */
    size_t source_count;
    void *editor;
} Restyle;

/* Which image an item is made from, and the how manieth of its variants it is. */
static size_t source_of(const Restyle *s, size_t index)
{
    return index / (size_t)s->run->cfg->qwen_augmentation_count;
}

static int variant_of(const Restyle *s, size_t index)
{
    return (int)(index % (size_t)s->run->cfg->qwen_augmentation_count);
}

static uint64_t item_seed(const Restyle *s, size_t index)
{
    uint64_t seed = seed_derive_text(s->run->cfg->seed, "restyle", s->source[source_of(s, index)]);
    return seed_derive(seed, "variant", (uint64_t)variant_of(s, index), 0, 0);
}

/* A prompt is drawn for each image; the variants of one image have different ones while there are enough. */
static const char *item_prompt(const Restyle *s, size_t index)
{
    Rng r;
    rng_init(&r, seed_derive_text(s->run->cfg->seed, "restyle prompt", s->source[source_of(s, index)]));
    size_t n = s->prompts.count;
    size_t first = rng_index(&r, n);
    /* Steps of a size that has no divisor in common with n visit every prompt once before any comes twice. */
    size_t step = n > 1 ? 1 + rng_index(&r, n - 1) : 0;
    for (;; step++) {
        size_t a = step, b = n;
        while (b) {
            size_t t = a % b;
            a = b;
            b = t;
        }
        if (a <= 1 || n <= 1)
            break;
    }
    return s->prompts.text[(first + (size_t)variant_of(s, index) % n * step) % n];
}

/* ---- making an image ---------------------------------------------------------------------------- */

static bool open_editor(void *user, Err *err)
{
    Restyle *s = user;
    return s->run->roles.editor->open(&s->editor, step_role_config(s->run, s->run->roles.editor->all_threads),
                                      err);
}

static void close_editor(void *user)
{
    Restyle *s = user;
    s->run->roles.editor->close(s->editor);
}

static bool present(void *user, size_t index)
{
    Restyle *s = user;
    Err err = { 0 };
    char *path = step_path(s->run, FOLDER_RESTYLED, s->work->items[index].name, &err);
    char *copy = step_path(s->run, FOLDER_COMBINED, s->work->items[index].name, &err);
    bool there = path && copy && path_exists(path) && path_exists(copy);
    free(path);
    free(copy);
    return there;
}

static bool restyle(Restyle *s, size_t index, const Picture *from, const char *to, const char *alpha_to,
                    Err *err)
{
    EditRequest req = {
        .task = EDIT_RESTYLE,
        .image = &from->image,
        .alpha = image_empty(&from->alpha) ? NULL : &from->alpha,
        .prompt = item_prompt(s, index),
        .seed = item_seed(s, index),
        .width = from->image.width,
        .height = from->image.height,
    };
    EditResult out = { 0 };
    bool ok = s->run->roles.editor->edit(s->editor, &req, &out, err) &&
              picture_save(&out.image, &out.alpha, to, alpha_to, err);
    edit_result_clear(&out);
    return ok;
}

static bool make(void *user, size_t index, int worker, Str *note, Err *err)
{
    (void)worker;
    Restyle *s = user;
    const char *source = s->source[source_of(s, index)], *name = s->work->items[index].name;
    char *from = step_path(s->run, FOLDER_IMAGES, source, err);
    char *from_alpha = step_alpha_path(s->run, FOLDER_IMAGES, source, err);
    char *to = step_path(s->run, FOLDER_RESTYLED, name, err);
    char *to_alpha = step_alpha_path(s->run, FOLDER_RESTYLED, name, err);
    char *copy = step_path(s->run, FOLDER_COMBINED, name, err);
    Picture picture = { 0 };
    bool ok = from && from_alpha && to && to_alpha && copy &&
              picture_load(&picture, s->run, from, from_alpha, err) &&
              restyle(s, index, &picture, to, to_alpha, err) && file_link_or_copy(to, copy, err);
    str_add(note, item_prompt(s, index));
    picture_clear(&picture);
    free(from);
    free(from_alpha);
    free(to);
    free(to_alpha);
    free(copy);
    return ok;
}

/* ---- planning ----------------------------------------------------------------------------------- */

static bool list_sources(Restyle *s, Err *err)
{
    json_t *images = state_list(&s->run->state, "generated_images");
    s->source = calloc(json_array_size(images) + 1, sizeof *s->source);
    if (!s->source)
        return err_set(err, ERR_NOMEM, "no memory for the list of images");
    size_t i;
    json_t *v;
    json_array_foreach(images, i, v) s->source[s->source_count++] = path_name(json_string_value(v));
    return s->source_count ||
           err_set(err, ERR_STATE, "%s: step 5 needs the images of step 4; --start_from_step 4 makes them",
                   s->run->exec.folder);
}

/* The file, or where the default one is not there the same prompts from the program. */
static bool read_prompts(TextList *prompts, const RunConfig *cfg, Err *err)
{
    if (!cfg->predefined_prompts_file_given && !path_exists(cfg->predefined_prompts_file))
        return prompt_list_parse(builtin_restyle_prompts, "the built-in prompts of light and weather",
                                 prompts, err);
    return prompt_file_read(cfg->predefined_prompts_file, prompts, err);
}

static bool plan(Restyle *s, Err *err)
{
    const Run *run = s->run;
    const RunConfig *cfg = run->cfg;
    if (!list_sources(s, err) || !read_prompts(&s->prompts, cfg, err) ||
        !work_alloc(s->work, s->source_count * (size_t)cfg->qwen_augmentation_count, err))
        return false;
    for (size_t i = 0; i < s->work->count; i++) {
        const char *source = s->source[source_of(s, i)];
        WorkItem *w = &s->work->items[i];
        int stem = (int)(path_ext(source) - source);
        char *path = step_path(run, FOLDER_IMAGES, source, err);
        if (!path || asprintf(&w->name, "%.*s_qwen%03d.png", stem, source, variant_of(s, i)) < 0) {
            w->name = NULL;
            free(path);
            return err_set(err, ERR_NOMEM, "no memory for the plan of step 5");
        }
        w->key = key_text(key_upstream(run, 4, source, path), item_prompt(s, i));
        w->key = step_key_editor(run, key_number(w->key, item_seed(s, i)));
        free(path);
    }
    return true;
}

/* The combined folder: the originals, linked where the file system can. */
static bool copy_originals(const Restyle *s, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < s->source_count; i++) {
        char *from = step_path(s->run, FOLDER_IMAGES, s->source[i], err);
        char *to = step_path(s->run, FOLDER_COMBINED, s->source[i], err);
        ok = from && to && file_link_or_copy(from, to, err);
        free(from);
        free(to);
    }
    return ok;
}

/* The original copies into the combined folder at the end: give an adopted image its copy. */
static bool copy_adopted(const Restyle *s, Err *err)
{
    if (json_array_size(state_list(&s->run->state, FIELD_ADOPTED)) == 0)
        return true;
    bool ok = true;
    for (size_t i = 0; ok && i < s->work->count; i++) {
        const char *name = s->work->items[i].name;
        char *from = step_path(s->run, FOLDER_RESTYLED, name, err);
        char *to = step_path(s->run, FOLDER_COMBINED, name, err);
        ok = from && to &&
             (path_exists(to) || !path_exists(from) || !adopt_has(s->run, name) ||
              file_link_or_copy(from, to, err));
        free(from);
        free(to);
    }
    return ok;
}

static bool set_aside_others(const Restyle *s, Err *err)
{
    TextList keep;
    bool ok = step_keep_items(s->run, s->work, s->source_count, &keep, err) &&
              step_set_aside(s->run, FOLDER_RESTYLED, is_image_name, &keep, err) &&
              step_set_aside(s->run, FOLDER_RESTYLED "/alpha", is_image_name, &keep, err);
    for (size_t i = 0; ok && i < s->source_count; i++)
        keep.text[keep.count++] = (char *)s->source[i];
    ok = ok && step_set_aside(s->run, FOLDER_COMBINED, is_image_name, &keep, err);
    free(keep.text);
    return ok;
}

/* ---- state and summary -------------------------------------------------------------------------- */

static json_t *failed_record(const Restyle *s, size_t i)
{
    const JournalEntry *e = journal_find(s->run->journal, 5, s->work->items[i].name);
    return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "original_image", s->source[source_of(s, i)],
                     "aug_filename", s->work->items[i].name, "aug_index", variant_of(s, i), "prompt",
                     item_prompt(s, i), "timestamp", e && e->time ? e->time : "", "error_type",
                     "qwen_augmentation_failure", "error", e && e->error ? e->error : "");
}

static json_t *failures(const Restyle *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->work->count; i++)
        if (work_status(s->work, i) == WORK_FAILED && json_array_append_new(list, failed_record(s, i))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool fill_state(Restyle *s, Err *err)
{
    return state_set(&s->run->state, "failed_qwen_augmentations", failures(s), err);
}

static bool write_summary(Restyle *s, Err *err)
{
    const Run *run = s->run;
    size_t done = 0;
    for (size_t i = 0; i < s->work->count; i++)
        done += work_status(s->work, i) == WORK_DONE;
    size_t tried = s->work->count, failed = tried - done;
    char *source = step_path(run, FOLDER_IMAGES, NULL, err);
    char *restyled = step_path(run, FOLDER_RESTYLED, NULL, err);
    char *combined = step_path(run, FOLDER_COMBINED, NULL, err);
    bool ok = source && restyled && combined;
    json_t *m =
        !ok ? NULL
            : json_pack("{s:s, s:s, s:s, s:s, s:I, s:i, s:I, s:I, s:I, s:I, s:f, s:I, s:o}", "source_dataset",
                        source, "qwen_augmented_images", restyled, "qwen_combined_images", combined,
                        "predefined_prompts_file", run->cfg->predefined_prompts_file,
                        "num_predefined_prompts", (json_int_t)s->prompts.count,
                        "augmentation_count_per_image", run->cfg->qwen_augmentation_count,
                        "original_image_count", (json_int_t)s->source_count, "total_augmentations_attempted",
                        (json_int_t)tried, "successful_augmentations", (json_int_t)done,
                        "failed_augmentations", (json_int_t)failed, "success_rate",
                        tried ? 100.0 * (double)done / (double)tried : 100.0, "total_combined_images",
                        (json_int_t)(s->source_count + done), "failed_augmentation_details", failures(s));
    if (ok && !m)
        ok = err_set(err, ERR_NOMEM, "no memory for the summary of step 5");
    ok = ok && step_write_json(run, FOLDER_RESTYLED, "qwen_augmentation_summary.json", json_incref(m), err) &&
         step_write_json(run, FOLDER_COMBINED, "qwen_augmentation_summary.json", json_incref(m), err) &&
         state_set_text(&s->run->state, "qwen_combined_images_path", combined, err) &&
         state_set(&s->run->state, "qwen_augmentation_summary", json_incref(m), err);
    json_decref(m);
    free(source);
    free(restyled);
    free(combined);
    return ok;
}

static bool run_step(Run *run, bool failed_only, Err *err)
{
    Work work = { .step = 5,
                  .title = failed_only ? "Light and weather, again" : "Light and weather",
                  .open = open_editor,
                  .close = close_editor,
                  .present = present,
                  .make = make };
    Restyle s = { .run = run, .work = &work };
    work.user = &s;
    bool ok = step_folder(run, FOLDER_RESTYLED, NULL, err) &&
              step_folder(run, FOLDER_RESTYLED, "alpha", err) &&
              step_folder(run, FOLDER_COMBINED, NULL, err) && plan(&s, err) && copy_adopted(&s, err) &&
              adopt_items(run, &work, "failed_qwen_augmentations", "aug_filename", err);
    if (ok && failed_only)
        ok = step_work_failed(run, &work, err);
    else
        ok = ok && set_aside_others(&s, err) && copy_originals(&s, err) && step_work(run, &work, err);
    ok = ok && fill_state(&s, err) && write_summary(&s, err);
    work_clear(&work);
    text_list_clear(&s.prompts);
    free(s.source);
    return ok;
}

bool step5_restyle(Run *run, Err *err)
{
    return run_step(run, false, err);
}

bool step5_retry(Run *run, Err *err)
{
    return run_step(run, true, err);
}

bool step5_check(const RunConfig *cfg, Err *err)
{
    TextList prompts = { 0 };
    bool ok = read_prompts(&prompts, cfg, err);
    text_list_clear(&prompts);
    return ok;
}
