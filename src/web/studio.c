#include "web/studio.h"

#include "base/file.h"
#include "base/pool.h"
#include "pipeline/step.h"
#include "vision/codec.h"
#include "web/correction.h"
#include "web/curation.h"
#include "web/execution_list.h"
#include "web/label_segment.h"
#include "web/mask_runs.h"
#include "web/report_renewer.h"
#include "web/retry.h"
#include "web/studio_json.h"
#include "web/studio_room.h"
#include "web/thumbnails.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_ROOMS = 4096, /* executions */
    PAGE_MOST = 500,   /* images in one answer */
    SMALL_BODY = 64 << 10,
    LIVE_MS = 700
};

struct Studio {
    StudioConfig config;
    pthread_mutex_t lock; /* of the list and of `rooms` as an array */
    ExecutionList list;
    StudioRoom *rooms[MOST_ROOMS]; /* made when somebody first looks; they stay */
    Thumbnails *thumbnails;
    LabelWorker *worker; /* NULL without a segmenter */
    ReportRenewer *renewer;
    atomic_bool stop;
};

/* ---- rooms ---------------------------------------------------------------------------------------- */

/* The execution that the path names, with its lock held and, when `refresh` says so, what changed taken in. NULL when *a is
 * answered. */
static StudioRoom *enter_room(Studio *s, const WebRequest *r, bool refresh, WebAnswer *a)
{
    size_t number = (size_t)r->param[0].number;
    Err err = { 0 };
    StudioRoom *room = NULL;
    char *folder = NULL;
    pthread_mutex_lock(&s->lock);
    if (number < s->list.count && number < MOST_ROOMS && (folder = strdup(s->list.info[number].folder)) &&
        !s->rooms[number]) {
        s->rooms[number] = calloc(1, sizeof *s->rooms[number]);
        if (s->rooms[number])
            pthread_mutex_init(&s->rooms[number]->lock, NULL);
    }
    if (folder)
        room = s->rooms[number];
    pthread_mutex_unlock(&s->lock);
    if (!room) {
        web_answer_error(a, 404, "there is no such execution; look at the list again");
        free(folder);
        return NULL;
    }
    pthread_mutex_lock(&room->lock);
    bool first = !room->gallery;
    if ((refresh || !room->gallery || !room->review) && !room_refresh(room, folder, &err)) {
        web_answer_err(a, &err);
        if (!room->gallery || !room->review)
            room_clear(room);
        pthread_mutex_unlock(&room->lock);
        room = NULL;
    }
    if (room && first && report_is_stale(folder))
        report_renewer_want(s->renewer, room);
    free(folder);
    return room;
}

static StudioRoom *enter(Studio *s, const WebRequest *r, WebAnswer *a)
{
    return enter_room(s, r, true, a);
}

static void leave(StudioRoom *room)
{
    pthread_mutex_unlock(&room->lock);
}

/* The image that the path names, or -1 with *a answered. */
static long item_of(const StudioRoom *room, long item, WebAnswer *a)
{
    if (item >= 0 && (size_t)item < gallery_count(room->gallery))
        return item;
    web_answer_error(a, 404, "there is no such image");
    return -1;
}

/* ---- the list and the summary --------------------------------------------------------------------- */

static void get_executions(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)r;
    Studio *s = user;
    Err err = { 0 };
    pthread_mutex_lock(&s->lock);
    if (execution_list_refresh(&s->list, s->config.working_dir, &err)) {
        json_t *list = json_array();
        for (size_t i = 0; i < s->list.count && i < MOST_ROOMS; i++)
            if (!s->list.info[i].gone)
                json_array_append_new(
                    list, execution_json(&s->list.info[i], i, execution_is_running(s->list.info[i].folder)));
        web_answer_json(a, json_pack("{s:s, s:o}", "working_dir", s->config.working_dir, "executions", list));
    } else
        web_answer_err(a, &err);
    pthread_mutex_unlock(&s->lock);
}

static void get_summary(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = enter(user, r, a);
    if (!room)
        return;
    json_t *o = summary_json(room);
    json_object_set_new(o, "running", json_boolean(execution_is_running(gallery_folder(room->gallery))));
    json_object_set_new(o, "name", json_string(path_name(gallery_folder(room->gallery))));
    web_answer_json(a, o);
    leave(room);
}

