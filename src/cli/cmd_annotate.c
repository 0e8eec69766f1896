/* cmd_annotate.c: facet annotate. */
#include "cli/cmd.h"

#include "base/file.h"
#include "base/pool.h"
#include "cli/command.h"
#include "cli/dump.h"
#include "cli/picture_file.h"
#include "cli/role_options.h"
#include "roles/persam_sam2/files.h"
#include "roles/persam_sam2/segmenter.h"
#include "vision/codec.h"
#include "vision/resample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *ref_image, *ref_mask, *out, *out_dir, *dump;
    TextList image;
    char *cache_dir, *sam_type, *sam_ckpt, *sam2_config, *sam2_ckpt;
    bool training;
    double lr;
    int epochs, log_epoch, jobs;
    bool quiet;
} AnnotateOptions;

#define AT(field) offsetof(AnnotateOptions, field)

/* clang-format off */
const Option cmd_annotate_options[] = {
    { .group = "Pictures", .name = "ref_image", .type = OPT_PATH, .offset = AT(ref_image), .required = true, .value = "FILE",
      .help = "Photo that shows the object" },
    { .name = "ref_mask", .type = OPT_PATH, .offset = AT(ref_mask), .value = "FILE",
      .help = "Where the object is in it, white is the object; default: the photo's own transparency" },
    { .name = "image", .type = OPT_PATHS, .offset = AT(image), .value = "FILE",
      .help = "Picture to find the object in. May be given several times, then with --out_dir" },
    { .name = "out", .type = OPT_PATH, .offset = AT(out), .value = "FILE", .help = "Mask of the picture, white is the object" },
    { .name = "out_dir", .type = OPT_PATH, .offset = AT(out_dir), .value = "DIR",
      .help = "Folder for masks named after their pictures" },
    { .name = "dump", .type = OPT_PATH, .offset = AT(dump), .value = "FILE",
      .help = "Everything on the way as .safetensors, of a single picture: target_feat, attn_sim, point_coords, point_labels, "
              "box, pass1.low_res, pass1.iou and so on, mask_weights with training, final_mask" },
    { .group = "Models", .name = "cache_dir", .type = OPT_PATH, .offset = AT(cache_dir), .value = "DIR",
      .help = "Folder of models" },
    { .name = "sam_type", .type = OPT_TEXT, .offset = AT(sam_type), .fallback = "vit_h", .choices = "vit_h|vit_l|vit_b|vit_t",
      .help = "Which SAM to look for in --cache_dir" },
    { .name = "sam_ckpt", .type = OPT_PATH, .offset = AT(sam_ckpt), .value = "FILE",
      .help = "Checkpoint of SAM; with it and without SAM 2, PerSAM's own mask is the result" },
    { .name = "sam2_config", .type = OPT_PATH, .offset = AT(sam2_config), .value = "FILE",
      .help = "YAML of SAM 2, or the name of an official one" },
    { .name = "sam2_ckpt", .type = OPT_PATH, .offset = AT(sam2_ckpt), .value = "FILE", .help = "Checkpoint of SAM 2" },
    { .group = "PerSAM-F", .name = "enable_persam_training", .type = OPT_BOOL, .offset = AT(training), .fallback = "false",
      .help = "Learn how to weigh SAM's three masks of the reference" },
    { .name = "persam_lr", .type = OPT_REAL, .offset = AT(lr), .fallback = "1e-3", .min = 1e-9, .max = 1, .help = "Learning rate" },
    { .name = "persam_epochs", .type = OPT_INT, .offset = AT(epochs), .fallback = "1000", .min = 1, .max = 1000000,
      .help = "Epochs of training" },
    { .name = "persam_log_epoch", .type = OPT_INT, .offset = AT(log_epoch), .fallback = "200", .min = 1, .max = 1000000,
      .help = "Say the loss every so many" },
    { .group = "Other", .name = "jobs", .type = OPT_INT, .offset = AT(jobs), .fallback = "0", .min = 0, .max = 1024,
      .help = "Threads; 0 is one a processor" },
    { .name = "quiet", .type = OPT_BOOL, .offset = AT(quiet), .fallback = "false", .help = "Say nothing but warnings and errors" },
    { .name = NULL },
};
/* clang-format on */

