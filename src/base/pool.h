/* base/pool.h: many independent items over a few threads. */
#ifndef FACET_BASE_POOL_H
#define FACET_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* Call fn(user, item, worker) for every item below `items`, on `threads` threads (the caller's is one of
 * them; 1 means no thread is started). Items are handed out in order, one at a time; `worker` is below
 * `threads`, so that per-thread scratch can be an array. fn returns false to stop: no further item is
 * handed out, those under way finish. Returns false when some fn did or when no thread could be started. */
bool pool_run(int threads, size_t items, bool (*fn)(void *user, size_t item, int worker), void *user);

/* Number of processors this process may use, at least 1. */
int pool_cpus(void);

#endif
