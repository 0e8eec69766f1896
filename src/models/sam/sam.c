#include "models/sam/sam.h"

#include "models/sam/image_encoder.h"
#include "models/sam/mask_decoder.h"
#include "models/sam/prompt_encoder.h"
#include "models/sam/tiny_vit.h"

#include <stdlib.h>

/* Of ImageNet, in gray levels; the reference has them in code, not in the checkpoint. */
static const float PIXEL_MEAN[3] = { 123.675f, 116.28f, 103.53f };
static const float PIXEL_STD[3] = { 58.395f, 57.12f, 57.375f };

struct Sam {
    Weights *weights;
    size_t pixels, grid, channels; /* sides of the network's input and of the embedding, and its channels */
    bool tiny;                     /* which of the two image encoders it has */
    SamImageEncoder image_encoder;
    TinyVit tiny_vit;
    SamPromptEncoder prompt_encoder;
    SamMaskDecoder mask_decoder;
};

/* ---- load ---- */

static void load_image_encoder(Loader *l, Sam *s)
{
    const SamImageEncoder *e = &s->image_encoder;
    const TinyVit *t = &s->tiny_vit;
    s->tiny = tiny_vit_is(l);
    if (s->tiny)
        tiny_vit_load(l, &s->tiny_vit);
    else
        sam_image_encoder_load(l, &s->image_encoder);
    s->pixels = s->tiny ? t->pixels : e->grid * e->patch;
    s->grid = s->tiny ? t->grid : e->grid;
    s->channels = s->tiny ? t->out : e->out;
}

static void load(Loader *l, Sam *s)
{
    load_image_encoder(l, s);
    if (l->err.kind)
        return;
    sam_prompt_encoder_load(l, &s->prompt_encoder, "prompt_encoder", s->channels, s->grid, s->pixels);
    sam_mask_decoder_load(l, &s->mask_decoder, s->channels, "mask_decoder");
}

bool sam_open(Sam **out, const char *path, Err *err)
{
    *out = NULL;
    Sam *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ERR_NOMEM, "%s: no memory to load it", path);
    if (!weights_open(&s->weights, path, err)) {
        free(s);
        return false;
    }
    Loader l = { .weights = s->weights };
    load(&l, s);
    if (!load_finish(&l, err)) {
        sam_close(s);
        return false;
    }
    *out = s;
    return true;
}

void sam_close(Sam *s)
{
    if (!s)
        return;
    sam_image_encoder_clear(&s->image_encoder);
    tiny_vit_clear(&s->tiny_vit);
    sam_prompt_encoder_clear(&s->prompt_encoder);
    sam_mask_decoder_clear(&s->mask_decoder);
    weights_close(s->weights);
    free(s);
}

size_t sam_pixels(const Sam *s)
{
    return s->pixels;
}

size_t sam_grid(const Sam *s)
{
    return s->grid;
}

size_t sam_channels(const Sam *s)
{
    return s->channels;
}

/* ---- image ---- */

SamFrame sam_frame(const Sam *s, size_t width, size_t height)
{
    double scale = (double)s->pixels / (double)(width > height ? width : height);
    return (SamFrame){ width, height, (size_t)((double)width * scale + 0.5),
                       (size_t)((double)height * scale + 0.5) };
}

/* Normalised first and filled up with zeros after: what is not photo has the mean colour, not black. */
Tensor sam_encode_image(OpCtx *c, const Sam *s, const uint8_t *rgb, SamFrame f)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    size_t pixels = f.input_width * f.input_height;
    float *input = malloc((3 * pixels + 1) * sizeof *input);
    if (!input)
        return op_fail(c, ERR_NOMEM, "no memory for an image of %zu x %zu pixels", f.input_width,
                       f.input_height);
    for (size_t i = 0; i < 3 * pixels; i++)
        input[i] = ((float)rgb[i] - PIXEL_MEAN[i % 3]) / PIXEL_STD[i % 3];
    Tensor x = op_from_f32(c, input, SHAPE(f.input_height, f.input_width, 3));
    free(input);
    x = op_pad(c, x, (Padding){ .bottom = s->pixels - f.input_height, .right = s->pixels - f.input_width });
    return s->tiny ? tiny_vit_forward(c, &s->tiny_vit, x)
                   : sam_image_encoder_forward(c, &s->image_encoder, x);
}

/* ---- prompts ---- */

/* A place in the photo as one in the network's input. Rounded to single precision before the half pixel is added. */
static PromptPoint point_at(SamFrame f, const float xy[2], PointLabel label)
{
    double sx = (double)f.input_width / (double)f.width, sy = (double)f.input_height / (double)f.height;
    return (PromptPoint){ (float)((double)xy[0] * sx) + 0.5f, (float)((double)xy[1] * sy) + 0.5f, label };
}

/* Points, then the box. Where there are points and no box, a point that says nothing closes the list. */
static Tensor encode_prompt(OpCtx *c, const Sam *s, SamFrame f, const SamPrompt *p)
{
    PromptPoint list[SAM_POINTS_MAX + 2];
    size_t n = 0;
    if (!sam_prompt_check(c, p))
        return (Tensor){ 0 };
    for (size_t i = 0; i < p->point_count; i++) {
        list[n++] = point_at(f, p->points[i], (PointLabel)p->labels[i]);
    }
    if (p->box) {
        list[n++] = point_at(f, p->box, POINT_TOP_LEFT);
        list[n++] = point_at(f, p->box + 2, POINT_BOTTOM_RIGHT);
    } else if (n > 0)
        list[n++] = (PromptPoint){ 0, 0, POINT_NONE };
    return sam_encode_points(c, &s->prompt_encoder, list, n);
}

SamMasks sam_predict(OpCtx *c, const Sam *s, Tensor image, SamFrame f, const SamPrompt *prompt,
                     const TwoWayGuidance *guidance)
{
    size_t side = 4 * sam_grid(s);
    Tensor mask = { 0 };
    Tensor points = encode_prompt(c, s, f, prompt);
    if (prompt->mask_input)
        mask = op_from_f32(c, prompt->mask_input, SHAPE(side, side));
    Tensor dense = sam_encode_mask(c, &s->prompt_encoder, mask);
    MaskLogits m = sam_decode_masks(c, &s->mask_decoder, image, sam_grid_positions(c, &s->prompt_encoder),
                                    points, dense, NULL, guidance);
    size_t first = prompt->multimask ? 1 : 0,
           count = prompt->multimask ? (size_t)s->mask_decoder.mask_count - 1 : 1;
    return (SamMasks){ op_rows(c, m.masks, first, count), op_rows(c, m.iou, first, count) };
}

/* Up to the network's input, without what was filled up, and from there to the photo's size. */
Tensor sam_upscale(OpCtx *c, const Sam *s, Tensor low_res, SamFrame f)
{
    size_t n = low_res.dim[0], side = 4 * sam_grid(s);
    Tensor x = op_reshape(c, low_res, SHAPE(n, side, side, 1));
    x = op_resize(c, x, s->pixels, s->pixels, RESIZE_BILINEAR);
    x = op_crop(c, x, 0, 0, f.input_height, f.input_width);
    x = op_resize(c, x, f.height, f.width, RESIZE_BILINEAR);
    return op_reshape(c, x, SHAPE(n, f.height, f.width));
}
