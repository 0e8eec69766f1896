#include "pipeline/journal.h"

#include "base/file.h"
#include "base/rng.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A journal of a million items has about 200 MB; more than this is no journal of ours. */
#define MAX_BYTES ((size_t)2 << 30)
#define STEPS     8

/* Texts live in chunks that are freed together. */
typedef struct Chunk {
    struct Chunk *next;
    size_t used;
    char text[65536 - 16];
} Chunk;

struct Journal {
    pthread_mutex_t lock;
    char *path;
    int fd;
    JournalEntry *entries; /* open addressing; item NULL is a free place */
    size_t capacity, used, total;
    Chunk *chunks;
};

/* ---- the table ---------------------------------------------------------------------------------- */

static const char *keep_text(Journal *j, const char *text)
{
    if (!text)
        return NULL;
    size_t n = strlen(text) + 1;
    if (n > sizeof j->chunks->text)
        n = sizeof j->chunks->text; /* nothing we write is this long */
    if (!j->chunks || sizeof j->chunks->text - j->chunks->used < n) {
        Chunk *c = malloc(sizeof *c);
        if (!c)
            return NULL;
        c->next = j->chunks;
        c->used = 0;
        j->chunks = c;
    }
    char *to = j->chunks->text + j->chunks->used;
    memcpy(to, text, n - 1);
    to[n - 1] = '\0';
    j->chunks->used += n;
    return to;
}

static JournalEntry *place_of(JournalEntry *entries, size_t capacity, int step, const char *item)
{
    size_t i = (size_t)seed_derive_text((uint64_t)step, "journal", item) & (capacity - 1);
    while (entries[i].item && (entries[i].step != step || strcmp(entries[i].item, item) != 0))
        i = (i + 1) & (capacity - 1);
    return &entries[i];
}

static bool grow(Journal *j)
{
    size_t capacity = j->capacity ? j->capacity * 2 : 1024;
    JournalEntry *entries = calloc(capacity, sizeof *entries);
    if (!entries)
        return false;
    for (size_t i = 0; i < j->capacity; i++)
        if (j->entries[i].item)
            *place_of(entries, capacity, j->entries[i].step, j->entries[i].item) = j->entries[i];
    free(j->entries);
    j->entries = entries;
    j->capacity = capacity;
    return true;
}

static bool table_put(Journal *j, const JournalEntry *entry)
{
    if (j->used * 4 >= j->capacity * 3 && !grow(j))
        return false;
    JournalEntry *place = place_of(j->entries, j->capacity, entry->step, entry->item);
    const char *item = place->item ? place->item : keep_text(j, entry->item);
    if (!item)
        return false;
    j->used += !place->item;
    j->total++;
    *place = *entry;
    place->item = item;
    place->note = keep_text(j, entry->note);
    place->error = keep_text(j, entry->error);
    place->time = keep_text(j, entry->time);
    return true;
}

/* ---- lines -------------------------------------------------------------------------------------- */

/* Take one line in. False when it is not a journal line. */
static bool read_line(Journal *j, const char *line, size_t n)
{
    json_t *o = json_loadb(line, n, 0, NULL);
    if (!json_is_object(o)) {
        json_decref(o);
        return false;
    }
    json_int_t step = json_integer_value(json_object_get(o, "step"));
    const char *item = json_string_value(json_object_get(o, "item"));
    const char *key = json_string_value(json_object_get(o, "key"));
    bool good = step >= 1 && step < STEPS;
    if (good && item && *item && key) {
        JournalEntry e = {
            .step = (int)step,
            .item = item,
            .key = strtoull(key, NULL, 16),
            .ok = json_is_true(json_object_get(o, "ok")),
            .attempts = (int)json_integer_value(json_object_get(o, "attempts")),
            .ms = json_number_value(json_object_get(o, "ms")),
            .note = json_string_value(json_object_get(o, "note")),
            .error = json_string_value(json_object_get(o, "error")),
            .time = json_string_value(json_object_get(o, "time")),
        };
        good = table_put(j, &e);
    } else
        good = false;
    json_decref(o);
    return good;
}

