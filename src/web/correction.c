#include "web/correction.h"

#include "base/file.h"
#include "base/str.h"
#include "pipeline/corrected_label.h"
#include "pipeline/execution.h"
#include "pipeline/keys.h"
#include "pipeline/overlay.h"
#include "pipeline/step.h"
#include "vision/codec.h"
#include "vision/polygon.h"
#include "web/label_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LABEL (16u << 20)

static bool no_memory(const GalleryItem *it, Err *err)
{
    return err_set(err, ERR_NOMEM, "%s: no memory for its label", it->name);
}

/* ---- the picture ----------------------------------------------------------------------------------- */

/* Is `shown` what JPEG makes of `source`? What it loses is a few gray levels; another picture is tens away. */
static bool same_picture(const Image *shown, const Image *source)
{
    enum { MEAN_MOST = 8 };
    uint64_t sum = 0;
    if (shown->width != source->width || shown->height != source->height)
        return false;
    size_t n = image_bytes(shown);
    for (size_t i = 0; i < n; i++)
        sum += (uint64_t)abs(shown->data[i] - source->data[i]);
    return sum <= (uint64_t)MEAN_MOST * n;
}

static bool load_rgb(Image *im, const Gallery *g, const GalleryItem *it, Err *err)
{
    char *path = gallery_path(g, it, FILE_OF_IMAGE);
    bool ok = path ? image_load(im, path, &(DecodeOptions){ .channels = 3, .upright = true }, err)
                   : no_memory(it, err);
    free(path);
    return ok;
}

/* The picture that step 6 made its image from; where that is gone or another one by now, the image itself, which no
 * picture that step 6 will read is equal to. */
static bool load_picture(Image *out, const Gallery *g, const GalleryItem *it, Err *err)
{
    Image source = { 0 };
    Err unread = { 0 };
    if (!load_rgb(out, g, it, err))
        return false;
    if (it->parent >= 0 && load_rgb(&source, g, gallery_item(g, (size_t)it->parent), &unread) &&
        same_picture(out, &source)) {
        image_clear(out);
        *out = source;
    } else
        image_clear(&source);
    return true;
}

/* ---- the files of a label -------------------------------------------------------------------------- */

static char *overlay_path(const Gallery *g, const GalleryItem *it, Err *err)
{
    char folder[80];
    snprintf(folder, sizeof folder, FOLDER_YOLO "/%s/visualizations", places[it->place].split);
    return execution_stem_path(gallery_folder(g), folder, it->name, OVERLAY_SUFFIX, err);
}

/* A file's text; none where it is missing. */
static bool read_text(const char *path, Str *text, Err *err)
{
    uint8_t *data = NULL;
    size_t size;
    bool ok = !path_exists(path) || file_read(path, MAX_LABEL, &data, &size, err);
    if (ok && data)
        str_add_n(text, (const char *)data, size);
    free(data);
    return ok && (!text->failed || err_set(err, ERR_NOMEM, "%s: no memory to read it", path));
}

static bool read_label(const Gallery *g, const GalleryItem *it, Str *text, Err *err)
{
    char *path = gallery_path(g, it, FILE_OF_LABEL);
    bool ok = path ? read_text(path, text, err) : no_memory(it, err);
    free(path);
    return ok;
}

static bool write_label(const Gallery *g, const char *folder, const char *image_name, const Str *text,
                        Err *err)
{
    char *path = execution_stem_path(gallery_folder(g), folder, image_name, ".txt", err);
    /* Only where the dataset has the image's label already. */
    bool ok = path && (!path_exists(path) || file_write(path, str_text(text), text->len, err));
    free(path);
    return ok;
}

/* The combined dataset of step 7 holds copies of the image and of its versions. */
static bool write_copies(const Gallery *g, size_t item, const Str *text, Err *err)
{
    const GalleryItem *it = gallery_item(g, item);
    char combined[80];
    snprintf(combined, sizeof combined, FOLDER_CV_COMBINED "/%s/labels", places[it->place].split);
    bool ok = write_label(g, combined, it->name, text, err);
    for (int32_t c = it->first_child; ok && c >= 0; c = gallery_item(g, (size_t)c)->next_sibling) {
        const GalleryItem *version = gallery_item(g, (size_t)c);
        ok = write_label(g, places[version->place].label_folder, version->name, text, err) &&
             write_label(g, combined, version->name, text, err);
    }
    return ok;
}

/* A dataset from elsewhere has none. */
static bool has_overlays(const Gallery *g, const GalleryItem *it)
{
    char *folder = NULL;
    bool has = asprintf(&folder, "%s/" FOLDER_YOLO "/%s/visualizations", gallery_folder(g),
                        places[it->place].split) >= 0 &&
               path_is_folder(folder);
    free(folder);
    return has;
}

