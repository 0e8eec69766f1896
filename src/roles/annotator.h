/* roles/annotator.h: the role that answers "where is the reference object in this image". */
#ifndef FACET_ROLES_ANNOTATOR_H
#define FACET_ROLES_ANNOTATOR_H

#include "roles/role.h"
#include "vision/image.h"

typedef struct {
    const Image *image; /* RGB; NULL when the annotator has needs_alpha and not needs_image */
    const Image *alpha; /* what the editor recorded; NULL when it recorded nothing */
} AnnotateRequest;

/* Start it as {0}; the caller clears the mask. */
typedef struct {
    Image mask;      /* 1 channel, 0 or 255, of the image's size; empty when the object was not found */
    float score;     /* the model's own estimate of the mask's quality, 0..1; 1 for exact masks */
    float stability; /* how little the mask changes with its threshold, 0..1 */
} AnnotateResult;

typedef struct {
    const char *name;
    bool needs_alpha;     /* works from what the editor recorded */
    bool needs_image;     /* looks at the pixels */
    bool needs_reference; /* needs the reference photo and mask */
    bool (*probe)(const RoleConfig *cfg, Err *err);
    /* The reference photo (RGB) and mask (1 channel, same size) are borrowed until close; NULL when not
     * needed. */
    bool (*open)(void **self, const RoleConfig *cfg, const Image *photo, const Image *mask, Err *err);
    bool (*annotate)(void *self, const AnnotateRequest *req, AnnotateResult *out, Err *err);
    void (*close)(void *self);
} Annotator;

#endif
