/* Step 4: every perspective in every scene. */
#include "pipeline/step.h"

#include "pipeline/adopt.h"
#include "pipeline/dataset_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    Run *run;
    Work *work;
    DatasetPlan plan;
    Picture *perspectives; /* loaded when the editor opens */
    int perspective_count;
    uint64_t *perspective_keys;
    void *editor;
} Dataset;

static const char *list_text(const Run *run, const char *field, size_t i)
{
    const char *s = json_string_value(json_array_get(state_list(&run->state, field), i));
    return s ? s : "";
}

/* ---- making an image ---------------------------------------------------------------------------- */

static void close_editor(void *user)
{
    Dataset *s = user;
    if (s->editor)
        s->run->roles.editor->close(s->editor);
    s->editor = NULL;
    for (int i = 0; s->perspectives && i < s->perspective_count; i++)
        picture_clear(&s->perspectives[i]);
    free(s->perspectives);
    s->perspectives = NULL;
}

static bool load_perspective(Dataset *s, int i, Err *err)
{
    const char *name = path_name(list_text(s->run, "perspective_images", (size_t)i));
    char *image = step_path(s->run, FOLDER_VIEWS, name, err);
    char *alpha = step_alpha_path(s->run, FOLDER_VIEWS, name, err);
    bool ok = image && alpha && picture_load(&s->perspectives[i], s->run, image, alpha, err);
    free(image);
    free(alpha);
    return ok;
}

static bool open_editor(void *user, Err *err)
{
    Dataset *s = user;
    s->perspectives = calloc((size_t)s->perspective_count, sizeof *s->perspectives);
    bool ok = s->perspectives || err_set(err, ERR_NOMEM, "no memory for the perspectives");
    for (int i = 0; ok && i < s->perspective_count; i++)
        ok = load_perspective(s, i, err);
    if (ok && !s->run->roles.editor->open(&s->editor,
                                          step_role_config(s->run, s->run->roles.editor->all_threads), err)) {
        s->editor = NULL;
        ok = false;
    }
    if (!ok)
        close_editor(s);
    return ok;
}

static bool present(void *user, size_t index)
{
    Dataset *s = user;
    Err err = { 0 };
    char *path = step_path(s->run, FOLDER_IMAGES, s->work->items[index].name, &err);
    bool there = path && path_exists(path);
    free(path);
    return there;
}

static bool make(void *user, size_t index, int worker, Str *note, Err *err)
{
    (void)worker, (void)note;
    Dataset *s = user;
    const DatasetItem *item = &s->plan.items[index];
    const char *name = s->work->items[index].name;
    const Picture *from = &s->perspectives[item->perspective];
    char id[32];
    snprintf(id, sizeof id, "perspective %d", item->perspective);
    EditRequest req = {
        .task = EDIT_PLACE,
        .image = &from->image,
        .alpha = image_empty(&from->alpha) ? NULL : &from->alpha,
        .image_id = id,
        .prompt = list_text(s->run, "prompts", (size_t)item->prompt),
        .seed = item->seed,
        .width = s->run->cfg->width,
        .height = s->run->cfg->height,
    };
    EditResult out = { 0 };
    char *image_path = step_path(s->run, FOLDER_IMAGES, name, err);
    char *alpha_path = step_alpha_path(s->run, FOLDER_IMAGES, name, err);
    bool ok = image_path && alpha_path && s->run->roles.editor->edit(s->editor, &req, &out, err) &&
              picture_save(&out.image, &out.alpha, image_path, alpha_path, err);
    edit_result_clear(&out);
    free(image_path);
    free(alpha_path);
    return ok;
}

/* ---- state and reports -------------------------------------------------------------------------- */

static json_t *failed_record(const Dataset *s, size_t i)
{
    const DatasetItem *item = &s->plan.items[i];
    const JournalEntry *e = journal_find(s->run->journal, 4, s->work->items[i].name);
    return json_pack("{s:i, s:i, s:i, s:I, s:s, s:s, s:s, s:s}", "perspective_idx", item->perspective,
                     "prompt_idx", item->prompt, "iteration", item->iteration, "seed", (json_int_t)item->seed,
                     "filename", s->work->items[i].name, "perspective_path",
                     list_text(s->run, "perspective_images", (size_t)item->perspective), "prompt",
                     list_text(s->run, "prompts", (size_t)item->prompt), "error",
                     e && e->error ? e->error : "");
}

