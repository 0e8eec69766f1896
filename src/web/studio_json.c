#include "web/studio_json.h"

#include "base/file.h"
#include "vision/codec.h"
#include "web/correction.h"
#include "web/label_shape.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEWEST 12

/* Text of a file name or a journal: what is not UTF-8 is not shown. */
static json_t *text_json(const char *text)
{
    json_t *s = json_string(text);
    return s ? s : json_string("(unreadable)");
}

static void set_text(json_t *o, const char *key, const char *text)
{
    if (text && *text)
        json_object_set_new(o, key, text_json(text));
}

/* Short numbers: a page holds hundreds. */
static json_t *share_json(double v)
{
    return json_real(floor(v * 10000 + 0.5) / 10000);
}

json_t *execution_json(const ExecutionInfo *e, size_t number, bool running)
{
    json_t *completed = json_array();
    for (int step = 1; step < GALLERY_STEPS; step++)
        if (e->completed >> step & 1)
            json_array_append_new(completed, json_integer(step));
    return json_pack("{s:i, s:o, s:o, s:o, s:I, s:b}", "number", (int)number, "name", text_json(e->name),
                     "object", text_json(e->object), "completed", completed, "modified",
                     (json_int_t)e->modified.tv_sec, "running", running);
}

/* ---- images ---------------------------------------------------------------------------------------- */

json_t *item_json(const StudioRoom *room, size_t item)
{
    const Gallery *g = room->gallery;
    const GalleryItem *it = gallery_item(g, item);
    const PlaceInfo *place = &places[it->place];
    char version[40];
    snprintf(version, sizeof version, "%" PRIx64 ".%" PRIx64, (uint64_t)it->mtime_ns,
             (uint64_t)it->size_bytes);
    json_t *o = json_pack("{s:i, s:o, s:i, s:s, s:s}", "id", (int)item, "name", text_json(it->name), "step",
                          place->step, "v", version, "kind", kind_names[item_kind(g, item)]);
    set_text(o, "split", place->split);
    if (it->score >= 0)
        json_object_set_new(o, "score", share_json(it->score));
    if (it->polygons >= 0)
        json_object_set_new(o, "area", share_json(it->area));
    bool inherited;
    Decision d = item_decision(g, room->review, item, &inherited);
    if (d != DECISION_NONE)
        json_object_set_new(o, "decision", json_string(decision_names[d]));
    if (inherited)
        json_object_set_new(o, "inherited", json_true());
    if (place->step >= 6 && item_corrected(g, item))
        json_object_set_new(o, "corrected", json_true());
    if (it->gone)
        json_object_set_new(o, "gone", json_true());
    return o;
}

static void set_picture(json_t *o, const Gallery *g, const GalleryItem *it)
{
    char *path = gallery_path(g, it, FILE_OF_IMAGE);
    FileMap map = { 0 };
    ImageInfo info;
    Err err = { 0 };
    if (path && file_map(&map, path, &err) && image_probe(&info, map.data, map.size, &err)) {
        json_object_set_new(o, "width", json_integer(info.width));
        json_object_set_new(o, "height", json_integer(info.height));
        json_object_set_new(o, "format", json_string(info.format));
    } else
        set_text(o, "problem", err.msg);
    file_unmap(&map);
    free(path);
}

static json_t *outlines_json(const YoloLabel *f)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->count; i++) {
        json_t *points = json_array();
        for (size_t k = 0; k < 2 * f->object[i].points; k++)
            json_array_append_new(points, json_real(f->object[i].xy[k]));
        json_array_append_new(list,
                              json_pack("{s:i, s:o}", "class", f->object[i].class_id, "points", points));
    }
    return list;
}

