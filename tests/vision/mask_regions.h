/* mask_regions.h: the parts of a mask (0 and 255), by flood fill: a judge of what follows their borders. */
#ifndef FACET_TESTS_MASK_REGIONS_H
#define FACET_TESTS_MASK_REGIONS_H

#include "vision/polygon.h"

#include <stdlib.h>

/* Paint the region of value `from` around (x, y), over edges and with `corners` over corners, too. True when it reaches the
 * picture's edge. */
static inline bool flood(Image *im, int x, int y, uint8_t from, uint8_t to, bool corners)
{
    size_t n = (size_t)im->width * (size_t)im->height, count = 0;
    Point *stack = malloc(n * sizeof *stack);
    bool edge = false;
    if (!stack)
        abort();
    *image_at(im, x, y) = to;
    stack[count++] = (Point){ x, y };
    while (count) {
        Point p = stack[--count];
        edge |= p.x == 0 || p.y == 0 || p.x == im->width - 1 || p.y == im->height - 1;
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                int u = p.x + dx, v = p.y + dy;
                if ((dx && dy && !corners) || u < 0 || v < 0 || u >= im->width || v >= im->height ||
                    *image_at(im, u, v) != from)
                    continue;
                *image_at(im, u, v) = to; /* each pixel is stacked once */
                stack[count++] = (Point){ u, v };
            }
    }
    free(stack);
    return edge;
}

/* Components of the object, and of the background those that do not reach the picture's edge. Objects become 1, the background around
 * all 2, holes 3. */
static inline void paint_regions(Image *mask, size_t *components, size_t *holes)
{
    *components = *holes = 0;
    for (int y = 0; y < mask->height; y++)
        for (int x = 0; x < mask->width; x++)
            if (*image_at(mask, x, y) == 255) {
                flood(mask, x, y, 255, 1, true);
                ++*components;
            } else if (*image_at(mask, x, y) == 0 && !flood(mask, x, y, 0, 2, false)) {
                flood(mask, x, y, 2, 3, false);
                ++*holes;
            }
}

#endif