/* Put what is made and what failed into the state, in the order of the plan. */
static bool fill_state(Dataset *s, Err *err)
{
    json_t *made = json_array(), *failed = json_array();
    Str path = { 0 };
    bool ok = made && failed;
    for (size_t i = 0; ok && i < s->work->count; i++) {
        WorkStatus status = work_status(s->work, i);
        if (status == WORK_DONE) {
            str_reset(&path);
            str_printf(&path, "%s/" FOLDER_IMAGES "/%s", s->run->exec.folder, s->work->items[i].name);
            ok = json_array_append_new(made, json_string(str_text(&path))) == 0;
        } else if (status == WORK_FAILED)
            ok = json_array_append_new(failed, failed_record(s, i)) == 0;
    }
    str_clear(&path);
    if (!ok)
        err_set(err, ERR_NOMEM, "no memory for the list of images");
    ok = state_set(&s->run->state, "generated_images", made, err) && ok;
    return state_set(&s->run->state, "failed_images", failed, err) && ok;
}

static bool checkpoint(void *user, Err *err)
{
    Dataset *s = user;
    return fill_state(s, err) && step_save_state(s->run, err);
}

static bool write_metadata(const Dataset *s, Err *err)
{
    const Run *run = s->run;
    const State *st = &run->state;
    size_t made = json_array_size(state_list(st, "generated_images"));
    size_t failed = json_array_size(state_list(st, "failed_images"));
    json_t *m = json_pack(
        "{s:s, s:s?, s:s, s:i, s:I, s:i, s:I, s:I, s:I, s:O, s:O, s:O, s:O, s:s, s:I}", "object_name",
        run->cfg->object_name, "input_image", run->cfg->input_image, "perspective_generator",
        state_text(st, "perspective_generator") ? state_text(st, "perspective_generator") : "",
        "num_perspectives", s->perspective_count, "num_prompts",
        (json_int_t)json_array_size(state_list(st, "prompts")), "num_iterations_per_prompt",
        run->cfg->num_iterations, "num_generated_images", (json_int_t)(made + failed),
        "num_successful_images", (json_int_t)made, "num_failed_images", (json_int_t)failed, "prompts",
        state_list(st, "prompts"), "classes", state_list(st, "classes"), "perspective_view_info",
        state_list(st, "perspective_view_info"), "failed_images", state_list(st, "failed_images"), "editor",
        run->roles.editor->name, "seed", (json_int_t)run->cfg->seed);
    return step_write_json(run, FOLDER_IMAGES, "metadata.json", m, err);
}

static bool write_failure_report(const Dataset *s, Err *err)
{
    char *path = step_path(s->run, FOLDER_IMAGES, "failure_report.txt", err);
    if (!path)
        return false;
    const json_t *failed = state_list(&s->run->state, "failed_images");
    size_t i, n = json_array_size(failed);
    json_t *f;
    bool ok = true;
    if (n == 0)
        unlink(path); /* of an earlier attempt */
    else {
        Str text = { 0 };
        str_printf(&text,
                   "%zu of %zu images could not be made. Try them again with --execution_mode by_name "
                   "--execution_name %s --retry_failed\n\n",
                   n, s->work->count, s->run->exec.name);
        json_array_foreach(failed, i, f) str_printf(
            &text, "%s\n  prompt: %s\n  error:  %s\n", json_string_value(json_object_get(f, "filename")),
            json_string_value(json_object_get(f, "prompt")), json_string_value(json_object_get(f, "error")));
        ok = text.failed ? err_set(err, ERR_NOMEM, "%s: no memory", path)
                         : file_write(path, text.s, text.len, err);
        str_clear(&text);
    }
    free(path);
    return ok;
}

/* ---- planning ----------------------------------------------------------------------------------- */

/* Names that somebody else drew, or a run whose record is lost. */
static const char **adopted_names(const Run *run, size_t *count)
{
    const json_t *list = state_list(&run->state, FIELD_ADOPTED);
    *count = json_array_size(list);
    const char **names = calloc(*count + 1, sizeof *names);
    for (size_t i = 0; names && i < *count; i++)
        names[i] = json_string_value(json_array_get(list, i));
    return names;
}

static bool plan_items(Dataset *s, Err *err)
{
    const Run *run = s->run;
    size_t adopted_count = 0;
    const char **adopted = adopted_names(run, &adopted_count);
    if (!adopted)
        return err_set(err, ERR_NOMEM, "no memory for the list of images");
    DatasetPlanOptions opt = {
        .perspectives = s->perspective_count,
        .prompts = (int)json_array_size(state_list(&run->state, "prompts")),
        .iterations = run->cfg->num_iterations,
        .seed = run->cfg->seed,
        .adopted = adopted,
        .adopted_count = adopted_count,
    };
    bool ok = dataset_plan(&s->plan, &opt, err) && work_alloc(s->work, s->plan.count, err);
    free(adopted);
    for (size_t i = 0; ok && i < s->plan.count; i++) {
        const DatasetItem *item = &s->plan.items[i];
        char name[DATASET_NAME_SIZE];
        dataset_item_name(name, item);
        WorkItem *w = &s->work->items[i];
        w->name = strdup(name);
        w->key =
            key_text(s->perspective_keys[item->perspective], list_text(run, "prompts", (size_t)item->prompt));
        w->key = key_number(w->key, item->seed);
        ok = w->name || err_set(err, ERR_NOMEM, "no memory for a plan of %zu images", s->plan.count);
    }
    return ok;
}

