#include "web/studio_room.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "web/correction.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RATE_MS 30000.0

static bool open_review(StudioRoom *room, const char *folder, Err *err)
{
    char *path = path_join(folder, "review.jsonl");
    room->review = path ? review_open(path, err) : NULL;
    if (!path)
        err_set(err, ERR_NOMEM, "%s: no memory to open it", folder);
    free(path);
    return room->review != NULL;
}

bool room_refresh(StudioRoom *room, const char *folder, Err *err)
{
    if (!room->review && !open_review(room, folder, err))
        return false;
    if (!room->gallery) {
        Err later = { 0 };
        room->gallery = gallery_open(folder, err);
        /* What cannot be done now, because a run is at work or the disk is full, the next correction or step 6 does. */
        if (room->gallery && !corrections_settle(room->gallery, &later))
            err_clear(&later);
        return room->gallery != NULL;
    }
    size_t depth = review_depth(room->review);
    bool ok = gallery_refresh(room->gallery, err) && review_refresh(room->review, err);
    room->review_version += review_depth(room->review) != depth;
    return ok;
}

void room_clear(StudioRoom *room)
{
    gallery_close(room->gallery);
    review_close(room->review);
    free(room->query_key);
    free(room->found);
    room->gallery = NULL;
    room->review = NULL;
    room->query_key = NULL;
    room->found = NULL;
    room->found_count = 0;
}

bool room_query(StudioRoom *room, const char *key, const GalleryQuery *q, const uint32_t **out, size_t *count,
                Err *err)
{
    Str whole = { 0 };
    str_printf(&whole, "%" PRIu64 " %" PRIu64 " %s", gallery_version(room->gallery), room->review_version,
               key);
    bool known = room->query_key && !whole.failed && !strcmp(room->query_key, whole.s);
    bool ok = !whole.failed || err_set(err, ERR_NOMEM, "no memory to look for images");
    if (ok && !known) {
        free(room->found);
        free(room->query_key);
        room->query_key = NULL;
        ok = gallery_query(room->gallery, room->review, q, &room->found, &room->found_count, err);
        room->query_key = ok ? str_take(&whole) : NULL;
    }
    str_clear(&whole);
    *out = room->found;
    *count = ok ? room->found_count : 0;
    return ok;
}

double room_rate(StudioRoom *room, int step, size_t made)
{
    double now = clock_ms();
    size_t last = room->samples ? (room->samples - 1) % ROOM_SAMPLES : 0;
    if (room->samples && (room->sample[last].step != step || room->sample[last].made > made))
        room->samples = 0;
    if (!room->samples || now - room->sample[last].ms > RATE_MS / ROOM_SAMPLES) {
        size_t at = room->samples++ % ROOM_SAMPLES;
        room->sample[at].ms = now;
        room->sample[at].step = step;
        room->sample[at].made = made;
    }
    size_t first = room->samples > ROOM_SAMPLES ? room->samples - ROOM_SAMPLES : 0;
    while (first + 1 < room->samples && now - room->sample[first % ROOM_SAMPLES].ms > RATE_MS)
        first++;
    double ms = now - room->sample[first % ROOM_SAMPLES].ms;
    size_t more = made - room->sample[first % ROOM_SAMPLES].made;
    return ms >= 500 && more ? (double)more * 1000 / ms : 0;
}
