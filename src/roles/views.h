/* roles/views.h: the role that answers "this object from these angles". */
#ifndef FACET_ROLES_VIEWS_H
#define FACET_ROLES_VIEWS_H

#include "base/str.h"
#include "roles/role.h"
#include "vision/image.h"

/* A camera around the object. Azimuth 0 is the photo's own side and grows as the camera walks to the object's
 * right
 * ("front-right quarter" 45, "right side" 90, "back" 180, "left side" 270); elevation is above the horizon.
 * Names are those that the multi-camera LoRA was trained on; they are what file names and prompts say. */
typedef struct {
    const char *view, *elevation, *distance; /* "front-right quarter view", "elevated shot", "medium shot" */
    float azimuth_deg, elevation_deg;
    float distance_factor; /* 1 is medium, below is closer */
} ViewPose;

typedef struct {
    const Image *image; /* RGB, the object on white */
    const Image *alpha; /* 1 channel, same size; NULL: not known */
    const ViewPose *pose;
    size_t count;      /* of poses */
    int width, height; /* of each result */
    uint64_t seed;
} ViewsRequest;

/* Start it as {0}; the caller clears both images. */
typedef struct {
    Image image; /* RGB, the object on white */
    Image alpha; /* 1 channel; empty when not known */
} ViewResult;

void view_result_clear(ViewResult *r);

typedef struct {
    const char *name;
    bool exact_alpha;
    bool all_threads; /* as in roles/editor.h */
    void (*describe)(const RoleConfig *cfg, Str *out);
    bool (*probe)(const RoleConfig *cfg, Err *err);
    /* Take the object in. `req` and all it points to is borrowed until close. */
    bool (*open)(void **self, const RoleConfig *cfg, const ViewsRequest *req, Err *err);
    /* Make the view of req->pose[index]. Same request, same bytes; safe from several threads at once. */
    bool (*render)(void *self, size_t index, ViewResult *out, Err *err);
    void (*close)(void *self);
} Views;

#endif
