/* pipeline/contact_sheet.h: many pictures on one. */
#ifndef FACET_PIPELINE_CONTACT_SHEET_H
#define FACET_PIPELINE_CONTACT_SHEET_H

#include "vision/image.h"

typedef struct {
    const char *const *path;
    const char *const *caption; /* one for each path, drawn under it; NULL: none */
    size_t count;
    int columns, cell; /* cell: side of the square that a picture is fitted into, pixels */
    int threads;
    size_t max_pixels; /* larger pictures are not read; 0: CODEC_MAX_PIXELS */
} ContactSheet;

/* Fit every picture into its cell, on white, row by row. A picture that cannot be read leaves its cell gray.
 * The result is RGB and the caller's. ERR_INPUT when count is 0, ERR_NOMEM. */
bool contact_sheet(const ContactSheet *sheet, Image *out, Err *err) __attribute__((warn_unused_result));

#endif
