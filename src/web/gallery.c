#include "web/gallery.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "pipeline/corrected_label.h"
#include "pipeline/dataset_plan.h"
#include "pipeline/state.h"
#include "pipeline/step.h"
#include "web/journal_tail.h"
#include "web/label_shape.h"
#include "web/name_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define TRAIN     "/train"
#define VAL       "/val"
#define REVIEW    "/review"
#define IMAGES    "/images"
#define LABELS    "/labels"
#define MAX_ITEMS 4000000u
/* pipeline_state.json names every image twice or so: this is a million of them. */
#define MAX_JSON ((size_t)512 << 20)

const PlaceInfo places[PLACE_COUNT] = {
    [PLACE_WHITE] = { 1, "", "alpha", NULL, NULL },
    [PLACE_VIEWS] = { 2, FOLDER_VIEWS, FOLDER_VIEWS "/alpha", NULL, NULL },
    [PLACE_IMAGES] = { 4, FOLDER_IMAGES, FOLDER_IMAGES "/alpha", NULL, NULL },
    [PLACE_RESTYLED] = { 5, FOLDER_RESTYLED, FOLDER_RESTYLED "/alpha", NULL, NULL },
    [PLACE_TRAIN] = { 6, FOLDER_YOLO TRAIN IMAGES, NULL, FOLDER_YOLO TRAIN LABELS, "train" },
    [PLACE_VAL] = { 6, FOLDER_YOLO VAL IMAGES, NULL, FOLDER_YOLO VAL LABELS, "val" },
    [PLACE_REVIEW] = { 6, FOLDER_YOLO REVIEW IMAGES, NULL, FOLDER_YOLO REVIEW LABELS, "review" },
    [PLACE_CV_TRAIN] = { 7, FOLDER_CV TRAIN IMAGES, NULL, FOLDER_CV TRAIN LABELS, "train" },
    [PLACE_CV_VAL] = { 7, FOLDER_CV VAL IMAGES, NULL, FOLDER_CV VAL LABELS, "val" },
};

/* A file or folder as it was when it was read. */
typedef struct {
    struct timespec mtime;
    bool read, fresh; /* fresh: it changed so shortly before that a later change may have the same time */
} Seen;

struct Gallery {
    char *folder;
    NameTable names; /* space: the place */
    GalleryItem *items;
    size_t room;
    NameTable failed; /* space: the step */
    GalleryFailure *failures;
    size_t failure_room;
    Seen listed[PLACE_COUNT], state_seen, config_seen, summary_seen, corrections_seen;
    JournalTail journal;
    State state;
    json_t *config;
    GalleryStep steps[GALLERY_STEPS];
    int32_t *views; /* items of step 2 by their number */
    size_t view_count;
    uint32_t listing;
    uint64_t version;
    char problem[sizeof((Err *)0)->msg];
};

static bool no_memory(const Gallery *g, Err *err)
{
    return err_set(err, ERR_NOMEM, "%s: no memory for its images", g->folder);
}

/* Has `path` changed since it was last asked for? A missing file has not. */
static bool changed(Seen *seen, const char *path)
{
    struct stat st;
    if (stat(path, &st))
        return false;
    bool same =
        seen->read && seen->mtime.tv_sec == st.st_mtim.tv_sec && seen->mtime.tv_nsec == st.st_mtim.tv_nsec;
    if (same && !seen->fresh)
        return false;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *seen = (Seen){ st.st_mtim, true, now.tv_sec - st.st_mtim.tv_sec < 2 };
    return true;
}

/* ---- relatives ----------------------------------------------------------------------------------- */

static size_t stem_length(const char *name)
{
    return (size_t)(path_ext(name) - name);
}

/* Does the stem end in `mark` and three digits or more, as in "_qwen012"? Then *stem becomes what is before. */
static bool cut_variant(const char *name, size_t *stem, const char *mark)
{
    size_t n = *stem, m = strlen(mark);
    while (n > 0 && isdigit((unsigned char)name[n - 1]))
        n--;
    if (*stem - n < 3 || n < m || strncmp(name + n - m, mark, m) != 0)
        return false;
    *stem = n - m;
    return true;
}

