#include "pipeline/runner.h"

#include "base/clock.h"
#include "base/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* The state is written this often at most, and so rarely that writing it takes under a twentieth of the time:
 * its size grows with the number of items, its cost per item must not. */
#define CHECKPOINT_MS    3000.0
#define CHECKPOINT_SHARE 20.0

typedef struct {
    Work *work;
    const RunnerEnv *env;
    pthread_mutex_t lock; /* counters, progress, checkpoint, first_error */
    size_t *todo;         /* indices of the items to make */
    bool *stale;          /* by index: the item is on record as made, but with other settings */
    size_t done;          /* of todo */
    double next_checkpoint_ms;
    Err first_error;
} Runner;

static bool cancelled(const RunnerEnv *env)
{
    return env->cancel && atomic_load(env->cancel);
}

static bool fatal(ErrKind kind)
{
    return kind == ERR_IO || kind == ERR_NOMEM || kind == ERR_CANCELLED;
}

/* Wait before another attempt, longer each time, but notice a cancel soon. A failure that has a passing cause
 * (a busy device, a server restart) needs the time; one that has not costs under a second. */
static void back_off(const RunnerEnv *env, int attempt)
{
    int ms = 50 << (attempt < 4 ? attempt : 4);
    for (int waited = 0; waited < ms && !cancelled(env); waited += 50)
        nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000000L }, NULL);
}

static bool checkpoint_if_due(Runner *r, Err *err)
{
    if (!r->work->checkpoint || clock_ms() < r->next_checkpoint_ms)
        return true;
    double begin = clock_ms();
    bool ok = r->work->checkpoint(r->work->user, err);
    double took = clock_ms() - begin;
    double pause = took * CHECKPOINT_SHARE;
    r->next_checkpoint_ms = clock_ms() + (pause > CHECKPOINT_MS ? pause : CHECKPOINT_MS);
    return ok;
}

/* Put the outcome of one item on record. */
static bool record(Runner *r, size_t index, const JournalEntry *entry, Err *err)
{
    Work *w = r->work;
    if (!journal_append(r->env->journal, entry, err))
        return false;
    pthread_mutex_lock(&r->lock);
    atomic_store_explicit(&w->status[index], entry->ok ? WORK_DONE : WORK_FAILED, memory_order_relaxed);
    w->made += entry->ok;
    w->failed += !entry->ok;
    r->done++;
    const Progress *p = r->env->progress;
    if (p && p->item)
        p->item(p->user, w->kept + r->done, w->count, w->failed);
    bool ok = checkpoint_if_due(r, err);
    pthread_mutex_unlock(&r->lock);
    return ok;
}

/* An output is about to be replaced by one of the same name. Were the process killed before that one is on
 * record, the older record would vouch for it: take the record back first. */
static bool take_back(Runner *r, size_t index, Err *err)
{
    char now[32];
    clock_iso(now);
    JournalEntry entry = {
        .step = r->work->step,
        .item = r->work->items[index].name,
        .key = r->work->items[index].key,
        .error = "it was being made with other settings when the run ended",
        .time = now,
    };
    return !r->stale[index] || journal_append(r->env->journal, &entry, err);
}

/* Make an item, with as many attempts as it is given. */
static bool try_item(Runner *r, size_t index, int worker, int *attempts, Str *note, Err *err)
{
    Work *w = r->work;
    *attempts = 0;
    while (*attempts <= (w->once ? 0 : w->max_retries)) {
        if (cancelled(r->env))
            return err_set(err, ERR_CANCELLED, "interrupted");
        if (*attempts)
            back_off(r->env, *attempts - 1);
        else if (!take_back(r, index, err))
            return false;
        err_clear(err);
        str_reset(note);
        ++*attempts;
        if (w->make(w->user, index, worker, note, err))
            return true;
        if (fatal(err->kind))
            break;
    }
    return false;
}

