/* BMP, read only: 1, 4 and 8-bit palettes, run lengths, 16, 24 and 32 bits with or without masks (Microsoft,
 * "Bitmap Storage"). */
#include "vision/codec_private.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_HEADER = 14, OS2_HEADER = 12, OS2_LONG_HEADER = 64, BASIC_HEADER = 40 };
enum { BMP_RAW, BMP_RLE8, BMP_RLE4, BMP_MASKS };
enum { RED, GREEN, BLUE, ALPHA };

typedef struct {
    int width, height;
    bool from_top;
    unsigned bits, compression;
    uint32_t mask[4];     /* 16 and 32 bits: where red, green, blue and alpha are in a pixel */
    size_t palette, step; /* offset of the first entry, bytes an entry (blue, green, red) */
    size_t colors;
    size_t pixels; /* offset */
} Bmp;

static bool cut_short(Err *err)
{
    return err_set(err, ERR_INPUT, "the BMP data is cut short; copy or download the file again");
}

static bool not_read(Err *err, const char *what, long long value)
{
    return err_set(err, ERR_INPUT, "a BMP with %s %lld is not read; save it as PNG", what, value);
}

static bool bmp_match(const uint8_t *data, size_t size)
{
    return size >= 2 && data[0] == 'B' && data[1] == 'M';
}

static bool check_kind(const Bmp *b, Err *err)
{
    bool known = false;
    switch (b->compression) {
    case BMP_RAW:
        known =
            b->bits == 1 || b->bits == 4 || b->bits == 8 || b->bits == 16 || b->bits == 24 || b->bits == 32;
        break;
    case BMP_RLE8: known = b->bits == 8; break;
    case BMP_RLE4: known = b->bits == 4; break;
    case BMP_MASKS: known = b->bits == 16 || b->bits == 32; break;
    default: return not_read(err, "compression", b->compression);
    }
    return known || not_read(err, "this compression and bits per pixel", b->bits);
}

/* Runs of ones only: how many, or -1. */
static int mask_width(uint32_t mask)
{
    int n = 0;
    while (mask && !(mask & 1))
        mask >>= 1;
    for (; mask & 1; mask >>= 1)
        n++;
    return mask ? -1 : n;
}

/* Masks follow the basic header, or are part of a longer one, at the same place; so is the fourth, if it is
 * there. All zero they are taken, as in Pillow, for a byte each of blue, green, red and alpha. */
static bool read_masks(Bmp *b, const uint8_t *data, size_t size, size_t header, Err *err)
{
    static const uint32_t usual[2][4] = { { 0x7c00, 0x3e0, 0x1f, 0 }, { 0xff0000, 0xff00, 0xff, 0 } };
    memcpy(b->mask, usual[b->bits == 32], sizeof b->mask);
    if (b->compression != BMP_MASKS)
        return true;
    size_t n = header >= BASIC_HEADER + 16 ? 4 : 3, at = FILE_HEADER + BASIC_HEADER;
    if (size < at + 4 * n)
        return cut_short(err);
    for (size_t i = 0; i < n; i++) {
        b->mask[i] = load_le32(data + at + 4 * i);
        if (mask_width(b->mask[i]) < 0)
            return not_read(err, "the colour mask", b->mask[i]);
    }
    if (b->bits == 32 && !(b->mask[RED] | b->mask[GREEN] | b->mask[BLUE] | b->mask[ALPHA]))
        memcpy(b->mask, (uint32_t[]){ 0xff0000, 0xff00, 0xff, 0xff000000 }, sizeof b->mask);
    return true;
}

