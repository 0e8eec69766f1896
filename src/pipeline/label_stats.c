#include "pipeline/label_stats.h"

#include "base/file.h"
#include "pipeline/yolo_label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t bin(double share, size_t bins)
{
    size_t i = (size_t)(share * (double)bins);
    return i < bins ? i : bins - 1;
}

static void add_object(LabelStats *s, const YoloObject *o)
{
    double area = yolo_object_area(o);
    YoloBox b = yolo_object_box(o);
    s->mean_area = (s->mean_area * (double)s->objects + area) / (double)(s->objects + 1);
    s->min_area = s->objects ? fmin(s->min_area, area) : area;
    s->max_area = fmax(s->max_area, area);
    s->objects++;
    s->size[bin(sqrt(area), LABEL_SIZE_BINS)]++;
    s->map[bin((b.y0 + b.y1) / 2, LABEL_MAP)][bin((b.x0 + b.x1) / 2, LABEL_MAP)]++;
    double w = b.x1 - b.x0, h = b.y1 - b.y0;
    s->aspect[h > w * 1.25 ? 0 : w > h * 1.25 ? 2 : 1]++;
}

static bool add_file(LabelStats *s, const char *path, Err *err)
{
    YoloLabel label;
    if (!yolo_label_read(&label, path, err))
        return false;
    for (size_t i = 0; i < label.count; i++)
        add_object(s, &label.object[i]);
    s->files++;
    s->empty += label.count == 0;
    yolo_label_clear(&label);
    return true;
}

bool label_stats_add(LabelStats *s, const char *labels_folder, size_t limit, Err *err)
{
    TextList names;
    if (!folder_list(labels_folder, &names, err))
        return false;
    size_t n = names.count < limit ? names.count : limit;
    bool ok = true;
    for (size_t k = 0; ok && k < n; k++) {
        const char *name = names.text[k * names.count / n];
        if (strcmp(path_ext(name), ".txt") != 0)
            continue;
        char *path = path_join(labels_folder, name);
        ok = path ? add_file(s, path, err) : err_set(err, ERR_NOMEM, "%s: no memory", labels_folder);
        free(path);
    }
    text_list_clear(&names);
    return ok;
}
