#include "pipeline/execution.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The names that make a folder an execution. */
static const char *const marks[] = { "pipeline_state.json", "journal.jsonl" };

/* Take the lock, and write down who has it. */
static bool hold(Execution *x, Err *err)
{
    char *path = path_join(x->folder, ".lock");
    if (!path)
        return err_set(err, ERR_NOMEM, "%s: no memory", x->folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    free(path);
    if (fd < 0)
        return err_set_errno(err, errno, "%s/.lock: cannot be opened", x->folder);
    char who[128] = "";
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        ssize_t n = pread(fd, who, sizeof who - 1, 0);
        who[n > 0 ? n : 0] = '\0';
        close(fd);
        return err_set(err, ERR_STATE, "%s: %s is working on this execution; wait for it or stop it",
                       x->folder, *who ? who : "another process");
    }
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    int n = snprintf(who, sizeof who, "process %ld on %s", (long)getpid(), host);
    if (ftruncate(fd, 0) || pwrite(fd, who, (size_t)n, 0) != n) {
        int errnum = errno;
        close(fd);
        return err_set_errno(err, errnum, "%s/.lock: cannot be written", x->folder);
    }
    x->lock_fd = fd;
    return true;
}

static bool is_execution(const char *folder, struct timespec *modified)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char *path = path_join(folder, marks[i]);
        struct stat st;
        bool there = path && stat(path, &st) == 0;
        free(path);
        if (there) {
            *modified = st.st_mtim;
            return true;
        }
    }
    return false;
}

static bool later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* The most recently modified execution; `found` gets the names of all, for messages. */
static char *latest(const char *working_dir, Str *found, Err *err)
{
    TextList names;
    if (!folder_list(working_dir, &names, err))
        return NULL;
    char *best = NULL;
    struct timespec best_time = { 0 };
    for (size_t i = 0; i < names.count; i++) {
        char *folder = path_join(working_dir, names.text[i]);
        struct timespec modified;
        if (folder && is_execution(folder, &modified)) {
            if (found->len < 300)
                str_printf(found, "%s%s", found->len ? ", " : "", names.text[i]);
            /* Names grow with time, so on equal times the later name is the later run. */
            if (!best || !later(best_time, modified)) {
                free(best);
                best = strdup(names.text[i]);
                best_time = modified;
            }
        }
        free(folder);
    }
    text_list_clear(&names);
    return best;
}

/* A name is one folder name, not a way out of working_dir. */
static bool name_is_plain(const char *name, Err *err)
{
    if (*name && *name != '.' && !strchr(name, '/') && strlen(name) <= 255)
        return true;
    return err_set(err, ERR_USAGE,
                   "--execution_name \"%s\": give the name of a folder in --working_dir, without slashes",
                   name);
}

/* Fill in folder and name. */
static bool set_names(Execution *x, const char *working_dir, const char *name, Err *err)
{
    x->name = strdup(name);
    x->folder = path_join(working_dir, name);
    return (x->name && x->folder) || err_set(err, ERR_NOMEM, "%s: no memory", working_dir);
}

static bool exists_already(const char *folder, Err *err)
{
    return err_set(err, ERR_STATE,
                   "%s: exists already; continue it with --execution_mode by_name, or choose another name",
                   folder);
}

static bool new_named(Execution *x, const char *working_dir, const char *name, Err *err)
{
    if (!set_names(x, working_dir, name, err))
        return false;
    if (mkdir(x->folder, 0777) == 0)
        return true;
    if (errno == EEXIST)
        return exists_already(x->folder, err);
    return err_set_errno(err, errno, "%s: the folder cannot be made", x->folder);
}

/* Two runs may begin in the same second: the later one gets a number. */
static bool new_timed(Execution *x, const char *working_dir, Err *err)
{
    char stamp[32], name[64];
    clock_folder_name(stamp);
    for (int i = 1; i < 1000; i++) {
        snprintf(name, sizeof name, i == 1 ? "%s" : "%s_%d", stamp, i);
        err_clear(err);
        if (new_named(x, working_dir, name, err))
            return true;
        execution_close(x);
        if (err->kind != ERR_STATE)
            return false;
    }
    return false;
}

/* A run that ended while it began (killed, no room) leaves a folder with no more than its options in it, under
 * a name that a person chose: it may be begun again. */
