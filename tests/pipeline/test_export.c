/* A dataset in the forms of other tools, read back by the rules of their formats. */
#include "temp.h"

#include "pipeline/export.h"
#include "pipeline/yolo_label.h"
#include "vision/codec.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- labels ------------------------------------------------------------------------------------- */

static YoloLabel parse(const char *text)
{
    char copy[4096];
    YoloLabel l;
    Err err = { 0 };
    snprintf(copy, sizeof copy, "%s", text);
    assert_ok(yolo_label_parse(&l, copy, &err));
    return l;
}

static void outlines_and_boxes_are_read(void **state)
{
    (void)state;
    YoloLabel l = parse("3 0.1 0.2 0.5 0.2 0.3 0.8\r\n\n0 0.5 0.5 0.2 0.4\n 1 0 0 1 0 1 1 0 1 ");
    assert_int_equal(l.count, 3);
    assert_int_equal(l.skipped, 0);
    assert_int_equal(l.object[0].class_id, 3);
    assert_int_equal(l.object[0].points, 3);
    assert_float_equal(yolo_object_area(&l.object[0]), 0.4 * 0.6 / 2, 1e-12);
    YoloBox b = yolo_object_box(&l.object[1]);
    assert_int_equal(l.object[1].points, 4);
    assert_float_equal(b.x0, 0.4, 1e-12);
    assert_float_equal(b.y0, 0.3, 1e-12);
    assert_float_equal(b.x1, 0.6, 1e-12);
    assert_float_equal(b.y1, 0.7, 1e-12);
    assert_float_equal(yolo_object_area(&l.object[1]), 0.08, 1e-12);
    assert_float_equal(yolo_object_area(&l.object[2]), 1, 0);
    yolo_label_clear(&l);
}

static void corners_a_rounding_outside_are_on_the_edge(void **state)
{
    (void)state;
    YoloLabel l = parse("0 -0.000001 0 1.0009 0 0.5 1.000001\n0 0.5 0.5 1.001 1\n");
    assert_int_equal(l.count, 2);
    YoloBox b = yolo_object_box(&l.object[0]), c = yolo_object_box(&l.object[1]);
    assert_true(b.x0 == 0 && b.y0 == 0 && b.x1 == 1 && b.y1 == 1);
    assert_true(c.x0 == 0 && c.y0 == 0 && c.x1 == 1 && c.y1 == 1);
    yolo_label_clear(&l);
}

static void lines_that_are_no_objects_are_skipped_and_counted(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "mug 0.1 0.2 0.5 0.2 0.3 0.8",
        "-1 0.1 0.2 0.5 0.2 0.3 0.8",
        "99999999999999999999 0.1 0.2 0.5 0.2 0.3 0.8",
        "0",
        "0 0.1",
        "0 0.1 0.2",
        "0 0.1 0.2 0.3",
        "0 0.1 0.2 0.3 0.4 0.5",
        "0 0.1 0.2 0.5 0.2 0.3 0.8 0.9",
        "0 nan 0.2 0.5 0.2 0.3 0.8",
        "0 inf 0.2 0.5 0.2 0.3 0.8",
        "0 1e99 0.2 0.5 0.2 0.3 0.8",
        "0 1.002 0.2 0.5 0.2 0.3 0.8",
        "0 -0.002 0.2 0.5 0.2 0.3 0.8",
        "0 0.1 0.2 0.5 0.2 0.3 0.8 x",
        "0,0.1,0.2,0.5,0.2,0.3,0.8",
        "0 0.1 0.2 0.1 0.3 0.1 0.4",
        "0 0.5 0.5 0 0.5",
        "0 0.5 0.5 0.5 -0.5",
        "0 0.5 0.5 0.5 0.5 0.5 0.5",
        "0.5 0.1 0.2 0.5 0.2 0.3 0.8",
        "0.5 0.1 0.2 0.5 0.2 0.3",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        YoloLabel l = parse(bad[i]);
        if (l.count != 0 || l.skipped != 1)
            fail_msg("%s: %zu objects, %zu skipped", bad[i], l.count, l.skipped);
        yolo_label_clear(&l);
    }
    YoloLabel l = parse("");
    assert_int_equal(l.count + l.skipped, 0);
    Err err = { 0 };
    assert_ok(yolo_label_read(&l, NULL, &err));
    assert_int_equal(l.count, 0);
    assert_false(yolo_label_read(&l, "/no/such/file.txt", &err));
    assert_int_equal(err.kind, ERR_MISSING);
}

