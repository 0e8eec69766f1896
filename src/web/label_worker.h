/* web/label_worker.h: one thread that has the segmenter. It looks at the picture that is open, in the background, and answers
 * the newest question about it; what is older is dropped. */
#ifndef FACET_WEB_LABEL_WORKER_H
#define FACET_WEB_LABEL_WORKER_H

#include "roles/segmenter.h"

#include <stdint.h>

typedef struct LabelWorker LabelWorker;

/* Borrowed until the stop. */
typedef struct {
    const Segmenter *segmenter;
    const RoleConfig *role; /* its `cancel` is not used: the worker has its own */
    /* Load the picture of this number, whatever that means to `user`, for the segmenter; called on the worker's thread. */
    bool (*load)(void *user, uint64_t picture, Image *rgb, Err *err);
    void *user;
} LabelWorkerConfig;

/* What became of a picture. */
typedef enum { LOOK_WAITING, LOOK_WORKING, LOOK_READY, LOOK_FAILED } LookState;

/* ERR_NOMEM. *out is NULL on failure. The segmenter is opened on the worker's thread; when that fails, every look does. */
bool label_worker_start(LabelWorker **out, const LabelWorkerConfig *config, Err *err)
    __attribute__((warn_unused_result));

/* This is the picture that is worked on: look at it, unless that is done or under way, and drop what is done for another. */
void label_worker_look(LabelWorker *w, uint64_t picture);

/* *why is filled when it is LOOK_FAILED. A picture that is not the open one is LOOK_WAITING. */
LookState label_worker_state(LabelWorker *w, uint64_t picture, Err *why);

/* Look at the picture if need be, then answer. Waits. ERR_CANCELLED: a question with a larger number was asked, or the worker
 * is being stopped; else the segmenter's errors. From any thread. */
bool label_worker_segment(LabelWorker *w, uint64_t picture, const SegmenterPrompt *prompt, int64_t question,
                          SegmenterAnswer *out, Err *err) __attribute__((warn_unused_result));

/* Cancel what is under way; every question is answered from then on. */
void label_worker_cancel(LabelWorker *w);
/* Cancel, wait, free. Nobody may be in a call. NULL is fine. */
void label_worker_stop(LabelWorker *w);

#endif