static void get_shapes(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = enter(user, r, a);
    if (!room)
        return;
    web_answer_json(a, shapes_json(room));
    leave(room);
}

static void get_failures(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = enter(user, r, a);
    if (!room)
        return;
    web_answer_json(a, failures_json(room->gallery, PAGE_MOST));
    leave(room);
}

/* ---- images --------------------------------------------------------------------------------------- */

/* Bits for the words of "a,b" among `names`; false with *a answered when one is none of them. */
static bool read_words(const WebRequest *r, const char *name, const char *const *names, unsigned count,
                       unsigned *bits, WebAnswer *a)
{
    const char *text = web_query(r, name);
    *bits = 0;
    for (const char *at = text; at && *at;) {
        size_t n = strcspn(at, ",");
        unsigned i = 0;
        while (i < count && (strlen(names[i]) != n || strncmp(names[i], at, n) != 0))
            i++;
        if (i == count) {
            web_answer_error(a, 400, "%s=%.40s: there is no such value", name, text);
            return false;
        }
        *bits |= 1u << i;
        at += n + (at[n] == ',');
    }
    return true;
}

/* A share, given in parts of a thousand. */
static bool read_share(const WebRequest *r, const char *name, float *share, WebAnswer *a)
{
    long v;
    if (!web_query_number(r, name, 0, 1000, -1, &v, a))
        return false;
    if (v >= 0)
        *share = (float)v / 1000;
    return true;
}

static bool read_query(const WebRequest *r, GalleryQuery *q, WebAnswer *a)
{
    static const char *const steps[] = { "0", "1", "2", "3", "4", "5", "6", "7" };
    static const char *const splits[] = { "train", "val", "review" };
    unsigned order;
    long view, prompt, corrected, unlabelled;
    *q = gallery_query_all();
    if (!read_words(r, "step", steps, 8, &q->steps, a) || !read_words(r, "split", splits, 3, &q->splits, a) ||
        !read_words(r, "decision", decision_names, DECISION_COUNT, &q->decisions, a) ||
        !read_words(r, "kind", kind_names, KIND_COUNT, &q->kinds, a) ||
        !read_words(r, "order", order_names, ORDER_COUNT, &order, a))
        return false;
    if (!read_share(r, "min_score", &q->min_score, a) || !read_share(r, "max_score", &q->max_score, a) ||
        !read_share(r, "min_area", &q->min_area, a) || !read_share(r, "max_area", &q->max_area, a))
        return false;
    if (!web_query_number(r, "view", 0, INT32_MAX, -1, &view, a) ||
        !web_query_number(r, "prompt", 0, INT32_MAX, -1, &prompt, a) ||
        !web_query_number(r, "corrected", 0, 1, 0, &corrected, a) ||
        !web_query_number(r, "unlabelled", 0, 1, 0, &unlabelled, a))
        return false;
    while (order > 1 && q->order < ORDER_COUNT - 1) {
        q->order++;
        order >>= 1;
    }
    q->view = (int)view;
    q->prompt = (int)prompt;
    q->corrected = corrected;
    q->unlabelled = unlabelled;
    q->text = web_query(r, "text");
    if (q->text && !*q->text)
        q->text = NULL;
    return true;
}

/* The query without what says which page of it. */
static bool query_key(const WebRequest *r, Str *key)
{
    for (size_t i = 0; i < r->queries; i++)
        if (strcmp(r->query[i].name, "from") != 0 && strcmp(r->query[i].name, "count") != 0)
            str_printf(key, "%s=%s\n", r->query[i].name, r->query[i].value);
    str_add(key, "");
    return !key->failed;
}

static void answer_page(StudioRoom *room, const uint32_t *found, size_t total, size_t from, size_t count,
                        WebAnswer *a)
{
    json_t *items = json_array();
    for (size_t i = from; i < total && i < from + count; i++)
        json_array_append_new(items, item_json(room, found[i]));
    web_answer_json(
        a, json_pack("{s:I, s:I, s:I, s:o}", "total", (json_int_t)total, "from", (json_int_t)from, "version",
                     (json_int_t)(gallery_version(room->gallery) + room->review_version), "items", items));
}

