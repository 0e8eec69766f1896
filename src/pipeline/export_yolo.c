/* YOLO again: outlines or boxes. */
#include "pipeline/export_private.h"

#include <stdlib.h>

static bool nothing(ExportWork *w, Err *err)
{
    (void)w;
    (void)err;
    return true;
}

static void add_outline(Str *text, const YoloObject *o)
{
    str_printf(text, "%d", o->class_id);
    for (size_t i = 0; i < 2 * o->points; i++)
        str_printf(text, " %.6f", o->xy[i]);
    str_add_char(text, '\n');
}

static void add_box(Str *text, const YoloObject *o)
{
    YoloBox b = yolo_object_box(o);
    str_printf(text, "%d %.6f %.6f %.6f %.6f\n", o->class_id, (b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2,
               b.x1 - b.x0, b.y1 - b.y0);
}

static bool add(ExportWork *w, const ExportItem *item, void (*line)(Str *, const YoloObject *), Err *err)
{
    const char *split = split_names[item->image->split];
    if (!w->present[item->image->split] &&
        !(export_folder(w, err, "%s/images", split) && export_folder(w, err, "%s/labels", split)))
        return false;
    Str text = { 0 };
    for (size_t i = 0; i < item->label->count; i++)
        line(&text, &item->label->object[i]);
    return export_text(w, &text, err, "%s/labels/%.*s.txt", split, export_stem(item), item->image->name) &&
           export_image(w, item, err, "%s/images/%s", split, item->image->name);
}

static bool add_segments(ExportWork *w, const ExportItem *item, Err *err)
{
    return add(w, item, add_outline, err);
}

static bool add_boxes(ExportWork *w, const ExportItem *item, Err *err)
{
    return add(w, item, add_box, err);
}

static bool write_index(ExportWork *w, Err *err)
{
    return yolo_write_index(w->folder, w->home, w->classes, w->present, err);
}

const ExportWriter export_yolo_seg = { .begin = nothing, .add = add_segments, .end = write_index };
const ExportWriter export_yolo_detect = { .begin = nothing, .add = add_boxes, .end = write_index };
