/* cli/progress_line.h: how far a step is, as one line of text. */
#ifndef FACET_CLI_PROGRESS_LINE_H
#define FACET_CLI_PROGRESS_LINE_H

#include "base/str.h"

typedef struct {
    int step;
    const char *title;
    size_t done, total, failed; /* done counts those of an earlier run and the failed ones */
    size_t already;             /* of an earlier run */
    double ms;                  /* since the step began */
} ProgressState;

/* Items a second in this run; 0 when nothing was done yet. */
double progress_rate(const ProgressState *s);

/* "12 s", "3:07 min", "1:02:03 h". */
void add_duration(Str *out, double ms);
/* "2.3/s" or "4.1/min". */
void add_rate(Str *out, double per_second);

/* "123/180  2.3/s  25 s left  1 failed". */
void progress_facts(Str *out, const ProgressState *s);
/* "step 4/7 title [#####-----] facts", at most width - 1 columns; blocks instead of # with `unicode`. */
void progress_bar(Str *out, const ProgressState *s, int width, bool unicode);

#endif
