#include "web/review.h"

#include "base/clock.h"
#include "base/str.h"
#include "web/name_table.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer files are none of ours: a thousand decisions take some 100 KB. */
#define MAX_BYTES ((off_t)1 << 30)
#define BUFFER    ((size_t)1 << 20)

const char *const decision_names[DECISION_COUNT] = { "none", "keep", "drop", "needs_work" };

/* One image in one line, with what undoing has to bring back. */
typedef struct {
    int32_t item;
    Decision before;
} Change;

/* A line that was not taken back: changes[first] to the next one's first. */
typedef struct {
    size_t first;
    Decision decision;
    const char *corrected;
} Deed;

struct Review {
    char *path;
    off_t at;            /* bytes read */
    NameTable names;     /* space: the step */
    Decision *decisions; /* [names.count] */
    size_t decision_room;
    Change *changes;
    size_t change_count, change_room;
    Deed *deeds;
    size_t deed_count, deed_room;
};

Decision decision_of_name(const char *name)
{
    Decision d = DECISION_NONE;
    while (d < DECISION_COUNT && strcmp(decision_names[d], name) != 0)
        d++;
    return d;
}

static bool no_memory(const Review *r, Err *err)
{
    return err_set(err, ERR_NOMEM, "%s: no memory for the decisions", r->path);
}

/* The array with room for element `count`, where it may have moved, and zeroes in what is added; NULL: no memory, and it stays
 * as it was. */
static void *with_room(void *array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return array;
    size_t more = *room ? *room * 2 : 64;
    char *moved = reallocarray(array, more, size);
    if (!moved)
        return NULL;
    memset(moved + *room * size, 0, (more - *room) * size);
    *room = more;
    return moved;
}

/* ---- folding -------------------------------------------------------------------------------------- */

static bool change(Review *r, int step, const char *item, Decision decision, bool corrected)
{
    int32_t number = name_table_add(&r->names, (uint8_t)step, item, strlen(item));
    if (number < 0)
        return false;
    Decision *decisions = with_room(r->decisions, &r->decision_room, (size_t)number, sizeof *decisions);
    if (decisions)
        r->decisions = decisions;
    Change *changes = with_room(r->changes, &r->change_room, r->change_count, sizeof *changes);
    if (changes)
        r->changes = changes;
    if (!decisions || !changes)
        return false;
    r->changes[r->change_count++] = (Change){ number, r->decisions[number] };
    if (!corrected)
        r->decisions[number] = decision;
    return true;
}

static void fold_undo(Review *r)
{
    if (!r->deed_count)
        return;
    size_t first = r->deeds[--r->deed_count].first;
    while (r->change_count > first) {
        const Change *c = &r->changes[--r->change_count];
        r->decisions[c->item] = c->before;
    }
}

/* False when memory runs out. What is no line of a review changes nothing. */
static bool fold_line(Review *r, const json_t *o)
{
    if (json_is_true(json_object_get(o, "undo"))) {
        fold_undo(r);
        return true;
    }
    json_int_t step = json_integer_value(json_object_get(o, "step"));
    const char *name = json_string_value(json_object_get(o, "decision"));
    const char *corrected = json_string_value(json_object_get(o, "corrected"));
    const json_t *items = json_object_get(o, "items");
    Decision decision = name ? decision_of_name(name) : DECISION_COUNT;
    if (step < 1 || step > 7 || !json_array_size(items) || (decision == DECISION_COUNT && !corrected))
        return true;
    if (corrected && !(corrected = name_table_keep(&r->names, corrected, strlen(corrected))))
        return false;
    Deed *deeds = with_room(r->deeds, &r->deed_room, r->deed_count, sizeof *deeds);
    if (!deeds)
        return false;
    r->deeds = deeds;
    r->deeds[r->deed_count++] = (Deed){ r->change_count, corrected ? DECISION_NONE : decision, corrected };
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        const char *text = json_string_value(item);
        if (text && *text && strlen(text) <= 4096 && !change(r, (int)step, text, decision, corrected != NULL))
            return false;
    }
    return true;
}

/* ---- the file -------------------------------------------------------------------------------------- */

static bool fold_bytes(Review *r, const char *text, size_t size, size_t *used)
{
    *used = 0;
    for (;;) {
        const char *from = text + *used, *end = memchr(from, '\n', size - *used);
        if (!end)
            return true;
        json_t *o = json_loadb(from, (size_t)(end - from), 0, NULL);
        bool ok = fold_line(r, o);
        json_decref(o);
        if (!ok)
            return false;
        *used = (size_t)(end - text) + 1;
    }
}

