#include "web/correction.h"

#include "base/file.h"
#include "base/str.h"
#include "pipeline/execution.h"
#include "pipeline/step.h"
#include "vision/codec.h"
#include "vision/polygon.h"
#include "web/label_shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LABEL (4u << 20)

static bool no_memory(const GalleryItem *it, Err *err)
{
    return err_set(err, ERR_NOMEM, "%s: no memory for its label", it->name);
}

/* The folder of an execution as execution_open() takes it: where it is, and its name. */
static bool hold(Execution *x, const Gallery *g, Err *err)
{
    const char *folder = gallery_folder(g), *name = path_name(folder);
    char *parent = name > folder ? strndup(folder, (size_t)(name - folder)) : strdup(".");
    bool ok =
        parent ? execution_open(x, parent, name, err) : err_set(err, ERR_NOMEM, "%s: no memory", folder);
    free(parent);
    return ok;
}

/* Give the file the i-th of the names that it may have in replaced/; *aside stays NULL when another file has it. */
static bool link_aside(const char *folder, const char *from, const char *inside, int i, char **aside,
                       Err *err)
{
    char number[16] = "", *name = NULL, *to = NULL;
    if (i > 1)
        snprintf(number, sizeof number, "_%d", i);
    int stem = (int)(path_ext(inside) - inside);
    if (asprintf(&name, FOLDER_REPLACED "/%.*s%s%s", stem, inside, number, path_ext(inside)) < 0 ||
        !(to = path_join(folder, name))) {
        free(name);
        return err_set(err, ERR_NOMEM, "%s: no memory", inside);
    }
    bool ok = true, done = link(from, to) == 0; /* never over another file */
    if (!done && errno == ENOENT) {
        *name = '\0';
        done = true;
    } else if (!done && !path_exists(to)) /* a file system without hard links */
        ok = done = file_copy(from, to, err);
    if (done)
        *aside = name;
    else
        free(name);
    free(to);
    return ok;
}

/* Put the file of exec/inside aside under a name of replaced/ that is not taken. *aside is that path within the execution, ""
 * when there is no file to put aside; the caller frees it. */
static bool put_aside(const Gallery *g, const char *inside, char **aside, Err *err)
{
    const char *folder = gallery_folder(g);
    char *from = path_join(folder, inside), *below = path_join(folder, FOLDER_REPLACED);
    char *to_folder = from && below ? path_join(below, inside) : NULL;
    bool ok = to_folder || err_set(err, ERR_NOMEM, "%s: no memory", inside);
    *aside = NULL;
    if (ok) {
        to_folder[path_name(to_folder) - to_folder - 1] = '\0';
        ok = folder_make(to_folder, err);
    }
    for (int i = 1; ok && !*aside; i++)
        ok = link_aside(folder, from, inside, i, aside, err);
    free(from);
    free(below);
    free(to_folder);
    return ok;
}

/* ---- writing a label where it is ------------------------------------------------------------------- */

