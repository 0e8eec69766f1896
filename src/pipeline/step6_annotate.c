/* Step 6: where the object is in every image, as a YOLO segmentation dataset. */
#include "pipeline/step.h"

#include "base/rng.h"
#include "pipeline/corrected_label.h"
#include "pipeline/overlay.h"
#include "vision/codec.h"
#include "vision/polygon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JPEG_QUALITY 95

typedef struct {
    Run *run;
    Work *work;
    const char *source; /* folder of the images, within the execution */
    TextList names;     /* of the images */
    Split *side;
    bool *corrected; /* by image: a person corrected its label; each worker writes its own image's */
    TextList classes;
    void *annotator;
} Annotate;

/* ---- making a label ------------------------------------------------------------------------------ */

static bool open_annotator(void *user, Err *err)
{
    Annotate *s = user;
    const Reference *ref = &s->run->reference;
    return s->run->roles.annotator->open(&s->annotator, &s->run->role_config,
                                         image_empty(&ref->photo) ? NULL : &ref->photo,
                                         image_empty(&ref->mask) ? NULL : &ref->mask, err);
}

static void close_annotator(void *user)
{
    Annotate *s = user;
    s->run->roles.annotator->close(s->annotator);
}

/* What the files of an image are, in the folder of each kind. */
enum { OUTPUT_IMAGE, OUTPUT_LABEL, OUTPUT_OVERLAY, OUTPUT_KINDS };
static const struct {
    const char *folder, *suffix;
} outputs[OUTPUT_KINDS] = { { "images", ".jpg" },
                            { "labels", ".txt" },
                            { "visualizations", OVERLAY_SUFFIX } };

/* What the journal's note says of a label. False where there is none. */
typedef struct {
    unsigned polygons;
    double score, stability;
} Label;

static bool label_known(const Annotate *s, size_t i, Label *out)
{
    const JournalEntry *e = journal_find(s->run->journal, 6, s->names.text[i]);
    *out = (Label){ 0 };
    return e && e->ok && e->note &&
           sscanf(e->note, "%u %lf %lf", &out->polygons, &out->score, &out->stability) == 3;
}

/* A folder of the dataset: a side, or review/ for labels that a person should look at first. */
typedef enum { PLACE_TRAIN = SPLIT_TRAIN, PLACE_VAL = SPLIT_VAL, PLACE_REVIEW = SPLIT_COUNT } Place;

static const char *place_name(Place place)
{
    return place == PLACE_REVIEW ? "review" : split_names[place];
}

/* Whoever corrected a label has looked at it. */
static Place place_for(const Annotate *s, size_t i, double score)
{
    return score < s->run->cfg->min_score && !s->corrected[i] ? PLACE_REVIEW : (Place)s->side[i];
}

/* Where the files of an image are, or will be looked for. */
static Place place_of(const Annotate *s, size_t i)
{
    Label label;
    return label_known(s, i, &label) ? place_for(s, i, label.score) : (Place)s->side[i];
}

typedef struct {
    char name[80];
} Folder;

static Folder output_folder(Place place, int kind)
{
    Folder f;
    snprintf(f.name, sizeof f.name, FOLDER_YOLO "/%s/%s", place_name(place), outputs[kind].folder);
    return f;
}

/* exec/06_yolo_dataset/train/labels/stem.txt */
static char *output_path(const Annotate *s, size_t i, Place place, int kind, Err *err)
{
    return execution_stem_path(s->run->exec.folder, output_folder(place, kind).name, s->names.text[i],
                               outputs[kind].suffix, err);
}

/* Has the dataset what the record of a corrected label says? Not where its writer was killed. */
static bool correction_settled(const Annotate *s, size_t i)
{
    CorrectedLabel c;
    Err err = { 0 };
    bool settled = !s->corrected[i] ||
                   (corrected_label_read(&c, s->run->exec.folder, s->names.text[i], &err) && c.settled);
    if (s->corrected[i])
        corrected_label_clear(&c);
    return settled;
}

