/* models/persam/persam.h: find in any photo the object that one photo and one mask have shown.
 *
 * Personalize Segment Anything (Zhang et al. 2023, arXiv:2305.03048): the object's mean feature is looked for in the other
 * photo's features; the best and the worst place prompt SAM, whose attention is steered to the similar places; two
 * further passes refine the mask. PerSAM-F also learns how to weigh SAM's three masks. */
#ifndef FACET_MODELS_PERSAM_PERSAM_H
#define FACET_MODELS_PERSAM_PERSAM_H

#include "models/sam/sam.h"

typedef enum {
    PERSAM,          /* without training */
    PERSAM_F,        /* trained, as the paper's authors do it: without guidance, with the best place alone */
    PERSAM_F_GUIDED, /* trained, with guidance and both places: what the Python original of this project does */
} PersamVariant;

/* What was learnt from the reference photo. Free with persam_target_clear(). */
typedef struct {
    PersamVariant variant;
    size_t channels;
    float *embedding; /* [C] the target's mean feature, or with PERSAM_F the middle of mean and maximum */
    float *direction; /* [C] the same, of length 1 */
    float weights[3]; /* of SAM's three masks; a third each until trained */
} PersamTarget;

/* Learn from a reference photo: its embedding, and its mask brought to the size of the resized photo (f.input_width x
 * f.input_height, one byte a pixel, white is the object). ERR_INPUT when the mask covers no cell of the embedding. On
 * failure *t is empty. */
bool persam_learn(PersamTarget *t, OpCtx *c, const Sam *s, Tensor image, const uint8_t *mask, SamFrame f,
                  PersamVariant variant, Err *err) __attribute__((warn_unused_result));
void persam_target_clear(PersamTarget *t);

/* Where the target is likely in a photo. */
typedef struct {
    float points[2][2]; /* the most and the least similar place, pixels of the photo */
    int labels[2];      /* 1, 0 */
    float *similarity;  /* [height, width] cosine; owned */
    float *attention;   /* [grid * grid] what the attention is steered by, 0 to 1; owned */
} PersamPrior;

/* Compare a photo's embedding (of sam_encode_image(), with its frame) with the target. On failure *p is empty. */
bool persam_locate(PersamPrior *p, OpCtx *c, const Sam *s, const PersamTarget *t, Tensor image, SamFrame f,
                   Err *err) __attribute__((warn_unused_result));
void persam_prior_clear(PersamPrior *p);

enum { PERSAM_PASSES = 3 };

/* One of the three predictions. */
typedef struct {
    size_t count;   /* masks */
    float *low_res; /* [count, 4 grid, 4 grid]; owned */
    float iou[3];
    size_t best;
} PersamPass;

/* The object in a photo. Free with persam_found_clear(). */
typedef struct {
    bool empty; /* a pass found nothing at all: there is no mask and no box, and later passes are empty */
    size_t point_count;
    float points[2][2];
    int labels[2];
    PersamPass pass[PERSAM_PASSES];
    uint8_t *mask; /* [height, width], 255 on the object; owned */
    int box[4];    /* of the mask: x0, y0, x1, y1, the last pixels included */
} PersamFound;

/* Find the target in the photo that `prior` is of. A photo without it is no failure: out->empty says so. On failure *out is
 * empty. */
bool persam_find(PersamFound *out, OpCtx *c, const Sam *s, const PersamTarget *t, Tensor image, SamFrame f,
                 const PersamPrior *prior, Err *err) __attribute__((warn_unused_result));
void persam_found_clear(PersamFound *f);

#endif
