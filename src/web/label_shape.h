/* web/label_shape.h: what a picture's label says as a whole. */
#ifndef FACET_WEB_LABEL_SHAPE_H
#define FACET_WEB_LABEL_SHAPE_H

#include "pipeline/yolo_label.h"

typedef struct {
    int polygons;         /* outlines */
    int class_id;         /* of the first, 0 without one */
    float area;           /* share of the picture that the outlines cover, added up */
    float x0, y0, x1, y1; /* the box around all, shares; all 0 without an outline */
} LabelShape;

LabelShape label_shape(const YoloLabel *l);

#endif