/* Of the annotator's label its own overlay comes back, which shows its mask. */
static bool write_overlay(const Gallery *g, const GalleryItem *it, const CorrectedLabel *c, const char *text,
                          Err *err)
{
    char *path = overlay_path(g, it, err);
    char *kept = corrected_label_machine(gallery_folder(g), it->name, OVERLAY_SUFFIX, err);
    Image picture = { 0 };
    bool ok = path && kept;
    if (ok && !c->labels.count && path_exists(kept)) {
        ok = file_link_or_copy(kept, path, err);
    } else if (ok && has_overlays(g, it)) {
        ok = load_picture(&picture, g, it, err) && corrected_label_overlay(path, &picture, text, err);
        image_clear(&picture);
    }
    free(path);
    free(kept);
    return ok;
}

/* Have every dataset of the execution follow the record, the label of step 6 last. */
static bool follow(Gallery *g, size_t item, const CorrectedLabel *c, Err *err)
{
    const GalleryItem *it = gallery_item(g, item);
    char *path = gallery_path(g, it, FILE_OF_LABEL);
    char *machine = corrected_label_machine(gallery_folder(g), it->name, ".txt", err);
    Str text = { 0 };
    bool ok = machine && (path || no_memory(it, err));
    if (ok && c->labels.count)
        str_add(&text, corrected_label_text(c));
    else
        ok = ok && read_text(machine, &text, err);
    ok = ok && (!text.failed || no_memory(it, err)) && write_copies(g, item, &text, err) &&
         write_overlay(g, it, c, str_text(&text), err) && file_write(path, str_text(&text), text.len, err) &&
         gallery_reread_label(g, item, err);
    str_clear(&text);
    free(path);
    free(machine);
    return ok;
}

/* ---- the record ------------------------------------------------------------------------------------ */

/* Keep what the annotator made, before a person's label takes its place. */
static bool keep_machine(const Gallery *g, const GalleryItem *it, Err *err)
{
    char *folder = path_join(gallery_folder(g), FOLDER_CORRECTIONS "/machine");
    char *label = gallery_path(g, it, FILE_OF_LABEL), *overlay = overlay_path(g, it, err);
    char *to_label = corrected_label_machine(gallery_folder(g), it->name, ".txt", err);
    char *to_overlay = corrected_label_machine(gallery_folder(g), it->name, OVERLAY_SUFFIX, err);
    bool ok = overlay && to_label && to_overlay && ((folder && label) || no_memory(it, err));
    ok = ok && folder_make(folder, err) &&
         (path_exists(label) ? file_copy(label, to_label, err) : file_write(to_label, "", 0, err)) &&
         (!path_exists(overlay) || file_link_or_copy(overlay, to_overlay, err));
    free(folder);
    free(label);
    free(overlay);
    free(to_label);
    free(to_overlay);
    return ok;
}

/* Write the record, and have the files follow it. Killed on the way, corrections_settle() goes on. */
static bool settle(Gallery *g, size_t item, CorrectedLabel *c, Err *err)
{
    const GalleryItem *it = gallery_item(g, item);
    const char *folder = gallery_folder(g);
    c->settled = false;
    if (!corrected_label_write(c, folder, it->name, err) || !follow(g, item, c, err))
        return false;
    c->settled = true;
    return c->labels.count ? corrected_label_write(c, folder, it->name, err)
                           : corrected_label_end(folder, it->name, err);
}

/* The image of step 6 that a file name is about; -1. */
static int32_t labelled_image(const Gallery *g, const char *name)
{
    int32_t item = -1;
    for (Place p = PLACE_TRAIN; p <= PLACE_REVIEW; p++) {
        int32_t found = gallery_find_stem(g, p, name);
        if (found >= 0 && !gallery_item(g, (size_t)found)->gone)
            item = found;
    }
    return item;
}

/* Have the files follow the record of this name, where they do not yet. */
static bool settle_one(Gallery *g, const char *name, Execution *held, Err *err)
{
    CorrectedLabel c;
    Err unread = { 0 };
    int32_t item = labelled_image(g, name);
    if (item < 0 || !corrected_label_read(&c, gallery_folder(g), name, &unread))
        return true; /* step 6 deals with it */
    bool ok = c.settled || ((held->folder || execution_open_folder(held, gallery_folder(g), err)) &&
                            settle(g, (size_t)item, &c, err));
    corrected_label_clear(&c);
    return ok;
}

