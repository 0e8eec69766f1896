#include "vision/contour.h"

#include <stdlib.h>
#include <string.h>

/* Work on one mask. `set` is the mask as 0 and 1 with a frame of zeros, so that no neighbour needs a bounds
 * check. `label` has the same layout and holds, for border pixels only, the number of a border that passes:
 *   > 0  some border passes here
 *   < 0  that border passes here and runs between this pixel and the one to its right
 * A border between a pixel and its right neighbour is one and the same for all who pass, so a negative label
 * is never replaced. */
typedef struct {
    uint8_t *set;
    int *label;
    int width, height;
    size_t stride;
    ptrdiff_t step[16]; /* offset of the neighbour in direction d & 7, see contours_find() */
} Field;

/* What is known of one border. Number 0 is the frame of the picture. */
typedef struct {
    size_t first, end; /* its points */
    int parent; /* surrounding border: a hole's is an outer border, an outer border's a hole or the frame */
    bool hole;
} Border;

typedef struct {
    Point *p;
    size_t points, points_cap;
    Border *border;
    size_t count, cap; /* borders, the frame included */
} Trace;

static const Point direction[8] = { { 1, 0 },  { 1, -1 }, { 0, -1 }, { -1, -1 },
                                    { -1, 0 }, { -1, 1 }, { 0, 1 },  { 1, 1 } };

void contour_list_clear(ContourList *l)
{
    free(l->p);
    free(l->offset);
    free(l->parent);
    *l = (ContourList){ 0 };
}

static bool trace_add_point(Trace *t, int x, int y)
{
    if (t->points == t->points_cap) {
        size_t cap = t->points_cap ? t->points_cap * 2 : 1024;
        Point *p = realloc(t->p, cap * sizeof *p);
        if (!p)
            return false;
        t->p = p;
        t->points_cap = cap;
    }
    t->p[t->points++] = (Point){ x, y };
    return true;
}

static bool trace_add_border(Trace *t, int parent, bool hole)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        Border *b = realloc(t->border, cap * sizeof *b);
        if (!b)
            return false;
        t->border = b;
        t->cap = cap;
    }
    t->border[t->count++] = (Border){ t->points, t->points, parent, hole };
    return true;
}

/* Follow the newest border from the pixel at index `start`, labelling it, and list its points when `keep`. */
static bool follow(Trace *t, const Field *f, size_t start, bool keep)
{
    Border *b = &t->border[t->count - 1];
    int number = (int)(t->count - 1);
    int x = (int)(start % f->stride) - 1, y = (int)(start / f->stride) - 1;
    int from = b->hole ? 0 : 4; /* the direction of a pixel that is not set: left of an outer border, right of
                                   the pixel before a hole */
    int s = from;
    do
        s = (s - 1) & 7;
    while (s != from && !f->set[start + (size_t)f->step[s]]);
    if (s == from) { /* a single pixel */
        f->label[start] = -number;
        bool ok = !keep || trace_add_point(t, x, y);
        b->end = t->points;
        return ok;
    }
    size_t first = start + (size_t)f->step[s], cur = start, next;
    int last = s ^ 4;
    for (;;) {
        do
            next = cur + (size_t)f->step[++s];
        while (!f->set[next]); /* ends: the pixel that we came from is set */
        if (s > 8)             /* the turn has passed direction 8, right, and found background there */
            f->label[cur] = -number;
        else if (f->label[cur] == 0)
            f->label[cur] = number;
        s &= 7;
        if (s != last && keep && !trace_add_point(t, x, y))
            return false;
        last = s;
        if (next == start && cur == first)
            break;
        x += direction[s].x;
        y += direction[s].y;
        cur = next;
        s = (s + 4) & 7;
    }
    b->end = t->points;
    return true;
}

/* Index of the first byte from `i` on that is not `value`, below `end`; `end` if there is none. */
static size_t run_end(const uint8_t *bytes, size_t i, size_t end, uint8_t value)
{
    uint64_t all = 0x0101010101010101u * value, word;
    for (; i + 8 <= end; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word != all)
            break;
    }
    while (i < end && bytes[i] == value)
        i++;
    return i;
}

/* Every border has its first pixel, in raster order, at the start of a run of set pixels (an outer border) or
 * at the end of one (a hole). Going through the runs alone is enough to know what surrounds it:
 * - what lies between two runs of a row is bounded by the border at the end of the left run, which by then
 * has been followed;
 * - the first pixel of a run is always on some border of its component, followed by then too. */
