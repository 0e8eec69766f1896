/* Step 1: the object alone on white. */
#include "pipeline/step.h"

#include "base/rng.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Run *run;
    char *prompt, *image_path, *alpha_path;
    void *editor;
} Isolate;

static bool open_editor(void *user, Err *err)
{
    Isolate *s = user;
    return s->run->roles.editor->open(&s->editor, step_role_config(s->run, s->run->roles.editor->all_threads),
                                      err);
}

static void close_editor(void *user)
{
    Isolate *s = user;
    s->run->roles.editor->close(s->editor);
}

static bool present(void *user, size_t index)
{
    (void)index;
    return path_exists(((Isolate *)user)->image_path);
}

static bool make(void *user, size_t index, int worker, Str *note, Err *err)
{
    (void)index, (void)worker, (void)note;
    Isolate *s = user;
    const RunConfig *cfg = s->run->cfg;
    EditRequest req = {
        .task = EDIT_ISOLATE,
        .image = &s->run->reference.photo,
        .alpha = image_empty(&s->run->reference.mask) ? NULL : &s->run->reference.mask,
        .prompt = s->prompt,
        .seed = seed_derive(cfg->seed, "isolate", 0, 0, 0),
        .width = cfg->width,
        .height = cfg->height,
    };
    EditResult out = { 0 };
    bool ok = s->run->roles.editor->edit(s->editor, &req, &out, err) &&
              picture_save(&out.image, &out.alpha, s->image_path, s->alpha_path, err);
    edit_result_clear(&out);
    return ok;
}

static bool prepare(Isolate *s, Work *work, Err *err)
{
    Run *run = s->run;
    const RunConfig *cfg = run->cfg;
    s->image_path = step_path(run, FILE_WHITE, NULL, err);
    s->alpha_path = step_alpha_path(run, "", FILE_WHITE, err);
    if (!s->image_path || !s->alpha_path || !step_folder(run, "alpha", NULL, err))
        return false;
    if (asprintf(&s->prompt, "%s with white background, while maintaining object's features and shape",
                 cfg->object_name) < 0)
        return err_set(err, ERR_NOMEM, "no memory");
    if (!work_alloc(work, 1, err))
        return false;
    work->items[0].name = strdup(FILE_WHITE);
    uint64_t key = key_image(key_image(cfg->seed, &s->run->reference.photo), &s->run->reference.mask);
    key = step_key_editor(run, key_text(key, s->prompt));
    work->items[0].key = key_number(key_number(key, (uint64_t)cfg->width), (uint64_t)cfg->height);
    return work->items[0].name || err_set(err, ERR_NOMEM, "no memory");
}

bool step1_isolate(Run *run, Err *err)
{
    Isolate s = { .run = run };
    Work work = { .step = 1,
                  .title = "White background",
                  .alone = run->roles.editor->all_threads,
                  .user = &s,
                  .open = open_editor,
                  .close = close_editor,
                  .present = present,
                  .make = make };
    bool ok = prepare(&s, &work, err) && step_work(run, &work, err);
    if (ok && work.failed) {
        /* Nothing can follow without it. */
        const JournalEntry *e = journal_find(run->journal, 1, FILE_WHITE);
        ok = err_set(err, ERR_INPUT, "step 1: %s",
                     e && e->error ? e->error : "the object could not be isolated");
    }
    if (ok)
        ok = state_set_text(&run->state, "white_bg_image", s.image_path, err);
    work_clear(&work);
    free(s.prompt);
    free(s.image_path);
    free(s.alpha_path);
    return ok;
}
