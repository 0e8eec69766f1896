/* The role `editor`: Qwen-Image-Edit does what the prompt says. */
#include "roles/qwen/qwen.h"

#include "roles/model_folder.h"
#include "roles/qwen/parts.h"

#include <stdlib.h>

const QwenSettings qwen_settings_default = { .num_inference_steps = 20, .true_cfg_scale = 4 };

const QwenSettings *qwen_settings(const RoleConfig *cfg)
{
    return cfg->qwen ? cfg->qwen : &qwen_settings_default;
}

static bool probe(const RoleConfig *cfg, Err *err)
{
    char *folder;
    if (!model_folder_locate(&folder, cfg->model_path, "model_path", cfg->cache_dir, err))
        return false;
    bool ok = qwen_parts_probe(folder, err);
    free(folder);
    return ok;
}

bool qwen_open_editor(QwenEdit **out, const RoleConfig *cfg, Err *err)
{
    const QwenSettings *s = qwen_settings(cfg);
    char *folder;
    LoraFiles loras = { 0 };
    *out = NULL;
    if (!model_folder_locate(&folder, cfg->model_path, "model_path", cfg->cache_dir, err))
        return false;
    QwenEditOptions o = { .parts = { .folder = folder,
                                     .scheduler_config = s->scheduler_config,
                                     .transformer = s->transformer,
                                     .loras = &loras },
                          .threads = cfg->threads,
                          .log = cfg->log,
                          .cancel = cfg->cancel };
    bool ok = lora_files_find(&loras, &s->loras, cfg->cache_dir, err) && qwen_edit_open(out, &o, err);
    lora_files_clear(&loras);
    free(folder);
    return ok;
}

QwenEditRequest qwen_request(const QwenSettings *s, const char *negative_prompt)
{
    return (QwenEditRequest){ .negative_prompt = s->negative_prompt ? s->negative_prompt : negative_prompt,
                              .steps = (size_t)s->num_inference_steps,
                              .true_cfg_scale = s->true_cfg_scale,
                              .vae_area = s->vae_area,
                              .condition_area = s->condition_area };
}

/* An open editor; its settings are borrowed until it closes. */
typedef struct {
    QwenEdit *edit;
    const QwenSettings *settings;
} QwenEditor;

static void close_editor(void *self)
{
    QwenEditor *q = self;
    if (q)
        qwen_edit_close(q->edit);
    free(q);
}

static bool open_editor(void **self, const RoleConfig *cfg, Err *err)
{
    QwenEditor *q = calloc(1, sizeof *q);
    *self = NULL;
    if (!q)
        return err_set(err, ERR_NOMEM, "no memory for the editor");
    q->settings = qwen_settings(cfg);
    if (!qwen_open_editor(&q->edit, cfg, err)) {
        close_editor(q);
        return false;
    }
    *self = q;
    return true;
}

static bool edit(void *self, const EditRequest *req, EditResult *out, Err *err)
{
    const QwenEditor *q = self;
    QwenEditRequest r = qwen_request(q->settings, " ");
    *out = (EditResult){ 0 };
    r.images = &req->image;
    r.image_count = 1;
    r.prompt = req->prompt;
    r.width = req->width;
    r.height = req->height;
    r.seed = req->seed;
    return qwen_edit_make(q->edit, &r, &out->image, err);
}

static void add_list(Str *out, const TextList *list)
{
    for (size_t i = 0; i < list->count; i++)
        str_printf(out, "\n%s", list->text[i]);
}

void qwen_describe(const RoleConfig *cfg, const char *model, const TextList *loras, Str *out)
{
    const QwenSettings *s = qwen_settings(cfg);
    const char *negative = s->negative_prompt ? s->negative_prompt : "(default)";
    str_printf(out, "%s\n%d\n%.17g\n%s\n%.17g\n%.17g\n%s\n%s", model ? model : "", s->num_inference_steps,
               s->true_cfg_scale, negative, s->vae_area, s->condition_area,
               s->scheduler_config ? s->scheduler_config : "", s->transformer ? s->transformer : "");
    add_list(out, loras);
}

static void describe(const RoleConfig *cfg, Str *out)
{
    qwen_describe(cfg, cfg->model_path, &qwen_settings(cfg)->loras, out);
}

const Editor editor_qwen = {
    .name = "qwen",
    .all_threads = true,
    .describe = describe,
    .probe = probe,
    .open = open_editor,
    .edit = edit,
    .close = close_editor,
};
