#include "vision/jpeg_file.h"

#include "vision/jpeg_tables.h"

#include <stdlib.h>
#include <string.h>

/* A code and its value have at most 27 bits, and a byte of ones takes two: more than a block ever needs. */
enum { MAX_BLOCK_BYTES = 64 * 8, MAX_HEADER = 1024 };
enum { END_OF_BLOCK = 0x00, SIXTEEN_ZEROS = 0xf0 };

static bool reserve(JpegFile *f, size_t more)
{
    if (f->capacity - f->size >= more)
        return true;
    size_t capacity = 2 * f->capacity + more;
    uint8_t *grown = realloc(f->data, capacity);
    if (!grown)
        return false;
    f->data = grown;
    f->capacity = capacity;
    return true;
}

/* ---- codes -------------------------------------------------------------------------------------- */

/* Codes of a length are counted up; the first one of the next length is twice the one after the last. */
static void codes_init(JpegCode *codes, const JpegHuffman *h, bool values_behind)
{
    uint32_t code = 0;
    size_t n = 0;
    for (int length = 1; length <= 16; length++, code *= 2)
        for (int i = 0; i < h->counts[length - 1]; i++, code++) {
            uint8_t value = h->values[n++];
            int behind = values_behind ? value & 15 : value;
            codes[value] = (JpegCode){ code << behind, length + behind };
        }
}

/* A byte of ones in the data is followed by a zero, so that it is no marker. */
static void put_bytes(JpegFile *f, uint32_t four)
{
    uint8_t *to = f->data + f->size;
    if (!(four & 0x80808080u & ~(four + 0x01010101u))) { /* no byte is 255; some without one look so too */
        uint32_t order = __builtin_bswap32(four);
        if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
            order = four;
        memcpy(to, &order, sizeof order);
        f->size += sizeof order;
        return;
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        *to++ = (uint8_t)(four >> shift);
        if (to[-1] == 0xff)
            *to++ = 0;
    }
    f->size = (size_t)(to - f->data);
}

static inline void put(JpegFile *f, uint32_t bits, int length)
{
    f->bits = f->bits << length | bits;
    f->pending += length;
    if (f->pending >= 32) {
        f->pending -= 32;
        put_bytes(f, (uint32_t)(f->bits >> f->pending));
    }
}

/* How many bits |v| has, and those that stand for v: of a negative number, those of v - 1. */
static inline int bits_of(int v, uint32_t *bits)
{
    int negative = v >> 31, size = v ? 32 - __builtin_clz((unsigned)((v ^ negative) - negative)) : 0;
    *bits = (uint32_t)(v + negative) & ((1u << size) - 1);
    return size;
}

static void put_difference(JpegFile *f, int difference, int table)
{
    uint32_t bits;
    JpegCode c = f->dc[table][bits_of(difference, &bits)];
    put(f, c.code | bits, c.length);
}

static void put_block(JpegFile *f, const int16_t *value, size_t stride, uint64_t used, int *previous,
                      int table)
{
    const JpegCode *codes = f->ac[table];
    put_difference(f, value[0] - *previous, table);
    *previous = value[0];
    int last = 0;
    for (used &= ~(uint64_t)1; used; used &= used - 1) {
        int k = __builtin_ctzll(used), zeros = k - last - 1;
        for (; zeros > 15; zeros -= 16)
            put(f, codes[SIXTEEN_ZEROS].code, codes[SIXTEEN_ZEROS].length);
        uint32_t bits;
        int size = bits_of(value[(size_t)k * stride], &bits);
        JpegCode c = codes[zeros << 4 | size];
        put(f, c.code | bits, c.length);
        last = k;
    }
    if (last != 63)
        put(f, codes[END_OF_BLOCK].code, codes[END_OF_BLOCK].length);
}

/* A block of luma that lies outside of the picture repeats the first coefficient of the one before. */
static void put_outside(JpegFile *f)
{
    put_difference(f, 0, JPEG_LUMA);
    put(f, f->ac[JPEG_LUMA][END_OF_BLOCK].code, f->ac[JPEG_LUMA][END_OF_BLOCK].length);
}

