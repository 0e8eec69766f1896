/* vision/codec_private.h: what codec.c and the five formats agree on. */
#ifndef FACET_VISION_CODEC_PRIVATE_H
#define FACET_VISION_CODEC_PRIVATE_H

#include "base/byte_order.h"
#include "base/cpu.h"
#include "vision/codec.h"

/* One file format. codec.c calls the functions in this order: match, probe, (check of the size), decode. */
typedef struct {
    const char *name; /* ImageInfo.format */
    ImageFormat format;
    /* Whether the first bytes are this format's signature. */
    bool (*match)(const uint8_t *data, size_t size);
    /* Read the header. *info is zero at the call but for format and orientation 1. Width and height are at
     * least 1 on success. Reads any size of data and any sides without allocating for pixels. */
    bool (*probe)(ImageInfo *info, const uint8_t *data, size_t size, Err *err);
    /* Decode to the channels the file has (1, 3 or 4). `info` is what probe said of the same bytes, with
     * sides and product within the limits; `im` is empty at the call and may hold pixels on failure, which
     * codec.c clears. */
    bool (*decode)(Image *im, const ImageInfo *info, const uint8_t *data, size_t size, Err *err);
    /* NULL: not written. *data comes from malloc; on failure it is NULL. quality is 1..100. */
    bool (*encode)(const Image *im, int quality, uint8_t **data, size_t *size, Err *err);
} Codec;

extern const Codec codec_jpeg, codec_png, codec_webp, codec_tiff, codec_bmp;

/* PNG's parts are files of their own. */
extern const uint8_t codec_png_signature[8];
bool codec_png_encode(const Image *im, int quality, uint8_t **data, size_t *size, Err *err);

/* Decode the common kind of PNG, sound in every respect. False for all others, whatever the reason: the
 * ordinary way tells what is wrong, if anything is. `level` is of the vectors, which the machine must have. */
bool codec_png_decode_fast(Image *im, const uint8_t *data, size_t size, CpuLevel level);

/* CMYK to RGB by Pillow's arithmetic, in place: `n` pixels of 4 bytes become RGB, 3 bytes each, at the front.
 */
void codec_cmyk_to_rgb(uint8_t *pixels, size_t n);
/* Widen `n` samples of 1, 2 or 4 bits, packed from the high bits of each byte, to one byte each: times
 * `scale`. */
void codec_unpack_bits(uint8_t *to, const uint8_t *from, size_t n, int bits, int scale);

#endif
