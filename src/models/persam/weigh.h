/* models/persam/weigh.h: how good a weighed sum of three masks is: the loss of PerSAM-F and its slope. */
#ifndef FACET_MODELS_PERSAM_WEIGH_H
#define FACET_MODELS_PERSAM_WEIGH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* The pixels of three masks, those on the object apart from the others, as the loss wants to see them. */
typedef struct Weighing Weighing;

/* Prepare: logits [3, n] of the masks; truth [n], 1 on the object and 0 off it. Both are only read here. NULL with *err set when
 * memory runs out. */
Weighing *weighing_new(const float *logits, const float *truth, size_t n, Err *err);
void weighing_free(Weighing *w); /* also for NULL */

/* With x = (1 - w1 - w2) l0 + w1 l1 + w2 l2, p = sigmoid(x) and truth t:
 *     dice  = 1 - (2 sum(p t) + 1) / (sum p + sum t + 1)
 *     focal = the mean of a (1 - q)^2 (-log q), q = p on the object and 1 - p off it, a = 0.25 and 0.75 (Lin et al. 2017)
 * slope: of dice + focal by w1 and w2. In single precision for each pixel, in double for the sums. A call whose weights are close to
 * those of the call before is much faster: most pixels are then a power series, right to 2e-6. */
typedef struct {
    double dice, focal;
    float slope[2];
} WeighLoss;

/* Both losses and their slope at w1, w2, by that many threads, on which the result does not depend. */
WeighLoss weighing_loss(Weighing *w, const float weights[2], int threads);

#endif
