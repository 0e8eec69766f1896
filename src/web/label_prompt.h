/* web/label_prompt.h: what a page asks the segmenter, from JSON. */
#ifndef FACET_WEB_LABEL_PROMPT_H
#define FACET_WEB_LABEL_PROMPT_H

#include "roles/segmenter.h"

#include <jansson.h>

typedef struct {
    SegmenterPoint point[SEGMENTER_POINTS_MAX];
    float box[4];
    Image strokes;
    SegmenterPrompt prompt; /* points into this struct, which must stay where it is */
    json_int_t question;    /* a later one has a larger number */
} LabelPrompt;

/* Read {"question": N, "points": [[x, y, 1 or 0], ...], "box": [x0, y0, x1, y1] or null} for a picture of this size, and what
 * was painted where that is given too: "object" and "background", null or lengths as in mask_runs.h. In the page's
 * coordinates (0, 0) is the picture's top left corner, in the prompt's the centre of its first pixel. Nothing else may be
 * there. ERR_INPUT says what is wrong, ERR_NOMEM; there is nothing to clear then. Whether the prompt asks for anything is the
 * segmenter's to say. */
bool label_prompt_read(LabelPrompt *out, const json_t *from, int width, int height, Err *err)
    __attribute__((warn_unused_result));

/* Free the strokes. */
void label_prompt_clear(LabelPrompt *p);

#endif
