#include "web/label_worker.h"

#include <pthread.h>
#include <stdlib.h>

/* A question of somebody who waits for it, on that thread's stack. */
typedef struct {
    uint64_t picture;
    const SegmenterPrompt *prompt;
    SegmenterAnswer *answer;
    Err *err;
    bool done, ok;
} Question;

struct LabelWorker {
    LabelWorkerConfig config;
    RoleConfig role;
    atomic_bool cancel; /* what the segmenter is doing now is not wanted any more */
    /* Of the worker's thread. */
    void *segmenter;
    Image rgb; /* what the segmenter has looked at, and keeps borrowing */

    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work, answered;
    bool stop;
    bool has_picture; /* else there is no open picture */
    uint64_t picture;
    LookState state;
    Err why;
    int64_t newest;
    Question *next;    /* not begun */
    Question *current; /* being answered */
    bool looking;
};

/* ---- the worker's thread ---- */

static bool look(LabelWorker *w, uint64_t picture, Err *err)
{
    Image rgb;
    if (!w->segmenter && !w->config.segmenter->open(&w->segmenter, &w->role, err))
        return false;
    if (!w->config.load(w->config.user, picture, &rgb, err))
        return false;
    Image before = w->rgb;
    w->rgb = rgb;
    bool ok = w->config.segmenter->look(w->segmenter, &w->rgb, err);
    image_clear(&before);
    return ok;
}

/* With the lock, which is given up meanwhile. */
static void look_unlocked(LabelWorker *w)
{
    uint64_t picture = w->picture;
    Err err = { 0 };
    w->state = LOOK_WORKING;
    w->looking = true;
    atomic_store(&w->cancel, false);
    pthread_mutex_unlock(&w->lock);
    bool ok = look(w, picture, &err);
    pthread_mutex_lock(&w->lock);
    w->looking = false;
    if (w->picture != picture || (!ok && err.kind == ERR_CANCELLED)) {
        w->state = LOOK_WAITING; /* another picture was opened meanwhile */
        return;
    }
    w->state = ok ? LOOK_READY : LOOK_FAILED;
    w->why = err;
}

static void answer_done(LabelWorker *w, Question *q, bool ok)
{
    q->ok = ok;
    q->done = true;
    pthread_cond_broadcast(&w->answered);
}

static void answer_unlocked(LabelWorker *w)
{
    Question *q = w->current = w->next;
    w->next = NULL;
    if (w->state == LOOK_FAILED) {
        *q->err = w->why;
        answer_done(w, q, false);
    } else {
        atomic_store(&w->cancel, false);
        pthread_mutex_unlock(&w->lock);
        bool ok = w->config.segmenter->segment(w->segmenter, q->prompt, q->answer, q->err);
        pthread_mutex_lock(&w->lock);
        answer_done(w, q, ok);
    }
    w->current = NULL;
}

static void *work(void *user)
{
    LabelWorker *w = user;
    pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        if (w->has_picture && w->state == LOOK_WAITING)
            look_unlocked(w);
        else if (w->next)
            answer_unlocked(w);
        else
            pthread_cond_wait(&w->work, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- what others ask, with the lock ---- */

static void drop(LabelWorker *w, Question *q)
{
    err_set(q->err, ERR_CANCELLED, "a later question took the place of this one");
    answer_done(w, q, false);
}

static void open_picture(LabelWorker *w, uint64_t picture)
{
    if (w->has_picture && w->picture == picture)
        return;
    if (w->next)
        drop(w, w->next);
    w->next = NULL;
    if (w->looking || w->current)
        atomic_store(&w->cancel, true);
    w->has_picture = true;
    w->picture = picture;
    w->state = LOOK_WAITING;
    pthread_cond_signal(&w->work);
}

/* ---- public ---- */

void label_worker_look(LabelWorker *w, uint64_t picture)
{
    pthread_mutex_lock(&w->lock);
    open_picture(w, picture);
    if (w->state == LOOK_FAILED) { /* whoever opens the picture again may have mended what was wrong */
        w->state = LOOK_WAITING;
        pthread_cond_signal(&w->work);
    }
    pthread_mutex_unlock(&w->lock);
}

LookState label_worker_state(LabelWorker *w, uint64_t picture, Err *why)
{
    pthread_mutex_lock(&w->lock);
    LookState state = w->has_picture && w->picture == picture ? w->state : LOOK_WAITING;
    if (state == LOOK_FAILED)
        *why = w->why;
    pthread_mutex_unlock(&w->lock);
    return state;
}

bool label_worker_segment(LabelWorker *w, uint64_t picture, const SegmenterPrompt *prompt, int64_t question,
                          SegmenterAnswer *out, Err *err)
{
    Question q = { .picture = picture, .prompt = prompt, .answer = out, .err = err };
    *out = (SegmenterAnswer){ 0 };
    pthread_mutex_lock(&w->lock);
    if (w->stop || question < w->newest) {
        drop(w, &q);
    } else {
        w->newest = question;
        open_picture(w, picture);
        if (w->next)
            drop(w, w->next);
        if (w->current)
            atomic_store(&w->cancel, true);
        w->next = &q;
        pthread_cond_signal(&w->work);
    }
    while (!q.done)
        pthread_cond_wait(&w->answered, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return q.ok;
}

bool label_worker_start(LabelWorker **out, const LabelWorkerConfig *config, Err *err)
{
    LabelWorker *w = *out = calloc(1, sizeof *w);
    if (!w)
        return err_set(err, ERR_NOMEM, "no memory for the segmenter's thread");
    w->config = *config;
    w->role = *config->role;
    w->role.cancel = &w->cancel;
    w->newest = INT64_MIN;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    pthread_cond_init(&w->answered, NULL);
    if (pthread_create(&w->thread, NULL, work, w) == 0)
        return true;
    free(w);
    *out = NULL;
    return err_set(err, ERR_NOMEM, "no thread left for the segmenter");
}

void label_worker_cancel(LabelWorker *w)
{
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    atomic_store(&w->cancel, true);
    if (w->next)
        drop(w, w->next);
    w->next = NULL;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
}

void label_worker_stop(LabelWorker *w)
{
    if (!w)
        return;
    label_worker_cancel(w);
    pthread_join(w->thread, NULL);
    if (w->segmenter)
        w->config.segmenter->close(w->segmenter);
    image_clear(&w->rgb);
    pthread_cond_destroy(&w->answered);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
