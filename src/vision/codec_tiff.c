/* TIFF, read only, by libtiff: the first picture of a file, 1 to 16 bits, gray, palette, RGB or CMYK. */
#include "vision/codec_private.h"
#include "vision/exif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

/* Samples a pixel, with those that are dropped; bytes of one tile, which may be larger than the picture. */
enum { MAX_SAMPLES = 6, MAX_TILE = 1 << 28 };

#define LIBTIFF_4_5 20221213 /* the first with error handlers of one handle's own */

/* The file in memory, and what libtiff said first about it. */
typedef struct {
    const uint8_t *data;
    size_t size;
    uint64_t at;
    char problem[256];
} Source;

typedef struct {
    TIFF *t;
    size_t width, height;
    int orientation;
    uint16_t bits, samples, color, planes;
    bool alpha, multiplied; /* the sample behind the colours is alpha; colours were multiplied by it */
    uint8_t *pixels;        /* [height, width, samples], 8 bits */
} Tiff;

/* ---- libtiff's view of memory ------------------------------------------------------------------- */

static tmsize_t source_read(thandle_t handle, void *to, tmsize_t n)
{
    Source *s = handle;
    if (n <= 0 || s->at >= s->size)
        return 0;
    size_t left = s->size - (size_t)s->at, take = (size_t)n < left ? (size_t)n : left;
    memcpy(to, s->data + s->at, take);
    s->at += take;
    return (tmsize_t)take;
}

static tmsize_t source_write(thandle_t handle, void *from, tmsize_t n)
{
    (void)handle;
    (void)from;
    (void)n;
    return 0;
}

static toff_t source_seek(thandle_t handle, toff_t to, int whence)
{
    Source *s = handle;
    s->at = whence == SEEK_SET ? to : whence == SEEK_CUR ? s->at + to : s->size + to;
    return s->at;
}

static int source_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t source_size(thandle_t handle)
{
    return ((Source *)handle)->size;
}

#if TIFFLIB_VERSION >= LIBTIFF_4_5
static int on_error(TIFF *t, void *user, const char *module, const char *fmt, va_list args)
{
    (void)t;
    (void)module;
    Source *s = user;
    if (!s->problem[0])
        vsnprintf(s->problem, sizeof s->problem, fmt, args);
    return 1; /* handled: no global handler is asked, and nothing printed */
}

static int on_warning(TIFF *t, void *user, const char *module, const char *fmt, va_list args)
{
    (void)t;
    (void)user;
    (void)module;
    (void)fmt;
    (void)args;
    return 1;
}

static TIFF *open_memory(Source *s)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options)
        return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, s);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, s);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)1 << 30);
    TIFF *t = TIFFClientOpenExt("", "rm", s, source_read, source_write, source_seek, source_close,
                                source_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return t;
}
#else
/* Older libtiff has handlers for the whole process only; without any, it says nothing. */
static TIFF *open_memory(Source *s)
{
    TIFFSetErrorHandler(NULL);
    TIFFSetWarningHandler(NULL);
    return TIFFClientOpen("", "rm", s, source_read, source_write, source_seek, source_close, source_size,
                          NULL, NULL);
}
#endif

static bool tiff_failed(const Source *s, Err *err)
{
    const char *what = s->problem[0] ? s->problem : "it cannot be decoded";
    return err_set(err, ERR_INPUT,
                   "the TIFF data is damaged, cut short or of a kind that is not read (%s); save it as PNG",
                   what);
}

static bool no_memory(const Tiff *f, Err *err)
{
    return err_set(err, ERR_NOMEM, "no memory for a TIFF picture of %zu x %zu pixels", f->width, f->height);
}

/* ---- reading ------------------------------------------------------------------------------------ */

static bool tiff_match(const uint8_t *data, size_t size)
{
    static const char *const magic[] = { "II*\0", "MM\0*", "II+\0", "MM\0+" }; /* the last two are BigTIFF */
    for (size_t i = 0; i < 4; i++)
        if (size >= 4 && !memcmp(data, magic[i], 4))
            return true;
    return false;
}

static bool read_size(Tiff *f, const Source *s, Err *err)
{
    uint32_t width = 0, height = 0;
    uint16_t orientation = 1;
    TIFFGetField(f->t, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(f->t, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(f->t, TIFFTAG_ORIENTATION, &orientation);
    if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX)
        return tiff_failed(s, err);
    f->width = width;
    f->height = height;
    f->orientation = orientation;
    return true;
}

/* The orientation is a tag of the format itself, and Pillow turns the picture by it while decoding, asked or
 * not. So the size is the turned one, and nothing is left to be turned. */
static bool tiff_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    Source s = { .data = data, .size = size };
    Tiff f = { .t = open_memory(&s) };
    if (!f.t)
        return tiff_failed(&s, err);
    bool ok = read_size(&f, &s, err);
    bool swap = f.orientation >= 5 && f.orientation <= 8;
    info->width = (int)(swap ? f.height : f.width);
    info->height = (int)(swap ? f.width : f.height);
    TIFFClose(f.t);
    return ok;
}

