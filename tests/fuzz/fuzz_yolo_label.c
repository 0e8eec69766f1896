/* Any bytes as a label file, for export. */
#include "touch.h"

#include "pipeline/yolo_label.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Err err = { 0 };
    YoloLabel l;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    if (!yolo_label_parse(&l, text, &err))
        abort(); /* only for want of memory */
    for (size_t i = 0; i < l.count; i++) {
        const YoloObject *o = &l.object[i];
        YoloBox b = yolo_object_box(o);
        double area = yolo_object_area(o);
        if (o->class_id < 0 || o->points < 3 ||
            !(b.x0 >= 0 && b.x0 < b.x1 && b.x1 <= 1 && b.y0 >= 0 && b.y0 < b.y1 && b.y1 <= 1))
            abort();
        if (!(area >= 0)) /* not a number */
            abort();
        touch_bytes(o->xy, 2 * o->points * sizeof *o->xy);
    }
    yolo_label_clear(&l);
    free(text);
    return 0;
}
