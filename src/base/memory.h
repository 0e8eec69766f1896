/* base/memory.h: how much memory there is, and how much this process has had. */
#ifndef FACET_BASE_MEMORY_H
#define FACET_BASE_MEMORY_H

#include <stddef.h>

/* Bytes that this process could still take without pushing others out: what the kernel calls available, and no more than
 * its control group leaves it. 0: nobody can tell. */
size_t memory_available(void);
/* The most bytes of this process that were in memory at a time, pages of mapped files among them. */
size_t memory_peak(void);

#endif