static bool read_header(Bmp *b, const uint8_t *data, size_t size, Err *err)
{
    *b = (Bmp){ .step = 4 };
    if (size < FILE_HEADER + 4)
        return cut_short(err);
    uint32_t header = load_le32(data + FILE_HEADER);
    const uint8_t *h = data + FILE_HEADER;
    if (header != OS2_HEADER && header != BASIC_HEADER && header != 52 && header != 56 &&
        header != OS2_LONG_HEADER && header != 108 && header != 124)
        return not_read(err, "a header of the size", header);
    if (size < FILE_HEADER + header)
        return cut_short(err);
    int64_t width, height;
    if (header == OS2_HEADER) {
        width = load_le16(h + 4);
        height = load_le16(h + 6);
        b->bits = load_le16(h + 10);
        b->step = 3;
    } else {
        width = (int32_t)load_le32(h + 4);
        height = (int32_t)load_le32(h + 8);
        b->bits = load_le16(h + 14);
        b->compression = load_le32(h + 16);
        b->colors = load_le32(h + 32);
    }
    if (header == OS2_LONG_HEADER && b->compression == BMP_MASKS) /* there it means Huffman */
        return not_read(err, "OS/2 compression", b->compression);
    b->from_top = height < 0;
    height = height < 0 ? -height : height;
    if (width < 1 || height < 1 || height > INT32_MAX)
        return err_set(err, ERR_INPUT,
                       "the BMP claims a size of %lld x %lld; copy or download the file again",
                       (long long)width, (long long)height);
    b->width = (int)width;
    b->height = (int)height;
    if (!check_kind(b, err) || !read_masks(b, data, size, header, err))
        return false;
    b->palette = FILE_HEADER + header;
    if (b->colors == 0 || b->colors > 256)
        b->colors = b->bits <= 8 ? 1u << b->bits : 0;
    b->pixels = load_le32(data + 10);
    if (b->pixels == 0)
        b->pixels = b->palette + b->colors * b->step;
    return b->pixels <= size || cut_short(err);
}

static bool bmp_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    Bmp b;
    if (!read_header(&b, data, size, err))
        return false;
    info->width = b.width;
    info->height = b.height;
    return true;
}

/* ---- pixels ------------------------------------------------------------------------------------- */

/* RGB of every index; those that the file does not have are gray of their number, as in Pillow. */
static void read_palette(const Bmp *b, const uint8_t *data, size_t size, uint8_t palette[256][3])
{
    for (int i = 0; i < 256; i++)
        memset(palette[i], i, 3);
    for (size_t i = 0; i < b->colors; i++) {
        size_t at = b->palette + i * b->step;
        if (at + 3 > size)
            break;
        for (int c = 0; c < 3; c++)
            palette[i][c] = data[at + 2 - (size_t)c];
    }
}

static uint8_t *row_of(const Bmp *b, const Image *im, int stored_row)
{
    return image_at(im, 0, b->from_top ? stored_row : b->height - 1 - stored_row);
}

/* One channel of one pixel as 0..255: v * 255 / most, rounded down, or the high 8 bits of a wider field. */
static uint8_t field(uint32_t pixel, uint32_t mask, int shift, int width)
{
    uint32_t v = (pixel & mask) >> shift;
    if (width == 0)
        return 0;
    return (uint8_t)(width > 8 ? v >> (width - 8) : v * 255 / ((1u << width) - 1));
}

static void masked_row(const Bmp *b, uint8_t *to, const uint8_t *from, int channels)
{
    int shift[4], width[4];
    for (int c = 0; c < channels; c++) {
        width[c] = mask_width(b->mask[c]);
        shift[c] = b->mask[c] ? __builtin_ctz(b->mask[c]) : 0;
    }
    for (int x = 0; x < b->width; x++, from += b->bits / 8) {
        uint32_t pixel = b->bits == 16 ? load_le16(from) : load_le32(from);
        for (int c = 0; c < channels; c++)
            *to++ = field(pixel, b->mask[c], shift[c], width[c]);
    }
}

static void indexed_row(uint8_t *to, const uint8_t *indices, int width, uint8_t palette[256][3])
{
    for (int x = 0; x < width; x++)
        memcpy(to + 3 * (size_t)x, palette[indices[x]], 3);
}

