#include "pipeline/export.h"

#include "pipeline/export_private.h"
#include "pipeline/state.h"
#include "vision/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The summary in every export; by it an earlier one is known. */
#define MARK "export.json"

const char *const export_format_names[EXPORT_FORMATS] = { "yolo-seg", "yolo-detect", "coco", "voc" };
static const ExportWriter *const writers[EXPORT_FORMATS] = { &export_yolo_seg, &export_yolo_detect,
                                                             &export_coco, &export_voc };

static bool no_memory(Err *err)
{
    return err_set(err, ERR_NOMEM, "no memory for the export");
}

/* ---- files of an export --------------------------------------------------------------------------- */

static char *path_in(const ExportWork *w, Err *err, const char *fmt, va_list args)
{
    char *name = NULL;
    if (vasprintf(&name, fmt, args) < 0)
        name = NULL;
    char *path = name ? path_join(w->folder, name) : NULL;
    free(name);
    if (!path)
        no_memory(err);
    return path;
}

char *export_path(const ExportWork *w, Err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *path = path_in(w, err, fmt, args);
    va_end(args);
    return path;
}

bool export_folder(const ExportWork *w, Err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *path = path_in(w, err, fmt, args);
    va_end(args);
    bool ok = path && folder_make(path, err);
    free(path);
    return ok;
}

/* The folder appears whole when all is written, so a file in it needs neither a temporary name nor a wait for the disk: one
 * sync comes at the end. */
static bool write_plain(const char *path, const char *data, size_t size, Err *err)
{
    FILE *f = fopen(path, "wxe");
    if (!f)
        return err_set_errno(err, errno, "%s: cannot be written", path);
    bool ok = size == 0 || fwrite(data, size, 1, f) == 1;
    int why = errno;
    if (fclose(f) != 0 && ok) {
        ok = false;
        why = errno;
    }
    return ok || err_set_errno(err, why, "%s: cannot be written", path);
}

bool export_text(const ExportWork *w, Str *text, Err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *path = path_in(w, err, fmt, args);
    va_end(args);
    bool ok = path && (text->failed ? no_memory(err) : write_plain(path, str_text(text), text->len, err));
    free(path);
    str_clear(text);
    return ok;
}

bool export_image(const ExportWork *w, const ExportItem *item, Err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *path = path_in(w, err, fmt, args);
    va_end(args);
    bool ok = path && (link(item->image->image, path) == 0 || file_copy(item->image->image, path, err));
    free(path);
    return ok;
}

int export_stem(const ExportItem *item)
{
    return (int)(path_ext(item->image->name) - item->image->name);
}

/* ---- images ------------------------------------------------------------------------------------- */

/* Width and height as a viewer shows the picture, which is what labels are about. */
static bool upright_size(const char *path, ExportItem *item, Err *err)
{
    FileMap map;
    ImageInfo info;
    if (!file_map(&map, path, err))
        return false;
    bool ok = image_probe(&info, map.data, map.size, err) || err_prefix(err, "%s: ", path);
    file_unmap(&map);
    if (!ok)
        return false;
    bool turned = info.orientation >= 5;
    item->width = turned ? info.height : info.width;
    item->height = turned ? info.width : info.height;
    return true;
}

/* Leave out objects of classes that the dataset does not name. */
static void drop_unnamed(YoloLabel *l, size_t classes)
{
    size_t n = 0;
    for (size_t i = 0; i < l->count; i++) {
        if ((size_t)l->object[i].class_id < classes) {
            l->object[n++] = l->object[i];
        } else {
            free(l->object[i].xy);
            l->skipped++;
        }
    }
    l->count = n;
}

/* False on an error that concerns the whole export; an image that cannot be read is counted. */
static bool add_image(ExportWork *w, const YoloImage *image, size_t number, const char *label_path,
                      ExportResult *out, Err *err)
{
    const ExportWriter *writer = writers[w->e->format];
    YoloLabel label = { 0 };
    ExportItem item = { .image = image, .number = number, .label = &label };
    Err why = { 0 };
    if (!yolo_label_read(&label, label_path, &why) ||
        (writer->sizes && !upright_size(image->image, &item, &why))) {
        yolo_label_clear(&label);
        if (why.kind == ERR_NOMEM) {
            *err = why;
            return false;
        }
        log_warn(w->e->log, "%s", why.msg);
        out->failed++;
        return true;
    }
    drop_unnamed(&label, w->classes->count);
    if (label.skipped)
        log_warn(w->e->log, "%s: %zu lines are no objects and were left out", label_path, label.skipped);
    bool ok = writer->add(w, &item, err);
    if (ok) {
        w->present[image->split] = true;
        out->images[image->split]++;
        out->objects += label.count;
        out->empty += label.count == 0;
        out->skipped += label.skipped;
    }
    yolo_label_clear(&label);
    return ok;
}

