/* Step 2: the object from several sides. */
#include "pipeline/step.h"

#include "base/rng.h"
#include "roles/view_poses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Run *run;
    Picture object;
    ViewPose *poses;
    ViewsRequest request;
    Work *work;
    void *views;
} Perspectives;

static bool open_views(void *user, Err *err)
{
    Perspectives *s = user;
    return s->run->roles.views->open(&s->views, step_role_config(s->run, s->run->roles.views->all_threads),
                                     &s->request, err);
}

static void close_views(void *user)
{
    Perspectives *s = user;
    s->run->roles.views->close(s->views);
}

static bool present(void *user, size_t index)
{
    Perspectives *s = user;
    Err err = { 0 };
    char *path = step_path(s->run, FOLDER_VIEWS, s->work->items[index].name, &err);
    bool there = path && path_exists(path);
    free(path);
    return there;
}

static bool make(void *user, size_t index, int worker, Str *note, Err *err)
{
    (void)worker, (void)note;
    Perspectives *s = user;
    const char *name = s->work->items[index].name;
    char *image_path = step_path(s->run, FOLDER_VIEWS, name, err);
    char *alpha_path = step_alpha_path(s->run, FOLDER_VIEWS, name, err);
    ViewResult out = { 0 };
    bool ok = image_path && alpha_path && s->run->roles.views->render(s->views, index, &out, err) &&
              picture_save(&out.image, &out.alpha, image_path, alpha_path, err);
    view_result_clear(&out);
    free(image_path);
    free(alpha_path);
    return ok;
}

static char *file_name(size_t index, const ViewPose *p)
{
    Str name = { 0 };
    view_pose_add_name(&name, index, p);
    str_add(&name, ".png");
    return str_take(&name);
}

/* One item for each view, elevation and distance asked for. */
static bool plan(Perspectives *s, Work *work, Err *err)
{
    Run *run = s->run;
    const RunConfig *cfg = run->cfg;
    size_t count = 0;
    if (!view_poses_from_names(&cfg->views, &cfg->elevations, &cfg->distances, &s->poses, &count, err) ||
        !work_alloc(work, count, err))
        return false;
    s->request = (ViewsRequest){ &s->object.image,
                                 image_empty(&s->object.alpha) ? NULL : &s->object.alpha,
                                 s->poses,
                                 count,
                                 cfg->width,
                                 cfg->height,
                                 seed_derive(cfg->seed, "views", 0, 0, 0) };
    uint64_t base = key_image(key_image(cfg->seed, &s->object.image), &s->object.alpha);
    base = key_number(key_number(base, (uint64_t)cfg->width), (uint64_t)cfg->height);
    base = step_key_views(run, base);
    for (size_t i = 0; i < count; i++) {
        const ViewPose *p = &s->poses[i];
        work->items[i].name = file_name(i, p);
        work->items[i].key = key_text(key_text(key_text(base, p->view), p->elevation), p->distance);
        if (!work->items[i].name)
            return err_set(err, ERR_NOMEM, "no memory for the perspectives");
    }
    return true;
}

static bool is_perspective(const char *name)
{
    return !strncmp(name, "perspective_", 12) && is_image_name(name);
}

/* What the original writes of each view, into the state and metadata.json. */
static json_t *view_info(const Perspectives *s, size_t i)
{
    const ViewPose *p = &s->poses[i];
    Str prompt = { 0 };
    view_pose_add_prompt(&prompt, p);
    json_t *info = prompt.failed ? NULL
                                 : json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "index", (int)i, "view",
                                             p->view, "elevation", p->elevation, "distance", p->distance,
                                             "prompt", prompt.s, "generator", s->run->roles.views->name);
    str_clear(&prompt);
    return info;
}

static bool fill_state(Perspectives *s, Err *err)
{
    Run *run = s->run;
    json_t *paths = json_array(), *infos = json_array();
    bool ok = true;
    for (size_t i = 0; ok && i < s->work->count; i++) {
        if (work_status(s->work, i) != WORK_DONE)
            continue;
        char *path = step_path(run, FOLDER_VIEWS, s->work->items[i].name, err);
        ok = path && json_array_append_new(paths, json_string(path)) == 0 &&
             json_array_append_new(infos, view_info(s, i)) == 0;
        free(path);
    }
    if (!ok)
        err_set(err, ERR_NOMEM, "no memory for the perspectives");
    ok = state_set(&run->state, "perspective_images", paths, err) && ok;
    ok = state_set(&run->state, "perspective_view_info", infos, err) && ok;
    return state_set_text(&run->state, "perspective_generator", run->roles.views->name, err) && ok;
}

static bool set_aside_others(Perspectives *s, Err *err)
{
    TextList keep;
    bool ok = step_keep_items(s->run, s->work, 0, &keep, err) &&
              step_set_aside(s->run, FOLDER_VIEWS, is_perspective, &keep, err) &&
              step_set_aside(s->run, FOLDER_VIEWS "/alpha", is_perspective, &keep, err);
    free(keep.text);
    return ok;
}

static bool load_object(Perspectives *s, Err *err)
{
    char *image = step_path(s->run, FILE_WHITE, NULL, err);
    char *alpha = step_alpha_path(s->run, "", FILE_WHITE, err);
    bool ok = image && alpha && picture_load(&s->object, s->run, image, alpha, err);
    if (!ok && err->kind == ERR_MISSING)
        err_prefix(err, "step 2 needs the result of step 1 (--start_from_step 1 makes it): ");
    free(image);
    free(alpha);
    return ok;
}

bool step2_perspectives(Run *run, Err *err)
{
    Work work = { .step = 2,
                  .title = "Perspectives",
                  .alone = run->roles.views->all_threads,
                  .open = open_views,
                  .close = close_views,
                  .present = present,
                  .make = make };
    Perspectives s = { .run = run, .work = &work };
    work.user = &s;
    bool ok = load_object(&s, err) && step_folder(run, FOLDER_VIEWS, NULL, err) &&
              step_folder(run, FOLDER_VIEWS, "alpha", err) && plan(&s, &work, err) &&
              set_aside_others(&s, err) && step_work(run, &work, err) && fill_state(&s, err);
    if (ok && work.failed == work.count)
        ok =
            err_set(err, ERR_INPUT, "step 2: no view of the object could be made; the journal in %s says why",
                    run->exec.folder);
    work_clear(&work);
    free(s.poses);
    picture_clear(&s.object);
    return ok;
}
