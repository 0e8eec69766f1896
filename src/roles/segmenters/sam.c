/* The segmenters that ask Segment Anything, models/sam/sam.h, and its successor, models/sam2/sam2.h. */
#include "roles/segmenters/segmenters.h"

#include "roles/persam_sam2/files.h"
#include "roles/persam_sam2/segmenter.h"
#include "roles/segmenters/sam_question.h"

#include <stdlib.h>

/* One of the models, and a picture that it has looked at. */
typedef struct {
    const RoleConfig *cfg;
    Sam *sam; /* NULL: it is the other */
    Sam2 *sam2;
    OpCtx *c;
    const Image *picture; /* NULL: nothing was looked at */
    Tensor embedding;     /* SAM's */
    SamFrame frame;
    Sam2Image image;   /* SAM 2's */
    ArenaMark encoded; /* behind what the picture became */
    Remembered last;
} Self;

/* ---- where the two differ ---- */

static bool encode(Self *s, const Image *rgb, Err *err)
{
    if (s->sam)
        return photo_encode(&s->embedding, &s->frame, s->c, s->sam, rgb, err) && op_finish(s->c, err);
    s->image = sam2_encode_image(s->c, s->sam2, rgb->data, (size_t)rgb->width, (size_t)rgb->height);
    return op_finish(s->c, err);
}

/* SAM 2 stretches a picture over its square input, SAM lays it at the top left. */
static LowResFrame low_res_frame(const Self *s)
{
    double width = s->picture->width, height = s->picture->height;
    if (s->sam2) {
        size_t side = 4 * sam2_grid(s->sam2);
        return (LowResFrame){ side, width / (double)side, height / (double)side };
    }
    size_t side = 4 * sam_grid(s->sam);
    double cell = (double)sam_pixels(s->sam) / (double)side;
    return (LowResFrame){ side, cell * width / (double)s->frame.input_width,
                          cell * height / (double)s->frame.input_height };
}

/* What the model answered: masks to show as `exact`, and what it takes as an earlier mask. */
static Sam2Masks predict(Self *s, const SamPrompt *p)
{
    if (s->sam2)
        return sam2_predict(s->c, s->sam2, &s->image, p);
    SamMasks m = sam_predict(s->c, s->sam, s->embedding, s->frame, p, NULL);
    return (Sam2Masks){ m, m.low_res };
}

static Tensor upscale(Self *s, Tensor exact)
{
    return s->sam2 ? sam2_upscale(s->c, exact, s->image.width, s->image.height)
                   : sam_upscale(s->c, s->sam, exact, s->frame);
}

static bool find(SamFiles *files, bool sam2, const RoleConfig *cfg, Err *err)
{
    return sam2 ? sam2_file_find(files, cfg, err) : sam_file_find(files, cfg, err);
}

/* ---- the role ---- */

static void close_model(void *self)
{
    Self *s = self;
    if (!s)
        return;
    remembered_clear(&s->last);
    op_close(s->c);
    sam_close(s->sam);
    sam2_close(s->sam2);
    free(s);
}

static bool open_model(void **self, bool sam2, const RoleConfig *cfg, Err *err)
{
    SamFiles files;
    *self = NULL;
    if (!find(&files, sam2, cfg, err))
        return false;
    Self *s = calloc(1, sizeof *s);
    bool ok = s || err_set(err, ERR_NOMEM, "no memory for a segmenter");
    ok =
        ok && (sam2 ? sam2_open(&s->sam2, files.sam2, files.config, err) : sam_open(&s->sam, files.sam, err));
    ok = ok && (s->c = op_open(&(OpOptions){ .threads = cfg->threads }, err));
    sam_files_clear(&files);
    if (!ok) {
        close_model(s);
        return false;
    }
    s->cfg = cfg;
    *self = s;
    return true;
}

static bool look(void *self, const Image *rgb, Err *err)
{
    Self *s = self;
    s->picture = NULL;
    remembered_clear(&s->last);
    op_reset(s->c, (ArenaMark){ 0 });
    if (image_empty(rgb) || rgb->channels != 3)
        return err_set(err, ERR_INPUT,
                       "Segment Anything looks at RGB pictures; convert this one to 3 channels");
    if (!encode(s, rgb, err))
        return false;
    s->encoded = op_mark(s->c);
    s->picture = rgb;
    return true;
}