/* The label of an image before step 6 is that of its image there, where there is one. */
static void set_label(json_t *o, const StudioRoom *room, size_t item)
{
    const Gallery *g = room->gallery;
    int32_t labelled = gallery_labelled(g, item);
    if (labelled < 0)
        return;
    const GalleryItem *it = gallery_item(g, (size_t)labelled);
    json_object_set_new(o, "labelled", json_integer(labelled));
    char *path = gallery_path(g, it, FILE_OF_LABEL);
    YoloLabel f = { 0 };
    Err err = { 0 };
    if (path && yolo_label_read(&f, path, &err)) {
        LabelShape s = label_shape(&f);
        char key[20];
        snprintf(key, sizeof key, "%016" PRIx64, correction_label(g, (size_t)labelled));
        json_object_set_new(o, "label", json_string(key));
        json_object_set_new(o, "outlines", outlines_json(&f));
        if (s.polygons)
            json_object_set_new(
                o, "box", json_pack("[f, f, f, f]", (double)s.x0, (double)s.y0, (double)s.x1, (double)s.y1));
        json_object_set_new(o, "area", share_json(s.area));
    } else
        set_text(o, "label_problem", err.msg);
    if (it->score >= 0 && !json_object_get(o, "score"))
        json_object_set_new(o, "score", share_json(it->score));
    if (it->stability >= 0)
        json_object_set_new(o, "stability", share_json(it->stability));
    yolo_label_clear(&f);
    free(path);
}

static void set_view(json_t *o, const Gallery *g, const GalleryItem *it)
{
    static const char *const fields[] = { "view", "elevation", "distance", "azimuth", "generator" };
    const json_t *info = gallery_view(g, it);
    json_t *view = json_object();
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const json_t *v = json_object_get(info, fields[i]);
        if (json_is_string(v) || json_is_number(v))
            json_object_set_new(view, fields[i], json_deep_copy(v));
    }
    if (it->view >= 0)
        json_object_set_new(view, "number", json_integer(it->view));
    json_object_set_new(o, "view", view);
}

/* What it was made from, first to last, then what was made from it. */
static void set_relatives(json_t *o, const StudioRoom *room, size_t item)
{
    enum { MOST = 60 };
    const Gallery *g = room->gallery;
    const GalleryItem *it = gallery_item(g, item);
    json_t *origins = json_array(), *variants = json_array();
    for (int32_t p = it->parent; p >= 0; p = gallery_item(g, (size_t)p)->parent)
        json_array_insert_new(origins, 0, item_json(room, (size_t)p));
    for (int32_t c = it->first_child; c >= 0 && json_array_size(variants) < MOST;
         c = gallery_item(g, (size_t)c)->next_sibling)
        if (!gallery_item(g, (size_t)c)->gone)
            json_array_insert_new(variants, 0, item_json(room, (size_t)c));
    json_object_set_new(o, "origins", origins);
    json_object_set_new(o, "variants", variants);
}

json_t *item_details_json(const StudioRoom *room, size_t item)
{
    const Gallery *g = room->gallery;
    const GalleryItem *it = gallery_item(g, item);
    json_t *o = item_json(room, item);
    if (!o)
        return NULL;
    char *path = gallery_path(g, it, FILE_OF_IMAGE);
    if (path)
        set_text(o, "file", path + strlen(gallery_folder(g)) + 1);
    free(path);
    json_object_set_new(o, "bytes", json_integer(it->size_bytes));
    set_text(o, "prompt", gallery_prompt(g, it));
    if (it->prompt >= 0)
        json_object_set_new(o, "prompt_number", json_integer(it->prompt));
    if (it->seed >= 0)
        json_object_set_new(o, "seed", json_integer(it->seed));
    if (places[it->place].step == 7)
        set_text(o, "effects", it->note);
    if (it->attempts) {
        json_object_set_new(o, "attempts", json_integer(it->attempts));
        json_object_set_new(o, "ms", json_real(it->ms));
    }
    set_picture(o, g, it);
    set_label(o, room, item);
    set_view(o, g, it);
    set_relatives(o, room, item);
    return o;
}

/* ---- the execution --------------------------------------------------------------------------------- */