static int colors_of(const Tiff *f)
{
    return f->color == PHOTOMETRIC_RGB ? 3 : f->color == PHOTOMETRIC_SEPARATED ? 4 : 1;
}

/* The tags that say how samples lie, and whether that is a kind we read. */
static bool read_kind(Tiff *f, Err *err)
{
    uint16_t format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE, extras = 0, *extra = NULL;
    TIFFGetFieldDefaulted(f->t, TIFFTAG_BITSPERSAMPLE, &f->bits);
    TIFFGetFieldDefaulted(f->t, TIFFTAG_SAMPLESPERPIXEL, &f->samples);
    TIFFGetFieldDefaulted(f->t, TIFFTAG_PLANARCONFIG, &f->planes);
    TIFFGetFieldDefaulted(f->t, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(f->t, TIFFTAG_COMPRESSION, &compression);
    TIFFGetField(f->t, TIFFTAG_EXTRASAMPLES, &extras, &extra); /* the default would be libtiff's invention */
    if (extras && !extra)                                      /* it had no memory and went on */
        return no_memory(f, err);
    f->color = f->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    TIFFGetField(f->t, TIFFTAG_PHOTOMETRIC, &f->color);
    if (f->color == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG &&
        f->planes == PLANARCONFIG_CONTIG) {
        TIFFSetField(f->t, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        f->color = PHOTOMETRIC_RGB;
    }
    bool color_known = f->color == PHOTOMETRIC_RGB || f->color == PHOTOMETRIC_SEPARATED ||
                       f->color == PHOTOMETRIC_PALETTE || f->color == PHOTOMETRIC_MINISBLACK ||
                       f->color == PHOTOMETRIC_MINISWHITE;
    bool depth_known = f->bits == 8 || (f->bits == 16 && f->color != PHOTOMETRIC_PALETTE) ||
                       ((f->bits == 1 || f->bits == 2 || f->bits == 4) && f->samples == 1);
    if (!color_known || !depth_known || f->samples < colors_of(f) || f->samples > MAX_SAMPLES ||
        (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID))
        return err_set(err, ERR_INPUT,
                       "a TIFF with %d samples of %d bits, sample format %d and colour kind %d is not read; "
                       "save it with 8 bits a sample, or as PNG",
                       f->samples, f->bits, format, f->color);
    if (f->color != PHOTOMETRIC_SEPARATED && f->color != PHOTOMETRIC_PALETTE && f->samples > colors_of(f)) {
        f->multiplied = extras && extra[0] == EXTRASAMPLE_ASSOCALPHA;
        /* Some programs write a fourth sample without saying what it is: alpha. */
        f->alpha = f->multiplied || (extras ? extra[0] == EXTRASAMPLE_UNASSALPHA : f->samples == 4);
    }
    return true;
}

/* `n` pixels of a row at (x, y): all samples, or the `plane`-th of separate planes. */
static void put_row(Tiff *f, const uint8_t *from, size_t x, size_t y, size_t n, size_t plane)
{
    size_t together = f->planes == PLANARCONFIG_SEPARATE ? 1 : f->samples, step = f->samples / together;
    uint8_t *to = f->pixels + (y * f->width + x) * f->samples + (step > 1 ? plane : 0);
    if (f->bits < 8) { /* one sample a pixel */
        codec_unpack_bits(to, from, n, f->bits,
                          f->color == PHOTOMETRIC_PALETTE ? 1 : 255 / ((1 << f->bits) - 1));
        return;
    }
    bool limit = f->color == PHOTOMETRIC_MINISBLACK && f->samples == 1;
    for (size_t i = 0; i < n * together; i++) {
        if (f->bits == 8) {
            to[i * step] = from[i];
            continue;
        }
        uint16_t v; /* libtiff has made it the machine's order */
        memcpy(&v, from + 2 * i, 2);
        to[i * step] = (uint8_t)(!limit ? v >> 8 : v > 255 ? 255 : v); /* Pillow limits 16-bit gray */
    }
}

static bool read_strips(Tiff *f, const Source *s, size_t bytes, Err *err)
{
    size_t planes = f->planes == PLANARCONFIG_SEPARATE ? f->samples : 1;
    if (TIFFScanlineSize64(f->t) != bytes)
        return tiff_failed(s, err);
    uint8_t *row = malloc(bytes);
    if (!row)
        return no_memory(f, err);
    bool ok = true;
    for (size_t p = 0; p < planes; p++)
        for (size_t y = 0; ok && y < f->height; y++) {
            ok = TIFFReadScanline(f->t, row, (uint32_t)y, (uint16_t)p) == 1;
            if (ok)
                put_row(f, row, 0, y, f->width, p);
        }
    free(row);
    return ok || tiff_failed(s, err);
}

static bool read_tiles(Tiff *f, const Source *s, size_t together, Err *err)
{
    uint32_t width = 0, height = 0;
    TIFFGetField(f->t, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(f->t, TIFFTAG_TILELENGTH, &height);
    if (width < 1 || height < 1 || width > MAX_TILE || height > MAX_TILE)
        return tiff_failed(s, err);
    uint64_t row = ((uint64_t)width * f->bits * together + 7) / 8, bytes = row * height;
    if (row > MAX_TILE || bytes > MAX_TILE || TIFFTileRowSize64(f->t) != row || TIFFTileSize64(f->t) != bytes)
        return tiff_failed(s, err);
    uint8_t *tile = malloc(bytes);
    if (!tile)
        return no_memory(f, err);
    bool ok = true;
    for (size_t p = 0; p < f->samples / together; p++)
        for (size_t y = 0; y < f->height; y += height)
            for (size_t x = 0; ok && x < f->width; x += width) {
                ok = TIFFReadTile(f->t, tile, (uint32_t)x, (uint32_t)y, 0, (uint16_t)p) == (tmsize_t)bytes;
                size_t n = f->width - x < width ? f->width - x : width;
                for (size_t i = 0; ok && i < height && y + i < f->height; i++)
                    put_row(f, tile + i * row, x, y + i, n, p);
            }
    free(tile);
    return ok || tiff_failed(s, err);
}

/* ---- samples to pixels -------------------------------------------------------------------------- */

static void undo_multiply(uint8_t *p, int channels)
{
    unsigned a = p[channels - 1];
    for (int c = 0; c < channels - 1; c++) {
        unsigned v = a ? p[c] * 255u / a : 0;
        p[c] = (uint8_t)(v > 255 ? 255 : v);
    }
}

static bool palette_pixels(const Tiff *f, Image *im, Err *err)
{
    uint16_t *map[3] = { NULL };
    if (!TIFFGetField(f->t, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]))
        return err_set(err, ERR_INPUT, "the TIFF has colour numbers but no palette; save it as PNG");
    if (!map[0] || !map[1] || !map[2]) /* libtiff had no memory and went on */
        return no_memory(f, err);
    if (!image_init(im, (int)f->width, (int)f->height, 3, err))
        return false;
    for (size_t i = 0; i < f->width * f->height;
         i++) /* the map has 2^bits entries, and indices are below that */
        for (size_t c = 0; c < 3; c++)
            im->data[3 * i + c] = (uint8_t)(map[c][f->pixels[i * f->samples]] >> 8);
    return true;
}

static bool cmyk_pixels(const Tiff *f, Image *im, Err *err)
{
    if (!image_init(im, (int)f->width, (int)f->height, 3, err))
        return false;
    for (size_t i = 0; i < f->width * f->height; i++) {
        uint8_t p[4];
        memcpy(p, f->pixels + i * f->samples, 4);
        codec_cmyk_to_rgb(p, 1);
        memcpy(im->data + 3 * i, p, 3);
    }
    return true;
}

/* Gray or RGB with or without alpha; other extra samples are dropped. */
static bool plain_pixels(const Tiff *f, Image *im, Err *err)
{
    size_t colors = (size_t)colors_of(f);
    if (!image_init(im, (int)f->width, (int)f->height, f->alpha ? 4 : (int)colors, err))
        return false;
    size_t c = (size_t)im->channels;
    unsigned flip = f->color == PHOTOMETRIC_MINISWHITE ? 255 : 0;
    for (size_t i = 0; i < f->width * f->height; i++) {
        const uint8_t *from = f->pixels + i * f->samples;
        uint8_t *to = im->data + i * c;
        for (size_t k = 0; k < (f->alpha ? 3 : colors); k++)
            to[k] = (uint8_t)(from[k < colors ? k : 0] ^ flip);
        if (f->alpha)
            to[3] = from[colors];
        if (f->multiplied)
            undo_multiply(to, 4);
    }
    return true;
}

static bool decode_with(Tiff *f, const Source *s, Image *im, Err *err)
{
    if (!read_kind(f, err))
        return false;
    size_t together = f->planes == PLANARCONFIG_SEPARATE ? 1 : f->samples;
    f->pixels = calloc(f->width * f->height, f->samples);
    if (!f->pixels)
        return no_memory(f, err);
    bool ok = TIFFIsTiled(f->t) ? read_tiles(f, s, together, err)
                                : read_strips(f, s, (f->width * f->bits * together + 7) / 8, err);
    if (!ok)
        return false;
    switch (f->color) {
    case PHOTOMETRIC_PALETTE: return palette_pixels(f, im, err);
    case PHOTOMETRIC_SEPARATED: return cmyk_pixels(f, im, err);
    default: return plain_pixels(f, im, err);
    }
}

static bool tiff_decode(Image *im, const ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    (void)info; /* the same tags are read again, and give the same size */
    Source s = { .data = data, .size = size };
    Tiff f = { .t = open_memory(&s) };
    if (!f.t)
        return tiff_failed(&s, err);
    bool ok = read_size(&f, &s, err) && decode_with(&f, &s, im, err);
    free(f.pixels);
    TIFFClose(f.t);
    return ok && exif_make_upright(im, f.orientation, err);
}

const Codec codec_tiff = { "tiff", FORMAT_TIFF, tiff_match, tiff_probe, tiff_decode, NULL };
