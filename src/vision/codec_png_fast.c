/* PNG of the common kind, read by libdeflate in one go: 8 bits a sample, gray, RGB or RGBA, not interlaced (W3C, "PNG
 * Specification", 3rd ed.). */
#include "vision/codec_private.h"
#include "vision/png_filters.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

/* ---- chunks ------------------------------------------------------------------------------------- */

enum { FRAME = 12, HEADER = 13 }; /* length, type and checksum of a chunk; the content of IHDR */

/* The whole compressed data: a part of the file, or the chunks' contents joined in `joined`. */
typedef struct {
    int width, height, channels;
    const uint8_t *data;
    size_t size;
    uint8_t *joined;
} Stream;

static bool is(const uint8_t *chunk, const char *type)
{
    return memcmp(chunk + 4, type, 4) == 0;
}

/* The length of the chunk at `at` when all of it is there and its checksum is right, or not looked at; else SIZE_MAX. */
static size_t chunk_length(const uint8_t *data, size_t size, size_t at)
{
    if (size - at < FRAME)
        return SIZE_MAX;
    size_t length = load_be32(data + at);
    if (length > size - at - FRAME)
        return SIZE_MAX;
    bool ancillary = data[at + 4] & 0x20;
    if (!ancillary && libdeflate_crc32(0, data + at + 4, length + 4) != load_be32(data + at + 8 + length))
        return SIZE_MAX;
    return length;
}

static bool read_header(Stream *s, const uint8_t *data, size_t size)
{
    const uint8_t *chunk = data + sizeof codec_png_signature, *head = chunk + 8;
    if (chunk_length(data, size, sizeof codec_png_signature) != HEADER || !is(chunk, "IHDR"))
        return false;
    s->width = (int)load_be32(head);
    s->height = (int)load_be32(head + 4);
    s->channels = head[9] == 0 ? 1 : head[9] == 2 ? 3 : head[9] == 6 ? 4 : 0;
    return s->channels && head[8] == 8 && head[10] == 0 && head[11] == 0 && head[12] == 0;
}

/* Find the data between the header and the end, in chunks that follow each other. */
static bool read_stream(Stream *s, const uint8_t *data, size_t size)
{
    size_t at = sizeof codec_png_signature + FRAME + HEADER, chunks = 0, end = 0;
    for (size_t length; (length = chunk_length(data, size, at)) != SIZE_MAX; at += length + FRAME) {
        const uint8_t *chunk = data + at;
        bool more = is(chunk, "IDAT");
        if (is(chunk, "IEND"))
            return length == 0 && chunks > 0;
        if (!more && !(chunk[4] & 0x20)) /* a palette to choose from, or something unknown */
            return false;
        if (!more)
            continue;
        if (chunks++ == 0) {
            s->data = chunk + 8;
            s->size = length;
        } else if (at != end) {
            return false;
        } else {
            if (!s->joined) {
                if (!(s->joined = malloc(size)))
                    return false;
                memcpy(s->joined, s->data, s->size);
                s->data = s->joined;
            }
            memcpy(s->joined + s->size, chunk + 8, length);
            s->size += length;
        }
        end = at + FRAME + length;
    }
    return false;
}

/* The rows, which are the picture once they are unfiltered; NULL: something is wrong with them. The caller frees them. */
static uint8_t *inflate_rows(const Stream *s, CpuLevel level)
{
    size_t n = (size_t)s->width * (size_t)s->channels, rows_size = (n + 1) * (size_t)s->height, used;
    uint8_t *rows = malloc(rows_size);
    struct libdeflate_decompressor *z = libdeflate_alloc_decompressor();
    bool ok = rows && z &&
              libdeflate_zlib_decompress_ex(z, s->data, s->size, rows, rows_size, &used, NULL) ==
                  LIBDEFLATE_SUCCESS &&
              used == s->size &&
              png_undo_filters(rows, (size_t)s->height, (size_t)s->width, (size_t)s->channels, level);
    libdeflate_free_decompressor(z);
    if (ok)
        return rows;
    free(rows);
    return NULL;
}

bool codec_png_decode_fast(Image *im, const uint8_t *data, size_t size, CpuLevel level)
{
    Stream s = { 0 };
    bool sound = read_header(&s, data, size) && read_stream(&s, data, size);
    uint8_t *rows = sound ? inflate_rows(&s, level) : NULL;
    free(s.joined);
    if (rows)
        *im = (Image){ s.width, s.height, s.channels, rows };
    return rows != NULL;
}
