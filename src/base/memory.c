#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* The number behind `label` in a small file of the kernel; "" is the file's first word. False where there is none. */
static bool kernel_number(const char *path, const char *label, unsigned long long *out)
{
    char line[256];
    size_t n = strlen(label);
    bool found = false;
    FILE *f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f))
        found = strncmp(line, label, n) == 0 && sscanf(line + n, "%llu", out) == 1;
    if (f)
        fclose(f);
    return found;
}

size_t memory_available(void)
{
    unsigned long long kib = 0, limit, used;
    if (!kernel_number("/proc/meminfo", "MemAvailable:", &kib))
        return 0;
    unsigned long long bytes = kib * 1024;
    /* "max" where the group has no limit, which is no number. */
    if (kernel_number("/sys/fs/cgroup/memory.max", "", &limit) &&
        kernel_number("/sys/fs/cgroup/memory.current", "", &used)) {
        unsigned long long left = limit > used ? limit - used : 1;
        bytes = left < bytes ? left : bytes;
    }
    return bytes;
}

size_t memory_peak(void)
{
    struct rusage use;
    return getrusage(RUSAGE_SELF, &use) == 0 ? (size_t)use.ru_maxrss * 1024 : 0;
}

void memory_keep_freed(void)
{
#ifdef __GLIBC__
    enum {
        LARGEST = 32 << 20,
        KEPT = 64 << 20
    }; /* blocks above LARGEST always come from the system; glibc allows no more */
    mallopt(M_MMAP_THRESHOLD, LARGEST);
    mallopt(M_TRIM_THRESHOLD, KEPT);
#endif
}
