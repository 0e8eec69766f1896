/* jpeg_judge.h: what libjpeg itself makes of a picture, with its defaults. */
#ifndef FACET_TESTS_JPEG_JUDGE_H
#define FACET_TESTS_JPEG_JUDGE_H

#include "vision/jpeg_passes.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

/* The file of a gray or an RGB picture. */
static inline JpegBytes write_really(const Image *im, int quality)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct c;
    unsigned char *file = NULL;
    unsigned long size = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &file, &size);
    c.image_width = (JDIMENSION)im->width;
    c.image_height = (JDIMENSION)im->height;
    c.input_components = im->channels;
    c.in_color_space = im->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    jpeg_start_compress(&c, TRUE);
    for (int y = 0; y < im->height; y++)
        jpeg_write_scanlines(&c, (JSAMPROW[]){ image_at(im, 0, y) }, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return (JpegBytes){ file, size };
}

/* The pixels of a file, to a picture of its size and channels. */
static inline void read_really(Image *im, JpegBytes file)
{
    struct jpeg_error_mgr errors;
    struct jpeg_decompress_struct d;
    d.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, file.data, file.size);
    jpeg_read_header(&d, TRUE);
    jpeg_start_decompress(&d);
    for (int y = 0; y < im->height; y++)
        jpeg_read_scanlines(&d, (JSAMPROW[]){ image_at(im, 0, y) }, 1);
    jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
}

/* One pass, in memory. */
static inline void compress_really(Image *im, int quality)
{
    JpegBytes file = write_really(im, quality);
    read_really(im, file);
    free(file.data);
}

#endif