/* The item of this place that has the stem `name[0..n)`. */
static int32_t find_stem(const Gallery *g, Place place, const char *name, size_t n)
{
    static const char *const extensions[] = { ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff" };
    char file[300];
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        int length = snprintf(file, sizeof file, "%.*s%s", (int)n, name, extensions[i]);
        int32_t found = length > 0 && (size_t)length < sizeof file
                            ? name_table_find(&g->names, (uint8_t)place, file, (size_t)length)
                            : -1;
        if (found >= 0)
            return found;
    }
    return -1;
}

static int32_t parent_of(const Gallery *g, const GalleryItem *item)
{
    const char *name = item->name;
    size_t stem = stem_length(name);
    switch (item->place) {
    case PLACE_VIEWS: return name_table_find(&g->names, PLACE_WHITE, FILE_WHITE, strlen(FILE_WHITE));
    case PLACE_IMAGES:
        return item->view >= 0 && (size_t)item->view < g->view_count ? g->views[item->view] : -1;
    case PLACE_RESTYLED:
        return cut_variant(name, &stem, "_qwen") ? find_stem(g, PLACE_IMAGES, name, stem) : -1;
    case PLACE_TRAIN:
    case PLACE_VAL:
    case PLACE_REVIEW: {
        int32_t restyled = find_stem(g, PLACE_RESTYLED, name, stem);
        return restyled >= 0 ? restyled : find_stem(g, PLACE_IMAGES, name, stem);
    }
    case PLACE_CV_TRAIN:
    case PLACE_CV_VAL:
        if (!cut_variant(name, &stem, "_cv"))
            return -1;
        return find_stem(g, item->place == PLACE_CV_TRAIN ? PLACE_TRAIN : PLACE_VAL, name, stem);
    case PLACE_WHITE:
    case PLACE_COUNT: break;
    }
    return -1;
}

/* What the name alone says. */
static bool read_name(Gallery *g, GalleryItem *item, int32_t number)
{
    unsigned view;
    DatasetItem parsed;
    if (item->place == PLACE_VIEWS && sscanf(item->name, "perspective_%5u_", &view) == 1) {
        item->view = (int32_t)view;
        if (view >= g->view_count) {
            int32_t *views = realloc(g->views, (view + 1) * sizeof *views);
            if (!views)
                return false;
            for (size_t i = g->view_count; i <= view; i++)
                views[i] = -1;
            g->views = views;
            g->view_count = view + 1;
        }
        g->views[view] = number;
    } else if (item->place == PLACE_IMAGES && dataset_item_parse(&parsed, item->name)) {
        item->view = parsed.perspective;
        item->prompt = parsed.prompt;
        item->seed = parsed.seed;
    }
    return true;
}

static void join_family(Gallery *g, int32_t number)
{
    GalleryItem *item = &g->items[number];
    item->parent = parent_of(g, item);
    if (item->parent < 0)
        return;
    GalleryItem *parent = &g->items[item->parent];
    item->next_sibling = parent->first_child;
    parent->first_child = number;
    if (item->view < 0)
        item->view = parent->view;
    if (item->prompt < 0)
        item->prompt = parent->prompt;
    if (item->seed < 0)
        item->seed = parent->seed;
}

/* ---- labels -------------------------------------------------------------------------------------- */

/* The camera effects of step 7 leave the label as it is. */
static void take_label(GalleryItem *to, const GalleryItem *from)
{
    to->polygons = from->polygons;
    to->area = from->area;
    to->x0 = from->x0;
    to->y0 = from->y0;
    to->x1 = from->x1;
    to->y1 = from->y1;
    to->score = from->score;
    to->stability = from->stability;
}

