#include "web/studio_private.h"

#include "pipeline/execution.h"
#include "web/retry.h"
#include "web/studio_json.h"

#include <stdlib.h>
#include <string.h>

enum { LIVE_MS = 700 };

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

void studio_get_live(void *user, const WebRequest *r, WebAnswer *a)
{
    StudioRoom *room = studio_enter(user, r, a);
    if (!room)
        return;
    Live *live = calloc(1, sizeof *live);
    char *folder = strdup(gallery_folder(room->gallery));
    studio_leave(room);
    if (!live || !folder) {
        free(live);
        free(folder);
        web_answer_error(a, 500, "no memory for the live view");
        return;
    }
    *live = (Live){ .studio = user, .room = room, .folder = folder };
    web_answer_stream(a, (WebStream){ live_next, live_close, live, LIVE_MS });
}
