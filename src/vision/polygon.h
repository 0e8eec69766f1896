/* vision/polygon.h: masks to YOLO segmentation labels. */
#ifndef FACET_VISION_POLYGON_H
#define FACET_VISION_POLYGON_H

#include "base/str.h"
#include "vision/image.h"

typedef struct {
    int x, y; /* pixels, (0, 0) is the top left pixel */
} Point;

/* One closed polygon. Start it as {0}. */
typedef struct {
    Point *p;
    size_t n;
} Polygon;

typedef struct {
    Polygon *polygon;
    size_t count;
} PolygonList;

void polygon_clear(Polygon *p);
void polygon_list_clear(PolygonList *l);

typedef enum {
    POLYGONS_LARGEST, /* one line: the component with the greatest area, as the Python original */
    POLYGONS_ALL,     /* one line a component, in the order of their contours */
} PolygonChoice;

/* The object's outline(s) in a mask (1 channel, above 127 is object): external contours, simplified with
 * 0.002 of their length (cv2.findContours + approxPolyDP). None for an empty mask: count 0 and true. */
bool polygons_of_mask(PolygonList *out, const Image *mask, PolygonChoice choice, Err *err)
    __attribute__((warn_unused_result));

/* Append "class x y x y ...\n" with six decimals, coordinates divided by width and height and limited to
 * 0..1. */
void polygon_label_line(Str *out, int class_id, const Polygon *p, int width, int height);

#endif
