#include "web/report_renewer.h"

#include "base/file.h"
#include "pipeline/corrected_label.h"
#include "pipeline/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PAUSE_S 1

struct ReportRenewer {
    pthread_t thread;
    pthread_mutex_t lock; /* of all below, and of the rooms' next_stale and stale */
    pthread_cond_t changed;
    StudioRoom *first; /* whose reports are wanted */
    unsigned wishes;   /* ever made */
    bool stop;
};

/* ---- the thread ------------------------------------------------------------------------------------ */

/* Errors are not told: the report stays as it was, and the next correction or run makes another. */
static void renew(StudioRoom *room)
{
    ReportDraft draft = { 0 };
    Execution held = { 0 };
    Err err = { 0 };
    pthread_mutex_lock(&room->lock);
    char *folder = room->gallery ? strdup(gallery_folder(room->gallery)) : NULL;
    pthread_mutex_unlock(&room->lock);
    if (folder && report_draft(&draft, folder, &err)) {
        /* With the room's lock: a correction in it wants to hold the execution, too. */
        pthread_mutex_lock(&room->lock);
        if (!execution_open_folder(&held, folder, &err) || !report_replace(&draft, folder, &err))
            err_clear(&err);
        execution_close(&held);
        pthread_mutex_unlock(&room->lock);
    }
    report_draft_clear(&draft);
    free(folder);
}

/* Wait, with the lock, until nobody has wished for anything for a moment. */
static void wait_for_quiet(ReportRenewer *r)
{
    unsigned seen;
    do {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += PAUSE_S;
        seen = r->wishes;
        while (!r->stop && seen == r->wishes &&
               pthread_cond_timedwait(&r->changed, &r->lock, &until) != ETIMEDOUT)
            ;
    } while (!r->stop && seen != r->wishes);
}

static void *work(void *user)
{
    ReportRenewer *r = user;
    pthread_mutex_lock(&r->lock);
    while (!r->stop || r->first) {
        if (!r->first) {
            pthread_cond_wait(&r->changed, &r->lock);
            continue;
        }
        wait_for_quiet(r);
        StudioRoom *room = r->first;
        r->first = room->next_stale;
        room->stale = false;
        pthread_mutex_unlock(&r->lock);
        renew(room);
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- public ---------------------------------------------------------------------------------------- */

void report_renewer_want(ReportRenewer *r, StudioRoom *room)
{
    pthread_mutex_lock(&r->lock);
    if (!room->stale) {
        room->stale = true;
        room->next_stale = r->first;
        r->first = room;
    }
    r->wishes++;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

bool report_renewer_start(ReportRenewer **out, Err *err)
{
    ReportRenewer *r = *out = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ERR_NOMEM, "no memory for reports");
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    if (pthread_create(&r->thread, NULL, work, r) == 0)
        return true;
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
    *out = NULL;
    return err_set(err, ERR_NOMEM, "no thread for reports could be started");
}

void report_renewer_stop(ReportRenewer *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static bool changed_at(const char *folder, const char *name, struct timespec *t)
{
    struct stat st;
    char *path = path_join(folder, name);
    bool there = path && stat(path, &st) == 0;
    if (there)
        *t = st.st_mtim;
    free(path);
    return there;
}

bool report_is_stale(const char *folder)
{
    struct timespec report, corrections;
    return changed_at(folder, FILE_REPORT, &report) && changed_at(folder, FOLDER_CORRECTIONS, &corrections) &&
           (corrections.tv_sec != report.tv_sec ? corrections.tv_sec > report.tv_sec
                                                : corrections.tv_nsec > report.tv_nsec);
}
