#include "models/persam/persam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The reference's mask goes through the image's own preparation, red channel first. */
static const float MASK_MEAN = 123.675f, MASK_STD = 58.395f;

/* Wait for a tensor as host memory, which the caller frees; asks the context how it went. */
static float *fetch(OpCtx *c, Tensor t, Err *err)
{
    float *out = op_fetch(c, t);
    if (op_finish(c, err))
        return out;
    free(out);
    return NULL;
}

/* ---- the target ---- */

/* The mask on the grid of the embedding, positive where the object is: normalised as a picture, filled up, and then the
 * plain bilinear sample at each cell's centre. */
static float *mask_on_grid(OpCtx *c, const Sam *s, const uint8_t *mask, SamFrame f, Err *err)
{
    size_t grid = sam_grid(s), side = sam_pixels(s), n = f.input_width * f.input_height;
    float *scaled = malloc((n + 1) * sizeof *scaled);
    if (!scaled) {
        err_set(err, ERR_NOMEM, "no memory for a mask of %zu x %zu pixels", f.input_width, f.input_height);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        scaled[i] = ((float)mask[i] - MASK_MEAN) / MASK_STD;
    Tensor x = op_from_f32(c, scaled, SHAPE(f.input_height, f.input_width, 1));
    free(scaled);
    x = op_pad(c, x, (Padding){ .bottom = side - f.input_height, .right = side - f.input_width });
    return fetch(c, op_resize(c, x, grid, grid, RESIZE_BILINEAR), err);
}

/* Mean of the features under the mask, and for PerSAM-F the middle of that and their maximum. */
static size_t gather_target(PersamTarget *t, const float *features, const float *mask, size_t cells)
{
    size_t count = 0;
    for (size_t i = 0; i < cells; i++)
        count += mask[i] > 0;
    for (size_t k = 0; count && k < t->channels; k++) {
        double sum = 0;
        float most = -INFINITY;
        for (size_t i = 0; i < cells; i++)
            if (mask[i] > 0) {
                float v = features[i * t->channels + k];
                sum += v;
                most = fmaxf(most, v);
            }
        float mean = (float)(sum / (double)count);
        t->embedding[k] = t->variant == PERSAM ? mean : most / 2 + mean / 2;
    }
    return count;
}

static void normalise_target(PersamTarget *t)
{
    double length = 0;
    for (size_t k = 0; k < t->channels; k++)
        length += (double)t->embedding[k] * t->embedding[k];
    for (size_t k = 0; k < t->channels; k++)
        t->direction[k] = (float)(t->embedding[k] / sqrt(length));
}

bool persam_learn(PersamTarget *t, OpCtx *c, const Sam *s, Tensor image, const uint8_t *mask, SamFrame f,
                  PersamVariant variant, Err *err)
{
    size_t cells = sam_grid(s) * sam_grid(s);
    *t = (PersamTarget){ variant, sam_channels(s), NULL, NULL, { 1 / 3.0f, 1 / 3.0f, 1 / 3.0f } };
    ArenaMark mark = op_mark(c);
    float *features = fetch(c, image, err), *on_grid = features ? mask_on_grid(c, s, mask, f, err) : NULL;
    op_reset(c, mark);
    t->embedding = calloc(t->channels, sizeof *t->embedding);
    t->direction = calloc(t->channels, sizeof *t->direction);
    bool ok = on_grid != NULL;
    if (ok && (!t->embedding || !t->direction))
        ok = err_set(err, ERR_NOMEM, "no memory for the target");
    if (ok && gather_target(t, features, on_grid, cells) == 0)
        ok = err_set(
            err, ERR_INPUT,
            "the reference mask is too small: it covers no cell of %zu x %zu; use a photo that shows the "
            "object larger",
            sam_grid(s), sam_grid(s));
    if (ok)
        normalise_target(t);
    else
        persam_target_clear(t);
    free(features);
    free(on_grid);
    return ok;
}

void persam_target_clear(PersamTarget *t)
{
    free(t->embedding);
    free(t->direction);
    *t = (PersamTarget){ 0 };
}

/* ---- where it is likely ---- */

/* The first of the largest values. */
static size_t arg_max(const float *v, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    return best;
}

static size_t arg_min(const float *v, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (v[i] < v[best])
            best = i;
    return best;
}

/* The similarity of a whole photo, standardised with the unbiased deviation, stretched over the grid (the photo's frame is
 * gone by then) and squeezed into 0 to 1. */
static Tensor attention_guidance(OpCtx *c, const float *similarity, SamFrame f, size_t grid)
{
    size_t n = f.width * f.height;
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        mean += similarity[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++)
        square += (similarity[i] - mean) * (similarity[i] - mean);
    double deviation = n > 1 ? sqrt(square / (double)(n - 1)) : 0;
    float scale = deviation > 0 ? (float)(1 / deviation) : 0;
    Tensor x = op_from_f32(c, similarity, SHAPE(f.height, f.width, 1));
    x = op_affine(c, x, scale, (float)-mean * scale);
    x = op_act(c, op_resize(c, x, grid, grid, RESIZE_BILINEAR), ACT_SIGMOID);
    return op_reshape(c, x, SHAPE(grid * grid));
}

bool persam_locate(PersamPrior *p, OpCtx *c, const Sam *s, const PersamTarget *t, Tensor image, SamFrame f,
                   Err *err)
{
    size_t grid = sam_grid(s), n = f.width * f.height;
    ArenaMark mark = op_mark(c);
    *p = (PersamPrior){ .labels = { 1, 0 } };
    Tensor features = op_normalize(c, op_reshape(c, image, SHAPE(grid * grid, t->channels)), 1e-12f);
    Tensor target = op_from_f32(c, t->direction, SHAPE(1, t->channels));
    Tensor cosine = op_reshape(c, op_matmul_t(c, target, features), SHAPE(grid, grid, 1));
    cosine = op_reshape(c, op_resize(c, cosine, 4 * grid, 4 * grid, RESIZE_BILINEAR),
                        SHAPE(1, 4 * grid, 4 * grid));
    p->similarity = fetch(c, sam_upscale(c, s, cosine, f), err);
    op_reset(c, mark);
    if (!p->similarity)
        return false;
    size_t most = arg_max(p->similarity, n), least = arg_min(p->similarity, n);
    p->points[0][0] = (float)(most % f.width);
    p->points[0][1] = (float)(most / f.width);
    p->points[1][0] = (float)(least % f.width);
    p->points[1][1] = (float)(least / f.width);
    p->attention = fetch(c, attention_guidance(c, p->similarity, f, grid), err);
    op_reset(c, mark);
    if (!p->attention)
        persam_prior_clear(p);
    return p->attention != NULL;
}

void persam_prior_clear(PersamPrior *p)
{
    free(p->similarity);
    free(p->attention);
    *p = (PersamPrior){ 0 };
}

/* ---- the three passes ---- */

typedef struct {
    OpCtx *c;
    const Sam *sam;
    Tensor image;
    SamFrame frame;
    PersamFound *out;
    size_t side; /* of low-res logits */
    Err *err;
} Search;

/* One prediction, kept in out->pass[i]. */
static bool predict(Search *q, int i, const SamPrompt *prompt, const TwoWayGuidance *guidance)
{
    PersamPass *p = &q->out->pass[i];
    ArenaMark mark = op_mark(q->c);
    SamMasks m = sam_predict(q->c, q->sam, q->image, q->frame, prompt, guidance);
    p->count = op_ok(q->c) ? tensor_count(m.iou) : 0;
    if (p->count > 3)
        return err_set(q->err, ERR_INPUT, "PerSAM needs a SAM of three masks; this one has %zu", p->count);
    op_download(q->c, m.iou, p->iou);
    p->low_res = fetch(q->c, m.low_res, q->err);
    op_reset(q->c, mark);
    p->best = p->low_res ? arg_max(p->iou, p->count) : 0;
    return p->low_res != NULL;
}

/* Low-res logits as the mask of the photo, with the box around it; out->empty where it has no pixel. */
static bool make_mask(Search *q, const float *low_res)
{
    size_t w = q->frame.width, n = w * q->frame.height;
    ArenaMark mark = op_mark(q->c);
    Tensor x = op_from_f32(q->c, low_res, SHAPE(1, q->side, q->side));
    float *logits = fetch(q->c, sam_upscale(q->c, q->sam, x, q->frame), q->err);
    op_reset(q->c, mark);
    if (!logits)
        return false;
    int *b = q->out->box, x0 = (int)w, y0 = (int)q->frame.height, x1 = -1, y1 = -1;
    for (size_t i = 0; i < n; i++) {
        q->out->mask[i] = logits[i] > 0 ? 255 : 0;
        if (logits[i] > 0) {
            int px = (int)(i % w), py = (int)(i / w);
            x0 = px < x0 ? px : x0;
            x1 = px > x1 ? px : x1;
            y0 = py < y0 ? py : y0;
            y1 = py;
        }
    }
    free(logits);
    b[0] = x0;
    b[1] = y0;
    b[2] = x1;
    b[3] = y1;
    q->out->empty = x1 < 0;
    return true;
}

static const float *best_of(const Search *q, int i)
{
    const PersamPass *p = &q->out->pass[i];
    return p->low_res + p->best * q->side * q->side;
}

/* The three masks of the first pass weighed as training has taught. Resizing is linear, so weighing low-res logits is
 * weighing the large ones. The caller frees it. */
static float *weighed(const Search *q, const float weights[3])
{
    const PersamPass *p = &q->out->pass[0];
    size_t n = q->side * q->side;
    float *sum = calloc(n, sizeof *sum);
    for (size_t k = 0; sum && k < p->count; k++)
        for (size_t i = 0; i < n; i++)
            sum[i] += weights[k] * p->low_res[k * n + i];
    return sum;
}

/* The first pass, and what the second starts from: logits, and with PerSAM-F the box of their mask. */
static float *first_pass(Search *q, const PersamTarget *t, const PersamPrior *prior, SamPrompt *prompt)
{
    size_t grid = sam_grid(q->sam), n = q->side * q->side;
    TwoWayGuidance guidance = { 0 };
    ArenaMark mark = op_mark(q->c);
    if (t->variant != PERSAM_F) {
        guidance.attention = op_from_f32(q->c, prior->attention, SHAPE(grid * grid));
        guidance.semantic = op_from_f32(q->c, t->embedding, SHAPE(1, t->channels));
    }
    prompt->multimask = t->variant != PERSAM;
    bool ok = predict(q, 0, prompt, &guidance);
    op_reset(q->c, mark);
    if (!ok)
        return NULL;
    float *start = NULL;
    if (t->variant == PERSAM) {
        start = malloc(n * sizeof *start);
        if (start)
            memcpy(start, q->out->pass[0].low_res, n * sizeof *start);
    } else {
        q->out->pass[0].best = 0;
        start = weighed(q, t->weights);
    }
    if (!start)
        err_set(q->err, ERR_NOMEM, "no memory for a mask of %zu x %zu", q->side, q->side);
    return start;
}

static void box_of(const PersamFound *f, float box[4])
{
    for (int i = 0; i < 4; i++)
        box[i] = (float)f->box[i];
}

static bool passes(Search *q, const PersamTarget *t, const PersamPrior *prior)
{
    PersamFound *out = q->out;
    float box[4];
    SamPrompt prompt = { .points = (const float(*)[2])out->points,
                         .labels = out->labels,
                         .point_count = out->point_count };
    float *start = first_pass(q, t, prior, &prompt);
    if (!start)
        return false;
    bool ok = true;
    if (t->variant != PERSAM) {
        ok = make_mask(q, start);
        box_of(out, box);
        prompt.box = box;
    }
    prompt.mask_input = start;
    prompt.multimask = true;
    if (ok && !out->empty)
        ok = predict(q, 1, &prompt, NULL) && make_mask(q, best_of(q, 1));
    free(start);
    if (!ok || out->empty)
        return ok;
    box_of(out, box);
    prompt.box = box;
    prompt.mask_input = best_of(q, 1);
    return predict(q, 2, &prompt, NULL) && make_mask(q, best_of(q, 2));
}

bool persam_find(PersamFound *out, OpCtx *c, const Sam *s, const PersamTarget *t, Tensor image, SamFrame f,
                 const PersamPrior *prior, Err *err)
{
    *out = (PersamFound){ .point_count = t->variant == PERSAM_F ? 1 : 2 };
    memcpy(out->points, prior->points, sizeof out->points);
    memcpy(out->labels, prior->labels, sizeof out->labels);
    out->mask = malloc(f.width * f.height + 1);
    Search q = { c, s, image, f, out, 4 * sam_grid(s), err };
    bool ok = out->mask ? passes(&q, t, prior) : err_set(err, ERR_NOMEM, "no memory for the mask");
    if (!ok)
        persam_found_clear(out);
    return ok;
}

void persam_found_clear(PersamFound *f)
{
    for (int i = 0; i < PERSAM_PASSES; i++)
        free(f->pass[i].low_res);
    free(f->mask);
    *f = (PersamFound){ 0 };
}
