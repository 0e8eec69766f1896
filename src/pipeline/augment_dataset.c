#include "pipeline/augment_dataset.h"

#include "base/file.h"
#include "base/rng.h"
#include "pipeline/keys.h"
#include "pipeline/set_aside.h"
#include "pipeline/yolo_dataset.h"
#include "vision/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JPEG_QUALITY 75
#define SUMMARY      "cv_augmentation_summary.json"

typedef struct {
    const AugmentDataset *a;
    YoloDataset dataset;
    Work work;
} Camera;

static const YoloImage *source_of(const Camera *s, size_t item)
{
    return &s->dataset.images[item / (size_t)s->a->count];
}

static bool no_memory(Err *err)
{
    return err_set(err, ERR_NOMEM, "no memory for the augmented dataset");
}

/* folder/split/kind/name */
static char *place(const char *folder, Split split, const char *kind, const char *name, Err *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s/%s/%s", folder, split_names[split], kind, name) >= 0)
        return path;
    no_memory(err);
    return NULL;
}

/* "stem" + `end` of a file. */
static char *renamed(const char *file, const char *end, Err *err)
{
    char *stem = path_stem(file), *name = NULL;
    if (!stem || asprintf(&name, "%s%s", stem, end) < 0) {
        name = NULL;
        no_memory(err);
    }
    free(stem);
    return name;
}

/* ---- one image ----------------------------------------------------------------------------------- */

/* An item's name is "train/stem_cv000.jpg": the file's name behind the slash. */
static const char *file_of(const Camera *s, size_t item)
{
    return strchr(s->work.items[item].name, '/') + 1;
}

static bool present(void *user, size_t item)
{
    Camera *s = user;
    Err err = { 0 };
    const Split split = source_of(s, item)->split;
    char *image = place(s->a->augmented, split, "images", file_of(s, item), &err);
    char *copy = place(s->a->combined, split, "images", file_of(s, item), &err);
    bool there = image && copy && path_exists(image) && path_exists(copy);
    free(image);
    free(copy);
    return there;
}

/* Copy a label to `folder`; an image without one gets an empty file, which says the same. */
static bool write_label(const YoloImage *from, const char *folder, const char *image_name, Err *err)
{
    char *name = renamed(image_name, ".txt", err);
    char *to = name ? place(folder, from->split, "labels", name, err) : NULL;
    bool ok = to && (from->label ? file_link_or_copy(from->label, to, err) : file_write(to, "", 0, err));
    free(name);
    free(to);
    return ok;
}

static bool make(void *user, size_t item, int worker, Str *note, Err *err)
{
    (void)worker;
    Camera *s = user;
    const YoloImage *from = source_of(s, item);
    const char *name = file_of(s, item);
    char *to = place(s->a->augmented, from->split, "images", name, err);
    char *copy = place(s->a->combined, from->split, "images", name, err);
    Image im = { 0 };
    Rng rng;
    rng_init(&rng, seed_derive_text(s->a->seed, "camera", s->work.items[item].name));
    AugmentFile file = { .quality = JPEG_QUALITY };
    /* The original looks at the stored pixels here, so an EXIF orientation is not applied: labels were made
     * for those too. */
    bool ok = to && copy &&
              image_load(&im, from->image, &(DecodeOptions){ .channels = 3, .max_pixels = s->a->max_pixels },
                         err) &&
              augment_to_file(&im, &s->a->options, augment_draws_from(&rng), &file, note, err) &&
              write_label(from, s->a->augmented, name, err) && write_label(from, s->a->combined, name, err) &&
              file_write(to, file.bytes.data, file.bytes.size, err) && file_link_or_copy(to, copy, err);
    image_clear(&im);
    free(file.bytes.data);
    free(to);
    free(copy);
    return ok;
}

/* ---- planning ------------------------------------------------------------------------------------ */

static uint64_t key_of_options(const AugmentOptions *o, uint64_t seed)
{
    uint64_t key = seed;
    for (int i = 0; i < AUGMENT_COUNT; i++)
        key = key_real(key, o->probability[i]);
    for (int i = 0; i < 2; i++) {
        key = key_real(key_real(key_real(key, o->saturation[i]), o->contrast[i]), o->brightness[i]);
        key = key_number(key_number(key, (uint64_t)o->motion_blur[i]), (uint64_t)o->compression_passes[i]);
        key = key_number(key, (uint64_t)o->compression_quality[i]);
    }
    return key;
}

