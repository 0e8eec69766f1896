#include "models/sam2/sam2.h"

#include "models/sam/prompt_encoder.h"
#include "models/sam2/hiera.h"

#include <stdlib.h>

/* Of ImageNet, for pixels from 0 to 1. */
static const float IMAGE_MEAN[3] = { 0.485f, 0.456f, 0.406f };
static const float IMAGE_STD[3] = { 0.229f, 0.224f, 0.225f };

/* Low-res logits are returned between these. */
static const float LOGIT_LIMIT = 32;

/* A single mask is stable when its area hardly changes between these two thresholds. */
static const float STABILITY_DELTA = 0.05f, STABILITY_MIN = 0.98f;

struct Sam2 {
    Weights *weights;
    Sam2Config config;
    size_t grid;
    Hiera trunk;
    Linear lateral[HIERA_STAGES]; /* the neck: one 1x1 convolution a level, the coarsest first */
    Weight no_mem_embed; /* [1, 1, C]: what the embedding is told where there is no video before it */
    SamPromptEncoder prompt_encoder;
    SamMaskDecoder mask_decoder;
};

/* ---- load ---- */

/* Parts of the checkpoint that only video needs. */
static const char *const video_only[] = { "memory_attention.", "memory_encoder.", "maskmem_tpos_enc",
                                          "no_mem_pos_enc",    "no_obj_ptr",      "no_obj_embed_spatial",
                                          "mask_downsample.",  "obj_ptr_proj.",   "obj_ptr_tpos_proj." };

static void load(Loader *l, Sam2 *s)
{
    const Sam2Config *cfg = &s->config;
    size_t d = (size_t)cfg->d_model;
    hiera_load(l, &s->trunk, cfg);
    s->grid = s->trunk.grid / 4; /* the neck's third level */
    for (int i = 0; i < HIERA_STAGES; i++)
        load_conv(l, &s->lateral[i],
                  (ConvShape){ .out = d, .in = s->trunk.dim[HIERA_STAGES - 1 - i], .kernel = 1 },
                  "image_encoder.neck.convs.%d.conv", i);
    load_weight(l, &s->no_mem_embed, SHAPE(1, 1, d), "no_mem_embed");
    sam_prompt_encoder_load(l, &s->prompt_encoder, "sam_prompt_encoder", d, s->grid, (size_t)cfg->image_size);
    sam_mask_decoder_load(l, &s->mask_decoder, d, "sam_mask_decoder");
    s->mask_decoder.iou_sigmoid = cfg->iou_prediction_use_sigmoid;
    for (size_t i = 0; i < sizeof video_only / sizeof *video_only; i++)
        load_ignore(l, "%s", video_only[i]);
}

bool sam2_open(Sam2 **out, const char *checkpoint, const char *config, Err *err)
{
    *out = NULL;
    Sam2 *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ERR_NOMEM, "%s: no memory to load it", checkpoint);
    if (!sam2_config_read(&s->config, config, err) || !weights_open(&s->weights, checkpoint, err)) {
        free(s);
        return false;
    }
    weights_prefix(s->weights,
                   "model."); /* as torch.save({"model": ...}) names them; other files have no prefix */
    Loader l = { .weights = s->weights };
    load(&l, s);
    if (!load_finish(&l, err)) {
        err_prefix(err, "with the configuration %s: ", config);
        sam2_close(s);
        return false;
    }
    *out = s;
    return true;
}

void sam2_close(Sam2 *s)
{
    if (!s)
        return;
    hiera_clear(&s->trunk);
    for (int i = 0; i < HIERA_STAGES; i++)
        linear_clear(&s->lateral[i]);
    weight_clear(&s->no_mem_embed);
    sam_prompt_encoder_clear(&s->prompt_encoder);
    sam_mask_decoder_clear(&s->mask_decoder);
    weights_close(s->weights);
    free(s);
}

size_t sam2_grid(const Sam2 *s)
{
    return s->grid;
}

size_t sam2_channels(const Sam2 *s)
{
    return (size_t)s->config.d_model;
}

/* ---- image ---- */

/* The feature pyramid (Lin et al. 2017): a level is its own 1x1 convolution, and where the configuration says so also the
 * coarser level enlarged. The coarsest is only made for that. */
static void neck(OpCtx *c, const Sam2 *s, const Tensor features[HIERA_STAGES], Tensor level[HIERA_STAGES])
{
    for (int i = HIERA_STAGES - 1; i >= 0; i--) {
        level[i] = op_conv2d(c, features[i], &s->lateral[HIERA_STAGES - 1 - i], (ConvOpts){ 0 });
        if (i < HIERA_STAGES - 1 && s->config.top_down[i])
            level[i] = op_add(c, level[i],
                              op_resize(c, level[i + 1], level[i].dim[0], level[i].dim[1], RESIZE_NEAREST));
    }
}

static Tensor network_input(OpCtx *c, const Sam2 *s, const uint8_t *rgb, size_t width, size_t height)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    size_t side = (size_t)s->config.image_size, n = 3 * width * height;
    float *scaled = malloc((n + 1) * sizeof *scaled);
    if (!scaled)
        return op_fail(c, ERR_NOMEM, "no memory for an image of %zu x %zu pixels", width, height);
    for (size_t i = 0; i < n; i++)
        scaled[i] = (float)rgb[i] / 255;
    Tensor x =
        op_resize(c, op_from_f32(c, scaled, SHAPE(height, width, 3)), side, side, RESIZE_BILINEAR_ANTIALIAS);
    free(scaled);
    float shift[3], scale[3];
    for (int i = 0; i < 3; i++) {
        scale[i] = 1 / IMAGE_STD[i];
        shift[i] = IMAGE_MEAN[i];
    }
    return op_mul(c, op_sub(c, x, op_from_f32(c, shift, SHAPE(3))), op_from_f32(c, scale, SHAPE(3)));
}

