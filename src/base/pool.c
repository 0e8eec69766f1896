#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct {
    atomic_size_t next;
    atomic_bool stop;
    size_t items;
    bool (*fn)(void *user, size_t item, int worker);
    void *user;
} Shared;

typedef struct {
    Shared *shared;
    int worker;
} Worker;

static void *work(void *arg)
{
    Worker *w = arg;
    Shared *s = w->shared;
    while (!atomic_load(&s->stop)) {
        size_t item = atomic_fetch_add(&s->next, 1);
        if (item >= s->items)
            break;
        if (!s->fn(s->user, item, w->worker))
            atomic_store(&s->stop, true);
    }
    return NULL;
}

bool pool_run(int threads, size_t items, bool (*fn)(void *user, size_t item, int worker), void *user)
{
    Shared shared = { .items = items, .fn = fn, .user = user };
    if (threads < 1)
        threads = 1;
    if ((size_t)threads > items)
        threads = items ? (int)items : 1;
    Worker *workers = calloc((size_t)threads, sizeof *workers);
    pthread_t *ids = calloc((size_t)threads, sizeof *ids);
    if (!workers || !ids) {
        free(workers);
        free(ids);
        return false;
    }
    int started = 1;
    for (int i = 0; i < threads; i++)
        workers[i] = (Worker){ &shared, i };
    /* Fewer threads than asked for still do all the work. */
    for (; started < threads; started++)
        if (pthread_create(&ids[started], NULL, work, &workers[started]))
            break;
    work(&workers[0]);
    for (int i = 1; i < started; i++)
        pthread_join(ids[i], NULL);
    free(workers);
    free(ids);
    return !atomic_load(&shared.stop);
}

int pool_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}
