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

/* Mark the pixels of `runs`, which may be NULL or null, with `mark`. */
static bool read_strokes(LabelPrompt *out, const json_t *runs, uint8_t mark, int width, int height, Err *err)
{
    if (!runs || json_is_null(runs))
        return true;
    if (!json_is_array(runs))
        return err_set(err, ERR_INPUT, "what was painted must be null or an array of lengths");
    if (image_empty(&out->strokes) && !image_init(&out->strokes, width, height, 1, err))
        return false;
    size_t at = 0, pixels = image_bytes(&out->strokes);
    for (size_t i = 0; i < json_array_size(runs); i++) {
        json_int_t n = json_integer_value(json_array_get(runs, i)); /* 0 for what is none */
        if (n < (i > 0) || (uint64_t)n > pixels - at)
            return err_set(err, ERR_INPUT, "length %zu of what was painted does not fit the picture", i + 1);
        if (i % 2)
            memset(out->strokes.data + at, mark, (size_t)n);
        at += (size_t)n;
    }
    out->prompt.strokes = &out->strokes;
    return at == pixels ||
           err_set(err, ERR_INPUT, "what was painted has %zu pixels and the picture %zu", at, pixels);
}

bool label_prompt_read(LabelPrompt *out, const json_t *from, int width, int height, Err *err)
{
    *out = (LabelPrompt){ 0 };
    const json_t *question = json_object_get(from, "question");
    const json_t *points = json_object_get(from, "points"), *box = json_object_get(from, "box");
    const json_t *object = json_object_get(from, "object"), *background = json_object_get(from, "background");
    if (!json_is_integer(question) || !points || !box ||
        json_object_size(from) != 3u + !!object + !!background)
        return err_set(
            err, ERR_INPUT,
            "a prompt has \"question\" (a whole number), \"points\" and \"box\", may have \"object\" and "
            "\"background\", and nothing else");
    out->question = json_integer_value(question);
    if (read_points(out, points, width, height, err) && read_box(out, box, width, height, err) &&
        read_strokes(out, object, STROKE_OBJECT, width, height, err) &&
        read_strokes(out, background, STROKE_BACKGROUND, width, height, err))
        return true;
    label_prompt_clear(out);
    return false;
}

void label_prompt_clear(LabelPrompt *p)
{
    image_clear(&p->strokes);
    p->prompt.strokes = NULL;
}
