/* pipeline/settings.h: run_config.json, the options a run was made with. */
#ifndef FACET_PIPELINE_SETTINGS_H
#define FACET_PIPELINE_SETTINGS_H

#include "pipeline/step.h"

/* The file is a flat JSON object of options by their names, so that `--config run_config.json` repeats a run;
 * the key "facet" holds the version that wrote it and who played the roles, and is no option. */
#define SETTINGS_ABOUT "facet"

/* Write the effective options (hooks->config_json). */
bool settings_write(const Run *run, Err *err) __attribute__((warn_unused_result));

/* Where an option differs from the recorded one and the step it concerns is done and will not be run (it is
 * before `first_run`), say so: it has no effect. */
void settings_warn_of_changes(const Run *run, int first_run);

#endif