/* ---- a dataset ------------------------------------------------------------------------------------ */

static const char *at(void **state, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static const char *at(void **state, const char *fmt, ...)
{
    char name[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    return temp_path(state, name);
}

static void put_image(void **state, const char *folder, const char *split, const char *name, int width,
                      int height, const char *label)
{
    Err err = { 0 };
    Image im;
    assert_ok(folder_make(at(state, "%s/%s/images", folder, split), &err));
    assert_ok(folder_make(at(state, "%s/%s/labels", folder, split), &err));
    assert_ok(image_init(&im, width, height, 3, &err));
    assert_ok(image_save(&im, at(state, "%s/%s/images/%s", folder, split, name), 90, &err));
    image_clear(&im);
    if (label)
        temp_write(at(state, "%s/%s/labels/%.*s.txt", folder, split, (int)(path_ext(name) - name), name),
                   label);
}

#define TRIANGLE "0 0.100000 0.200000 0.500000 0.200000 0.300000 0.800000\n"
#define SQUARE   "1 0.250000 0.250000 0.750000 0.250000 0.750000 0.750000 0.250000 0.750000\n"

/* Five images of 80 x 40, one of another size; one has no label file, one an empty one. */
static void put_dataset(void **state, const char *folder)
{
    put_image(state, folder, "train", "a.jpg", 80, 40, TRIANGLE SQUARE);
    put_image(state, folder, "train", "b.png", 80, 40, NULL);
    put_image(state, folder, "train", "c & <d>.jpg", 100, 50, SQUARE);
    put_image(state, folder, "train", "e.jpg", 80, 40, "");
    put_image(state, folder, "val", "a.jpg", 80, 40, TRIANGLE);
    put_image(state, folder, "val", "f.jpg", 80, 40,
              SQUARE "0 nan 1 2\n7"
                     " 0.1 0.2 0.5 0.2 0.3 0.8\n");
    temp_write(at(state, "%s/dataset.yaml", folder),
               "path: .\ntrain: train/images\nval: val/images\nnames: [mug, \"a \\\"b\\\" & <c>\"]\n");
}

static Export to(void **state, ExportFormat format)
{
    static char source[512], output[512]; /* temp_path() forgets */
    snprintf(source, sizeof source, "%s", temp_path(state, "d"));
    snprintf(output, sizeof output, "%s", temp_path(state, "out"));
    return (Export){ .source = source, .output = output, .format = format };
}

static ExportResult export_works(const Export *e)
{
    ExportResult r;
    Err err = { 0 };
    assert_ok(export_dataset(e, &r, &err));
    return r;
}

static void export_fails(const Export *e, ErrKind kind, const char *part)
{
    ExportResult r;
    Err err = { 0 };
    assert_false(export_dataset(e, &r, &err));
    assert_int_equal(err.kind, kind);
    assert_says(err, part);
}

static bool same_text(const char *one, const char *two)
{
    char *a = temp_read(one), *b = temp_read(two);
    bool same = strcmp(a, b) == 0;
    free(a);
    free(b);
    return same;
}

static bool has_text(const char *path, const char *part)
{
    char *text = temp_read(path);
    bool has = strstr(text, part) != NULL;
    if (!has)
        print_error("%s has no %s:\n%s\n", path, part, text);
    free(text);
    return has;
}

static void yolo_outlines_are_the_same_dataset(void **state)
{
    Err err = { 0 };
    put_dataset(state, "d");
    Export e = to(state, EXPORT_YOLO_SEG);
    ExportResult r = export_works(&e);
    assert_int_equal(r.images[SPLIT_TRAIN], 4);
    assert_int_equal(r.images[SPLIT_VAL], 2);
    assert_int_equal(r.objects, 5);
    assert_int_equal(r.empty, 2);
    assert_int_equal(r.skipped, 2); /* one is no line, the other's class has no name */
    assert_int_equal(r.failed + r.left_out, 0);
    YoloDataset a, b;
    assert_ok(yolo_dataset_read(&a, e.source, &err));
    assert_ok(yolo_dataset_read(&b, e.output, &err));
    assert_int_equal(a.count, b.count);
    assert_int_equal(b.classes.count, 2);
    assert_string_equal(b.classes.text[1], "a \"b\" & <c>");
    for (size_t i = 0; i < a.count; i++) {
        struct stat x, y;
        assert_int_equal(stat(a.images[i].image, &x) + stat(b.images[i].image, &y), 0);
        assert_true(x.st_ino == y.st_ino); /* linked, not copied */
        assert_string_equal(a.images[i].name, b.images[i].name);
        assert_non_null(b.images[i].label);
        if (a.images[i].label && strcmp(a.images[i].name, "f.jpg") != 0)
            assert_true(same_text(a.images[i].label, b.images[i].label));
    }
    char home[600];
    snprintf(home, sizeof home, "path: \"%s\"", e.output);
    assert_true(has_text(temp_path(state, "out/dataset.yaml"), home));
    yolo_dataset_clear(&a);
    yolo_dataset_clear(&b);
}

static void yolo_boxes_are_around_the_outlines(void **state)
{
    put_dataset(state, "d");
    Export e = to(state, EXPORT_YOLO_DETECT);
    export_works(&e);
    char *text = temp_read(temp_path(state, "out/train/labels/a.txt"));
    assert_string_equal(text,
                        "0 0.300000 0.500000 0.400000 0.600000\n1 0.500000 0.500000 0.500000 0.500000\n");
    free(text);
    /* A box that is exported as an outline is the same box again. */
    e.source = temp_path(state, "out");
    e.output = temp_path(state, "back");
    e.format = EXPORT_YOLO_SEG;
    export_works(&e);
    text = temp_read(temp_path(state, "back/train/labels/a.txt"));
    assert_string_equal(text, "0 0.100000 0.200000 0.500000 0.200000 0.500000 0.800000 0.100000 0.800000\n"
                              "1 0.250000 0.250000 0.750000 0.250000 0.750000 0.750000 0.250000 0.750000\n");
    free(text);
}

/* ---- COCO ----------------------------------------------------------------------------------------- */

static json_t *coco(void **state, const char *split)
{
    json_error_t why;
    json_t *v =
        json_load_file(at(state, "out/annotations/instances_%s.json", split), JSON_REJECT_DUPLICATES, &why);
    if (!v)
        fail_msg("%s", why.text);
    return v;
}

static double real(const json_t *v, size_t i)
{
    const json_t *n = json_array_get(v, i);
    assert_true(json_is_number(n));
    return json_number_value(n);
}

static json_int_t whole(const json_t *v, const char *key)
{
    const json_t *n = json_object_get(v, key);
    assert_true(json_is_integer(n));
    return json_integer_value(n);
}

/* What pycocotools asks of an annotation, and that its numbers agree with each other. */
static void check_annotation(const json_t *a, const json_t *images)
{
    const json_t *image = NULL, *bbox = json_object_get(a, "bbox");
    for (size_t i = 0; i < json_array_size(images); i++)
        if (whole(json_array_get(images, i), "id") == whole(a, "image_id"))
            image = json_array_get(images, i);
    assert_non_null(image);
    assert_true(whole(a, "id") >= 1 && whole(a, "category_id") >= 1 && whole(a, "iscrowd") == 0);
    const json_t *polygons = json_object_get(a, "segmentation");
    assert_int_equal(json_array_size(polygons), 1);
    const json_t *p = json_array_get(polygons, 0);
    size_t n = json_array_size(p) / 2;
    assert_true(n >= 3 && json_array_size(p) % 2 == 0);
    double x0 = 1e9, y0 = 1e9, x1 = 0, y1 = 0, twice = 0;
    for (size_t i = 0; i < n; i++) {
        double x = real(p, 2 * i), y = real(p, 2 * i + 1);
        size_t k = (i + 1) % n;
        twice += x * real(p, 2 * k + 1) - real(p, 2 * k) * y;
        x0 = fmin(x0, x);
        y0 = fmin(y0, y);
        x1 = fmax(x1, x);
        y1 = fmax(y1, y);
    }
    assert_true(x0 >= 0 && y0 >= 0 && x1 <= (double)whole(image, "width") &&
                y1 <= (double)whole(image, "height"));
    /* Three decimals, twice in a difference. */
    assert_float_equal(real(bbox, 0), x0, 1e-3);
    assert_float_equal(real(bbox, 1), y0, 1e-3);
    assert_float_equal(real(bbox, 2), x1 - x0, 2e-3);
    assert_float_equal(real(bbox, 3), y1 - y0, 2e-3);
    /* Each corner moves by half a thousandth at most: the area by that times the outline's length. */
    assert_float_equal(json_number_value(json_object_get(a, "area")), fabs(twice) / 2,
                       1e-3 * (1 + x1 - x0 + y1 - y0));
}

static void coco_says_what_the_labels_say(void **state)
{
    put_dataset(state, "d");
    Export e = to(state, EXPORT_COCO);
    ExportResult r = export_works(&e);
    assert_int_equal(r.objects, 5);
    json_t *j = coco(state, "train");
    const json_t *images = json_object_get(j, "images"), *notes = json_object_get(j, "annotations");
    const json_t *categories = json_object_get(j, "categories");
    assert_int_equal(json_array_size(images), 4);
    assert_int_equal(json_array_size(notes), 3);
    for (size_t i = 0; i < json_array_size(notes); i++) {
        check_annotation(json_array_get(notes, i), images);
        for (size_t k = 0; k < i; k++)
            assert_true(whole(json_array_get(notes, i), "id") != whole(json_array_get(notes, k), "id"));
    }
    for (size_t i = 0; i < 4; i++) {
        const json_t *im = json_array_get(images, i);
        assert_int_equal(whole(im, "id"), i + 1);
        assert_true(
            path_exists(at(state, "out/train/%s", json_string_value(json_object_get(im, "file_name")))));
    }
    assert_string_equal(json_string_value(json_object_get(json_array_get(images, 2), "file_name")),
                        "c & <d>.jpg");
    assert_int_equal(whole(json_array_get(images, 2), "width"), 100);
    assert_int_equal(whole(json_array_get(images, 2), "height"), 50);
    assert_int_equal(json_array_size(categories), 2);
    assert_int_equal(whole(json_array_get(categories, 1), "id"), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(categories, 1), "name")),
                        "a \"b\" & <c>");
    /* The triangle of 80 x 40: (8, 8), (40, 8), (24, 32). */
    const json_t *t = json_array_get(notes, 0);
    char *text = json_dumps(t, JSON_COMPACT);
    assert_string_equal(
        text,
        "{\"id\":10001,\"image_id\":1,\"category_id\":1,\"iscrowd\":0,\"segmentation\":[[8,8,40,8,24,32]],"
        "\"area\":384,\"bbox\":[8,8,32,24]}");
    free(text);
    json_decref(j);
    j = coco(state, "val");
    assert_int_equal(json_array_size(json_object_get(j, "annotations")), 2);
    json_decref(j);
    assert_false(path_exists(temp_path(state, "out/annotations/instances_test.json")));
}

