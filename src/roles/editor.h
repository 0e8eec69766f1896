/* roles/editor.h: the role that answers "this image, changed as this prompt says". */
#ifndef FACET_ROLES_EDITOR_H
#define FACET_ROLES_EDITOR_H

#include "base/str.h"
#include "roles/role.h"
#include "vision/image.h"

/* The three things the pipeline asks of an editor. A neural editor only reads the prompt; a classical one
 * needs to know which of them is meant. */
typedef enum {
    EDIT_ISOLATE, /* step 1: the object alone on white */
    EDIT_PLACE,   /* step 4: the object, cut out on white, into the scene of the prompt */
    EDIT_RESTYLE, /* step 5: the same picture in the light or weather of the prompt */
} EditTask;

typedef struct {
    EditTask task;
    const Image *image; /* RGB */
    const Image *alpha; /* how much of each pixel is the object, 1 channel, same size; NULL: not known */
    const char
        *image_id; /* names `image` (and `alpha`) for caches within one open editor; NULL: do not cache */
    const char *prompt;
    uint64_t seed;
    int width, height; /* of the result; 0: the editor's choice */
} EditRequest;

/* Start it as {0}; the caller clears both images. */
typedef struct {
    Image image; /* RGB */
    Image alpha; /* the object's exact alpha in `image`, 1 channel; empty when the editor does not know */
} EditResult;

void edit_result_clear(EditResult *r);

typedef struct {
    const char *name;
    bool exact_alpha; /* results carry `alpha`, so the `alpha` annotator can be used */
    bool needs_mask;  /* EDIT_ISOLATE needs request.alpha */
    bool all_threads; /* one call after the other, each with all threads, is the best that it can do */
    /* All of cfg that results depend on, as a text; NULL: nothing. */
    void (*describe)(const RoleConfig *cfg, Str *out);
    /* True when everything it needs is there; else *err says what is missing and how to get it. */
    bool (*probe)(const RoleConfig *cfg, Err *err);
    bool (*open)(void **self, const RoleConfig *cfg, Err *err);
    /* Same request, same bytes. Safe to call from several threads at once. On failure *out is empty. */
    bool (*edit)(void *self, const EditRequest *req, EditResult *out, Err *err);
    void (*close)(void *self);
} Editor;

#endif
