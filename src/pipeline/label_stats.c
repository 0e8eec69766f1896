#include "pipeline/label_stats.h"

#include "base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (16u << 20)

typedef struct {
    double area; /* of the polygon, by the shoelace formula */
    double x0, y0, x1, y1;
    size_t points;
} Outline;

/* "class x y x y ..." as far as it goes. */
static Outline read_outline(char *line)
{
    Outline o = { .x0 = 1, .y0 = 1 };
    char *end;
    double first_x = 0, first_y = 0, last_x = 0, last_y = 0, twice = 0;
    strtol(line, &end, 10);
    if (end == line)
        return o;
    for (char *at = end;; at = end) {
        double x = strtod(at, &end);
        if (end == at)
            break;
        char *second = end;
        double y = strtod(second, &end);
        if (end == second || !(x >= 0 && x <= 1 && y >= 0 && y <= 1))
            break;
        if (o.points++ == 0) {
            first_x = x;
            first_y = y;
        } else
            twice += last_x * y - x * last_y;
        last_x = x;
        last_y = y;
        o.x0 = fmin(o.x0, x);
        o.x1 = fmax(o.x1, x);
        o.y0 = fmin(o.y0, y);
        o.y1 = fmax(o.y1, y);
    }
    twice += last_x * first_y - first_x * last_y;
    o.area = fabs(twice) / 2;
    return o;
}

static size_t bin(double share, size_t bins)
{
    size_t i = (size_t)(share * (double)bins);
    return i < bins ? i : bins - 1;
}

static void add_object(LabelStats *s, const Outline *o)
{
    s->mean_area = (s->mean_area * (double)s->objects + o->area) / (double)(s->objects + 1);
    s->min_area = s->objects ? fmin(s->min_area, o->area) : o->area;
    s->max_area = fmax(s->max_area, o->area);
    s->objects++;
    s->size[bin(sqrt(o->area), LABEL_SIZE_BINS)]++;
    s->map[bin((o->y0 + o->y1) / 2, LABEL_MAP)][bin((o->x0 + o->x1) / 2, LABEL_MAP)]++;
    double w = o->x1 - o->x0, h = o->y1 - o->y0;
    s->aspect[h > w * 1.25 ? 0 : w > h * 1.25 ? 2 : 1]++;
}

static bool add_file(LabelStats *s, const char *path, Err *err)
{
    uint8_t *data;
    size_t size;
    if (!file_read(path, MAX_BYTES, &data, &size, err))
        return false;
    size_t before = s->objects;
    char *save = NULL;
    for (char *line = strtok_r((char *)data, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
        Outline o = read_outline(line);
        if (o.points)
            add_object(s, &o);
    }
    s->files++;
    s->empty += s->objects == before;
    free(data);
    return true;
}

bool label_stats_add(LabelStats *s, const char *labels_folder, size_t limit, Err *err)
{
    NameList names;
    if (!folder_list(labels_folder, &names, err))
        return false;
    size_t n = names.count < limit ? names.count : limit;
    bool ok = true;
    for (size_t k = 0; ok && k < n; k++) {
        const char *name = names.name[k * names.count / n];
        if (strcmp(path_ext(name), ".txt") != 0)
            continue;
        char *path = path_join(labels_folder, name);
        ok = path ? add_file(s, path, err) : err_set(err, ERR_NOMEM, "%s: no memory", labels_folder);
        free(path);
    }
    name_list_clear(&names);
    return ok;
}