static bool write_label(const Gallery *g, const char *folder, const char *image_name, const Str *text,
                        Err *err)
{
    char *path = NULL;
    int stem = (int)(path_ext(image_name) - image_name);
    if (asprintf(&path, "%s/%s/%.*s.txt", gallery_folder(g), folder, stem, image_name) < 0)
        return err_set(err, ERR_NOMEM, "%s: no memory for its label", image_name);
    /* Only where the dataset has the image's label already. */
    bool ok = !path_exists(path) || file_write(path, str_text(text), text->len, err);
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

/* exec/06_yolo_dataset/train/labels/stem.txt, without the first part. */
static char *label_inside(const GalleryItem *it)
{
    char *path = NULL;
    int stem = (int)(path_ext(it->name) - it->name);
    return asprintf(&path, "%s/%.*s.txt", places[it->place].label_folder, stem, it->name) < 0 ? NULL : path;
}

/* Replace the label in every dataset of the execution; *aside as in put_aside(). */
static bool replace(Gallery *g, size_t item, const Str *text, char **aside, Err *err)
{
    const GalleryItem *it = gallery_item(g, item);
    char *inside = label_inside(it), *path = inside ? path_join(gallery_folder(g), inside) : NULL;
    *aside = NULL;
    bool ok = path || no_memory(it, err);
    ok = ok && put_aside(g, inside, aside, err) && file_write(path, str_text(text), text->len, err) &&
         write_copies(g, item, text, err) && gallery_reread_label(g, item, err);
    free(inside);
    free(path);
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

static bool label_of_mask(const Gallery *g, const GalleryItem *it, const Image *mask, Str *text, Err *err)
{
    const json_t *option = gallery_option(g, "polygons");
    bool all = json_is_string(option) && !strcmp(json_string_value(option), "all");
    /* The class of the label that is there. */
    char *path = gallery_path(g, it, FILE_OF_LABEL);
    YoloLabel f = { 0 };
    Err unread = { 0 };
    int class_id = path && yolo_label_read(&f, path, &unread) ? label_shape(&f).class_id : 0;
    yolo_label_clear(&f);
    free(path);
    PolygonList list;
    if (!polygons_of_mask(&list, mask, all ? POLYGONS_ALL : POLYGONS_LARGEST, err))
        return false;
    for (size_t i = 0; i < list.count; i++)
        polygon_label_line(text, class_id, &list.polygon[i], mask->width, mask->height);
    polygon_list_clear(&list);
    return !text->failed || no_memory(it, err);
}

bool correction_save(Gallery *g, Review *r, size_t item, const Image *mask, Err *err)
{
    const GalleryItem *it = gallery_item(g, item);
    Execution held = { 0 };
    Str text = { 0 };
    char *aside = NULL;
    bool ok = check_size(g, item, mask, err) && label_of_mask(g, it, mask, &text, err) &&
              hold(&held, g, err) && replace(g, item, &text, &aside, err) &&
              review_correct(r, 6, it->name, aside, err);
    execution_close(&held);
    free(aside);
    str_clear(&text);
    return ok;
}

/* ---- and back -------------------------------------------------------------------------------------- */

/* A path that a review names is text from outside: only what corrections put aside is read. */
static bool is_aside(const char *path)
{
    static const char below[] = FOLDER_REPLACED "/" FOLDER_YOLO "/";
    return !strncmp(path, below, sizeof below - 1) && !strstr(path, "/../") &&
           !strcmp(path_ext(path), ".txt");
}

static bool read_aside(const Gallery *g, const char *aside, Str *text, Err *err)
{
    if (!*aside)
        return true; /* there was no label */
    char *path = path_join(gallery_folder(g), aside);
    uint8_t *data = NULL;
    size_t size;
    bool ok = path ? file_read(path, MAX_LABEL, &data, &size, err)
                   : err_set(err, ERR_NOMEM, "%s: no memory", aside);
    if (ok)
        str_add_n(text, (const char *)data, size);
    ok = ok && (!text->failed || err_set(err, ERR_NOMEM, "%s: no memory", aside));
    free(data);
    free(path);
    return ok;
}

bool correction_undo(Gallery *g, Review *r, Err *err)
{
    ReviewUndone last;
    if (!review_last(r, &last) || !last.corrected || !last.item)
        return err_set(err, ERR_STATE, "there is no correction to undo");
    int32_t item = -1;
    for (Place p = PLACE_TRAIN; p <= PLACE_REVIEW; p++) {
        int32_t found = gallery_find(g, p, last.item);
        if (found >= 0 && !gallery_item(g, (size_t)found)->gone)
            item = found;
    }
    if (item < 0 || (*last.corrected && !is_aside(last.corrected)))
        return err_set(err, ERR_MISSING, "%.200s: the image or its earlier label is not there any more",
                       last.item);
    Execution held = { 0 };
    Str text = { 0 };
    char *aside = NULL;
    bool ok = read_aside(g, last.corrected, &text, err) && hold(&held, g, err) &&
              replace(g, (size_t)item, &text, &aside, err) && review_undo(r, err);
    execution_close(&held);
    free(aside);
    str_clear(&text);
    return ok;
}
