/* pipeline/report.h: report.html, what a run made, for a person to look at. */
#ifndef FACET_PIPELINE_REPORT_H
#define FACET_PIPELINE_REPORT_H

#include "pipeline/step.h"

/* Write the report into the execution folder: one file that needs nothing else, with a contact sheet of each
 * step, counts, failures, label statistics and the commands to go on with. A report that is there stays.
 * *path gets the file's name, the caller's. */
bool report_write(const Run *run, char **path, Err *err) __attribute__((warn_unused_result));
/* Remove the report: what it is about is going to change. */
void report_forget(const Run *run);

#endif
