#include "web/thumbnails.h"

#include "base/file.h"
#include "pipeline/keys.h"
#include "vision/codec.h"
#include "vision/resample.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUALITY   82
#define MAX_BYTES (1u << 20)

struct Thumbnails {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int free_places, places;
    uint64_t *busy; /* [places] keys that are being made; 0 is a free place */
};

Thumbnails *thumbnails_open(int at_once)
{
    Thumbnails *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->places = t->free_places = at_once > 0 ? at_once : 1;
    t->busy = calloc((size_t)t->places, sizeof *t->busy);
    if (!t->busy) {
        free(t);
        return NULL;
    }
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    return t;
}

void thumbnails_close(Thumbnails *t)
{
    if (!t)
        return;
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    free(t->busy);
    free(t);
}

/* ---- places ---------------------------------------------------------------------------------------- */

static int place_of(const Thumbnails *t, uint64_t key)
{
    for (int i = 0; i < t->places; i++)
        if (t->busy[i] == key)
            return i;
    return -1;
}

/* Wait for a place, and for another thread that is at the same one. */
static void take_place(Thumbnails *t, uint64_t key)
{
    pthread_mutex_lock(&t->lock);
    while (!t->free_places || place_of(t, key) >= 0)
        pthread_cond_wait(&t->changed, &t->lock);
    t->free_places--;
    t->busy[place_of(t, 0)] = key;
    pthread_mutex_unlock(&t->lock);
}

static void leave_place(Thumbnails *t, uint64_t key)
{
    pthread_mutex_lock(&t->lock);
    t->busy[place_of(t, key)] = 0;
    t->free_places++;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

/* ---- making one ------------------------------------------------------------------------------------ */

static bool shrink(Image *small, const Image *im, int side, Err *err)
{
    int most = im->width > im->height ? im->width : im->height;
    if (most <= side)
        return image_copy(small, im, err);
    int w = (int)((int64_t)im->width * side / most), h = (int)((int64_t)im->height * side / most);
    return image_resize(small, im, w > 0 ? w : 1, h > 0 ? h : 1, RESAMPLE_BILINEAR, err);
}

static bool make(const char *image, int side, uint8_t **data, size_t *size, Err *err)
{
    Image im = { 0 }, small = { 0 };
    bool ok = image_load(&im, image, &(DecodeOptions){ .channels = 3 }, err) &&
              shrink(&small, &im, side, err) && image_encode(&small, FORMAT_JPEG, QUALITY, data, size, err);
    image_clear(&small);
    image_clear(&im);
    return ok;
}

/* cache/ab/abcdef….jpg: no folder gets more than a few hundred files. */
static char *cache_path(const char *cache_folder, uint64_t key)
{
    char *path = NULL;
    return asprintf(&path, "%s/%02x/%016" PRIx64 ".jpg", cache_folder, (unsigned)(key >> 56), key) < 0 ? NULL
                                                                                                       : path;
}

static void keep(const char *path, const uint8_t *data, size_t size)
{
    Err unkept = { 0 };
    char *folder = strndup(path, (size_t)(path_name(path) - path - 1));
    if (folder && folder_make(folder, &unkept) && file_write(path, data, size, &unkept))
        unkept.kind = ERR_NONE;
    free(folder);
}

bool thumbnail_get(Thumbnails *t, const char *image, const char *cache_folder, int side, uint8_t **data,
                   size_t *size, Err *err)
{
    uint64_t key = key_number(key_text(key_file(0, image), path_name(image)), (uint64_t)side);
    key += key == 0; /* 0 is a free place */
    char *path = cache_path(cache_folder, key);
    if (!path)
        return err_set(err, ERR_NOMEM, "%s: no memory for its thumbnail", image);
    Err absent = { 0 };
    bool ok = file_read(path, MAX_BYTES, data, size, &absent);
    if (!ok) {
        take_place(t, key);
        ok = file_read(path, MAX_BYTES, data, size, &absent); /* made while this thread waited */
        if (!ok && make(image, side, data, size, err)) {
            ok = true;
            keep(path, *data, *size);
        }
        leave_place(t, key);
    }
    free(path);
    return ok;
}
