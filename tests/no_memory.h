/* tests/no_memory.h: memory that runs out at a chosen moment.
 *
 * The allocations of facet come here by the linker's --wrap (no_memory_args in tests/meson.build), those of jansson by
 * its own hook. jansson drops a letter of a token in silence when its buffer cannot grow, so of its allocations only the
 * lack of a crash and a leak counts. */
#ifndef FACET_TESTS_NO_MEMORY_H
#define FACET_TESTS_NO_MEMORY_H

#include "base/err.h"

/* Have jansson's allocations counted too: once, before all else. */
void memory_watch(void);

/* Count allocations from 0 again, and let number `call` fail; -1: none. */
void memory_fails_at(long call);
/* True when there were fewer allocations. From here on none fails. */
bool memory_suffices(void);

/* Call fn with allocation 0, 1, 2, ... failing, until none is left to fail. It must fail with ERR_NOMEM each time and
 * work at last. */
void memory_fail_each(bool (*fn)(void *user, Err *err), void *user);

#endif
