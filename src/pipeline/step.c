#include "pipeline/step.h"

#include "pipeline/set_aside.h"
#include "vision/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool step_work(Run *run, Work *work, Err *err)
{
    RunnerEnv env = { run->journal, run->hooks->progress, run->hooks->cancel };
    work->jobs = work->alone ? 1 : run->jobs;
    work->max_retries = run->cfg->max_retries;
    bool ok = work_run(work, &env, err);
    run->failed += work->failed;
    return ok;
}

const RoleConfig *step_role_config(const Run *run, bool alone)
{
    return alone ? &run->role_config_alone : &run->role_config;
}

static uint64_t key_role(uint64_t key, const char *name, void (*describe)(const RoleConfig *, Str *),
                         const RoleConfig *cfg)
{
    Str text = { 0 };
    key = key_text(key, name);
    if (!describe)
        return key;
    describe(cfg, &text);
    key = key_text(key, str_text(&text));
    str_clear(&text);
    return key;
}

uint64_t step_key_editor(const Run *run, uint64_t key)
{
    return key_role(key, run->roles.editor->name, run->roles.editor->describe, &run->role_config);
}

uint64_t step_key_views(const Run *run, uint64_t key)
{
    return key_role(key, run->roles.views->name, run->roles.views->describe, &run->role_config);
}

uint64_t step_key_writer(const Run *run, uint64_t key)
{
    return key_role(key, run->roles.writer->name, run->roles.writer->describe, &run->role_config);
}

bool step_work_failed(Run *run, Work *work, Err *err)
{
    bool *chosen = calloc(work->count + 1, sizeof *chosen);
    if (!chosen)
        return err_set(err, ERR_NOMEM, "no memory to try failed items again");
    size_t n = 0;
    for (size_t i = 0; i < work->count; i++) {
        const JournalEntry *e = journal_find(run->journal, work->step, work->items[i].name);
        chosen[i] = e && !e->ok;
        n += chosen[i];
    }
    if (n == 0)
        log_info(run->hooks->log, "nothing failed in step %d; there is nothing to try again", work->step);
    work->chosen = chosen;
    bool ok = step_work(run, work, err);
    work->chosen = NULL;
    free(chosen);
    return ok;
}

char *step_path(const Run *run, const char *a, const char *b, Err *err)
{
    char *path = execution_path(&run->exec, a, b);
    if (!path)
        err_set(err, ERR_NOMEM, "%s: no memory", run->exec.folder);
    return path;
}

char *step_alpha_path(const Run *run, const char *folder, const char *name, Err *err)
{
    char *path = NULL;
    const char *slash = *folder ? "/" : "";
    int stem = (int)(path_ext(name) - name);
    if (asprintf(&path, "%s/%s%salpha/%.*s.png", run->exec.folder, folder, slash, stem, name) >= 0)
        return path;
    err_set(err, ERR_NOMEM, "%s: no memory", run->exec.folder);
    return NULL;
}

bool step_folder(const Run *run, const char *folder, const char *sub, Err *err)
{
    char *path = step_path(run, folder, sub, err);
    bool ok = path && folder_make(path, err);
    if (ok)
        folder_sweep(path);
    free(path);
    return ok;
}

bool picture_load(Picture *p, const Run *run, const char *image_path, const char *alpha_path, Err *err)
{
    DecodeOptions rgb = { .channels = 3, .upright = true, .max_pixels = (size_t)run->cfg->max_pixels };
    DecodeOptions gray = { .channels = 1, .max_pixels = (size_t)run->cfg->max_pixels };
    *p = (Picture){ 0 };
    if (!image_load(&p->image, image_path, &rgb, err))
        return false;
    if (!alpha_path || !path_exists(alpha_path))
        return true;
    if (!image_load(&p->alpha, alpha_path, &gray, err))
        goto fail;
    if (p->alpha.width == p->image.width && p->alpha.height == p->image.height)
        return true;
    err_set(err, ERR_INPUT, "%s: is %d x %d pixels, its image %d x %d; remove it, or make the image again",
            alpha_path, p->alpha.width, p->alpha.height, p->image.width, p->image.height);
fail:
    picture_clear(p);
    return false;
}

bool picture_save(const Image *image, const Image *alpha, const char *image_path, const char *alpha_path,
                  Err *err)
{
    if (image_empty(alpha))
        unlink(alpha_path);
    else if (!image_save(alpha, alpha_path, 0, err))
        return false;
    return image_save(image, image_path, 0, err);
}

void picture_clear(Picture *p)
{
    image_clear(&p->image);
    image_clear(&p->alpha);
}

bool step_set_aside(const Run *run, const char *folder, bool (*is_output)(const char *name), TextList *keep,
                    Err *err)
{
    char *from = step_path(run, folder, NULL, err);
    char *to = step_path(run, FOLDER_REPLACED, folder, err);
    bool ok = from && to && folder_set_aside(from, to, is_output, keep, run->hooks->log, err);
    free(from);
    free(to);
    return ok;
}

bool step_keep_items(const Run *run, const Work *work, size_t more, TextList *keep, Err *err)
{
    *keep = (TextList){ calloc(work->count + more + 1, sizeof(char *)), 0 };
    if (!keep->text)
        return err_set(err, ERR_NOMEM, "no memory for the %zu items of step %d", work->count, work->step);
    for (size_t i = 0; i < work->count; i++) {
        const JournalEntry *e = journal_find(run->journal, work->step, work->items[i].name);
        if (!e || !e->ok || e->key == work->items[i].key)
            keep->text[keep->count++] = work->items[i].name;
    }
    return true;
}

uint64_t key_upstream(const Run *run, int step, const char *item, const char *path)
{
    const JournalEntry *e = journal_find(run->journal, step, item);
    return e ? e->key : key_file(0, path);
}

bool step_write_json(const Run *run, const char *a, const char *b, json_t *value, Err *err)
{
    char *path = step_path(run, a, b, err);
    char *text = value ? json_dumps(value, JSON_INDENT(2)) : NULL;
    bool ok = path && (text || err_set(err, ERR_NOMEM, "%s: no memory to write it", path)) &&
              file_write(path, text, strlen(text), err);
    free(text);
    free(path);
    json_decref(value);
    return ok;
}

bool step_save_state(const Run *run, Err *err)
{
    char *path = step_path(run, FILE_STATE, NULL, err);
    bool ok = path && state_save(&run->state, path, err);
    free(path);
    return ok;
}