typedef struct {
    const AnnotateOptions *o;
    RoleSession session;
    OpCtx *c;
    Sam *sam;
    Sam2 *sam2; /* NULL: PerSAM's mask is the result */
    PersamTarget target;
} Annotation;

/* ---- opening ---- */

/* SAM alone where only it is named; else both, as a run finds them. */
static bool open_models(Annotation *a, Err *err)
{
    const AnnotateOptions *o = a->o;
    SamFiles files;
    if (o->sam_ckpt && !o->sam2_ckpt && !o->sam2_config && !o->cache_dir)
        return sam_open(&a->sam, o->sam_ckpt, err);
    RoleConfig cfg = a->session.config;
    cfg.cache_dir = o->cache_dir;
    cfg.sam_type = o->sam_type;
    cfg.sam_ckpt = o->sam_ckpt;
    cfg.sam2_ckpt = o->sam2_ckpt;
    cfg.sam2_config = o->sam2_config;
    bool ok = sam_files_find(&files, &cfg, err) && sam_open(&a->sam, files.sam, err) &&
              sam2_open(&a->sam2, files.sam2, files.config, err);
    sam_files_clear(&files);
    return ok;
}

static void told(void *user, int epoch, double lr, double dice, double focal)
{
    const Annotation *a = user;
    log_info(&a->session.log, "epoch %d: rate %.6f, dice loss %.4f, focal loss %.4f", epoch, lr, dice, focal);
}

/* A mask of another size is brought to the photo's, as a run does. */
static bool load_reference(Image *photo, Image *mask, const AnnotateOptions *o, Err *err)
{
    DecodeOptions gray = { .channels = 1, .upright = true };
    Image given = { 0 };
    if (!picture_file_load(photo, mask, o->ref_image, NULL, err))
        return false;
    if (o->ref_mask) {
        image_clear(mask);
        bool ok = image_load(&given, o->ref_mask, &gray, err) &&
                  image_resize(mask, &given, photo->width, photo->height, RESAMPLE_NEAREST, err);
        image_clear(&given);
        return ok;
    }
    return !image_empty(mask) ||
           err_set(err, ERR_USAGE, "%s: has no transparency that shows the object; give --ref_mask",
                   o->ref_image);
}

static bool learn(Annotation *a, Err *err)
{
    const AnnotateOptions *o = a->o;
    PersamTraining training = { o->lr, o->epochs, o->log_epoch, told, a };
    Image photo = { 0 }, mask = { 0 };
    bool ok =
        load_reference(&photo, &mask, o, err) &&
        (reference_learn(&a->target, a->c, a->sam, &photo, &mask, o->training ? &training : NULL, err) ||
         err_prefix(err, "%s: ", o->ref_image));
    image_clear(&photo);
    image_clear(&mask);
    return ok;
}

/* ---- a picture ---- */

