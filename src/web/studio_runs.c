#include "web/studio_private.h"

#include "pipeline/execution.h"
#include "web/curation.h"
#include "web/retry.h"

#include <stdlib.h>
#include <string.h>

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

void studio_post_retry(void *user, const WebRequest *r, WebAnswer *a)
{
    json_t *o = web_request_json(r, a);
    json_int_t step = json_integer_value(json_object_get(o, "step"));
    if (o && (step < 0 || step > 7))
        web_answer_error(a, 400, "step: is a number from 1 to 7, or 0 to go on");
    else if (o) {
        StudioRoom *room = studio_enter(user, r, a);
        if (room) {
            retry(user, room, (int)step, a);
            studio_leave(room);
        }
    }
    json_decref(o);
}

/* ---- exports -------------------------------------------------------------------------------------- */

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
    StudioRoom *room = studio_enter(s, r, a);
    if (!room)
        return;
    Curation c;
    Err err = { 0 };
    bool taken = curation_init(&c, room->gallery, room->review,
                               json_is_true(json_object_get(o, "without_needs_work")), &err);
    studio_leave(room);
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

void studio_post_export(void *user, const WebRequest *r, WebAnswer *a)
{
    json_t *o = web_request_json(r, a);
    if (o)
        export_curated(user, r, o, a);
    json_decref(o);
}