bool corrections_settle(Gallery *g, Err *err)
{
    TextList names;
    Execution held = { 0 };
    bool ok = corrected_label_list(gallery_folder(g), &names, err);
    for (size_t i = 0; ok && i < names.count; i++)
        ok = settle_one(g, names.text[i], &held, err);
    execution_close(&held);
    text_list_clear(&names);
    return ok;
}

/* ---- from a mask ----------------------------------------------------------------------------------- */

bool correction_size(const Gallery *g, size_t item, int *width, int *height, Err *err)
{
    const GalleryItem *it = gallery_item(g, item);
    char *path = gallery_path(g, it, FILE_OF_IMAGE);
    FileMap map = { 0 };
    ImageInfo info = { 0 };
    bool ok = path ? file_map(&map, path, err) : no_memory(it, err);
    if (ok && !image_probe(&info, map.data, map.size, err))
        ok = err_prefix(err, "%s: ", path);
    *width = info.width;
    *height = info.height;
    file_unmap(&map);
    free(path);
    return ok;
}

static bool check_size(const Gallery *g, size_t item, const Image *mask, Err *err)
{
    int width, height;
    if (!correction_size(g, item, &width, &height, err))
        return false;
    return (width == mask->width && height == mask->height) ||
           err_set(err, ERR_INPUT, "the mask has %d x %d pixels and %s has %d x %d; they must agree",
                   mask->width, mask->height, gallery_item(g, item)->name, width, height);
}

/* The lines of an object's outlines; at most one where the run makes no more of an object. */
static bool lines_of_mask(const Gallery *g, const GalleryItem *it, Correction *c, int class_id, Str *text,
                          Err *err)
{
    const json_t *option = gallery_option(g, "polygons");
    bool all = json_is_string(option) && !strcmp(json_string_value(option), "all");
    PolygonList parts, list;
    if (!polygons_of_mask(&parts, c->mask, POLYGONS_ALL, err))
        return false;
    size_t count = parts.count;
    polygon_list_clear(&parts);
    if (!polygons_of_mask(&list, c->mask, all ? POLYGONS_ALL : POLYGONS_LARGEST, err))
        return false;
    c->left_out = count - list.count;
    for (size_t i = 0; i < list.count; i++)
        polygon_label_line(text, class_id, &list.polygon[i], c->mask->width, c->mask->height);
    polygon_list_clear(&list);
    return !text->failed || no_memory(it, err);
}

/* The class of a label's line; -1: the line is no object. */
static bool class_of_line(const char *line, size_t n, int *class_id, Err *err)
{
    YoloLabel l = { 0 };
    char *copy = strndup(line, n); /* reading a text changes it */
    bool ok =
        copy ? yolo_label_parse(&l, copy, err) : err_set(err, ERR_NOMEM, "no memory for a label's line");
    *class_id = l.count ? l.object[0].class_id : -1;
    yolo_label_clear(&l);
    free(copy);
    return ok;
}

/* A label line by line: what is not the object that is corrected stays as it is, letter for letter. */
static bool replace_lines(const char *old, long object, int class_id, const Str *lines, Str *out, Err *err)
{
    long number = 0;
    bool placed = false;
    while (*old) {
        size_t n = strcspn(old, "\n");
        int its;
        if (!class_of_line(old, n, &its, err))
            return false;
        bool chosen = its >= 0 && (object == CORRECTION_ALL ? its == class_id : number == object);
        number += its >= 0;
        if (!chosen) {
            str_add_n(out, old, n);
            str_add_char(out, '\n');
        } else if (!placed) {
            str_add(out, str_text(lines));
            placed = true;
        }
        old += n + (old[n] == '\n');
    }
    if (!placed)
        str_add(out, str_text(lines));
    return !out->failed || err_set(err, ERR_NOMEM, "no memory for a label");
}

