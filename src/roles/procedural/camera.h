/* roles/procedural/camera.h: where things in the world land in the picture. */
#ifndef FACET_ROLES_PROCEDURAL_CAMERA_H
#define FACET_ROLES_PROCEDURAL_CAMERA_H

/* A view camera: looking level, with the lens shifted so that the horizon lies in row `horizon`. Verticals
 * stay vertical and what is parallel to the picture keeps its shape. World: metres, X right, Y up from the
 * surface the object stands on, Z away from the camera, which is at (0, height, 0). */
typedef struct {
    int width, height_px;
    float focal;    /* pixels */
    float centre;   /* column of X = 0 */
    float horizon;  /* row of the horizon; may lie outside the picture */
    float height;   /* of the camera above the surface */
    float focus;    /* Z that is sharp: where the object stands */
    float blur_far; /* radius in pixels of the blur at infinity */
} Camera;

static inline float camera_x(const Camera *c, float x, float z)
{
    return c->centre + c->focal * x / z;
}
static inline float camera_y(const Camera *c, float y, float z)
{
    return c->horizon + c->focal * (c->height - y) / z;
}
/* How far away the surface is in a row below the horizon. */
static inline float camera_depth(const Camera *c, float row)
{
    return c->focal * c->height / (row - c->horizon);
}
/* Radius in pixels of the circle of confusion (thin lens). */
static inline float camera_blur(const Camera *c, float z)
{
    float r = c->blur_far * (1.0f - c->focus / z);
    return r < 0 ? -r : r;
}
/* The same camera for a picture `factor` times smaller. */
static inline Camera camera_smaller(const Camera *c, int factor)
{
    Camera s = *c;
    float k = 1.0f / (float)factor;
    s.width = (c->width + factor - 1) / factor;
    s.height_px = (c->height_px + factor - 1) / factor;
    s.focal *= k;
    s.centre = (c->centre + 0.5f) * k - 0.5f;
    s.horizon = (c->horizon + 0.5f) * k - 0.5f;
    s.blur_far *= k;
    return s;
}

#endif
