/* roles/relief/skin.h: the colours of an object's surface, seen and unseen. */
#ifndef FACET_ROLES_RELIEF_SKIN_H
#define FACET_ROLES_RELIEF_SKIN_H

#include "roles/relief/light.h"
#include "roles/relief/surface.h"

/* The first three are borrowed. Start it as {0}. */
typedef struct {
    const Cutout *cutout;
    const Lathe *lathe;
    const Well *well;
    Light light;
    Image plain; /* the photo's colours without print, smaller; RGB */
    Image body;  /* a turned body's outside, rolled out; RGB */
    Vec3 end[2]; /* colours of its upper and lower end */
} Skin;

/* A camera. */
typedef struct {
    Mat3 turn;          /* photo's frame to view frame */
    float distance;     /* from the origin, cells */
    float cosine, sine; /* of the azimuth */
} SkinView;

/* A point of the surface; all as in Vertex, and interpolated. */
typedef struct {
    Vec3 at, normal;
    float texel_x, texel_y, reach, turn;
} SkinSpot;

/* What the photo does not show is made up here, from `seed`. ERR_NOMEM; skin_clear() is safe after a failure.
 */
bool skin_init(Skin *k, const Cutout *c, const Lathe *l, const Well *w, const Surface *s, uint64_t seed,
               Err *err);
void skin_clear(Skin *k);

/* RGB, 0 to 255 and sometimes more. Pixels of the photo are used as they are where the view draws them out
 * little; what is seen more from the side than in the photo gets the made up colours. The light stays with
 * the camera. */
Vec3 skin_colour(const Skin *k, const SkinView *v, const SkinSpot *p, SurfaceSide side);

#endif
