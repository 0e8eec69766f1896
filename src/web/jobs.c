/* web/jobs.c: one queue, first come first served, a few threads. */
#include "web/jobs.h"

#include <pthread.h>
#include <stdlib.h>

struct JobQueue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    Job *head, **tail;
    bool ending;
    int threads;
    pthread_t thread[];
};

static Job *take(JobQueue *q)
{
    Job *job = q->head;
    if (job && !(q->head = job->next))
        q->tail = &q->head;
    return job;
}

static void *work(void *arg)
{
    JobQueue *q = arg;
    pthread_mutex_lock(&q->lock);
    while (!q->ending) {
        Job *job = take(q);
        if (!job) {
            pthread_cond_wait(&q->filled, &q->lock);
            continue;
        }
        pthread_mutex_unlock(&q->lock);
        job->run(job, false);
        pthread_mutex_lock(&q->lock);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

JobQueue *jobs_open(int threads)
{
    JobQueue *q = calloc(1, sizeof *q + (size_t)threads * sizeof q->thread[0]);
    if (!q)
        return NULL;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, NULL);
    q->tail = &q->head;
    while (q->threads < threads && pthread_create(&q->thread[q->threads], NULL, work, q) == 0)
        q->threads++;
    if (q->threads == 0) {
        jobs_close(q);
        return NULL;
    }
    return q;
}

void jobs_push(JobQueue *q, Job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&q->lock);
    bool ending = q->ending;
    if (!ending) {
        *q->tail = job;
        q->tail = &job->next;
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    if (ending)
        job->run(job, true);
}

void jobs_cancel(JobQueue *q)
{
    pthread_mutex_lock(&q->lock);
    q->ending = true;
    Job *left = q->head;
    q->head = NULL;
    q->tail = &q->head;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
    while (left) {
        Job *job = left;
        left = job->next; /* run() may free it */
        job->run(job, true);
    }
    for (int i = 0; i < q->threads; i++)
        pthread_join(q->thread[i], NULL);
    q->threads = 0;
}

void jobs_close(JobQueue *q)
{
    if (!q)
        return;
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->filled);
    free(q);
}
