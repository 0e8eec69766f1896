#include "web/label_prompt.h"

#include <string.h>

/* A place within the picture, moved from its corner to the centre of its first pixel. JSON has no infinities. */
static bool read_place(float *out, const json_t *v, int side)
{
    if (!json_is_number(v))
        return false;
    double d = json_number_value(v);
    if (!(d >= 0 && d <= side))
        return false;
    *out = (float)(d - 0.5);
    return true;
}

static bool read_points(LabelPrompt *out, const json_t *points, int width, int height, Err *err)
{
    size_t n = json_array_size(points);
    if (!json_is_array(points))
        return err_set(err, ERR_INPUT, "\"points\" must be an array");
    if (n > SEGMENTER_POINTS_MAX)
        return err_set(err, ERR_INPUT, "there are %zu points; at most %d can be used", n,
                       SEGMENTER_POINTS_MAX);
    for (size_t i = 0; i < n; i++) {
        const json_t *p = json_array_get(points, i), *label = json_array_get(p, 2);
        if (json_array_size(p) != 3 || !read_place(&out->point[i].x, json_array_get(p, 0), width) ||
            !read_place(&out->point[i].y, json_array_get(p, 1), height) || !json_is_integer(label) ||
            (json_integer_value(label) != 0 && json_integer_value(label) != 1))
            return err_set(err, ERR_INPUT, "point %zu must be [x, y, 1 or 0] within the picture (%d x %d)",
                           i + 1, width, height);
        out->point[i].positive = json_integer_value(label) == 1;
    }
    out->prompt.points = out->point;
    out->prompt.point_count = n;
    return true;
}

static bool read_box(LabelPrompt *out, const json_t *box, int width, int height, Err *err)
{
    if (json_is_null(box))
        return true;
    bool ok = json_is_array(box) && json_array_size(box) == 4;
    for (size_t i = 0; ok && i < 4; i++)
        ok = read_place(&out->box[i], json_array_get(box, i), i % 2 ? height : width);
    if (!ok)
        return err_set(err, ERR_INPUT,
                       "\"box\" must be null or [x0, y0, x1, y1] within the picture (%d x %d)", width,
                       height);
    out->prompt.box = out->box;
    return true;
}

bool label_prompt_read(LabelPrompt *out, const json_t *from, int width, int height, Err *err)
{
    *out = (LabelPrompt){ 0 };
    const json_t *question = json_object_get(from, "question");
    const json_t *points = json_object_get(from, "points"), *box = json_object_get(from, "box");
    if (!json_is_integer(question) || !points || !box || json_object_size(from) != 3)
        return err_set(
            err, ERR_INPUT,
            "a prompt has \"question\" (a whole number), \"points\" and \"box\", and nothing else");
    out->question = json_integer_value(question);
    return read_points(out, points, width, height, err) && read_box(out, box, width, height, err);
}
