/* web/studio_json.h: what the studio's page is told, as JSON. */
#ifndef FACET_WEB_STUDIO_JSON_H
#define FACET_WEB_STUDIO_JSON_H

#include "web/execution_list.h"
#include "web/gallery.h"
#include "web/review.h"
#include "web/studio_room.h"

/* Each gives a value that the caller owns, or NULL when memory runs out. A share is 0..1, a time milliseconds. */

/* {"number", "name", "object", "completed": [1, 2], "modified": seconds since 1970, "running"} */
json_t *execution_json(const ExecutionInfo *e, size_t number, bool running);
/* An image in a list: {"id", "name", "step", "split"?, "v" (changes with the file), "score"?, "area"?, "kind", "decision"?,
 * "inherited"?, "corrected"?} */
json_t *item_json(const StudioRoom *room, size_t item);
/* The same with all that is known: size, prompt, seed, view, effects, outlines, relatives. Reads the label, and the head of the
 * image file. */
json_t *item_details_json(const StudioRoom *room, size_t item);
/* Steps with their counts, decisions counted, configuration, problem. */
json_t *summary_json(const StudioRoom *room);
/* {"step", "item", "error", "attempts", "time"} of what failed, the first `most` */
json_t *failures_json(const Gallery *g, size_t most);
/* How large the objects of the labelled images of step 6 are, where, and of which shape, a side each; dropped images are left
 * out. {"train": {"images", "objects", "empty", "size": [10], "aspect": [5], "map": [256], "score": [10]}, ...} */
json_t *shapes_json(const StudioRoom *room);
/* How far the run is: the step under way, items a second, milliseconds left, the newest images. */
json_t *progress_json(StudioRoom *room, bool running);

#endif
