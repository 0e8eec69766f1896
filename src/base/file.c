#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- paths -------------------------------------------------------------------------------------- */

char *path_join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    char *out = NULL;
    const char *slash = n == 0 || folder[n - 1] == '/' ? "" : "/";
    if (asprintf(&out, "%s%s%s", folder, slash, name) < 0)
        return NULL;
    return out;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *path_ext(const char *path)
{
    const char *name = path_name(path);
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? dot : name + strlen(name);
}

char *path_stem(const char *path)
{
    const char *name = path_name(path);
    return strndup(name, (size_t)(path_ext(path) - name));
}

bool path_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool path_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- reading ------------------------------------------------------------------------------------ */

static bool read_all(int fd, uint8_t *to, size_t size, size_t *got, int *errnum)
{
    *got = 0;
    while (*got < size) {
        ssize_t n = read(fd, to + *got, size - *got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            *errnum = errno;
            return false;
        }
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return true;
}

/* Open a regular file for reading and say how large it is. The descriptor, or -1 with *err set. */
static int open_regular(const char *path, off_t *size, Err *err)
{
    /* O_NONBLOCK: opening a named pipe must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        err_set_errno(err, errno, "%s: cannot be opened", path);
        return -1;
    }
    struct stat st;
    if (fstat(fd, &st)) {
        err_set_errno(err, errno, "%s: cannot be examined", path);
        goto fail;
    }
    if (!S_ISREG(st.st_mode)) {
        err_set(err, ERR_INPUT, "%s: %s, but a file is needed", path,
                S_ISDIR(st.st_mode) ? "this is a folder" : "this is not a regular file");
        goto fail;
    }
    *size = st.st_size;
    return fd;
fail:
    close(fd);
    return -1;
}

bool file_read(const char *path, size_t max_bytes, uint8_t **data, size_t *size, Err *err)
{
    *data = NULL;
    *size = 0;
    off_t on_disk;
    int fd = open_regular(path, &on_disk, err);
    if (fd < 0)
        return false;
    if ((uint64_t)on_disk > max_bytes) {
        err_set(err, ERR_INPUT, "%s: has %lld bytes; at most %zu are accepted here", path, (long long)on_disk,
                max_bytes);
        goto fail;
    }
    size_t want = (size_t)on_disk;
    *data = malloc(want + 1);
    if (!*data) {
        err_set(err, ERR_NOMEM, "%s: no memory for its %zu bytes", path, want);
        goto fail;
    }
    int errnum = 0;
    if (!read_all(fd, *data, want, size, &errnum)) {
        err_set_errno(err, errnum, "%s: cannot be read", path);
        goto fail;
    }
    (*data)[*size] = '\0';
    close(fd);
    return true;
fail:
    free(*data);
    *data = NULL;
    *size = 0;
    close(fd);
    return false;
}

bool file_map(FileMap *map, const char *path, Err *err)
{
    *map = (FileMap){ 0 };
    off_t size;
    int fd = open_regular(path, &size, err);
    if (fd < 0)
        return false;
    bool ok = true;
    if (size > 0) {
        void *at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = at != MAP_FAILED;
        if (ok)
            *map = (FileMap){ .data = at, .size = (size_t)size };
        else
            err_set_errno(err, errno, "%s: its %lld bytes cannot be mapped into memory", path,
                          (long long)size);
    }
    close(fd);
    return ok;
}

void file_unmap(FileMap *map)
{
    if (map->data)
        munmap((void *)map->data, map->size);
    *map = (FileMap){ 0 };
}

/* ---- writing ------------------------------------------------------------------------------------ */

/* A name in the same folder that no other thread or process uses. */
static char *temporary_name(const char *path)
{
    static atomic_uint counter;
    const char *name = path_name(path);
    char *out = NULL;
    if (asprintf(&out, "%.*s.tmp-%ld-%u%s", (int)(name - path), path, (long)getpid(),
                 atomic_fetch_add(&counter, 1), path_ext(path)) < 0)
        return NULL;
    return out;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool file_write(const char *path, const void *data, size_t size, Err *err)
{
    char *tmp = temporary_name(path);
    if (!tmp)
        return err_set(err, ERR_NOMEM, "%s: no memory to write it", path);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        err_set_errno(err, errno, "%s: cannot be written", path);
        free(tmp);
        return false;
    }
    bool ok = write_all(fd, data, size) && fsync(fd) == 0;
    int errnum = errno;
    if (close(fd) && ok) {
        ok = false;
        errnum = errno;
    }
    if (ok && rename(tmp, path)) {
        ok = false;
        errnum = errno;
    }
    if (!ok) {
        unlink(tmp);
        err_set_errno(err, errnum, "%s: cannot be written", path);
    }
    free(tmp);
    return ok;
}

bool file_move(const char *from, const char *to, Err *err)
{
    return rename(from, to) == 0 || err_set_errno(err, errno, "%s: cannot be moved to %s", from, to);
}

bool folder_make(const char *path, Err *err)
{
    char *p = strdup(path);
    if (!p)
        return err_set(err, ERR_NOMEM, "%s: no memory", path);
    bool ok = true;
    for (char *s = p + 1; ok; s++) {
        char c = *s;
        if (c != '/' && c != '\0')
            continue;
        *s = '\0';
        if (mkdir(p, 0777) && errno != EEXIST) {
            err_set_errno(err, errno, "%s: the folder cannot be made", p);
            ok = false;
        } else if (!path_is_folder(p)) {
            err_set(err, ERR_IO,
                    "%s: is a file where a folder is needed; move it away or choose another folder", p);
            ok = false;
        }
        *s = c;
        if (c == '\0')
            break;
    }
    free(p);
    return ok;
}

void folder_sweep(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));)
        if (!strncmp(e->d_name, ".tmp-", 5))
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
}