static bool present(void *user, size_t index)
{
    Err err = { 0 };
    Place place = place_of(user, index);
    char *image = output_path(user, index, place, OUTPUT_IMAGE, &err);
    char *label = output_path(user, index, place, OUTPUT_LABEL, &err);
    bool there = image && label && path_exists(image) && path_exists(label);
    free(image);
    free(label);
    return there && correction_settled(user, index);
}

/* A restyled image has its alpha beside it, an original of the combined folder in step 4's. */
static char *alpha_of(const Run *run, const char *name, Err *err)
{
    char *path = step_alpha_path(run, FOLDER_RESTYLED, name, err);
    if (!path || path_exists(path))
        return path;
    free(path);
    return step_alpha_path(run, FOLDER_IMAGES, name, err);
}

static bool load(const Annotate *s, size_t i, Picture *p, Err *err)
{
    char *image = step_path(s->run, s->source, s->names.text[i], err);
    char *alpha = s->run->roles.annotator->needs_alpha ? alpha_of(s->run, s->names.text[i], err) : NULL;
    bool ok = image && (alpha || !s->run->roles.annotator->needs_alpha) &&
              picture_load(p, s->run, image, alpha, err);
    if (ok && s->run->roles.annotator->needs_alpha && image_empty(&p->alpha)) {
        ok = err_set(err, ERR_MISSING,
                     "%s: no exact mask was recorded for it (%s is not there), and annotator %s needs one; "
                     "use --annotator persam_sam2 for images from elsewhere",
                     image, alpha, s->run->roles.annotator->name);
        picture_clear(p);
    }
    free(image);
    free(alpha);
    return ok;
}

/* ---- labels that a person corrected ---- */

/* The person's label of a picture, where it was drawn for these pixels. Else there is none, and what was recorded is kept
 * aside. */
static bool take_correction(Annotate *s, size_t i, const Image *picture, CorrectedLabel *c, Err *err)
{
    const char *folder = s->run->exec.folder, *name = s->names.text[i];
    Err unread = { 0 };
    *c = (CorrectedLabel){ 0 };
    if (!s->corrected[i])
        return true;
    bool known = corrected_label_read(c, folder, name, &unread);
    if (!known && unread.kind != ERR_INPUT) {
        *err = unread;
        return false;
    }
    if (known && c->pixels == corrected_label_pixels(picture)) {
        s->corrected[i] = c->labels.count > 0; /* without a label: an undo was under way */
        return s->corrected[i] || corrected_label_end(folder, name, err);
    }
    char *where;
    corrected_label_clear(c);
    s->corrected[i] = false;
    if (!corrected_label_set_aside(folder, name, &where, err))
        return false;
    if (known)
        log_warn(s->run->hooks->log,
                 "%s/%s: the picture was made anew, so its corrected label fits it no more; it is kept as %s",
                 s->source, name, where);
    else
        log_warn(s->run->hooks->log, "%s; it is kept as %s", unread.msg, where);
    free(where);
    return true;
}

/* The overlay comes before the label: where a label is, its overlay is too. */
static bool write_correction(const Annotate *s, size_t i, const Image *picture, CorrectedLabel *c, Err *err)
{
    char *label = output_path(s, i, (Place)s->side[i], OUTPUT_LABEL, err);
    char *overlay = output_path(s, i, (Place)s->side[i], OUTPUT_OVERLAY, err);
    const char *text = corrected_label_text(c);
    bool ok = label && overlay && corrected_label_overlay(overlay, picture, text, err) &&
              file_write(label, text, strlen(text), err);
    if (ok && !c->settled) {
        c->settled = true;
        ok = corrected_label_write(c, s->run->exec.folder, s->names.text[i], err);
    }
    free(label);
    free(overlay);
    return ok;
}

