/* web/correction.h: the label of an image, replaced by a person's. */
#ifndef FACET_WEB_CORRECTION_H
#define FACET_WEB_CORRECTION_H

#include "vision/image.h"
#include "web/gallery.h"
#include "web/review.h"

/* Width and height that a mask of this image must have: those of the file. ERR_MISSING, ERR_INPUT, ERR_IO. */
bool correction_size(const Gallery *g, size_t item, int *width, int *height, Err *err)
    __attribute__((warn_unused_result));
/* Stands for the text of an image's label as it is by now. */
uint64_t correction_label(const Gallery *g, size_t item);

/* Which of a label's outlines a correction is about, where it is not the number of one, counted from 0. The number behind
 * the last one adds an object. */
enum {
    CORRECTION_ONLY = -2, /* the only one; a label with several is refused */
    CORRECTION_ALL = -1   /* all outlines of the first one's class, which are parts of one object */
};

typedef struct {
    const Image *mask; /* of the object: 1 channel, the picture's size, above 127 is object; borrowed */
    long object;
    size_t left_out; /* set by correction_save(): parts of the mask, all smaller, that are not in the label */
    /* correction_label() when the mask was begun: a label that changed since is not replaced. */
    bool has_label;
    uint64_t label;
} Correction;

/* `item` is an image of step 6. The object's lines in its label become the outline of the mask, by the same code and in the
 * same number (--polygons) as the run's own; an empty mask takes the object away. Other lines stay as they are. The label is
 * kept in corrections/ (pipeline/corrected_label.h), so that it outlives what step 6 makes; then those of its versions of
 * step 7, its overlay and the label file follow, each replaced whole. A line is added to the review.
 * ERR_INPUT: a mask of another size, an outline that is not there; ERR_STATE: a run is at work on the execution, or the label
 * is another one by now. The gallery is up to date afterwards. */
bool correction_save(Gallery *g, Review *r, size_t item, Correction *c, Err *err)
    __attribute__((warn_unused_result));

/* Undo what review_last() says, which is a correction: the person's label before it comes back, or that of the annotator, with
 * all that follows a label. Where the picture was made anew since, its label is the annotator's already. */
bool correction_undo(Gallery *g, Review *r, Err *err) __attribute__((warn_unused_result));

/* Have the files follow all corrections whose writer was killed. ERR_STATE: a run is at work on the execution. */
bool corrections_settle(Gallery *g, Err *err) __attribute__((warn_unused_result));

#endif
