#include "models/persam/train.h"

#include "models/persam/weigh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double BETA1 = 0.9, BETA2 = 0.999, EPS = 1e-4, WEIGHT_DECAY = 0.01;

/* ---- the truth ---- */

/* Above `threshold` as 1, else 0. */
static void binarise(float *v, size_t n, float threshold)
{
    for (size_t i = 0; i < n; i++)
        v[i] = v[i] > threshold ? 1 : 0;
}

/* [h, w] of zeros and ones at another size, bilinear, and zeros and ones again. */
static bool resize_mask(OpCtx *c, const float *in, size_t h, size_t w, float *out, size_t oh, size_t ow,
                        Err *err)
{
    ArenaMark mark = op_mark(c);
    op_download(c, op_resize(c, op_from_f32(c, in, SHAPE(h, w, 1)), oh, ow, RESIZE_BILINEAR), out);
    op_reset(c, mark);
    if (!op_finish(c, err))
        return false;
    binarise(out, oh * ow, 0.5f);
    return true;
}

/* The original brings the mask to a quarter of its size and back. On the way back it takes every photo for a square one,
 * which scrambles the rows of others; here the shape is kept. */
static bool make_truth(float *truth, OpCtx *c, const uint8_t *mask, SamFrame f, PersamVariant variant,
                       Err *err)
{
    size_t n = f.width * f.height, w = f.width / 4, h = f.height / 4;
    for (size_t i = 0; i < n; i++)
        truth[i] = mask[i];
    binarise(truth, n, variant == PERSAM_F ? 0 : 128);
    if (variant == PERSAM_F || w == 0 || h == 0)
        return true;
    float *quarter = malloc(w * h * sizeof *quarter);
    bool ok = quarter ? resize_mask(c, truth, f.height, f.width, quarter, h, w, err) &&
                            resize_mask(c, quarter, h, w, truth, f.height, f.width, err)
                      : err_set(err, ERR_NOMEM, "no memory for the mask");
    free(quarter);
    return ok;
}

/* ---- the optimiser ---- */

/* AdamW (Loshchilov and Hutter 2019), one step of each of the two weights; `t` counts from 1. */
static void adamw(float w[2], const float g[2], double m[2], double v[2], int t, double lr)
{
    double c1 = 1 - pow(BETA1, t), c2 = sqrt(1 - pow(BETA2, t));
    for (int k = 0; k < 2; k++) {
        m[k] = BETA1 * m[k] + (1 - BETA1) * g[k];
        v[k] = BETA2 * v[k] + (1 - BETA2) * g[k] * g[k];
        double decayed = w[k] * (1 - lr * WEIGHT_DECAY);
        w[k] = (float)(decayed - lr / c1 * m[k] / (sqrt(v[k]) / c2 + EPS));
    }
}

/* CosineAnnealingLR: the rate of an epoch counted from 0. */
static double cosine_lr(double lr, int epoch, int epochs)
{
    return lr * (1 + cos(M_PI * epoch / epochs)) / 2;
}

static void descend(float w[2], Weighing *p, int threads, const PersamTraining *training, PersamEpoch *epochs)
{
    double m[2] = { 0 }, v[2] = { 0 };
    w[0] = w[1] = 1 / 3.0f;
    for (int i = 0; i < training->epochs; i++) {
        WeighLoss loss = weighing_loss(p, w, threads);
        adamw(w, loss.slope, m, v, i + 1, cosine_lr(training->lr, i, training->epochs));
        PersamEpoch e = { .dice = loss.dice, .focal = loss.focal };
        e.lr = cosine_lr(training->lr, i + 1, training->epochs);
        memcpy(e.gradient, loss.slope, sizeof e.gradient);
        memcpy(e.weights, w, sizeof e.weights);
        if (epochs)
            epochs[i] = e;
        if (training->log && training->log_epochs > 0 && i % training->log_epochs == 0)
            training->log(training->user, i, e.lr, e.dice, e.focal);
    }
}

/* SAM's three masks of the reference photo at its own size, asked for by the place that is most like the target: they do
 * not change while the weights are learnt. The caller frees them. */
static float *predict_reference(OpCtx *c, const Sam *s, const PersamTarget *t, Tensor image, SamFrame f,
                                Err *err)
{
    PersamPrior prior;
    if (!persam_locate(&prior, c, s, t, image, f, err))
        return NULL;
    size_t n = 3 * f.width * f.height;
    float *logits = malloc(n * sizeof *logits);
    ArenaMark mark = op_mark(c);
    SamPrompt prompt = {
        .points = (const float(*)[2])prior.points, .labels = prior.labels, .point_count = 1, .multimask = true
    };
    SamMasks m = sam_predict(c, s, image, f, &prompt, NULL);
    bool ok = logits || err_set(err, ERR_NOMEM, "no memory for three masks of %zu x %zu", f.width, f.height);
    if (op_ok(c) && m.low_res.dim[0] != 3)
        ok = err_set(err, ERR_INPUT, "PerSAM-F needs a SAM of three masks; this one has %zu",
                     m.low_res.dim[0]);
    if (ok)
        op_download(c, sam_upscale(c, s, m.low_res, f), logits);
    op_reset(c, mark);
    ok = op_finish(c, ok ? err : &(Err){ 0 }) && ok;
    persam_prior_clear(&prior);
    if (!ok) {
        free(logits);
        return NULL;
    }
    return logits;
}

bool persam_train(PersamTarget *t, OpCtx *c, const Sam *s, Tensor image, const uint8_t *mask, SamFrame f,
                  const PersamTraining *training, PersamEpoch *epochs, Err *err)
{
    size_t n = f.width * f.height;
    float *truth = malloc((n + 1) * sizeof *truth), w[2];
    if (!truth)
        return err_set(err, ERR_NOMEM, "no memory for a mask of %zu x %zu pixels", f.width, f.height);
    float *logits =
        make_truth(truth, c, mask, f, t->variant, err) ? predict_reference(c, s, t, image, f, err) : NULL;
    Weighing *pixels = logits ? weighing_new(logits, truth, n, err) : NULL;
    free(logits);
    free(truth);
    if (!pixels)
        return false;
    descend(w, pixels, op_threads(c), training, epochs);
    weighing_free(pixels);
    t->weights[0] = 1 - w[0] - w[1];
    t->weights[1] = w[0];
    t->weights[2] = w[1];
    return true;
}