static bool plan(Camera *s, Err *err)
{
    size_t count = (size_t)s->a->count;
    if (!work_alloc(&s->work, s->dataset.count * count, err))
        return false;
    uint64_t base = key_of_options(&s->a->options, s->a->seed);
    for (size_t i = 0; i < s->work.count; i++) {
        const YoloImage *from = source_of(s, i);
        char end[40];
        snprintf(end, sizeof end, "_cv%03zu.jpg", i % count);
        char *file = renamed(from->name, end, err);
        WorkItem *w = &s->work.items[i];
        if (!file || asprintf(&w->name, "%s/%s", split_names[from->split], file) < 0) {
            w->name = NULL;
            free(file);
            return no_memory(err);
        }
        free(file);
        w->key = key_file(base, from->image);
        if (from->label)
            w->key = key_file(w->key, from->label);
    }
    return true;
}

static bool make_folders(const char *root, Err *err)
{
    bool ok = folder_make(root, err);
    if (ok)
        folder_sweep(root);
    for (int split = 0; ok && split < SPLIT_COUNT; split++)
        for (int k = 0; ok && k < 2; k++) {
            char *path = place(root, (Split)split, k ? "labels" : "images", "", err);
            /* Trainers want train and val to be there; test only when there is one. */
            ok = path && (split == SPLIT_TEST || folder_make(path, err));
            if (ok)
                folder_sweep(path);
            free(path);
        }
    return ok;
}

static bool make_test_folders(const Camera *s, Err *err)
{
    bool any = false;
    for (size_t i = 0; i < s->dataset.count; i++)
        any |= s->dataset.images[i].split == SPLIT_TEST;
    const char *roots[] = { s->a->augmented, s->a->combined };
    bool ok = true;
    for (int k = 0; any && ok && k < 4; k++) {
        char *path = place(roots[k / 2], SPLIT_TEST, k % 2 ? "labels" : "images", "", err);
        ok = path && folder_make(path, err);
        free(path);
    }
    return ok;
}

static bool copy_originals(const Camera *s, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < s->dataset.count; i++) {
        const YoloImage *im = &s->dataset.images[i];
        const char *name = im->name;
        char *to = place(s->a->combined, im->split, "images", name, err);
        ok = to && file_link_or_copy(im->image, to, err) && write_label(im, s->a->combined, name, err);
        free(to);
    }
    return ok;
}

/* ---- summary ------------------------------------------------------------------------------------- */

static const JournalEntry *entry_of(const Camera *s, size_t item)
{
    return journal_find(s->a->env.journal, 7, s->work.items[item].name);
}

