/* parallel.c: one piece of work on several threads: the only file that knows OpenMP's threads. */
#include <omp.h>

#include "tensor/cpu/cpu.h"

typedef struct {
    void (*work)(void *user, size_t item, size_t thread);
    void *user;
    size_t items, next;
    int entered; /* these two only tell the thread sanitizer, which does not see OpenMP's own, what comes after what */
    int left;
} Job;

static __attribute__((noinline)) void take_items(Job *job, size_t thread)
{
    (void)__atomic_load_n(&job->entered, __ATOMIC_ACQUIRE);
    for (;;) {
        size_t item = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);
        if (item >= job->items)
            break;
        job->work(job->user, item, thread);
    }
    __atomic_fetch_add(&job->left, 1, __ATOMIC_RELEASE);
}

/* What the compiler shares between threads here is its own business: not for the sanitizer to see. */
static __attribute__((noinline, no_sanitize("thread"))) void fork_threads(Job *job, int threads)
{
#pragma omp parallel num_threads(threads)
    take_items(job, (size_t)omp_get_thread_num());
}

void cpu_each(OpCtx *c, size_t items, bool parallel, void (*work)(void *user, size_t item, size_t thread),
              void *user)
{
    if (!parallel || c->threads == 1 || items < 2) {
        for (size_t i = 0; i < items; i++)
            work(user, i, 0);
        return;
    }
    Job job = { .work = work, .user = user, .items = items };
    __atomic_store_n(&job.entered, 1, __ATOMIC_RELEASE);
    fork_threads(&job, c->threads);
    (void)__atomic_load_n(&job.left, __ATOMIC_ACQUIRE);
}

typedef struct {
    void (*work)(void *user, size_t first, size_t last);
    void *user;
    size_t count, size;
} Ranges;

static void one_range(void *user, size_t item, size_t thread)
{
    const Ranges *r = user;
    size_t first = item * r->size, last = first + r->size;
    (void)thread;
    r->work(r->user, first, last < r->count ? last : r->count);
}

void cpu_ranges(OpCtx *c, size_t count, size_t grain, void (*work)(void *user, size_t first, size_t last),
                void *user)
{
    /* Some pieces more than threads: one that is held up elsewhere does not hold up all. */
    size_t pieces = 4 * (size_t)c->threads, size = (count + pieces - 1) / pieces;
    if (c->threads == 1 || count <= grain) {
        work(user, 0, count);
        return;
    }
    Ranges r = { work, user, count, size < grain ? grain : size };
    cpu_each(c, (count + r.size - 1) / r.size, true, one_range, &r);
}