/* All of an image's content but prompt and seed. */
static bool key_perspectives(Dataset *s, Err *err)
{
    const Run *run = s->run;
    s->perspective_keys = calloc((size_t)s->perspective_count + 1, sizeof *s->perspective_keys);
    if (!s->perspective_keys)
        return err_set(err, ERR_NOMEM, "no memory for the perspectives");
    for (int i = 0; i < s->perspective_count; i++) {
        const char *name = path_name(list_text(run, "perspective_images", (size_t)i));
        char *path = step_path(run, FOLDER_VIEWS, name, err);
        if (!path)
            return false;
        uint64_t key = step_key_editor(run, key_upstream(run, 2, name, path));
        s->perspective_keys[i] =
            key_number(key_number(key, (uint64_t)run->cfg->width), (uint64_t)run->cfg->height);
        free(path);
    }
    return true;
}

static bool prepare(Dataset *s, Err *err)
{
    Run *run = s->run;
    if (!step3_reread(run, err))
        return false;
    s->perspective_count = (int)json_array_size(state_list(&run->state, "perspective_images"));
    if (s->perspective_count == 0 || json_array_size(state_list(&run->state, "prompts")) == 0)
        return err_set(err, ERR_STATE,
                       "%s: step 4 needs the perspectives of step 2 and the prompts of step 3; "
                       "--start_from_step 2 makes them",
                       run->exec.folder);
    return step_folder(run, FOLDER_IMAGES, NULL, err) && step_folder(run, FOLDER_IMAGES, "alpha", err) &&
           key_perspectives(s, err) && plan_items(s, err);
}

static bool is_generated(const char *name)
{
    DatasetItem item;
    return dataset_item_parse(&item, name);
}

static bool set_aside_others(const Dataset *s, Err *err)
{
    TextList keep;
    bool ok = step_keep_items(s->run, s->work, 0, &keep, err) &&
              step_set_aside(s->run, FOLDER_IMAGES, is_generated, &keep, err) &&
              step_set_aside(s->run, FOLDER_IMAGES "/alpha", is_generated, &keep, err);
    free(keep.text);
    return ok;
}

static void dataset_clear(Dataset *s)
{
    work_clear(s->work);
    dataset_plan_clear(&s->plan);
    free(s->perspective_keys);
}

static bool finish(Dataset *s, Err *err)
{
    return fill_state(s, err) && write_metadata(s, err) && write_failure_report(s, err);
}

static Work work_of(Dataset *s, const Run *run, const char *title)
{
    return (Work){ .step = 4,
                   .title = title,
                   .alone = run->roles.editor->all_threads,
                   .open = open_editor,
                   .close = close_editor,
                   .present = present,
                   .make = make,
                   .checkpoint = checkpoint,
                   .user = s };
}

bool step4_dataset(Run *run, Err *err)
{
    Dataset s;
    Work work = work_of(&s, run, "Scenes");
    s = (Dataset){ .run = run, .work = &work };
    bool ok = prepare(&s, err) && adopt_items(run, &work, "failed_images", "filename", err) &&
              set_aside_others(&s, err);
    if (ok) {
        ok = step_work(run, &work, err);
        Err later = { 0 };
        if (!ok && !fill_state(&s, &later)) /* what was made before the end counts */
            log_warn(run->hooks->log, "%s", later.msg);
        ok = ok && finish(&s, err);
    }
    if (ok && work.failed && work.failed == work.count)
        ok = err_set(err, ERR_INPUT,
                     "step 4: every image failed; %s/" FOLDER_IMAGES "/failure_report.txt says why",
                     run->exec.folder);
    dataset_clear(&s);
    return ok;
}

bool step4_retry(Run *run, Err *err)
{
    Dataset s;
    Work work = work_of(&s, run, "Scenes, again");
    s = (Dataset){ .run = run, .work = &work };
    bool ok = prepare(&s, err) && adopt_items(run, &work, "failed_images", "filename", err) &&
              step_work_failed(run, &work, err) && finish(&s, err);
    dataset_clear(&s);
    return ok;
}
