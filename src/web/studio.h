/* web/studio.h: what the server of `facet studio` answers. */
#ifndef FACET_WEB_STUDIO_H
#define FACET_WEB_STUDIO_H

#include "roles/segmenter.h"
#include "web/site.h"

typedef struct {
    const char *working_dir; /* folder of executions */
    const char *program;     /* this program's file, to start runs with */
    const Segmenter *
        segmenter; /* who makes masks of points and boxes when a label is corrected; NULL: they are drawn by hand */
    const RoleConfig *role; /* for the segmenter */
} StudioConfig;

typedef struct Studio Studio;

/* What the config points to is borrowed. ERR_MISSING when there is no such folder. NULL with *err set. */
Studio *studio_open(const StudioConfig *config, Err *err) __attribute__((warn_unused_result));
/* Have an export or a question to the segmenter under way end early, so that the server need not wait for it. From any thread. */
void studio_stop(Studio *s);
/* After the server has stopped. Fine on NULL. */
void studio_close(Studio *s);

/* Routes for a server whose `user` is the studio. Executions and images go by the numbers that earlier answers gave.
 *
 *   GET  /api/executions                               [execution, ...]
 *   GET  /api/execution/{n}                            steps, decisions, options
 *   GET  /api/execution/{n}/items?…                    a page of images; parameters below
 *   GET  /api/execution/{n}/item/{id}                  all about one
 *   GET  /api/execution/{n}/image/{id}                 its file
 *   GET  /api/execution/{n}/thumbnail/{id}?side=       a JPEG of 64 to 512 pixels
 *   GET  /api/execution/{n}/shapes                     label statistics
 *   GET  /api/execution/{n}/failures                   what failed and was not made since
 *   GET  /api/execution/{n}/live                       events: "progress" whenever something changed
 *   POST /api/execution/{n}/decide                     {"items": [id, ...], "decision": "drop"}
 *   POST /api/execution/{n}/undo                       {}
 *   POST /api/execution/{n}/mask/{id}?object=&label=   bytes of mask_runs.h: the corrected mask of an image's only object, or of
 *                                                      outline number `object`, or of "all"; `label` is as it was told of the image
 *   POST /api/execution/{n}/look/{id}                  {}: the segmenter begins to look at an image; {"segmenter": {"name", "title"}
 *                                                      or null}
 *   GET  /api/execution/{n}/look/{id}                  what it does with it (label_segment.h)
 *   POST /api/execution/{n}/segment/{id}               a prompt about an image to masks (label_segment.h)
 *   POST /api/execution/{n}/retry                      {"step": 4}
 *   POST /api/execution/{n}/export                     {"format": "coco", "name": "curated", "without_needs_work": false}
 *
 * Items: from, count (at most 500), step, split, decision, kind (each may be several, joined by commas), order, text, min_score,
 * max_score, min_area, max_area (shares in parts of a thousand), view, prompt, corrected=1, unlabelled=1. */
const WebRoute *studio_routes(size_t *count);

#endif