static bool write_dump(const Annotation *a, const Segmented *s, const Image *photo, Err *err)
{
    Dump d = { 0 };
    const PersamFound *p = &s->persam;
    int32_t coords[4], labels[2], box[4];
    uint8_t *final = NULL;
    size_t grid = sam_grid(a->sam), side = 4 * grid, w = (size_t)photo->width, h = (size_t)photo->height;
    for (size_t i = 0; i < 4; i++) {
        coords[i] = (int32_t)p->points[i / 2][i % 2];
        labels[i / 2] = p->labels[i / 2];
        box[i] = p->box[i];
    }
    dump_f32(&d, a->target.direction, SHAPE(1, a->target.channels), "target_feat");
    dump_f32(&d, a->target.embedding, SHAPE(1, a->target.channels), "target_embedding");
    dump_f32(&d, s->prior.attention, SHAPE(1, 1, 1, grid * grid), "attn_sim");
    dump_f32(&d, s->prior.similarity, SHAPE(h, w), "sim");
    dump_i32(&d, coords, SHAPE(p->point_count, 2), "point_coords");
    dump_i32(&d, labels, SHAPE(p->point_count), "point_labels");
    dump_i32(&d, box, SHAPE(4), "box");
    for (int i = 0; i < PERSAM_PASSES; i++)
        if (p->pass[i].low_res) {
            dump_f32(&d, p->pass[i].low_res, SHAPE(p->pass[i].count, side, side), "pass%d.low_res", i + 1);
            dump_f32(&d, p->pass[i].iou, SHAPE(p->pass[i].count), "pass%d.iou", i + 1);
        }
    if (a->o->training)
        dump_f32(&d, a->target.weights, SHAPE(3, 1), "mask_weights");
    if (s->low_res) {
        dump_f32(&d, s->low_res, SHAPE(s->masks, s->side, s->side), "sam2.low_res");
        dump_f32(&d, s->iou, SHAPE(s->masks), "sam2.iou");
    }
    final = calloc(w * h + 1, 1);
    if (!final) {
        dump_clear(&d);
        return err_set(err, ERR_NOMEM, "%s: no memory to write it", a->o->dump);
    }
    for (size_t i = 0; !image_empty(&s->mask) && i < w * h; i++)
        final[i] = s->mask.data[i] > 0;
    dump_u8(&d, final, SHAPE(h, w), "final_mask");
    bool ok = dump_write(&d, a->o->dump, err);
    dump_clear(&d);
    free(final);
    return ok;
}

/* Where the mask goes; the caller frees it. NULL with the error set, or where none is asked for. */
static char *mask_path(const AnnotateOptions *o, const char *image, Err *err)
{
    char *path = NULL, *stem = NULL;
    if (o->out)
        path = strdup(o->out);
    else if (o->out_dir && (stem = path_stem(image)) && asprintf(&path, "%s/%s.png", o->out_dir, stem) < 0)
        path = NULL;
    free(stem);
    if (!path && (o->out || o->out_dir))
        err_set(err, ERR_NOMEM, "%s: no memory", image);
    return path;
}

/* The mask of a picture where the object was not found is black. */
static bool write_mask(const AnnotateOptions *o, const Segmented *s, const Image *photo, const char *image,
                       Err *err)
{
    Image black = { 0 };
    char *path = mask_path(o, image, err);
    if (!path)
        return err->kind == ERR_NONE;
    bool ok = s->found || image_init(&black, photo->width, photo->height, 1, err);
    ok = ok && image_save(s->found ? &s->mask : &black, path, 95, err);
    image_clear(&black);
    free(path);
    return ok;
}

static void print_line(Str *out, const Segmented *s, const char *image)
{
    size_t pixels = 0;
    for (size_t i = 0; s->found && i < image_bytes(&s->mask); i++)
        pixels += s->mask.data[i] > 0;
    json_t *line = json_pack("{s:s, s:b, s:f, s:f, s:I}", "image", image, "found", s->found, "score",
                             s->found ? (double)s->iou[s->best] : 0.0, "stability", (double)s->stability,
                             "pixels", (json_int_t)pixels);
    char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    str_printf(out, "%s\n", text ? text : "{}");
    free(text);
    json_decref(line);
}

static bool annotate_picture(const Annotation *a, OpCtx *c, const char *image, Str *out, Err *err)
{
    Image photo = { 0 };
    Segmented s;
    DecodeOptions rgb = { .channels = 3, .upright = true };
    if (!image_load(&photo, image, &rgb, err))
        return false;
    bool ok = segment_reference_object(&s, c, a->sam, a->sam2, &a->target, &photo, err) ||
              err_prefix(err, "%s: ", image);
    if (ok) {
        ok = write_mask(a->o, &s, &photo, image, err) && (!a->o->dump || write_dump(a, &s, &photo, err));
        print_line(out, &s, image);
        segmented_clear(&s);
    }
    image_clear(&photo);
    return ok;
}

