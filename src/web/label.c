#include "web/label.h"

#include "base/file.h"
#include "vision/codec.h"
#include "web/label_segment.h"
#include "web/label_worker.h"
#include "web/mask_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_QUALITY = 95 }; /* of pictures that browsers cannot show as they are */

struct Label {
    LabelConfig config;
    LabelPictures pictures; /* fixed but for has_mask */
    LabelWorker *worker;    /* NULL without a segmenter */
    pthread_mutex_t lock;   /* of has_mask, saved, and of writing masks */
    bool *saved;            /* by this process, a picture each */
    atomic_bool finished;
};

/* The picture that the route's first parameter names. */
static LabelPicture *find_picture(Label *l, const WebRequest *r, WebAnswer *a)
{
    size_t n = (size_t)r->param[0].number;
    if (n >= l->pictures.count) {
        web_answer_error(a, 404, "there is no picture %zu", n);
        return NULL;
    }
    LabelPicture *p = &l->pictures.picture[n];
    if (!p->problem)
        return p;
    web_answer_error(a, 400, "%s", p->problem);
    return NULL;
}

static bool has_mask(Label *l, const LabelPicture *p)
{
    pthread_mutex_lock(&l->lock);
    bool has = p->has_mask;
    pthread_mutex_unlock(&l->lock);
    return has;
}

/* ---- what there is ---- */

static void get_session(void *user, const WebRequest *r, WebAnswer *a)
{
    Label *l = user;
    const Segmenter *s = l->config.segmenter;
    json_t *pictures = json_array();
    (void)r;
    for (size_t i = 0; i < l->pictures.count; i++) {
        const LabelPicture *p = &l->pictures.picture[i];
        if (json_array_append_new(pictures, json_pack("{s:s, s:b, s:s?}", "name", path_name(p->path), "done",
                                                      has_mask(l, p), "problem", p->problem)) != 0) {
            json_decref(pictures);
            return web_answer_json(a, NULL);
        }
    }
    json_t *segmenter = s ? json_pack("{s:s, s:s}", "name", s->name, "title", s->title) : json_null();
    web_answer_json(a, json_pack("{s:o, s:o}", "pictures", pictures, "segmenter", segmenter));
}

static void get_picture(void *user, const WebRequest *r, WebAnswer *a)
{
    Label *l = user;
    const LabelPicture *p = find_picture(l, r, a);
    if (!p)
        return;
    if (l->worker)
        label_worker_look(l->worker, (uint64_t)r->param[0].number);
    web_answer_json(a, json_pack("{s:s, s:i, s:i, s:b, s:s}", "name", path_name(p->path), "width", p->width,
                                 "height", p->height, "mask", has_mask(l, p), "file", p->mask_path));
}

/* ---- pixels ---- */

