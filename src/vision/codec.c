/* Which format a file is in, and what all formats have in common: limits, orientation, channels, names. */
#include "vision/codec.h"

#include "base/file.h"
#include "vision/codec_private.h"
#include "vision/exif.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Room for the largest accepted picture as an uncompressed file. */
#define MAX_FILE_BYTES ((size_t)1 << 30)
enum { MAX_SIDE = 65535 };

static const Codec *const codecs[] = { &codec_jpeg, &codec_png, &codec_webp, &codec_tiff, &codec_bmp };

/* Things that are often found under an image's name, and what to do about each. */
static const struct {
    size_t offset;
    const char *magic, *what;
} strangers[] = {
    { 0, "version https://git-lfs", "a Git LFS pointer in place of the picture; `git lfs pull` fetches it" },
    { 0, "<!DOCTYPE", "a web page; download the picture itself" },
    { 0, "<html", "a web page; download the picture itself" },
    { 0, "<svg", "a vector drawing; export it as PNG" },
    { 0, "<?xml", "an XML text, perhaps a vector drawing; export it as PNG" },
    { 0, "GIF8", "a GIF; convert it to PNG" },
    { 0, "%PDF", "a PDF; export the page as PNG" },
    { 0, "8BPS", "a Photoshop document; export it as PNG" },
    { 4, "ftyphei", "a HEIC photo; export it as JPEG" },
    { 4, "ftypmif", "a HEIC photo; export it as JPEG" },
    { 4, "ftypavif", "an AVIF picture; convert it to PNG" },
};

/* ---- pixels that several formats need ----------------------------------------------------------- */

void codec_cmyk_to_rgb(uint8_t *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = pixels + 4 * i;
        int k = 255 - p[3];
        uint8_t rgb[3];
        for (int c = 0; c < 3; c++) {
            int product = p[c] * k + 128;
            int v = k - (((product >> 8) + product) >> 8);
            rgb[c] = (uint8_t)(v < 0 ? 0 : v);
        }
        memcpy(pixels + 3 * i, rgb, 3);
    }
}

void codec_unpack_bits(uint8_t *to, const uint8_t *from, size_t n, int bits, int scale)
{
    unsigned mask = (1u << bits) - 1;
    for (size_t i = 0; i < n; i++) {
        size_t bit = i * (size_t)bits;
        to[i] = (uint8_t)(((unsigned)from[bit / 8] >> (8 - (size_t)bits - bit % 8) & mask) * (unsigned)scale);
    }
}

/* ---- reading ------------------------------------------------------------------------------------ */

static bool not_an_image(const uint8_t *data, size_t size, Err *err)
{
    if (size == 0)
        return err_set(err, ERR_INPUT, "the file is empty; copy or download it again");
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        size_t n = strlen(strangers[i].magic);
        if (size >= strangers[i].offset + n && !memcmp(data + strangers[i].offset, strangers[i].magic, n))
            return err_set(err, ERR_INPUT, "this is %s (facet reads JPEG, PNG, WebP, TIFF and BMP)",
                           strangers[i].what);
    }
    return err_set(err, ERR_INPUT,
                   "not an image that facet reads (JPEG, PNG, WebP, TIFF, BMP); convert it to one of these");
}

static const Codec *find_codec(const uint8_t *data, size_t size, Err *err)
{
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i]->match(data, size))
            return codecs[i];
    not_an_image(data, size, err);
    return NULL;
}

static bool probe_with(const Codec *codec, ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    *info = (ImageInfo){ .format = codec->name, .orientation = 1 };
    if (codec->probe(info, data, size, err))
        return true;
    *info = (ImageInfo){ 0 };
    return false;
}

bool image_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    *info = (ImageInfo){ 0 };
    const Codec *codec = find_codec(data, size, err);
    return codec && probe_with(codec, info, data, size, err);
}

static bool check_size(const ImageInfo *info, size_t max_pixels, Err *err)
{
    if (max_pixels == 0)
        max_pixels = CODEC_MAX_PIXELS;
    /* Sides are below 2^31, so that the product fits. */
    if (info->width > MAX_SIDE || info->height > MAX_SIDE ||
        (size_t)info->width * (size_t)info->height > max_pixels)
        return err_set(err, ERR_INPUT,
                       "the picture claims %d x %d pixels; at most %zu in all and %d a side are read, "
                       "so make it smaller",
                       info->width, info->height, max_pixels, MAX_SIDE);
    return true;
}

bool image_decode(Image *im, const uint8_t *data, size_t size, const DecodeOptions *opt, Err *err)
{
    *im = (Image){ 0 };
    ImageInfo info;
    const Codec *codec = find_codec(data, size, err);
    if (!codec || !probe_with(codec, &info, data, size, err) || !check_size(&info, opt->max_pixels, err))
        return false;
    if (!codec->decode(im, &info, data, size, err))
        goto fail;
    if (opt->channels && !image_to_channels(im, opt->channels, err))
        goto fail;
    if (opt->upright && !exif_make_upright(im, info.orientation, err))
        goto fail;
    return true;
fail:
    image_clear(im);
    return false;
}

bool image_load(Image *im, const char *path, const DecodeOptions *opt, Err *err)
{
    *im = (Image){ 0 };
    uint8_t *data;
    size_t size;
    if (!file_read(path, MAX_FILE_BYTES, &data, &size, err))
        return false;
    bool ok = image_decode(im, data, size, opt, err) || err_prefix(err, "%s: ", path);
    free(data);
    return ok;
}

/* ---- writing ------------------------------------------------------------------------------------ */

ImageFormat image_format_of(const char *path)
{
    static const struct {
        const char *ext;
        ImageFormat format;
    } known[] = {
        { ".png", FORMAT_PNG }, { ".jpg", FORMAT_JPEG }, { ".jpeg", FORMAT_JPEG }, { ".webp", FORMAT_WEBP },
        { ".bmp", FORMAT_BMP }, { ".tif", FORMAT_TIFF }, { ".tiff", FORMAT_TIFF },
    };
    const char *ext = path_ext(path);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcasecmp(ext, known[i].ext))
            return known[i].format;
    return FORMAT_UNKNOWN;
}

bool image_encode(const Image *im, ImageFormat format, int quality, uint8_t **data, size_t *size, Err *err)
{
    *data = NULL;
    *size = 0;
    if (image_empty(im))
        return err_set(err, ERR_INTERNAL, "an empty picture cannot be written");
    if (format != FORMAT_PNG && (quality < 1 || quality > 100))
        return err_set(err, ERR_USAGE, "the quality %d is not in 1 to 100", quality);
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i]->format == format && codecs[i]->encode)
            return codecs[i]->encode(im, quality, data, size, err);
    return err_set(err, ERR_USAGE, "pictures are written as PNG, JPEG or WebP only; choose one of these");
}

bool image_save(const Image *im, const char *path, int quality, Err *err)
{
    uint8_t *data;
    size_t size;
    if (!image_encode(im, image_format_of(path), quality, &data, &size, err))
        return err_prefix(err, "%s: ", path);
    bool ok = file_write(path, data, size, err);
    free(data);
    return ok;
}