static json_t *steps_json(const Gallery *g)
{
    json_t *steps = json_array();
    for (int i = 1; i < GALLERY_STEPS; i++) {
        const GalleryStep *s = gallery_step(g, i);
        json_array_append_new(steps, json_pack("{s:i, s:b, s:I, s:I, s:I, s:f}", "step", i, "completed",
                                               s->completed, "images", (json_int_t)s->images, "failed",
                                               (json_int_t)s->failed, "expected", (json_int_t)s->expected,
                                               "ms", s->ms));
    }
    return steps;
}

/* Decisions of step 6, which is what a dataset is made of; of the last step before where there is none. */
static json_t *decisions_json(const StudioRoom *room)
{
    const Gallery *g = room->gallery;
    int step = gallery_step(g, 6)->images ? 6 : 4;
    int counts[DECISION_COUNT] = { 0 }, corrected = 0, images = 0;
    for (size_t i = 0; i < gallery_count(g); i++) {
        const GalleryItem *it = gallery_item(g, i);
        bool inherited;
        if (it->gone || places[it->place].step != step)
            continue;
        images++;
        counts[item_decision(g, room->review, i, &inherited)]++;
        corrected += it->corrected;
    }
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "step", step, "images", images, "keep",
                     counts[DECISION_KEEP], "drop", counts[DECISION_DROP], "needs_work",
                     counts[DECISION_NEEDS_WORK], "none", counts[DECISION_NONE], "corrected", corrected);
}

static json_t *options_json(const Gallery *g)
{
    static const char *const shown[] = { "num_prompts",
                                         "num_iterations",
                                         "seed",
                                         "split_ratio",
                                         "split_by",
                                         "min_score",
                                         "polygons",
                                         "resolution",
                                         "editor",
                                         "annotator",
                                         "engine",
                                         "prompt_generator",
                                         "perspective_generator" };
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const json_t *v = gallery_option(g, shown[i]);
        if (v && !json_is_null(v))
            json_object_set_new(o, shown[i], json_deep_copy(v));
    }
    return o;
}

json_t *summary_json(const StudioRoom *room)
{
    const Gallery *g = room->gallery;
    json_t *o =
        json_pack("{s:I, s:I, s:o, s:o, s:o, s:I}", "version", (json_int_t)gallery_version(g), "items",
                  (json_int_t)gallery_count(g), "steps", steps_json(g), "decisions", decisions_json(room),
                  "options", options_json(g), "undo", (json_int_t)review_depth(room->review));
    set_text(o, "object", gallery_state_text(g, "object_name"));
    set_text(o, "problem", gallery_problem(g));
    return o;
}

json_t *failures_json(const Gallery *g, size_t most)
{
    json_t *list = json_array();
    for (size_t i = 0; i < gallery_failure_count(g) && json_array_size(list) < most; i++) {
        const GalleryFailure *f = gallery_failure(g, i);
        if (!f->mended)
            json_array_append_new(list, json_pack("{s:i, s:o, s:o, s:i, s:o}", "step", f->step, "item",
                                                  text_json(f->item), "error", text_json(f->error),
                                                  "attempts", f->attempts, "time", text_json(f->time)));
    }
    return list;
}

/* ---- shapes of labels ------------------------------------------------------------------------------ */

enum { SHAPE_BINS = 10, SHAPE_MAP = 16, SHAPE_ASPECTS = 5 };

typedef struct {
    int images, objects, empty;
    int size[SHAPE_BINS], score[SHAPE_BINS], aspect[SHAPE_ASPECTS], map[SHAPE_MAP * SHAPE_MAP];
} Shapes;

static int bin(double share, int bins)
{
    int i = share > 0 ? (int)(share * bins) : 0;
    return i < bins ? i : bins - 1;
}

/* Width to height: below 1 : 2, 1 : 1.25, square, 1.25 : 1, above 2 : 1. */
static int aspect_bin(double w, double h)
{
    double a = h > 0 ? w / h : 1;
    return a < 0.5 ? 0 : a < 0.8 ? 1 : a <= 1.25 ? 2 : a <= 2 ? 3 : 4;
}

