/* The names open and open64 are both defined here, so they must not be mapped to each other. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static Fault fault;
static long fault_at;
static atomic_long calls;

void fault_set(Fault f, long at)
{
    fault = f;
    fault_at = at;
    calls = 0;
}

long fault_calls(void)
{
    return calls;
}

__attribute__((constructor)) static void take_orders(void)
{
    static const char *const names[] = { "none", "kill", "full", "broken", "denied" };
    const char *order = getenv("FACET_FAULT"), *colon = order ? strchr(order, ':') : NULL;
    for (int i = FAULT_KILL; colon && i <= FAULT_DENIED; i++)
        if (!strncmp(order, names[i], strlen(names[i])))
            fault_set((Fault)i, atol(colon + 1));
}

/* Count a call. True, with errno set, when it is to fail; `makes` says that it needs room on the disk,
 * `opens` that it needs a permission. */
static bool fails(bool makes, bool opens)
{
    long n = atomic_fetch_add(&calls, 1);
    if (fault == FAULT_NONE || n < fault_at)
        return false;
    if (fault == FAULT_KILL)
        kill(getpid(), SIGKILL);
    if (fault == FAULT_BROKEN) {
        errno = EIO;
        return n == fault_at;
    }
    errno = fault == FAULT_FULL ? ENOSPC : EACCES;
    return fault == FAULT_FULL ? makes : opens;
}

ssize_t write(int fd, const void *data, size_t n)
{
    if (fd <= STDERR_FILENO)
        return syscall(SYS_write, fd, data, n);
    bool here = calls == fault_at && n > 1 && (fault == FAULT_KILL || fault == FAULT_FULL);
    ssize_t half = here ? syscall(SYS_write, fd, data, n / 2) : 0;
    if (fails(true, false))
        return here ? half : -1;
    return syscall(SYS_write, fd, data, n);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    return fails(true, false) ? -1 : syscall(SYS_pwrite64, fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    return pwrite(fd, data, n, at);
}

static int open_with(const char *path, int flags, mode_t mode)
{
    bool fresh = (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    bool writes = flags & (O_CREAT | O_WRONLY | O_RDWR);
    if (writes && fails(fresh, true))
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* The C library has two names for it. */
#define OPEN(name)                                                \
    int name(const char *path, int flags, ...)                    \
    {                                                             \
        va_list args;                                             \
        va_start(args, flags);                                    \
        mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0; \
        va_end(args);                                             \
        return open_with(path, flags, mode);                      \
    }
OPEN(open)
OPEN(open64)

int fsync(int fd)
{
    (void)fd;
    return fails(true, false) ? -1 : 0;
}

int rename(const char *from, const char *to)
{
    return fails(false, true) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to)
{
    return fails(true, true) ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdir(const char *path, mode_t mode)
{
    struct stat st;
    bool fresh = stat(path, &st) != 0;
    return fresh && fails(true, true) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int ftruncate(int fd, off_t size)
{
    return fails(false, false) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

int nanosleep(const struct timespec *wait, struct timespec *left)
{
    (void)wait, (void)left;
    return 0;
}
