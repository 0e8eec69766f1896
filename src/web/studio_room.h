/* web/studio_room.h: an execution that somebody looks at. */
#ifndef FACET_WEB_STUDIO_ROOM_H
#define FACET_WEB_STUDIO_ROOM_H

#include "web/gallery.h"
#include "web/gallery_query.h"
#include "web/review.h"

#include <pthread.h>
#include <sys/types.h>

enum { ROOM_SAMPLES = 32 };

/* Whoever uses the fields other than `lock` holds it. */
typedef struct StudioRoom StudioRoom;
struct StudioRoom {
    pthread_mutex_t lock;
    Gallery *gallery; /* NULL until somebody looks */
    Review *review;
    uint64_t review_version; /* grows with every decision */
    /* The last answer of gallery_query(), for the pages that follow. */
    char *query_key;
    uint32_t *found;
    size_t found_count;
    /* How many items the step under way had made, and when: for the rate. */
    struct {
        double ms;
        int step;
        size_t made;
    } sample[ROOM_SAMPLES];
    size_t samples;
    pid_t child; /* a run that this studio started; 0: none */
    /* Of the report renewer alone, under its own lock: is the execution's report to be built anew, and whose is next? */
    bool stale;
    StudioRoom *next_stale;
};

/* Open what is not open yet, and take in what changed. Called with the lock held. */
bool room_refresh(StudioRoom *room, const char *folder, Err *err) __attribute__((warn_unused_result));
void room_clear(StudioRoom *room);

/* The answer to a query, from the last one when `key` (the query as text) and nothing else changed. Borrowed from the room. */
bool room_query(StudioRoom *room, const char *key, const GalleryQuery *q, const uint32_t **out, size_t *count,
                Err *err) __attribute__((warn_unused_result));

/* Note how far the step is, and tell how fast it has been in the last half minute: items a second, 0 unknown. */
double room_rate(StudioRoom *room, int step, size_t made);

#endif