static bool remove_at(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return false;
    }
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            ok = remove_at(fd, e->d_name);
    closedir(d);
    return ok && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

bool folder_remove(const char *path, Err *err)
{
    if (remove_at(AT_FDCWD, path))
        return true;
    return err_set_errno(err, errno, "%s: cannot be removed", path);
}

bool folder_list(const char *path, TextList *out, Err *err)
{
    *out = (TextList){ 0 };
    DIR *d = opendir(path);
    if (!d)
        return err_set_errno(err, errno, "%s: the folder cannot be read", path);
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(d));)
        ok = e->d_name[0] == '.' || text_list_add(out, e->d_name);
    closedir(d);
    if (!ok) {
        text_list_clear(out);
        return err_set(err, ERR_NOMEM, "%s: no memory to list it", path);
    }
    texts_sort(out->text, out->count);
    return true;
}

/* ---- copying ------------------------------------------------------------------------------------ */

/* The content of `from` into the new file `fd`, shared where the file system can share blocks. */
static bool copy_content(int in, int fd)
{
    if (ioctl(fd, FICLONE, in) == 0)
        return true;
    for (;;) {
        ssize_t n = copy_file_range(in, NULL, fd, NULL, 1u << 30, 0);
        if (n == 0)
            return true;
        if (n < 0)
            break;
    }
    if (lseek(in, 0, SEEK_SET) < 0 || lseek(fd, 0, SEEK_SET) < 0 || ftruncate(fd, 0))
        return false;
    uint8_t buffer[1 << 16];
    for (;;) {
        size_t got;
        int errnum;
        if (!read_all(in, buffer, sizeof buffer, &got, &errnum)) {
            errno = errnum;
            return false;
        }
        if (got == 0)
            return true;
        if (!write_all(fd, buffer, got))
            return false;
    }
}

bool file_copy(const char *from, const char *to, Err *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return err_set_errno(err, errno, "%s: cannot be opened", from);
    char *tmp = temporary_name(to);
    int fd = tmp ? open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
    if (fd < 0) {
        err_set_errno(err, errno, "%s: cannot be written", to);
        free(tmp);
        close(in);
        return false;
    }
    bool ok = copy_content(in, fd) && fsync(fd) == 0;
    int errnum = errno;
    close(in);
    if (close(fd) && ok) {
        ok = false;
        errnum = errno;
    }
    if (ok && rename(tmp, to)) {
        ok = false;
        errnum = errno;
    }
    if (!ok) {
        unlink(tmp);
        err_set_errno(err, errnum, "%s: cannot be copied to %s", from, to);
    }
    free(tmp);
    return ok;
}

/* Two names of one file. */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool file_link_or_copy(const char *from, const char *to, Err *err)
{
    if (same_file(from, to))
        return true; /* linked by an earlier run */
    char *tmp = temporary_name(to);
    if (!tmp)
        return err_set(err, ERR_NOMEM, "%s: no memory to copy it", from);
    bool linked = link(from, tmp) == 0 && rename(tmp, to) == 0;
    unlink(tmp);
    free(tmp);
    return linked || file_copy(from, to, err);
}
