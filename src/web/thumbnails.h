/* web/thumbnails.h: small versions of images, made once. */
#ifndef FACET_WEB_THUMBNAILS_H
#define FACET_WEB_THUMBNAILS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* The folder in an execution that keeps them; it may be deleted at any time. */
#define FOLDER_THUMBNAILS ".thumbnails"

typedef struct Thumbnails Thumbnails;

/* At most `at_once` are made at the same time; others wait. NULL: no memory. */
Thumbnails *thumbnails_open(int at_once);
void thumbnails_close(Thumbnails *t);

/* The JPEG of `image`, at most `side` pixels wide and high, in memory; the caller frees *data. Taken from cache_folder, where
 * the image's name, size and time of change tell whether it is still the same, else made and put there; where that cannot be
 * written it is made each time. From any thread; the same thumbnail is made once. ERR_MISSING, ERR_INPUT (no image, or too
 * large a one), ERR_NOMEM, ERR_IO. */
bool thumbnail_get(Thumbnails *t, const char *image, const char *cache_folder, int side, uint8_t **data,
                   size_t *size, Err *err) __attribute__((warn_unused_result));

#endif