/* The label with this object's outlines replaced by those of the mask. */
static bool corrected_text(const Gallery *g, const GalleryItem *it, Correction *c, Str *out, Err *err)
{
    Str old = { 0 }, lines = { 0 };
    YoloLabel f = { 0 };
    char *copy = NULL;
    bool ok = read_label(g, it, &old, err) && ((copy = strdup(str_text(&old))) || no_memory(it, err)) &&
              yolo_label_parse(&f, copy, err);
    if (ok && c->has_label && c->label != key_text(0, str_text(&old)))
        ok = err_set(err, ERR_STATE, "%s: its label was changed by somebody else meanwhile; open it again",
                     it->name);
    if (ok && c->object == CORRECTION_ONLY && f.count > 1)
        ok = err_set(err, ERR_INPUT, "%s: its label has %zu outlines; say which one is corrected", it->name,
                     f.count);
    if (ok && c->object > (long)f.count)
        ok = err_set(err, ERR_INPUT, "%s: its label has no outline %ld", it->name, c->object);
    long object = c->object == CORRECTION_ONLY ? 0 : c->object;
    int class_id = 0;
    if (ok && f.count)
        class_id = f.object[object > 0 && object < (long)f.count ? object : 0].class_id;
    ok = ok && lines_of_mask(g, it, c, class_id, &lines, err) &&
         replace_lines(str_text(&old), object, class_id, &lines, out, err);
    yolo_label_clear(&f);
    free(copy);
    str_clear(&old);
    str_clear(&lines);
    return ok;
}

/* The record of an image as it is, or one to begin with. */
static bool read_record(const Gallery *g, const GalleryItem *it, CorrectedLabel *record, Err *err)
{
    Err unread = { 0 };
    if (corrected_label_read(record, gallery_folder(g), it->name, &unread))
        return true;
    if (unread.kind == ERR_MISSING)
        return keep_machine(g, it, err);
    *err = unread;
    return false;
}

/* The line of the review first: whatever happens behind it can be undone. */
static bool record_correction(Gallery *g, Review *r, size_t item, const Str *text, Err *err)
{
    const GalleryItem *it = gallery_item(g, item);
    CorrectedLabel record;
    Image picture = { 0 };
    if (!load_picture(&picture, g, it, err))
        return false;
    char *line = NULL;
    bool ok = read_record(g, it, &record, err);
    if (ok && asprintf(&line, FOLDER_CORRECTIONS "/%.*s.json", (int)(path_ext(it->name) - it->name),
                       it->name) < 0) {
        line = NULL;
        ok = no_memory(it, err);
    }
    if (ok) {
        record.pixels = corrected_label_pixels(&picture);
        ok = text_list_add(&record.labels, str_text(text)) || no_memory(it, err);
    }
    ok = ok && review_correct(r, 6, it->name, line, err) && settle(g, item, &record, err);
    corrected_label_clear(&record);
    image_clear(&picture);
    free(line);
    return ok;
}

bool correction_save(Gallery *g, Review *r, size_t item, Correction *c, Err *err)
{
    Execution held = { 0 };
    Str text = { 0 };
    bool ok = check_size(g, item, c->mask, err) && execution_open_folder(&held, gallery_folder(g), err) &&
              corrected_text(g, gallery_item(g, item), c, &text, err) &&
              record_correction(g, r, item, &text, err) && gallery_refresh(g, err);
    execution_close(&held);
    str_clear(&text);
    return ok;
}

uint64_t correction_label(const Gallery *g, size_t item)
{
    Str text = { 0 };
    Err ignored = { 0 };
    uint64_t key = read_label(g, gallery_item(g, item), &text, &ignored) ? key_text(0, str_text(&text)) : 0;
    str_clear(&text);
    return key;
}

/* ---- and back -------------------------------------------------------------------------------------- */

/* Take the last label away from the record, and have the files follow. Where the picture was made anew since there is no
 * record of it any more, and the label is the annotator's already. */
static bool take_back(Gallery *g, const char *image, Err *err)
{
    CorrectedLabel record;
    Err unread = { 0 };
    if (!corrected_label_read(&record, gallery_folder(g), image, &unread)) {
        if (unread.kind != ERR_MISSING)
            *err = unread;
        return unread.kind == ERR_MISSING;
    }
    if (record.labels.count)
        free(record.labels.text[--record.labels.count]);
    int32_t item = labelled_image(g, image);
    record.settled = false;
    /* Where the image is gone, step 6 or the studio has the label follow when it is there again. */
    bool ok = item >= 0 ? settle(g, (size_t)item, &record, err)
                        : corrected_label_write(&record, gallery_folder(g), image, err);
    corrected_label_clear(&record);
    return ok;
}

bool correction_undo(Gallery *g, Review *r, Err *err)
{
    ReviewUndone last;
    if (!review_last(r, &last) || !last.corrected || !last.item)
        return err_set(err, ERR_STATE, "there is no correction to undo");
    Execution held = { 0 };
    bool ok = !strchr(last.item, '/') ||
              err_set(err, ERR_INPUT, "%.200s: is no name of an image; mend review.jsonl", last.item);
    ok = ok && execution_open_folder(&held, gallery_folder(g), err) && take_back(g, last.item, err) &&
         review_undo(r, err) && gallery_refresh(g, err);
    execution_close(&held);
    return ok;
}
