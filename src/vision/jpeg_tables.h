/* vision/jpeg_tables.h: the tables of JPEG that everybody uses (ITU-T T.81, Annex K). */
#ifndef FACET_VISION_JPEG_TABLES_H
#define FACET_VISION_JPEG_TABLES_H

#include <stdint.h>

/* Tables stand for luma and for chroma. */
enum { JPEG_LUMA, JPEG_CHROMA, JPEG_TABLES };

/* Coefficient k of a file is at jpeg_zigzag[k] of a block in rows. */
extern const uint8_t jpeg_zigzag[64];

/* The steps of a quality in 1..100, in rows: those of libjpeg, limited to a byte. */
void jpeg_quality_steps(uint8_t step[64], int table, int quality);

/* counts[n] codes have n + 1 bits; `values` are in the order of their codes. */
typedef struct {
    uint8_t counts[16];
    uint8_t values[162];
} JpegHuffman;
/* For differences of the first coefficient, and for all others. */
extern const JpegHuffman jpeg_huffman_dc[JPEG_TABLES], jpeg_huffman_ac[JPEG_TABLES];

#endif
