#include "roles/segmenters/sam_question.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Points that each kind of stroke becomes: SAM was trained with a few. */
enum { STROKE_POINTS = 8 };
_Static_assert(MASK_POINTS_MAX + 2 * STROKE_POINTS <= SAM_POINTS_MAX, "all points of a prompt are taken");
/* Logits of a mask that no model made: as sure as SAM is inside of objects, rather than as its clamp of 32 allows. */
static const float SURE = 10;

void remembered_clear(Remembered *r)
{
    free(r->low_res);
    *r = (Remembered){ 0 };
}

uint64_t sam_mask_key(const Image *mask)
{
    uint64_t key = (uint64_t)mask->width << 32 | (uint32_t)mask->height;
    size_t n = image_bytes(mask), i = 0;
    for (uint64_t eight; i + sizeof eight <= n; i += sizeof eight) {
        memcpy(&eight, mask->data + i, sizeof eight);
        key = (key ^ eight) * 0x9e3779b97f4a7c15u;
        key ^= key >> 32;
    }
    for (; i < n; i++)
        key = (key ^ mask->data[i]) * 0x9e3779b97f4a7c15u;
    return key ^ key >> 29;
}

static void add_point(SamQuestion *q, float x, float y, bool positive)
{
    size_t i = q->prompt.point_count++;
    q->points[i][0] = x;
    q->points[i][1] = y;
    q->labels[i] = positive;
}

/* Pixels of a kind at equal distances in raster order. */
static void add_strokes(SamQuestion *q, const Image *strokes, uint8_t kind)
{
    size_t n = image_bytes(strokes), count = 0, seen = 0, taken = 0;
    for (size_t i = 0; i < n; i++)
        count += strokes->data[i] == kind;
    size_t wanted = count < STROKE_POINTS ? count : STROKE_POINTS;
    for (size_t i = 0; taken < wanted; i++) {
        if (strokes->data[i] != kind)
            continue;
        if (seen++ < (2 * taken + 1) * count / (2 * wanted))
            continue;
        add_point(q, (float)(i % (size_t)strokes->width), (float)(i / (size_t)strokes->width),
                  kind == STROKE_OBJECT);
        taken++;
    }
}

static void set_box(SamQuestion *q, const float *b, const Image *picture)
{
    float right = (float)(picture->width - 1), low = (float)(picture->height - 1);
    q->box[0] = fminf(fmaxf(fminf(b[0], b[2]), 0), right);
    q->box[1] = fminf(fmaxf(fminf(b[1], b[3]), 0), low);
    q->box[2] = fminf(fmaxf(fmaxf(b[0], b[2]), 0), right);
    q->box[3] = fminf(fmaxf(fmaxf(b[1], b[3]), 0), low);
    q->prompt.box = q->box;
}

/* The logits that a mask was made of; NULL: it is not of the last answer. */
static const float *remembered(const Remembered *r, const Image *mask)
{
    uint64_t key = r->count ? sam_mask_key(mask) : 0;
    for (size_t k = 0; k < r->count; k++)
        if (r->mask[k] == key)
            return r->low_res + k * r->side * r->side;
    return NULL;
}

static bool set_mask(SamQuestion *q, const Image *start, LowResFrame f, const Remembered *last, Err *err)
{
    size_t cells = f.side * f.side;
    const float *known = remembered(last, start);
    q->mask = malloc(cells * sizeof *q->mask);
    if (!q->mask)
        return err_set(err, ERR_NOMEM, "no memory for an earlier mask");
    for (size_t i = 0; !known && i < cells; i++) {
        int x = (int)(((double)(i % f.side) + 0.5) * f.step_x);
        int y = (int)(((double)(i / f.side) + 0.5) * f.step_y);
        bool object = x < start->width && y < start->height && image_at(start, x, y)[0] > 127;
        q->mask[i] = object ? SURE : -SURE;
    }
    if (known)
        memcpy(q->mask, known, cells * sizeof *known);
    q->prompt.mask_input = q->mask;
    return true;
}

bool sam_question_init(SamQuestion *q, const MaskPrompt *p, const Image *picture, LowResFrame f,
                       const Remembered *last, Err *err)
{
    *q = (SamQuestion){ 0 };
    q->prompt.points = (const float(*)[2])q->points;
    q->prompt.labels = q->labels;
    for (size_t i = 0; i < p->point_count; i++)
        add_point(q, p->points[i].x, p->points[i].y, p->points[i].positive);
    if (p->strokes) {
        add_strokes(q, p->strokes, STROKE_OBJECT);
        add_strokes(q, p->strokes, STROKE_BACKGROUND);
    }
    if (p->box)
        set_box(q, p->box, picture);
    q->prompt.multimask = q->prompt.point_count == 1 && !p->box && !p->start;
    return !p->start || set_mask(q, p->start, f, last, err);
}

void sam_question_clear(SamQuestion *q)
{
    free(q->mask);
    *q = (SamQuestion){ 0 };
}

bool sam_answer_add(SegmenterAnswer *a, const Image *picture, const float *logits, float iou,
                    const Image *strokes, Err *err)
{
    Image *mask = &a->mask[a->count];
    if (!image_init(mask, picture->width, picture->height, 1, err))
        return false;
    for (size_t i = 0; i < image_bytes(mask); i++)
        mask->data[i] = logits[i] > 0 ? 255 : 0;
    mask_apply_strokes(mask, strokes);
    a->score[a->count] = fminf(fmaxf(iou, 0), 1);
    if (a->score[a->count] > a->score[a->best])
        a->best = a->count;
    a->count++;
    return true;
}
