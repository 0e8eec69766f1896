/* pipeline/progress.h: how a run tells how far it is. */
#ifndef FACET_PIPELINE_PROGRESS_H
#define FACET_PIPELINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Any function may be NULL. item() is called from worker threads, one at a time. */
typedef struct {
    /* Of `total` items of a step, `already` are there from an earlier run. */
    void (*step_begin)(void *user, int step, const char *title, size_t total, size_t already);
    /* done counts the `already` ones and the failed ones. */
    void (*item)(void *user, size_t done, size_t total, size_t failed);
    void (*step_end)(void *user, int step, size_t made, size_t failed, double ms, bool skipped);
    void *user;
} Progress;

#endif