typedef struct {
    const char *without, *relabel, *label;
} Choice;

static bool choose(void *user, const YoloImage *image, const char **label)
{
    const Choice *c = user;
    if (c->relabel && strcmp(image->name, c->relabel) == 0)
        *label = c->label;
    return !c->without || strcmp(image->name, c->without) != 0;
}

static void numbers_do_not_depend_on_what_is_left_out(void **state)
{
    put_dataset(state, "d");
    Export e = to(state, EXPORT_COCO);
    e.choose = choose;
    e.user = &(Choice){ .without = "b.png" };
    ExportResult r = export_works(&e);
    assert_int_equal(r.left_out, 1);
    assert_int_equal(r.images[SPLIT_TRAIN], 3);
    json_t *j = coco(state, "train");
    assert_int_equal(whole(json_array_get(json_object_get(j, "images"), 1), "id"), 3);
    assert_int_equal(whole(json_array_get(json_object_get(j, "annotations"), 2), "id"), 30001);
    json_decref(j);
    assert_false(path_exists(temp_path(state, "out/train/b.png")));
    e.choose = NULL;
    e.split[SPLIT_VAL] = true;
    r = export_works(&e);
    assert_int_equal(r.left_out, 4);
    assert_int_equal(r.images[SPLIT_VAL], 2);
    assert_false(path_exists(temp_path(state, "out/annotations/instances_train.json")));
    j = coco(state, "val");
    assert_int_equal(whole(json_array_get(json_object_get(j, "images"), 0), "id"), 5);
    json_decref(j);
}

