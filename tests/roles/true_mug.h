/* true_mug.h: the example's mug as its formula has it, to compare views with. */
#ifndef FACET_TESTS_ROLES_TRUE_MUG_H
#define FACET_TESTS_ROLES_TRUE_MUG_H

#include "vision/image.h"

#define TRUE_MUG_ELEVATION 17 /* of the photo's camera, degrees */

/* Outline from `azimuth` degrees on from the photo's, `elevation` degrees above the horizon: 1 channel, size x
 * size, at the scale at which the photo's outline is 65 % of it high. */
void true_mug_outline(Image *out, float azimuth, float elevation, int size);

#endif
