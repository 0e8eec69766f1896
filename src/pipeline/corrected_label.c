#include "pipeline/corrected_label.h"

#include "base/str.h"
#include "pipeline/execution.h"
#include "pipeline/keys.h"
#include "pipeline/overlay.h"
#include "pipeline/step.h"
#include "pipeline/yolo_label.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MACHINE FOLDER_CORRECTIONS "/machine"
#define MAX_BYTES      ((size_t)64 << 20)

uint64_t corrected_label_pixels(const Image *picture)
{
    return key_image(0, picture);
}

/* ---- paths ---------------------------------------------------------------------------------------- */

static char *record_path(const char *execution, const char *image, Err *err)
{
    return execution_stem_path(execution, FOLDER_CORRECTIONS, image, ".json", err);
}

char *corrected_label_machine(const char *execution, const char *image, const char *suffix, Err *err)
{
    return execution_stem_path(execution, FOLDER_MACHINE, image, suffix, err);
}

bool corrected_label_exists(const char *execution, const char *image)
{
    Err ignored = { 0 };
    char *path = record_path(execution, image, &ignored);
    bool there = path && path_exists(path);
    free(path);
    return there;
}

/* ---- the record ----------------------------------------------------------------------------------- */

/* False: it is no record. */
static bool take(CorrectedLabel *c, const json_t *o, bool *no_memory)
{
    const char *pixels = json_string_value(json_object_get(o, "pixels"));
    const json_t *labels = json_object_get(o, "labels"), *label;
    char *end = NULL;
    size_t i;
    *no_memory = false;
    if (!pixels || !json_is_array(labels))
        return false;
    c->pixels = strtoull(pixels, &end, 16);
    c->settled = json_is_true(json_object_get(o, "settled"));
    json_array_foreach(labels, i, label)
    {
        if (!json_is_string(label))
            return false;
        *no_memory = !text_list_add(&c->labels, json_string_value(label));
        if (*no_memory)
            return false;
    }
    return end != pixels && !*end;
}

bool corrected_label_read(CorrectedLabel *c, const char *execution, const char *image, Err *err)
{
    *c = (CorrectedLabel){ 0 };
    char *path = record_path(execution, image, err);
    uint8_t *data = NULL;
    size_t size;
    bool ok = path && file_read(path, MAX_BYTES, &data, &size, err), no_memory = false;
    if (ok) {
        json_t *o = json_loadb((char *)data, size, 0, NULL);
        ok = take(c, o, &no_memory) ||
             err_set(err, no_memory ? ERR_NOMEM : ERR_INPUT,
                     no_memory ? "%s: no memory to read it"
                               : "%s: is no record of a corrected label; move it away",
                     path);
        json_decref(o);
    }
    if (!ok)
        corrected_label_clear(c);
    free(data);
    free(path);
    return ok;
}

bool corrected_label_write(const CorrectedLabel *c, const char *execution, const char *image, Err *err)
{
    char pixels[20];
    snprintf(pixels, sizeof pixels, "%016" PRIx64, c->pixels);
    json_t *labels = json_array();
    bool built = labels != NULL;
    for (size_t i = 0; i < c->labels.count; i++)
        built = json_array_append_new(labels, json_string(c->labels.text[i])) == 0 && built;
    json_t *o = json_pack("{s:s, s:o, s:b}", "pixels", pixels, "labels", labels, "settled", c->settled);
    char *text = built && o ? json_dumps(o, JSON_INDENT(1)) : NULL;
    char *path = record_path(execution, image, err), *folder = path_join(execution, FOLDER_CORRECTIONS);
    bool ok = path && ((text && folder) || err_set(err, ERR_NOMEM, "%s: no memory to write it", path));
    ok = ok && (strlen(text) <= MAX_BYTES ||
                err_set(err, ERR_INPUT, "%s: its labels are too large to be kept; undo some", path));
    ok = ok && folder_make(folder, err) && file_write(path, text, strlen(text), err);
    json_decref(o);
    free(text);
    free(folder);
    free(path);
    return ok;
}

static bool remove_file(char *path, Err *err)
{
    bool ok = path && (unlink(path) == 0 || errno == ENOENT ||
                       err_set_errno(err, errno, "%s: cannot be removed", path));
    free(path);
    return ok;
}

/* What the annotator made is only worth keeping beside a record. */
static bool forget_machine(const char *execution, const char *image, Err *err)
{
    return remove_file(corrected_label_machine(execution, image, ".txt", err), err) &&
           remove_file(corrected_label_machine(execution, image, OVERLAY_SUFFIX, err), err);
}