static bool read_label(Gallery *g, GalleryItem *item, Err *err)
{
    if (places[item->place].step == 7 && item->parent >= 0) {
        take_label(item, &g->items[item->parent]);
        return true;
    }
    char *path = gallery_path(g, item, FILE_OF_LABEL);
    if (!path)
        return places[item->place].step < 6 || no_memory(g, err);
    YoloLabel f = { 0 };
    bool ok = yolo_label_read(&f, path, err);
    if (ok) {
        LabelShape s = label_shape(&f);
        item->polygons = s.polygons;
        item->area = s.area;
        item->x0 = s.x0;
        item->y0 = s.y0;
        item->x1 = s.x1;
        item->y1 = s.y1;
    } else
        item->polygons = -1;
    yolo_label_clear(&f);
    free(path);
    return ok;
}

/* The annotator's word on the same image where it lay before: --min_score moves images between a side and review/. */
static void inherit_score(Gallery *g, GalleryItem *item)
{
    for (Place p = PLACE_TRAIN; p <= PLACE_REVIEW && places[item->place].step == 6; p++) {
        int32_t other = name_table_find(&g->names, (uint8_t)p, item->name, strlen(item->name));
        if (other >= 0 && p != item->place && g->items[other].score >= 0) {
            item->score = g->items[other].score;
            item->stability = g->items[other].stability;
        }
    }
}

/* ---- folders ------------------------------------------------------------------------------------- */

static bool have_room(Gallery *g)
{
    if (g->names.count < g->room)
        return true;
    size_t room = g->room ? g->room * 2 : 256;
    GalleryItem *items = room <= MAX_ITEMS ? realloc(g->items, room * sizeof *items) : NULL;
    if (!items)
        return false;
    g->items = items;
    g->room = room;
    return true;
}

static void stat_item(Gallery *g, GalleryItem *item)
{
    char *path = gallery_path(g, item, FILE_OF_IMAGE);
    struct stat st;
    if (path && stat(path, &st) == 0) {
        item->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        item->size_bytes = (int64_t)st.st_size;
    }
    free(path);
}

static bool add_item(Gallery *g, Place place, const char *name, Err *err)
{
    size_t before = g->names.count;
    if (!have_room(g))
        return no_memory(g, err);
    int32_t number = name_table_add(&g->names, (uint8_t)place, name, strlen(name));
    if (number < 0)
        return no_memory(g, err);
    GalleryItem *item = &g->items[number];
    if (g->names.count == before) {
        if (item->gone) {
            stat_item(g, item);
            g->version++;
        }
        item->gone = false;
        item->seen = g->listing;
        if (item->parent < 0) /* it may have come before what it was made from */
            join_family(g, number);
        return true;
    }
    *item = (GalleryItem){ .name = g->names.text[number],
                           .place = place,
                           .parent = -1,
                           .first_child = -1,
                           .next_sibling = -1,
                           .view = -1,
                           .prompt = -1,
                           .seed = -1,
                           .score = -1,
                           .stability = -1,
                           .polygons = -1,
                           .seen = g->listing };
    if (!read_name(g, item, number))
        return no_memory(g, err);
    g->version++;
    join_family(g, number);
    inherit_score(g, item);
    stat_item(g, item);
    Err unread = { 0 };
    return read_label(g, item, &unread) || unread.kind != ERR_NOMEM || no_memory(g, err);
}

static bool wanted(Place place, const char *name)
{
    switch (place) {
    case PLACE_WHITE: return !strcmp(name, FILE_WHITE);
    case PLACE_VIEWS: return !strncmp(name, "perspective_", 12) && is_image_name(name);
    default: return strlen(name) <= 255 && is_image_name(name);
    }
}

