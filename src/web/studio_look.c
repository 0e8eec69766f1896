#include "web/studio_private.h"

#include "base/file.h"
#include "vision/codec.h"
#include "web/studio_json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_MOST = 500 }; /* images in one answer */

/* ---- the list and the summary --------------------------------------------------------------------- */

void studio_get_executions(void *user, const WebRequest *r, WebAnswer *a)
{
    (void)r;
    Studio *s = user;
    Err err = { 0 };
    pthread_mutex_lock(&s->lock);
    if (execution_list_refresh(&s->list, s->config.working_dir, &err)) {
        json_t *list = json_array();
        for (size_t i = 0; i < s->list.count && i < STUDIO_ROOMS; i++)
            if (!s->list.info[i].gone)
                json_array_append_new(
                    list, execution_json(&s->list.info[i], i, execution_is_running(s->list.info[i].folder)));
        web_answer_json(a, json_pack("{s:s, s:o}", "working_dir", s->config.working_dir, "executions", list));
    } else
        web_answer_err(a, &err);
    pthread_mutex_unlock(&s->lock);
}

void studio_get_summary(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = studio_enter(user, r, a);
    if (!room)
        return;
    json_t *o = summary_json(room);
    json_object_set_new(o, "running", json_boolean(execution_is_running(gallery_folder(room->gallery))));
    json_object_set_new(o, "name", json_string(path_name(gallery_folder(room->gallery))));
    web_answer_json(a, o);
    studio_leave(room);
}

void studio_get_shapes(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = studio_enter(user, r, a);
    if (!room)
        return;
    web_answer_json(a, shapes_json(room));
    studio_leave(room);
}

void studio_get_failures(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = studio_enter(user, r, a);
    if (!room)
        return;
    web_answer_json(a, failures_json(room->gallery, PAGE_MOST));
    studio_leave(room);
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

void studio_get_items(void *user, const WebRequest *r, WebAnswer *a)
{
    GalleryQuery q;
    long from, count;
    if (!read_query(r, &q, a) || !web_query_number(r, "from", 0, INT32_MAX, 0, &from, a) ||
        !web_query_number(r, "count", 0, PAGE_MOST, 200, &count, a))
        return;
    StudioRoom *room = studio_enter(user, r, a);
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
    studio_leave(room);
}

void studio_get_item(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = studio_enter(user, r, a);
    if (!room)
        return;
    long item = studio_item(room, r->param[1].number, a);
    if (item >= 0)
        web_answer_json(a, item_details_json(room, (size_t)item));
    studio_leave(room);
}

/* The path and version of an image's file; the room is left. NULL with *a answered. The caller frees it. */
static char *image_path(Studio *s, const WebRequest *r, char version[48], char **cache, WebAnswer *a)
{
    StudioRoom *room = studio_enter_room(s, r, false, a); /* whoever knows the number has it from a list */
    if (!room)
        return NULL;
    long item = studio_item(room, r->param[1].number, a);
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
    studio_leave(room);
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

void studio_get_image(void *user, const WebRequest *r, WebAnswer *a)
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

void studio_get_thumbnail(void *user, const WebRequest *r, WebAnswer *a)
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
