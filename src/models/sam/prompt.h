/* models/sam/prompt.h: what one asks SAM or SAM 2 for, and the answer. */
#ifndef FACET_MODELS_SAM_PROMPT_H
#define FACET_MODELS_SAM_PROMPT_H

#include "tensor/ops.h"

enum { SAM_POINTS_MAX = 256 };

/* Everything in pixels of the photo: x right, y down, (0, 0) the centre of the top left pixel (the half-pixel shift of the
 * model is added inside). All of it is borrowed for the call. */
typedef struct {
    const float (*points)[2];
    const int *labels; /* of each point: 1 on the object, 0 on the background */
    size_t point_count;
    const float *box;        /* x0, y0, x1, y1; NULL: none */
    const float *mask_input; /* logits [4 grid, 4 grid] as an earlier answer's low_res; NULL: none */
    bool multimask;          /* three masks, from the part to the whole, rather than one */
} SamPrompt;

/* In the arena of the context. */
typedef struct {
    Tensor low_res; /* [n, 4 grid, 4 grid] logits; n is 1, or 3 with multimask */
    Tensor iou;     /* [n] predicted quality */
} SamMasks;

#endif