static bool list_place(Gallery *g, Place place, Err *err)
{
    char *folder = *places[place].folder ? path_join(g->folder, places[place].folder) : strdup(g->folder);
    if (!folder)
        return no_memory(g, err);
    TextList names = { 0 };
    if (!changed(&g->listed[place], folder)) {
        free(folder);
        return true;
    }
    g->listing++;
    /* A file that cannot be reached, or a file where a folder should be, is an empty folder here. */
    Err unread = { 0 };
    bool ok = folder_list(folder, &names, &unread) || unread.kind != ERR_NOMEM || no_memory(g, err);
    for (size_t i = 0; ok && i < names.count; i++)
        if (wanted(place, names.text[i]))
            ok = add_item(g, place, names.text[i], err);
    for (size_t i = 0; ok && i < g->names.count; i++)
        if (g->items[i].place == place && g->items[i].seen != g->listing && !g->items[i].gone) {
            g->items[i].gone = true;
            g->version++;
        }
    text_list_clear(&names);
    free(folder);
    return ok;
}

/* ---- the journal --------------------------------------------------------------------------------- */

static void set_score(Gallery *g, GalleryItem *item, float score, float stability)
{
    item->score = score >= 0 && score <= 1 ? score : -1; /* also what is not a number */
    item->stability = stability >= 0 && stability <= 1 ? stability : -1;
    for (int32_t c = item->first_child; c >= 0; c = g->items[c].next_sibling)
        take_label(&g->items[c], item);
}

/* The items that a line of the journal is about: step 6 names the image it was made from. */
static int32_t item_of_line(const Gallery *g, const JournalLine *line, Place place)
{
    const char *name = line->item;
    if (line->step == 7) {
        const char *slash = strchr(name, '/');
        if (!slash || strncmp(name, places[place].split, (size_t)(slash - name)) != 0)
            return -1;
        name = slash + 1;
    }
    if (line->step == 6)
        return find_stem(g, place, name, stem_length(name));
    return name_table_find(&g->names, (uint8_t)place, name, strlen(name));
}

static bool take_made(Gallery *g, GalleryItem *item, const JournalLine *line)
{
    item->attempts = line->attempts;
    item->ms = (float)line->ms;
    unsigned polygons;
    float score, stability;
    if (line->step == 6 && line->note && sscanf(line->note, "%u %f %f", &polygons, &score, &stability) == 3)
        set_score(g, item, score, stability);
    if (line->step == 5 || line->step == 7) {
        if (!line->note || (item->note && !strcmp(item->note, line->note)))
            return true;
        item->note = name_table_keep(&g->names, line->note, strlen(line->note));
        return item->note != NULL;
    }
    return true;
}

static bool take_failure(Gallery *g, const JournalLine *line)
{
    size_t n = strlen(line->item);
    if (line->ok) {
        int32_t known = name_table_find(&g->failed, (uint8_t)line->step, line->item, n);
        if (known >= 0)
            g->failures[known].mended = true;
        return true;
    }
    int32_t number = name_table_add(&g->failed, (uint8_t)line->step, line->item, n);
    if (number < 0)
        return false;
    if ((size_t)number >= g->failure_room) {
        size_t room = g->failure_room ? g->failure_room * 2 : 64;
        GalleryFailure *failures = realloc(g->failures, room * sizeof *failures);
        if (!failures)
            return false;
        g->failures = failures;
        g->failure_room = room;
    }
    const char *error = line->error ? line->error : "", *time = line->time ? line->time : "";
    g->failures[number] = (GalleryFailure){ .step = line->step,
                                            .item = g->failed.text[number],
                                            .error = name_table_keep(&g->failed, error, strlen(error)),
                                            .time = name_table_keep(&g->failed, time, strlen(time)),
                                            .attempts = line->attempts };
    return g->failures[number].error && g->failures[number].time;
}

static bool take_line(void *user, const JournalLine *line, Err *err)
{
    Gallery *g = user;
    if (!take_failure(g, line))
        return no_memory(g, err);
    if (!line->ok)
        return true;
    g->steps[line->step].journal++;
    g->steps[line->step].ms += line->ms;
    for (Place p = 0; p < PLACE_COUNT; p++) {
        int32_t number = places[p].step == line->step ? item_of_line(g, line, p) : -1;
        if (number < 0)
            continue;
        GalleryItem *item = &g->items[number];
        if (item->attempts) { /* made once more: its file is another one */
            stat_item(g, item);
            Err unread = { 0 };
            if (!read_label(g, item, &unread) && unread.kind == ERR_NOMEM)
                return no_memory(g, err);
        }
        if (!take_made(g, item, line))
            return no_memory(g, err);
    }
    return true;
}

