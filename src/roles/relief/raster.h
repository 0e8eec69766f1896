/* roles/relief/raster.h: which triangle is seen at each sample of a picture. */
#ifndef FACET_ROLES_RELIEF_RASTER_H
#define FACET_ROLES_RELIEF_RASTER_H

#include "roles/relief/surface.h"

/* A vertex on the picture: samples right and down, and nearness, 1 / distance along the view. */
typedef struct {
    float x, y, near;
} ScreenPoint;

/* Start it as {0}. */
typedef struct {
    int x0, y0, width, height; /* rectangle of samples that is covered at all */
    float *near;
    uint32_t *triangle; /* RASTER_EMPTY where nothing is seen */
} Raster;

enum { RASTER_EMPTY = UINT32_MAX };

/* Draw all triangles that face the camera, nearest first to be seen; the centre of sample (x, y) is at (x,
 * y). `point` has one entry a vertex. Rectangles of width x height samples at most. ERR_NOMEM. */
bool raster_draw(Raster *r, const Surface *s, const ScreenPoint *point, int width, int height, Err *err);
void raster_clear(Raster *r);

/* Weights of the triangle's corners at a sample, as they are in space. */
void raster_weights(const uint32_t corner[3], const ScreenPoint *point, float x, float y, float weight[3]);

#endif
