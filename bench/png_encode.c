/* How fast and how small our PNG files are next to libspng's with zlib's defaults: png_encode [PICTURE...] */
#include "base/clock.h"
#include "vision/codec.h"

#include <stdio.h>
#include <stdlib.h>

#include <spng.h>

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

static bool encode_spng(const Image *im, size_t *bytes)
{
    static const uint8_t color_type[] = { [1] = 0, [3] = 2, [4] = 6 };
    struct spng_ihdr head = {
        (uint32_t)im->width, (uint32_t)im->height, 8, color_type[im->channels], 0, 0, 0
    };
    spng_ctx *c = spng_ctx_new(SPNG_CTX_ENCODER);
    int code = spng_set_option(c, SPNG_ENCODE_TO_BUFFER, 1);
    if (!code)
        code = spng_set_ihdr(c, &head);
    if (!code)
        code = spng_encode_image(c, im->data, image_bytes(im), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    if (!code)
        free(spng_get_png_buffer(c, bytes, &code));
    spng_ctx_free(c);
    return code == 0;
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
    static char example[] = "examples/mug.png";
    char *only[] = { argv[0], example };
    if (argc < 2) {
        argc = 2;
        argv = only;
    }
    for (int i = 1; i < argc; i++) {
        Err err = { 0 };
        Image im;
        if (!image_load(&im, argv[i], &(DecodeOptions){ 0 }, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        Result ours = measure(encode_ours, &im), spng = measure(encode_spng, &im);
        printf(
            "%s: %d x %d x %d: ours %.1f ms, %zu bytes; libspng %.1f ms, %zu bytes; %.1f times as fast, %.3f of the size\n",
            argv[i], im.width, im.height, im.channels, ours.ms, ours.bytes, spng.ms, spng.bytes,
            spng.ms / ours.ms, (double)ours.bytes / (double)spng.bytes);
        image_clear(&im);
    }
    return 0;
}