static bool is_hollow(const char *folder)
{
    struct timespec ignored;
    TextList names;
    Err err = { 0 };
    if (is_execution(folder, &ignored) || !folder_list(folder, &names, &err))
        return false;
    bool hollow = names.count == 0 || (names.count == 1 && !strcmp(names.text[0], "run_config.json"));
    text_list_clear(&names);
    return hollow;
}

bool execution_may_be_new(const char *working_dir, const char *name, Err *err)
{
    if (!name)
        return true;
    if (!name_is_plain(name, err))
        return false;
    char *folder = path_join(working_dir, name);
    bool ok = folder ? !path_exists(folder) || is_hollow(folder) || exists_already(folder, err)
                     : err_set(err, ERR_NOMEM, "%s: no memory", working_dir);
    free(folder);
    return ok;
}

bool execution_new(Execution *x, const char *working_dir, const char *name, Err *err)
{
    *x = (Execution){ 0 };
    if (!execution_may_be_new(working_dir, name, err) || !folder_make(working_dir, err))
        return false;
    bool ok = name ? new_named(x, working_dir, name, err) : new_timed(x, working_dir, err);
    if (!ok && name && err->kind == ERR_STATE && is_hollow(x->folder)) {
        err_clear(err);
        ok = true;
    }
    if (ok && hold(x, err))
        return true;
    execution_close(x);
    return false;
}

char *execution_find(const char *working_dir, const char *name, Err *err)
{
    Str found = { 0 };
    char *folder = NULL;
    char *last = NULL;
    if (name && !name_is_plain(name, err))
        return NULL;
    if (path_exists(working_dir) && !path_is_folder(working_dir)) {
        err_set(err, ERR_INPUT, "--working_dir %s: is no folder; give the one that holds the executions",
                working_dir);
        return NULL;
    }
    last = latest(working_dir, &found, err);
    if (!last) {
        if (err->kind == ERR_NONE || err->kind == ERR_MISSING)
            err_set(err, ERR_MISSING,
                    "%s: there is no execution in this folder; start one with --execution_mode new",
                    working_dir);
        goto done;
    }
    folder = path_join(working_dir, name ? name : last);
    struct timespec ignored;
    if (folder && !is_execution(folder, &ignored)) {
        free(folder);
        folder = NULL;
        err_set(err, ERR_MISSING, "%s/%s: no such execution; there are: %s", working_dir, name,
                str_text(&found));
    } else if (!folder)
        err_set(err, ERR_NOMEM, "%s: no memory", working_dir);
done:
    free(last);
    str_clear(&found);
    return folder;
}

bool execution_look(Execution *x, const char *working_dir, const char *name, Err *err)
{
    *x = (Execution){ 0 };
    x->folder = execution_find(working_dir, name, err);
    if (!x->folder)
        return false;
    x->name = strdup(path_name(x->folder));
    if (x->name)
        return true;
    execution_close(x);
    return err_set(err, ERR_NOMEM, "%s: no memory", working_dir);
}

bool execution_open(Execution *x, const char *working_dir, const char *name, Err *err)
{
    if (!execution_look(x, working_dir, name, err))
        return false;
    if (hold(x, err))
        return true;
    execution_close(x);
    return false;
}

bool execution_open_folder(Execution *x, const char *folder, Err *err)
{
    const char *name = path_name(folder);
    char *parent = name > folder ? strndup(folder, (size_t)(name - folder)) : strdup(".");
    bool ok =
        parent ? execution_open(x, parent, name, err) : err_set(err, ERR_NOMEM, "%s: no memory", folder);
    free(parent);
    return ok;
}

void execution_close(Execution *x)
{
    if (x->lock_fd > 0)
        close(x->lock_fd); /* lets the lock go */
    free(x->folder);
    free(x->name);
    *x = (Execution){ 0 };
}

char *execution_path(const Execution *x, const char *a, const char *b)
{
    char *path = path_join(x->folder, a);
    if (!path || !b)
        return path;
    char *longer = path_join(path, b);
    free(path);
    return longer;
}

char *execution_stem_path(const char *execution, const char *folder, const char *name, const char *end,
                          Err *err)
{
    char *path = NULL;
    int stem = (int)(path_ext(name) - name);
    if (asprintf(&path, "%s/%s/%.*s%s", execution, folder, stem, name, end) >= 0)
        return path;
    err_set(err, ERR_NOMEM, "%s: no memory", name);
    return NULL;
}
