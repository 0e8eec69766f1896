/* roles/relief/cutout.h: the object out of its photo, at the two resolutions the relief works with. */
#ifndef FACET_ROLES_RELIEF_CUTOUT_H
#define FACET_ROLES_RELIEF_CUTOUT_H

#include "vision/image.h"

/* The grid carries the shape, the colours carry the looks; both cover the object's bounding box and a margin.
 * Lengths of the relief are in cells of the grid; (0, 0) is the middle of the bounding box, y grows upwards.
 */
typedef struct {
    int width, height;           /* of the grid, with a margin of one empty cell all around */
    float *alpha;                /* [height, width], 0..1, area means; specks and pinholes are gone */
    float middle_x, middle_y;    /* column and row of the grid that (0, 0) is at */
    float box_width, box_height; /* of the bounding box, cells */
    float extent;                /* the longer of them */
    Image colour;                /* RGB without any background in it, finer than the grid */
    float texel;                 /* pixels of `colour` in a cell */
    float texel_x, texel_y;      /* pixel of `colour` that (0, 0) is at */
} Cutout;

/* ERR_INPUT when no pixel of alpha is at least half solid, ERR_NOMEM. cutout_clear() is safe after a failure.
 */
bool cutout_init(Cutout *c, const Image *rgb, const Image *alpha, Err *err);
void cutout_clear(Cutout *c);

/* Turn over what is too small to matter: holes and pieces below these numbers of cells. ERR_NOMEM. */
bool cutout_clean(Cutout *c, size_t least_hole, size_t least_piece, Err *err);

/* The pixel of `colour` next to a place on the photo. */
static inline const uint8_t *cutout_pixel(const Cutout *c, float x, float y)
{
    int px = (int)(c->texel_x + x * c->texel + 0.5f), py = (int)(c->texel_y - y * c->texel + 0.5f);
    px = px < 0 ? 0 : px < c->colour.width ? px : c->colour.width - 1;
    py = py < 0 ? 0 : py < c->colour.height ? py : c->colour.height - 1;
    return image_at(&c->colour, px, py);
}

static inline bool cutout_inside(const Cutout *c, int x, int y)
{
    return c->alpha[(size_t)y * (size_t)c->width + (size_t)x] >= 0.5f;
}

#endif
