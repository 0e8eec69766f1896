/* How fast and how small our PNG files are next to libpng's with zlib's defaults: png_encode [PICTURE...] */
#include "base/clock.h"
#include "vision/codec.h"

#include <stdio.h>
#include <stdlib.h>

#include <png.h>

enum { ROUNDS = 7 };

typedef struct {
    double ms;
    size_t bytes;
} Result;

static bool encode_ours(const Image *im, size_t *bytes)
{
    Err err = { 0 };
    uint8_t *data;
    bool ok = image_encode(im, FORMAT_PNG, 90, &data, bytes, &err);
    free(data);
    return ok;
}

static bool encode_libpng(const Image *im, size_t *bytes)
{
    png_image picture = { .version = PNG_IMAGE_VERSION,
                          .width = (png_uint_32)im->width,
                          .height = (png_uint_32)im->height,
                          .format = im->channels == 1   ? PNG_FORMAT_GRAY
                                    : im->channels == 3 ? PNG_FORMAT_RGB
                                                        : PNG_FORMAT_RGBA };
    png_alloc_size_t size = image_bytes(im) + image_bytes(im) / 8 + 65536;
    void *out = malloc(size);
    bool ok = out && png_image_write_to_memory(&picture, out, &size, 0, im->data, 0, NULL);
    *bytes = size;
    free(out);
    return ok;
}

/* The least of several times: what else runs on the machine only adds. */
static Result measure(bool (*encode)(const Image *im, size_t *bytes), const Image *im)
{
    Result r = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        double start = clock_ms();
        if (!encode(im, &r.bytes))
            return (Result){ 0 };
        double ms = clock_ms() - start;
        r.ms = i == 0 || ms < r.ms ? ms : r.ms;
    }
    return r;
}

int main(int argc, char **argv)
{
    char example[] = "examples/mug.png", *usual[] = { example, NULL };
    for (char **file = argc > 1 ? argv + 1 : usual; *file; file++) {
        Err err = { 0 };
        Image im;
        if (!image_load(&im, *file, &(DecodeOptions){ 0 }, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        Result ours = measure(encode_ours, &im), theirs = measure(encode_libpng, &im);
        printf(
            "%s: %d x %d x %d: ours %.1f ms, %zu bytes; libpng %.1f ms, %zu bytes; %.1f times as fast, %.3f of the size\n",
            *file, im.width, im.height, im.channels, ours.ms, ours.bytes, theirs.ms, theirs.bytes,
            theirs.ms / ours.ms, (double)ours.bytes / (double)theirs.bytes);
        image_clear(&im);
    }
    return 0;
}