static void a_corrected_label_takes_the_place_of_the_first(void **state)
{
    put_dataset(state, "d");
    temp_write(temp_path(state, "corrected.txt"), "0 0.5 0.5 0.5 0.5\n");
    Export e = to(state, EXPORT_YOLO_SEG);
    e.choose = choose;
    e.user = &(Choice){ .relabel = "b.png", .label = temp_path(state, "corrected.txt") };
    ExportResult r = export_works(&e);
    assert_int_equal(r.objects, 6);
    assert_true(has_text(temp_path(state, "out/train/labels/b.txt"),
                         "0 0.250000 0.250000 0.750000 0.250000 0.750000 0.750000 0.250000 0.750000\n"));
    /* Found to have no object after all. */
    e.user = &(Choice){ .relabel = "c & <d>.jpg" };
    r = export_works(&e);
    assert_int_equal(r.objects, 4);
    assert_int_equal(r.empty, 3);
}

/* ---- Pascal VOC ----------------------------------------------------------------------------------- */

static size_t set_pixels(const Image *im, int value)
{
    size_t n = 0;
    for (size_t i = 0; i < image_bytes(im); i++)
        n += im->data[i] == value;
    return n;
}

/* Which side of the line from (ax, ay) to (bx, by) is (x, y) on? */
static double side(double ax, double ay, double bx, double by, double x, double y)
{
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
}

