#include "web/journal_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A longer line is none of ours. */
#define BUFFER ((size_t)1 << 20)

bool journal_tail_init(JournalTail *t, const char *path, Err *err)
{
    *t = (JournalTail){ .path = strdup(path) };
    return t->path || err_set(err, ERR_NOMEM, "%s: no memory to read it", path);
}

void journal_tail_clear(JournalTail *t)
{
    free(t->path);
    *t = (JournalTail){ 0 };
}

uint64_t journal_tail_end(const JournalTail *t)
{
    struct stat st;
    return stat(t->path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

/* 1: a journal line that was taken; 0: something else; -1: the reader wants to stop. */
static int read_line(const char *text, size_t n, bool (*line)(void *user, const JournalLine *line, Err *err),
                     void *user, Err *err)
{
    json_t *o = json_loadb(text, n, 0, NULL);
    json_int_t step = json_integer_value(json_object_get(o, "step"));
    JournalLine l = {
        .step = step >= 1 && step <= 7 ? (int)step : 0,
        .item = json_string_value(json_object_get(o, "item")),
        .note = json_string_value(json_object_get(o, "note")),
        .error = json_string_value(json_object_get(o, "error")),
        .time = json_string_value(json_object_get(o, "time")),
        .ok = json_is_true(json_object_get(o, "ok")),
        .ms = json_number_value(json_object_get(o, "ms")),
    };
    json_int_t attempts = json_integer_value(json_object_get(o, "attempts"));
    l.attempts = attempts > 0 && attempts < 1000000 ? (int)attempts : 1;
    bool good = l.step && l.item && *l.item && strlen(l.item) <= 4096;
    int result = !good ? 0 : line(user, &l, err) ? 1 : -1;
    json_decref(o);
    return result;
}

/* Take the whole lines of a buffer; *used is where the first incomplete one begins. */
static bool read_lines(const char *buffer, size_t size, size_t *used,
                       bool (*line)(void *user, const JournalLine *line, Err *err), void *user, size_t *lines,
                       Err *err)
{
    *used = 0;
    for (;;) {
        const char *from = buffer + *used, *end = memchr(from, '\n', size - *used);
        if (!end)
            return true;
        int taken = end > from ? read_line(from, (size_t)(end - from), line, user, err) : 0;
        if (taken < 0)
            return false;
        *lines += (size_t)taken;
        *used = (size_t)(end - buffer) + 1;
    }
}

static bool read_from(JournalTail *t, int fd, char *buffer, uint64_t end,
                      bool (*line)(void *user, const JournalLine *line, Err *err), void *user, size_t *lines,
                      Err *err)
{
    while (t->at < end) {
        size_t want = end - t->at < BUFFER ? (size_t)(end - t->at) : BUFFER;
        ssize_t n = pread(fd, buffer, want, (off_t)t->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(err, errno, "%s: cannot be read", t->path);
        size_t used;
        if (!read_lines(buffer, (size_t)n, &used, line, user, lines, err))
            return false;
        if (!used && (size_t)n < BUFFER)
            return true; /* a line that is still being written */
        t->at += used ? used : (size_t)n;
    }
    return true;
}

bool journal_tail_read(JournalTail *t, uint64_t end,
                       bool (*line)(void *user, const JournalLine *line, Err *err), void *user, size_t *lines,
                       Err *err)
{
    *lines = 0;
    /* O_NONBLOCK: a pipe of that name must not hold us. */
    int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0)
        return errno == ENOENT || err_set_errno(err, errno, "%s: cannot be read", t->path);
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (!ok) {
        close(fd);
        return err_set(err, ERR_INPUT, "%s: is no regular file", t->path);
    }
    if ((uint64_t)st.st_ino != t->inode || (uint64_t)st.st_size < t->at)
        t->at = 0;
    t->inode = (uint64_t)st.st_ino;
    char *buffer = t->at < end ? malloc(BUFFER) : NULL;
    if (buffer)
        ok = read_from(t, fd, buffer, end < (uint64_t)st.st_size ? end : (uint64_t)st.st_size, line, user,
                       lines, err);
    else if (t->at < end)
        ok = err_set(err, ERR_NOMEM, "%s: no memory to read it", t->path);
    free(buffer);
    close(fd);
    return ok;
}