/* ---- state, configuration, summary ---------------------------------------------------------------- */

static json_t *load_json(const Gallery *g, const char *a, const char *b, Seen *seen)
{
    char *path = path_join(g->folder, a), *longer = path && b ? path_join(path, b) : NULL;
    const char *file = b ? longer : path;
    uint8_t *data = NULL;
    size_t size;
    Err err = { 0 };
    json_t *root = NULL;
    if (file && changed(seen, file) && file_read(file, MAX_JSON, &data, &size, &err))
        root = json_loadb((const char *)data, size, 0, NULL);
    free(data);
    free(longer);
    free(path);
    return root;
}

static bool read_state(Gallery *g, Err *err)
{
    char *path = path_join(g->folder, FILE_STATE);
    if (!path)
        return no_memory(g, err);
    State state = { 0 };
    Err unread = { 0 };
    if (changed(&g->state_seen, path)) {
        if (state_load(&state, path, &unread)) {
            /* Long, and in the folders anyway. */
            json_object_del(state.root, "generated_images");
            g->version += !json_equal(state.root, g->state.root);
            state_clear(&g->state);
            g->state = state;
            g->problem[0] = '\0';
        } else {
            g->version += strcmp(g->problem, unread.msg) != 0;
            snprintf(g->problem, sizeof g->problem, "%s", unread.msg);
        }
    }
    free(path);
    json_t *config = load_json(g, FILE_CONFIG, NULL, &g->config_seen);
    if (config) {
        g->version += !json_equal(config, g->config);
        json_decref(g->config);
        g->config = config;
    }
    return true;
}

/* Scores of an execution whose journal is lost. */
static void read_summary(Gallery *g)
{
    json_t *summary = load_json(g, FOLDER_YOLO, "annotation_summary.json", &g->summary_seen);
    size_t i;
    const json_t *image;
    json_array_foreach(json_object_get(summary, "images"), i, image)
    {
        const char *name = json_string_value(json_object_get(image, "image"));
        const json_t *score = json_object_get(image, "score"),
                     *stability = json_object_get(image, "stability");
        for (Place p = PLACE_TRAIN; name && json_is_number(score) && p <= PLACE_REVIEW; p++) {
            int32_t number = find_stem(g, p, name, stem_length(name));
            if (number >= 0 && g->items[number].score < 0)
                set_score(g, &g->items[number], (float)json_number_value(score),
                          json_is_number(stability) ? (float)json_number_value(stability) : -1);
        }
    }
    json_decref(summary);
}

/* ---- corrections ----------------------------------------------------------------------------------- */

/* Which labels are a person's. */
static bool read_corrections(Gallery *g, Err *err)
{
    char *folder = path_join(g->folder, FOLDER_CORRECTIONS);
    if (!folder)
        return no_memory(g, err);
    bool again = changed(&g->corrections_seen, folder);
    free(folder);
    TextList names = { 0 };
    Err unread = { 0 };
    if (again && !corrected_label_list(g->folder, &names, &unread) && unread.kind == ERR_NOMEM)
        return no_memory(g, err);
    for (size_t i = 0; again && i < g->names.count; i++)
        g->items[i].corrected = false;
    for (size_t i = 0; i < names.count; i++)
        for (Place p = PLACE_TRAIN; p <= PLACE_REVIEW; p++) {
            int32_t item = gallery_find_stem(g, p, names.text[i]);
            if (item >= 0)
                g->items[item].corrected = true;
        }
    g->version += again;
    text_list_clear(&names);
    return true;
}

