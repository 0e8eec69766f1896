/* The role `views`: Qwen-Image-Edit with a LoRA that was trained on camera positions. */
#include "roles/qwen/qwen.h"

#include "base/file.h"
#include "roles/model_folder.h"
#include "roles/qwen/parts.h"
#include "roles/view_poses.h"

#include <stdlib.h>
#include <string.h>

static const char MODEL[] = "ovedrive/Qwen-Image-Edit-2511-4bit",
                  LORA[] = "fal/Qwen-Image-Edit-2511-Multiple-Angles-LoRA";

/* ---- which model and which LoRA ----------------------------------------------------------------- */

/* --multicamera_model, else the original's in the cache, else the editor's where that is a folder that somebody named. The
 * caller frees it; NULL with *err set. */
static char *find_model(const RoleConfig *cfg, Err *err)
{
    const char *named = qwen_settings(cfg)->multicamera_model;
    char *folder;
    if (!named && cfg->model_path && path_is_folder(cfg->model_path)) {
        Err not_cached = { 0 };
        if (!model_folder_locate(&folder, MODEL, "multicamera_model", cfg->cache_dir, &not_cached))
            named = cfg->model_path;
        else
            return folder;
    }
    return model_folder_locate(&folder, named ? named : MODEL, "multicamera_model", cfg->cache_dir, err)
               ? folder
               : NULL;
}

/* The LoRAs to use: those asked for, else the original's. On failure *out is empty. */
static bool find_loras(LoraFiles *out, const RoleConfig *cfg, Err *err)
{
    static char *original[] = { (char *)LORA };
    const TextList *given = &qwen_settings(cfg)->multicamera_loras, usual = { original, 1 };
    *out = (LoraFiles){ 0 };
    if (given->count == 1 && strcmp(given->text[0], "none") == 0)
        return true;
    if (given->count > 0)
        return lora_files_find(out, given, cfg->cache_dir, err) || err_prefix(err, "--multicamera_lora: ");
    if (lora_files_find(out, &usual, cfg->cache_dir, err))
        return true;
    if (cfg->tentative)
        return err_set(
            err, ERR_MISSING,
            "%s is not in the cache; name the LoRA for camera positions with --multicamera_lora FILE", LORA);
    err_clear(err);
    log_warn(cfg->log,
             "without %s, which --multicamera_lora names, the model may not turn the object as it is told",
             LORA);
    return true;
}

static bool probe(const RoleConfig *cfg, Err *err)
{
    LoraFiles loras = { 0 };
    RoleConfig quiet = *cfg;
    quiet.log = NULL;
    char *folder = find_model(cfg, err);
    bool ok = folder && qwen_parts_probe(folder, err) && find_loras(&loras, &quiet, err);
    lora_files_clear(&loras);
    free(folder);
    return ok;
}

/* ---- views -------------------------------------------------------------------------------------- */

/* Borrowed until it closes: settings and request. */
typedef struct {
    QwenEdit *edit;
    const QwenSettings *settings;
    const ViewsRequest *request;
} Multicamera;

/* The LoRA knows positions by their names. */
static bool knows(const ViewPose *pose, Err *err)
{
    for (size_t i = 0; view_name(i); i++)
        if (strcmp(view_name(i), pose->view) == 0)
            for (size_t k = 0; elevation_name(k); k++)
                if (strcmp(elevation_name(k), pose->elevation) == 0)
                    return true;
    return err_set(
        err, ERR_USAGE,
        "qwen_multicamera does not know the position \"%s, %s\": it takes no degrees, only the names "
        "that --help lists under views and elevations",
        pose->view, pose->elevation);
}

static void close_views(void *self)
{
    Multicamera *m = self;
    if (m)
        qwen_edit_close(m->edit);
    free(m);
}

static bool open_edit(Multicamera *m, const RoleConfig *cfg, Err *err)
{
    LoraFiles loras = { 0 };
    char *folder = find_model(cfg, err);
    bool ok = folder && find_loras(&loras, cfg, err);
    if (ok) {
        QwenEditOptions o = { .parts = { .folder = folder,
                                         .scheduler_config = qwen_settings(cfg)->scheduler_config,
                                         .loras = &loras },
                              .threads = cfg->threads,
                              .log = cfg->log,
                              .cancel = cfg->cancel };
        ok = qwen_edit_open(&m->edit, &o, err);
    }
    lora_files_clear(&loras);
    free(folder);
    return ok;
}

static bool open_views(void **self, const RoleConfig *cfg, const ViewsRequest *req, Err *err)
{
    *self = NULL;
    for (size_t i = 0; i < req->count; i++)
        if (!knows(&req->pose[i], err))
            return false;
    Multicamera *m = calloc(1, sizeof *m);
    if (!m)
        return err_set(err, ERR_NOMEM, "no memory for the views");
    m->settings = qwen_settings(cfg);
    m->request = req;
    if (!open_edit(m, cfg, err)) {
        close_views(m);
        return false;
    }
    *self = m;
    return true;
}

/* All views of an object begin with the same noise, which keeps its light and ground the same. */
static bool render(void *self, size_t index, ViewResult *out, Err *err)
{
    const Multicamera *m = self;
    const ViewPose *pose = &m->request->pose[index];
    QwenEditRequest r = qwen_request(m->settings, "");
    Str prompt = { 0 };
    *out = (ViewResult){ 0 };
    view_pose_add_prompt(&prompt, pose);
    r.images = &m->request->image;
    r.image_count = 1;
    r.prompt = str_text(&prompt);
    r.width = m->request->width;
    r.height = m->request->height;
    r.seed = m->request->seed;
    bool ok = prompt.failed ? err_set(err, ERR_NOMEM, "no memory for a prompt")
                            : qwen_edit_make(m->edit, &r, &out->image, err);
    str_clear(&prompt);
    return ok;
}

static void describe(const RoleConfig *cfg, Str *out)
{
    const QwenSettings *s = qwen_settings(cfg);
    qwen_describe(cfg, s->multicamera_model ? s->multicamera_model : cfg->model_path, &s->multicamera_loras,
                  out);
}

const Views views_qwen_multicamera = {
    .name = "qwen_multicamera",
    .all_threads = true,
    .describe = describe,
    .probe = probe,
    .open = open_views,
    .render = render,
    .close = close_views,
};
