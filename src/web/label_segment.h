/* web/label_segment.h: answers of the segmenter for a page: the same for the labeler and the studio. */
#ifndef FACET_WEB_LABEL_SEGMENT_H
#define FACET_WEB_LABEL_SEGMENT_H

#include "web/answer.h"
#include "web/label_worker.h"

/* Longer bodies of a prompt are none: what was painted, as lengths in JSON. */
enum { LABEL_PROMPT_MAX_BYTES = 8 << 20 };

/* Answer {"state": "waiting" | "working" | "ready" | "failed", "error"} for a picture. Without a worker it is ready: masks are
 * drawn by hand. */
void label_answer_state(LabelWorker *w, uint64_t picture, WebAnswer *a);

/* Answer a prompt (label_prompt.h) about a picture of this size with {"best", "masks": [{"score", "runs"}]}. Waits for the
 * segmenter. 503: a later question took its place; 409: there is no worker (NULL). */
void label_answer_segment(LabelWorker *w, uint64_t picture, int width, int height, const WebRequest *r,
                          WebAnswer *a);

#endif