/* ---- how far the steps are ------------------------------------------------------------------------- */

static size_t option_count(const Gallery *g, const char *name, size_t fallback)
{
    const json_t *v = gallery_option(g, name);
    return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) < 100000000
               ? (size_t)json_integer_value(v)
               : fallback;
}

static bool option_on(const Gallery *g, const char *name, bool fallback)
{
    const json_t *v = gallery_option(g, name);
    return json_is_boolean(v) ? json_is_true(v) : fallback;
}

static size_t product(size_t a, size_t b)
{
    return b && a > MAX_ITEMS * 25u / b ? 0 : a * b;
}

static void count_steps(Gallery *g)
{
    for (int s = 1; s < GALLERY_STEPS; s++) {
        g->steps[s].images = g->steps[s].failed = g->steps[s].expected = 0;
        g->steps[s].completed = g->state.root && state_completed(&g->state, s);
    }
    for (size_t i = 0; i < g->names.count; i++)
        g->steps[places[g->items[i].place].step].images += !g->items[i].gone;
    for (size_t i = 0; i < g->failed.count; i++)
        g->steps[g->failures[i].step].failed += !g->failures[i].mended;
    if (!g->config)
        return;
    GalleryStep *s = g->steps;
    size_t views = g->state.root ? json_array_size(state_list(&g->state, "perspective_images")) : 0;
    size_t prompts = g->state.root ? json_array_size(state_list(&g->state, "prompts")) : 0;
    s[1].expected = 1;
    s[2].expected = views;
    s[4].expected = product(product(views, prompts ? prompts : option_count(g, "num_prompts", 0)),
                            option_count(g, "num_iterations", 0));
    size_t made = s[4].images;
    if (option_on(g, "enable_qwen_augmentation", false))
        s[5].expected = product(made, option_count(g, "qwen_augmentation_count", 1));
    if (option_on(g, "enable_annotation", true)) {
        s[6].expected = made + (s[5].expected ? s[5].images : 0);
        size_t in_review = 0;
        for (size_t i = 0; i < g->names.count; i++)
            in_review += g->items[i].place == PLACE_REVIEW && !g->items[i].gone;
        if (option_on(g, "enable_cv_augmentation", true) && s[6].images >= in_review)
            s[7].expected = product(s[6].images - in_review, option_count(g, "cv_augmentation_count", 1));
    }
}

/* ---- the gallery ----------------------------------------------------------------------------------- */

bool gallery_refresh(Gallery *g, Err *err)
{
    uint64_t before = g->version;
    /* A line of the journal is written after its file, so that the file of a line read by then is in a folder listed later. */
    uint64_t end = journal_tail_end(&g->journal);
    bool ok = true;
    for (Place p = 0; ok && p < PLACE_COUNT; p++)
        ok = list_place(g, p, err);
    ok = ok && read_corrections(g, err);
    size_t lines = 0;
    ok = ok && journal_tail_read(&g->journal, end, take_line, g, &lines, err) && read_state(g, err);
    g->version += lines > 0;
    if (ok && g->version != before) {
        read_summary(g);
        count_steps(g);
    }
    return ok;
}

Gallery *gallery_open(const char *folder, Err *err)
{
    Gallery *g = calloc(1, sizeof *g);
    if (!g || !(g->folder = strdup(folder))) {
        free(g);
        err_set(err, ERR_NOMEM, "%s: no memory to look at it", folder);
        return NULL;
    }
    bool ok = path_is_folder(folder) || err_set(err, ERR_MISSING, "%s: there is no such execution", folder);
    char *journal = path_join(folder, FILE_JOURNAL);
    ok = ok && (journal || no_memory(g, err)) && journal_tail_init(&g->journal, journal, err) &&
         gallery_refresh(g, err);
    free(journal);
    if (ok)
        return g;
    gallery_close(g);
    return NULL;
}

