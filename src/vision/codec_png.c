/* PNG, read by libspng where codec_png_fast.c does not; codec_png_write.c writes it. */
#include "vision/codec_private.h"
#include "vision/exif.h"

#include <stdlib.h>
#include <string.h>

#include <spng.h>

/* Text, profiles and palettes: more than this in one chunk, or in all that libspng keeps, is refused. */
enum { MAX_CHUNK = 16 << 20, MAX_CHUNKS = 32 << 20 };

/* ---- reading ------------------------------------------------------------------------------------ */

static bool png_failed(int code, Err *err)
{
    if (code == SPNG_EMEM)
        return err_set(err, ERR_NOMEM, "no memory for a PNG picture");
    if (code == SPNG_IO_EOF || code == SPNG_EIDAT_TOO_SHORT || code == SPNG_EOF)
        return err_set(err, ERR_INPUT, "the PNG data is cut short; copy or download the file again");
    return err_set(err, ERR_INPUT, "the PNG data is damaged (%s); copy or download the file again",
                   spng_strerror(code));
}

static spng_ctx *png_open(const uint8_t *data, size_t size, struct spng_ihdr *head, Err *err)
{
    spng_ctx *c = spng_ctx_new(0);
    if (!c) {
        png_failed(SPNG_EMEM, err);
        return NULL;
    }
    int code = spng_set_chunk_limits(c, MAX_CHUNK, MAX_CHUNKS);
    if (!code) /* a damaged ancillary chunk is not worth refusing the picture */
        code = spng_set_crc_action(c, SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
    if (!code)
        code = spng_set_png_buffer(c, data, size);
    if (!code)
        code = spng_get_ihdr(c, head);
    if (!code)
        return c;
    png_failed(code, err);
    spng_ctx_free(c);
    return NULL;
}

static bool png_match(const uint8_t *data, size_t size)
{
    return size >= sizeof codec_png_signature &&
           !memcmp(data, codec_png_signature, sizeof codec_png_signature);
}

/* The orientation in the first eXIf chunk, which may come behind the pixels. */
static int find_orientation(const uint8_t *data, size_t size)
{
    for (size_t at = sizeof codec_png_signature; size - at >= 12;) {
        size_t length = load_be32(data + at);
        if (length > size - at - 12)
            break;
        if (!memcmp(data + at + 4, "eXIf", 4))
            return exif_orientation(data + at + 8, length);
        at += length + 12;
    }
    return 1;
}

static bool png_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    struct spng_ihdr head;
    spng_ctx *c = png_open(data, size, &head, err);
    if (!c)
        return false;
    spng_ctx_free(c);
    info->width = (int)head.width; /* the format's limit is 2^31 - 1, and libspng checks it */
    info->height = (int)head.height;
    info->orientation = find_orientation(data, size);
    return true;
}

typedef struct {
    struct spng_ihdr head;
    uint8_t palette[256][4]; /* entries that the file does not have are black, as in libpng */
    bool palette_alpha;
    size_t row_bytes; /* of the raw data */
} Layout;

static int samples_of(const struct spng_ihdr *h)
{
    switch (h->color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA: return 2;
    case SPNG_COLOR_TYPE_TRUECOLOR: return 3;
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA: return 4;
    default: return 1;
    }
}

static int channels_of(const Layout *l)
{
    switch (l->head.color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE: return 1;
    case SPNG_COLOR_TYPE_INDEXED: return l->palette_alpha ? 4 : 3;
    case SPNG_COLOR_TYPE_TRUECOLOR: return 3;
    default: return 4;
    }
}

static int read_palette(spng_ctx *c, Layout *l)
{
    struct spng_plte plte;
    struct spng_trns trns;
    int code = spng_get_plte(c, &plte);
    if (code)
        return code == SPNG_ECHUNKAVAIL ? SPNG_ENOPLTE : code;
    for (int i = 0; i < 256; i++)
        l->palette[i][3] = 255;
    for (uint32_t i = 0; i < plte.n_entries; i++) {
        l->palette[i][0] = plte.entries[i].red;
        l->palette[i][1] = plte.entries[i].green;
        l->palette[i][2] = plte.entries[i].blue;
    }
    code = spng_get_trns(c, &trns);
    if (code)
        return code == SPNG_ECHUNKAVAIL ? 0 : code;
    l->palette_alpha = true;
    for (uint32_t i = 0; i < trns.n_type3_entries; i++)
        l->palette[i][3] = trns.type3_alpha[i];
    return 0;
}

