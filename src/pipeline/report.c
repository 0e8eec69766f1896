#include "pipeline/report.h"

#include "pipeline/contact_sheet.h"
#include "pipeline/corrected_label.h"
#include "pipeline/label_stats.h"
#include "vision/codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHEET_PICTURES   24
#define SHEET_COLUMNS    8
#define SHEET_CELL       176
#define SHEET_QUALITY    82
#define STATS_LIMIT      20000
#define FAILURES_SHOWN   50
#define CONFIG_MAX_BYTES ((size_t)16 << 20)

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:1500px;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin:1.8em 0 .4em;border-bottom:1px solid #ddd}"
    "img{max-width:100%;display:block}table{border-collapse:collapse}td,th{padding:.15em .9em .15em 0;text-align:left;"
    "vertical-align:top}td.n{text-align:right}pre{background:#f4f4f2;padding:.7em 1em;overflow-x:auto}"
    ".bad{color:#b00}.row{display:flex;flex-wrap:wrap;gap:3em}svg text{font:11px sans-serif;fill:#555}.dim{color:#777}svg{display:block;margin-top:.4em}";

/* ---- pictures ------------------------------------------------------------------------------------ */

static void add_base64(Str *to, const uint8_t *data, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)data[i] << 16 | (i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0) |
                     (i + 2 < n ? data[i + 2] : 0);
        char four[4] = { digit[v >> 18], digit[v >> 12 & 63], i + 1 < n ? digit[v >> 6 & 63] : '=',
                         i + 2 < n ? digit[v & 63] : '=' };
        str_add_n(to, four, 4);
    }
}

/* What is worth reading of a file's name under a picture of a contact sheet: all but the first word that
 * every name has and the extension. */
static char *caption(const char *name)
{
    static const char first[] = "perspective_";
    if (strncmp(name, first, sizeof first - 1) == 0)
        name += sizeof first - 1;
    return path_stem(name);
}

/* A contact sheet of some of the named pictures of a folder, evenly chosen, as an <img>. */
static bool add_sheet(Str *to, const Run *run, const char *folder, const TextList *names, Err *err)
{
    size_t n = names->count < SHEET_PICTURES ? names->count : SHEET_PICTURES;
    char *paths[SHEET_PICTURES] = { 0 }, *captions[SHEET_PICTURES] = { 0 };
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        const char *name = names->text[i * names->count / n];
        paths[i] = path_join(folder, name);
        captions[i] = caption(name);
        ok = ok && paths[i] && captions[i];
    }
    Image sheet = { 0 };
    uint8_t *jpeg = NULL;
    size_t size = 0;
    if (!ok)
        err_set(err, ERR_NOMEM, "no memory for the report");
    ContactSheet c = {
        .path = (const char *const *)paths,
        .caption = (const char *const *)captions,
        .count = n,
        .columns = SHEET_COLUMNS,
        .cell = SHEET_CELL,
        .threads = run->jobs,
        .max_pixels = (size_t)run->cfg->max_pixels,
    };
    ok = ok && contact_sheet(&c, &sheet, err) &&
         image_encode(&sheet, FORMAT_JPEG, SHEET_QUALITY, &jpeg, &size, err);
    if (ok) {
        str_printf(to, "<img alt=\"%zu of %zu pictures\" src=\"data:image/jpeg;base64,", n, names->count);
        add_base64(to, jpeg, size);
        str_add(to, "\">\n");
    }
    free(jpeg);
    image_clear(&sheet);
    for (size_t i = 0; i < n; i++) {
        free(paths[i]);
        free(captions[i]);
    }
    return ok;
}

/* The pictures of a folder whose name has `part` in it (NULL: all). */
static bool list_pictures(const char *folder, const char *part, TextList *out, Err *err)
{
    *out = (TextList){ 0 };
    if (!path_is_folder(folder))
        return true;
    if (!folder_list(folder, out, err))
        return false;
    size_t n = 0;
    for (size_t i = 0; i < out->count; i++)
        if (is_image_name(out->text[i]) && (!part || strstr(out->text[i], part)))
            out->text[n++] = out->text[i];
        else
            free(out->text[i]);
    out->count = n;
    return true;
}

static bool add_folder(Str *to, const Run *run, const char *title, const char *sub, const char *part,
                       Err *err)
{
    char *folder = step_path(run, sub, NULL, err);
    TextList names = { 0 };
    bool ok = folder && list_pictures(folder, part, &names, err);
    if (ok && names.count) {
        str_printf(to, "<h2>%s <span class=dim>%zu pictures in %s</span></h2>\n", title, names.count, sub);
        ok = add_sheet(to, run, folder, &names, err);
    }
    text_list_clear(&names);
    free(folder);
    return ok;
}

