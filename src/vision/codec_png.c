/* PNG, read by libpng where codec_png_fast.c does not; codec_png_write.c writes it. */
#include "vision/codec_private.h"
#include "vision/exif.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------------ */

/* A picture being read. libpng leaves by longjmp when it cannot go on: the only place in facet where that happens, and it ends
 * in this file. Whoever calls libpng does so below a setjmp of `out` and keeps nothing in locals that it changes. */
typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *data;
    size_t size, at;
    bool cut;         /* read to its end and wanted more */
    char message[96]; /* what libpng said */
    jmp_buf out;
    uint8_t **rows; /* owned */
} Reader;

static void failed(png_structp png, png_const_charp message)
{
    Reader *r = png_get_error_ptr(png);
    strncpy(r->message, message, sizeof r->message - 1);
    longjmp(r->out, 1);
}

static void warned(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static void give(png_structp png, png_bytep to, size_t n)
{
    Reader *r = png_get_io_ptr(png);
    if (n > r->size - r->at) {
        r->cut = true;
        png_error(png, "it ends too early");
    }
    memcpy(to, r->data + r->at, n);
    r->at += n;
}

static bool no_memory(Err *err)
{
    return err_set(err, ERR_NOMEM, "no memory for a PNG picture");
}

static bool png_failed(const Reader *r, Err *err)
{
    if (strstr(r->message, "memory"))
        return no_memory(err);
    if (r->cut || strstr(r->message, "Not enough image data"))
        return err_set(err, ERR_INPUT, "the PNG data is cut short; copy or download the file again");
    return err_set(err, ERR_INPUT, "the PNG data is damaged (%s); copy or download the file again",
                   r->message);
}

static void png_close(Reader *r)
{
    png_destroy_read_struct(&r->png, &r->info, NULL);
    free(r->rows);
}

/* Read up to the pixels. A damaged ancillary chunk is not worth refusing the picture. */
static bool png_open(Reader *r, const uint8_t *data, size_t size, Err *err)
{
    *r = (Reader){ .data = data, .size = size };
    r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, failed, warned);
    r->info = r->png ? png_create_info_struct(r->png) : NULL;
    if (!r->info) {
        png_close(r);
        return no_memory(err);
    }
    if (setjmp(r->out)) {
        png_close(r);
        return png_failed(r, err);
    }
    png_set_crc_action(r->png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_set_benign_errors(r->png, 1);
    png_set_user_limits(r->png, 0x7FFFFFFF, 0x7FFFFFFF);
    /* Texts and profiles are not looked at: unpacked, a small file of them could take hours. libpng leaves EXIF out of "all of them"
     * and would take the memory that a chunk claims. */
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep) "eXIf", 1);
    png_set_read_fn(r->png, r, give);
    png_read_info(r->png, r->info);
    return true;
}

static bool png_match(const uint8_t *data, size_t size)
{
    return size >= sizeof codec_png_signature &&
           !memcmp(data, codec_png_signature, sizeof codec_png_signature);
}

/* The orientation in the last eXIf chunk, which may come behind the pixels. */
static int find_orientation(const uint8_t *data, size_t size)
{
    int orientation = 1;
    for (size_t at = sizeof codec_png_signature; size - at >= 12;) {
        size_t length = load_be32(data + at);
        if (length > size - at - 12)
            break;
        if (!memcmp(data + at + 4, "eXIf", 4))
            orientation = exif_orientation(data + at + 8, length);
        at += length + 12;
    }
    return orientation;
}

static bool png_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    Reader r;
    if (!png_open(&r, data, size, err))
        return false;
    info->width =
        (int)png_get_image_width(r.png, r.info); /* the format's limit is 2^31 - 1, and libpng checks it */
    info->height = (int)png_get_image_height(r.png, r.info);
    info->orientation = find_orientation(data, size);
    png_close(&r);
    return true;
}

typedef struct {
    int color_type, bit_depth;
    uint8_t palette[256][4]; /* entries that the file does not have are gray of their number, as in Pillow */
    bool palette_alpha;
    size_t row_bytes; /* of the raw data */
} Layout;

static int samples_of(const Layout *l)
{
    switch (l->color_type) {
    case PNG_COLOR_TYPE_GRAY_ALPHA: return 2;
    case PNG_COLOR_TYPE_RGB: return 3;
    case PNG_COLOR_TYPE_RGB_ALPHA: return 4;
    default: return 1;
    }
}

static int channels_of(const Layout *l)
{
    switch (l->color_type) {
    case PNG_COLOR_TYPE_GRAY: return 1;
    case PNG_COLOR_TYPE_PALETTE: return l->palette_alpha ? 4 : 3;
    case PNG_COLOR_TYPE_RGB: return 3;
    default: return 4;
    }
}

