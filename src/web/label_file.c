#include "web/label_file.h"

#include "base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (4u << 20)

/* "class x y x y ..." as far as it goes. False when memory runs out; an outline of no use has n 0. */
static bool read_outline(LabelOutline *o, const char *line)
{
    char *end;
    *o = (LabelOutline){ 0 };
    long class_id = strtol(line, &end, 10);
    if (end == line || class_id < 0 || class_id > 1000000)
        return true;
    o->class_id = (int)class_id;
    /* A number takes two bytes at least. */
    o->xy = malloc((strlen(end) / 2 + 2) * sizeof *o->xy);
    if (!o->xy)
        return false;
    for (char *at = end;; at = end) {
        double x = strtod(at, &end);
        if (end == at)
            break;
        char *second = end;
        double y = strtod(second, &end);
        if (end == second || !(x >= 0 && x <= 1 && y >= 0 && y <= 1))
            break;
        o->xy[2 * o->n] = x;
        o->xy[2 * o->n + 1] = y;
        o->n++;
    }
    if (o->n < 3) {
        free(o->xy);
        *o = (LabelOutline){ 0 };
    }
    return true;
}

bool label_file_parse(LabelFile *f, char *text, Err *err)
{
    *f = (LabelFile){ 0 };
    size_t lines = 1;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    f->outline = calloc(lines, sizeof *f->outline);
    bool ok = f->outline != NULL;
    char *save = NULL;
    for (char *line = strtok_r(text, "\r\n", &save); ok && line && f->count < lines;
         line = strtok_r(NULL, "\r\n", &save)) {
        ok = read_outline(&f->outline[f->count], line);
        f->count += ok && f->outline[f->count].n > 0;
    }
    if (ok)
        return true;
    label_file_clear(f);
    return err_set(err, ERR_NOMEM, "no memory for a label");
}

bool label_file_read(LabelFile *f, const char *path, Err *err)
{
    uint8_t *data;
    size_t size;
    *f = (LabelFile){ 0 };
    if (!file_read(path, MAX_BYTES, &data, &size, err))
        return false;
    bool ok = label_file_parse(f, (char *)data, err) || err_prefix(err, "%s: ", path);
    free(data);
    return ok;
}

void label_file_clear(LabelFile *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->outline[i].xy);
    free(f->outline);
    *f = (LabelFile){ 0 };
}

/* The shoelace formula. */
static double outline_area(const LabelOutline *o)
{
    double twice = 0;
    for (size_t i = 0, j = o->n - 1; i < o->n; j = i++)
        twice += o->xy[2 * j] * o->xy[2 * i + 1] - o->xy[2 * i] * o->xy[2 * j + 1];
    return fabs(twice) / 2;
}

LabelShape label_shape(const LabelFile *f)
{
    LabelShape s = { .polygons = (int)f->count };
    if (!f->count)
        return s;
    double area = 0, x0 = 1, y0 = 1, x1 = 0, y1 = 0;
    for (size_t k = 0; k < f->count; k++) {
        const LabelOutline *o = &f->outline[k];
        area += outline_area(o);
        for (size_t i = 0; i < o->n; i++) {
            x0 = fmin(x0, o->xy[2 * i]);
            x1 = fmax(x1, o->xy[2 * i]);
            y0 = fmin(y0, o->xy[2 * i + 1]);
            y1 = fmax(y1, o->xy[2 * i + 1]);
        }
    }
    s.class_id = f->outline[0].class_id;
    s.area = (float)fmin(area, 1);
    s.x0 = (float)x0;
    s.y0 = (float)y0;
    s.x1 = (float)x1;
    s.y1 = (float)y1;
    return s;
}
