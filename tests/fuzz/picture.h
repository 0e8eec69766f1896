/* Any bytes as an image file of one format. */
#ifndef FACET_TESTS_FUZZ_PICTURE_H
#define FACET_TESTS_FUZZ_PICTURE_H

#include "touch.h"

#include "vision/codec.h"

#include <stdlib.h>
#include <string.h>

/* Decode what is in this format as it is, and upright in three channels: both succeed, or neither. */
static inline int decode_picture(const char *format, const uint8_t *data, size_t size)
{
    static const DecodeOptions options[] = { { .max_pixels = 1 << 20 },
                                             { .channels = 3, .upright = true, .max_pixels = 1 << 20 } };
    ImageInfo info;
    Err err = { 0 };
    if (!image_probe(&info, data, size, &err)) {
        if (!err.kind)
            abort();
        return 0;
    }
    if (strcmp(info.format, format) != 0)
        return -1; /* of another program's corpus */
    bool ok[2];
    for (int i = 0; i < 2; i++) {
        Image im;
        err = (Err){ 0 };
        ok[i] = image_decode(&im, data, size, &options[i], &err);
        if (ok[i])
            touch_bytes(im.data, image_bytes(&im));
        else if (!err.kind || !image_empty(&im))
            abort();
        image_clear(&im);
    }
    if (ok[0] != ok[1])
        abort();
    return 0;
}

#endif