static void get_items(void *user, const WebRequest *r, WebAnswer *a)
{
    GalleryQuery q;
    long from, count;
    if (!read_query(r, &q, a) || !web_query_number(r, "from", 0, INT32_MAX, 0, &from, a) ||
        !web_query_number(r, "count", 0, PAGE_MOST, 200, &count, a))
        return;
    StudioRoom *room = enter(user, r, a);
    if (!room)
        return;
    Str key = { 0 };
    const uint32_t *found;
    size_t total;
    Err err = { 0 };
    if (!query_key(r, &key))
        web_answer_error(a, 500, "no memory to look for images");
    else if (room_query(room, str_text(&key), &q, &found, &total, &err))
        answer_page(room, found, total, (size_t)from, (size_t)count, a);
    else
        web_answer_err(a, &err);
    str_clear(&key);
    leave(room);
}

static void get_item(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = enter(user, r, a);
    if (!room)
        return;
    long item = item_of(room, r->param[1].number, a);
    if (item >= 0)
        web_answer_json(a, item_details_json(room, (size_t)item));
    leave(room);
}

/* The path and version of an image's file; the room is left. NULL with *a answered. The caller frees it. */
static char *image_path(Studio *s, const WebRequest *r, char version[48], char **cache, WebAnswer *a)
{
    StudioRoom *room = enter_room(s, r, false, a); /* whoever knows the number has it from a list */
    if (!room)
        return NULL;
    long item = item_of(room, r->param[1].number, a);
    char *path = NULL;
    if (item >= 0) {
        const GalleryItem *it = gallery_item(room->gallery, (size_t)item);
        snprintf(version, 48, "%" PRIx64 ".%" PRIx64, (uint64_t)it->mtime_ns, (uint64_t)it->size_bytes);
        path = gallery_path(room->gallery, it, FILE_OF_IMAGE);
        *cache = path ? path_join(gallery_folder(room->gallery), FOLDER_THUMBNAILS) : NULL;
        if (!*cache) {
            free(path);
            path = NULL;
            web_answer_error(a, 500, "no memory for an image");
        }
    }
    leave(room);
    return path;
}

static const char *type_of(const char *path)
{
    switch (image_format_of(path)) {
    case FORMAT_PNG: return "image/png";
    case FORMAT_JPEG: return "image/jpeg";
    case FORMAT_WEBP: return "image/webp";
    case FORMAT_BMP: return "image/bmp";
    case FORMAT_TIFF: return "image/tiff";
    case FORMAT_UNKNOWN: break;
    }
    return "application/octet-stream";
}

static void get_image(void *user, const WebRequest *r, WebAnswer *a)
{
    char version[48], *cache = NULL;
    char *path = image_path(user, r, version, &cache, a);
    if (!path)
        return;
    if (!web_answer_known(a, r, version, WEB_CACHE_CHECK)) {
        /* A link would lead out of the execution, a pipe would hold this thread. */
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        struct stat st;
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
            web_answer_file(a, type_of(path), fd);
        else {
            if (fd >= 0)
                close(fd);
            web_answer_error(a, 404, "%s: the image is not there", path_name(path));
        }
    }
    free(path);
    free(cache);
}

static void get_thumbnail(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    long side;
    if (!web_query_number(r, "side", 64, 512, 256, &side, a))
        return;
    char version[48], tag[64], *cache = NULL;
    char *path = image_path(s, r, version, &cache, a);
    if (!path)
        return;
    snprintf(tag, sizeof tag, "%s.%ld", version, side);
    /* The page asks for a version; only of that one the content stays. */
    const char *asked = web_query(r, "v");
    WebCache keep = asked && !strcmp(asked, version) ? WEB_CACHE_FOREVER : WEB_CACHE_CHECK;
    if (!web_answer_known(a, r, tag, keep)) {
        uint8_t *data;
        size_t size;
        Err err = { 0 };
        if (thumbnail_get(s->thumbnails, path, cache, (int)side, &data, &size, &err))
            web_answer_bytes(a, "image/jpeg", data, size);
        else
            web_answer_err(a, &err);
    }
    free(path);
    free(cache);
}

/* ---- decisions ------------------------------------------------------------------------------------ */