static void answer_file(const LabelPicture *p, WebAnswer *a)
{
    Err err = { 0 };
    int fd = open(p->path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return web_answer_file(a, "application/octet-stream", fd);
    err_set_errno(&err, errno, "%s: cannot be read", p->path);
    web_answer_err(a, &err);
}

static void get_pixels(void *user, const WebRequest *r, WebAnswer *a)
{
    const LabelPicture *p = find_picture(user, r, a);
    Image rgb = { 0 };
    uint8_t *data;
    size_t size;
    Err err = { 0 };
    if (!p)
        return;
    if (p->as_it_is)
        return answer_file(p, a);
    if (label_picture_load(p, &rgb, &err) &&
        image_encode(&rgb, FORMAT_JPEG, SHOWN_QUALITY, &data, &size, &err))
        web_answer_bytes(a, "image/jpeg", data, size);
    else
        web_answer_err(a, &err);
    image_clear(&rgb);
}

static void get_mask(void *user, const WebRequest *r, WebAnswer *a)
{
    const LabelPicture *p = find_picture(user, r, a);
    Image mask = { 0 };
    uint8_t *data;
    size_t size;
    Err err = { 0 };
    if (!p)
        return;
    if (label_picture_load_mask(p, &mask, &err) && mask_runs_pack(&mask, &data, &size, &err))
        web_answer_bytes(a, "application/octet-stream", data, size);
    else
        web_answer_err(a, &err);
    image_clear(&mask);
}

/* ---- the segmenter ---- */

static void get_state(void *user, const WebRequest *r, WebAnswer *a)
{
    Label *l = user;
    if (find_picture(l, r, a))
        label_answer_state(l->worker, (uint64_t)r->param[0].number, a);
}

static void post_segment(void *user, const WebRequest *r, WebAnswer *a)
{
    Label *l = user;
    const LabelPicture *p = find_picture(l, r, a);
    if (p)
        label_answer_segment(l->worker, (uint64_t)r->param[0].number, p->width, p->height, r, a);
}

/* ---- saving ---- */

/* With the lock. A picture that cannot be read is no reason to wait. */
static bool all_saved(const Label *l)
{
    for (size_t i = 0; i < l->pictures.count; i++)
        if (!l->saved[i] && !l->pictures.picture[i].problem &&
            !(l->pictures.count > 1 && l->pictures.picture[i].has_mask))
            return false;
    return true;
}

static bool save_mask(Label *l, size_t n, const WebRequest *r, bool *ends, Err *err)
{
    LabelPicture *p = &l->pictures.picture[n];
    Image mask;
    if (!mask_runs_unpack(&mask, r->body, r->body_size, p->width, p->height, err))
        return false;
    pthread_mutex_lock(&l->lock);
    bool ok = image_save(&mask, p->mask_path, 0, err);
    if (ok)
        p->has_mask = l->saved[n] = true;
    *ends = l->config.once && all_saved(l);
    pthread_mutex_unlock(&l->lock);
    image_clear(&mask);
    return ok;
}

static void put_mask(void *user, const WebRequest *r, WebAnswer *a)
{
    Label *l = user;
    const LabelPicture *p = find_picture(l, r, a);
    bool ends;
    Err err = { 0 };
    if (!p)
        return;
    if (!save_mask(l, (size_t)r->param[0].number, r, &ends, &err))
        return web_answer_err(a, &err);
    web_answer_json(a, json_pack("{s:s, s:b}", "file", p->mask_path, "ends", ends));
    if (ends)
        atomic_store(&l->finished, true); /* the server's stop lets this answer be sent */
}

/* ---- public ---- */

const WebRoute label_routes[] = {
    { WEB_GET, "/api/session", 0, false, get_session },
    { WEB_GET, "/api/pictures/{number}", 0, false, get_picture },
    { WEB_GET, "/api/pictures/{number}/state", 0, false, get_state },
    { WEB_GET, "/api/pictures/{number}/pixels", 0, true, get_pixels },
    { WEB_GET, "/api/pictures/{number}/mask", 0, true, get_mask },
    { WEB_PUT, "/api/pictures/{number}/mask", MASK_RUNS_MAX_BYTES, true, put_mask },
    { WEB_POST, "/api/pictures/{number}/segment", LABEL_PROMPT_MAX_BYTES, true, post_segment },
};
const size_t label_route_count = sizeof label_routes / sizeof label_routes[0];

static bool load_picture(void *user, uint64_t picture, Image *rgb, Err *err)
{
    const Label *l = user;
    return label_picture_load(&l->pictures.picture[picture], rgb, err);
}

bool label_open(Label **out, const LabelConfig *config, Err *err)
{
    Label *l = *out = calloc(1, sizeof *l);
    if (!l)
        return err_set(err, ERR_NOMEM, "no memory to begin");
    l->config = *config;
    pthread_mutex_init(&l->lock, NULL);
    LabelWorkerConfig worker = {
        .segmenter = config->segmenter, .role = config->role, .load = load_picture, .user = l
    };
    if (label_pictures_open(&l->pictures, &config->places, err) &&
        ((l->saved = calloc(l->pictures.count, sizeof *l->saved)) ||
         err_set(err, ERR_NOMEM, "no memory to begin")) &&
        (!config->segmenter || label_worker_start(&l->worker, &worker, err)))
        return true;
    label_close(l);
    *out = NULL;
    return false;
}

size_t label_picture_count(const Label *l)
{
    return l->pictures.count;
}

size_t label_done_count(Label *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->pictures.count; i++)
        n += has_mask(l, &l->pictures.picture[i]);
    return n;
}

bool label_finished(const Label *l)
{
    return atomic_load(&l->finished);
}

void label_cancel(Label *l)
{
    if (l->worker)
        label_worker_cancel(l->worker);
}

void label_close(Label *l)
{
    if (!l)
        return;
    label_worker_stop(l->worker);
    pthread_mutex_destroy(&l->lock);
    label_pictures_clear(&l->pictures);
    free(l->saved);
    free(l);
}
