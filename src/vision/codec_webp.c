/* WebP by libwebp. */
#include "vision/codec_private.h"
#include "vision/exif.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/encode.h>

static bool webp_failed(VP8StatusCode status, Err *err)
{
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY: return err_set(err, ERR_NOMEM, "no memory for a WebP picture");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return err_set(err, ERR_INPUT, "the WebP data is cut short; copy or download the file again");
    default: return err_set(err, ERR_INPUT, "the WebP data is damaged; copy or download the file again");
    }
}

static bool webp_match(const uint8_t *data, size_t size)
{
    return size >= 12 && !memcmp(data, "RIFF", 4) && !memcmp(data + 8, "WEBP", 4);
}

/* Of a file whose header says that it has an EXIF chunk. */
static int find_orientation(const uint8_t *data, size_t size)
{
    enum { FLAGS = 20, HAS_EXIF = 8 };
    if (size <= FLAGS || memcmp(data + 12, "VP8X", 4) != 0 || !(data[FLAGS] & HAS_EXIF))
        return 1;
    for (size_t at = 12; at <= size && size - at >= 8;) {
        size_t length = load_le32(data + at + 4);
        if (length > size - at - 8)
            break;
        if (!memcmp(data + at, "EXIF", 4))
            return exif_orientation(data + at + 8, length);
        at += 8 + length + (length & 1);
    }
    return 1;
}

static bool webp_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    WebPBitstreamFeatures f;
    VP8StatusCode status = WebPGetFeatures(data, size, &f);
    if (status != VP8_STATUS_OK)
        return webp_failed(status, err);
    if (f.has_animation)
        return err_set(err, ERR_INPUT, "this WebP is an animation; export the frame that is wanted as PNG");
    if (f.width < 1 || f.height < 1)
        return webp_failed(VP8_STATUS_BITSTREAM_ERROR, err);
    info->width = f.width;
    info->height = f.height;
    info->orientation = find_orientation(data, size);
    return true;
}

static bool webp_decode(Image *im, const ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return err_set(err, ERR_INTERNAL, "libwebp is another version than facet was built with");
    VP8StatusCode status = WebPGetFeatures(data, size, &config.input);
    if (status != VP8_STATUS_OK)
        return webp_failed(status, err);
    if (!image_init(im, info->width, info->height, config.input.has_alpha ? 4 : 3, err))
        return false;
    config.output.colorspace = im->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = im->data;
    config.output.u.RGBA.stride = im->width * im->channels;
    config.output.u.RGBA.size = image_bytes(im);
    status = WebPDecode(data, size, &config);
    WebPFreeDecBuffer(&config.output);
    return status == VP8_STATUS_OK || webp_failed(status, err);
}

static bool webp_encode(const Image *im, int quality, uint8_t **data, size_t *size, Err *err)
{
    if (im->width > WEBP_MAX_DIMENSION || im->height > WEBP_MAX_DIMENSION)
        return err_set(err, ERR_INPUT,
                       "a WebP holds at most %d pixels a side, and the picture is %d x %d; write PNG",
                       WEBP_MAX_DIMENSION, im->width, im->height);
    Image rgb = { 0 };
    if (im->channels == 1) {
        if (!image_copy(&rgb, im, err))
            return false;
        if (!image_to_channels(&rgb, 3, err)) {
            image_clear(&rgb);
            return false;
        }
        im = &rgb;
    }
    uint8_t *out = NULL;
    size_t n = im->channels == 4
                   ? WebPEncodeRGBA(im->data, im->width, im->height, im->width * 4, (float)quality, &out)
                   : WebPEncodeRGB(im->data, im->width, im->height, im->width * 3, (float)quality, &out);
    image_clear(&rgb);
    uint8_t *copy = n ? malloc(n) : NULL; /* the caller calls free(), libwebp wants WebPFree() */
    if (copy) {
        memcpy(copy, out, n);
        *data = copy;
        *size = n;
    }
    WebPFree(out);
    return copy || err_set(err, ERR_NOMEM, "no memory to write a WebP");
}

const Codec codec_webp = { "webp", FORMAT_WEBP, webp_match, webp_probe, webp_decode, webp_encode };