/* Names of images of one step; false with *a answered. */
static bool named_items(const StudioRoom *room, const json_t *ids, const char **names, int *step,
                        WebAnswer *a)
{
    size_t i;
    const json_t *id;
    *step = 0;
    json_array_foreach(ids, i, id)
    {
        json_int_t number = json_is_integer(id) ? json_integer_value(id) : -1;
        if (number < 0 || (size_t)number >= gallery_count(room->gallery)) {
            web_answer_error(a, 400, "items: there is no such image");
            return false;
        }
        const GalleryItem *it = gallery_item(room->gallery, (size_t)number);
        if (*step && *step != places[it->place].step) {
            web_answer_error(a, 400, "items: decide about images of one step at a time");
            return false;
        }
        *step = places[it->place].step;
        names[i] = it->name;
    }
    return true;
}

static void answer_decided(const StudioRoom *room, WebAnswer *a)
{
    web_answer_json(a, summary_json(room));
}

static void decide(StudioRoom *room, const json_t *o, WebAnswer *a)
{
    const json_t *ids = json_object_get(o, "items");
    const char *word = json_string_value(json_object_get(o, "decision"));
    Decision d = word ? decision_of_name(word) : DECISION_COUNT;
    if (d == DECISION_COUNT) {
        web_answer_error(a, 400, "decision: is one of none, keep, drop, needs_work");
        return;
    }
    if (!json_array_size(ids) || json_array_size(ids) > REVIEW_MOST) {
        web_answer_error(a, 400, "items: give 1 to %d numbers of images", REVIEW_MOST);
        return;
    }
    const char *names[REVIEW_MOST];
    int step;
    Err err = { 0 };
    if (!named_items(room, ids, names, &step, a))
        return;
    if (review_decide(room->review, step, names, json_array_size(ids), d, &err)) {
        room->review_version++;
        answer_decided(room, a);
    } else
        web_answer_err(a, &err);
}

static void post_decide(void *user, const WebRequest *r, WebAnswer *a)
{
    json_t *o = web_request_json(r, a);
    StudioRoom *room = o ? enter(user, r, a) : NULL;
    if (room) {
        decide(room, o, a);
        leave(room);
    }
    json_decref(o);
}

static void post_undo(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    StudioRoom *room = enter(s, r, a);
    if (!room)
        return;
    Err err = { 0 };
    ReviewUndone last;
    bool any = review_last(room->review, &last);
    int32_t item = -1;
    for (Place p = 0; any && last.item && p < PLACE_COUNT; p++)
        if (places[p].step == last.step && item < 0)
            item = gallery_find(room->gallery, p, last.item);
    const char *what = last.corrected ? "correction" : any ? decision_names[last.decision] : "";
    size_t items = last.items;
    bool corrected = last.corrected != NULL;
    bool ok =
        corrected ? correction_undo(room->gallery, room->review, &err) : review_undo(room->review, &err);
    if (ok && corrected)
        report_renewer_want(s->renewer, room);
    if (ok) {
        room->review_version++;
        json_t *o = summary_json(room);
        json_object_set_new(
            o, "undone",
            json_pack("{s:s, s:i, s:I}", "what", what, "item", item, "items", (json_int_t)items));
        web_answer_json(a, o);
    } else
        web_answer_err(a, &err);
    leave(room);
}

/* ---- corrections ---------------------------------------------------------------------------------- */

/* What the address says of a correction: object (a number or "all") and label, as item_details_json() gave it. */
static bool read_correction(const WebRequest *r, Correction *c, WebAnswer *a)
{
    const char *object = web_query(r, "object"), *label = web_query(r, "label");
    char *end = NULL;
    long number = CORRECTION_ONLY;
    if (object && !strcmp(object, "all"))
        number = CORRECTION_ALL;
    else if (object && !web_query_number(r, "object", 0, 1000000, 0, &number, a))
        return false;
    c->object = number;
    c->has_label = label != NULL;
    if (label)
        c->label = strtoull(label, &end, 16);
    if (label && (end == label || *end)) {
        web_answer_error(a, 400, "label: is the one that was sent with the image");
        return false;
    }
    return true;
}