static bool read_file(Journal *j, const Log *log, Err *err)
{
    uint8_t *data;
    size_t size;
    if (!path_exists(j->path))
        return true;
    if (!file_read(j->path, MAX_BYTES, &data, &size, err))
        return false;
    size_t bad = 0;
    for (size_t at = 0; at < size;) {
        const char *line = (const char *)data + at;
        const char *end = memchr(line, '\n', size - at);
        size_t n = end ? (size_t)(end - line) : size - at;
        bool cut = !end; /* the last line of a killed process: its item is simply not done */
        if (n && !read_line(j, line, n) && !cut)
            bad++;
        at += n + 1;
    }
    /* Of an earlier cut line, closed by the open after it, one is normal; it is not worth a warning. */
    if (bad > 1)
        log_warn(log, "%s: %zu lines are not journal lines and are skipped; their items will be made again",
                 j->path, bad);
    bool open_line = size && data[size - 1] != '\n';
    free(data);
    if (open_line && write(j->fd, "\n", 1) != 1)
        return err_set_errno(err, errno, "%s: cannot be written", j->path);
    return true;
}

static void add_json_text(Str *line, const char *name, const char *text)
{
    json_t *s = json_stringn_nocheck(text, strlen(text));
    char *dump = s ? json_dumps(s, JSON_ENCODE_ANY) : NULL;
    if (dump)
        str_printf(line, ",\"%s\":%s", name, dump);
    else /* not UTF-8: it is only for people to read */
        str_printf(line, ",\"%s\":\"(unreadable)\"", name);
    free(dump);
    json_decref(s);
}

static bool write_line(Journal *j, Str *line, Err *err)
{
    str_add_char(line, '\n');
    if (line->failed)
        return err_set(err, ERR_NOMEM, "%s: no memory for a line", j->path);
    ssize_t n = write(j->fd, line->s, line->len);
    if (n == (ssize_t)line->len)
        return true;
    if (n < 0)
        return err_set_errno(err, errno, "%s: cannot be written", j->path);
    return err_set_errno(err, ENOSPC, "%s: cannot be written", j->path);
}

/* ---- the journal -------------------------------------------------------------------------------- */

Journal *journal_open(const char *path, const Log *log, Err *err)
{
    Journal *j = calloc(1, sizeof *j);
    if (!j) {
        err_set(err, ERR_NOMEM, "%s: no memory to open it", path);
        return NULL;
    }
    pthread_mutex_init(&j->lock, NULL);
    j->path = strdup(path);
    j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (!j->path || j->fd < 0)
        err_set_errno(err, j->path ? errno : ENOMEM, "%s: cannot be opened", path);
    else if (!grow(j))
        err_set(err, ERR_NOMEM, "%s: no memory to open it", path);
    else if (read_file(j, log, err))
        return j;
    journal_close(j);
    return NULL;
}

void journal_close(Journal *j)
{
    if (!j)
        return;
    if (j->fd >= 0)
        close(j->fd);
    for (Chunk *c = j->chunks; c;) {
        Chunk *next = c->next;
        free(c);
        c = next;
    }
    pthread_mutex_destroy(&j->lock);
    free(j->entries);
    free(j->path);
    free(j);
}

const JournalEntry *journal_find(Journal *j, int step, const char *item)
{
    pthread_mutex_lock(&j->lock);
    JournalEntry *e = place_of(j->entries, j->capacity, step, item);
    pthread_mutex_unlock(&j->lock);
    return e->item ? e : NULL;
}

bool journal_append(Journal *j, const JournalEntry *e, Err *err)
{
    Str line = { 0 };
    str_printf(&line, "{\"step\":%d", e->step);
    add_json_text(&line, "item", e->item);
    str_printf(&line, ",\"key\":\"%016" PRIx64 "\",\"ok\":%s,\"attempts\":%d,\"ms\":%.1f", e->key,
               e->ok ? "true" : "false", e->attempts, e->ms);
    if (e->note)
        add_json_text(&line, "note", e->note);
    if (e->error)
        add_json_text(&line, "error", e->error);
    if (e->time)
        add_json_text(&line, "time", e->time);
    str_add_char(&line, '}');
    pthread_mutex_lock(&j->lock);
    bool ok = write_line(j, &line, err);
    if (ok && !table_put(j, e))
        ok = err_set(err, ERR_NOMEM, "%s: no memory for another item", j->path);
    pthread_mutex_unlock(&j->lock);
    str_clear(&line);
    return ok;
}

size_t journal_count(const Journal *j)
{
    return j->total;
}
