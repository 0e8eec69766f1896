/* cmd_segment.c: facet segment. */
#include "cli/cmd.h"

#include "base/pool.h"
#include "cli/command.h"
#include "cli/dump.h"
#include "cli/interrupt.h"
#include "models/sam/mask_decoder.h"
#include "roles/persam_sam2/files.h"
#include "roles/persam_sam2/segmenter.h"
#include "vision/codec.h"
#include "vision/grabcut.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *sam_ckpt, *sam2_ckpt, *sam2_config, *image, *box, *mask_input, *out, *dump;
    TextList point;
    bool multimask;
    int jobs;
} SegmentOptions;

#define AT(field) offsetof(SegmentOptions, field)

/* clang-format off */
const Option cmd_segment_options[] = {
    { .group = "The model; without one, the built-in GrabCut", .name = "sam_ckpt", .type = OPT_PATH, .offset = AT(sam_ckpt), .value = "FILE",
      .help = "Checkpoint of Segment Anything or MobileSAM" },
    { .name = "sam2_ckpt", .type = OPT_PATH, .offset = AT(sam2_ckpt), .value = "FILE",
      .help = "Checkpoint of SAM 2 or 2.1" },
    { .name = "sam2_config", .type = OPT_PATH, .offset = AT(sam2_config), .value = "FILE",
      .help = "Its YAML, or sam2.1_hiera_t, sam2.1_hiera_s, sam2.1_hiera_b+, sam2.1_hiera_l; default: by the checkpoint's name" },
    { .group = "The prompt, in pixels of the picture", .name = "image", .type = OPT_PATH, .offset = AT(image), .required = true,
      .value = "FILE", .help = "Picture to segment" },
    { .name = "point", .type = OPT_LIST, .offset = AT(point), .value = "X,Y,LABEL",
      .help = "A place; label 1 is on the object, 0 is not. May be given several times" },
    { .name = "box", .type = OPT_TEXT, .offset = AT(box), .value = "X0,Y0,X1,Y1", .help = "Box around the object" },
    { .name = "mask_input", .type = OPT_PATH, .offset = AT(mask_input), .value = "FILE",
      .help = "Logits to refine: tensor mask_input [1, 256, 256] of a .safetensors file, such as low_res of a --dump" },
    { .name = "multimask", .type = OPT_BOOL, .offset = AT(multimask), .fallback = "false",
      .help = "Ask for three masks, from part to whole, and take the one with the best score" },
    { .group = "Result", .name = "out", .type = OPT_PATH, .offset = AT(out), .value = "FILE",
      .help = "The best mask as a picture, white is the object" },
    { .name = "dump", .type = OPT_PATH, .offset = AT(dump), .value = "FILE",
      .help = "Tensors as .safetensors: low_res [n, 256, 256], iou [n], masks [n, height, width], embedding" },
    { .name = "jobs", .type = OPT_INT, .offset = AT(jobs), .fallback = "0", .min = 0, .max = 1024,
      .help = "Threads; 0 is one a processor" },
    { .name = NULL },
};
/* clang-format on */

/* ---- the prompt ---- */

typedef struct {
    SamPrompt prompt;
    float points[SAM_POINTS_MAX][2], box[4];
    int labels[SAM_POINTS_MAX];
    float *mask;
} Prompt;

static bool number(const char *text, float *out)
{
    char *end;
    *out = strtof(text, &end);
    return *text && *end == '\0' && isfinite(*out);
}

/* A list option splits at commas, so a point is three entries. */
static bool read_points(Prompt *p, const TextList *words, Err *err)
{
    if (words->count % 3 || words->count / 3 > SAM_POINTS_MAX)
        return err_set(err, ERR_USAGE, "--point: needs X,Y,LABEL for each point, and at most %d points",
                       SAM_POINTS_MAX);
    for (size_t i = 0; i < words->count; i += 3) {
        const char *label = words->text[i + 2];
        if (!number(words->text[i], &p->points[i / 3][0]) ||
            !number(words->text[i + 1], &p->points[i / 3][1]))
            return err_set(err, ERR_USAGE, "--point %s,%s,%s: X and Y are numbers", words->text[i],
                           words->text[i + 1], label);
        if (strcmp(label, "0") != 0 && strcmp(label, "1") != 0)
            return err_set(err, ERR_USAGE, "--point %s,%s,%s: the label is 1 (object) or 0 (background)",
                           words->text[i], words->text[i + 1], label);
        p->labels[i / 3] = label[0] - '0';
    }
    p->prompt.points = (const float(*)[2])p->points;
    p->prompt.labels = p->labels;
    p->prompt.point_count = words->count / 3;
    return true;
}

static bool read_box(Prompt *p, const char *text, Err *err)
{
    char rest;
    float *b = p->box;
    if (sscanf(text, "%f,%f,%f,%f%c", &b[0], &b[1], &b[2], &b[3], &rest) != 4 ||
        !isfinite(b[0] + b[1] + b[2] + b[3]) || b[0] > b[2] || b[1] > b[3])
        return err_set(err, ERR_USAGE, "--box %s: needs X0,Y0,X1,Y1 with the top left corner first", text);
    p->prompt.box = b;
    return true;
}