/* Where the annotator's label or overlay goes: aside, where a person's is in its place. */
static char *machine_path(const Annotate *s, size_t i, Place place, int kind, Err *err)
{
    return s->corrected[i]
               ? corrected_label_machine(s->run->exec.folder, s->names.text[i], outputs[kind].suffix, err)
               : output_path(s, i, place, kind, err);
}

/* ---- one image ---- */

static bool write_outputs(const Annotate *s, size_t i, const Picture *p, const AnnotateResult *found,
                          const PolygonList *polygons, Err *err)
{
    Place place = place_for(s, i, (double)found->score);
    char *image = output_path(s, i, place, OUTPUT_IMAGE, err);
    char *label = machine_path(s, i, place, OUTPUT_LABEL, err);
    char *overlay = machine_path(s, i, place, OUTPUT_OVERLAY, err);
    Str text = { 0 };
    for (size_t k = 0; k < polygons->count; k++)
        polygon_label_line(&text, 0, &polygons->polygon[k], p->image.width, p->image.height);
    bool ok = image && label && overlay;
    if (ok && text.failed)
        ok = err_set(err, ERR_NOMEM, "%s: no memory for the label", label);
    ok = ok && image_save(&p->image, image, JPEG_QUALITY, err) &&
         overlay_save(overlay, &p->image, &found->mask, polygons, err) &&
         file_write(label, str_text(&text), text.len, err);
    str_clear(&text);
    free(image);
    free(label);
    free(overlay);
    return ok;
}

/* The note: polygons, score, stability. An image without the object is made too, with an empty label, as the
 * original does. */
static bool make(void *user, size_t index, int worker, Str *note, Err *err)
{
    (void)worker;
    Annotate *s = user;
    Picture p = { 0 };
    if (!load(s, index, &p, err))
        return false;
    AnnotateResult found = { 0 };
    PolygonList polygons = { 0 };
    CorrectedLabel corrected = { 0 };
    AnnotateRequest req = { &p.image, image_empty(&p.alpha) ? NULL : &p.alpha };
    bool ok = s->run->roles.annotator->annotate(s->annotator, &req, &found, err);
    if (ok && !image_empty(&found.mask))
        ok = polygons_of_mask(&polygons, &found.mask,
                              s->run->cfg->all_polygons ? POLYGONS_ALL : POLYGONS_LARGEST, err);
    ok = ok && take_correction(s, index, &p.image, &corrected, err) &&
         write_outputs(s, index, &p, &found, &polygons, err) &&
         (!s->corrected[index] || write_correction(s, index, &p.image, &corrected, err));
    corrected_label_clear(&corrected);
    str_printf(note, "%zu %.4f %.4f", polygons.count, (double)found.score, (double)found.stability);
    image_clear(&found.mask);
    polygon_list_clear(&polygons);
    picture_clear(&p);
    return ok;
}

/* ---- planning ------------------------------------------------------------------------------------ */

static bool list_images(Annotate *s, Err *err)
{
    Run *run = s->run;
    s->source = state_text(&run->state, "qwen_combined_images_path") ? FOLDER_COMBINED : FOLDER_IMAGES;
    char *folder = step_path(run, s->source, NULL, err);
    TextList all = { 0 };
    bool ok = folder && folder_list(folder, &all, err);
    s->names.text = ok ? calloc(all.count + 1, sizeof *s->names.text) : NULL;
    if (ok && !s->names.text)
        ok = err_set(err, ERR_NOMEM, "no memory for the list of images");
    for (size_t i = 0; ok && i < all.count; i++)
        if (is_image_name(all.text[i])) {
            s->names.text[s->names.count++] = all.text[i];
            all.text[i] = NULL;
        }
    if (ok && s->names.count == 0)
        ok = err_set(err, ERR_STATE, "%s: step 6 needs images here; --start_from_step 4 makes them", folder);
    text_list_clear(&all);
    free(folder);
    return ok;
}

/* Names are sorted, but a.jpg and a.png need not be neighbours ("a-b.jpg" comes before "a.png"): compare
 * stems. */
