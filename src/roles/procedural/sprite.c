#include "roles/procedural/sprite.h"

#include "vision/matting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN = 8 }; /* alpha below this is dust */

static void matte_free(Matte *m)
{
    if (!m)
        return;
    image_clear(&m->rgb);
    image_clear(&m->alpha);
    free(m->id);
    free(m);
}

static bool crop(Image *im, const int box[4], Err *err)
{
    Image out;
    if (!image_init(&out, box[2] - box[0], box[3] - box[1], im->channels, err))
        return false;
    for (int y = 0; y < out.height; y++)
        memcpy(image_at(&out, 0, y), image_at(im, box[0], box[1] + y),
               (size_t)out.width * (size_t)out.channels);
    image_clear(im);
    *im = out;
    return true;
}

/* The smallest box around what is seen: left, top, right, bottom (past the end). */
static bool find_box(const Image *alpha, int box[4], Err *err)
{
    box[0] = alpha->width;
    box[1] = alpha->height;
    box[2] = box[3] = 0;
    for (int y = 0; y < alpha->height; y++) {
        const uint8_t *row = image_at(alpha, 0, y);
        for (int x = 0; x < alpha->width; x++)
            if (row[x] >= SEEN) {
                box[0] = x < box[0] ? x : box[0];
                box[1] = y < box[1] ? y : box[1];
                box[2] = x + 1 > box[2] ? x + 1 : box[2];
                box[3] = y + 1;
            }
    }
    if (box[3] == 0)
        return err_set(err, ERR_INPUT, "no object can be seen in the picture to be edited; look at its mask");
    return true;
}

static Matte *matte_make(const EditRequest *req, Err *err)
{
    Matte *m = calloc(1, sizeof *m);
    int box[4];
    if (!m) {
        err_set(err, ERR_NOMEM, "no memory for the cut-out of the object");
        return NULL;
    }
    bool ok = image_copy(&m->rgb, req->image, err);
    if (ok && !req->alpha)
        ok = matte_from_white(&m->alpha, &m->rgb, err);
    else if (ok && req->task == EDIT_ISOLATE)
        ok = matte_refine(&m->alpha, &m->rgb, req->alpha, err);
    else if (ok)
        ok = image_copy(&m->alpha, req->alpha, err);
    ok = ok && find_box(&m->alpha, box, err) && crop(&m->rgb, box, err) && crop(&m->alpha, box, err) &&
         matte_clean_colours(&m->rgb, &m->alpha, err);
    if (ok && req->image_id) {
        m->id = strdup(req->image_id);
        ok = m->id || err_set(err, ERR_NOMEM, "no memory for the name of a cut-out");
    }
    if (!ok) {
        matte_free(m);
        return NULL;
    }
    return m;
}

void matte_cache_open(MatteCache *c)
{
    *c = (MatteCache){ 0 };
    pthread_mutex_init(&c->lock, NULL);
}

void matte_cache_close(MatteCache *c)
{
    for (int i = 0; i < MATTE_CACHE_SIZE; i++)
        matte_free(c->entry[i]);
    pthread_mutex_destroy(&c->lock);
}

/* Cached mattes count the cache as a user. Call with the lock held. */
static void drop_user(Matte *m)
{
    if (m && --m->users == 0)
        matte_free(m);
}

Matte *matte_acquire(MatteCache *c, const EditRequest *req, Err *err)
{
    if (image_empty(req->image) || req->image->channels != 3 ||
        (req->alpha && (req->alpha->channels != 1 || req->alpha->width != req->image->width ||
                        req->alpha->height != req->image->height))) {
        err_set(err, ERR_INPUT, "the procedural editor needs an RGB picture and a mask of the same size");
        return NULL;
    }
    bool cached = req->image_id && req->task == EDIT_PLACE;
    if (cached) {
        pthread_mutex_lock(&c->lock);
        for (int i = 0; i < MATTE_CACHE_SIZE; i++)
            if (c->entry[i] && strcmp(c->entry[i]->id, req->image_id) == 0) {
                Matte *m = c->entry[i];
                m->users++;
                pthread_mutex_unlock(&c->lock);
                return m;
            }
        pthread_mutex_unlock(&c->lock);
    }
    Matte *m = matte_make(req, err);
    if (!m)
        return NULL;
    m->users = 1;
    if (cached) { /* two threads may both make it; then both stay until they fall out */
        pthread_mutex_lock(&c->lock);
        drop_user(c->entry[c->next]);
        c->entry[c->next] = m;
        m->users++;
        c->next = (c->next + 1) % MATTE_CACHE_SIZE;
        pthread_mutex_unlock(&c->lock);
    }
    return m;
}

