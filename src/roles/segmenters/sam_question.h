/* roles/segmenters/sam_question.h: a person's prompt in the words of SAM, and SAM's logits as masks. */
#ifndef FACET_ROLES_SEGMENTERS_SAM_QUESTION_H
#define FACET_ROLES_SEGMENTERS_SAM_QUESTION_H

#include "models/sam/prompt.h"
#include "roles/segmenter.h"

/* How a picture lies in SAM's low resolution masks: cell (x, y) has its centre at ((x + 0.5) * step_x, (y + 0.5) * step_y)
 * pixels from the picture's corner. */
typedef struct {
    size_t side; /* of a mask, cells */
    double step_x, step_y;
} LowResFrame;

/* What the last answer to the same picture was made of. Start it as {0}. */
typedef struct {
    float *low_res; /* [count, side, side] logits */
    size_t count, side;
    uint64_t mask[SEGMENTER_MASKS_MAX]; /* sam_mask_key() of each */
} Remembered;

/* Tells masks apart: equal for equal pixels. */
uint64_t sam_mask_key(const Image *mask);

void remembered_clear(Remembered *r);

typedef struct {
    SamPrompt prompt; /* points into the rest */
    float points[SAM_POINTS_MAX][2], box[4];
    int labels[SAM_POINTS_MAX];
    float *mask;
} SamQuestion;

/* Points and box are taken as they are (the box clipped to the picture); strokes become a few points each; an earlier mask
 * becomes the logits that it was made of where it is one of the last answer, else logits of its own. Three masks are
 * asked for where one point is all there is, as the authors of SAM advise. ERR_NOMEM. The prompt was checked. */
bool sam_question_init(SamQuestion *q, const MaskPrompt *p, const Image *picture, LowResFrame f,
                       const Remembered *last, Err *err) __attribute__((warn_unused_result));
void sam_question_clear(SamQuestion *q);

/* Add a mask to an answer: logits [height, width], above 0 is object, but for what strokes say. */
bool sam_answer_add(SegmenterAnswer *a, const Image *picture, const float *logits, float iou,
                    const Image *strokes, Err *err) __attribute__((warn_unused_result));

#endif