static void voc_masks_are_the_pixels_inside(void **state)
{
    Err err = { 0 };
    Image im;
    put_dataset(state, "d");
    Export e = to(state, EXPORT_VOC);
    e.masks = true;
    export_works(&e);
    assert_ok(
        image_load(&im, temp_path(state, "out/SegmentationClass/a_val.png"), &(DecodeOptions){ 0 }, &err));
    assert_int_equal(im.width, 80);
    for (int y = 0; y < im.height; y++)
        for (int x = 0; x < im.width;
             x++) { /* the triangle (8, 8), (40, 8), (24, 32) against the pixel's centre */
            double a = side(8, 8, 40, 8, x + 0.5, y + 0.5), b = side(40, 8, 24, 32, x + 0.5, y + 0.5),
                   c = side(24, 32, 8, 8, x + 0.5, y + 0.5);
            if (a != 0 && b != 0 && c != 0)
                assert_int_equal(*image_at(&im, x, y), a > 0 && b > 0 && c > 0);
        }
    image_clear(&im);
}

static void voc_boxes_count_from_one(void **state)
{
    put_dataset(state, "d");
    Export e = to(state, EXPORT_VOC);
    e.masks = true;
    export_works(&e);
    /* The square covers columns 20 to 59 and rows 10 to 29 of 80 x 40, counted from 0. */
    const char *xml = temp_path(state, "out/Annotations/a.xml");
    assert_true(has_text(
        xml, "<xmin>21</xmin>\n      <ymin>11</ymin>\n      <xmax>60</xmax>\n      <ymax>30</ymax>"));
    assert_true(
        has_text(xml, "<xmin>9</xmin>\n      <ymin>9</ymin>\n      <xmax>40</xmax>\n      <ymax>32</ymax>"));
    assert_true(has_text(xml, "<width>80</width>\n    <height>40</height>"));
    assert_true(has_text(xml, "<name>a &quot;b&quot; &amp; &lt;c&gt;</name>"));
    assert_true(has_text(temp_path(state, "out/Annotations/c & <d>.xml"),
                         "<filename>c &amp; &lt;d&gt;.jpg</filename>"));
    char *without = temp_read(temp_path(state, "out/Annotations/b.xml"));
    assert_null(strstr(without, "<object>"));
    free(without);
    assert_true(has_text(temp_path(state, "out/ImageSets/Main/train.txt"), "a\nb\nc & <d>\ne\n"));
    assert_true(has_text(temp_path(state, "out/ImageSets/Main/val.txt"), "a_val\nf\n"));
    assert_true(has_text(temp_path(state, "out/ImageSets/Main/trainval.txt"), "e\na_val\nf\n"));
    assert_true(
        has_text(temp_path(state, "out/ImageSets/Segmentation/trainval.txt"), "a\nc & <d>\na_val\nf\n"));
    assert_true(path_exists(temp_path(state, "out/JPEGImages/a_val.jpg")));
    assert_true(path_exists(temp_path(state, "out/JPEGImages/b.png")));

    Err err = { 0 };
    Image im;
    assert_ok(
        image_load(&im, temp_path(state, "out/SegmentationClass/c & <d>.png"), &(DecodeOptions){ 0 }, &err));
    assert_int_equal(set_pixels(&im, 2),
                     50 * 25); /* rows 12.5 to 37.5: of the two centres on its borders, one is inside */
    assert_int_equal(set_pixels(&im, 0) + set_pixels(&im, 2), image_bytes(&im));
    image_clear(&im);
    assert_ok(image_load(&im, temp_path(state, "out/SegmentationObject/a.png"), &(DecodeOptions){ 0 }, &err));
    assert_int_equal(set_pixels(&im, 2), 40 * 20);
    assert_int_equal(*image_at(&im, 20, 10), 2);
    assert_int_equal(*image_at(&im, 19, 10), 1); /* the triangle lies below */
    assert_int_equal(*image_at(&im, 59, 29), 2);
    assert_int_equal(*image_at(&im, 60, 29), 0);
    assert_int_equal(*image_at(&im, 60, 30), 0);
    image_clear(&im);
}

