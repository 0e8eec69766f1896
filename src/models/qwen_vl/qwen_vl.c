#include "models/qwen_vl/qwen_vl.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

struct QwenVl {
    Weights *weights;
    QwenVlConfig config;
    QwenVlProcessor processor;
    QwenVlVision vision;
    QwenVlDecoder decoder;
};

/* ---- load ---- */

static void load(Loader *l, QwenVl *m)
{
    /* The published files have visual.* and model.layers.*, releases of the library from 4.52 on write model.visual.* and
     * model.language_model.layers.*; lm_head.weight has no prefix in either. */
    bool nested = load_shape(l, NULL, "model.visual.patch_embed.proj.weight");
    qwen_vl_vision_load(l, &m->vision, &m->config.vision, nested ? "model.visual" : "visual");
    qwen_vl_decoder_load(l, &m->decoder, &m->config.text, nested ? "model.language_model" : "model");
}

/* *out = <folder>/<name>, or NULL where there is no such file. False where memory runs out. */
static bool find_file(char **out, const char *folder, const char *name, Err *err)
{
    *out = path_join(folder, name);
    if (!*out)
        return err_set(err, ERR_NOMEM, "%s: no memory to load it", folder);
    if (path_exists(*out))
        return true;
    free(*out);
    *out = NULL;
    return true;
}

static bool read_processor(QwenVl *m, const char *folder, Err *err)
{
    char *path;
    if (!find_file(&path, folder, "preprocessor_config.json", err) ||
        (!path && !find_file(&path, folder, "../processor/preprocessor_config.json", err)))
        return false;
    m->processor = qwen_vl_processor_default;
    bool ok = !path || qwen_vl_processor_read(&m->processor, path, err);
    const QwenVlProcessor *p = &m->processor;
    const QwenVlVisionConfig *v = &m->config.vision;
    if (ok && (p->patch_size != v->patch_size || p->merge_size != v->spatial_merge_size ||
               p->temporal_patch_size != v->temporal_patch_size))
        ok = err_set(err, ERR_INPUT,
                     "%s: pictures are cut into other patches than the vision tower of %s takes",
                     path ? path : "without a preprocessor_config.json", folder);
    free(path);
    return ok;
}

static bool read_end_tokens(QwenVl *m, const char *folder, Err *err)
{
    char *path;
    if (!find_file(&path, folder, "generation_config.json", err))
        return false;
    bool ok = !path || qwen_vl_config_read_end(&m->config, path, err);
    free(path);
    return ok;
}

static bool read_config(QwenVl *m, const char *folder, Err *err)
{
    char *path = path_join(folder, "config.json");
    bool ok = path ? qwen_vl_config_read(&m->config, path, err)
                   : err_set(err, ERR_NOMEM, "%s: no memory to load it", folder);
    free(path);
    return ok;
}

bool qwen_vl_open(QwenVl **out, const char *folder, Err *err)
{
    *out = NULL;
    QwenVl *m = calloc(1, sizeof *m);
    if (!m)
        return err_set(err, ERR_NOMEM, "%s: no memory to load it", folder);
    bool ok = read_config(m, folder, err) && read_end_tokens(m, folder, err) &&
              read_processor(m, folder, err) && weights_open(&m->weights, folder, err);
    if (ok) {
        Loader l = { .weights = m->weights };
        load(&l, m);
        ok = load_finish(&l, err);
    }
    if (!ok) {
        qwen_vl_close(m);
        return false;
    }
    *out = m;
    return true;
}

void qwen_vl_close(QwenVl *m)
{
    if (!m)
        return;
    qwen_vl_vision_clear(&m->vision);
    qwen_vl_decoder_clear(&m->decoder);
    weights_close(m->weights);
    free(m);
}

const QwenVlConfig *qwen_vl_config(const QwenVl *m)
{
    return &m->config;
}

const QwenVlProcessor *qwen_vl_processor(const QwenVl *m)
{
    return &m->processor;
}