static bool read_mask(Prompt *p, const char *path, size_t side, Err *err)
{
    Weights *w;
    if (!weights_open(&w, path, err))
        return false;
    const WeightTensor *t = weights_find(w, "mask_input");
    bool ok = t && t->dtype == WEIGHT_F32 && t->bytes == side * side * sizeof(float);
    p->mask = ok ? malloc(t->bytes) : NULL;
    if (p->mask)
        memcpy(p->mask, t->data, t->bytes);
    else if (!ok)
        err_set(err, ERR_INPUT, "%s: has no tensor mask_input [1, %zu, %zu] of f32", path, side, side);
    else
        err_set(err, ERR_NOMEM, "%s: no memory for it", path);
    p->prompt.mask_input = p->mask;
    weights_close(w);
    return p->mask != NULL;
}

static bool read_prompt(Prompt *p, const SegmentOptions *o, size_t side, Err *err)
{
    p->prompt.multimask = o->multimask;
    if (!o->point.count && !o->box && !o->mask_input)
        return err_set(err, ERR_USAGE,
                       "say where the object is: --point X,Y,1, --box X0,Y0,X1,Y1 or --mask_input FILE");
    return read_points(p, &o->point, err) && (!o->box || read_box(p, o->box, err)) &&
           (!o->mask_input || read_mask(p, o->mask_input, side, err));
}

/* ---- the answer ---- */

/* Fetched from the model, at the photo's size. */
typedef struct {
    size_t count, side, grid, channels, width, height, best;
    float *embedding, *low_res, *iou, *logits; /* logits [count, height, width] */
} Answer;

static void answer_clear(Answer *a)
{
    free(a->embedding);
    free(a->low_res);
    free(a->iou);
    free(a->logits);
}

static bool keep(Answer *a, OpCtx *c, Tensor embedding, SamMasks m, Tensor logits, Err *err)
{
    a->count = op_ok(c) ? tensor_count(m.iou) : 0;
    a->embedding = op_fetch(c, embedding);
    a->low_res = op_fetch(c, m.low_res);
    a->iou = op_fetch(c, m.iou);
    a->logits = op_fetch(c, logits);
    if (!op_finish(c, err))
        return false;
    for (size_t i = 1; i < a->count; i++)
        if (a->iou[i] > a->iou[a->best])
            a->best = i;
    return true;
}

static bool segment_sam(Answer *a, Prompt *p, OpCtx *c, const SegmentOptions *o, const Image *photo, Err *err)
{
    Sam *sam;
    SamFrame f;
    Tensor image;
    if (!sam_open(&sam, o->sam_ckpt, err))
        return false;
    a->grid = sam_grid(sam);
    a->side = 4 * a->grid;
    a->channels = sam_channels(sam);
    bool ok = read_prompt(p, o, a->side, err) && photo_encode(&image, &f, c, sam, photo, err);
    if (ok) {
        SamMasks m = sam_predict(c, sam, image, f, &p->prompt, NULL);
        ok = keep(a, c, image, m, sam_upscale(c, sam, m.low_res, f), err);
    }
    op_reset(c, (ArenaMark){ 0 });
    sam_close(sam);
    return ok;
}

static bool segment_sam2(Answer *a, Prompt *p, OpCtx *c, const SegmentOptions *o, const Image *photo,
                         Err *err)
{
    Sam2 *sam2;
    const char *config = o->sam2_config ? o->sam2_config : sam2_config_of(o->sam2_ckpt);
    if (!config)
        return err_set(err, ERR_USAGE,
                       "--sam2_ckpt %s: its name does not tell its configuration; name it with --sam2_config",
                       o->sam2_ckpt);
    if (!sam2_open(&sam2, o->sam2_ckpt, config, err))
        return false;
    a->grid = sam2_grid(sam2);
    a->side = 4 * a->grid;
    a->channels = sam2_channels(sam2);
    bool ok = read_prompt(p, o, a->side, err);
    if (ok) {
        Sam2Image image = sam2_encode_image(c, sam2, photo->data, a->width, a->height);
        Sam2Masks m = sam2_predict(c, sam2, &image, &p->prompt);
        ok = keep(a, c, image.embedding, m.masks, sam2_upscale(c, m.exact, a->width, a->height), err);
    }
    op_reset(c, (ArenaMark){ 0 });
    sam2_close(sam2);
    return ok;
}

/* ---- without a model ---- */

