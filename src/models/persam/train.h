/* models/persam/train.h: PerSAM-F: learn how to weigh SAM's three masks of the reference photo (Zhang et al. 2023,
 * arXiv:2305.03048, sec. 3.4). */
#ifndef FACET_MODELS_PERSAM_TRAIN_H
#define FACET_MODELS_PERSAM_TRAIN_H

#include "models/persam/persam.h"

/* AdamW with eps 1e-4 and weight decay 0.01, cosine schedule down to 0. */
typedef struct {
    double lr;      /* 1e-3 */
    int epochs;     /* 1000 */
    int log_epochs; /* `log` is told every so many; 0: never */
    void (*log)(void *user, int epoch, double lr, double dice, double focal);
    void *user;
} PersamTraining;

/* What happened in an epoch; for those who want to look. */
typedef struct {
    double dice, focal;            /* loss, before the step */
    double lr;                     /* after the step */
    float gradient[2], weights[2]; /* of the second and the third mask; weights after the step */
} PersamEpoch;

/* Train t->weights on the reference photo. `mask`: its mask at the photo's own size, one byte a pixel. With
 * PERSAM_F_GUIDED the mask is what the Python original makes of it: above 128, shrunk to a quarter and enlarged again;
 * with PERSAM_F it is what is above 0. `epochs`, when not NULL, takes training->epochs entries. */
bool persam_train(PersamTarget *t, OpCtx *c, const Sam *s, Tensor image, const uint8_t *mask, SamFrame f,
                  const PersamTraining *training, PersamEpoch *epochs, Err *err)
    __attribute__((warn_unused_result));

#endif
