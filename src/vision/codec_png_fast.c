/* PNG of the common kind, read by libdeflate in one go: 8 bits a sample, gray, RGB or RGBA, not interlaced (W3C, "PNG
 * Specification", 3rd ed.). */
#include "vision/codec_private.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- filters ------------------------------------------------------------------------------------ */

static inline int paeth(int left, int up, int corner)
{
    int to_left = abs(up - corner), to_up = abs(left - corner), to_corner = abs(left + up - 2 * corner);
    return to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner;
}

/* Rows of `n` bytes and c bytes a pixel, in place of differences: `to` may be read and written up to its end only. */
static inline void undo_sub(uint8_t *to, size_t n, size_t c)
{
    size_t i = 0;
#ifdef __SSE2__
    /* The pixel before stays in a register: through memory each sum would wait for the one before to be stored. */
    __m128i left = _mm_setzero_si128();
    for (int v; i + sizeof v <= n; i += c) {
        memcpy(&v, to + i, sizeof v);
        left = _mm_add_epi8(left, _mm_cvtsi32_si128(v));
        v = _mm_cvtsi128_si32(left);
        memcpy(to + i, &v, c);
    }
#endif
    for (i = i < c ? c : i; i < n; i++)
        to[i] = (uint8_t)(to[i] + to[i - c]);
}

static void undo_up(uint8_t *restrict to, const uint8_t *restrict above, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(to[i] + above[i]);
}

static void undo_average(uint8_t *to, const uint8_t *above, size_t n, size_t c)
{
    for (size_t i = 0; i < c; i++)
        to[i] = (uint8_t)(to[i] + above[i] / 2);
    for (size_t i = c; i < n; i++)
        to[i] = (uint8_t)(to[i] + (to[i - c] + above[i]) / 2);
}

static void undo_paeth_plain(uint8_t *to, const uint8_t *above, size_t from, size_t n, size_t c)
{
    for (size_t i = from; i < n; i++)
        to[i] = (uint8_t)(to[i] + (i < c ? above[i] : paeth(to[i - c], above[i], above[i - c])));
}

#ifdef __SSE2__
static inline __m128i load_pixel(const uint8_t *p)
{
    int v;
    memcpy(&v, p, sizeof v);
    return _mm_unpacklo_epi8(_mm_cvtsi32_si128(v), _mm_setzero_si128());
}

/* A pixel at a time, its samples side by side. With d = up - corner, the left sample is the predictor unless it lies strictly
 * between corner + min(d, -2 d) and corner + max(d, -2 d); in there it is the upper one or the corner, whichever side of
 * corner - d / 2 the left one is on. So what depends on the pixel just made are three comparisons, and the chain from pixel to
 * pixel has six instructions. */
static inline void undo_paeth(uint8_t *to, const uint8_t *above, size_t n, size_t c)
{
    size_t i = 0;
    __m128i left = _mm_setzero_si128(), corner = left, zero = left, one = _mm_set1_epi16(1);
    for (; i + 4 <= n; i += c) {
        __m128i up = load_pixel(above + i), value = load_pixel(to + i);
        __m128i d = _mm_sub_epi16(up, corner), negative = _mm_cmpgt_epi16(zero, d);
        __m128i back = _mm_sub_epi16(zero, _mm_add_epi16(d, d));
        __m128i low = _mm_add_epi16(corner, _mm_min_epi16(d, back));
        __m128i high = _mm_add_epi16(corner, _mm_max_epi16(d, back));
        /* 2 left < 2 corner - d, or <= for negative d, as left < half */
        __m128i half = _mm_sub_epi16(_mm_add_epi16(corner, corner), _mm_add_epi16(d, negative));
        half = _mm_srai_epi16(_mm_add_epi16(half, one), 1);
        __m128i least = _mm_min_epi16(up, corner), most = _mm_max_epi16(up, corner);

        __m128i lower = _mm_cmpgt_epi16(half, left);
        __m128i inside = _mm_and_si128(_mm_cmpgt_epi16(left, low), _mm_cmpgt_epi16(high, left));
        __m128i other = _mm_xor_si128(most, _mm_and_si128(lower, _mm_xor_si128(least, most)));
        __m128i nearest = _mm_or_si128(_mm_and_si128(inside, other), _mm_andnot_si128(inside, left));
        left = _mm_add_epi8(value, nearest);
        corner = up;
        int made = _mm_cvtsi128_si32(_mm_packus_epi16(left, left));
        memcpy(to + i, &made, c);
    }
    undo_paeth_plain(to, above, i, n, c);
}
#else
static inline void undo_paeth(uint8_t *to, const uint8_t *above, size_t n, size_t c)
{
    undo_paeth_plain(to, above, 0, n, c);
}
#endif

/* Filtered rows, each with its filter's byte before it, to pixels in the same place: a row ends before the next one begins. False:
 * there is no such filter. `zeros` is what is above the first row. */
static bool undo_filters(uint8_t *rows, size_t height, size_t n, size_t c, const uint8_t *zeros)
{
    const uint8_t *above = zeros;
    for (size_t y = 0; y < height; y++) {
        uint8_t *to = rows + y * n, filter = rows[y * (n + 1)];
        memmove(to, rows + y * (n + 1) + 1, n);
        switch (filter) {
        case 0: break;
        case 1: c == 3 ? undo_sub(to, n, 3) : c == 4 ? undo_sub(to, n, 4) : undo_sub(to, n, 1); break;
        case 2: undo_up(to, above, n); break;
        case 3: undo_average(to, above, n, c); break;
        case 4:
            c == 3   ? undo_paeth(to, above, n, 3)
            : c == 4 ? undo_paeth(to, above, n, 4)
                     : undo_paeth(to, above, n, 1);
            break;
        default: return false;
        }
        above = to;
    }
    return true;
}

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
static uint8_t *inflate_rows(const Stream *s)
{
    size_t n = (size_t)s->width * (size_t)s->channels, rows_size = (n + 1) * (size_t)s->height, used;
    uint8_t *rows = malloc(rows_size), *zeros = calloc(n, 1);
    struct libdeflate_decompressor *z = libdeflate_alloc_decompressor();
    bool ok = rows && zeros && z &&
              libdeflate_zlib_decompress_ex(z, s->data, s->size, rows, rows_size, &used, NULL) ==
                  LIBDEFLATE_SUCCESS &&
              used == s->size && undo_filters(rows, (size_t)s->height, n, (size_t)s->channels, zeros);
    libdeflate_free_decompressor(z);
    free(zeros);
    if (ok)
        return rows;
    free(rows);
    return NULL;
}

bool codec_png_decode_fast(Image *im, const uint8_t *data, size_t size)
{
    Stream s = { 0 };
    uint8_t *rows = read_header(&s, data, size) && read_stream(&s, data, size) ? inflate_rows(&s) : NULL;
    free(s.joined);
    if (rows)
        *im = (Image){ s.width, s.height, s.channels, rows };
    return rows != NULL;
}
