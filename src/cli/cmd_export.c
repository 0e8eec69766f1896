/* cmd_export.c: facet export. */
#include "cli/cmd.h"

#include "base/file.h"
#include "base/text_list.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress_view.h"
#include "pipeline/export.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *dataset, *output, *exclude_list;
    int format, split;
    bool masks, quiet;
} ExportCommand;

#define AT(field) offsetof(ExportCommand, field)

/* clang-format off */
const Option cmd_export_options[] = {
    { .group = "Options", .name = "dataset", .type = OPT_PATH, .offset = AT(dataset), .required = true, .value = "DIR",
      .help = "A YOLO dataset, or an execution folder, whose last finished dataset is taken" },
    { .name = "output", .type = OPT_PATH, .offset = AT(output), .required = true, .value = "DIR",
      .help = "Gets the export: a folder that is not there, is empty, or holds an earlier export, which is replaced" },
    { .name = "format", .type = OPT_CHOICE, .offset = AT(format), .fallback = "coco", .choices = EXPORT_FORMAT_CHOICES,
      .help = "Outlines or boxes for YOLO, COCO's instances, or Pascal VOC" },
    { .name = "split", .type = OPT_CHOICE, .offset = AT(split), .fallback = "all", .choices = "all|train|val|test",
      .help = "Only the images of this split" },
    { .name = "exclude_list", .type = OPT_PATH, .offset = AT(exclude_list), .value = "FILE",
      .help = "Text file with images to leave out, one a line: their paths, their names, or their names without extension" },
    { .name = "masks", .type = OPT_BOOL, .offset = AT(masks), .fallback = "false",
      .help = "With voc: SegmentationClass and SegmentationObject, too" },
    { .name = "quiet", .type = OPT_BOOL, .offset = AT(quiet), .fallback = "false", .help = "Say nothing but errors and the result" },
    { .name = NULL },
};
/* clang-format on */

enum { LIST_MAX_BYTES = 64 << 20 };

/* Entries of the exclude list, sorted, and which of them an image had. */
typedef struct {
    char *text;
    char **name;
    bool *found;
    size_t count;
} ExcludeList;

static bool read_exclude_list(ExcludeList *l, const char *path, Err *err)
{
    uint8_t *data;
    size_t size, lines = 1;
    if (!file_read(path, LIST_MAX_BYTES, &data, &size, err))
        return false;
    l->text = (char *)data;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r';
    l->name = calloc(lines, sizeof *l->name);
    l->found = calloc(lines, sizeof *l->found);
    if (!l->name || !l->found)
        return err_set(err, ERR_NOMEM, "%s: no memory for its names", path);
    char *save = NULL;
    for (char *line = strtok_r(l->text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
        line += strspn(line, " \t");
        for (size_t n = strlen(line); n && strchr(" \t", line[n - 1]); n--)
            line[n - 1] = '\0';
        if (*line && *line != '#')
            l->name[l->count++] = line;
    }
    texts_sort(l->name, l->count);
    return true;
}

static void clear_exclude_list(ExcludeList *l)
{
    free(l->text);
    free(l->name);
    free(l->found);
}

static bool is_listed(ExcludeList *l, const char *name)
{
    char **at = texts_find(l->name, l->count, name);
    if (at)
        l->found[at - l->name] = true;
    return at != NULL;
}

static bool choose(void *user, const YoloImage *image, const char **label)
{
    ExcludeList *l = user;
    (void)label;
    char *stem = path_stem(image->image);
    /* Ask for each, so that every entry that means this image counts as found. */
    bool out = is_listed(l, image->image);
    out = is_listed(l, image->name) || out;
    out = is_listed(l, path_name(image->image)) || out;
    out = (stem && is_listed(l, stem)) || out;
    free(stem);
    return !out;
}

static void warn_of_unknown(const ExcludeList *l, const char *path, const Log *log)
{
    size_t unknown = 0;
    const char *first = NULL;
    for (size_t i = 0; i < l->count; i++)
        if (!l->found[i] && unknown++ == 0)
            first = l->name[i];
    if (unknown)
        log_warn(log, "%s: %zu of its names are no images here, \"%s\" for one", path, unknown, first);
}

static bool export_it(const ExportCommand *c, ProgressView *view, CommandWork *work, Err *err)
{
    ExcludeList list = { 0 };
    Log log = progress_log(view);
    Export e = { .source = c->dataset,
                 .output = c->output,
                 .format = (ExportFormat)c->format,
                 .masks = c->masks,
                 .stop = interrupt_watch(),
                 .log = &log };
    if (c->split > 0)
        e.split[c->split - 1] = true;
    ExportResult result = { 0 };
    bool ok = true;
    if (c->exclude_list) {
        e.choose = choose;
        e.user = &list;
        ok = read_exclude_list(&list, c->exclude_list, err);
    }
    interrupt_set_notice("\nfacet: stopping; once more to stop at once\n");
    ok = ok && export_dataset(&e, &result, err);
    progress_end_line(view);
    if (ok) {
        warn_of_unknown(&list, c->exclude_list, &log);
        json_t *summary = export_summary(&e, &result);
        if (summary && json_object_set_new(summary, "output", json_string(c->output)) != 0) {
            json_decref(summary);
            summary = NULL;
        }
        char *text = summary ? json_dumps(summary, 0) : NULL;
        json_decref(summary);
        if (text)
            str_printf(&work->out, "%s\n", text);
        else
            work->out.failed = true;
        free(text);
    }
    work->failed = result.failed;
    clear_exclude_list(&list);
    return ok;
}

static bool export_with_progress(const void *options, CommandWork *work, Err *err)
{
    const ExportCommand *c = options;
    ProgressStyle style = progress_style(STDERR_FILENO, c->quiet, LOG_TEXT);
    ProgressView *view = progress_open(&style);
    bool ok = view ? export_it(c, view, work, err) : err_set(err, ERR_NOMEM, "no memory to begin");
    progress_close(view);
    return ok;
}

int cmd_export(int argc, char *const *argv)
{
    ExportCommand o = { 0 };
    return command_act("export", &o, 0, export_with_progress, argc, argv);
}