static void correct(Studio *s, StudioRoom *room, size_t item, const WebRequest *r, WebAnswer *a)
{
    int32_t labelled = gallery_labelled(room->gallery, item);
    if (labelled < 0) {
        web_answer_error(a, 409, "this image has no label yet: step 6 makes it");
        return;
    }
    Image mask = { 0 };
    Correction c = { .mask = &mask };
    Err err = { 0 };
    int width, height;
    if (!read_correction(r, &c, a))
        return;
    if (correction_size(room->gallery, (size_t)labelled, &width, &height, &err) &&
        mask_runs_unpack(&mask, r->body, r->body_size, width, height, &err) &&
        correction_save(room->gallery, room->review, (size_t)labelled, &c, &err)) {
        room->review_version++;
        report_renewer_want(s->renewer, room);
        json_t *o = item_details_json(room, item);
        if (o && c.left_out)
            json_object_set_new(o, "parts_left_out", json_integer((json_int_t)c.left_out));
        web_answer_json(a, o);
    } else
        web_answer_err(a, &err);
    image_clear(&mask);
}

static void post_mask(void *user, const WebRequest *r, WebAnswer *a)
{
    if (strcmp(r->content_type, "application/octet-stream") != 0) {
        web_answer_error(a, 415, "a mask comes as application/octet-stream");
        return;
    }
    StudioRoom *room = enter(user, r, a);
    if (!room)
        return;
    long item = item_of(room, r->param[1].number, a);
    if (item >= 0)
        correct(user, room, (size_t)item, r, a);
    leave(room);
}

/* ---- the segmenter -------------------------------------------------------------------------------- */

/* The worker's number of an image: the execution's and its own. */
static uint64_t picture_of(const WebRequest *r)
{
    return (uint64_t)r->param[0].number << 32 | (uint32_t)r->param[1].number;
}

/* On the worker's thread. Rooms stay where they are, and so do the images in them. */
static bool load_picture(void *user, uint64_t picture, Image *rgb, Err *err)
{
    Studio *s = user;
    pthread_mutex_lock(&s->lock);
    StudioRoom *room = s->rooms[picture >> 32];
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_lock(&room->lock);
    char *path = room->gallery ? gallery_path(room->gallery, gallery_item(room->gallery, (uint32_t)picture),
                                              FILE_OF_IMAGE)
                               : NULL;
    pthread_mutex_unlock(&room->lock);
    bool ok = path ? image_load(rgb, path, &(DecodeOptions){ .channels = 3, .upright = true }, err)
                   : err_set(err, ERR_MISSING, "the image is not there any more");
    free(path);
    return ok;
}

/* The size of the image that the path names; false with *a answered. */
static bool picture_size(Studio *s, const WebRequest *r, int *width, int *height, WebAnswer *a)
{
    StudioRoom *room = enter_room(s, r, false, a);
    if (!room)
        return false;
    long item = item_of(room, r->param[1].number, a);
    Err err = { 0 };
    bool ok = item >= 0 && correction_size(room->gallery, (size_t)item, width, height, &err);
    if (err.kind)
        web_answer_err(a, &err);
    leave(room);
    return ok;
}

static void post_look(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    const Segmenter *segmenter = s->config.segmenter;
    int width, height;
    if (!picture_size(s, r, &width, &height, a))
        return;
    if (s->worker)
        label_worker_look(s->worker, picture_of(r));
    web_answer_json(a, s->worker ? json_pack("{s:{s:s, s:s}}", "segmenter", "name", segmenter->name, "title",
                                             segmenter->title)
                                 : json_pack("{s:n}", "segmenter"));
}

static void get_look(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    label_answer_state(s->worker, picture_of(r), a);
}

static void post_segment(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    int width, height;
    if (picture_size(s, r, &width, &height, a))
        label_answer_segment(s->worker, picture_of(r), width, height, r, a);
}

/* ---- runs ----------------------------------------------------------------------------------------- */

static void retry(const Studio *s, StudioRoom *room, int step, WebAnswer *a)
{
    const char *folder = gallery_folder(room->gallery);
    int code;
    if (room->child && retry_ended(room->child, &code))
        room->child = 0;
    if (room->child || execution_is_running(folder)) {
        web_answer_error(a, 409, "a run is at work on this execution already");
        return;
    }
    Err err = { 0 };
    if (retry_start(s->config.program, folder, step, &room->child, &err))
        web_answer_json(a, json_pack("{s:b}", "started", 1));
    else
        web_answer_err(a, &err);
}

