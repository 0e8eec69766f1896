/* pipeline/augment_dataset.h: camera effects over a whole YOLO dataset: step 7, and `facet augment`. */
#ifndef FACET_PIPELINE_AUGMENT_DATASET_H
#define FACET_PIPELINE_AUGMENT_DATASET_H

#include "base/log.h"
#include "pipeline/journal.h"
#include "pipeline/run_config.h"
#include "pipeline/runner.h"
#include "vision/augment.h"

#include <jansson.h>

/* The camera effects that the options of a run ask for. */
AugmentOptions augment_options_of(const RunConfig *c);

/* All borrowed for the call. */
typedef struct {
    const char *dataset;   /* any YOLO dataset; see yolo_dataset_read() */
    const char *augmented; /* folder for the augmented images alone; made when missing */
    const char *combined;  /* folder for them and the originals */
    const char *replaced;  /* where files of other settings are moved; NULL: they are left */
    int count;             /* augmented versions of each image; 0 gives a copy of the dataset in `combined` */
    AugmentOptions options;
    uint64_t seed;
    int jobs, max_retries;
    size_t max_pixels; /* larger images fail; 0: CODEC_MAX_PIXELS */
    RunnerEnv env;     /* the journal remembers what is done, under step 7 */
    const Log *log;
} AugmentDataset;

/* Start it as {0}; clear with augment_dataset_result_clear(). */
typedef struct {
    json_t *summary;     /* as written to cv_augmentation_summary.json, without the per-image lists */
    json_t *failures;    /* list of failed augmentations, in the original's format */
    size_t made, failed; /* augmentations */
    size_t images;       /* in `combined` */
} AugmentDatasetResult;

/* Write {train,val,test}/{images,labels} with names {stem}_cv{k:03d}.jpg (quality 75) into both folders,
 * labels copied verbatim, originals linked or copied into `combined`, and in both dataset.yaml, classes.txt
 * and cv_augmentation_summary.json. An image's effects follow from seed, its split and name, and k, whatever
 * the number of jobs. True also when images failed. */
bool augment_dataset(const AugmentDataset *a, AugmentDatasetResult *out, Err *err)
    __attribute__((warn_unused_result));
void augment_dataset_result_clear(AugmentDatasetResult *r);

#endif
