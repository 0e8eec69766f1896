#include "roles/qwen/parts.h"

#include "base/file.h"
#include "base/memory.h"
#include "roles/model_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Beside the weights of both large parts there must be room for what they compute. */
#define ROOM_TO_WORK ((size_t)3 << 30)

/* ---- model_index.json --------------------------------------------------------------------------- */

/* The classes that a part may have, as the pipelines' authors publish them. */
static const struct {
    const char *part, *class_name;
} classes[] = {
    { "text_encoder", "Qwen2_5_VLForConditionalGeneration" },
    { "transformer", "QwenImageTransformer2DModel" },
    { "vae", "AutoencoderKLQwenImage" },
    { "scheduler", "FlowMatchEulerDiscreteScheduler" },
};

static bool check_index(const ModelIndex *index, bool *plus, Err *err)
{
    const char *name = model_index_pipeline(index, err);
    if (!name)
        return false;
    *plus = strcmp(name, "QwenImageEditPlusPipeline") == 0;
    if (!*plus && strcmp(name, "QwenImageEditPipeline") != 0)
        return err_set(err, ERR_INPUT,
                       "%s: its _class_name is %.80s, and facet edits with QwenImageEditPipeline and "
                       "QwenImageEditPlusPipeline",
                       index->path, name);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!model_index_check_part(index, classes[i].part, classes[i].class_name, err))
            return false;
    return true;
}

static bool read_index(const char *folder, bool *plus, Err *err)
{
    ModelIndex index;
    bool ok = model_index_read(&index, folder, err) && check_index(&index, plus, err);
    model_index_clear(&index);
    return ok;
}

bool qwen_parts_probe(const char *folder, Err *err)
{
    static const char *const parts[] = { "text_encoder", "tokenizer", "transformer", "vae", "scheduler" };
    bool plus, ok = read_index(folder, &plus, err);
    for (size_t i = 0; ok && i < sizeof parts / sizeof *parts; i++) {
        char *part = path_join(folder, parts[i]);
        ok = part ? path_is_folder(part) ||
                        err_set(err, ERR_INPUT, "%s: the part %s is missing; fetch the model again", folder,
                                parts[i])
                  : err_set(err, ERR_NOMEM, "%s: no memory to look at it", folder);
        free(part);
    }
    return ok;
}

/* ---- the large parts ---------------------------------------------------------------------------- */

static bool add_loras(const QwenParts *p, Err *err)
{
    for (size_t i = 0; i < p->loras.count; i++)
        if (!qwen_transformer_add_lora(p->transformer, p->loras.file[i].path, p->loras.file[i].scale, err))
            return false;
    return true;
}

static void close_text_encoder(QwenParts *p)
{
    qwen_vl_close(p->text_encoder);
    p->text_encoder = NULL;
}

static void close_transformer(QwenParts *p)
{
    qwen_transformer_close(p->transformer);
    p->transformer = NULL;
}

const QwenVl *qwen_parts_text_encoder(QwenParts *p, Err *err)
{
    if (!p->together)
        close_transformer(p);
    if (p->text_encoder)
        return p->text_encoder;
    char *folder = path_join(p->folder, "text_encoder");
    if (!folder)
        err_set(err, ERR_NOMEM, "%s: no memory to open it", p->folder);
    else if (!qwen_vl_open(&p->text_encoder, folder, err))
        p->text_encoder = NULL;
    free(folder);
    return p->text_encoder;
}

const QwenTransformer *qwen_parts_transformer(QwenParts *p, Err *err)
{
    if (!p->together)
        close_text_encoder(p);
    if (p->transformer)
        return p->transformer;
    char *folder = path_join(p->folder, "transformer");
    bool ok = !folder      ? err_set(err, ERR_NOMEM, "%s: no memory to open it", p->folder)
              : p->weights ? qwen_transformer_open_with(&p->transformer, folder, p->weights, err)
                           : qwen_transformer_open(&p->transformer, folder, err);
    free(folder);
    if (ok && !add_loras(p, err))
        close_transformer(p);
    return p->transformer;
}

