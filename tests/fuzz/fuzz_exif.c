/* Any bytes as an EXIF block: by itself, and in a picture of each format that holds one. The pictures' own tag of TIFF has the
 * orientation that was found. */
#include "must.h"
#include "touch.h"

#include "vision/codec.h"
#include "vision/codec_private.h"
#include "vision/exif.h"

#include <libdeflate.h>

enum { WIDTH = 3, HEIGHT = 2, MAX_BLOCK = 65000, MAX_FILE = MAX_BLOCK + 4096 };

/* A file that is put together. */
typedef struct {
    uint8_t data[MAX_FILE];
    size_t size;
} File;

static void put(File *f, const void *bytes, size_t n)
{
    must(n <= sizeof f->data - f->size);
    if (n)
        memcpy(f->data + f->size, bytes, n);
    f->size += n;
}

static void put_number(File *f, size_t v, int bytes, bool big)
{
    for (int i = 0; i < bytes; i++)
        put(f, &(uint8_t){ (uint8_t)(v >> 8 * (big ? bytes - 1 - i : i)) }, 1);
}

static Image picture(int channels)
{
    Image im;
    Err err = { 0 };
    must(image_init(&im, WIDTH, HEIGHT, channels, &err));
    for (size_t i = 0; i < image_bytes(&im); i++)
        im.data[i] = (uint8_t)(40 * i);
    return im;
}

/* The picture as a file without a block. */
static File plain_file(ImageFormat format)
{
    File f = { .size = 0 };
    Image im = picture(3);
    uint8_t *data;
    size_t size;
    Err err = { 0 };
    must(image_encode(&im, format, 90, &data, &size, &err));
    put(&f, data, size);
    free(data);
    image_clear(&im);
    return f;
}

static void check_orientation(const File *f, int orientation)
{
    ImageInfo info;
    Image stored, upright;
    Err err = { 0 };
    must(image_probe(&info, f->data, f->size, &err));
    must(info.orientation == orientation);
    must(image_decode(&stored, f->data, f->size, &(DecodeOptions){ .channels = 3 }, &err));
    must(image_decode(&upright, f->data, f->size, &(DecodeOptions){ .channels = 3, .upright = true }, &err));
    must(exif_make_upright(&stored, orientation, &err));
    must(stored.width == (orientation < 5 ? WIDTH : HEIGHT) && stored.width == upright.width);
    must(memcmp(stored.data, upright.data, image_bytes(&stored)) == 0);
    image_clear(&stored);
    image_clear(&upright);
}

static void try_jpeg(const uint8_t *block, size_t size)
{
    File plain = plain_file(FORMAT_JPEG), f = { .size = 0 };
    put(&f, plain.data, 2);
    put(&f, "\xff\xe1", 2);
    put_number(&f, size + 8, 2, true);
    size_t at = f.size;
    put(&f, "Exif\0\0", 6);
    put(&f, block, size);
    int orientation = exif_orientation(f.data + at, f.size - at);
    put(&f, plain.data + 2, plain.size - 2);
    check_orientation(&f, orientation);
}

static void try_png(const uint8_t *block, size_t size)
{
    enum { HEADER = 8 + 25 };
    File plain = plain_file(FORMAT_PNG), f = { .size = 0 };
    put(&f, plain.data, HEADER);
    put_number(&f, size, 4, true);
    put(&f, "eXIf", 4);
    put(&f, block, size);
    put_number(&f, libdeflate_crc32(0, f.data + HEADER + 4, size + 4), 4, true);
    put(&f, plain.data + HEADER, plain.size - HEADER);
    check_orientation(&f, exif_orientation(block, size));
}

static void try_webp(const uint8_t *block, size_t size)
{
    enum { HAS_EXIF = 8, HEADER = 12 };
    File plain = plain_file(FORMAT_WEBP), f = { .size = 0 };
    put(&f, "RIFF", 4);
    put_number(&f, plain.size + 10 + size + size % 2 + 8, 4, false); /* less 8, and two chunks' heads more */
    put(&f, "WEBPVP8X", 8);
    put_number(&f, 10, 4, false);
    put_number(&f, HAS_EXIF, 4, false);
    put_number(&f, WIDTH - 1, 3, false);
    put_number(&f, HEIGHT - 1, 3, false);
    put(&f, plain.data + HEADER, plain.size - HEADER);
    put(&f, "EXIF", 4);
    put_number(&f, size, 4, false);
    put(&f, block, size);
    put(&f, "", size % 2);
    check_orientation(&f, exif_orientation(block, size));
}

/* Its tag turns the picture while it is loaded, so that nothing is left to do. */
static void try_tiff(int orientation, bool big)
{
    enum { SHORT = 3, LONG = 4, ENTRIES = 8, PIXELS = 8 + 2 + ENTRIES * 12 + 4 };
    const size_t entries[ENTRIES][3] = { { 256, SHORT, WIDTH },
                                         { 257, SHORT, HEIGHT },
                                         { 258, SHORT, 8 },
                                         { 259, SHORT, 1 },
                                         { 262, SHORT, 1 },
                                         { 273, LONG, PIXELS },
                                         { 274, SHORT, (size_t)orientation },
                                         { 279, LONG, WIDTH * HEIGHT } };
    File f = { .size = 0 };
    Image want = picture(1), im;
    ImageInfo info;
    Err err = { 0 };
    put(&f, big ? "MM\0*" : "II*\0", 4);
    put_number(&f, 8, 4, big);
    put_number(&f, ENTRIES, 2, big);
    for (size_t i = 0; i < ENTRIES; i++) {
        put_number(&f, entries[i][0], 2, big);
        put_number(&f, entries[i][1], 2, big);
        put_number(&f, 1, 4, big);
        put_number(&f, entries[i][2], entries[i][1] == SHORT ? 2 : 4, big);
        put_number(&f, 0, entries[i][1] == SHORT ? 2 : 0, big);
    }
    put_number(&f, 0, 4, big);
    put(&f, want.data, image_bytes(&want));
    must(image_probe(&info, f.data, f.size, &err));
    must(info.orientation == 1);
    must(image_decode(&im, f.data, f.size, &(DecodeOptions){ .upright = true }, &err));
    must(exif_make_upright(&want, orientation, &err));
    must(im.width == want.width && im.channels == 1 && info.width == im.width && info.height == im.height);
    must(memcmp(im.data, want.data, image_bytes(&im)) == 0);
    image_clear(&im);
    image_clear(&want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MAX_BLOCK)
        return -1;
    uint8_t *block = malloc(size ? size : 1); /* so that a sanitizer knows its end */
    must(block);
    if (size)
        memcpy(block, data, size);
    int orientation = exif_orientation(block, size);
    must(orientation >= 1 && orientation <= 8);
    try_jpeg(block, size);
    try_png(block, size);
    try_webp(block, size);
    try_tiff(orientation, size & 1);
    free(block);
    return 0;
}
