/* pipeline/corrected_label.h: a label that a person corrected, which outlives those that step 6 makes.
 *
 * corrections/STEM.json in an execution is the record of one picture of the dataset:
 *
 *   {"pixels": "8c1f04c29a3b77e1", "labels": ["0 0.1 …\n", "0 0.2 …\n"], "settled": true}
 *
 * "labels" are the person's, oldest first; the last one counts. "pixels" stands for the picture that they were drawn for.
 * What the annotator makes of the same picture is kept beside it, as corrections/machine/STEM.txt and
 * STEM_mask_overlay.jpg: it comes back when the corrections are undone. The record is written first, "settled" when the
 * files of the datasets have followed. */
#ifndef FACET_PIPELINE_CORRECTED_LABEL_H
#define FACET_PIPELINE_CORRECTED_LABEL_H

#include "base/file.h"
#include "base/text_list.h"
#include "vision/image.h"
#include "vision/polygon.h"

#include <stdint.h>

#define FOLDER_CORRECTIONS "corrections"

/* Start it as {0}. */
typedef struct {
    uint64_t pixels; /* corrected_label_pixels() of the picture as step 6 reads it: upright, RGB */
    TextList labels; /* texts of label files; none: the annotator's label is to come back */
    bool settled;
} CorrectedLabel;

uint64_t corrected_label_pixels(const Image *picture);

/* `execution` is its folder, `image` the name of a picture or label, of which the stem counts. */
bool corrected_label_exists(const char *execution, const char *image);
/* ERR_MISSING: there is none; ERR_INPUT: it is damaged. Empty after a failure. */
bool corrected_label_read(CorrectedLabel *c, const char *execution, const char *image, Err *err)
    __attribute__((warn_unused_result));
bool corrected_label_write(const CorrectedLabel *c, const char *execution, const char *image, Err *err)
    __attribute__((warn_unused_result));
/* Remove the record and what was kept beside it, when the annotator's label has come back. */
bool corrected_label_end(const char *execution, const char *image, Err *err)
    __attribute__((warn_unused_result));
/* The picture is another one by now: move the record to replaced/corrections/, under a name that is not taken. *where is
 * that path within the execution; the caller frees it. */
bool corrected_label_set_aside(const char *execution, const char *image, char **where, Err *err)
    __attribute__((warn_unused_result));
void corrected_label_clear(CorrectedLabel *c);

/* The text that counts; NULL without labels. Borrowed. */
const char *corrected_label_text(const CorrectedLabel *c);
/* The path of what the annotator made: suffix is ".txt" or OVERLAY_SUFFIX. The caller frees it; NULL with *err set. */
char *corrected_label_machine(const char *execution, const char *image, const char *suffix, Err *err);

/* Save the overlay of a label's text on its picture. */
bool corrected_label_overlay(const char *path, const Image *picture, const char *text, Err *err)
    __attribute__((warn_unused_result));

/* The names of all records, as "STEM.json"; none where nothing was corrected. */
bool corrected_label_list(const char *execution, TextList *out, Err *err) __attribute__((warn_unused_result));
/* How many corrected labels the dataset of step 6 has. */
size_t corrected_label_count(const char *execution);

#endif
