#include "vision/image.h"

#include <stdlib.h>
#include <string.h>

bool image_init(Image *im, int width, int height, int channels, Err *err)
{
    *im = (Image){ 0 };
    if (width < 1 || height < 1 || width > 65535 || height > 65535 ||
        (channels != 1 && channels != 3 && channels != 4))
        return err_set(err, ERR_INPUT,
                       "an image of %d x %d pixels and %d channels cannot be made; sides are 1 to 65535",
                       width, height, channels);
    size_t bytes = (size_t)width * (size_t)height * (size_t)channels; /* at most 2^34 */
    uint8_t *data = calloc(bytes, 1);
    if (!data)
        return err_set(err, ERR_NOMEM, "no memory for an image of %d x %d pixels", width, height);
    *im = (Image){ width, height, channels, data };
    return true;
}

bool image_copy(Image *to, const Image *from, Err *err)
{
    if (!image_init(to, from->width, from->height, from->channels, err))
        return false;
    memcpy(to->data, from->data, image_bytes(from));
    return true;
}

bool image_equal(const Image *a, const Image *b)
{
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           (image_empty(a) || memcmp(a->data, b->data, image_bytes(a)) == 0);
}

void image_clear(Image *im)
{
    free(im->data);
    *im = (Image){ 0 };
}

bool image_to_channels(Image *im, int channels, Err *err)
{
    if (channels == im->channels)
        return true;
    Image out;
    if (!image_init(&out, im->width, im->height, channels, err))
        return false;
    size_t pixels = (size_t)im->width * (size_t)im->height;
    int from = im->channels;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *p = im->data + i * (size_t)from;
        uint8_t *q = out.data + i * (size_t)channels;
        if (channels == 1) {
            q[0] = image_luma(p);
            continue;
        }
        for (int c = 0; c < 3; c++)
            q[c] = from == 1 ? p[0] : p[c];
        if (channels == 4)
            q[3] = 255;
    }
    image_clear(im);
    *im = out;
    return true;
}
