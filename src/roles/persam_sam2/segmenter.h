/* roles/persam_sam2/segmenter.h: the recipe of the Python original: PerSAM points at the object, SAM 2 cuts it out. */
#ifndef FACET_ROLES_PERSAM_SAM2_SEGMENTER_H
#define FACET_ROLES_PERSAM_SAM2_SEGMENTER_H

#include "models/persam/persam.h"
#include "models/persam/train.h"
#include "models/sam2/sam2.h"
#include "vision/image.h"

/* A photo (RGB) through SAM's image encoder: resized as Pillow does it. The embedding is in the arena of `c`; *f says how the
 * photo lies in it. */
bool photo_encode(Tensor *embedding, SamFrame *f, OpCtx *c, const Sam *sam, const Image *photo, Err *err)
    __attribute__((warn_unused_result));

/* Learn the object from the reference photo and mask (1 channel, same size); training may be NULL. */
bool reference_learn(PersamTarget *t, OpCtx *c, const Sam *sam, const Image *photo, const Image *mask,
                     const PersamTraining *training, Err *err) __attribute__((warn_unused_result));

/* What was found in a photo, with everything on the way that one may want to look at. */
typedef struct {
    bool found;
    PersamPrior prior;
    PersamFound persam;
    float *low_res; /* SAM 2's answer, [3, side, side] */
    size_t masks, side;
    float iou[3];
    size_t best;
    float stability; /* sam_mask_stability() of the mask; 0 where nothing is found */
    Image mask;      /* 1 channel, 0 or 255 */
} Segmented;

/* Points, box and multimask of PerSAM to SAM 2; the mask it scores best. With sam2 NULL, PerSAM's own mask. Resets the arena of
 * `c`. */
bool segment_reference_object(Segmented *out, OpCtx *c, const Sam *sam, const Sam2 *sam2,
                              const PersamTarget *t, const Image *photo, Err *err)
    __attribute__((warn_unused_result));
void segmented_clear(Segmented *s);

#endif
