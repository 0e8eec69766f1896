/* vision/codec.h: image files to pixels and back. */
#ifndef FACET_VISION_CODEC_H
#define FACET_VISION_CODEC_H

#include "vision/image.h"

/* Pillow's limit: more pixels than this are taken for a decompression bomb. */
#define CODEC_MAX_PIXELS 178956970u

typedef struct {
    int channels;      /* 0: as the file has it (1, 3 or 4); else convert to 1, 3 or 4 */
    bool upright;      /* apply the EXIF orientation; that of a TIFF is always applied, as in Pillow */
    size_t max_pixels; /* 0: CODEC_MAX_PIXELS */
} DecodeOptions;

/* What the first bytes of a file say about it, without decoding. */
typedef struct {
    const char *format; /* "jpeg", "png", "webp", "tiff", "bmp"; static text */
    int width, height;  /* as image_decode() gives it without `upright` */
    int orientation;    /* what `upright` would apply: EXIF 1..8, 1 when there is none */
} ImageInfo;

/* Decode a file of any of the five formats, found by content and not by name, to 8 bits a sample by the
 * rules of Pillow (alpha is dropped, not composited, when 3 channels are asked for; CMYK becomes RGB).
 * ERR_INPUT names the file and what is wrong with it; sizes are checked before allocation. */
bool image_load(Image *im, const char *path, const DecodeOptions *opt, Err *err)
    __attribute__((warn_unused_result));
/* As image_load, from memory; messages do not name a file. */
bool image_decode(Image *im, const uint8_t *data, size_t size, const DecodeOptions *opt, Err *err)
    __attribute__((warn_unused_result));
bool image_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
    __attribute__((warn_unused_result));

/* A format by the extension of a file name: what image_save() will write. */
typedef enum { FORMAT_UNKNOWN, FORMAT_PNG, FORMAT_JPEG, FORMAT_WEBP, FORMAT_BMP, FORMAT_TIFF } ImageFormat;
/* BMP and TIFF are recognised (the pipeline accepts them as input) but not written. */
ImageFormat image_format_of(const char *path);

/* Encode to memory; the caller frees *data. quality 1..100 is for all but PNG, for JPEG (4:2:0, baseline,
 * standard Huffman tables) and WebP. PNG: 8-bit gray, RGB or RGBA; deterministic; tuned for speed (docs/
 * gives the measurement). */
bool image_encode(const Image *im, ImageFormat format, int quality, uint8_t **data, size_t *size, Err *err)
    __attribute__((warn_unused_result));
/* Encode by the file name's extension, and write whole or not at all (base/file.h). */
bool image_save(const Image *im, const char *path, int quality, Err *err) __attribute__((warn_unused_result));

#endif
