#include "web/label_shape.h"

#include <math.h>

LabelShape label_shape(const YoloLabel *l)
{
    LabelShape s = { .polygons = (int)l->count };
    if (!l->count)
        return s;
    double area = 0;
    YoloBox all = { 1, 1, 0, 0 };
    for (size_t i = 0; i < l->count; i++) {
        YoloBox b = yolo_object_box(&l->object[i]);
        all = (YoloBox){ fmin(all.x0, b.x0), fmin(all.y0, b.y0), fmax(all.x1, b.x1), fmax(all.y1, b.y1) };
        area += yolo_object_area(&l->object[i]);
    }
    s.class_id = l->object[0].class_id;
    s.area = (float)fmin(area, 1);
    s.x0 = (float)all.x0;
    s.y0 = (float)all.y0;
    s.x1 = (float)all.x1;
    s.y1 = (float)all.y1;
    return s;
}
