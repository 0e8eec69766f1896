/* vision/max_flow.h: the cheapest way to cut a grid of pixels in two.
 *
 * Maximum flow by search trees that grow from both ends and are mended rather than rebuilt (Boykov and Kolmogorov, PAMI
 * 2004), on a grid whose nodes are linked to their 8 neighbours. The grid is implicit: 36 bytes a pixel. */
#ifndef FACET_VISION_MAX_FLOW_H
#define FACET_VISION_MAX_FLOW_H

#include "base/err.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct MaxFlow MaxFlow;

/* Half of the neighbours; links go both ways. */
typedef enum { LINK_EAST, LINK_SOUTH_EAST, LINK_SOUTH, LINK_SOUTH_WEST } Link;

enum {
    LINK_CAPACITY_MAX = 32767,
    /* More than all links of a pixel can carry: a pixel tied to one side with so much stays there. */
    TERMINAL_SURE = 1 << 22,
};

/* For grids of up to `pixels` pixels and their frame. ERR_NOMEM, ERR_INPUT: more than 2^30. */
bool max_flow_open(MaxFlow **out, size_t pixels, Err *err) __attribute__((warn_unused_result));
void max_flow_close(MaxFlow *m); /* also for NULL */

/* A grid without links and ties. Sides of at least 1, and width * height within the `pixels` above. */
void max_flow_begin(MaxFlow *m, int width, int height);
/* The capacity of a link, in each direction alike. Links that leave the grid are left out. */
void max_flow_link(MaxFlow *m, int x, int y, Link link, uint16_t capacity);
/* Tie a pixel to the object (above 0) or to the background (below 0), with this capacity; calls add up. It may also be
 * called after a solve: the next one cuts the grid as if it had all been there at once, and starts at the flow it has. The
 * sum of a pixel's ties must stay within +-2^30. */
void max_flow_tie(MaxFlow *m, int x, int y, int32_t capacity);

/* Find the cut. *flow: what passes from the object's ties to the background's, which is the cost of the cheapest cut: the
 * ties of pixels on the wrong side and the links between the sides. (After ties that changed, it is what passed since.)
 * False: ERR_CANCELLED, when *cancel becomes true; cancel may be NULL. */
bool max_flow_solve(MaxFlow *m, const atomic_bool *cancel, int64_t *flow, Err *err)
    __attribute__((warn_unused_result));

/* After a solve: whether a pixel is on the object's side. Pixels that either side may have go to the background. */
bool max_flow_is_object(const MaxFlow *m, int x, int y);

#endif
