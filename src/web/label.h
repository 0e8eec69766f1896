/* web/label.h: what `facet label` offers to its page: pictures, a segmenter, and a place for the masks.
 *
 *   GET  /api/session                     {"pictures": [{"name", "done", "problem"}], "segmenter": {"name", "title"} or null}
 *   GET  /api/pictures/N                  {"name", "width", "height", "mask": is there one, "file": where it is written}; the
 *                                         segmenter begins to look at the picture
 *   GET  /api/pictures/N/pixels           the picture as a file that browsers show, upright
 *   GET  /api/pictures/N/state            {"state": "waiting" | "working" | "ready" | "failed", "error"}
 *   POST /api/pictures/N/segment          a prompt (label_prompt.h) to {"best", "masks": [{"score", "runs"}]}; 503 when a
 *                                         later question took its place
 *   GET  /api/pictures/N/mask             the saved mask (mask_runs.h)
 *   PUT  /api/pictures/N/mask             save it; {"file", "ends": facet label ends now} */
#ifndef FACET_WEB_LABEL_H
#define FACET_WEB_LABEL_H

#include "roles/segmenter.h"
#include "web/label_pictures.h"
#include "web/server.h"

typedef struct Label Label;

/* Borrowed until the close. */
typedef struct {
    LabelPlaces places;
    const Segmenter *segmenter; /* NULL: there is none, and masks are drawn by hand */
    const RoleConfig *role;
    bool once; /* end when every picture that can be read has been saved */
} LabelConfig;

extern const WebRoute label_routes[];
extern const size_t label_route_count;

/* List the pictures and start the segmenter's thread. What label_routes' handlers get as `user` is *out. Errors as
 * label_pictures_open(). *out is NULL on failure. */
bool label_open(Label **out, const LabelConfig *config, Err *err) __attribute__((warn_unused_result));

size_t label_picture_count(const Label *l);
/* Pictures that have a mask. */
size_t label_done_count(Label *l);
/* Has `once` been fulfilled? From any thread. */
bool label_finished(const Label *l);

/* Let no handler wait any more; before the server is stopped. */
void label_cancel(Label *l);
/* After the server was stopped. NULL is fine. */
void label_close(Label *l);

#endif
