/* pipeline/run.h: one photo to one dataset, through the seven steps. */
#ifndef FACET_PIPELINE_RUN_H
#define FACET_PIPELINE_RUN_H

#include "base/log.h"
#include "pipeline/progress.h"
#include "pipeline/run_config.h"
#include "roles/registry.h"

#include <stdatomic.h>

/* What the caller provides; all but `config_json` may be NULL. Borrowed for the call. */
typedef struct {
    const Log *log;
    const Progress *progress;
    const atomic_bool *cancel; /* set it to end the run early, with ERR_CANCELLED; everything made is kept */
    const char *config_json;   /* the effective options as a JSON object, written to run_config.json */
    const RoleSet *roles;      /* instead of those that the configuration chooses: for tests and benches */
} RunHooks;

/* What came out. Start it as {0}; clear with run_summary_clear(). */
typedef struct {
    char *execution;   /* folder */
    char *dataset;     /* folder of the last dataset made, NULL when none */
    char *report;      /* report.html, NULL when none */
    size_t generated;  /* images of step 4 that exist */
    size_t labelled;   /* images in which the object was found */
    size_t in_dataset; /* images of `dataset` */
    size_t corrected;  /* labels that a person corrected and that are kept */
    size_t failed;     /* items that failed, in all steps run */
    double ms;
} RunSummary;

void run_summary_clear(RunSummary *s);

/* Run or resume the pipeline. True when every step asked for came to its end, also with failed items (see
 * summary->failed). On false, *err says why, everything made so far is on disk and `execution` is set if
 * there is one. */
bool pipeline_run(const RunConfig *cfg, const RunHooks *hooks, RunSummary *summary, Err *err)
    __attribute__((warn_unused_result));

/* What pipeline_run() would do, and what it would cost, as text for a person; nothing is written. The caller
 * frees it. */
char *pipeline_plan_text(const RunConfig *cfg, const RunHooks *hooks, Err *err)
    __attribute__((warn_unused_result));

#endif