/* ---- where to ------------------------------------------------------------------------------------- */

static void a_folder_of_something_else_is_left_alone(void **state)
{
    Err err = { 0 };
    put_dataset(state, "d");
    Export e = to(state, EXPORT_COCO);
    assert_ok(folder_make(e.output, &err));
    temp_write(temp_path(state, "out/thesis.txt"), "years of work");
    export_fails(&e, ERR_STATE, "has other files in it");
    assert_true(has_text(temp_path(state, "out/thesis.txt"), "years"));
    assert_false(path_exists(temp_path(state, ".tmp-out")));
    e.output = temp_path(state, "out/thesis.txt");
    export_fails(&e, ERR_STATE, "is a file");
    e.output = e.source; /* the dataset itself */
    export_fails(&e, ERR_STATE, "has other files in it");
    e.output = "/";
    export_fails(&e, ERR_USAGE, "name");
}

static void an_earlier_export_is_replaced_as_a_whole(void **state)
{
    Err err = { 0 };
    put_dataset(state, "d");
    Export e = to(state, EXPORT_COCO);
    assert_ok(folder_make(e.output, &err)); /* empty is fine */
    export_works(&e);
    assert_true(path_exists(temp_path(state, "out/annotations/instances_val.json")));
    e.format = EXPORT_VOC;
    e.output = temp_path(state, "out/"); /* the slash changes nothing */
    export_works(&e);
    assert_false(path_exists(temp_path(state, "out/annotations")));
    assert_true(path_exists(temp_path(state, "out/Annotations/f.xml")));
    assert_false(path_exists(temp_path(state, ".tmp-out")));
    assert_true(path_exists(temp_path(state, "d/val/images/f.jpg"))); /* links went, files did not */
    /* What fails leaves it as it was. */
    e.format = EXPORT_YOLO_SEG;
    e.split[SPLIT_TEST] = true;
    export_fails(&e, ERR_INPUT, "no image is left");
    assert_true(path_exists(temp_path(state, "out/Annotations/f.xml")));
    assert_false(path_exists(temp_path(state, ".tmp-out")));
    atomic_bool stop = true;
    e.split[SPLIT_TEST] = false;
    e.stop = &stop;
    export_fails(&e, ERR_CANCELLED, "nothing was exported");
    assert_true(path_exists(temp_path(state, "out/Annotations/f.xml")));
}

static void what_a_killed_export_left_goes_away(void **state)
{
    Err err = { 0 };
    put_dataset(state, "d");
    assert_ok(folder_make(temp_path(state, ".tmp-out/train/images"), &err));
    temp_write(temp_path(state, ".tmp-out/train/images/old.jpg"), "half");
    Export e = to(state, EXPORT_YOLO_SEG);
    export_works(&e);
    assert_false(path_exists(temp_path(state, "out/train/images/old.jpg")));
    assert_false(path_exists(temp_path(state, ".tmp-out")));
}