/* A mask at a time: at full size its logits are four bytes a pixel. */
static bool keep_masks(Self *s, const Sam2Masks *m, const MaskPrompt *p, SegmenterAnswer *out, Err *err)
{
    size_t count = op_ok(s->c) ? tensor_count(m->masks.iou) : 0;
    float iou[SEGMENTER_MASKS_MAX], *low_res = op_fetch(s->c, m->masks.low_res);
    bool ok = count <= SEGMENTER_MASKS_MAX ||
              err_set(err, ERR_INPUT, "the model makes %zu masks; %d are taken", count, SEGMENTER_MASKS_MAX);
    if (ok)
        op_download(s->c, m->masks.iou, iou);
    for (size_t k = 0; ok && op_ok(s->c) && k < count; k++) {
        ArenaMark mark = op_mark(s->c);
        float *logits = op_fetch(s->c, upscale(s, op_rows(s->c, m->exact, k, 1)));
        ok = !logits || sam_answer_add(out, s->picture, logits, iou[k], p->strokes, err);
        free(logits);
        op_reset(s->c, mark);
    }
    remembered_clear(&s->last);
    s->last = (Remembered){ low_res, ok && low_res ? count : 0, low_res_frame(s).side, { 0 } };
    for (size_t k = 0; k < s->last.count; k++)
        s->last.mask[k] = sam_mask_key(&out->mask[k]);
    return ok ? op_finish(s->c, err) : (op_finish(s->c, &(Err){ 0 }), false);
}

static bool answer(Self *s, SamQuestion *q, const MaskPrompt *p, SegmenterAnswer *out, Err *err)
{
    bool ok = sam_question_init(q, p, s->picture, low_res_frame(s), &s->last, err);
    if (ok) {
        Sam2Masks m = predict(s, &q->prompt);
        ok = keep_masks(s, &m, p, out, err);
    }
    op_reset(s->c, s->encoded);
    sam_question_clear(q);
    return ok;
}

static bool segment(void *self, const SegmenterPrompt *p, SegmenterAnswer *out, Err *err)
{
    Self *s = self;
    *out = (SegmenterAnswer){ 0 };
    if (!s->picture)
        return err_set(err, ERR_STATE, "no picture was looked at; open one first");
    if (!mask_prompt_check(p, s->picture, err))
        return false;
    if (role_cancelled(s->cfg))
        return err_set(err, ERR_CANCELLED, "segmenting was cancelled");
    SamQuestion *q = malloc(sizeof *q);
    bool ok = q ? answer(s, q, p, out, err) : err_set(err, ERR_NOMEM, "no memory for a prompt");
    free(q);
    if (!ok)
        segmenter_answer_clear(out);
    return ok;
}

static bool probe_sam(const RoleConfig *cfg, Err *err)
{
    SamFiles files;
    bool ok = find(&files, false, cfg, err);
    sam_files_clear(&files);
    return ok;
}

static bool probe_sam2(const RoleConfig *cfg, Err *err)
{
    SamFiles files;
    bool ok = find(&files, true, cfg, err);
    sam_files_clear(&files);
    return ok;
}

static bool open_sam(void **self, const RoleConfig *cfg, Err *err)
{
    return open_model(self, false, cfg, err);
}

static bool open_sam2(void **self, const RoleConfig *cfg, Err *err)
{
    return open_model(self, true, cfg, err);
}

const Segmenter segmenter_sam = {
    .name = "sam",
    .title = "Segment Anything",
    .probe = probe_sam,
    .open = open_sam,
    .look = look,
    .segment = segment,
    .close = close_model,
};

const Segmenter segmenter_sam2 = {
    .name = "sam2",
    .title = "Segment Anything 2",
    .probe = probe_sam2,
    .open = open_sam2,
    .look = look,
    .segment = segment,
    .close = close_model,
};