/* One raw row, samples of 1 to 16 bits, to bytes. `indices` has a byte a pixel. */
static void expand_row(uint8_t *to, const uint8_t *raw, uint8_t *indices, const Layout *l, size_t width)
{
    bool wide = l->head.bit_depth == 16;
    switch (l->head.color_type) {
    case SPNG_COLOR_TYPE_GRAYSCALE:
        if (wide) /* Pillow limits 16-bit gray to 255, and takes the high byte of everything else */
            for (size_t i = 0; i < width; i++)
                to[i] = raw[2 * i] ? 255 : raw[2 * i + 1];
        else
            codec_unpack_bits(to, raw, width, l->head.bit_depth, 255 / ((1 << l->head.bit_depth) - 1));
        break;
    case SPNG_COLOR_TYPE_INDEXED: {
        codec_unpack_bits(indices, raw, width, l->head.bit_depth, 1);
        size_t c = l->palette_alpha ? 4 : 3;
        for (size_t i = 0; i < width; i++)
            memcpy(to + i * c, l->palette[indices[i]], c);
        break;
    }
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA: {
        size_t step = wide ? 2 : 1;
        for (size_t i = 0; i < width; i++) {
            memset(to + 4 * i, raw[2 * step * i], 3);
            to[4 * i + 3] = raw[2 * step * i + step];
        }
        break;
    }
    default:
        for (size_t i = 0; i < width * (size_t)samples_of(&l->head); i++)
            to[i] = raw[2 * i];
    }
}

static bool expand(Image *im, const Layout *l, const uint8_t *raw, Err *err)
{
    size_t width = (size_t)im->width;
    uint8_t *indices = malloc(width);
    if (!indices)
        return png_failed(SPNG_EMEM, err);
    for (int y = 0; y < im->height; y++)
        expand_row(image_at(im, 0, y), raw + (size_t)y * l->row_bytes, indices, l, width);
    free(indices);
    return true;
}

static bool decode_with(spng_ctx *c, Image *im, Layout *l, Err *err)
{
    int code = l->head.color_type == SPNG_COLOR_TYPE_INDEXED ? read_palette(c, l) : 0;
    size_t raw_size = 0;
    if (!code)
        code = spng_decoded_image_size(c, SPNG_FMT_RAW, &raw_size);
    if (code)
        return png_failed(code, err);
    if (!image_init(im, (int)l->head.width, (int)l->head.height, channels_of(l), err))
        return false;
    l->row_bytes = raw_size / l->head.height;
    bool direct = l->head.bit_depth == 8 && samples_of(&l->head) == im->channels &&
                  l->head.color_type != SPNG_COLOR_TYPE_INDEXED;
    /* Zeros: libspng adds interlaced samples of less than 8 bits into the bytes that are there. */
    uint8_t *raw = direct ? im->data : calloc(raw_size, 1);
    if (!raw)
        return png_failed(SPNG_EMEM, err);
    code = spng_decode_image(c, raw, raw_size, SPNG_FMT_RAW, 0);
    bool ok = !code || png_failed(code, err);
    if (ok && !direct)
        ok = expand(im, l, raw, err);
    if (!direct)
        free(raw);
    return ok;
}

static bool png_decode(Image *im, const ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    (void)info; /* the same header is read again, and gives the same size */
    if (codec_png_decode_fast(im, data, size))
        return true;
    Layout l = { 0 };
    spng_ctx *c = png_open(data, size, &l.head, err);
    if (!c)
        return false;
    bool ok = decode_with(c, im, &l, err);
    spng_ctx_free(c);
    return ok;
}

const Codec codec_png = { "png", FORMAT_PNG, png_match, png_probe, png_decode, codec_png_encode };
