/* web/review.h: what a person decided about the images of an execution. */
#ifndef FACET_WEB_REVIEW_H
#define FACET_WEB_REVIEW_H

#include "base/err.h"

#include <stddef.h>

typedef enum { DECISION_NONE, DECISION_KEEP, DECISION_DROP, DECISION_NEEDS_WORK, DECISION_COUNT } Decision;
extern const char *const decision_names[DECISION_COUNT]; /* "none", "keep", "drop", "needs_work" */
/* DECISION_COUNT when there is none of this name. */
Decision decision_of_name(const char *name);

/* review.jsonl in the execution's folder holds one JSON object a line, which are only ever added:
 *
 *   {"time":"2025-06-10T14:30:22.000000","step":6,"items":["a.jpg","b.jpg"],"decision":"drop"}
 *   {"time":"…","step":6,"items":["a.jpg"],"corrected":"corrections/a.json"}
 *   {"time":"…","undo":true}
 *
 * A step and a file name are an image. "corrected": a person replaced its label, which is kept there. An undo takes back the
 * last line that is not taken back yet. Lines are flushed to the disk before an answer is given; a cut last line (a crash) and
 * lines that are none of these are skipped. Several processes may add to one file. */
typedef struct Review Review;

/* What an undo took back. Texts are borrowed from the review. */
typedef struct {
    int step;
    const char *item; /* the first one */
    size_t items;
    Decision decision;     /* that was taken back */
    const char *corrected; /* the record of a correction, else NULL */
} ReviewUndone;

/* Read what is there. A missing file is an empty review; it is made by the first decision. NULL with *err set. Not for several
 * threads at once. */
Review *review_open(const char *path, Err *err) __attribute__((warn_unused_result));
void review_close(Review *r);
/* Take in what others have added since. */
bool review_refresh(Review *r, Err *err) __attribute__((warn_unused_result));

Decision review_decision(const Review *r, int step, const char *item);
/* Number of decisions that may be undone, corrections included. */
size_t review_depth(const Review *r);

/* Add a line. At most REVIEW_MOST items at once. ERR_USAGE, ERR_IO, ERR_NOMEM; then nothing is decided. */
enum { REVIEW_MOST = 1000 };
bool review_decide(Review *r, int step, const char *const *items, size_t count, Decision d, Err *err)
    __attribute__((warn_unused_result));
bool review_correct(Review *r, int step, const char *item, const char *record, Err *err)
    __attribute__((warn_unused_result));
/* What review_undo() would take back: false when there is nothing. */
bool review_last(const Review *r, ReviewUndone *last);
/* ERR_STATE when there is nothing to undo. */
bool review_undo(Review *r, Err *err) __attribute__((warn_unused_result));

#endif
