/* vision/jpeg_file.h: a baseline JPEG file from coefficients (ITU-T T.81): the bytes that libjpeg-turbo
 * writes for RGB pictures with its defaults, that is JFIF, 4:2:0, the tables of Annex K. */
#ifndef FACET_VISION_JPEG_FILE_H
#define FACET_VISION_JPEG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks of a unit of 16 x 16 pixels: four of luma in rows, Cb, Cr. */
enum { JPEG_BLOCKS = 6 };
enum { JPEG_MAX_SIDE = 65500 }; /* libjpeg's limit */

/* The coefficients of one block of several units side by side: number k of a file's order of unit l is at
 * value[k * width + l]. Bit k of used[l] says that it is not zero. */
typedef struct {
    const int16_t *value;
    const uint64_t *used;
} JpegBlocks;

/* A code with its length in bits; behind an AC code there is room for the value's bits, which the length
 * counts. */
typedef struct {
    uint32_t code;
    int length;
} JpegCode;

/* A file that is being written. */
typedef struct {
    uint8_t *data; /* from malloc */
    size_t size, capacity;
    uint64_t bits; /* the latest `pending` bits are not in `data` yet */
    int pending, previous[3];
    int columns, rows; /* blocks of luma */
    JpegCode dc[2][12], ac[2][256];
} JpegFile;

/* Begin a file and write its header. Sides are 1..65500, quality 1..100. False: no memory. */
bool jpeg_file_init(JpegFile *f, int width, int height, int quality) __attribute__((warn_unused_result));
/* The units `first`, `first` + 1, ... of row `row`, all that are in the picture of `width` of them. Calls come in
 * the order of the units. False: no memory. */
bool jpeg_file_units(JpegFile *f, const JpegBlocks blocks[JPEG_BLOCKS], size_t width, size_t first, int row)
    __attribute__((warn_unused_result));
/* End the file. The caller has *data then, and frees it. False: no memory. */
bool jpeg_file_finish(JpegFile *f, uint8_t **data, size_t *size) __attribute__((warn_unused_result));
/* Free what was written. Fine after jpeg_file_finish(). */
void jpeg_file_clear(JpegFile *f);

#endif
