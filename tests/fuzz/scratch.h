/* A file for parsers that take a path: in memory, one for each process. */
#ifndef FACET_TESTS_FUZZ_SCRATCH_H
#define FACET_TESTS_FUZZ_SCRATCH_H

#include "touch.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_path[128];

static inline void scratch_remove(void)
{
    Err err = { 0 };
    if (!folder_remove(scratch_path, &err))
        abort();
}

/* The folder, made at the first call and removed at the end. */
static inline const char *scratch_folder(void)
{
    Err err = { 0 };
    if (!scratch_path[0]) {
        snprintf(scratch_path, sizeof scratch_path, "/dev/shm/facet-fuzz-%d", getpid());
        if (!folder_make(scratch_path, &err))
            abort();
        atexit(scratch_remove);
    }
    return scratch_path;
}

/* Write a file there; its path stays valid until the next call. */
static inline const char *scratch_write(const char *name, const uint8_t *data, size_t size)
{
    static char path[192];
    snprintf(path, sizeof path, "%s/%s", scratch_folder(), name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        abort();
    return path;
}

#endif