bool corrected_label_end(const char *execution, const char *image, Err *err)
{
    return remove_file(record_path(execution, image, err), err) && forget_machine(execution, image, err);
}

bool corrected_label_set_aside(const char *execution, const char *image, char **where, Err *err)
{
    static const char to[] = FOLDER_REPLACED "/" FOLDER_CORRECTIONS;
    char *from = record_path(execution, image, err), *folder = path_join(execution, to), *path = NULL;
    bool ok = from && (folder || err_set(err, ERR_NOMEM, "%s: no memory", from)) && folder_make(folder, err);
    *where = NULL;
    for (int i = 1; ok && !path; i++) {
        char end[24] = ".json";
        if (i > 1)
            snprintf(end, sizeof end, "_%d.json", i);
        path = execution_stem_path(execution, to, image, end, err);
        ok = path != NULL;
        if (ok && path_exists(path)) {
            free(path);
            path = NULL;
        }
    }
    ok = ok && file_move(from, path, err) && forget_machine(execution, image, err);
    if (ok) {
        *where = strdup(path + strlen(execution) + 1);
        ok = *where || err_set(err, ERR_NOMEM, "%s: no memory", from);
    }
    free(from);
    free(folder);
    free(path);
    return ok;
}

void corrected_label_clear(CorrectedLabel *c)
{
    text_list_clear(&c->labels);
    *c = (CorrectedLabel){ 0 };
}

const char *corrected_label_text(const CorrectedLabel *c)
{
    return c->labels.count ? c->labels.text[c->labels.count - 1] : NULL;
}

/* ---- the overlay ---------------------------------------------------------------------------------- */

/* A label's numbers are pixels divided by the side. */
static bool outline_of(Polygon *out, const YoloObject *o, int width, int height)
{
    out->p = calloc(o->points, sizeof *out->p);
    out->n = out->p ? o->points : 0;
    for (size_t i = 0; i < out->n; i++)
        out->p[i] = (Point){ (int)lround(o->xy[2 * i] * width), (int)lround(o->xy[2 * i + 1] * height) };
    return out->p != NULL;
}

static bool outlines_of(PolygonList *out, const char *text, int width, int height, Err *err)
{
    YoloLabel label = { 0 };
    *out = (PolygonList){ 0 };
    char *copy = strdup(text); /* reading a text changes it */
    bool ok = copy && yolo_label_parse(&label, copy, err);
    if (ok && label.count) {
        out->polygon = calloc(label.count, sizeof *out->polygon);
        ok = out->polygon != NULL;
    }
    for (; ok && out->count < label.count; out->count++)
        ok = outline_of(&out->polygon[out->count], &label.object[out->count], width, height);
    free(copy);
    yolo_label_clear(&label);
    if (!ok)
        polygon_list_clear(out);
    return ok || err_set(err, ERR_NOMEM, "no memory for the outlines of a label");
}

bool corrected_label_overlay(const char *path, const Image *picture, const char *text, Err *err)
{
    PolygonList outlines;
    if (!outlines_of(&outlines, text, picture->width, picture->height, err))
        return false;
    bool ok = overlay_save(path, picture, &(Image){ 0 }, &outlines, err);
    polygon_list_clear(&outlines);
    return ok;
}

/* ---- all of them ---------------------------------------------------------------------------------- */

bool corrected_label_list(const char *execution, TextList *out, Err *err)
{
    char *folder = path_join(execution, FOLDER_CORRECTIONS);
    *out = (TextList){ 0 };
    bool ok = folder || err_set(err, ERR_NOMEM, "%s: no memory", execution);
    ok = ok && (!path_is_folder(folder) || folder_list(folder, out, err));
    size_t n = 0;
    for (size_t i = 0; ok && i < out->count; i++)
        if (!strcmp(path_ext(out->text[i]), ".json"))
            out->text[n++] = out->text[i];
        else
            free(out->text[i]);
    out->count = ok ? n : 0;
    free(folder);
    return ok;
}

size_t corrected_label_count(const char *execution)
{
    static const char *const folders[] = { FOLDER_YOLO "/train/labels", FOLDER_YOLO "/val/labels",
                                           FOLDER_YOLO "/review/labels" };
    TextList names;
    Err ignored = { 0 };
    size_t count = 0;
    if (!corrected_label_list(execution, &names, &ignored))
        return 0;
    for (size_t i = 0; i < names.count; i++) {
        bool there = false;
        for (size_t k = 0; k < sizeof folders / sizeof *folders && !there; k++) {
            char *path = execution_stem_path(execution, folders[k], names.text[i], ".txt", &ignored);
            there = path && path_exists(path);
            free(path);
        }
        count += there;
    }
    text_list_clear(&names);
    return count;
}
