/* web/jobs.h: handlers on threads, so that those that take long do not keep the quick ones waiting. */
#ifndef FACET_WEB_JOBS_H
#define FACET_WEB_JOBS_H

#include <stdbool.h>

typedef struct Job {
    void (*run)(struct Job *job, bool cancelled); /* cancelled: the queue ends before its turn came */
    struct Job *next;                             /* the queue's */
} Job;

typedef struct JobQueue JobQueue;

/* NULL when no thread can be started. */
JobQueue *jobs_open(int threads);
/* The job must live until it has run. From any thread. */
void jobs_push(JobQueue *q, Job *job);
/* Cancel what has not begun and whatever is pushed from now on, at once and on the pusher's thread; wait for the rest. */
void jobs_cancel(JobQueue *q);
/* After jobs_cancel(). NULL is fine. */
void jobs_close(JobQueue *q);

#endif