static size_t file_bytes(const char *path)
{
    struct stat st;
    return path && stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

/* Bytes of the files in a part's folder; 0 where it cannot be read. */
static size_t part_bytes(const char *model, const char *part)
{
    Err err = { 0 };
    TextList names = { 0 };
    size_t bytes = 0;
    char *folder = path_join(model, part);
    if (folder && folder_list(folder, &names, &err))
        for (size_t i = 0; i < names.count; i++) {
            char *path = path_join(folder, names.text[i]);
            bytes += file_bytes(path);
            free(path);
        }
    text_list_clear(&names);
    free(folder);
    return bytes;
}

/* Whether memory holds text encoder and transformer at a time; where nobody can tell, it does not. */
static bool fits_together(const QwenParts *p, const Log *log)
{
    size_t text = part_bytes(p->folder, "text_encoder");
    size_t image = p->weights ? file_bytes(p->weights) : part_bytes(p->folder, "transformer");
    size_t available = memory_available();
    bool fits = text + image + ROOM_TO_WORK < available;
    if (!fits)
        log_info(
            log,
            "text encoder (%.1f GB) and transformer (%.1f GB) take turns in memory: %.1f GB are available",
            (double)text / 1e9, (double)image / 1e9, (double)available / 1e9);
    return fits;
}

/* ---- opening ------------------------------------------------------------------------------------ */

static bool open_scheduler(QwenParts *p, const char *config, Err *err)
{
    char *own = path_join(p->folder, "scheduler");
    const char *from = config ? config : own;
    char *path = !from                  ? NULL
                 : path_is_folder(from) ? path_join(from, "scheduler_config.json")
                                        : strdup(from);
    bool ok = path ? qwen_scheduler_config_read(&p->scheduler, path, err)
                   : err_set(err, ERR_NOMEM, "%s: no memory to open it", p->folder);
    free(path);
    free(own);
    return ok;
}

static bool open_vae(QwenParts *p, Err *err)
{
    char *folder = path_join(p->folder, "vae");
    bool ok = folder ? qwen_vae_open(&p->vae, folder, err)
                     : err_set(err, ERR_NOMEM, "%s: no memory to open it", p->folder);
    free(folder);
    return ok;
}

/* Open the large parts once, and see that they are of one model. */
static bool check_parts(QwenParts *p, Err *err)
{
    const QwenVl *text = qwen_parts_text_encoder(p, err);
    if (!text)
        return false;
    size_t hidden = qwen_vl_config(text)->text.hidden_size;
    const QwenTransformer *t = qwen_parts_transformer(p, err);
    if (!t)
        return false;
    const QwenTransformerConfig *image = qwen_transformer_config(t);
    size_t latents = qwen_vae_config(p->vae)->z_dim;
    if (image->joint_attention_dim != hidden)
        return err_set(
            err, ERR_INPUT,
            "%s: the text encoder makes %zu channels and the transformer reads %zu: they are of two "
            "models",
            p->folder, hidden, image->joint_attention_dim);
    if (image->in_channels != latents * image->patch_size * image->patch_size)
        return err_set(
            err, ERR_INPUT,
            "%s: the vae makes %zu channels and the transformer reads %zu, %zu to a patch: they are "
            "of two models",
            p->folder, latents, image->in_channels, image->patch_size * image->patch_size);
    return true;
}

static bool take_options(QwenParts *p, const QwenPartsOptions *o, Err *err)
{
    p->folder = strdup(o->folder);
    p->weights = o->transformer ? strdup(o->transformer) : NULL;
    if (o->loras) {
        p->loras = *o->loras;
        *o->loras = (LoraFiles){ 0 };
    }
    return (p->folder && (p->weights || !o->transformer)) ||
           err_set(err, ERR_NOMEM, "%s: no memory to open it", o->folder);
}

bool qwen_parts_open(QwenParts *p, const QwenPartsOptions *o, const Log *log, Err *err)
{
    *p = (QwenParts){ 0 };
    bool ok = take_options(p, o, err) && read_index(p->folder, &p->plus, err);
    if (ok)
        p->together = fits_together(p, log);
    ok = ok && open_scheduler(p, o->scheduler_config, err) &&
         qwen_tokenizer_load(&p->tokenizer, p->folder, err) && open_vae(p, err) && check_parts(p, err);
    if (!ok)
        qwen_parts_close(p);
    return ok;
}

void qwen_parts_close(QwenParts *p)
{
    close_text_encoder(p);
    close_transformer(p);
    qwen_vae_close(p->vae);
    qwen_tokenizer_free(p->tokenizer);
    lora_files_clear(&p->loras);
    free(p->weights);
    free(p->folder);
    *p = (QwenParts){ 0 };
}
