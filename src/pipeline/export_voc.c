/* Pascal VOC (Everingham et al., development kit of VOC 2012): pixels are counted from 1, a box has its last row and column
 * inside. One folder holds the images of all splits, so an image whose name another split has gets the split's behind it. */
#include "pipeline/export_private.h"

#include "vision/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAIN, SEGMENTATION }; /* of ExportWork.text */

typedef struct {
    int x0, y0, x1, y1; /* from 1, both ends inside */
} PixelBox;

static int limited(double v, int low, int high)
{
    return v < low ? low : v > high ? high : (int)v;
}

/* All pixels that the object's box touches. */
static PixelBox pixel_box(const ExportItem *item, const YoloObject *o)
{
    /* A corner that is meant to be on the border of two pixels may miss it by the rounding of its six decimals. */
    const double round_off = 1e-6;
    YoloBox b = yolo_object_box(o);
    double w = item->width, h = item->height;
    PixelBox p = { limited(floor((b.x0 + round_off) * w) + 1, 1, item->width),
                   limited(floor((b.y0 + round_off) * h) + 1, 1, item->height), 0, 0 };
    p.x1 = limited(ceil((b.x1 - round_off) * w), p.x0, item->width);
    p.y1 = limited(ceil((b.y1 - round_off) * h), p.y0, item->height);
    return p;
}

static void add_object(Str *xml, const ExportWork *w, const ExportItem *item, const YoloObject *o)
{
    PixelBox b = pixel_box(item, o);
    bool cut = b.x0 == 1 || b.y0 == 1 || b.x1 == item->width || b.y1 == item->height;
    str_add(xml, "  <object>\n    <name>");
    str_add_html(xml, w->classes->text[o->class_id]);
    str_printf(
        xml,
        "</name>\n    <pose>Unspecified</pose>\n    <truncated>%d</truncated>\n    <difficult>0</difficult>\n"
        "    <bndbox>\n      <xmin>%d</xmin>\n      <ymin>%d</ymin>\n      <xmax>%d</xmax>\n      <ymax>%d</ymax>\n"
        "    </bndbox>\n  </object>\n",
        cut, b.x0, b.y0, b.x1, b.y1);
}