static bool trace_row(Trace *t, const Field *f, int y, ContourMode mode)
{
    size_t row = (size_t)(y + 1) * f->stride, end = row + 1 + (size_t)f->width;
    int before = 0; /* the border on the left of the gap */
    for (size_t i = row + 1;;) {
        i = run_end(f->set, i, end, 0);
        if (i == end)
            return true;
        if (f->label[i] == 0) {
            const Border *left = &t->border[before];
            int parent = before == 0 || left->hole ? before : left->parent;
            bool keep = mode == CONTOURS_CCOMP || parent == 0;
            if (!trace_add_border(t, parent, false) || !follow(t, f, i, keep))
                return false;
        }
        int inside = abs(f->label[i]);
        i = run_end(f->set, i, end, 1);
        if (f->label[i - 1] >= 0) { /* nobody has been between i - 1 and i: a hole begins */
            int parent = t->border[inside].hole ? t->border[inside].parent : inside;
            if (!trace_add_border(t, parent, true) || !follow(t, f, i - 1, mode == CONTOURS_CCOMP))
                return false;
        }
        before = -f->label[i - 1];
    }
}

static bool list_reserve(ContourList *out, const Trace *t)
{
    out->p = malloc((t->points + 1) * sizeof *out->p);
    out->offset = calloc(t->count + 1, sizeof *out->offset);
    out->parent = malloc((t->count + 1) * sizeof *out->parent);
    return out->p && out->offset && out->parent;
}

static void list_add(ContourList *out, const Trace *t, size_t border, int parent)
{
    const Border *b = &t->border[border];
    size_t n = b->end - b->first, at = out->offset[out->count];
    memcpy(out->p + at, t->p + b->first, n * sizeof *out->p);
    out->parent[out->count++] = parent;
    out->offset[out->count] = at + n;
}

/* From the order of finding to the order of OpenCV's list. `chain` links the holes of each outer border,
 * newest first: chain[outer] is its newest hole, chain[hole] the next older one, 0 ends it. */
static bool list_make(ContourList *out, const Trace *t, ContourMode mode)
{
    size_t *chain = calloc(t->count, sizeof *chain);
    if (!chain || !list_reserve(out, t)) {
        free(chain);
        return false;
    }
    for (size_t i = 1; i < t->count; i++)
        if (t->border[i].hole) {
            size_t outer = (size_t)t->border[i].parent;
            chain[i] = chain[outer];
            chain[outer] = i;
        }
    for (size_t i = t->count - 1; i > 0; i--) {
        if (t->border[i].hole || (mode == CONTOURS_EXTERNAL && t->border[i].parent != 0))
            continue;
        int index = (int)out->count;
        list_add(out, t, i, -1);
        for (size_t h = chain[i]; h && mode == CONTOURS_CCOMP; h = chain[h])
            list_add(out, t, h, index);
    }
    free(chain);
    return true;
}

static bool field_init(Field *f, const Image *mask)
{
    size_t stride = (size_t)mask->width + 2, size = stride * ((size_t)mask->height + 2);
    *f = (Field){ .width = mask->width, .height = mask->height, .stride = stride };
    f->set = calloc(size, 1);
    f->label = calloc(size, sizeof *f->label); /* pages without a border are never touched */
    if (!f->set || !f->label)
        return false;
    for (int d = 0; d < 16; d++)
        f->step[d] = direction[d & 7].y * (ptrdiff_t)stride + direction[d & 7].x;
    for (int y = 0; y < mask->height; y++) {
        const uint8_t *from = image_at(mask, 0, y);
        uint8_t *to = f->set + (size_t)(y + 1) * stride + 1;
        for (int x = 0; x < mask->width; x++)
            to[x] = from[x] >> 7;
    }
    return true;
}

bool contours_find(ContourList *out, const Image *mask, ContourMode mode, Err *err)
{
    *out = (ContourList){ 0 };
    if (mask->channels != 1)
        return err_set(err, ERR_INTERNAL,
                       "contours are looked for in a picture of %d channels, not in a mask", mask->channels);
    Field f;
    Trace t = { 0 };
    bool ok = field_init(&f, mask) && trace_add_border(&t, 0, true);
    for (int y = 0; ok && y < f.height; y++)
        ok = trace_row(&t, &f, y, mode);
    ok = ok && list_make(out, &t, mode);
    free(f.set);
    free(f.label);
    free(t.p);
    free(t.border);
    if (ok)
        return true;
    contour_list_clear(out);
    return err_set(err, ERR_NOMEM, "no memory for the contours of a mask of %d x %d pixels", mask->width,
                   mask->height);
}
