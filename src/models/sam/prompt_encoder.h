/* models/sam/prompt_encoder.h: clicks, boxes and masks as tokens and as an image for the mask decoder.
 *
 * Kirillov et al. 2023, app. A; the random Fourier features are Tancik et al. 2020, arXiv:2006.10739. SAM 2 uses the same
 * encoder under another prefix. */
#ifndef FACET_MODELS_SAM_PROMPT_ENCODER_H
#define FACET_MODELS_SAM_PROMPT_ENCODER_H

#include "models/load.h"
#include "models/sam/prompt.h"
#include "tensor/ops.h"

/* What a point says. */
typedef enum {
    POINT_NONE = -1, /* fills up; has no place */
    POINT_BACKGROUND = 0,
    POINT_FOREGROUND = 1,
    POINT_TOP_LEFT = 2, /* of a box */
    POINT_BOTTOM_RIGHT = 3,
    POINT_LABELS,
} PointLabel;

/* x right, y down, in pixels of the network's input; (0, 0) is the corner of the picture, so a pixel's centre is at half
 * numbers. */
typedef struct {
    float x, y;
    PointLabel label;
} PromptPoint;

typedef struct {
    size_t dim;                 /* C */
    size_t grid;                /* side of the image embedding */
    size_t pixels;              /* side of the network's input */
    float *gaussian;            /* [2, C / 2] */
    float *place[POINT_LABELS]; /* [C] added for what a point says */
    float *not_a_point;         /* [C] */
    Weight no_mask;             /* [1, C] */
    Linear down[3];             /* convolutions 2x2, 2x2, 1x1 */
    Norm down_norm[2];
    float *grid_pe; /* [grid, grid, C] */
    Weight dense_pe;
} SamPromptEncoder;

/* From <prefix>.*, for an embedding of grid x grid cells and dim channels, and an input of pixels x pixels. Clear it also after a failure. */
void sam_prompt_encoder_load(Loader *l, SamPromptEncoder *e, const char *prefix, size_t dim, size_t grid,
                             size_t pixels);
void sam_prompt_encoder_clear(SamPromptEncoder *e);

/* Whether a prompt can be taken: there is a point, a box or a mask in it, no more points than SAM_POINTS_MAX, and labels of 0
 * and 1. False with the context failed, ERR_USAGE, where it is not, and where the context has failed before. */
bool sam_prompt_check(OpCtx *c, const SamPrompt *p);

/* One token a point: [count, C]; count may be 0. */
Tensor sam_encode_points(OpCtx *c, const SamPromptEncoder *e, const PromptPoint *points, size_t count);
/* A mask [4 grid, 4 grid] of logits as an image [grid, grid, C]; the empty tensor as `mask`: the embedding of "no mask",
 * [1, C]. */
Tensor sam_encode_mask(OpCtx *c, const SamPromptEncoder *e, Tensor mask);
/* Where each cell of the image embedding lies: [grid * grid, C]. */
Tensor sam_grid_positions(OpCtx *c, const SamPromptEncoder *e);

#endif
