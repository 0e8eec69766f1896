/* COCO's instances (https://cocodataset.org/#format-data), as pycocotools reads them: numbers of images, categories and
 * annotations are at least 1 (its evaluation takes annotation 0 for "none"), a polygon has at least six numbers (four would
 * be taken for a box), iscrowd is 0. Pixels are counted from the picture's edge: x from 0 to width. */
#include "pipeline/export_private.h"

#include <stdlib.h>

enum { IMAGES, ANNOTATIONS }; /* of ExportWork.text */

/* Numbers of an image's objects: image * OBJECTS_MAX + 1, + 2, ... */
enum { OBJECTS_MAX = 10000 };

/* A text in quotes. JSON needs UTF-8, which a file's name need not be. */
static bool add_quoted(Str *to, const char *text)
{
    json_t *s = json_string(text);
    char *dump = s ? json_dumps(s, JSON_ENCODE_ANY) : NULL;
    if (dump)
        str_add(to, dump);
    free(dump);
    json_decref(s);
    return dump != NULL;
}

/* Thousandths of a pixel; finer than six decimals of a label up to a width of 2000, and closer than any mask. */
static void add_number(Str *to, double v)
{
    size_t start = to->len;
    str_printf(to, "%.3f", v);
    if (to->failed)
        return;
    while (to->s[to->len - 1] == '0')
        to->len--;
    if (to->s[to->len - 1] == '.')
        to->len--;
    to->s[to->len] = '\0';
    if (to->len == start + 2 && to->s[start] == '-' && to->s[start + 1] == '0') {
        to->len = start;
        str_add(to, "0");
    }
}

static void add_annotation(Str *to, const ExportItem *item, size_t k)
{
    const YoloObject *o = &item->label->object[k];
    YoloBox b = yolo_object_box(o);
    double w = item->width, h = item->height;
    str_printf(to,
               "%s{\"id\": %zu, \"image_id\": %zu, \"category_id\": %d, \"iscrowd\": 0, \"segmentation\": [[",
               to->len ? ",\n" : "\n", item->number * OBJECTS_MAX + k + 1, item->number, o->class_id + 1);
    for (size_t i = 0; i < 2 * o->points; i++) {
        str_add(to, i ? ", " : "");
        add_number(to, o->xy[i] * (i % 2 ? h : w));
    }
    str_add(to, "]], \"area\": ");
    add_number(to, yolo_object_area(o) * w * h);
    const double box[4] = { b.x0 * w, b.y0 * h, (b.x1 - b.x0) * w, (b.y1 - b.y0) * h };
    str_add(to, ", \"bbox\": [");
    for (int i = 0; i < 4; i++) {
        str_add(to, i ? ", " : "");
        add_number(to, box[i]);
    }
    str_add(to, "]}");
}

static bool begin(ExportWork *w, Err *err)
{
    return export_folder(w, err, "annotations");
}

static bool add(ExportWork *w, const ExportItem *item, Err *err)
{
    Split split = item->image->split;
    Str *images = &w->text[split][IMAGES], *annotations = &w->text[split][ANNOTATIONS];
    if (item->label->count >= OBJECTS_MAX)
        return err_set(err, ERR_INPUT, "%s: more than %d objects", item->image->image, OBJECTS_MAX - 1);
    if (!w->present[split] && !export_folder(w, err, "%s", split_names[split]))
        return false;
    size_t before = images->len;
    str_printf(images, "%s{\"id\": %zu, \"file_name\": ", before ? ",\n" : "\n", item->number);
    if (!add_quoted(images, item->image->name) && !images->failed) {
        images->len = before;
        return err_set(err, ERR_INPUT, "%s: its name is not UTF-8, which JSON needs", item->image->image);
    }
    str_printf(images, ", \"width\": %d, \"height\": %d}", item->width, item->height);
    for (size_t k = 0; k < item->label->count; k++)
        add_annotation(annotations, item, k);
    return export_image(w, item, err, "%s/%s", split_names[split], item->image->name);
}

static void add_categories(Str *to, const TextList *classes)
{
    for (size_t i = 0; i < classes->count; i++) {
        str_printf(to, "%s{\"id\": %zu, \"name\": ", i ? ",\n" : "\n", i + 1);
        if (!add_quoted(to, classes->text[i]))
            str_printf(to, "\"%zu\"", i);
        str_add(to, ", \"supercategory\": \"object\"}");
    }
}

static bool end(ExportWork *w, Err *err)
{
    for (int s = 0; s < SPLIT_COUNT; s++) {
        Str json = { 0 };
        if (!w->present[s])
            continue;
        str_printf(
            &json,
            "{\"info\": {\"description\": \"%s\", \"contributor\": \"facet %s\"},\n\"licenses\": [],\n\"images\": [",
            split_names[s], FACET_VERSION);
        str_add_n(&json, str_text(&w->text[s][IMAGES]), w->text[s][IMAGES].len);
        str_add(&json, "\n],\n\"annotations\": [");
        str_add_n(&json, str_text(&w->text[s][ANNOTATIONS]), w->text[s][ANNOTATIONS].len);
        str_add(&json, "\n],\n\"categories\": [");
        add_categories(&json, w->classes);
        str_add(&json, "\n]}\n");
        json.failed = json.failed || w->text[s][IMAGES].failed || w->text[s][ANNOTATIONS].failed;
        if (!export_text(w, &json, err, "annotations/instances_%s.json", split_names[s]))
            return false;
    }
    return true;
}

const ExportWriter export_coco = { .sizes = true, .begin = begin, .add = add, .end = end };