/* GrabCut's mask goes to --out, and its score and size are printed. */
static bool segment_grabcut(Prompt *p, const SegmentOptions *o, const Image *photo, Str *out, Err *err)
{
    MaskPoint points[SAM_POINTS_MAX];
    Grabcut *g = NULL;
    Image mask = { 0 };
    float score;
    if (o->mask_input || o->dump || o->multimask)
        return err_set(err, ERR_USAGE, "%s needs a model: give --sam_ckpt or --sam2_ckpt",
                       o->mask_input ? "--mask_input"
                       : o->dump     ? "--dump"
                                     : "--multimask");
    if (!read_prompt(p, o, 0, err))
        return false;
    for (size_t i = 0; i < p->prompt.point_count; i++)
        points[i] = (MaskPoint){ p->points[i][0], p->points[i][1], p->labels[i] == 1 };
    MaskPrompt prompt = { .points = points, .point_count = p->prompt.point_count, .box = p->prompt.box };
    bool ok = grabcut_open(&g, photo, err) &&
              grabcut_cut(g, &prompt, interrupt_watch(), &mask, &score, err) &&
              (!o->out || image_save(&mask, o->out, 95, err));
    if (ok) {
        size_t area = 0;
        for (size_t i = 0; i < image_bytes(&mask); i++)
            area += mask.data[i] > 0;
        str_printf(
            out,
            "{\"segmenter\": \"grabcut\", \"best\": 0, \"masks\": [{\"score\": %.6f, \"pixels\": %zu}]}\n",
            (double)score, area);
    }
    image_clear(&mask);
    grabcut_close(g);
    return ok;
}

/* ---- what comes out ---- */

static bool write_mask(const Answer *a, const char *path, Err *err)
{
    Image mask;
    size_t n = a->width * a->height;
    if (!path)
        return true;
    if (!image_init(&mask, (int)a->width, (int)a->height, 1, err))
        return false;
    for (size_t i = 0; i < n; i++)
        mask.data[i] = a->logits[a->best * n + i] > 0 ? 255 : 0;
    bool ok = image_save(&mask, path, 95, err);
    image_clear(&mask);
    return ok;
}

static bool write_dump(const Answer *a, const char *path, Err *err)
{
    size_t n = a->count * a->width * a->height;
    if (!path)
        return true;
    uint8_t *masks = malloc(n + 1);
    float *embedding = dump_channels_first(a->embedding, a->grid * a->grid, a->channels);
    bool ok = (masks && embedding) || err_set(err, ERR_NOMEM, "%s: no memory to write it", path);
    if (ok) {
        Dump d = { 0 };
        for (size_t i = 0; i < n; i++)
            masks[i] = a->logits[i] > 0;
        dump_f32(&d, a->low_res, SHAPE(a->count, a->side, a->side), "low_res");
        dump_f32(&d, a->iou, SHAPE(a->count), "iou");
        dump_u8(&d, masks, SHAPE(a->count, a->height, a->width), "masks");
        dump_f32(&d, embedding, SHAPE(1, a->channels, a->grid, a->grid), "embedding");
        ok = dump_write(&d, path, err);
        dump_clear(&d);
    }
    free(masks);
    free(embedding);
    return ok;
}

/* One line of JSON: which mask is best, and of each its score, stability and size. */
static void print_answer(Str *out, const Answer *a)
{
    size_t n = a->width * a->height;
    str_printf(out, "{\"best\": %zu, \"masks\": [", a->best);
    for (size_t k = 0; k < a->count; k++) {
        size_t area = 0;
        for (size_t i = 0; i < n; i++)
            area += a->logits[k * n + i] > 0;
        float stability = area ? sam_mask_stability(a->logits + k * n, n, SAM_STABILITY_DELTA) : 0;
        str_printf(out, "%s{\"iou\": %.6f, \"stability\": %.4f, \"pixels\": %zu}", k ? ", " : "",
                   (double)a->iou[k], (double)stability, area);
    }
    str_add(out, "]}\n");
}

static bool segment(const void *options, CommandWork *work, Err *err)
{
    const SegmentOptions *o = options;
    Image photo = { 0 };
    Answer a = { 0 };
    Prompt *p = calloc(1, sizeof *p);
    DecodeOptions rgb = { .channels = 3, .upright = true };
    if (!p)
        return err_set(err, ERR_NOMEM, "no memory to begin");
    OpCtx *c = NULL;
    bool model = o->sam_ckpt || o->sam2_ckpt;
    bool ok =
        !o->sam_ckpt || !o->sam2_ckpt || err_set(err, ERR_USAGE, "give one model: --sam_ckpt or --sam2_ckpt");
    ok = ok &&
         (!o->sam2_config || o->sam2_ckpt || err_set(err, ERR_USAGE, "--sam2_config goes with --sam2_ckpt"));
    ok = ok && image_load(&photo, o->image, &rgb, err);
    if (ok && !model)
        ok = segment_grabcut(p, o, &photo, &work->out, err);
    else if (ok && (c = op_open(&(OpOptions){ .threads = o->jobs ? o->jobs : pool_cpus() }, err))) {
        a.width = (size_t)photo.width;
        a.height = (size_t)photo.height;
        ok = (o->sam_ckpt ? segment_sam : segment_sam2)(&a, p, c, o, &photo, err) &&
             write_mask(&a, o->out, err) && write_dump(&a, o->dump, err);
        if (ok)
            print_answer(&work->out, &a);
    } else
        ok = false;
    op_close(c);
    answer_clear(&a);
    image_clear(&photo);
    free(p->mask);
    free(p);
    return ok;
}

int cmd_segment(int argc, char *const *argv)
{
    SegmentOptions o = { 0 };
    return command_act("segment", &o, 0, segment, argc, argv);
}