bool jpeg_file_units(JpegFile *f, const JpegBlocks blocks[JPEG_BLOCKS], size_t width, size_t first, int row)
{
    if (!reserve(f, width * JPEG_BLOCKS * MAX_BLOCK_BYTES))
        return false;
    size_t columns = (size_t)f->columns, units = (columns + 1) / 2;
    for (size_t l = 0; l < width && first + l < units; l++)
        for (size_t b = 0; b < JPEG_BLOCKS; b++) {
            bool luma = b < 4;
            if (luma && (2 * (first + l) + b % 2 >= columns || 2 * row + (int)b / 2 >= f->rows))
                put_outside(f);
            else
                put_block(f, blocks[b].value + l, width, blocks[b].used[l], &f->previous[luma ? 0 : b - 3],
                          luma ? JPEG_LUMA : JPEG_CHROMA);
        }
    return true;
}

/* ---- header ------------------------------------------------------------------------------------- */

static void put_header(JpegFile *f, const void *bytes, size_t n)
{
    memcpy(f->data + f->size, bytes, n);
    f->size += n;
}

static void put_steps(JpegFile *f, int table, int quality)
{
    uint8_t step[64], segment[] = { 0xff, 0xdb, 0, 67, (uint8_t)table };
    jpeg_quality_steps(step, table, quality);
    put_header(f, segment, sizeof segment);
    for (int k = 0; k < 64; k++)
        f->data[f->size++] = step[jpeg_zigzag[k]];
}

static void put_huffman(JpegFile *f, const JpegHuffman *h, int id)
{
    size_t n = 0;
    for (int i = 0; i < 16; i++)
        n += h->counts[i];
    uint8_t segment[] = { 0xff, 0xc4, 0, (uint8_t)(19 + n), (uint8_t)id };
    put_header(f, segment, sizeof segment);
    put_header(f, h->counts, 16);
    put_header(f, h->values, n);
}

bool jpeg_file_init(JpegFile *f, int width, int height, int quality)
{
    static const uint8_t start[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F',
                                     0,    1,    1,    0,    0, 1,  0,   1,   0,   0 };
    static const uint8_t scan[] = { 0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0 };
    const uint8_t frame[] = {
        0xff,
        0xc0,
        0,
        17,
        8,
        (uint8_t)(height >> 8),
        (uint8_t)height,
        (uint8_t)(width >> 8),
        (uint8_t)width,
        3,
        1,
        0x22,
        0,
        2,
        0x11,
        1,
        3,
        0x11,
        1,
    };
    *f = (JpegFile){ .columns = (width + 7) / 8, .rows = (height + 7) / 8 };
    if (!reserve(f, MAX_HEADER + (size_t)width * (size_t)height / 8))
        return false;
    put_header(f, start, sizeof start);
    for (int table = 0; table < JPEG_TABLES; table++)
        put_steps(f, table, quality);
    put_header(f, frame, sizeof frame);
    for (int table = 0; table < JPEG_TABLES; table++) {
        put_huffman(f, &jpeg_huffman_dc[table], table);
        put_huffman(f, &jpeg_huffman_ac[table], 0x10 | table);
        codes_init(f->dc[table], &jpeg_huffman_dc[table], false);
        codes_init(f->ac[table], &jpeg_huffman_ac[table], true);
    }
    put_header(f, scan, sizeof scan);
    return true;
}

bool jpeg_file_finish(JpegFile *f, uint8_t **data, size_t *size)
{
    static const uint8_t end[] = { 0xff, 0xd9 };
    if (!reserve(f, 16))
        return false;
    put(f, (1u << (-f->pending & 7)) - 1, -f->pending & 7); /* ones up to a whole byte */
    while (f->pending) {
        f->pending -= 8;
        f->data[f->size++] = (uint8_t)(f->bits >> f->pending);
        if (f->data[f->size - 1] == 0xff)
            f->data[f->size++] = 0;
    }
    put_header(f, end, sizeof end);
    *data = f->data;
    *size = f->size;
    *f = (JpegFile){ 0 };
    return true;
}

void jpeg_file_clear(JpegFile *f)
{
    free(f->data);
    *f = (JpegFile){ 0 };
}