static size_t warnings;
static void count_warning(void *user, LogLevel level, const char *message)
{
    (void)user;
    (void)message;
    warnings += level == LOG_WARN;
}

static void an_image_that_cannot_be_read_is_told_and_left_out(void **state)
{
    put_dataset(state, "d");
    temp_write(temp_path(state, "d/train/images/broken.jpg"), "no picture");
    temp_write(temp_path(state, "d/train/labels/broken.txt"), TRIANGLE);
    Log log = { .line = count_warning };
    Export e = to(state, EXPORT_COCO);
    e.log = &log;
    warnings = 0;
    ExportResult r = export_works(&e);
    assert_int_equal(r.failed, 1);
    assert_int_equal(warnings, 2); /* and the lines of f.txt */
    assert_int_equal(r.images[SPLIT_TRAIN], 4);
    json_t *j = coco(state, "train");
    assert_int_equal(json_array_size(json_object_get(j, "images")), 4);
    json_decref(j);
}

static void an_execution_gives_its_last_finished_dataset(void **state)
{
    Err err = { 0 };
    assert_ok(folder_make(temp_path(state, "d"), &err));
    Export e = to(state, EXPORT_YOLO_SEG);
    put_image(state, "d/06_yolo_dataset", "train", "six.jpg", 8, 8, TRIANGLE);
    put_image(state, "d/07_cv_combined_dataset", "train", "seven.jpg", 8, 8, TRIANGLE);
    temp_write(temp_path(state, "d/pipeline_state.json"), "{\"completed_steps\": [1, 2, 3, 4, 5]}");
    export_fails(&e, ERR_STATE, "step 6 is not done");
    temp_write(temp_path(state, "d/pipeline_state.json"), "{\"completed_steps\": [1, 2, 3, 4, 5, 6]}");
    export_works(&e);
    assert_true(path_exists(temp_path(state, "out/train/images/six.jpg")));
    temp_write(temp_path(state, "d/pipeline_state.json"), "{\"completed_steps\": [1, 2, 3, 4, 5, 6, 7]}");
    export_works(&e);
    assert_true(path_exists(temp_path(state, "out/train/images/seven.jpg")));
    assert_false(path_exists(temp_path(state, "out/train/images/six.jpg")));
    e.source = temp_path(state, "nowhere");
    export_fails(&e, ERR_MISSING, "nowhere");
}

static void the_summary_is_kept_and_counted(void **state)
{
    put_dataset(state, "d");
    Export e = to(state, EXPORT_COCO);
    ExportResult r = export_works(&e);
    json_t *told = export_summary(&e, &r),
           *kept = json_load_file(temp_path(state, "out/export.json"), 0, NULL);
    json_object_set_new(told, "facet", json_string(FACET_VERSION));
    assert_true(json_equal(told, kept));
    json_decref(told);
    json_decref(kept);
    for (int f = 0; f < EXPORT_FORMATS; f++) /* the option's choices are in the order of the enum */
        assert_memory_equal(strstr(EXPORT_FORMAT_CHOICES, export_format_names[f]), export_format_names[f],
                            strlen(export_format_names[f]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outlines_and_boxes_are_read),
        cmocka_unit_test(corners_a_rounding_outside_are_on_the_edge),
        cmocka_unit_test(lines_that_are_no_objects_are_skipped_and_counted),
        temp_test(yolo_outlines_are_the_same_dataset),
        temp_test(yolo_boxes_are_around_the_outlines),
        temp_test(coco_says_what_the_labels_say),
        temp_test(numbers_do_not_depend_on_what_is_left_out),
        temp_test(a_corrected_label_takes_the_place_of_the_first),
        temp_test(voc_boxes_count_from_one),
        temp_test(voc_masks_are_the_pixels_inside),
        temp_test(a_folder_of_something_else_is_left_alone),
        temp_test(an_earlier_export_is_replaced_as_a_whole),
        temp_test(what_a_killed_export_left_goes_away),
        temp_test(an_image_that_cannot_be_read_is_told_and_left_out),
        temp_test(an_execution_gives_its_last_finished_dataset),
        temp_test(the_summary_is_kept_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