/* ---- all pictures ---- */

/* Several pictures are worked at side by side, with a context for each: one is decoded and brought to size while another is
 * encoded. */
typedef struct {
    const Annotation *a;
    OpCtx **contexts; /* of each worker */
    Str *lines;       /* of each picture */
    Err *errors;
} Batch;

static bool annotate_item(void *user, size_t item, int worker)
{
    Batch *b = user;
    return annotate_picture(b->a, b->contexts[worker], b->a->o->image.text[item], &b->lines[item],
                            &b->errors[item]);
}

/* The lines up to the first picture that failed, and why it did. */
static bool print_batch(Str *out, const Batch *b, Err *err)
{
    for (size_t i = 0; i < b->a->o->image.count; i++) {
        if (b->errors[i].kind) {
            *err = b->errors[i];
            return false;
        }
        str_add(out, str_text(&b->lines[i]));
    }
    return true;
}

static bool annotate_batch(const Annotation *a, Str *out, Err *err)
{
    size_t count = a->o->image.count, jobs = (size_t)a->session.jobs, workers = jobs < count ? jobs : count;
    Batch b = { a, calloc(workers, sizeof(OpCtx *)), calloc(count, sizeof(Str)), calloc(count, sizeof(Err)) };
    bool ok =
        (b.contexts && b.lines && b.errors) || err_set(err, ERR_NOMEM, "no memory for %zu pictures", count);
    for (size_t i = 0; ok && i < workers; i++) {
        b.contexts[i] = op_open(&(OpOptions){ .threads = (int)(jobs / workers) }, err);
        ok = b.contexts[i] != NULL;
    }
    bool ran = ok && pool_run((int)workers, count, annotate_item, &b);
    ok = ok && print_batch(out, &b, err);
    if (ok && !ran)
        ok = err_set(err, ERR_NOMEM, "no thread could be started");
    for (size_t i = 0; b.contexts && i < workers; i++)
        op_close(b.contexts[i]);
    for (size_t i = 0; b.lines && i < count; i++)
        str_clear(&b.lines[i]);
    free(b.contexts);
    free(b.lines);
    free(b.errors);
    return ok;
}

/* ---- the command ---- */

static bool check(const AnnotateOptions *o, Err *err)
{
    if (o->image.count == 0)
        return err_set(err, ERR_USAGE, "--image: name a picture to find the object in");
    if (o->image.count > 1 && (o->out || o->dump))
        return err_set(err, ERR_USAGE, "--out and --dump are for one picture; use --out_dir for several");
    return !(o->out && o->out_dir) || err_set(err, ERR_USAGE, "give --out or --out_dir, not both");
}

static bool annotate(const void *options, CommandWork *work, Err *err)
{
    const AnnotateOptions *o = options;
    Annotation a = { .o = o };
    RoleOptions common = { .cache_dir = o->cache_dir, .jobs = o->jobs, .quiet = o->quiet };
    bool ok = check(o, err) && role_session_begin(&a.session, &common, err);
    ok = ok && (!o->out_dir || folder_make(o->out_dir, err)) && open_models(&a, err) &&
         (a.c = op_open(&(OpOptions){ .threads = a.session.jobs }, err)) && learn(&a, err);
    if (ok && o->image.count == 1)
        ok = annotate_picture(&a, a.c, o->image.text[0], &work->out, err);
    else if (ok) {
        op_close(a.c);
        a.c = NULL;
        ok = annotate_batch(&a, &work->out, err);
    }
    persam_target_clear(&a.target);
    op_close(a.c);
    sam2_close(a.sam2);
    sam_close(a.sam);
    role_session_end(&a.session);
    return ok;
}

int cmd_annotate(int argc, char *const *argv)
{
    AnnotateOptions o = { 0 };
    return command_act("annotate", &o, 0, annotate, argc, argv);
}
