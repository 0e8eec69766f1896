/* web/label_file.h: the outlines in a YOLO label file. */
#ifndef FACET_WEB_LABEL_FILE_H
#define FACET_WEB_LABEL_FILE_H

#include "base/err.h"

#include <stddef.h>

/* One outline: points x, y of shares 0..1 of the picture's width and height. */
typedef struct {
    int class_id;
    double *xy; /* [2 * n] */
    size_t n;
} LabelOutline;

/* Start it as {0}. */
typedef struct {
    LabelOutline *outline;
    size_t count;
} LabelFile;

/* What a picture's label says as a whole. */
typedef struct {
    int polygons;         /* outlines */
    int class_id;         /* of the first, 0 without one */
    float area;           /* share of the picture that the outlines cover, added up */
    float x0, y0, x1, y1; /* the box around all, shares; all 0 without an outline */
} LabelShape;

/* Read a label file of at most 4 MB. Lines that are no outline of three points or more are skipped. ERR_MISSING, ERR_INPUT
 * when it is larger, ERR_IO, ERR_NOMEM. */
bool label_file_read(LabelFile *f, const char *path, Err *err) __attribute__((warn_unused_result));
/* The same from a text, which is changed by it. */
bool label_file_parse(LabelFile *f, char *text, Err *err) __attribute__((warn_unused_result));
void label_file_clear(LabelFile *f);

LabelShape label_shape(const LabelFile *f);

#endif