void gallery_close(Gallery *g)
{
    if (!g)
        return;
    journal_tail_clear(&g->journal);
    name_table_clear(&g->names);
    name_table_clear(&g->failed);
    state_clear(&g->state);
    json_decref(g->config);
    free(g->items);
    free(g->failures);
    free(g->views);
    free(g->folder);
    free(g);
}

bool gallery_reread_label(Gallery *g, size_t number, Err *err)
{
    GalleryItem *item = &g->items[number];
    bool ok = read_label(g, item, err);
    for (int32_t c = item->first_child; c >= 0; c = g->items[c].next_sibling)
        take_label(&g->items[c], item);
    g->version++;
    return ok;
}

const char *gallery_folder(const Gallery *g)
{
    return g->folder;
}

const char *gallery_problem(const Gallery *g)
{
    return *g->problem ? g->problem : NULL;
}

uint64_t gallery_version(const Gallery *g)
{
    return g->version;
}

size_t gallery_count(const Gallery *g)
{
    return g->names.count;
}

const GalleryItem *gallery_item(const Gallery *g, size_t item)
{
    return &g->items[item];
}

int32_t gallery_find(const Gallery *g, Place place, const char *name)
{
    return name_table_find(&g->names, (uint8_t)place, name, strlen(name));
}

int32_t gallery_find_stem(const Gallery *g, Place place, const char *name)
{
    return find_stem(g, place, name, stem_length(name));
}

int32_t gallery_labelled(const Gallery *g, size_t number)
{
    const GalleryItem *item = &g->items[number];
    int step = places[item->place].step;
    if (step == 6)
        return item->gone ? -1 : (int32_t)number;
    if (step == 7)
        return item->parent;
    for (int32_t c = item->first_child; c >= 0; c = g->items[c].next_sibling)
        if (places[g->items[c].place].step == 6 && !g->items[c].gone)
            return c;
    return -1;
}

const GalleryStep *gallery_step(const Gallery *g, int step)
{
    return &g->steps[step];
}

size_t gallery_failure_count(const Gallery *g)
{
    return g->failed.count;
}

const GalleryFailure *gallery_failure(const Gallery *g, size_t i)
{
    return &g->failures[i];
}

const char *gallery_prompt(const Gallery *g, const GalleryItem *item)
{
    const GalleryItem *at = item;
    while (at && !(at->place == PLACE_RESTYLED && at->note))
        at = at->parent >= 0 ? &g->items[at->parent] : NULL;
    if (at)
        return at->note;
    const char *text = NULL;
    if (item->prompt >= 0 && g->state.root)
        text = json_string_value(json_array_get(state_list(&g->state, "prompts"), (size_t)item->prompt));
    return text ? text : "";
}

const json_t *gallery_view(const Gallery *g, const GalleryItem *item)
{
    return item->view >= 0 && g->state.root
               ? json_array_get(state_list(&g->state, "perspective_view_info"), (size_t)item->view)
               : NULL;
}

const json_t *gallery_option(const Gallery *g, const char *name)
{
    const json_t *options = json_object_get(g->config, "options");
    return json_object_get(json_is_object(options) ? options : g->config, name);
}

const char *gallery_state_text(const Gallery *g, const char *field)
{
    return g->state.root ? state_text(&g->state, field) : NULL;
}

char *gallery_path(const Gallery *g, const GalleryItem *item, ItemFile which)
{
    const PlaceInfo *place = &places[item->place];
    const char *folder = which == FILE_OF_IMAGE   ? place->folder
                         : which == FILE_OF_ALPHA ? place->alpha_folder
                                                  : place->label_folder;
    char *path = NULL;
    if (!folder ||
        asprintf(&path, "%s/%s%s%.*s%s", g->folder, folder, *folder ? "/" : "",
                 which == FILE_OF_IMAGE ? (int)strlen(item->name) : (int)stem_length(item->name), item->name,
                 which == FILE_OF_IMAGE   ? ""
                 : which == FILE_OF_ALPHA ? ".png"
                                          : ".txt") < 0)
        return NULL;
    return path;
}
