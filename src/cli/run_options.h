/* cli/run_options.h: the options of `facet run`. */
#ifndef FACET_CLI_RUN_OPTIONS_H
#define FACET_CLI_RUN_OPTIONS_H

#include "cli/options.h"
#include "pipeline/run_config.h"

typedef enum { LOG_TEXT, LOG_JSON } LogFormat;

/* The configuration of the run and what only the command line cares about. Start it as {0}. */
typedef struct {
    RunConfig run;
    char *config; /* file to read options from */
    bool dry_run, quiet;
    LogFormat log_format;
} RunOptions;

extern const Option run_options[];

/* The defaults alone. */
bool run_options_defaults(RunOptions *r, Err *err) __attribute__((warn_unused_result));

/* Read the arguments behind `facet run`, then the file of --config, then, when an execution is continued, its
 * run_config.json, each only for what was not given before it; then check that it makes sense as a whole. *o
 * is for options_to_json(); when o->help is set nothing was checked. ERR_USAGE, ERR_MISSING (a file, an
 * execution), ERR_INPUT, ERR_IO. *r must be cleared also on failure. */
bool run_options_parse(RunOptions *r, Options *o, int argc, char *const *argv, Err *err)
    __attribute__((warn_unused_result));

void run_options_clear(RunOptions *r);

#endif
