#include "roles/persam_sam2/segmenter.h"

#include "vision/resample.h"

#include <stdlib.h>
#include <string.h>

bool photo_encode(Tensor *embedding, SamFrame *f, OpCtx *c, const Sam *sam, const Image *photo, Err *err)
{
    Image resized;
    *f = sam_frame(sam, (size_t)photo->width, (size_t)photo->height);
    if (f->input_width == 0 || f->input_height == 0)
        return err_set(err, ERR_INPUT, "a picture of %d x %d is too narrow for SAM", photo->width,
                       photo->height);
    if (!image_resize(&resized, photo, (int)f->input_width, (int)f->input_height, RESAMPLE_BILINEAR, err))
        return false;
    *embedding = sam_encode_image(c, sam, resized.data, *f);
    image_clear(&resized);
    return op_ok(c) || op_finish(c, err);
}

bool reference_learn(PersamTarget *t, OpCtx *c, const Sam *sam, const Image *photo, const Image *mask,
                     const PersamTraining *training, Err *err)
{
    Tensor embedding;
    SamFrame f;
    Image resized = { 0 };
    *t = (PersamTarget){ 0 };
    bool ok = photo_encode(&embedding, &f, c, sam, photo, err) &&
              image_resize(&resized, mask, (int)f.input_width, (int)f.input_height, RESAMPLE_BILINEAR, err) &&
              persam_learn(t, c, sam, embedding, resized.data, f, training ? PERSAM_F_GUIDED : PERSAM, err);
    if (ok && training && !persam_train(t, c, sam, embedding, mask->data, f, training, NULL, err)) {
        persam_target_clear(t);
        ok = false;
    }
    image_clear(&resized);
    op_reset(c, (ArenaMark){ 0 });
    return ok;
}

/* ---- one photo ---- */

static bool find_with_persam(Segmented *s, OpCtx *c, const Sam *sam, const PersamTarget *t,
                             const Image *photo, Err *err)
{
    Tensor embedding;
    SamFrame f;
    bool ok = photo_encode(&embedding, &f, c, sam, photo, err) &&
              persam_locate(&s->prior, c, sam, t, embedding, f, err) &&
              persam_find(&s->persam, c, sam, t, embedding, f, &s->prior, err);
    op_reset(c, (ArenaMark){ 0 });
    return ok;
}

/* Keep what SAM 2 answered and the best mask, at the photo's size. */
static bool keep_answer(Segmented *s, OpCtx *c, const Sam2Masks *m, const Image *photo, Err *err)
{
    size_t pixels = (size_t)photo->width * (size_t)photo->height;
    if (!op_ok(c))
        return op_finish(c, err);
    s->masks = m->exact.dim[0];
    s->side = m->exact.dim[1];
    float *logits = malloc(pixels * sizeof *logits);
    s->low_res = s->masks <= 3 ? malloc(s->masks * s->side * s->side * sizeof *s->low_res) : NULL;
    bool ok = logits && s->low_res && image_init(&s->mask, photo->width, photo->height, 1, err);
    if (!logits || !s->low_res)
        err_set(err, ERR_NOMEM, "no memory for the masks of a picture of %d x %d", photo->width,
                photo->height);
    if (ok) {
        op_download(c, m->masks.low_res, s->low_res);
        op_download(c, m->masks.iou, s->iou);
        for (size_t i = 1; op_ok(c) && i < s->masks; i++)
            if (s->iou[i] > s->iou[s->best])
                s->best = i;
        op_download(
            c, sam2_upscale(c, op_rows(c, m->exact, s->best, 1), (size_t)photo->width, (size_t)photo->height),
            logits);
        ok = op_finish(c, err);
    }
    for (size_t i = 0; ok && i < pixels; i++) {
        s->mask.data[i] = logits[i] > 0 ? 255 : 0;
        s->found |= logits[i] > 0;
    }
    if (ok && s->found)
        s->stability = sam_mask_stability(logits, pixels, SAM_STABILITY_DELTA);
    free(logits);
    return ok;
}

static bool cut_out_with_sam2(Segmented *s, OpCtx *c, const Sam2 *sam2, const Image *photo, Err *err)
{
    float box[4];
    for (int i = 0; i < 4; i++)
        box[i] = (float)s->persam.box[i];
    SamPrompt prompt = { .points = (const float(*)[2])s->persam.points,
                         .labels = s->persam.labels,
                         .point_count = s->persam.point_count,
                         .box = box,
                         .multimask = true };
    Sam2Image image = sam2_encode_image(c, sam2, photo->data, (size_t)photo->width, (size_t)photo->height);
    Sam2Masks m = sam2_predict(c, sam2, &image, &prompt);
    bool ok = keep_answer(s, c, &m, photo, err);
    op_reset(c, (ArenaMark){ 0 });
    return ok;
}

/* PerSAM's own mask is the answer. */
static bool keep_persam(Segmented *s, const Image *photo, Err *err)
{
    if (!image_init(&s->mask, photo->width, photo->height, 1, err))
        return false;
    const PersamPass *last = &s->persam.pass[PERSAM_PASSES - 1];
    memcpy(s->mask.data, s->persam.mask, image_bytes(&s->mask));
    memcpy(s->iou, last->iou, sizeof s->iou);
    s->best = last->best;
    s->found = true;
    return true;
}

bool segment_reference_object(Segmented *out, OpCtx *c, const Sam *sam, const Sam2 *sam2,
                              const PersamTarget *t, const Image *photo, Err *err)
{
    *out = (Segmented){ 0 };
    bool ok = find_with_persam(out, c, sam, t, photo, err);
    if (ok && !out->persam.empty)
        ok = sam2 ? cut_out_with_sam2(out, c, sam2, photo, err) : keep_persam(out, photo, err);
    if (!ok)
        segmented_clear(out);
    return ok;
}

void segmented_clear(Segmented *s)
{
    persam_prior_clear(&s->prior);
    persam_found_clear(&s->persam);
    free(s->low_res);
    image_clear(&s->mask);
    *s = (Segmented){ 0 };
}