static bool write_annotation(const ExportWork *w, const ExportItem *item, const char *stem, Err *err)
{
    Str xml = { 0 };
    str_add(&xml, "<annotation>\n  <folder>JPEGImages</folder>\n  <filename>");
    str_add_html(&xml, stem);
    str_add_html(&xml, path_ext(item->image->name));
    str_printf(&xml,
               "</filename>\n  <source><database>facet</database></source>\n  <size>\n    <width>%d</width>\n"
               "    <height>%d</height>\n    <depth>3</depth>\n  </size>\n  <segmented>%d</segmented>\n",
               item->width, item->height, w->e->masks);
    for (size_t i = 0; i < item->label->count; i++)
        add_object(&xml, w, item, &item->label->object[i]);
    str_add(&xml, "</annotation>\n");
    return export_text(w, &xml, err, "Annotations/%s.xml", stem);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Give the pixels whose centre is inside the polygon (even-odd) a value. `cross` has room for a number a point. */
static void fill(Image *im, const YoloObject *o, uint8_t value, double *cross)
{
    YoloBox box = yolo_object_box(o);
    double w = im->width, h = im->height;
    int first = limited(floor(box.y0 * h), 0, im->height - 1),
        last = limited(ceil(box.y1 * h), 0, im->height - 1);
    for (int y = first; y <= last; y++) {
        double at = y + 0.5;
        size_t n = 0;
        const double *a = o->xy + 2 * (o->points - 1);
        for (const double *b = o->xy; b < o->xy + 2 * o->points; a = b, b += 2)
            if ((a[1] * h <= at) != (b[1] * h <= at))
                cross[n++] = (a[0] + (at / h - a[1]) / (b[1] - a[1]) * (b[0] - a[0])) * w;
        qsort(cross, n, sizeof *cross, by_value);
        for (size_t i = 0; i + 1 < n; i += 2)
            for (int x = limited(ceil(cross[i] - 0.5), 0, im->width); x < im->width && x + 0.5 < cross[i + 1];
                 x++)
                *image_at(im, x, y) = value;
    }
}

/* Gray pictures whose values are numbers: the class counted from 1, or the object; 0 is the background. */
static bool write_masks(const ExportWork *w, const ExportItem *item, const char *stem, Err *err)
{
    static const char *const folders[] = { "SegmentationClass", "SegmentationObject" };
    size_t most = 1;
    for (size_t i = 0; i < item->label->count; i++)
        most = item->label->object[i].points > most ? item->label->object[i].points : most;
    double *cross = calloc(most, sizeof *cross);
    bool ok = cross != NULL || err_set(err, ERR_NOMEM, "%s: no memory for its mask", item->image->image);
    for (int k = 0; ok && k < 2; k++) {
        Image im;
        if (!image_init(&im, item->width, item->height, 1, err)) {
            ok = false;
            break;
        }
        for (size_t i = 0; i < item->label->count; i++) {
            const YoloObject *o = &item->label->object[i];
            size_t value = k ? i + 1 : (size_t)o->class_id + 1;
            fill(&im, o, value < 255 ? (uint8_t)value : 254, cross); /* 255 is VOC's "undecided" */
        }
        char *path = export_path(w, err, "%s/%s.png", folders[k], stem);
        ok = path && image_save(&im, path, 0, err);
        free(path);
        image_clear(&im);
    }
    free(cross);
    return ok;
}

static bool begin(ExportWork *w, Err *err)
{
    return export_folder(w, err, "JPEGImages") && export_folder(w, err, "Annotations") &&
           export_folder(w, err, "ImageSets/Main") &&
           (!w->e->masks ||
            (export_folder(w, err, "ImageSets/Segmentation") && export_folder(w, err, "SegmentationClass") &&
             export_folder(w, err, "SegmentationObject")));
}

/* A stem that no image before has: names differ within a split only. The caller frees it; NULL with *err set. */
static char *free_stem(const ExportWork *w, const ExportItem *item, Err *err)
{
    char *stem = NULL;
    for (int k = 0; k < 1000; k++) {
        int n = k == 0   ? asprintf(&stem, "%.*s", export_stem(item), item->image->name)
                : k == 1 ? asprintf(&stem, "%.*s_%s", export_stem(item), item->image->name,
                                    split_names[item->image->split])
                         : asprintf(&stem, "%.*s_%s_%d", export_stem(item), item->image->name,
                                    split_names[item->image->split], k);
        if (n < 0) {
            err_set(err, ERR_NOMEM, "%s: no memory for its name", item->image->image);
            return NULL;
        }
        char *path = export_path(w, err, "Annotations/%s.xml", stem);
        bool taken = path && path_exists(path);
        bool no_memory = !path;
        free(path);
        if (!taken && !no_memory)
            return stem;
        free(stem);
        if (no_memory)
            return NULL;
    }
    err_set(err, ERR_INPUT, "%s: a thousand images have this name", item->image->image);
    return NULL;
}

static bool add(ExportWork *w, const ExportItem *item, Err *err)
{
    char *stem = free_stem(w, item, err);
    if (!stem)
        return false;
    bool ok = export_image(w, item, err, "JPEGImages/%s%s", stem, path_ext(item->image->name)) &&
              (!w->e->masks || write_masks(w, item, stem, err)) && write_annotation(w, item, stem, err);
    if (ok) {
        str_printf(&w->text[item->image->split][MAIN], "%s\n", stem);
        if (w->e->masks && item->label->count > 0)
            str_printf(&w->text[item->image->split][SEGMENTATION], "%s\n", stem);
    }
    free(stem);
    return ok;
}

static bool write_sets(ExportWork *w, int which, const char *folder, Err *err)
{
    Str both = { 0 };
    bool ok = true;
    for (int s = 0; ok && s < SPLIT_COUNT; s++) {
        Str *set = &w->text[s][which];
        if (s != SPLIT_TEST)
            str_add_n(&both, str_text(set), set->len);
        both.failed = both.failed || set->failed;
        ok = !w->present[s] || export_text(w, set, err, "ImageSets/%s/%s.txt", folder, split_names[s]);
    }
    if (ok)
        return export_text(w, &both, err, "ImageSets/%s/trainval.txt", folder);
    str_clear(&both);
    return false;
}

static bool end(ExportWork *w, Err *err)
{
    Str classes = { 0 };
    for (size_t i = 0; i < w->classes->count; i++)
        str_printf(&classes, "%s\n", w->classes->text[i]);
    return export_text(w, &classes, err, "classes.txt") && write_sets(w, MAIN, "Main", err) &&
           (!w->e->masks || write_sets(w, SEGMENTATION, "Segmentation", err));
}

const ExportWriter export_voc = { .sizes = true, .begin = begin, .add = add, .end = end };