const QwenVlDecoder *qwen_vl_decoder(const QwenVl *m)
{
    return &m->decoder;
}

/* ---- pictures ---- */

static bool find_grids(QwenVlView *v, const QwenVl *m, const QwenVlPicture *pictures, Err *err)
{
    for (size_t i = 0; i < v->count; i++) {
        v->grids[i] = qwen_vl_grid(&m->processor, pictures[i].width, pictures[i].height);
        if (v->grids[i].height == 0)
            return err_set(err, ERR_INPUT,
                           "picture %zu is %zu x %zu pixels: it was not resized for the vision tower", i + 1,
                           pictures[i].width, pictures[i].height);
    }
    return qwen_vl_layout_init(&v->layout, &m->config.vision, v->grids, v->count, err);
}

bool qwen_vl_view_init(QwenVlView *v, const QwenVl *m, const QwenVlPicture *pictures, size_t count, Err *err)
{
    size_t numbers = qwen_vl_patch_numbers(&m->processor), at = 0;
    *v = (QwenVlView){ .grids = calloc(count + 1, sizeof *v->grids), .count = count };
    bool ok = v->grids ? find_grids(v, m, pictures, err)
                       : err_set(err, ERR_NOMEM, "no memory for %zu pictures", count);
    if (ok) {
        v->patches = calloc(v->layout.patches, numbers * sizeof *v->patches);
        ok = v->patches ? true : err_set(err, ERR_NOMEM, "no memory for %zu patches", v->layout.patches);
    }
    for (size_t i = 0; ok && i < count; i++) {
        qwen_vl_patches(&m->processor, pictures[i].rgb, v->grids[i], v->patches + at * numbers);
        at += v->grids[i].height * v->grids[i].width;
    }
    if (!ok)
        qwen_vl_view_clear(v);
    return ok;
}

void qwen_vl_view_clear(QwenVlView *v)
{
    free(v->grids);
    free(v->patches);
    qwen_vl_layout_clear(&v->layout);
    *v = (QwenVlView){ 0 };
}

/* ---- forward ---- */

Tensor qwen_vl_look(OpCtx *c, const QwenVl *m, const QwenVlView *v)
{
    ArenaMark mark = op_mark(c);
    Tensor patches =
        op_from_f32(c, v->patches, SHAPE(v->layout.patches, qwen_vl_patch_numbers(&m->processor)));
    return op_reset_keep(c, mark, qwen_vl_vision_forward(c, &m->vision, patches, &v->layout));
}

Tensor qwen_vl_condition(OpCtx *c, const QwenVl *m, const QwenVlPrompt *p, Tensor seen, size_t drop)
{
    if (drop >= p->count)
        return op_fail(c, ERR_INPUT, "the prompt has %zu tokens, of which the first %zu are the template's",
                       p->count, drop);
    ArenaMark mark = op_mark(c);
    Shape table = SHAPE(p->count, m->config.text.head_dim / 2);
    Tensor ids = op_from_i32(c, p->ids, SHAPE(p->count)), from = op_from_i32(c, p->from, SHAPE(p->count));
    Tensor x = qwen_vl_decoder_embed(c, &m->decoder, ids, seen, from);
    Tensor h = qwen_vl_decoder_forward(c, &m->decoder, x, op_from_f32(c, p->cos, table),
                                       op_from_f32(c, p->sin, table), NULL);
    return op_reset_keep(c, mark, op_copy(c, op_rows(c, h, drop, p->count - drop)));
}

bool qwen_vl_answer(OpCtx *c, const QwenVl *m, const QwenVlPrompt *p, Tensor seen, const QwenVlGeneration *g,
                    int32_t *out, QwenVlAnswer *answer, Err *err)
{
    QwenVlGeneration own = *g;
    if (!own.stop) {
        own.stop = m->config.eos;
        own.stop_count = m->config.eos_count;
    }
    return qwen_vl_generate(c, &m->decoder, p, seen, &own, out, answer, err);
}
