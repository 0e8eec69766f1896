/* pipeline/runner.h: make the items of a step. */
#ifndef FACET_PIPELINE_RUNNER_H
#define FACET_PIPELINE_RUNNER_H

#include "base/str.h"
#include "pipeline/journal.h"
#include "pipeline/progress.h"

#include <stdatomic.h>

/* One thing to make. */
typedef struct {
    char *name;   /* unique in its step; what the journal calls it */
    uint64_t key; /* hash of all that decides its content */
} WorkItem;

typedef enum { WORK_PENDING, WORK_DONE, WORK_FAILED } WorkStatus;

/* The items of a step, how to make one, and what became of each. An item is done when the journal says so
 * under the same key and its output is there; everything else is made. */
typedef struct {
    int step;
    const char *title;
    WorkItem *items;
    size_t count;
    int jobs;        /* threads */
    bool alone;      /* one item at a time: making one uses all threads */
    int max_retries; /* an item is tried max_retries + 1 times */
    bool once;       /* whoever makes an item tries again by itself: max_retries does not count */
    void *user;

    /* Called once before the first make and after the last one, and not at all when nothing is to be made:
     * here a step opens and closes the role it needs. Both may be NULL. */
    bool (*open)(void *user, Err *err);
    void (*close)(void *user);
    /* Is the item's output on disk? */
    bool (*present)(void *user, size_t index);
    /* Make it. `note` becomes the journal's note. ERR_IO and ERR_NOMEM end the step: the next item would fail
     * too. ERR_CANCELLED leaves the item as it was; any other error fails the item when the attempts are used
     * up. */
    bool (*make)(void *user, size_t index, int worker, Str *note, Err *err);
    /* Called now and then, never by two threads at once, so that the state on disk follows; may be NULL. */
    bool (*checkpoint)(void *user, Err *err);
    /* Limit the work to chosen items (retries); NULL: all. */
    const bool *chosen;

    /* Results; work_run() allocates status, work_clear() frees it. */
    _Atomic uint8_t *status; /* WorkStatus of each item */
    size_t made, kept, failed;
} Work;

typedef struct {
    Journal *journal;
    const Progress *progress;  /* may be NULL */
    const atomic_bool *cancel; /* may be NULL */
} RunnerEnv;

/* Make what is not done. False: the step was cancelled (ERR_CANCELLED) or cannot go on; what was made stays
 * made. True also when items failed: see work->failed. */
bool work_run(Work *work, const RunnerEnv *env, Err *err) __attribute__((warn_unused_result));

/* Free items and status. */
void work_clear(Work *work);
/* Allocate `count` empty items. */
bool work_alloc(Work *work, size_t count, Err *err) __attribute__((warn_unused_result));

static inline WorkStatus work_status(const Work *w, size_t i)
{
    return (WorkStatus)atomic_load_explicit(&w->status[i], memory_order_relaxed);
}

#endif