static bool decode_raw(const Bmp *b, Image *im, const uint8_t *data, size_t size, uint8_t palette[256][3],
                       Err *err)
{
    size_t width = (size_t)b->width, used = (width * b->bits + 7) / 8, stride = (used + 3) / 4 * 4;
    /* The last row's padding may be missing. */
    if (size - b->pixels < used || (size - b->pixels - used) / stride < (size_t)b->height - 1)
        return cut_short(err);
    if (!image_init(im, b->width, b->height, b->mask[ALPHA] ? 4 : 3, err))
        return false;
    uint8_t *indices = malloc(width);
    if (!indices)
        return err_set(err, ERR_NOMEM, "no memory for a BMP picture");
    for (int y = 0; y < b->height; y++) {
        const uint8_t *from = data + b->pixels + (size_t)y * stride;
        uint8_t *to = row_of(b, im, y);
        if (b->bits <= 8) {
            codec_unpack_bits(indices, from, width, (int)b->bits, 1);
            indexed_row(to, indices, b->width, palette);
        } else if (b->bits == 24) {
            for (size_t i = 0; i < 3 * width; i += 3) {
                to[i] = from[i + 2];
                to[i + 1] = from[i + 1];
                to[i + 2] = from[i];
            }
        } else {
            masked_row(b, to, from, im->channels);
        }
    }
    free(indices);
    return true;
}

/* Run lengths into [height, width] indices, rows as stored. What a run would put beyond a row's end is
 * dropped; pixels that the data skips stay 0. */
static bool unpack_runs(const Bmp *b, uint8_t *out, const uint8_t *p, const uint8_t *end)
{
    size_t width = (size_t)b->width, height = (size_t)b->height, x = 0, y = 0;
    bool nibbles = b->compression == BMP_RLE4;
    while (y < height) {
        if (end - p < 2)
            return false;
        size_t n = p[0], code = p[1];
        p += 2;
        if (n) { /* a run of one value, or of two in turn */
            for (size_t i = 0; i < n && x < width; i++)
                out[y * width + x++] = (uint8_t)(!nibbles ? code : i & 1 ? code & 15 : code >> 4);
        } else if (code == 0) { /* end of the row */
            x = 0;
            y++;
        } else if (code == 1) { /* end of the picture */
            return true;
        } else if (code == 2) { /* move */
            if (end - p < 2)
                return false;
            x = x + p[0] < width ? x + p[0] : width;
            y += p[1];
            p += 2;
        } else { /* `code` pixels as they are, padded to 16 bits */
            size_t bytes = nibbles ? (code + 1) / 2 : code, padded = (bytes + 1) / 2 * 2;
            if ((size_t)(end - p) < bytes)
                return false;
            for (size_t i = 0; i < code && x < width; i++)
                out[y * width + x++] = (uint8_t)(!nibbles ? p[i] : i & 1 ? p[i / 2] & 15 : p[i / 2] >> 4);
            p += (size_t)(end - p) < padded ? bytes : padded;
        }
    }
    return true;
}

static bool decode_runs(const Bmp *b, Image *im, const uint8_t *data, size_t size, uint8_t palette[256][3],
                        Err *err)
{
    uint8_t *indices = calloc((size_t)b->width, (size_t)b->height);
    if (!indices)
        return err_set(err, ERR_NOMEM, "no memory for a BMP picture");
    bool ok = unpack_runs(b, indices, data + b->pixels, data + size) || cut_short(err);
    ok = ok && image_init(im, b->width, b->height, 3, err);
    for (int y = 0; ok && y < b->height; y++)
        indexed_row(row_of(b, im, y), indices + (size_t)y * (size_t)b->width, b->width, palette);
    free(indices);
    return ok;
}

static bool bmp_decode(Image *im, const ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    (void)info; /* the same header is read again, and gives the same size */
    Bmp b;
    uint8_t palette[256][3];
    if (!read_header(&b, data, size, err))
        return false;
    read_palette(&b, data, size, palette);
    if (b.compression == BMP_RLE8 || b.compression == BMP_RLE4)
        return decode_runs(&b, im, data, size, palette, err);
    return decode_raw(&b, im, data, size, palette, err);
}

const Codec codec_bmp = { "bmp", FORMAT_BMP, bmp_match, bmp_probe, bmp_decode, NULL };