static int by_stem(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    size_t n = (size_t)(path_ext(x) - x), m = (size_t)(path_ext(y) - y);
    int c = memcmp(x, y, n < m ? n : m);
    return c ? c : (n > m) - (n < m);
}

static bool check_stems(const Annotate *s, Err *err)
{
    qsort(s->names.text, s->names.count, sizeof *s->names.text, by_stem);
    for (size_t i = 1; i < s->names.count; i++)
        if (by_stem(&s->names.text[i - 1], &s->names.text[i]) == 0)
            return err_set(err, ERR_INPUT,
                           "%s: %s and %s would both become one image of the dataset; rename one", s->source,
                           s->names.text[i - 1], s->names.text[i]);
    return true;
}

/* Which models, and how they are trained on the reference. */
static uint64_t key_models(uint64_t key, const RunConfig *cfg)
{
    const char *const names[] = { cfg->sam_type, cfg->sam_ckpt, cfg->sam2_config, cfg->sam2_ckpt };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        key = key_text(key, names[i] ? names[i] : "");
    if (!cfg->enable_persam_training)
        return key;
    char training[64];
    snprintf(training, sizeof training, "%.17g %d", cfg->persam_lr, cfg->persam_epochs);
    return key_text(key, training);
}

static bool find_corrections(Annotate *s, Err *err)
{
    const char *folder = s->run->exec.folder;
    bool any = false;
    for (size_t i = 0; i < s->names.count; i++)
        any |= s->corrected[i] = corrected_label_exists(folder, s->names.text[i]);
    return !any || (step_folder(s->run, FOLDER_CORRECTIONS, NULL, err) &&
                    step_folder(s->run, FOLDER_CORRECTIONS, "machine", err));
}

/* The label depends on the image, on who annotates and how, and (for who looks at pixels) on the reference.
 */
static bool plan(Annotate *s, Err *err)
{
    Run *run = s->run;
    const RunConfig *cfg = run->cfg;
    if (!list_images(s, err) || !check_stems(s, err) || !work_alloc(s->work, s->names.count, err))
        return false;
    s->side = calloc(s->names.count, sizeof *s->side);
    s->corrected = calloc(s->names.count, sizeof *s->corrected);
    if (!s->side || !s->corrected || !text_list_add(&s->classes, cfg->object_name))
        return err_set(err, ERR_NOMEM, "no memory for the list of images");
    if (!yolo_split(s->side, (const char *const *)s->names.text, s->names.count, cfg->split_ratio,
                    cfg->split_by == SPLIT_GROUP, cfg->seed, err) ||
        !find_corrections(s, err))
        return false;
    uint64_t base = key_number(key_text(0, run->roles.annotator->name), cfg->all_polygons);
    if (run->roles.annotator->needs_reference)
        base = key_models(key_image(key_image(base, &run->reference.photo), &run->reference.mask), cfg);
    for (size_t i = 0; i < s->names.count; i++) {
        const char *name = s->names.text[i];
        char *path = step_path(run, s->source, name, err);
        char *item = path ? strdup(name) : NULL;
        if (!item) {
            free(path);
            return err_set(err, ERR_NOMEM, "no memory for the list of images");
        }
        int made_in = journal_find(run->journal, 5, name) ? 5 : 4;
        s->work->items[i].name = item;
        s->work->items[i].key = key_number(base ^ key_upstream(run, made_in, name, path), s->side[i]);
        free(path);
    }
    return true;
}

/* Did this run try to make it, and fail? */
static bool failed(const Annotate *s, size_t i)
{
    return s->work->status && work_status(s->work, i) == WORK_FAILED;
}

