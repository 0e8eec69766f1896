/* pipeline/yolo_label.h: the objects of a YOLO label file. */
#ifndef FACET_PIPELINE_YOLO_LABEL_H
#define FACET_PIPELINE_YOLO_LABEL_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

/* One line. Coordinates are shares of the picture's width and height, 0 to 1. */
typedef struct {
    int class_id;
    double *xy;    /* [points][2]; at least three points */
    size_t points; /* of a box its four corners, clockwise from the top left */
} YoloObject;

/* Start it as {0}. */
typedef struct {
    YoloObject *object;
    size_t count;
    size_t skipped; /* lines that are neither empty nor an object */
} YoloLabel;

/* A box in shares of the picture. */
typedef struct {
    double x0, y0, x1, y1;
} YoloBox;

/* Read "class x y x y x y ..." and "class centre-x centre-y width height" lines. A number may lie outside 0..1 by a rounding
 * error and is then limited; a line with a number further out, not finite or missing, or that covers nothing, is skipped.
 * A NULL path is a picture without objects. ERR_MISSING, ERR_IO, ERR_INPUT (larger than 16 MB), ERR_NOMEM; *l is then empty. */
bool yolo_label_read(YoloLabel *l, const char *path, Err *err) __attribute__((warn_unused_result));
/* The same from a text in memory, which it changes. */
bool yolo_label_parse(YoloLabel *l, char *text, Err *err) __attribute__((warn_unused_result));
void yolo_label_clear(YoloLabel *l);

YoloBox yolo_object_box(const YoloObject *o);
/* Area inside the polygon, as a share of the picture's. */
double yolo_object_area(const YoloObject *o);

#endif
