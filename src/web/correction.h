/* web/correction.h: the label of an image, replaced by a person's. */
#ifndef FACET_WEB_CORRECTION_H
#define FACET_WEB_CORRECTION_H

#include "vision/image.h"
#include "web/gallery.h"
#include "web/review.h"

/* Width and height that a mask of this image must have: those of the file. ERR_MISSING, ERR_INPUT, ERR_IO. */
bool correction_size(const Gallery *g, size_t item, int *width, int *height, Err *err)
    __attribute__((warn_unused_result));

/* `item` is an image of step 6. The label becomes the outline of `mask` (1 channel, the picture's size, above 127 is object),
 * by the same code and in the same number (--polygons) as the run's own; an empty mask says that there is no object. The
 * earlier label is kept in replaced/, under its path there with a number where the name is taken, then the label file is
 * replaced whole, then those of its versions of step 7, which have the same outline, and a line is added to the review.
 * ERR_INPUT: a mask of another size; ERR_STATE: a run is at work on the execution. The gallery is up to date afterwards. */
bool correction_save(Gallery *g, Review *r, size_t item, const Image *mask, Err *err)
    __attribute__((warn_unused_result));

/* Undo what review_last() says, which is a correction: the label that was put aside comes back, and the corrected one is put
 * aside. Where the image or that label is gone, ERR_MISSING. */
bool correction_undo(Gallery *g, Review *r, Err *err) __attribute__((warn_unused_result));

#endif
