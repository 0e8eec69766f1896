/* roles/relief/light.h: the light in the photo, as far as the shape tells it from the object's own colours.
 */
#ifndef FACET_ROLES_RELIEF_LIGHT_H
#define FACET_ROLES_RELIEF_LIGHT_H

#include "roles/relief/cutout.h"
#include "roles/relief/surface.h"

enum { LIGHT_TERMS = 8 };

/* Logarithm of brightness by normal, in the camera's frame: spherical harmonics up to order 2 without the
 * constant (Ramamoorthi and Hanrahan 2001). */
typedef struct {
    float term[LIGHT_TERMS];
} Light;

/* Least squares over what the photo shows, band by band, so that rows of colour are not taken for light; kept
 * small where the photo says little. */
Light light_fit(const Surface *s, const Cutout *c);

/* Brightness of a surface that turns from normal `was` to normal `is`, as a factor. */
float light_ratio(const Light *light, Vec3 was, Vec3 is);

#endif