static bool add_images(ExportWork *w, const YoloDataset *d, ExportResult *out, Err *err)
{
    const Export *e = w->e;
    bool all = !e->split[SPLIT_TRAIN] && !e->split[SPLIT_VAL] && !e->split[SPLIT_TEST];
    for (size_t i = 0; i < d->count; i++) {
        const YoloImage *image = &d->images[i];
        const char *label = image->label;
        if (e->stop && atomic_load(e->stop))
            return err_set(err, ERR_CANCELLED, "stopped; nothing was exported");
        if (!(all || e->split[image->split]) || (e->choose && !e->choose(e->user, image, &label)))
            out->left_out++;
        else if (!add_image(w, image, i + 1, label, out, err))
            return false;
    }
    if (out->images[SPLIT_TRAIN] + out->images[SPLIT_VAL] + out->images[SPLIT_TEST] == 0)
        return err_set(err, ERR_INPUT, "%s: no image is left to export", e->source);
    return true;
}

json_t *export_summary(const Export *e, const ExportResult *r)
{
    json_t *images = json_object();
    for (int s = 0; s < SPLIT_COUNT; s++)
        if (json_object_set_new(images, split_names[s], json_integer((json_int_t)r->images[s])) != 0) {
            json_decref(images);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I}", "format", export_format_names[e->format],
                     "images", images, "objects", (json_int_t)r->objects, "without_object",
                     (json_int_t)r->empty, "left_out", (json_int_t)r->left_out, "skipped_lines",
                     (json_int_t)r->skipped, "failed", (json_int_t)r->failed);
}

static bool write_mark(ExportWork *w, const ExportResult *r, Err *err)
{
    Str text = { 0 };
    json_t *summary = export_summary(w->e, r);
    if (summary && json_object_set_new(summary, "facet", json_string(FACET_VERSION)) == 0) {
        char *dump = json_dumps(summary, JSON_INDENT(2));
        str_add(&text, dump ? dump : "");
        str_add_char(&text, '\n');
        text.failed = text.failed || !dump;
        free(dump);
    } else {
        text.failed = true;
    }
    json_decref(summary);
    return export_text(w, &text, err, MARK);
}

/* ---- where from, where to --------------------------------------------------------------------------- */

/* The dataset of an execution folder, or the folder itself. The caller frees it; NULL with *err set. */
static char *dataset_folder(const char *source, Err *err)
{
    char *state_path = path_join(source, "pipeline_state.json");
    char *folder = NULL;
    State state = { 0 };
    if (!state_path) {
        no_memory(err);
    } else if (!path_exists(state_path)) {
        folder = strdup(source);
        if (!folder)
            no_memory(err);
    } else if (state_load(&state, state_path, err)) {
        const char *name = state_completed(&state, 7)   ? "07_cv_combined_dataset"
                           : state_completed(&state, 6) ? "06_yolo_dataset"
                                                        : NULL;
        folder = name ? path_join(source, name) : NULL;
        if (!name)
            err_set(err, ERR_STATE, "%s: this execution has no dataset yet: step 6 is not done", source);
        else if (!folder)
            no_memory(err);
    }
    state_clear(&state);
    free(state_path);
    return folder;
}

/* May the output be replaced? It is not there, empty, or an export. */
static bool may_replace(const char *output, Err *err)
{
    TextList names;
    char *mark = path_join(output, MARK);
    if (!mark)
        return no_memory(err);
    bool earlier = path_exists(mark);
    free(mark);
    if (earlier || !path_exists(output))
        return true;
    if (!path_is_folder(output))
        return err_set(err, ERR_STATE, "%s: is a file; choose another output folder", output);
    if (!folder_list(output, &names, err))
        return false;
    bool empty = names.count == 0;
    text_list_clear(&names);
    return empty ||
           err_set(err, ERR_STATE, "%s: has other files in it; choose an empty output folder", output);
}

/* "/parent/.tmp-NAME" from "/parent/NAME". */
static char *beside(const char *home)
{
    char *path = NULL;
    const char *name = path_name(home);
    return asprintf(&path, "%.*s.tmp-%s", (int)(name - home), home, name) < 0 ? NULL : path;
}

