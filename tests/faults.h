/* tests/faults.h: a disk that fills up, a file system that fails, a process that dies, at a chosen moment.
 *
 * faults.c has functions of the C library's names (open, write, fsync, rename, link, mkdir, ftruncate). A
 * test that is linked with it has its own calls and facet's go through them; for the program itself it is
 * built as libfaults.so, for LD_PRELOAD, and takes its orders from FACET_FAULT="full:120".
 *
 * Calls that change files are counted; writing to standard output and error is not. fsync() does not wait for
 * a disk, and nanosleep() does not sleep, so that a thousand runs take seconds. */
#ifndef FACET_TESTS_FAULTS_H
#define FACET_TESTS_FAULTS_H

typedef enum {
    FAULT_NONE,
    FAULT_KILL,   /* the process is killed; of a write, the first half is on the disk */
    FAULT_FULL,   /* from here on the disk is full: a first write is cut short, then ENOSPC */
    FAULT_BROKEN, /* this one call fails with EIO */
    FAULT_DENIED, /* from here on nothing may be created, renamed or opened for writing: EACCES */
} Fault;

/* Count from 0 again, and let the fault happen at call number `at`. */
void fault_set(Fault fault, long at);
/* Calls since then. */
long fault_calls(void);

#endif
