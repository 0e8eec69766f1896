#include "web/studio_private.h"

#include "base/pool.h"
#include "pipeline/step.h"
#include "web/label_segment.h"
#include "web/mask_runs.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL_BODY = 64 << 10 };

/* ---- rooms ---------------------------------------------------------------------------------------- */

StudioRoom *studio_enter_room(Studio *s, const WebRequest *r, bool refresh, WebAnswer *a)
{
    size_t number = (size_t)r->param[0].number;
    Err err = { 0 };
    StudioRoom *room = NULL;
    char *folder = NULL;
    pthread_mutex_lock(&s->lock);
    if (number < s->list.count && number < STUDIO_ROOMS && (folder = strdup(s->list.info[number].folder)) &&
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

StudioRoom *studio_enter(Studio *s, const WebRequest *r, WebAnswer *a)
{
    return studio_enter_room(s, r, true, a);
}

void studio_leave(StudioRoom *room)
{
    pthread_mutex_unlock(&room->lock);
}

long studio_item(const StudioRoom *room, long item, WebAnswer *a)
{
    if (item >= 0 && (size_t)item < gallery_count(room->gallery))
        return item;
    web_answer_error(a, 404, "there is no such image");
    return -1;
}

/* ---- the studio ----------------------------------------------------------------------------------- */

static const WebRoute routes[] = {
    { WEB_GET, "/api/executions", 0, true, studio_get_executions },
    { WEB_GET, "/api/execution/{number}", 0, true, studio_get_summary },
    { WEB_GET, "/api/execution/{number}/items", 0, true, studio_get_items },
    { WEB_GET, "/api/execution/{number}/item/{number}", 0, true, studio_get_item },
    { WEB_GET, "/api/execution/{number}/image/{number}", 0, false, studio_get_image },
    { WEB_GET, "/api/execution/{number}/thumbnail/{number}", 0, true, studio_get_thumbnail },
    { WEB_GET, "/api/execution/{number}/shapes", 0, true, studio_get_shapes },
    { WEB_GET, "/api/execution/{number}/failures", 0, true, studio_get_failures },
    { WEB_GET, "/api/execution/{number}/live", 0, true, studio_get_live },
    { WEB_POST, "/api/execution/{number}/decide", SMALL_BODY, true, studio_post_decide },
    { WEB_POST, "/api/execution/{number}/undo", SMALL_BODY, true, studio_post_undo },
    { WEB_POST, "/api/execution/{number}/mask/{number}", MASK_RUNS_MAX_BYTES, true, studio_post_mask },
    { WEB_POST, "/api/execution/{number}/look/{number}", SMALL_BODY, true, studio_post_look },
    { WEB_GET, "/api/execution/{number}/look/{number}", 0, false, studio_get_look },
    { WEB_POST, "/api/execution/{number}/segment/{number}", LABEL_PROMPT_MAX_BYTES, true,
      studio_post_segment },
    { WEB_POST, "/api/execution/{number}/retry", SMALL_BODY, true, studio_post_retry },
    { WEB_POST, "/api/execution/{number}/export", SMALL_BODY, true, studio_post_export },
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
        .segmenter = config->segmenter, .role = config->role, .load = studio_load_picture, .user = s
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
    for (size_t i = 0; i < STUDIO_ROOMS; i++)
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
