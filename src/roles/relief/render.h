/* roles/relief/render.h: a picture of the surface from another side. */
#ifndef FACET_ROLES_RELIEF_RENDER_H
#define FACET_ROLES_RELIEF_RENDER_H

#include "roles/relief/skin.h"
#include "roles/views.h"

/* What every view is made of; read only. */
typedef struct {
    const Surface *surface;
    const Skin *skin;
} RenderScene;

/* The object from `pose`, width x height pixels on pure white, with the exact alpha; centred. At a medium
 * distance the higher of the photo's object's sides takes 65 % of the frame, at others that over the distance
 * factor; never more than 92 % in any view. The light stays with the camera. Elevation 0 is the height of the
 * photo's camera, 60 and -60 are meant from the horizon. ERR_NOMEM; *out is then empty. */
bool render_view(const RenderScene *scene, const ViewPose *pose, int width, int height, ViewResult *out,
                 Err *err);

#endif
