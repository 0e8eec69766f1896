/* cli/progress_view.h: the progress and the messages of a run, on standard error: for people or as JSON. */
#ifndef FACET_CLI_PROGRESS_VIEW_H
#define FACET_CLI_PROGRESS_VIEW_H

#include "base/log.h"
#include "cli/run_options.h"
#include "pipeline/progress.h"

typedef struct {
    int fd;
    LogFormat format;
    bool quiet;  /* warnings only */
    bool redraw; /* one line that is drawn again and again; else lines now and then */
    bool unicode, color;
    int width; /* columns; 0: ask the terminal each time */
} ProgressStyle;

enum { PROGRESS_STEPS = 7 };

typedef struct ProgressView ProgressView;

/* What suits the file behind `fd`. */
ProgressStyle progress_style(int fd, bool quiet, LogFormat format);

/* NULL when memory runs out. All that is written appears as whole lines, from whatever thread. */
ProgressView *progress_open(const ProgressStyle *style);
/* Write a line break if a line is being redrawn, before something else is printed. */
void progress_end_line(ProgressView *v);
/* As progress_end_line(). NULL is fine. */
void progress_close(ProgressView *v);

/* For pipeline_run(); valid until progress_close(). */
Progress progress_callbacks(ProgressView *v);
Log progress_log(ProgressView *v);

/* As JSON: the event "error" with the message, the exit code, and the command that goes on (NULL: none). */
void progress_error(ProgressView *v, const char *message, int exit_code, const char *go_on);

/* Items that failed in a step so far, 1 to PROGRESS_STEPS. Not while a run is going on. */
size_t progress_failed(const ProgressView *v, int step);

#endif