static void read_palette(const Reader *r, Layout *l)
{
    png_colorp colours = NULL;
    png_bytep alpha = NULL;
    int n = 0, alphas = 0;
    for (int i = 0; i < 256; i++) {
        memset(l->palette[i], i, 3);
        l->palette[i][3] = 255;
    }
    if (png_get_PLTE(r->png, r->info, &colours, &n))
        for (int i = 0; i < n && i < 256; i++) {
            l->palette[i][0] = colours[i].red;
            l->palette[i][1] = colours[i].green;
            l->palette[i][2] = colours[i].blue;
        }
    if (!png_get_tRNS(r->png, r->info, &alpha, &alphas, NULL) || !alpha)
        return;
    l->palette_alpha = true;
    for (int i = 0; i < alphas && i < 256; i++)
        l->palette[i][3] = alpha[i];
}

/* One raw row, samples of 1 to 16 bits, to bytes. `indices` has a byte a pixel. */
static void expand_row(uint8_t *to, const uint8_t *raw, uint8_t *indices, const Layout *l, size_t width)
{
    bool wide = l->bit_depth == 16;
    switch (l->color_type) {
    case PNG_COLOR_TYPE_GRAY:
        if (wide) /* Pillow limits 16-bit gray to 255, and takes the high byte of everything else */
            for (size_t i = 0; i < width; i++)
                to[i] = raw[2 * i] ? 255 : raw[2 * i + 1];
        else
            codec_unpack_bits(to, raw, width, l->bit_depth, 255 / ((1 << l->bit_depth) - 1));
        break;
    case PNG_COLOR_TYPE_PALETTE: {
        codec_unpack_bits(indices, raw, width, l->bit_depth, 1);
        size_t c = l->palette_alpha ? 4 : 3;
        for (size_t i = 0; i < width; i++)
            memcpy(to + i * c, l->palette[indices[i]], c);
        break;
    }
    case PNG_COLOR_TYPE_GRAY_ALPHA: {
        size_t step = wide ? 2 : 1;
        for (size_t i = 0; i < width; i++) {
            memset(to + 4 * i, raw[2 * step * i], 3);
            to[4 * i + 3] = raw[2 * step * i + step];
        }
        break;
    }
    default:
        for (size_t i = 0; i < width * (size_t)samples_of(l); i++)
            to[i] = raw[2 * i];
    }
}

static bool expand(Image *im, const Layout *l, const uint8_t *raw, Err *err)
{
    size_t width = (size_t)im->width;
    uint8_t *indices = malloc(width);
    if (!indices)
        return no_memory(err);
    for (int y = 0; y < im->height; y++)
        expand_row(image_at(im, 0, y), raw + (size_t)y * l->row_bytes, indices, l, width);
    free(indices);
    return true;
}

/* Every row into `raw`. Nothing here is changed behind the setjmp but what *r holds. */
static bool read_rows(Reader *r, uint8_t *raw, size_t row_bytes, size_t height, Err *err)
{
    r->rows = malloc(height * sizeof *r->rows);
    if (!r->rows)
        return no_memory(err);
    for (size_t y = 0; y < height; y++)
        r->rows[y] = raw + y * row_bytes;
    if (setjmp(r->out))
        return png_failed(r, err);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    png_read_image(r->png, r->rows);
    return true;
}

static bool decode_with(Reader *r, Image *im, Layout *l, Err *err)
{
    size_t height = png_get_image_height(r->png, r->info);
    l->color_type = png_get_color_type(r->png, r->info);
    l->bit_depth = png_get_bit_depth(r->png, r->info);
    l->row_bytes = png_get_rowbytes(r->png, r->info);
    if (l->color_type == PNG_COLOR_TYPE_PALETTE)
        read_palette(r, l);
    if (!image_init(im, (int)png_get_image_width(r->png, r->info), (int)height, channels_of(l), err))
        return false;
    bool direct =
        l->bit_depth == 8 && samples_of(l) == im->channels && l->color_type != PNG_COLOR_TYPE_PALETTE;
    /* Zeros: interlaced samples of less than 8 bits are put into the bytes that are there. */
    uint8_t *raw = direct ? im->data : calloc(height, l->row_bytes);
    if (!raw)
        return no_memory(err);
    bool ok = read_rows(r, raw, l->row_bytes, height, err) && (direct || expand(im, l, raw, err));
    if (!direct)
        free(raw);
    return ok;
}

static bool png_decode(Image *im, const ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    (void)info; /* the same header is read again, and gives the same size */
    if (codec_png_decode_fast(im, data, size, cpu_level()))
        return true;
    Layout l = { 0 };
    Reader r;
    if (!png_open(&r, data, size, err))
        return false;
    bool ok = decode_with(&r, im, &l, err);
    png_close(&r);
    return ok;
}

const Codec codec_png = { "png", FORMAT_PNG, png_match, png_probe, png_decode, codec_png_encode };
