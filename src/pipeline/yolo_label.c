#include "pipeline/yolo_label.h"

#include "base/file.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 16 << 20 };

/* How far outside of the picture a corner may lie and still be meant to be on its edge: labels have six decimals, and some
 * tools keep boxes a pixel too large. */
static const double SLACK = 1e-3;

/* The numbers of a line behind its class. 0 values: a number is missing, not finite or too far out. */
static size_t read_numbers(const char *line, double **values, bool *no_memory)
{
    size_t n = 0, cap = 0;
    *values = NULL;
    for (;;) {
        char *end;
        double v = strtod(line, &end);
        if (end == line)
            break;
        if (!(v >= -SLACK && v <= 1 + SLACK))
            return 0;
        if (n == cap) {
            cap = cap ? 2 * cap : 64;
            double *grown = realloc(*values, cap * sizeof **values);
            *no_memory = !grown;
            if (!grown)
                return 0;
            *values = grown;
        }
        (*values)[n++] = v < 0 ? 0 : v > 1 ? 1 : v;
        line = end;
    }
    return line[strspn(line, " \t\r")] == '\0' ? n : 0;
}

/* Turn a centre and a size into four corners; `xy` has room for 64 numbers. */
static void box_to_corners(double *xy)
{
    double x0 = fmax(xy[0] - xy[2] / 2, 0), x1 = fmin(xy[0] + xy[2] / 2, 1);
    double y0 = fmax(xy[1] - xy[3] / 2, 0), y1 = fmin(xy[1] + xy[3] / 2, 1);
    const double corners[8] = { x0, y0, x1, y0, x1, y1, x0, y1 };
    memcpy(xy, corners, sizeof corners);
}

/* The object of a line. False: it is none. */
static bool parse_line(const char *line, YoloObject *o, bool *no_memory)
{
    char *end;
    long class_id = strtol(line, &end, 10);
    *o = (YoloObject){ 0 };
    if (end == line || class_id < 0 || class_id > INT_MAX || !strchr(" \t", *end))
        return false;
    o->class_id = (int)class_id;
    size_t n = read_numbers(end, &o->xy, no_memory);
    if (n == 4) {
        box_to_corners(o->xy);
        n = 8;
    }
    o->points = n / 2;
    YoloBox b = { 0 };
    if (n >= 6 && n % 2 == 0)
        b = yolo_object_box(o);
    if (b.x1 > b.x0 && b.y1 > b.y0)
        return true;
    free(o->xy);
    o->xy = NULL;
    return false;
}

static bool add_object(YoloLabel *l, const YoloObject *o)
{
    if ((l->count & (l->count - 1)) == 0) { /* doubled at every power of two */
        YoloObject *grown = realloc(l->object, (l->count ? 2 * l->count : 1) * sizeof *grown);
        if (!grown)
            return false;
        l->object = grown;
    }
    l->object[l->count++] = *o;
    return true;
}

bool yolo_label_parse(YoloLabel *l, char *text, Err *err)
{
    *l = (YoloLabel){ 0 };
    char *save = NULL;
    for (char *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
        YoloObject o;
        bool no_memory = false;
        if (line[strspn(line, " \t")] == '\0')
            continue;
        if (!parse_line(line, &o, &no_memory)) {
            l->skipped++;
        } else if (!add_object(l, &o)) {
            free(o.xy);
            no_memory = true;
        }
        if (no_memory) {
            yolo_label_clear(l);
            return err_set(err, ERR_NOMEM, "no memory for the objects of a label");
        }
    }
    return true;
}

bool yolo_label_read(YoloLabel *l, const char *path, Err *err)
{
    uint8_t *data;
    size_t size;
    *l = (YoloLabel){ 0 };
    if (!path)
        return true;
    if (!file_read(path, MAX_BYTES, &data, &size, err))
        return false;
    bool ok = yolo_label_parse(l, (char *)data, err);
    free(data);
    return ok || err_prefix(err, "%s: ", path);
}

void yolo_label_clear(YoloLabel *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->object[i].xy);
    free(l->object);
    *l = (YoloLabel){ 0 };
}

YoloBox yolo_object_box(const YoloObject *o)
{
    YoloBox b = { 1, 1, 0, 0 };
    for (size_t i = 0; i < o->points; i++) {
        b.x0 = fmin(b.x0, o->xy[2 * i]);
        b.x1 = fmax(b.x1, o->xy[2 * i]);
        b.y0 = fmin(b.y0, o->xy[2 * i + 1]);
        b.y1 = fmax(b.y1, o->xy[2 * i + 1]);
    }
    return b;
}

double yolo_object_area(const YoloObject *o)
{
    double twice = 0;
    const double *a = o->xy + 2 * (o->points - 1);
    for (const double *b = o->xy; b < o->xy + 2 * o->points; a = b, b += 2)
        twice += a[0] * b[1] - b[0] * a[1];
    return fabs(twice) / 2;
}