static void add_shape(Shapes *s, const GalleryItem *it)
{
    s->images++;
    if (it->score >= 0)
        s->score[bin(it->score, SHAPE_BINS)]++;
    if (it->polygons <= 0) {
        s->empty++;
        return;
    }
    s->objects += it->polygons;
    s->size[bin(sqrt(it->area), SHAPE_BINS)]++;
    s->aspect[aspect_bin(it->x1 - it->x0, it->y1 - it->y0)]++;
    s->map[bin((it->y0 + it->y1) / 2, SHAPE_MAP) * SHAPE_MAP + bin((it->x0 + it->x1) / 2, SHAPE_MAP)]++;
}

static json_t *ints_json(const int *v, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_integer(v[i]));
    return list;
}

json_t *shapes_json(const StudioRoom *room)
{
    const Gallery *g = room->gallery;
    Shapes *sides = calloc(3, sizeof *sides);
    if (!sides)
        return NULL;
    for (size_t i = 0; i < gallery_count(g); i++) {
        const GalleryItem *it = gallery_item(g, i);
        bool inherited;
        if (!it->gone && places[it->place].step == 6 &&
            item_decision(g, room->review, i, &inherited) != DECISION_DROP)
            add_shape(&sides[it->place - PLACE_TRAIN], it);
    }
    json_t *o = json_object();
    for (int k = 0; k < 3; k++) {
        const Shapes *s = &sides[k];
        json_object_set_new(o, places[PLACE_TRAIN + k].split,
                            json_pack("{s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "images", s->images, "objects",
                                      s->objects, "empty", s->empty, "size", ints_json(s->size, SHAPE_BINS),
                                      "aspect", ints_json(s->aspect, SHAPE_ASPECTS), "score",
                                      ints_json(s->score, SHAPE_BINS), "map",
                                      ints_json(s->map, SHAPE_MAP * SHAPE_MAP)));
    }
    free(sides);
    return o;
}

/* ---- progress -------------------------------------------------------------------------------------- */

/* The one after the last that is done. */
static int step_under_way(const Gallery *g)
{
    int step = 1;
    for (int i = 1; i < GALLERY_STEPS; i++)
        if (gallery_step(g, i)->completed)
            step = i + 1;
    return step < GALLERY_STEPS ? step : GALLERY_STEPS - 1;
}

static json_t *newest_json(const StudioRoom *room)
{
    const Gallery *g = room->gallery;
    size_t newest[NEWEST], n = 0;
    for (size_t i = 0; i < gallery_count(g); i++) {
        if (gallery_item(g, i)->gone)
            continue;
        if (n == NEWEST && gallery_item(g, newest[n - 1])->mtime_ns > gallery_item(g, i)->mtime_ns)
            continue;
        size_t at = n < NEWEST ? n++ : NEWEST - 1;
        for (; at > 0 && gallery_item(g, newest[at - 1])->mtime_ns <= gallery_item(g, i)->mtime_ns; at--)
            newest[at] = newest[at - 1];
        newest[at] = i;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, item_json(room, newest[i]));
    return list;
}

json_t *progress_json(StudioRoom *room, bool running)
{
    const Gallery *g = room->gallery;
    int step = step_under_way(g);
    const GalleryStep *s = gallery_step(g, step);
    size_t done = s->images + s->failed;
    json_t *o = json_pack("{s:b, s:I, s:I, s:i, s:o, s:o, s:o}", "running", running, "version",
                          (json_int_t)gallery_version(g), "undo", (json_int_t)review_depth(room->review),
                          "step", step, "steps", steps_json(g), "decisions", decisions_json(room), "newest",
                          newest_json(room));
    double rate = running ? room_rate(room, step, done) : 0;
    if (rate > 0) {
        json_object_set_new(o, "rate", json_real(rate));
        if (s->expected > done)
            json_object_set_new(o, "left_ms", json_real((double)(s->expected - done) * 1000 / rate));
    }
    return o;
}