static bool add_sheets(Str *to, const Run *run, Err *err)
{
    TextList white = { (char *[]){ (char *)FILE_WHITE }, 1 };
    char *file = step_path(run, FILE_WHITE, NULL, err);
    bool ok = file != NULL;
    if (ok && path_exists(file)) {
        str_add(to, "<h2>1 White background</h2>\n");
        ok = add_sheet(to, run, run->exec.folder, &white, err);
    }
    free(file);
    return ok && add_folder(to, run, "2 Perspectives", FOLDER_VIEWS, "perspective_", err) &&
           add_folder(to, run, "4 Scenes", FOLDER_IMAGES, NULL, err) &&
           add_folder(to, run, "5 Light and weather", FOLDER_RESTYLED, NULL, err) &&
           add_folder(to, run, "6 Annotation, for training", FOLDER_YOLO "/train/visualizations", NULL,
                      err) &&
           add_folder(to, run, "6 Annotation, for validation", FOLDER_YOLO "/val/visualizations", NULL,
                      err) &&
           add_folder(to, run, "7 Camera effects", FOLDER_CV "/train/images", NULL, err);
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static void add_size_chart(Str *to, const LabelStats *s)
{
    size_t most = 1;
    for (int i = 0; i < LABEL_SIZE_BINS; i++)
        most = s->size[i] > most ? s->size[i] : most;
    str_add(to, "<div><b>Object size</b> <span class=dim>(side, as a share of the picture)</span>\n"
                "<svg width=340 height=190 role=img aria-label=\"object sizes\">\n");
    for (int i = 0; i < LABEL_SIZE_BINS; i++) {
        int h = (int)(140 * s->size[i] / most);
        str_printf(
            to,
            "<rect x=%d y=%d width=28 height=%d fill=\"#38a\"><title>%zu</title></rect><text x=%d y=175>%d%%</text>\n",
            10 + 32 * i, 160 - h, h, s->size[i], 10 + 32 * i, 10 * i);
    }
    str_add(to, "</svg></div>\n");
}

static void add_map(Str *to, const LabelStats *s)
{
    size_t most = 1;
    for (int i = 0; i < LABEL_MAP * LABEL_MAP; i++)
        most = s->map[i / LABEL_MAP][i % LABEL_MAP] > most ? s->map[i / LABEL_MAP][i % LABEL_MAP] : most;
    str_add(
        to,
        "<div><b>Object position</b> <span class=dim>(centres of the boxes)</span>\n"
        "<svg width=194 height=194 role=img aria-label=\"object positions\"><rect width=193 height=193 fill=\"#f4f4f2\"/>\n");
    for (int y = 0; y < LABEL_MAP; y++)
        for (int x = 0; x < LABEL_MAP; x++)
            if (s->map[y][x])
                str_printf(
                    to,
                    "<rect x=%d y=%d width=12 height=12 fill=\"#c40\" opacity=\"%.2f\"><title>%zu</title></rect>\n",
                    12 * x + 1, 12 * y + 1, 0.15 + 0.85 * (double)s->map[y][x] / (double)most, s->map[y][x]);
    str_add(to, "</svg></div>\n");
}

static bool add_label_stats(Str *to, const Run *run, Err *err)
{
    LabelStats s = { 0 };
    bool ok = true;
    for (int side = SPLIT_TRAIN; ok && side <= SPLIT_VAL; side++) {
        char sub[64];
        snprintf(sub, sizeof sub, FOLDER_YOLO "/%s/labels", split_names[side]);
        char *folder = step_path(run, sub, NULL, err);
        ok = folder && (!path_is_folder(folder) || label_stats_add(&s, folder, STATS_LIMIT, err));
        free(folder);
    }
    if (!ok || s.files == 0)
        return ok;
    str_printf(
        to,
        "<h2>Labels</h2>\n<p>%zu label files read: %zu objects, %zu files without one. An object covers %.1f%% of its "
        "picture on average (%.2f%% to %.1f%%). Boxes: %zu upright, %zu about square, %zu lying.</p>\n<div class=row>\n",
        s.files, s.objects, s.empty, 100 * s.mean_area, 100 * s.min_area, 100 * s.max_area, s.aspect[0],
        s.aspect[1], s.aspect[2]);
    add_size_chart(to, &s);
    add_map(to, &s);
    str_add(to, "</div>\n");
    return true;
}

static void add_count(Str *to, const char *what, size_t n)
{
    str_printf(to, "<tr><td>%s<td class=n>%zu\n", what, n);
}

static void add_counts(Str *to, const Run *run)
{
    str_add(to, "<table>\n");
    add_count(to, "Perspectives", json_array_size(state_list(&run->state, "perspective_images")));
    add_count(to, "Scene prompts", json_array_size(state_list(&run->state, "prompts")));
    add_count(to, "Images of scenes", json_array_size(state_list(&run->state, "generated_images")));
    add_count(to, "In other light and weather",
              state_summary_number(&run->state, "qwen_augmentation_summary", "successful_augmentations"));
    add_count(to, "Labelled for training",
              state_summary_number(&run->state, "annotation_summary", "train_images"));
    add_count(to, "Labelled for validation",
              state_summary_number(&run->state, "annotation_summary", "val_images"));
    size_t corrected = corrected_label_count(run->exec.folder);
    if (corrected)
        add_count(to, "Kept corrections of labels", corrected);
    add_count(to, "With camera effects",
              state_summary_number(&run->state, "cv_augmentation_summary", "successful_augmentations"));
    str_add(to, "</table>\n");
}

static void add_prompts(Str *to, const Run *run)
{
    size_t i;
    json_t *v;
    str_add(to, "<h2>3 Prompts</h2>\n<ol>\n");
    json_array_foreach(state_list(&run->state, "prompts"), i, v)
    {
        if (i == SHEET_PICTURES)
            break;
        str_add(to, "<li>");
        str_add_html(to, json_string_value(v) ? json_string_value(v) : "");
        str_add(to, "\n");
    }
    str_add(to, "</ol>\n");
    if (json_array_size(state_list(&run->state, "prompts")) > SHEET_PICTURES)
        str_add(to, "<p class=dim>More in " FOLDER_PROMPTS "/prompts.txt.</p>\n");
}

static void add_failures(Str *to, const Run *run)
{
    static const struct {
        const char *list, *name;
    } kinds[] = { { "failed_images", "filename" },
                  { "failed_qwen_augmentations", "aug_filename" },
                  { "failed_cv_augmentations", "aug_filename" } };
    size_t total = 0, shown = 0;
    for (size_t k = 0; k < 3; k++)
        total += json_array_size(state_list(&run->state, kinds[k].list));
    if (total == 0)
        return;
    str_printf(to, "<h2 class=bad>%zu failed</h2>\n<table>\n", total);
    for (size_t k = 0; k < 3; k++) {
        size_t i;
        json_t *f;
        json_array_foreach(state_list(&run->state, kinds[k].list), i, f)
        {
            if (shown++ >= FAILURES_SHOWN)
                break;
            const char *name = json_string_value(json_object_get(f, kinds[k].name));
            const char *error = json_string_value(json_object_get(f, "error"));
            str_add(to, "<tr><td>");
            str_add_html(to, name ? name : "?");
            str_add(to, "<td>");
            str_add_html(to, error ? error : "");
            str_add(to, "\n");
        }
    }
    str_add(to, "</table>\n");
}

/* ---- commands ------------------------------------------------------------------------------------ */

/* A text as one word of a shell command. */
static void add_shell_word(Str *to, const char *text)
{
    if (*text &&
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == strlen(text)) {
        str_add(to, text);
        return;
    }
    Str word = { 0 };
    str_add_char(&word, '\'');
    for (; *text; text++)
        if (*text == '\'')
            str_add(&word, "'\\''");
        else
            str_add_char(&word, *text);
    str_add_char(&word, '\'');
    str_add_html(to, str_text(&word));
    str_clear(&word);
}

static void add_resume(Str *to, const Run *run, const char *what, const char *more)
{
    str_printf(to, "# %s\nfacet run --working_dir ", what);
    add_shell_word(to, run->cfg->working_dir);
    str_add(to, " --execution_mode by_name --execution_name ");
    add_shell_word(to, run->exec.name);
    str_printf(to, "%s\n", more);
}

static void add_commands(Str *to, const Run *run)
{
    const char *dataset = state_text(
        &run->state, state_completed(&run->state, 7) ? "cv_augmented_dataset_path" : "yolo_dataset_path");
    str_add(to, "<h2>To go on</h2>\n<pre>");
    if (dataset) {
        str_add(to, "# train\nyolo segment train model=yolo11n-seg.pt data=");
        add_shell_word(to, dataset);
        str_add(to, "/dataset.yaml\n\n");
    }
    add_resume(to, run, "take the run up again, with other options if you like", "");
    if (json_array_size(state_list(&run->state, "failed_images")))
        add_resume(to, run, "try failed images again", " --retry_failed");
    if (json_array_size(state_list(&run->state, "failed_qwen_augmentations")))
        add_resume(to, run, "try failed augmentations again", " --retry_failed_qwen_augmentations");
    add_resume(to, run, "make the camera effects again", " --start_from_step 7");
    str_add(to, "</pre>\n");
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static bool build(Str *html, const Run *run, Err *err)
{
    str_add(
        html,
        "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\n<title>");
    str_add_html(html, run->cfg->object_name ? run->cfg->object_name : "");
    str_printf(html, " – facet</title>\n<style>%s</style>\n<h1>", style);
    str_add_html(html, run->cfg->object_name ? run->cfg->object_name : "");
    str_add(html, " <span class=dim>");
    str_add_html(html, run->exec.name);
    str_add(html, "</span></h1>\n");
    add_counts(html, run);
    add_failures(html, run);
    add_commands(html, run);
    if (!add_label_stats(html, run, err) || !add_sheets(html, run, err))
        return false;
    add_prompts(html, run);
    str_printf(html, "<p class=dim>Made by facet " FACET_VERSION ", seed %" PRIu64 ".</p>\n</html>\n",
               run->cfg->seed);
    return !html->failed || err_set(err, ERR_NOMEM, "no memory for the report");
}

bool report_write(const Run *run, char **path, Err *err)
{
    *path = step_path(run, FILE_REPORT, NULL, err);
    if (!*path)
        return false;
    if (path_exists(*path))
        return true;
    Str html = { 0 };
    bool ok = build(&html, run, err) && file_write(*path, html.s, html.len, err);
    str_clear(&html);
    if (!ok) {
        free(*path);
        *path = NULL;
    }
    return ok;
}

/* ---- built anew ---------------------------------------------------------------------------------- */

static bool load_config(RunConfig *cfg, const char *folder, Err *err)
{
    char *path = path_join(folder, FILE_CONFIG);
    uint8_t *data = NULL;
    size_t size = 0;
    bool ok = path ? file_read(path, CONFIG_MAX_BYTES, &data, &size, err)
                   : err_set(err, ERR_NOMEM, "%s: no memory for its report", folder);
    json_t *o = ok ? json_loadb((char *)data, size, 0, NULL) : NULL;
    const json_t *seed = json_object_get(o, "seed"), *pixels = json_object_get(o, "max_pixels");
    cfg->seed = (uint64_t)json_integer_value(seed);
    cfg->max_pixels = json_integer_value(pixels);
    json_decref(o);
    free(data);
    free(path);
    return ok;
}

/* `run` gets what build() looks at. */
static bool load_run(Run *run, RunConfig *cfg, const char *folder, Err *err)
{
    const char *name = path_name(folder);
    cfg->working_dir = name > folder ? strndup(folder, (size_t)(name - folder)) : strdup(".");
    run->exec.folder = strdup(folder);
    run->exec.name = strdup(name);
    char *state = path_join(folder, FILE_STATE);
    bool ok = (cfg->working_dir && run->exec.folder && run->exec.name && state) ||
              err_set(err, ERR_NOMEM, "%s: no memory for its report", folder);
    ok = ok && state_load(&run->state, state, err) && load_config(cfg, folder, err);
    if (ok)
        cfg->object_name = (char *)state_text(&run->state, "object_name");
    free(state);
    return ok;
}

bool report_draft(ReportDraft *d, const char *folder, Err *err)
{
    RunConfig cfg = { 0 };
    Run run = { .cfg = &cfg, .jobs = 1 };
    Str html = { 0 };
    *d = (ReportDraft){ 0 };
    char *path = path_join(folder, FILE_REPORT);
    bool ok = path || err_set(err, ERR_NOMEM, "%s: no memory for its report", folder);
    if (ok && path_exists(path)) {
        d->replaces = key_file(0, path);
        ok = load_run(&run, &cfg, folder, err) && build(&html, &run, err);
        if (ok)
            d->html = str_take(&html);
    }
    str_clear(&html);
    state_clear(&run.state);
    execution_close(&run.exec);
    free(cfg.working_dir);
    free(path);
    return ok;
}

bool report_replace(const ReportDraft *d, const char *folder, Err *err)
{
    if (!d->html)
        return true;
    char *path = path_join(folder, FILE_REPORT);
    bool ok = path || err_set(err, ERR_NOMEM, "%s: no memory for its report", folder);
    if (ok && path_exists(path) && key_file(0, path) == d->replaces)
        ok = file_write(path, d->html, strlen(d->html), err);
    free(path);
    return ok;
}

void report_draft_clear(ReportDraft *d)
{
    free(d->html);
    *d = (ReportDraft){ 0 };
}

void report_forget(const Run *run)
{
    Err err = { 0 };
    char *path = step_path(run, FILE_REPORT, NULL, &err);
    if (path)
        unlink(path);
    free(path);
}
