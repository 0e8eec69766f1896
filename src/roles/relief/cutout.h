/* roles/relief/cutout.h: the object out of its photo, at the two resolutions the relief works with. */
#ifndef FACET_ROLES_RELIEF_CUTOUT_H
#define FACET_ROLES_RELIEF_CUTOUT_H

#include "vision/image.h"

/* The grid carries the shape, the colours carry the looks; both cover the object's bounding box and a margin.
 * Lengths of the relief are in cells of the grid; (0, 0) is the middle of the bounding box, y grows upwards.
 */
typedef struct {
    int width, height;        /* of the grid, with a margin of one empty cell all around */
    float *alpha;             /* [height, width], 0..1, area means; specks and pinholes are gone */
    float middle_x, middle_y; /* column and row of the grid that (0, 0) is at */
    float extent;             /* longer side of the bounding box, cells */
    Image colour;             /* RGB without any background in it, finer than the grid */
    float texel;              /* pixels of `colour` in a cell */
    float texel_x, texel_y;   /* pixel of `colour` that (0, 0) is at */
} Cutout;

/* ERR_INPUT when no pixel of alpha is at least half solid, ERR_NOMEM. cutout_clear() is safe after a failure.
 */
bool cutout_init(Cutout *c, const Image *rgb, const Image *alpha, Err *err);
void cutout_clear(Cutout *c);

static inline bool cutout_inside(const Cutout *c, int x, int y)
{
    return c->alpha[(size_t)y * (size_t)c->width + (size_t)x] >= 0.5f;
}

#endif
