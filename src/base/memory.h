/* base/memory.h: how much memory there is, how much this process has had, and what becomes of what it frees. */
#ifndef FACET_BASE_MEMORY_H
#define FACET_BASE_MEMORY_H

#include <stddef.h>

/* Bytes that this process could still take without pushing others out: what the kernel calls available, and no more than
 * its control group leaves it. 0: nobody can tell. */
size_t memory_available(void);
/* The most bytes of this process that were in memory at a time, pages of mapped files among them. */
size_t memory_peak(void);

/* Keep what is freed for the next allocation, up to 64 MB a heap, instead of giving it back to the system. For programs that make
 * pictures all the time, at their start: a page that the system gives out costs more than most of what is done with it (of an image
 * of 1024 x 1024 pixels in step 7, 2 ms of 20). */
void memory_keep_freed(void);

#endif