static json_t *failures_of(const Camera *s)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < s->work.count; i++) {
        if (work_status(&s->work, i) != WORK_FAILED)
            continue;
        const JournalEntry *e = entry_of(s, i);
        json_t *f = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "input_image", source_of(s, i)->image,
                              "aug_filename", file_of(s, i), "aug_index", (int)(i % (size_t)s->a->count),
                              "error", e && e->error ? e->error : "", "timestamp",
                              e && e->time ? e->time : "", "error_type", "cv_augmentation_failure");
        if (!f || json_array_append_new(list, f)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* The effects of one image, from the journal's note, as a JSON list; counted by kind. */
static json_t *effects_of(const char *note, size_t applied[AUGMENT_COUNT])
{
    json_t *list = json_array();
    while (note && *note) {
        size_t n = strcspn(note, "\n");
        json_array_append_new(list, json_stringn(note, n));
        for (int k = 0; k < AUGMENT_COUNT; k++)
            applied[k] += !strncmp(note, augment_names[k], strlen(augment_names[k]));
        note += n + (note[n] == '\n');
    }
    return list;
}

/* `per_image` gets what was done to each image. */
static json_t *stats_of(const Camera *s, json_t *per_image)
{
    size_t applied[AUGMENT_COUNT] = { 0 }, changed = 0;
    for (size_t i = 0; i < s->work.count; i++) {
        if (work_status(&s->work, i) != WORK_DONE)
            continue;
        const JournalEntry *e = entry_of(s, i);
        json_t *effects = effects_of(e ? e->note : NULL, applied);
        changed += json_array_size(effects) > 0;
        json_array_append_new(per_image,
                              json_pack("{s:s, s:o}", "image", file_of(s, i), "augmentations", effects));
    }
    json_t *types = json_object(), *used = json_object();
    for (int k = 0; k < AUGMENT_COUNT; k++) {
        char name[48];
        snprintf(name, sizeof name, "%s_probability", k == AUGMENT_BW ? "bw" : augment_names[k]);
        json_object_set_new(types, augment_names[k], json_integer((json_int_t)applied[k]));
        json_object_set_new(used, name, json_real(s->a->options.probability[k]));
    }
    return json_pack("{s:s, s:I, s:I, s:o, s:o}", "input_dataset", s->a->dataset, "total_images_processed",
                     (json_int_t)s->dataset.count, "images_with_cv_augmentations", (json_int_t)changed,
                     "cv_augmentation_types_applied", types, "augmentation_probabilities_used", used);
}

static json_t *summary_of(const Camera *s, json_t *stats)
{
    const AugmentDataset *a = s->a;
    size_t tried = s->work.count, failed = s->work.failed;
    return json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:f, s:o, s:[s,s]}", "input_dataset", a->dataset,
                     "cv_augmented_dataset", a->augmented, "cv_combined_dataset", a->combined,
                     "augmentation_count_per_image", a->count, "total_augmentations_attempted",
                     (json_int_t)tried, "successful_augmentations", (json_int_t)(tried - failed),
                     "failed_augmentations", (json_int_t)failed, "success_rate",
                     tried ? 100.0 * (double)(tried - failed) / (double)tried : 100.0,
                     "cv_augmentation_stats", stats, "datasets_created", a->augmented, a->combined);
}

static bool write_json(const char *folder, const char *name, const json_t *value, Err *err)
{
    char *path = path_join(folder, name), *text = json_dumps(value, JSON_INDENT(2));
    bool ok = path && text ? file_write(path, text, strlen(text), err) : no_memory(err);
    free(path);
    free(text);
    return ok;
}

static bool write_summary(const Camera *s, AugmentDatasetResult *out, Err *err)
{
    json_t *per_image = json_array();
    json_t *stats = per_image ? stats_of(s, per_image) : NULL;
    out->summary = stats ? summary_of(s, stats) : NULL;
    out->failures = failures_of(s);
    json_t *full = out->summary && out->failures ? json_deep_copy(out->summary) : NULL;
    bool ok = full && !json_object_set(full, "failed_augmentation_details", out->failures) &&
              !json_object_set(json_object_get(full, "cv_augmentation_stats"), "cv_augmentations_per_image",
                               per_image);
    ok =
        ok ? write_json(s->a->augmented, SUMMARY, full, err) && write_json(s->a->combined, SUMMARY, full, err)
           : no_memory(err);
    json_decref(full);
    json_decref(per_image);
    return ok;
}

static bool write_index(const Camera *s, Err *err)
{
    bool original[SPLIT_COUNT] = { 0 }, augmented[SPLIT_COUNT] = { 0 };
    for (size_t i = 0; i < s->dataset.count; i++)
        original[s->dataset.images[i].split] = true;
    for (size_t i = 0; i < s->work.count; i++)
        augmented[source_of(s, i)->split] |= work_status(&s->work, i) == WORK_DONE;
    return yolo_write_index(s->a->augmented, NULL, &s->dataset.classes, augmented, err) &&
           yolo_write_index(s->a->combined, NULL, &s->dataset.classes, original, err);
}

/* ---- files of other settings ---------------------------------------------------------------------- */

static bool add_name(TextList *keep, const char *file, const char *kind, Err *err)
{
    keep->text[keep->count] = *kind == 'l' ? renamed(file, ".txt", err) : strdup(file);
    return keep->text[keep->count] ? (keep->count++, true) : no_memory(err);
}

/* Was it tried, and could not be made? What is there of it is of other settings. */
static bool failed(const Camera *s, size_t item)
{
    return s->work.status && work_status(&s->work, item) == WORK_FAILED;
}

