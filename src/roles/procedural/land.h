/* roles/procedural/land.h: ranges of hills or mountains, and water. */
#ifndef FACET_ROLES_PROCEDURAL_LAND_H
#define FACET_ROLES_PROCEDURAL_LAND_H

#include "roles/procedural/stage.h"

typedef struct {
    float z, height; /* metres */
    float rough;     /* 0 rolling hills .. 1 crags */
    Pixel colour;
    float snow; /* share of the height that lies under snow */
    float haze; /* share of air between it and the camera */
} RangeLook;

/* A range across the picture, as a layer of its own. */
void land_range(Stage *st, const RangeLook *look);
/* Water from z0 to z1 (z0 < z1, metres) that mirrors what has been painted so far; `waves` 0 still .. 1
 * choppy. */
void land_water(Stage *st, float z0, float z1, Pixel colour, float waves);

#endif