void matte_release(MatteCache *c, Matte *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&c->lock);
    drop_user(m);
    pthread_mutex_unlock(&c->lock);
}

bool sprite_init(Sprite *c, const Matte *m, Err *err)
{
    *c = (Sprite){ 0 };
    float linear[256];
    for (int i = 0; i < 256; i++)
        linear[i] = srgb_to_linear((float)i / 255.0f);
    if (!canvas_init(&c->level[0], m->rgb.width, m->rgb.height, err))
        return false;
    c->levels = 1;
    size_t n = (size_t)m->rgb.width * (size_t)m->rgb.height;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = m->rgb.data + 3 * i;
        float a = (float)m->alpha.data[i] / 255.0f;
        c->level[0].px[i] = (Pixel){ linear[p[0]] * a, linear[p[1]] * a, linear[p[2]] * a, a };
    }
    while (c->levels < SPRITE_LEVELS) {
        const Canvas *last = &c->level[c->levels - 1];
        if (last->width <= 1 && last->height <= 1)
            break;
        if (!canvas_half(&c->level[c->levels], last, err)) {
            sprite_clear(c);
            return false;
        }
        c->levels++;
    }
    return true;
}

void sprite_clear(Sprite *c)
{
    for (int k = 0; k < c->levels; k++)
        canvas_clear(&c->level[k]);
    *c = (Sprite){ 0 };
}

/* Linear lookup; outside the cut-out there is nothing. (x, y) from the corner of the first pixel. */
static Pixel look_up(const Canvas *c, float x, float y)
{
    x -= 0.5f;
    y -= 0.5f;
    float fx = floorf(x), fy = floorf(y);
    int x0 = (int)fx, y0 = (int)fy;
    Pixel q[4];
    for (int k = 0; k < 4; k++) {
        int ix = x0 + (k & 1), iy = y0 + (k >> 1);
        bool in = ix >= 0 && iy >= 0 && ix < c->width && iy < c->height;
        q[k] = in ? c->px[(size_t)iy * (size_t)c->width + (size_t)ix] : pixel_all(0);
    }
    return pixel_mix(pixel_mix(q[0], q[1], x - fx), pixel_mix(q[2], q[3], x - fx), y - fy);
}

bool sprite_draw(Canvas *out, const Sprite *c, float height, float angle, Err *err)
{
    const Canvas *full = &c->level[0];
    float scale = (float)full->height / height; /* pixels of the cut-out a pixel drawn */
    int k = 0;
    while (k + 1 < c->levels && scale / (float)(1 << k) >= 2)
        k++;
    const Canvas *from = &c->level[k];
    float kx = scale * (float)from->width / (float)full->width,
          ky = scale * (float)from->height / (float)full->height;
    float ca = cosf(angle), sa = sinf(angle), w = (float)full->width / scale;
    int ow = (int)ceilf(fabsf(w * ca) + fabsf(height * sa)) + 2,
        oh = (int)ceilf(fabsf(height * ca) + fabsf(w * sa)) + 2;
    if (!canvas_init(out, ow, oh, err))
        return false;
    for (int y = 0; y < oh; y++)
        for (int x = 0; x < ow; x++) {
            Pixel sum = { 0 };
            for (int s = 0; s < 4; s++) { /* four points a pixel: enough for less than two pixels a pixel */
                float dx = (float)x + 0.25f + 0.5f * (float)(s & 1) - 0.5f * (float)ow;
                float dy = (float)y + 0.25f + 0.5f * (float)(s >> 1) - 0.5f * (float)oh;
                float u = (dx * ca - dy * sa + 0.5f * w) * kx, v = (dx * sa + dy * ca + 0.5f * height) * ky;
                sum += look_up(from, u, v);
            }
            out->px[(size_t)y * (size_t)ow + (size_t)x] = sum * pixel_all(0.25f);
        }
    return true;
}