static void post_retry(void *user, const WebRequest *r, WebAnswer *a)
{
    json_t *o = web_request_json(r, a);
    json_int_t step = json_integer_value(json_object_get(o, "step"));
    if (o && (step < 0 || step > 7))
        web_answer_error(a, 400, "step: is a number from 1 to 7, or 0 to go on");
    else if (o) {
        StudioRoom *room = enter(user, r, a);
        if (room) {
            retry(user, room, (int)step, a);
            leave(room);
        }
    }
    json_decref(o);
}

/* ---- exports ---------------------------------------------------------------------------------------- */

static ExportFormat format_of_name(const char *name)
{
    ExportFormat f = 0;
    while (name && f < EXPORT_FORMATS && strcmp(export_format_names[f], name) != 0)
        f++;
    return name ? f : EXPORT_FORMATS;
}

static void answer_exported(const char *folder, const ExportResult *result, WebAnswer *a)
{
    size_t images = 0;
    for (int s = 0; s < SPLIT_COUNT; s++)
        images += result->images[s];
    web_answer_json(a, json_pack("{s:s, s:I, s:I, s:I, s:I}", "folder", folder, "images", (json_int_t)images,
                                 "objects", (json_int_t)result->objects, "left_out",
                                 (json_int_t)result->left_out, "failed", (json_int_t)result->failed));
}

static void export_curated(Studio *s, const WebRequest *r, const json_t *o, WebAnswer *a)
{
    const char *name = json_string_value(json_object_get(o, "name"));
    ExportFormat format = format_of_name(json_string_value(json_object_get(o, "format")));
    if (!name || !web_name_ok(name, strlen(name)) || format == EXPORT_FORMATS) {
        web_answer_error(
            a, 400,
            format == EXPORT_FORMATS
                ? "format: is one of %s"
                : "name: up to 200 letters, digits, dots, dashes and underscores, as of a folder",
            EXPORT_FORMAT_CHOICES);
        return;
    }
    StudioRoom *room = enter(s, r, a);
    if (!room)
        return;
    Curation c;
    Err err = { 0 };
    bool taken = curation_init(&c, room->gallery, room->review,
                               json_is_true(json_object_get(o, "without_needs_work")), &err);
    leave(room);
    if (!taken) {
        web_answer_err(a, &err);
        return;
    }
    ExportResult result = { 0 };
    char *folder = NULL;
    if (curation_export(&c, format, name, &s->stop, &result, &folder, &err))
        answer_exported(folder, &result, a);
    else
        web_answer_err(a, &err);
    free(folder);
    curation_clear(&c);
}

static void post_export(void *user, const WebRequest *r, WebAnswer *a)
{
    json_t *o = web_request_json(r, a);
    if (o)
        export_curated(user, r, o, a);
    json_decref(o);
}

/* ---- the live view -------------------------------------------------------------------------------- */

typedef struct {
    Studio *studio;
    StudioRoom *room;
    char *folder;
    char *told; /* the last event */
    uint64_t version;
    bool running;
} Live;

/* Is there nothing to tell? Of a run under way there always is: how fast it goes. */
static bool live_same(Live *live, bool running)
{
    uint64_t version = gallery_version(live->room->gallery) + live->room->review_version;
    bool same = live->told && !running && !live->running && version == live->version;
    live->version = version;
    live->running = running;
    return same;
}

/* The event, as text; NULL when there is none, and then *err says why or nothing. */
static char *live_event(Live *live, Err *err)
{
    StudioRoom *room = live->room;
    if (!room_refresh(room, live->folder, err))
        return NULL;
    int code;
    bool ended = room->child && retry_ended(room->child, &code);
    bool running = execution_is_running(live->folder);
    if (ended)
        room->child = 0;
    if (live_same(live, running) && !ended)
        return NULL;
    json_t *o = progress_json(room, running);
    if (ended)
        json_object_set_new(o, "ended", json_integer(code));
    char *text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (!text)
        err_set(err, ERR_NOMEM, "%s: no memory for the live view", live->folder);
    return text;
}