/* Take in the whole lines from r->at on. */
static bool fold_file(Review *r, int fd, Err *err)
{
    char *buffer = malloc(BUFFER);
    bool ok = buffer || no_memory(r, err);
    while (ok) {
        ssize_t n = pread(fd, buffer, BUFFER, r->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            ok = err_set_errno(err, errno, "%s: cannot be read", r->path);
        size_t used = 0;
        if (n <= 0)
            break;
        if (!fold_bytes(r, buffer, (size_t)n, &used))
            ok = no_memory(r, err);
        else if (!used && (size_t)n < BUFFER)
            break;                       /* a cut line, or one that is being written */
        r->at += used ? (off_t)used : n; /* a line without end is skipped */
    }
    free(buffer);
    return ok;
}

static bool check_file(const Review *r, int fd, struct stat *st, Err *err)
{
    if (fstat(fd, st))
        return err_set_errno(err, errno, "%s: cannot be read", r->path);
    if (S_ISREG(st->st_mode) && st->st_size <= MAX_BYTES)
        return true;
    return err_set(err, ERR_INPUT, "%s: is no review of ours: %s; move it away", r->path,
                   S_ISREG(st->st_mode) ? "it is too large" : "it is no regular file");
}

bool review_refresh(Review *r, Err *err)
{
    struct stat st;
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || err_set_errno(err, errno, "%s: cannot be read", r->path);
    bool ok = check_file(r, fd, &st, err) && (st.st_size <= r->at || fold_file(r, fd, err));
    close(fd);
    return ok;
}

/* Write the whole of it. */
static bool write_all(const Review *r, int fd, const char *text, size_t n, Err *err)
{
    ssize_t written = write(fd, text, n);
    if (written == (ssize_t)n)
        return true;
    return err_set_errno(err, written < 0 ? errno : ENOSPC, "%s: cannot be written", r->path);
}

/* Close an earlier cut line, add this one, and flush. A line that could not be written whole is cut, so it does not count. */
static bool append_text(Review *r, int fd, const char *line, size_t n, Err *err)
{
    struct stat st;
    char last = '\n';
    if (!check_file(r, fd, &st, err))
        return false;
    if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
        return err_set_errno(err, errno, "%s: cannot be read", r->path);
    if ((last != '\n' && !write_all(r, fd, "\n", 1, err)) || !write_all(r, fd, line, n, err))
        return false;
    return fsync(fd) == 0 || err_set_errno(err, errno, "%s: cannot be flushed to the disk", r->path);
}

/* Takes `line`. Others wait for the moment; what they have added is taken in first. */
static bool append(Review *r, json_t *line, Err *err)
{
    char stamp[32];
    clock_iso(stamp);
    char *text = line && !json_object_set_new(line, "time", json_string(stamp))
                     ? json_dumps(line, JSON_COMPACT)
                     : NULL;
    json_decref(line);
    Str whole = { 0 };
    if (text)
        str_printf(&whole, "%s\n", text);
    free(text);
    if (!text || whole.failed || whole.len > BUFFER) {
        str_clear(&whole);
        return no_memory(r, err);
    }
    int fd = open(r->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
    bool ok = fd >= 0 || err_set_errno(err, errno, "%s: cannot be written", r->path);
    while (ok && flock(fd, LOCK_EX) && errno == EINTR)
        ;
    ok = ok && append_text(r, fd, whole.s, whole.len, err) && fold_file(r, fd, err);
    if (fd >= 0)
        close(fd);
    str_clear(&whole);
    return ok;
}

/* ---- the review ------------------------------------------------------------------------------------ */

Review *review_open(const char *path, Err *err)
{
    Review *r = calloc(1, sizeof *r);
    if (!r || !(r->path = strdup(path)))
        err_set(err, ERR_NOMEM, "%s: no memory for the decisions", path);
    else if (review_refresh(r, err))
        return r;
    review_close(r);
    return NULL;
}

void review_close(Review *r)
{
    if (!r)
        return;
    name_table_clear(&r->names);
    free(r->decisions);
    free(r->changes);
    free(r->deeds);
    free(r->path);
    free(r);
}

Decision review_decision(const Review *r, int step, const char *item)
{
    int32_t number = name_table_find(&r->names, (uint8_t)step, item, strlen(item));
    return number >= 0 && (size_t)number < r->decision_room ? r->decisions[number] : DECISION_NONE;
}

size_t review_depth(const Review *r)
{
    return r->deed_count;
}

bool review_decide(Review *r, int step, const char *const *items, size_t count, Decision d, Err *err)
{
    if (!count || count > REVIEW_MOST)
        return err_set(err, ERR_USAGE, "%zu images; decide about 1 to %d at once", count, REVIEW_MOST);
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(names, json_string(items[i]))) {
            json_decref(names);
            return err_set(err, ERR_INPUT, "\"%.80s\": the name is not UTF-8; rename the file", items[i]);
        }
    return append(
        r, json_pack("{s:i, s:o, s:s}", "step", step, "items", names, "decision", decision_names[d]), err);
}

bool review_correct(Review *r, int step, const char *item, const char *record, Err *err)
{
    return append(r, json_pack("{s:i, s:[s], s:s}", "step", step, "items", item, "corrected", record), err);
}

bool review_last(const Review *r, ReviewUndone *last)
{
    *last = (ReviewUndone){ 0 };
    if (!r->deed_count)
        return false;
    const Deed *d = &r->deeds[r->deed_count - 1];
    last->decision = d->decision;
    last->corrected = d->corrected;
    last->items = r->change_count - d->first;
    if (last->items) {
        int32_t item = r->changes[d->first].item;
        last->step = r->names.space[item];
        last->item = r->names.text[item];
    }
    return true;
}

bool review_undo(Review *r, Err *err)
{
    if (!r->deed_count)
        return err_set(err, ERR_STATE, "there is nothing to undo");
    return append(r, json_pack("{s:b}", "undo", 1), err);
}
