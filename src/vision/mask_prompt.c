#include "vision/mask_prompt.h"

#include <math.h>

static int clamp_to(float v, int last)
{
    return v <= 0 ? 0 : v >= (float)last ? last : (int)v;
}

/* Comparing as floats first keeps numbers that no int holds out of the conversions. */
PixelBox mask_prompt_box(const float b[4], int width, int height)
{
    float x0 = fminf(b[0], b[2]), x1 = fmaxf(b[0], b[2]), y0 = fminf(b[1], b[3]), y1 = fmaxf(b[1], b[3]);
    return (PixelBox){ clamp_to(ceilf(x0), width - 1), clamp_to(ceilf(y0), height - 1),
                       clamp_to(floorf(x1), width - 1), clamp_to(floorf(y1), height - 1) };
}

static bool check_box(const float b[4], const Image *picture, Err *err)
{
    if (!isfinite(b[0]) || !isfinite(b[1]) || !isfinite(b[2]) || !isfinite(b[3]))
        return err_set(err, ERR_USAGE, "a corner of the box is no number; draw it again");
    float x0 = ceilf(fminf(b[0], b[2])), x1 = floorf(fmaxf(b[0], b[2]));
    float y0 = ceilf(fminf(b[1], b[3])), y1 = floorf(fmaxf(b[1], b[3]));
    if (x0 > x1 || y0 > y1 || x1 < 0 || y1 < 0 || x0 >= (float)picture->width || y0 >= (float)picture->height)
        return err_set(
            err, ERR_USAGE,
            "the box from %g,%g to %g,%g holds no pixel of the picture (%d x %d); draw it around the object",
            (double)b[0], (double)b[1], (double)b[2], (double)b[3], picture->width, picture->height);
    return true;
}

static bool check_points(const MaskPrompt *p, const Image *picture, bool *positive, Err *err)
{
    if (p->point_count > MASK_POINTS_MAX)
        return err_set(err, ERR_USAGE, "%zu points are more than the %d that are taken; use strokes",
                       p->point_count, MASK_POINTS_MAX);
    for (size_t i = 0; i < p->point_count; i++) {
        MaskPoint q = p->points[i];
        if (!isfinite(q.x) || !isfinite(q.y))
            return err_set(err, ERR_USAGE, "a coordinate of point %zu is no number", i + 1);
        /* A pixel reaches half a pixel around its centre. */
        if (q.x < -0.5f || q.y < -0.5f || q.x > (float)picture->width - 0.5f ||
            q.y > (float)picture->height - 0.5f)
            return err_set(err, ERR_USAGE, "point %zu at %g,%g is outside of the picture (%d x %d)", i + 1,
                           (double)q.x, (double)q.y, picture->width, picture->height);
        *positive |= q.positive;
    }
    return true;
}

static bool check_plane(const Image *im, const Image *picture, const char *what, Err *err)
{
    if (image_empty(im) || im->channels != 1 || im->width != picture->width || im->height != picture->height)
        return err_set(err, ERR_INPUT, "the %s must have 1 channel and the picture's size, %d x %d", what,
                       picture->width, picture->height);
    return true;
}

static bool has_object(const Image *strokes)
{
    size_t n = image_bytes(strokes);
    for (size_t i = 0; i < n; i++)
        if (strokes->data[i] == STROKE_OBJECT)
            return true;
    return false;
}

bool mask_prompt_check(const MaskPrompt *p, const Image *picture, Err *err)
{
    bool says = p->box || p->start;
    if (!check_points(p, picture, &says, err) || (p->box && !check_box(p->box, picture, err)) ||
        (p->start && !check_plane(p->start, picture, "earlier mask", err)) ||
        (p->strokes && !check_plane(p->strokes, picture, "picture of strokes", err)))
        return false;
    if (!says && !(p->strokes && has_object(p->strokes)))
        return err_set(err, ERR_USAGE,
                       "nothing says where the object is: give a positive point, a box or a stroke on it");
    return true;
}

void mask_apply_strokes(Image *mask, const Image *strokes)
{
    size_t n = strokes ? image_bytes(strokes) : 0;
    for (size_t i = 0; i < n; i++)
        if (strokes->data[i] == STROKE_OBJECT)
            mask->data[i] = 255;
        else if (strokes->data[i] == STROKE_BACKGROUND)
            mask->data[i] = 0;
}
