/* pipeline/adopt.h: images that are not on record count as made, where nobody could have put them there. */
#ifndef FACET_PIPELINE_ADOPT_H
#define FACET_PIPELINE_ADOPT_H

#include "pipeline/step.h"

/* The state's list of such images: file names of 04_dataset and 05_qwen_augmented_images. It is in the state, so
 * that it outlives a process that ends early. */
#define FIELD_ADOPTED "adopted_images"

/* Fill the list for an execution of the Python original and for one whose journal is lost: what the state says
 * was made or failed in step 4 and 5, and the pictures beside them that can be read. When a step before 4 is
 * going to be run (first_run), its images are others, and the list is emptied. Call it before the state is saved
 * for the first time. */
bool adopt_find(Run *run, int first_run, Err *err) __attribute__((warn_unused_result));

/* Put the items of step 4 or 5 on record that are in the list and in no journal: those that the state's list
 * `failures` names in its field `name` as failed, and the others that are there as made with the present
 * settings. */
bool adopt_items(const Run *run, const Work *work, const char *failures, const char *name, Err *err)
    __attribute__((warn_unused_result));

/* Is an image in the list? Takes time in proportion to it. */
bool adopt_has(const Run *run, const char *name);

#endif
