#include "roles/persam_sam2/persam_sam2.h"

#include "base/pool.h"
#include "roles/persam_sam2/files.h"
#include "roles/persam_sam2/segmenter.h"

#include <pthread.h>
#include <stdlib.h>

enum { CONTEXTS_MAX = 1024 };

/* The models are shared; every call in progress has a context of its own, kept for the next one. */
typedef struct {
    Sam *sam;
    Sam2 *sam2;
    PersamTarget target;
    int threads; /* that one call may use */
    const Log *log;
    pthread_mutex_t lock; /* of `idle` */
    OpCtx *idle[CONTEXTS_MAX];
    size_t idle_count;
} PersamSam2;

static bool probe(const RoleConfig *cfg, Err *err)
{
    SamFiles files;
    bool ok = sam_files_find(&files, cfg, err);
    sam_files_clear(&files);
    return ok;
}

/* ---- contexts ---- */

static OpCtx *context_acquire(PersamSam2 *p, Err *err)
{
    OpCtx *c = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->idle_count)
        c = p->idle[--p->idle_count];
    pthread_mutex_unlock(&p->lock);
    return c ? c : op_open(&(OpOptions){ .threads = p->threads }, err);
}

static void context_release(PersamSam2 *p, OpCtx *c)
{
    pthread_mutex_lock(&p->lock);
    bool keep = p->idle_count < CONTEXTS_MAX;
    if (keep)
        p->idle[p->idle_count++] = c;
    pthread_mutex_unlock(&p->lock);
    if (!keep)
        op_close(c);
}

/* ---- open ---- */

static void told(void *user, int epoch, double lr, double dice, double focal)
{
    const PersamSam2 *p = user;
    log_info(p->log, "PerSAM-F epoch %d: rate %.6f, dice loss %.4f, focal loss %.4f", epoch, lr, dice, focal);
}

/* The reference photo is the only one that all threads may work at. */
static bool learn(PersamSam2 *p, const RoleConfig *cfg, const Image *photo, const Image *mask, Err *err)
{
    PersamTraining training = { .lr = cfg->persam_lr,
                                .epochs = cfg->persam_epochs,
                                .log_epochs = cfg->persam_log_epoch,
                                .log = told,
                                .user = p };
    OpCtx *c = op_open(&(OpOptions){ .threads = pool_cpus() }, err);
    if (!c)
        return false;
    bool ok =
        reference_learn(&p->target, c, p->sam, photo, mask, cfg->persam_training ? &training : NULL, err) ||
        err_prefix(err, "the reference photo: ");
    op_close(c);
    if (ok && cfg->persam_training)
        log_info(cfg->log, "PerSAM-F weighs the three masks %.4f, %.4f, %.4f", (double)p->target.weights[0],
                 (double)p->target.weights[1], (double)p->target.weights[2]);
    return ok;
}

static void close_annotator(void *self)
{
    PersamSam2 *p = self;
    if (!p)
        return;
    for (size_t i = 0; i < p->idle_count; i++)
        op_close(p->idle[i]);
    persam_target_clear(&p->target);
    sam2_close(p->sam2);
    sam_close(p->sam);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static bool open_annotator(void **self, const RoleConfig *cfg, const Image *photo, const Image *mask,
                           Err *err)
{
    SamFiles files;
    *self = NULL;
    if (!sam_files_find(&files, cfg, err))
        return false;
    PersamSam2 *p = calloc(1, sizeof *p);
    if (!p) {
        sam_files_clear(&files);
        return err_set(err, ERR_NOMEM, "no memory for the annotator");
    }
    pthread_mutex_init(&p->lock, NULL);
    p->threads = cfg->threads > 0 ? cfg->threads : 1;
    p->log = cfg->log;
    bool ok = sam_open(&p->sam, files.sam, err) && sam2_open(&p->sam2, files.sam2, files.config, err) &&
              learn(p, cfg, photo, mask, err);
    sam_files_clear(&files);
    if (!ok) {
        close_annotator(p);
        return false;
    }
    *self = p;
    return true;
}

/* ---- annotate ---- */

static bool annotate(void *self, const AnnotateRequest *req, AnnotateResult *out, Err *err)
{
    PersamSam2 *p = self;
    Segmented found;
    *out = (AnnotateResult){ 0 };
    OpCtx *c = context_acquire(p, err);
    if (!c)
        return false;
    bool ok = segment_reference_object(&found, c, p->sam, p->sam2, &p->target, req->image, err);
    context_release(p, c);
    if (!ok)
        return false;
    if (found.found) {
        *out = (AnnotateResult){ found.mask, found.iou[found.best], found.stability };
        found.mask = (Image){ 0 };
    }
    segmented_clear(&found);
    return true;
}

const Annotator annotator_persam_sam2 = {
    .name = "persam_sam2",
    .needs_image = true,
    .needs_reference = true,
    .probe = probe,
    .open = open_annotator,
    .annotate = annotate,
    .close = close_annotator,
};
