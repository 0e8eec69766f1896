/* pipeline/report.h: report.html, what a run made, for a person to look at. */
#ifndef FACET_PIPELINE_REPORT_H
#define FACET_PIPELINE_REPORT_H

#include "pipeline/step.h"

/* Write the report into the execution folder: one file that needs nothing else, with a contact sheet of each
 * step, counts, failures, label statistics and the commands to go on with. A report that is there stays.
 * *path gets the file's name, the caller's. */
bool report_write(const Run *run, char **path, Err *err) __attribute__((warn_unused_result));
/* The report of an execution whose labels changed, built anew. Start it as {0}. */
typedef struct {
    char *html;        /* NULL: the execution has no report */
    uint64_t replaces; /* stands for the report that was there */
} ReportDraft;

/* Build it from the execution's folder, which nobody needs to hold. Takes about as long as looking at a hundred pictures. */
bool report_draft(ReportDraft *d, const char *folder, Err *err) __attribute__((warn_unused_result));
/* Put it in the place of the report that was there, or leave the one that a run has written since. The caller holds the
 * execution. */
bool report_replace(const ReportDraft *d, const char *folder, Err *err) __attribute__((warn_unused_result));
void report_draft_clear(ReportDraft *d);

/* Remove the report: what it is about is going to change. */
void report_forget(const Run *run);

#endif
