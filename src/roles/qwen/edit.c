#include "roles/qwen/edit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "models/noise.h"
#include "models/qwen_image/denoise.h"
#include "models/qwen_image/latents.h"
#include "roles/qwen/memo.h"
#include "roles/qwen/picture_book.h"
#include "text/qwen_template.h"
#include "vision/resample.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is kept of each kind. At released sizes a prompt's states are 20 MB, and so are a picture's features. */
#define STATES_BYTES   ((size_t)384 << 20)
#define FEATURES_BYTES ((size_t)256 << 20)
#define LATENTS_BYTES  ((size_t)64 << 20)

enum {
    SIZE_STEP = 16,           /* of results: a patch of 2 x 2 cells */
    SIDE_MAX = 8192,          /* of a result */
    TILE = 512,               /* pixels a side that the autoencoder works at */
    TILED_FROM = 1280 * 1280, /* pixels of a picture that is not encoded or decoded at once */
    TELL_AFTER_MS = 20000     /* a step that takes longer is worth a line */
};

struct QwenEdit {
    QwenParts parts;
    OpCtx *ctx;
    const Log *log;
    const atomic_bool *cancel;
    PictureBook book;
    Memo states, features, latents;
    pthread_mutex_t lock; /* of all of it: a call has all threads */
};

/* ---- opening ------------------------------------------------------------------------------------ */

bool qwen_edit_open(QwenEdit **out, const QwenEditOptions *o, Err *err)
{
    *out = NULL;
    QwenEdit *e = calloc(1, sizeof *e);
    if (!e)
        return err_set(err, ERR_NOMEM, "no memory for the editor");
    pthread_mutex_init(&e->lock, NULL);
    e->log = o->log;
    e->cancel = o->cancel;
    e->states.limit = STATES_BYTES;
    e->features.limit = FEATURES_BYTES;
    e->latents.limit = LATENTS_BYTES;
    if (!(e->ctx = op_open(&(OpOptions){ .threads = o->threads }, err)) ||
        !qwen_parts_open(&e->parts, &o->parts, o->log, err)) {
        qwen_edit_close(e);
        return false;
    }
    *out = e;
    return true;
}

/* What was computed and what was not, for those who wonder where time and memory went. */
static void tell_counts(const QwenEdit *e)
{
    const LogCount counts[] = {
        { "prompts_read", e->states.made },        { "prompts_reused", e->states.reused },
        { "pictures_seen", e->features.made },     { "pictures_seen_reused", e->features.reused },
        { "pictures_encoded", e->latents.made },   { "pictures_encoded_reused", e->latents.reused },
        { "peak_memory_mb", memory_peak() >> 20 },
    };
    if (e->states.made)
        log_counts(e->log, "qwen editor", counts, sizeof counts / sizeof *counts);
}