/* The absolute path of a folder whose parent exists or can be made. The caller frees it; NULL with *err set. */
static char *home_of(const char *output, Err *err)
{
    char *trimmed = strdup(output), *home = NULL, parent[PATH_MAX];
    if (!trimmed) {
        no_memory(err);
        return NULL;
    }
    for (size_t n = strlen(trimmed); n > 1 && trimmed[n - 1] == '/'; n--)
        trimmed[n - 1] = '\0';
    const char *name = path_name(trimmed);
    size_t parent_n = (size_t)(name - trimmed);
    char *above = parent_n ? strndup(trimmed, parent_n) : strdup(".");
    if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
        err_set(err, ERR_USAGE, "%s: give the output folder a name", output);
    else if (!above)
        no_memory(err);
    else if (folder_make(above, err)) {
        if (!realpath(above, parent))
            err_set_errno(err, errno, "%s: has no absolute path", above);
        else if (!(home = path_join(parent, name)))
            no_memory(err);
    }
    free(above);
    free(trimmed);
    return home;
}

/* Make the folder that the export is made in, and hold it; what a killed export left there goes away. The lock's
 * descriptor; -1 with *err set. */
static int hold(const char *folder, Err *err)
{
    for (int try = 0; try < 2; try++) {
        if (!folder_make(folder, err))
            return -1;
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) {
            err_set_errno(err, errno, "%s: cannot be opened", folder);
            return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            err_set(err, ERR_STATE, "%s: another export is writing there", folder);
            close(fd);
            return -1;
        }
        TextList names;
        if (!folder_list(folder, &names, err)) {
            close(fd);
            return -1;
        }
        bool empty = names.count == 0;
        text_list_clear(&names);
        if (empty)
            return fd;
        bool removed = folder_remove(folder, err);
        close(fd);
        if (!removed)
            return -1;
    }
    err_set(err, ERR_STATE, "%s: another export is writing there", folder);
    return -1;
}

/* Put the whole folder in the place of what was there. */
static bool publish(const char *folder, const char *home, int fd, Err *err)
{
    if (syncfs(fd) != 0)
        return err_set_errno(err, errno, "%s: cannot be written to the disk", folder);
    if (rename(folder, home) == 0)
        return true; /* nothing, or an empty folder */
    if (errno != EEXIST && errno != ENOTEMPTY)
        return err_set_errno(err, errno, "%s: cannot be moved to %s", folder, home);
    if (renameat2(AT_FDCWD, folder, AT_FDCWD, home, RENAME_EXCHANGE) == 0)
        return folder_remove(folder, err);
    /* A file system that cannot exchange: for a moment there is none. */
    char *old = NULL;
    if (asprintf(&old, "%s.old", folder) < 0)
        return no_memory(err);
    bool ok = folder_remove(old, err) && file_move(home, old, err);
    if (ok && !file_move(folder, home, err)) {
        ok = false;
        Err ignored = { 0 };
        (void)!file_move(old, home, &ignored);
    }
    ok = ok && folder_remove(old, err);
    free(old);
    return ok;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static bool write_all(const Export *e, const char *folder, const char *home, const YoloDataset *d,
                      ExportResult *out, Err *err)
{
    ExportWork w = { .e = e, .folder = folder, .home = home, .classes = &d->classes };
    const ExportWriter *writer = writers[e->format];
    bool ok = writer->begin(&w, err) && add_images(&w, d, out, err) && writer->end(&w, err) &&
              write_mark(&w, out, err);
    for (int s = 0; s < SPLIT_COUNT; s++)
        for (int k = 0; k < 2; k++)
            str_clear(&w.text[s][k]);
    return ok;
}

bool export_dataset(const Export *e, ExportResult *out, Err *err)
{
    *out = (ExportResult){ 0 };
    YoloDataset d = { 0 };
    char *source = dataset_folder(e->source, err), *home = source ? home_of(e->output, err) : NULL;
    char *folder = home ? beside(home) : NULL;
    if (home && !folder)
        no_memory(err);
    bool ok = folder && may_replace(home, err) && yolo_dataset_read(&d, source, err);
    int fd = ok ? hold(folder, err) : -1;
    ok = fd >= 0;
    if (ok) {
        ok = write_all(e, folder, home, &d, out, err) && publish(folder, home, fd, err);
        Err ignored = { 0 };
        if (!ok)
            (void)!folder_remove(folder, &ignored);
        close(fd);
    }
    yolo_dataset_clear(&d);
    free(source);
    free(home);
    free(folder);
    return ok;
}