/* Move what the plan does not name from root/split/kind to replaced/root's name/split/kind. */
static bool set_aside(const Camera *s, const char *root, Split split, const char *kind, Err *err)
{
    bool originals = root == s->a->combined;
    TextList keep = { calloc(s->work.count + s->dataset.count + 1, sizeof(char *)), 0 };
    bool ok = keep.text || no_memory(err);
    for (size_t i = 0; ok && i < s->work.count; i++)
        if (source_of(s, i)->split == split && !failed(s, i))
            ok = add_name(&keep, file_of(s, i), kind, err);
    for (size_t i = 0; ok && originals && i < s->dataset.count; i++)
        if (s->dataset.images[i].split == split)
            ok = add_name(&keep, s->dataset.images[i].name, kind, err);
    char *to_root = ok ? path_join(s->a->replaced, path_name(root)) : NULL;
    char *from = to_root ? place(root, split, kind, "", err) : NULL;
    char *to = from ? place(to_root, split, kind, "", err) : NULL;
    ok = to && folder_set_aside(from, to, NULL, &keep, s->a->log, err);
    text_list_clear(&keep);
    free(to_root);
    free(from);
    free(to);
    return ok;
}

static bool set_aside_others(const Camera *s, Err *err)
{
    if (!s->a->replaced)
        return true;
    bool ok = true;
    for (int split = 0; ok && split < SPLIT_COUNT; split++)
        ok = set_aside(s, s->a->augmented, (Split)split, "images", err) &&
             set_aside(s, s->a->augmented, (Split)split, "labels", err) &&
             set_aside(s, s->a->combined, (Split)split, "images", err) &&
             set_aside(s, s->a->combined, (Split)split, "labels", err);
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

AugmentOptions augment_options_of(const RunConfig *c)
{
    return (AugmentOptions){
        .probability = {
            [AUGMENT_BW] = c->bw_probability,
            [AUGMENT_SATURATION] = c->saturation_probability,
            [AUGMENT_CONTRAST] = c->contrast_probability,
            [AUGMENT_BRIGHTNESS] = c->brightness_probability,
            [AUGMENT_MOTION_BLUR] = c->motion_blur_probability,
            [AUGMENT_COMPRESSION] = c->compression_noise_probability,
        },
        .saturation = { c->saturation_range[0], c->saturation_range[1] },
        .contrast = { c->contrast_range[0], c->contrast_range[1] },
        .brightness = { c->brightness_range[0], c->brightness_range[1] },
        .motion_blur = { c->motion_blur_range[0], c->motion_blur_range[1] },
        .compression_passes = { c->compression_iterations_range[0], c->compression_iterations_range[1] },
        .compression_quality = { c->compression_quality_range[0], c->compression_quality_range[1] },
    };
}

bool augment_dataset(const AugmentDataset *a, AugmentDatasetResult *out, Err *err)
{
    *out = (AugmentDatasetResult){ 0 };
    Camera s = { .a = a };
    if (!yolo_dataset_read(&s.dataset, a->dataset, err))
        return false;
    s.work = (Work){ .step = 7,
                     .title = "Camera effects",
                     .jobs = a->jobs,
                     .max_retries = a->max_retries,
                     .user = &s,
                     .present = present,
                     .make = make };
    bool ok = make_folders(a->augmented, err) && make_folders(a->combined, err) &&
              make_test_folders(&s, err) && plan(&s, err) && set_aside_others(&s, err) &&
              copy_originals(&s, err) && work_run(&s.work, &a->env, err) &&
              (s.work.failed == 0 || set_aside_others(&s, err)) && write_index(&s, err) &&
              write_summary(&s, out, err);
    out->made = s.work.made;
    out->failed = s.work.failed;
    out->images = s.dataset.count + s.work.count - s.work.failed;
    work_clear(&s.work);
    yolo_dataset_clear(&s.dataset);
    if (!ok)
        augment_dataset_result_clear(out);
    return ok;
}

void augment_dataset_result_clear(AugmentDatasetResult *r)
{
    json_decref(r->summary);
    json_decref(r->failures);
    *r = (AugmentDatasetResult){ 0 };
}
