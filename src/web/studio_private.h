/* web/studio_private.h: what the files studio*.c share; the routes are in studio.c, what they answer in the others. */
#ifndef FACET_WEB_STUDIO_PRIVATE_H
#define FACET_WEB_STUDIO_PRIVATE_H

#include "web/execution_list.h"
#include "web/label_worker.h"
#include "web/report_renewer.h"
#include "web/studio.h"
#include "web/studio_room.h"
#include "web/thumbnails.h"

#include <pthread.h>
#include <stdatomic.h>

enum { STUDIO_ROOMS = 4096 }; /* executions */

struct Studio {
    StudioConfig config;
    pthread_mutex_t lock; /* of the list and of `rooms` as an array */
    ExecutionList list;
    StudioRoom *rooms[STUDIO_ROOMS]; /* made when somebody first looks; they stay */
    Thumbnails *thumbnails;
    LabelWorker *worker; /* NULL without a segmenter */
    ReportRenewer *renewer;
    atomic_bool stop;
};

/* The execution that the path names, with its lock held and, when `refresh` says so, what changed taken in. NULL when *a is
 * answered. */
StudioRoom *studio_enter_room(Studio *s, const WebRequest *r, bool refresh, WebAnswer *a);
/* The same, refreshed. */
StudioRoom *studio_enter(Studio *s, const WebRequest *r, WebAnswer *a);
void studio_leave(StudioRoom *room);

/* The image that the path names, or -1 with *a answered. */
long studio_item(const StudioRoom *room, long item, WebAnswer *a);

/* The picture with the number of the worker's, for the segmenter: LabelWorkerConfig.load, where `user` is the studio. */
bool studio_load_picture(void *user, uint64_t picture, Image *rgb, Err *err);

/* studio_look.c: looking at executions and their images. */
void studio_get_executions(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_summary(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_shapes(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_failures(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_items(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_item(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_image(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_thumbnail(void *user, const WebRequest *r, WebAnswer *a);

/* studio_decide.c: decisions about images. */
void studio_post_decide(void *user, const WebRequest *r, WebAnswer *a);
void studio_post_undo(void *user, const WebRequest *r, WebAnswer *a);

/* studio_correct.c: correcting an image's label, by hand or with the segmenter. */
void studio_post_mask(void *user, const WebRequest *r, WebAnswer *a);
void studio_post_look(void *user, const WebRequest *r, WebAnswer *a);
void studio_get_look(void *user, const WebRequest *r, WebAnswer *a);
void studio_post_segment(void *user, const WebRequest *r, WebAnswer *a);

/* studio_runs.c: running an execution again, and exporting it. */
void studio_post_retry(void *user, const WebRequest *r, WebAnswer *a);
void studio_post_export(void *user, const WebRequest *r, WebAnswer *a);

/* studio_live.c: the live view of an execution. */
void studio_get_live(void *user, const WebRequest *r, WebAnswer *a);

#endif
