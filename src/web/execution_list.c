#include "web/execution_list.h"

#include "base/file.h"
#include "pipeline/state.h"
#include "pipeline/step.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* When a file of the folder was changed; false when it is not there. */
static bool modified(const char *folder, const char *name, struct timespec *when)
{
    char *path = path_join(folder, name);
    struct stat st;
    bool there = path && stat(path, &st) == 0;
    free(path);
    if (there)
        *when = st.st_mtim;
    return there;
}

static ExecutionInfo *find(ExecutionList *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (!strcmp(l->info[i].name, name))
            return &l->info[i];
    return NULL;
}

static ExecutionInfo *add(ExecutionList *l, const char *working_dir, const char *name)
{
    ExecutionInfo *info = realloc(l->info, (l->count + 1) * sizeof *info);
    if (!info)
        return NULL;
    l->info = info;
    ExecutionInfo *e = &info[l->count];
    *e =
        (ExecutionInfo){ .name = strdup(name), .folder = path_join(working_dir, name), .object = strdup("") };
    if (e->name && e->folder && e->object) {
        l->count++;
        return e;
    }
    free(e->name);
    free(e->folder);
    free(e->object);
    return NULL;
}

/* A state that cannot be read leaves the fields as they are: opening the execution says why. */
static void read_state(ExecutionInfo *e)
{
    char *path = path_join(e->folder, FILE_STATE);
    State s = { 0 };
    Err err = { 0 };
    if (path && state_load(&s, path, &err)) {
        const char *object = state_text(&s, "object_name");
        char *copy = strdup(object ? object : "");
        if (copy) {
            free(e->object);
            e->object = copy;
        }
        e->completed = 0;
        for (int step = STEP_FIRST; step <= STEP_LAST; step++)
            e->completed |= state_completed(&s, step) ? 1u << step : 0;
    }
    state_clear(&s);
    free(path);
}

bool execution_list_refresh(ExecutionList *l, const char *working_dir, Err *err)
{
    TextList names;
    if (!folder_list(working_dir, &names, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < l->count; i++)
        l->info[i].gone = true;
    for (size_t i = 0; ok && i < names.count; i++) {
        char *folder = path_join(working_dir, names.text[i]);
        struct timespec state = { 0 }, journal = { 0 };
        bool has_state = folder && modified(folder, FILE_STATE, &state);
        bool has_journal = folder && modified(folder, FILE_JOURNAL, &journal);
        if (has_state || has_journal) {
            ExecutionInfo *e = find(l, names.text[i]);
            if (!e)
                e = add(l, working_dir, names.text[i]);
            ok = e != NULL;
            if (ok) {
                e->gone = false;
                e->modified = later(state, journal) ? state : journal;
                if (has_state && later(state, e->read))
                    read_state(e);
                e->read = state;
            }
        }
        ok = ok && folder;
        free(folder);
    }
    text_list_clear(&names);
    return ok || err_set(err, ERR_NOMEM, "%s: no memory for the list of executions", working_dir);
}

void execution_list_clear(ExecutionList *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->info[i].name);
        free(l->info[i].folder);
        free(l->info[i].object);
    }
    free(l->info);
    *l = (ExecutionList){ 0 };
}

/* The lock says who has it, "process 123 on host". Only when that process may be alive is the lock itself tried, because a
 * process that starts in the moment of the trial would find it taken. */
bool execution_is_running(const char *folder)
{
    char *path = path_join(folder, ".lock");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    free(path);
    if (fd < 0)
        return false;
    char who[128] = "", host[65] = "", here[65] = "";
    long process = 0;
    ssize_t n = pread(fd, who, sizeof who - 1, 0);
    who[n > 0 ? n : 0] = '\0';
    gethostname(here, sizeof here - 1);
    bool known = sscanf(who, "process %9ld on %64s", &process, host) == 2 && process > 0;
    bool dead = known && !strcmp(host, here) && kill((pid_t)process, 0) && errno == ESRCH;
    bool running = known && !dead && flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
    close(fd); /* lets the trial's lock go */
    return running;
}
