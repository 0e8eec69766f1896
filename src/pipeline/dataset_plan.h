/* pipeline/dataset_plan.h: which images step 4 makes. */
#ifndef FACET_PIPELINE_DATASET_PLAN_H
#define FACET_PIPELINE_DATASET_PLAN_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* One image: a perspective in a scene, for the iteration-th time. */
typedef struct {
    int perspective, prompt, iteration;
    uint32_t seed; /* below 2^31; also in the name */
} DatasetItem;

/* Perspective by perspective, prompt by prompt, iteration by iteration. Start it as {0}. */
typedef struct {
    DatasetItem *items;
    size_t count;
} DatasetPlan;

typedef struct {
    int perspectives, prompts, iterations;
    uint64_t seed; /* the run's */
    /* Names of images that exist or failed already and were drawn by somebody else (the Python original):
     * each takes the place of one iteration of its perspective and prompt, so that nothing is made twice.
     * Those that the plan draws itself change nothing. */
    const char *const *adopted;
    size_t adopted_count;
} DatasetPlanOptions;

/* An item's seed follows from the run's seed, the perspective, the prompt and the iteration alone; the
 * iterations of one perspective and prompt have different ones. ERR_INPUT when there are more than 100
 * million images. */
bool dataset_plan(DatasetPlan *plan, const DatasetPlanOptions *opt, Err *err)
    __attribute__((warn_unused_result));
void dataset_plan_clear(DatasetPlan *plan);

/* "perspective_0_prompt_0_seed_12345.png" and back; `name` may have folders before it. False: no such name.
 */
#define DATASET_NAME_SIZE 80
void dataset_item_name(char out[DATASET_NAME_SIZE], const DatasetItem *item);
bool dataset_item_parse(DatasetItem *item, const char *name);

#endif