Sam2Image sam2_encode_image(OpCtx *c, const Sam2 *s, const uint8_t *rgb, size_t width, size_t height)
{
    Tensor features[HIERA_STAGES] = { { 0 } }, level[HIERA_STAGES];
    hiera_forward(c, &s->trunk, network_input(c, s, rgb, width, height), features);
    neck(c, s, features, level);
    return (Sam2Image){ width,
                        height,
                        op_add(c, level[2], op_weight(c, &s->no_mem_embed)),
                        { op_conv2d(c, level[0], &s->mask_decoder.conv_s0, (ConvOpts){ 0 }),
                          op_conv2d(c, level[1], &s->mask_decoder.conv_s1, (ConvOpts){ 0 }) } };
}

/* ---- prompts ---- */

/* A place in the photo as one in the network's input; all in single precision. */
static PromptPoint point_at(const Sam2 *s, const Sam2Image *image, const float xy[2], PointLabel label)
{
    float side = (float)s->config.image_size;
    return (PromptPoint){ xy[0] / (float)image->width * side + 0.5f,
                          xy[1] / (float)image->height * side + 0.5f, label };
}

/* The box, then the points, then one that says nothing; nothing at all where there is only a mask. */
static Tensor encode_prompt(OpCtx *c, const Sam2 *s, const Sam2Image *image, const SamPrompt *p)
{
    PromptPoint list[SAM_POINTS_MAX + 3];
    size_t n = 0;
    if (!sam_prompt_check(c, p))
        return (Tensor){ 0 };
    if (p->box) {
        list[n++] = point_at(s, image, p->box, POINT_TOP_LEFT);
        list[n++] = point_at(s, image, p->box + 2, POINT_BOTTOM_RIGHT);
    }
    for (size_t i = 0; i < p->point_count; i++) {
        list[n++] = point_at(s, image, p->points[i], (PointLabel)p->labels[i]);
    }
    if (n > 0)
        list[n++] = (PromptPoint){ 0, 0, POINT_NONE };
    return sam_encode_points(c, &s->prompt_encoder, list, n);
}

/* ---- masks ---- */

/* Which mask to return where one is asked for: the first, or when it is not stable the most promising other. Looks at the
 * numbers, so it waits for them. */
static size_t choose_single(OpCtx *c, const MaskLogits *m)
{
    size_t count = m->iou.dim[0], pixels = m->masks.dim[1] * m->masks.dim[2], best = 0;
    float *logits = calloc(pixels + count + 1, sizeof *logits), *iou = logits ? logits + pixels : NULL;
    if (!logits) {
        op_fail(c, ERR_NOMEM, "no memory for a mask of %zu pixels", pixels);
        return 0;
    }
    op_download(c, op_rows(c, m->masks, 0, 1), logits);
    op_download(c, m->iou, iou);
    if (op_ok(c) && sam_mask_stability(logits, pixels, STABILITY_DELTA) < STABILITY_MIN) {
        best = 1;
        for (size_t i = 2; i < count; i++)
            if (iou[i] > iou[best])
                best = i;
    }
    free(logits);
    return best;
}

static Tensor clamp_logits(OpCtx *c, Tensor x)
{
    size_t n = tensor_count(x);
    float *v = op_fetch(c, x);
    for (size_t i = 0; v && i < n; i++)
        v[i] = v[i] > LOGIT_LIMIT ? LOGIT_LIMIT : v[i] < -LOGIT_LIMIT ? -LOGIT_LIMIT : v[i];
    Tensor y = op_from_f32(c, v, tensor_shape(x));
    free(v);
    return y;
}

Sam2Masks sam2_predict(OpCtx *c, const Sam2 *s, const Sam2Image *image, const SamPrompt *prompt)
{
    size_t side = 4 * s->grid;
    Tensor mask = { 0 };
    Tensor points = encode_prompt(c, s, image, prompt);
    if (prompt->mask_input)
        mask = op_from_f32(c, prompt->mask_input, SHAPE(side, side));
    MaskLogits m =
        sam_decode_masks(c, &s->mask_decoder, image->embedding, sam_grid_positions(c, &s->prompt_encoder),
                         points, sam_encode_mask(c, &s->prompt_encoder, mask), &image->high_res, NULL);
    if (!op_ok(c))
        return (Sam2Masks){ 0 };
    size_t first = prompt->multimask ? 1 : choose_single(c, &m),
           count = prompt->multimask ? m.iou.dim[0] - 1 : 1;
    Tensor exact = op_rows(c, m.masks, first, count);
    return (Sam2Masks){ { clamp_logits(c, exact), op_rows(c, m.iou, first, count) }, exact };
}

Tensor sam2_upscale(OpCtx *c, Tensor exact, size_t width, size_t height)
{
    size_t n = exact.dim[0];
    Tensor x = op_reshape(c, exact, SHAPE(n, exact.dim[1], exact.dim[2], 1));
    return op_reshape(c, op_resize(c, x, height, width, RESIZE_BILINEAR), SHAPE(n, height, width));
}