static bool live_next(void *user, Str *out)
{
    Live *live = user;
    Err err = { 0 };
    pthread_mutex_lock(&live->room->lock);
    char *text = live_event(live, &err);
    pthread_mutex_unlock(&live->room->lock);
    if (err.kind != ERR_NONE)
        web_event(out, "problem", err.msg);
    else if (text && (!live->told || strcmp(live->told, text) != 0)) {
        web_event(out, "progress", text);
        free(live->told);
        live->told = text;
        text = NULL;
    }
    free(text);
    return err.kind == ERR_NONE;
}

static void live_close(void *user)
{
    Live *live = user;
    free(live->folder);
    free(live->told);
    free(live);
}

static void get_live(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = enter(user, r, a);
    if (!room)
        return;
    Live *live = calloc(1, sizeof *live);
    char *folder = strdup(gallery_folder(room->gallery));
    leave(room);
    if (!live || !folder) {
        free(live);
        free(folder);
        web_answer_error(a, 500, "no memory for the live view");
        return;
    }
    *live = (Live){ .studio = user, .room = room, .folder = folder };
    web_answer_stream(a, (WebStream){ live_next, live_close, live, LIVE_MS });
}

/* ---- the studio ----------------------------------------------------------------------------------- */

static const WebRoute routes[] = {
    { WEB_GET, "/api/executions", 0, true, get_executions },
    { WEB_GET, "/api/execution/{number}", 0, true, get_summary },
    { WEB_GET, "/api/execution/{number}/items", 0, true, get_items },
    { WEB_GET, "/api/execution/{number}/item/{number}", 0, true, get_item },
    { WEB_GET, "/api/execution/{number}/image/{number}", 0, false, get_image },
    { WEB_GET, "/api/execution/{number}/thumbnail/{number}", 0, true, get_thumbnail },
    { WEB_GET, "/api/execution/{number}/shapes", 0, true, get_shapes },
    { WEB_GET, "/api/execution/{number}/failures", 0, true, get_failures },
    { WEB_GET, "/api/execution/{number}/live", 0, true, get_live },
    { WEB_POST, "/api/execution/{number}/decide", SMALL_BODY, true, post_decide },
    { WEB_POST, "/api/execution/{number}/undo", SMALL_BODY, true, post_undo },
    { WEB_POST, "/api/execution/{number}/mask/{number}", MASK_RUNS_MAX_BYTES, true, post_mask },
    { WEB_POST, "/api/execution/{number}/look/{number}", SMALL_BODY, true, post_look },
    { WEB_GET, "/api/execution/{number}/look/{number}", 0, false, get_look },
    { WEB_POST, "/api/execution/{number}/segment/{number}", LABEL_PROMPT_MAX_BYTES, true, post_segment },
    { WEB_POST, "/api/execution/{number}/retry", SMALL_BODY, true, post_retry },
    { WEB_POST, "/api/execution/{number}/export", SMALL_BODY, true, post_export },
};

const WebRoute *studio_routes(size_t *count)
{
    *count = sizeof routes / sizeof *routes;
    return routes;
}

Studio *studio_open(const StudioConfig *config, Err *err)
{
    Studio *s = calloc(1, sizeof *s);
    if (s)
        s->config = *config;
    if (!s || !(s->thumbnails = thumbnails_open(pool_cpus()))) {
        free(s);
        err_set(err, ERR_NOMEM, "no memory for the studio");
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    LabelWorkerConfig worker = {
        .segmenter = config->segmenter, .role = config->role, .load = load_picture, .user = s
    };
    if (execution_list_refresh(&s->list, config->working_dir, err) &&
        report_renewer_start(&s->renewer, err) &&
        (!config->segmenter || label_worker_start(&s->worker, &worker, err)))
        return s;
    studio_close(s);
    return NULL;
}

void studio_stop(Studio *s)
{
    atomic_store(&s->stop, true);
    if (s->worker)
        label_worker_cancel(s->worker);
}

void studio_close(Studio *s)
{
    if (!s)
        return;
    label_worker_stop(s->worker);
    report_renewer_stop(s->renewer);
    for (size_t i = 0; i < MOST_ROOMS; i++)
        if (s->rooms[i]) {
            room_clear(s->rooms[i]);
            pthread_mutex_destroy(&s->rooms[i]->lock);
            free(s->rooms[i]);
        }
    execution_list_clear(&s->list);
    thumbnails_close(s->thumbnails);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