static bool make_item(void *user, size_t position, int worker)
{
    Runner *r = user;
    Work *w = r->work;
    size_t index = r->todo[position];
    Err err = { 0 };
    Str note = { 0 };
    double begin = clock_ms();
    int attempts;
    bool ok = try_item(r, index, worker, &attempts, &note, &err);
    bool go_on = ok || !fatal(err.kind);
    if (go_on) {
        char now[32];
        clock_iso(now);
        JournalEntry entry = {
            .step = w->step,
            .item = w->items[index].name,
            .key = w->items[index].key,
            .ok = ok,
            .attempts = attempts,
            .ms = clock_ms() - begin,
            .note = note.len ? note.s : NULL,
            .error = ok ? NULL : err.msg,
            .time = ok ? NULL : now,
        };
        Err later = { 0 };
        go_on = record(r, index, &entry, &later);
        if (!go_on)
            err = later;
    }
    if (!go_on) {
        pthread_mutex_lock(&r->lock);
        /* What happened first is told; being cancelled is told only when nothing else happened. */
        if (r->first_error.kind == ERR_NONE || r->first_error.kind == ERR_CANCELLED)
            r->first_error = err;
        pthread_mutex_unlock(&r->lock);
    }
    str_clear(&note);
    return go_on;
}

/* Sort the items into done and to do. */
static size_t collect(Runner *r)
{
    Work *w = r->work;
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        const JournalEntry *e = journal_find(r->env->journal, w->step, w->items[i].name);
        bool wanted = !w->chosen || w->chosen[i];
        if (e && e->ok && (e->key == w->items[i].key || !wanted) && w->present(w->user, i)) {
            atomic_store_explicit(&w->status[i], WORK_DONE, memory_order_relaxed);
            w->kept++;
        } else if (wanted) {
            r->stale[i] = e && e->ok && e->key != w->items[i].key;
            r->todo[n++] = i;
        } else if (e && !e->ok)
            atomic_store_explicit(&w->status[i], WORK_FAILED, memory_order_relaxed);
    }
    return n;
}

bool work_run(Work *work, const RunnerEnv *env, Err *err)
{
    Runner r = { .work = work, .env = env, .next_checkpoint_ms = clock_ms() + CHECKPOINT_MS };
    work->made = work->kept = work->failed = 0;
    free(work->status);
    work->status = calloc(work->count ? work->count : 1, sizeof *work->status);
    r.todo = calloc(work->count ? work->count : 1, sizeof *r.todo);
    r.stale = calloc(work->count ? work->count : 1, sizeof *r.stale);
    if (!work->status || !r.todo || !r.stale) {
        free(r.todo);
        free(r.stale);
        return err_set(err, ERR_NOMEM, "no memory for the %zu items of step %d", work->count, work->step);
    }
    pthread_mutex_init(&r.lock, NULL);
    double begin = clock_ms();
    size_t n = collect(&r);
    const Progress *p = env->progress;
    if (p && p->step_begin)
        p->step_begin(p->user, work->step, work->title, work->count, work->kept);
    bool ok = n == 0 || !work->open || work->open(work->user, &r.first_error);
    if (ok) {
        pool_run(work->jobs, n, make_item, &r);
        if (n && work->close)
            work->close(work->user);
        ok = r.done == n;
    }
    if (!ok && r.first_error.kind == ERR_NONE)
        err_set(&r.first_error, ERR_NOMEM, "step %d: no thread could be started", work->step);
    if (p && p->step_end)
        p->step_end(p->user, work->step, work->made, work->failed, clock_ms() - begin, false);
    if (!ok)
        *err = r.first_error;
    pthread_mutex_destroy(&r.lock);
    free(r.todo);
    free(r.stale);
    return ok;
}

bool work_alloc(Work *work, size_t count, Err *err)
{
    work->items = calloc(count ? count : 1, sizeof *work->items);
    work->count = work->items ? count : 0;
    return work->items ||
           err_set(err, ERR_NOMEM, "no memory for the %zu items of step %d", count, work->step);
}

void work_clear(Work *work)
{
    for (size_t i = 0; i < work->count; i++)
        free(work->items[i].name);
    free(work->items);
    free(work->status);
    work->items = NULL;
    work->status = NULL;
    work->count = 0;
}
