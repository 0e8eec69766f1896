/* pipeline/estimate.h: how much a run will make, and what that costs. */
#ifndef FACET_PIPELINE_ESTIMATE_H
#define FACET_PIPELINE_ESTIMATE_H

#include "pipeline/step.h"

/* What `--dry_run` prints: the execution, who plays the roles, each step's items, time and disk. `plan` says
 * which steps will be run. The caller frees it. */
char *estimate_text(const Run *run, const bool plan[STEP_COUNT], Err *err)
    __attribute__((warn_unused_result));

/* Warn when the disk has less room than the steps to run are likely to need. */
void estimate_warn_of_space(const Run *run, const bool plan[STEP_COUNT]);

#endif
