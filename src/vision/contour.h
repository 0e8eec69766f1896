/* vision/contour.h: borders of a mask as lists of points, exactly as OpenCV finds them. */
#ifndef FACET_VISION_CONTOUR_H
#define FACET_VISION_CONTOUR_H

#include "vision/polygon.h"

/* Borders found in one mask. Contour i has the points p[offset[i]] .. p[offset[i + 1] - 1] (never none), so
 * `offset` has count + 1 entries. parent[i] is -1 for an outer border and for a hole the index of the outer
 * border of the component that it is in. */
typedef struct {
    Point *p;
    size_t *offset;
    int *parent;
    size_t count;
} ContourList;

void contour_list_clear(ContourList *l);

typedef enum {
    CONTOURS_EXTERNAL, /* one a component that touches the outside background (cv2.RETR_EXTERNAL) */
    CONTOURS_CCOMP,    /* the outer border of every component, each followed by its holes (cv2.RETR_CCOMP) */
} ContourMode;

/* Follow the borders in a mask (1 channel, above 127 is object; the object is 8-connected, the background and
 * all outside of the picture 4-connected). Suzuki & Abe 1985, algorithm 1. Only points where the direction
 * changes are kept (CHAIN_APPROX_SIMPLE) and a thin part is listed on its way out and on its way back. The
 * order is that of OpenCV: the border whose first pixel is lowest comes first. Time grows with the number of
 * pixels / 8 plus the length of all borders.
 * *out is overwritten; on failure it is empty. ERR_INTERNAL when the mask has several channels, ERR_NOMEM. */
bool contours_find(ContourList *out, const Image *mask, ContourMode mode, Err *err)
    __attribute__((warn_unused_result));

/* Area inside a closed polygon through its points, in pixels squared; exact. 0 for fewer than three points.
 */
double points_area(const Point *p, size_t n);
/* Length of a closed polygon, each side rounded to float32 and summed in double as cv2.arcLength does. */
double points_length(const Point *p, size_t n);

/* Leave out points as long as the closed polygon stays within `eps` pixels of them (Douglas & Peucker 1973,
 * in the variant of cv2.approxPolyDP: it starts at a pair of far points and ends with a pass that drops
 * points on a nearly straight line). *out is overwritten; it is empty on failure (ERR_NOMEM) and when n is 0.
 */
bool points_simplify(Polygon *out, const Point *p, size_t n, double eps, Err *err)
    __attribute__((warn_unused_result));

#endif