/* Files of images that are gone, that changed their place, or that failed: what is there of those is of other settings. */
static bool set_aside_kind(const Annotate *s, Place place, int kind, Err *err)
{
    TextList keep = { calloc(s->names.count + 1, sizeof(char *)), 0 };
    bool ok = keep.text != NULL;
    for (size_t i = 0; ok && i < s->names.count; i++)
        if (place_of(s, i) == place && !failed(s, i)) {
            const char *name = s->names.text[i];
            ok = asprintf(&keep.text[keep.count], "%.*s%s", (int)(path_ext(name) - name), name,
                          outputs[kind].suffix) >= 0;
            keep.count += ok;
        }
    Folder folder = output_folder(place, kind);
    /* Without anything to review there is no folder for it. */
    bool make = place != PLACE_REVIEW || s->run->cfg->min_score > 0;
    ok = ok ? (!make || step_folder(s->run, folder.name, NULL, err)) &&
                  step_set_aside(s->run, folder.name, NULL, &keep, err)
            : err_set(err, ERR_NOMEM, "no memory for the list of images");
    text_list_clear(&keep);
    return ok;
}

static bool set_aside_others(const Annotate *s, Err *err)
{
    static const Place places[] = { PLACE_TRAIN, PLACE_VAL, PLACE_REVIEW };
    bool ok = step_folder(s->run, FOLDER_YOLO, NULL, err);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (int kind = 0; ok && kind < OUTPUT_KINDS; kind++)
            ok = set_aside_kind(s, places[p], kind, err);
    return ok;
}

/* With another --min_score than before, labels that stay as they are move between their side and review/. A label made
 * with other settings is not moved: it is made again. */
static bool move_reviewed(const Annotate *s, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < s->names.count; i++) {
        const JournalEntry *e = journal_find(s->run->journal, 6, s->names.text[i]);
        if (!e || !e->ok || e->key != s->work->items[i].key)
            continue;
        Place to = place_of(s, i), from = to == PLACE_REVIEW ? (Place)s->side[i] : PLACE_REVIEW;
        for (int kind = 0; ok && kind < OUTPUT_KINDS; kind++) {
            char *old = output_path(s, i, from, kind, err), *new = output_path(s, i, to, kind, err);
            ok = old && new;
            char folder[80];
            snprintf(folder, sizeof folder, FOLDER_YOLO "/%s/%s", place_name(to), outputs[kind].folder);
            if (ok && !path_exists(new) && path_exists(old))
                ok = step_folder(s->run, folder, NULL, err) && file_move(old, new, err);
            free(old);
            free(new);
        }
    }
    return ok;
}

/* ---- summary ------------------------------------------------------------------------------------- */

typedef struct {
    size_t found, failed, review, corrected, side[SPLIT_COUNT];
} Counts;

/* Outlines in the label that the dataset has. */
static size_t outlines_of(const Annotate *s, size_t i, const Label *label)
{
    CorrectedLabel c;
    Err ignored = { 0 };
    size_t lines = 0;
    if (!s->corrected[i] || !corrected_label_read(&c, s->run->exec.folder, s->names.text[i], &ignored))
        return label->polygons;
    for (const char *at = corrected_label_text(&c); at && (at = strchr(at, '\n')); at++)
        lines++;
    corrected_label_clear(&c);
    return lines;
}

/* Count, and list what is known of each image. An image where nothing was found counts as failed, as in the
 * original. */
static Counts count(const Annotate *s, json_t *images)
{
    Counts c = { 0 };
    for (size_t i = 0; i < s->work->count; i++) {
        Label label;
        if (work_status(s->work, i) != WORK_DONE) {
            c.failed++;
            continue;
        }
        label_known(s, i, &label);
        Place place = place_of(s, i);
        if (place == PLACE_REVIEW)
            c.review++;
        else
            c.side[place]++;
        size_t outlines = outlines_of(s, i, &label);
        c.found += outlines > 0;
        c.failed += outlines == 0;
        c.corrected += s->corrected[i];
        json_t *image =
            json_pack("{s:s, s:s, s:I, s:f, s:f}", "image", s->names.text[i], "split", place_name(place),
                      "polygons", (json_int_t)outlines, "score", label.score, "stability", label.stability);
        if (s->corrected[i])
            json_object_set_new(image, "corrected", json_true());
        json_array_append_new(images, image);
    }
    return c;
}

