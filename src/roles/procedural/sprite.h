/* roles/procedural/sprite.h: the object of a request, cut out, ready to be put somewhere else. */
#ifndef FACET_ROLES_PROCEDURAL_SPRITE_H
#define FACET_ROLES_PROCEDURAL_SPRITE_H

#include "roles/editor.h"
#include "roles/procedural/canvas.h"

#include <pthread.h>

enum { SPRITE_LEVELS = 8, MATTE_CACHE_SIZE = 24 };

/* The object's own pixels, cropped to it: colours without the old background, and alpha. */
typedef struct {
    char *id;
    int users;
    Image rgb, alpha;
} Matte;

/* The mattes used last, by image_id. */
typedef struct {
    pthread_mutex_t lock;
    Matte *entry[MATTE_CACHE_SIZE];
    int next;
} MatteCache;

void matte_cache_open(MatteCache *c);
void matte_cache_close(MatteCache *c);
/* The matte of the request's object: from its alpha (a mask to be refined for EDIT_ISOLATE), or from the
 * white background when there is none. Give it back with matte_release(). NULL with *err set: ERR_INPUT when
 * sizes do not fit or no object is there, ERR_NOMEM. */
Matte *matte_acquire(MatteCache *c, const EditRequest *req, Err *err);
void matte_release(MatteCache *c, Matte *m);

/* A matte in linear light, colours multiplied by alpha, at sizes of 1, 1/2, 1/4 .. */
typedef struct {
    int levels;
    Canvas level[SPRITE_LEVELS];
} Sprite;

bool sprite_init(Sprite *c, const Matte *m, Err *err) __attribute__((warn_unused_result));
void sprite_clear(Sprite *c);
/* Draw it `height` pixels high (before the turn), turned counter-clockwise by `angle` radians, on a canvas
 * that just holds it. *out is made here; on failure it is empty. */
bool sprite_draw(Canvas *out, const Sprite *c, float height, float angle, Err *err)
    __attribute__((warn_unused_result));

#endif
