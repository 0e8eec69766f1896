#include "vision/islands.h"

#include <stdlib.h>

/* A part: its pixels are part[begin .. end) of the order in which they were found. */
typedef struct {
    size_t begin, end;
    bool object, kept, at_edge;
} Part;

typedef struct {
    int width, height;
    uint8_t *object;
    const uint8_t *keep;
    uint8_t *seen;
    size_t *order; /* pixels, part after part */
    size_t found;
} Search;

static void visit(Search *s, size_t p, bool object)
{
    if (s->seen[p] || (s->object[p] != 0) != object)
        return;
    s->seen[p] = 1;
    s->order[s->found++] = p;
}

/* The part around a pixel that was not seen. */
static Part spread(Search *s, size_t from)
{
    size_t width = (size_t)s->width;
    Part part = { .begin = s->found, .object = s->object[from] != 0 };
    visit(s, from, part.object);
    for (size_t i = part.begin; i < s->found; i++) {
        size_t p = s->order[i], x = p % width, y = p / width;
        part.kept |= s->keep && s->keep[p];
        part.at_edge |= x == 0 || y == 0 || x + 1 == width || y + 1 == (size_t)s->height;
        if (x > 0)
            visit(s, p - 1, part.object);
        if (x + 1 < width)
            visit(s, p + 1, part.object);
        if (y > 0)
            visit(s, p - width, part.object);
        if (y + 1 < (size_t)s->height)
            visit(s, p + width, part.object);
    }
    part.end = s->found;
    return part;
}

/* Each part in turn, in the order of its first pixel. */
static bool next_part(Search *s, size_t *from, Part *part)
{
    size_t n = (size_t)s->width * (size_t)s->height;
    while (*from < n && s->seen[*from])
        ++*from;
    if (*from == n)
        return false;
    *part = spread(s, *from);
    return true;
}

static void restart(Search *s)
{
    size_t n = (size_t)s->width * (size_t)s->height;
    s->found = 0;
    for (size_t i = 0; i < n; i++)
        s->seen[i] = 0;
}

/* First islands: a hole that only they closed is no hole then. Pixels change behind the search, which has seen them. */
static void clear_below(Search *s, bool object, double least)
{
    Part part;
    restart(s);
    for (size_t from = 0; next_part(s, &from, &part);)
        if (part.object == object && !part.kept && (object || !part.at_edge) &&
            (double)(part.end - part.begin) < least)
            for (size_t i = part.begin; i < part.end; i++)
                s->object[s->order[i]] = !object;
}

bool islands_clear(uint8_t *object, const uint8_t *keep, int width, int height, double least_island,
                   double least_hole, Err *err)
{
    size_t n = (size_t)width * (size_t)height, largest = 0;
    Search s = { width, height, object, keep, malloc(n), malloc(n * sizeof(size_t)), 0 };
    bool ok =
        (s.seen && s.order) || err_set(err, ERR_NOMEM, "no memory to clean a mask of %d x %d", width, height);
    if (ok) {
        Part part;
        restart(&s);
        for (size_t from = 0; next_part(&s, &from, &part);)
            if (part.object && part.end - part.begin > largest)
                largest = part.end - part.begin;
        clear_below(&s, true, least_island * (double)largest);
        clear_below(&s, false, least_hole * (double)largest);
    }
    free(s.seen);
    free(s.order);
    return ok;
}
