#include "web/studio_private.h"

#include "vision/codec.h"
#include "web/correction.h"
#include "web/label_segment.h"
#include "web/mask_runs.h"
#include "web/studio_json.h"

#include <stdlib.h>
#include <string.h>

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

void studio_post_mask(void *user, const WebRequest *r, WebAnswer *a)
{
    if (strcmp(r->content_type, "application/octet-stream") != 0) {
        web_answer_error(a, 415, "a mask comes as application/octet-stream");
        return;
    }
    StudioRoom *room = studio_enter(user, r, a);
    if (!room)
        return;
    long item = studio_item(room, r->param[1].number, a);
    if (item >= 0)
        correct(user, room, (size_t)item, r, a);
    studio_leave(room);
}

/* ---- the segmenter -------------------------------------------------------------------------------- */

/* The worker's number of an image: the execution's and its own. */
static uint64_t picture_of(const WebRequest *r)
{
    return (uint64_t)r->param[0].number << 32 | (uint32_t)r->param[1].number;
}

/* On the worker's thread. Rooms stay where they are, and so do the images in them. */
bool studio_load_picture(void *user, uint64_t picture, Image *rgb, Err *err)
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
    StudioRoom *room = studio_enter_room(s, r, false, a);
    if (!room)
        return false;
    long item = studio_item(room, r->param[1].number, a);
    Err err = { 0 };
    bool ok = item >= 0 && correction_size(room->gallery, (size_t)item, width, height, &err);
    if (err.kind)
        web_answer_err(a, &err);
    studio_leave(room);
    return ok;
}

void studio_post_look(void *user, const WebRequest *r, WebAnswer *a)
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

void studio_get_look(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    label_answer_state(s->worker, picture_of(r), a);
}

void studio_post_segment(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    int width, height;
    if (picture_size(s, r, &width, &height, a))
        label_answer_segment(s->worker, picture_of(r), width, height, r, a);
}