static json_t *summary_of(const Annotate *s, const Counts *c)
{
    const RunConfig *cfg = s->run->cfg;
    return json_pack(
        "{s:I, s:I, s:I, s:s, s:i, s:I, s:I, s:I, s:I, s:f, s:s?, s:s?, s:b, s:s, s:s, s:s, s:f}",
        "total_images", (json_int_t)s->work->count, "successful_annotations", (json_int_t)c->found,
        "failed_annotations", (json_int_t)c->failed, "class_name", cfg->object_name, "class_id", 0,
        "train_images", (json_int_t)c->side[SPLIT_TRAIN], "val_images", (json_int_t)c->side[SPLIT_VAL],
        "review_images", (json_int_t)c->review, "kept_corrections", (json_int_t)c->corrected, "min_score",
        cfg->min_score, "reference_image", cfg->input_image, "reference_mask", cfg->input_mask,
        "visualizations_saved", 1, "visualization_format", "{stem}" OVERLAY_SUFFIX, "annotator",
        s->run->roles.annotator->name, "split_by", cfg->split_by == SPLIT_GROUP ? "group" : "image",
        "split_ratio", cfg->split_ratio);
}

static bool finish(Annotate *s, Err *err)
{
    Run *run = s->run;
    const RunConfig *cfg = run->cfg;
    json_t *images = json_array();
    if (!images)
        return err_set(err, ERR_NOMEM, "no memory for the summary of step 6");
    Counts c = count(s, images);
    json_t *summary = summary_of(s, &c);
    json_t *full = summary ? json_copy(summary) : NULL;
    if (!full || json_object_set(full, "images", images))
        err_set(err, ERR_NOMEM, "no memory for the summary of step 6");
    json_decref(images);
    char *folder = step_path(run, FOLDER_YOLO, NULL, err);
    const bool has[SPLIT_COUNT] = { c.side[SPLIT_TRAIN] > 0, c.side[SPLIT_VAL] > 0 };
    bool ok = full && folder && yolo_write_index(folder, NULL, &s->classes, has, err) &&
              state_set_text(&run->state, "yolo_dataset_path", folder, err);
    if (ok)
        ok = step_write_json(run, FOLDER_YOLO, "annotation_summary.json", full, err);
    else
        json_decref(full);
    ok = state_set(&run->state, "annotation_summary", summary, err) && ok;
    if (ok && c.failed > s->work->failed)
        log_warn(run->hooks->log, "the object was not found in %zu of %zu images; their labels are empty",
                 c.failed - s->work->failed, s->work->count);
    if (ok && c.corrected)
        log_info(run->hooks->log, "corrected labels that are kept: %zu", c.corrected);
    if (ok && c.review)
        log_warn(run->hooks->log, "%zu of %zu labels score below %g; look at them in %s/review", c.review,
                 s->work->count, cfg->min_score, folder);
    free(folder);
    return ok;
}

bool step6_annotate(Run *run, Err *err)
{
    Work work = { .step = 6,
                  .title = "Annotation",
                  .open = open_annotator,
                  .close = close_annotator,
                  .present = present,
                  .make = make };
    Annotate s = { .run = run, .work = &work };
    work.user = &s;
    bool ok =
        plan(&s, err) && move_reviewed(&s, err) && set_aside_others(&s, err) && step_work(run, &work, err) &&
        ((work.failed == 0 && run->cfg->min_score <= 0) || set_aside_others(&s, err)) && finish(&s, err);
    if (ok && work.failed && work.failed == work.count) {
        const JournalEntry *e = journal_find(run->journal, 6, work.items[0].name);
        ok =
            err_set(err, ERR_INPUT, "step 6: no image could be annotated: %s", e && e->error ? e->error : "");
    }
    work_clear(&work);
    text_list_clear(&s.names);
    text_list_clear(&s.classes);
    free(s.side);
    free(s.corrected);
    return ok;
}