void qwen_edit_close(QwenEdit *e)
{
    if (!e)
        return;
    tell_counts(e);
    qwen_parts_close(&e->parts);
    memo_clear(&e->states);
    memo_clear(&e->features);
    memo_clear(&e->latents);
    picture_book_clear(&e->book);
    op_close(e->ctx);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

/* ---- one edit ----------------------------------------------------------------------------------- */

typedef struct {
    QwenSize seen, encoded; /* the picture's size for the text encoder, and for the autoencoder */
    uint64_t number;        /* in the picture book */
} Reference;

/* An edit on its way. */
typedef struct {
    QwenEdit *e;
    const QwenEditRequest *r;
    OpCtx *c;
    Reference ref[QWEN_EDIT_IMAGES_MAX];
    QwenSize size; /* of the result */
    QwenSchedule schedule;
    double last_told;
    Err *err;
} Edit;

static bool cancelled(const QwenEdit *e)
{
    return e->cancel && atomic_load(e->cancel);
}

/* ---- what goes into a dump ---- */

static void show(const Edit *d, const float *data, Shape s, const char *name)
{
    const QwenEditWatch *w = d->r->watch;
    if (w && data)
        w->f32(w->user, data, s.dim, s.rank, name);
}

static void show_tensor(const Edit *d, Tensor x, const char *name)
{
    if (!d->r->watch || !op_ok(d->c))
        return;
    float *data = op_fetch(d->c, x);
    show(d, data, SHAPE(1, tensor_rows(x), tensor_cols(x)), name);
    free(data);
}

/* An image [H, W, C] as the reference keeps it, channels first. */
static void show_planes(const Edit *d, Tensor x, Shape s, const char *name)
{
    if (!d->r->watch || !op_ok(d->c))
        return;
    ArenaMark mark = op_mark(d->c);
    float *data = op_fetch(d->c, op_permute(d->c, x, (int[]){ 2, 0, 1 }));
    op_reset(d->c, mark);
    show(d, data, s, name);
    free(data);
}

/* ---- sizes ---- */

static QwenSize size_of(const Image *im, double area)
{
    return qwen_size_for_area(area, (double)im->width / im->height);
}

static size_t round_down(int side)
{
    return (size_t)side / SIZE_STEP * SIZE_STEP;
}

static bool check_request(const Edit *d)
{
    const QwenEditRequest *r = d->r;
    if (r->image_count < 1 || r->image_count > QWEN_EDIT_IMAGES_MAX)
        return err_set(d->err, ERR_USAGE, "an edit takes 1 to %d pictures, not %zu", QWEN_EDIT_IMAGES_MAX,
                       r->image_count);
    if (!d->e->parts.plus && r->image_count > 1)
        return err_set(d->err, ERR_USAGE,
                       "%s edits one picture at a time; several go with a QwenImageEditPlusPipeline, as "
                       "Qwen-Image-Edit-2509 and later are",
                       d->e->parts.folder);
    if ((r->width && r->width < SIZE_STEP) || (r->height && r->height < SIZE_STEP) || r->width > SIDE_MAX ||
        r->height > SIDE_MAX)
        return err_set(d->err, ERR_USAGE, "a result of %d x %d pixels: its sides are %d to %d", r->width,
                       r->height, SIZE_STEP, SIDE_MAX);
    return true;
}

/* Sizes follow from the released areas, the result's from the last picture. */
static bool choose_sizes(Edit *d)
{
    const QwenEditRequest *r = d->r;
    double encoded = r->vae_area > 0 ? r->vae_area : QWEN_VAE_AREA;
    double seen = r->condition_area > 0 ? r->condition_area
                  : d->e->parts.plus    ? QWEN_CONDITION_AREA
                                        : encoded;
    for (size_t i = 0; i < r->image_count; i++) {
        const Image *im = r->images[i];
        d->ref[i] = (Reference){ size_of(im, seen), size_of(im, encoded),
                                 picture_book_number(&d->e->book, im, d->err) };
        if (d->ref[i].number == 0)
            return false;
        QwenSize s = d->ref[i].encoded;
        if (s.width > SIDE_MAX || s.height > SIDE_MAX)
            return err_set(
                d->err, ERR_INPUT,
                "a picture of %d x %d pixels is too long and narrow to be edited: at the model's area "
                "it is %zu x %zu; crop it",
                im->width, im->height, s.width, s.height);
    }
    QwenSize last = d->ref[r->image_count - 1].encoded;
    d->size = (QwenSize){ r->width ? round_down(r->width) : last.width,
                          r->height ? round_down(r->height) : last.height };
    return true;
}

/* ---- what the text encoder makes of pictures and words ---- */

static QwenVlPicture picture_of(const Image *im)
{
    return (QwenVlPicture){ im->data, (size_t)im->width, (size_t)im->height };
}

/* A picture as the vision tower sees it: Pillow's Lanczos to its size for the text encoder, then Pillow's bicubic to whole
 * tokens. */
static bool prepare_seen(const Edit *d, size_t i, const QwenVl *m, Image *out)
{
    Image resized = { 0 };
    QwenSize s = d->ref[i].seen;
    size_t w, h;
    *out = (Image){ 0 };
    bool ok =
        qwen_vl_smart_resize(qwen_vl_processor(m), s.width, s.height, &w, &h, d->err) &&
        image_resize(&resized, d->r->images[i], (int)s.width, (int)s.height, RESAMPLE_LANCZOS, d->err) &&
        image_resize(out, &resized, (int)w, (int)h, RESAMPLE_BICUBIC, d->err);
    image_clear(&resized);
    return ok;
}

/* A result of the arena to host memory, remembered under `key`, and as it is there. */
static Tensor remember(Edit *d, Memo *m, const char *key, Tensor x)
{
    float *data = op_fetch(d->c, x);
    if (data && !memo_put(m, key, data, tensor_rows(x), tensor_cols(x)))
        return op_fail(d->c, ERR_NOMEM, "no memory to keep what was computed");
    return x;
}

static Tensor recall(Edit *d, Memo *m, const char *key)
{
    const MemoEntry *e = memo_find(m, key);
    return e ? op_from_f32(d->c, e->data, SHAPE(e->rows, e->cols)) : (Tensor){ 0 };
}

/* The tokens of picture i. */
static Tensor look_at(Edit *d, size_t i, const QwenVl *m, const Image *seen)
{
    char key[96];
    snprintf(key, sizeof key, "%" PRIu64 " %dx%d", d->ref[i].number, seen->width, seen->height);
    Tensor known = recall(d, &d->e->features, key);
    if (tensor_is(known))
        return known;
    QwenVlView view;
    QwenVlPicture picture = picture_of(seen);
    if (!qwen_vl_view_init(&view, m, &picture, 1, d->err))
        return op_fail(d->c, d->err->kind, "%s", d->err->msg);
    Tensor x = qwen_vl_look(d->c, m, &view);
    qwen_vl_view_clear(&view);
    return remember(d, &d->e->features, key, x);
}

/* The tokens of all pictures, and their grids. */
static Tensor look_at_all(Edit *d, const QwenVl *m, QwenVlGrid grids[])
{
    Tensor all = { 0 };
    for (size_t i = 0; i < d->r->image_count && op_ok(d->c); i++) {
        Image seen;
        if (!prepare_seen(d, i, m, &seen))
            op_fail(d->c, d->err->kind, "%s", d->err->msg);
        else {
            grids[i] = qwen_vl_grid(qwen_vl_processor(m), (size_t)seen.width, (size_t)seen.height);
            Tensor x = look_at(d, i, m, &seen);
            all = tensor_is(all) ? op_concat_rows(d->c, all, x) : x;
        }
        image_clear(&seen);
    }
    return all;
}

static bool encode_prompt(Edit *d, const QwenVl *m, const char *text, const QwenVlGrid *grids,
                          QwenVlPrompt *p)
{
    TokenIds ids = { 0 };
    size_t dropped = 0;
    *p = (QwenVlPrompt){ 0 };
    bool ok = qwen_template_encode(&ids, &dropped, d->e->parts.tokenizer, d->e->parts.plus, d->r->image_count,
                                   text, d->err) &&
              qwen_vl_prompt_init(p, qwen_vl_config(m), ids.id, ids.count, grids, d->r->image_count, d->err);
    if (ok && dropped)
        log_warn(d->e->log, "the prompt is %zu tokens too long; its end was left out: \"%.60s...\"", dropped,
                 text);
    token_ids_clear(&ids);
    return ok;
}

/* The states of a prompt about these pictures, [T, joint_attention_dim]. */
static Tensor read_prompt(Edit *d, const char *text)
{
    Str key = { 0 };
    for (size_t i = 0; i < d->r->image_count; i++)
        str_printf(&key, "%" PRIu64 " %zux%zu ", d->ref[i].number, d->ref[i].seen.width,
                   d->ref[i].seen.height);
    str_printf(&key, "\n%s", text);
    if (key.failed) {
        str_clear(&key);
        return op_fail(d->c, ERR_NOMEM, "no memory for a prompt");
    }
    Tensor states = recall(d, &d->e->states, key.s);
    if (!tensor_is(states)) {
        ArenaMark mark = op_mark(d->c);
        QwenVlGrid grids[QWEN_EDIT_IMAGES_MAX];
        QwenVlPrompt prompt;
        const QwenVl *m = qwen_parts_text_encoder(&d->e->parts, d->err);
        Tensor seen = m ? look_at_all(d, m, grids) : op_fail(d->c, d->err->kind, "%s", d->err->msg);
        if (op_ok(d->c) && !encode_prompt(d, m, text, grids, &prompt))
            op_fail(d->c, d->err->kind, "%s", d->err->msg);
        else if (op_ok(d->c)) {
            states =
                op_reset_keep(d->c, mark, qwen_vl_condition(d->c, m, &prompt, seen, QWEN_TEMPLATE_TOKENS));
            states = remember(d, &d->e->states, key.s, states);
            qwen_vl_prompt_clear(&prompt);
        }
    }
    str_clear(&key);
    return states;
}

/* ---- pictures to latents ---- */

/* Bytes to numbers from -1 to 1, as the reference has them. */
static Tensor upload_picture(Edit *d, const Image *im)
{
    Tensor bytes = tensor_of(im->data, DTYPE_U8, SHAPE((size_t)im->height, (size_t)im->width, 3));
    return op_affine(d->c, op_affine(d->c, op_upload(d->c, bytes), 1.0f / 255, 0), 2, -1);
}

static Tensor encode_picture(Edit *d, size_t i)
{
    char key[96];
    QwenSize s = d->ref[i].encoded;
    Image resized;
    snprintf(key, sizeof key, "%" PRIu64 " %zux%zu", d->ref[i].number, s.width, s.height);
    Tensor known = recall(d, &d->e->latents, key);
    if (tensor_is(known))
        return known;
    if (!image_resize(&resized, d->r->images[i], (int)s.width, (int)s.height, RESAMPLE_LANCZOS, d->err))
        return op_fail(d->c, d->err->kind, "%s", d->err->msg);
    ArenaMark mark = op_mark(d->c);
    Tensor x = qwen_pack(d->c, qwen_vae_encode(d->c, d->e->parts.vae, upload_picture(d, &resized),
                                               s.width * s.height < TILED_FROM ? 0 : TILE));
    image_clear(&resized);
    return remember(d, &d->e->latents, key, op_reset_keep(d->c, mark, x));
}

/* Packed latents of all pictures, and the grids of the result and of them. */
static Tensor encode_pictures(Edit *d, QwenGrid grids[])
{
    size_t patch = 2 * qwen_vae_scale(d->e->parts.vae);
    Tensor all = { 0 };
    grids[0] = (QwenGrid){ d->size.height / patch, d->size.width / patch };
    for (size_t i = 0; i < d->r->image_count && op_ok(d->c); i++) {
        Tensor x = encode_picture(d, i);
        all = tensor_is(all) ? op_concat_rows(d->c, all, x) : x;
        grids[i + 1] = (QwenGrid){ d->ref[i].encoded.height / patch, d->ref[i].encoded.width / patch };
    }
    show_tensor(d, all, "image_latents");
    return all;
}

/* ---- noise to a picture ---- */

/* Packed noise [tokens, C]: given, or drawn channels first as the reference draws it. */
static Tensor begin_with_noise(Edit *d, QwenGrid grid)
{
    const QwenEditNoise *given = &d->r->noise;
    size_t h = 2 * grid.height, w = 2 * grid.width, z = qwen_vae_config(d->e->parts.vae)->z_dim;
    size_t n = z * h * w;
    if (given->data && given->count != n)
        return op_fail(d->c, ERR_INPUT,
                       "the noise has %zu numbers; a result of %zu x %zu pixels begins with %zu x %zu x %zu",
                       given->count, d->size.width, d->size.height, z, h, w);
    if (given->data && given->packed)
        return op_from_f32(d->c, given->data, SHAPE(h * w / 4, z * 4));
    float *drawn = given->data ? NULL : malloc(n * sizeof *drawn);
    if (!given->data && !drawn)
        return op_fail(d->c, ERR_NOMEM, "no memory for noise");
    if (drawn) {
        TorchNoise g;
        torch_noise_init(&g, d->r->seed);
        torch_noise_normal(&g, drawn, n);
    }
    Tensor planes = op_from_f32(d->c, drawn ? drawn : given->data, SHAPE(z, h, w));
    free(drawn);
    return qwen_pack(d->c, op_permute(d->c, planes, (int[]){ 1, 2, 0 }));
}

static bool step_done(void *user, OpCtx *c, size_t done, Tensor latents)
{
    Edit *d = user;
    char name[32];
    (void)c;
    snprintf(name, sizeof name, "latents.%zu", done);
    show_tensor(d, latents, name);
    double now = clock_ms();
    if (now - d->last_told > TELL_AFTER_MS && done < d->schedule.steps) {
        log_info(d->e->log, "step %zu of %zu", done, d->schedule.steps);
        d->last_told = now;
    }
    return !cancelled(d->e);
}

/* "cond" and "uncond" become "cond.3", with the timestep that belongs to them. */
static void see_pass(void *user, OpCtx *c, const char *what, size_t step, Tensor velocity)
{
    const Edit *d = user;
    char name[32];
    (void)c;
    snprintf(name, sizeof name, "%s.%zu", what, step);
    show_tensor(d, velocity, name);
    snprintf(name, sizeof name, "timestep.%zu", step);
    float timestep = qwen_schedule_timestep(&d->schedule, step);
    if (what[0] == 'c')
        show(d, &timestep, SHAPE(1), name);
}

static Tensor denoise(Edit *d, const QwenTransformer *t, const QwenGrid *grids, Tensor references,
                      Tensor prompt, Tensor negative)
{
    QwenDenoise loop = { .transformer = t,
                         .schedule = &d->schedule,
                         .noise = begin_with_noise(d, grids[0]),
                         .references = references,
                         .images = grids,
                         .image_count = d->r->image_count + 1,
                         .prompt = prompt,
                         .negative = negative,
                         .true_cfg_scale = (float)d->r->true_cfg_scale,
                         .progress = step_done,
                         .see = d->r->watch ? see_pass : NULL,
                         .user = d };
    show(d, d->schedule.sigma, SHAPE(d->schedule.steps + 1), "sigmas");
    show_tensor(d, loop.noise, "latents.0");
    d->last_told = clock_ms();
    return op_ok(d->c) ? qwen_denoise(d->c, &loop) : (Tensor){ 0 };
}

/* z * std + mean: the latents as the autoencoder itself has them. */
static void show_decoder_input(const Edit *d, Tensor latents)
{
    const QwenVaeConfig *cfg = qwen_vae_config(d->e->parts.vae);
    if (!d->r->watch)
        return;
    ArenaMark mark = op_mark(d->c);
    Tensor std = op_from_f32(d->c, cfg->latents_std, SHAPE(cfg->z_dim));
    Tensor mean = op_from_f32(d->c, cfg->latents_mean, SHAPE(cfg->z_dim));
    Tensor x = op_add(d->c, op_mul(d->c, latents, std), mean);
    show_planes(d, x, SHAPE(1, cfg->z_dim, 1, latents.dim[0], latents.dim[1]), "vae_in");
    op_reset(d->c, mark);
}

/* [-1, 1] to bytes, halves to the even one as numpy rounds. */
static bool to_bytes(Edit *d, Tensor picture, Image *out)
{
    size_t w = d->size.width, h = d->size.height;
    float *x = op_fetch(d->c, picture);
    bool ok = op_finish(d->c, d->err) && image_init(out, (int)w, (int)h, 3, d->err);
    for (size_t i = 0; ok && i < w * h * 3; i++)
        out->data[i] = (uint8_t)lrint(255 * ((double)x[i] * 0.5 + 0.5));
    free(x);
    const QwenEditWatch *watch = d->r->watch;
    if (ok && watch)
        watch->u8(watch->user, out->data, (size_t[]){ h, w, 3 }, 3, "image_u8");
    return ok;
}

static bool decode(Edit *d, Tensor tokens, QwenGrid grid, Image *out)
{
    size_t w = d->size.width, h = d->size.height;
    Shape planes = SHAPE(1, 3, 1, h, w);
    Tensor latents = qwen_unpack(d->c, tokens, 2 * grid.height, 2 * grid.width);
    show_decoder_input(d, latents);
    Tensor x = qwen_vae_decode(d->c, d->e->parts.vae, latents, w * h < TILED_FROM ? 0 : TILE);
    show_planes(d, x, planes, "vae_out");
    if (d->r->watch)
        show_planes(d, op_affine(d->c, x, 0.5f, 0.5f), SHAPE(1, 3, h, w), "image");
    return to_bytes(d, x, out);
}

/* ---- all of it ---- */

static bool make(Edit *d, Image *out)
{
    const QwenEditRequest *r = d->r;
    QwenGrid grids[QWEN_EDIT_IMAGES_MAX + 1];
    bool guided = r->negative_prompt && r->true_cfg_scale > 1;
    size_t patch = 2 * qwen_vae_scale(d->e->parts.vae);
    if (!check_request(d) || !choose_sizes(d) ||
        !qwen_schedule_init(&d->schedule, &d->e->parts.scheduler, r->steps,
                            d->size.height / patch * (d->size.width / patch), d->err))
        return false;
    Tensor prompt = read_prompt(d, r->prompt), negative = { 0 };
    show_tensor(d, prompt, "prompt_embeds");
    if (guided) {
        negative = read_prompt(d, r->negative_prompt);
        show_tensor(d, negative, "negative_prompt_embeds");
    }
    Tensor references = encode_pictures(d, grids);
    if (cancelled(d->e))
        op_fail(d->c, ERR_CANCELLED, "interrupted");
    const QwenTransformer *t = op_ok(d->c) ? qwen_parts_transformer(&d->e->parts, d->err) : NULL;
    if (op_ok(d->c) && !t)
        op_fail(d->c, d->err->kind, "%s", d->err->msg);
    Tensor latents = t ? denoise(d, t, grids, references, prompt, negative) : (Tensor){ 0 };
    return op_ok(d->c) ? decode(d, latents, grids[0], out) : op_finish(d->c, d->err);
}

bool qwen_edit_make(QwenEdit *e, const QwenEditRequest *r, Image *out, Err *err)
{
    Err why = { 0 };
    *out = (Image){ 0 };
    pthread_mutex_lock(&e->lock);
    Edit d = { .e = e, .r = r, .c = e->ctx, .err = &why };
    bool ok = make(&d, out);
    if (!ok) {
        Err rest;
        op_finish(e->ctx, &rest); /* the context works again */
        *err = why;
    }
    op_reset(e->ctx, (ArenaMark){ 0 });
    qwen_schedule_clear(&d.schedule);
    pthread_mutex_unlock(&e->lock);
    return ok;
}
