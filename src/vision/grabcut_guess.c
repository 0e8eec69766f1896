#include "vision/grabcut_guess.h"

#include "vision/barrier.h"

#include <math.h>
#include <stdlib.h>

/* Barrier distances, sums over three channels, are compared with this: what light and texture make of one material. On
 * rendered scenes 15 to 28 give the same masks. */
static const float SAME_MATERIAL = 20;
/* How much a guess weighs, and how much what points and strokes say of pixels like theirs, beside a colour's cost: a colour
 * that is e^2 times as frequent on the other side outweighs a guess. */
static const float GUESS_WEIGHT = 2, SEED_WEIGHT = 8;
/* Being enclosed by edges speaks for the object less than being open to the outside speaks against it: holes are enclosed too. */
static const float ENCLOSED = 0.7f;
/* Around a seed, of the longer side: what is learnt from, and how many times as far away the object may as well end. */
static const float DISC = 0.06f, REACH = 4;
/* What the background is learnt from where there is no box, of the longer side. */
static const float FRAME = 0.03f;
enum { STEPS_MAX = UINT16_MAX - 20 };

static size_t pixels_of(Region r)
{
    return (size_t)r.width * (size_t)r.height;
}

/* Barrier distances from all pixels for which `from` holds. */
static bool distances(const Levels *l, int level, Region r, const uint8_t *from, uint16_t *out, Err *err)
{
    const Image *im = &l->level[level];
    return barrier_distance(image_at(im, r.x, r.y), (size_t)im->width * 3, r.width, r.height, from, out, err);
}

/* What is certain: seeds, and that nothing outside of the box is object. */
static void fix(const Guess *g, const Levels *l, const MaskPrompt *p, const uint8_t *seed, int level,
                Region r)
{
    const Image *full = &l->level[0];
    PixelBox b = { 0, 0, full->width - 1, full->height - 1 };
    if (p->box)
        b = mask_prompt_box(p->box, full->width, full->height);
    for (int y = 0; y < r.height; y++)
        for (int x = 0; x < r.width; x++) {
            size_t i = (size_t)y * (size_t)r.width + (size_t)x;
            bool inside = r.x + x >= b.x0 >> level && r.y + y >= b.y0 >> level && r.x + x <= b.x1 >> level &&
                          r.y + y <= b.y1 >> level;
            g->object[i] = seed[i] ? seed[i] == STROKE_OBJECT : inside;
            g->fixed[i] = seed[i] || !inside;
        }
}

/* Background to start from: all that is fixed as such, and a frame of some pixels; without a frame at least one pixel where
 * nothing is fixed. */
static void surroundings(const Guess *g, Region r, int frame, uint8_t *from)
{
    bool any = false;
    for (size_t i = 0; i < pixels_of(r); i++) {
        from[i] = g->fixed[i] && !g->object[i];
        any |= from[i];
    }
    frame = any || frame > 0 ? frame : 1;
    for (int y = 0; y < r.height; y++)
        for (int x = 0; x < r.width; x++) {
            size_t i = (size_t)y * (size_t)r.width + (size_t)x;
            bool inside = x >= frame && y >= frame && x < r.width - frame && y < r.height - frame;
            from[i] |= !inside && !g->fixed[i];
        }
}

static void set_guess(const Guess *g, size_t i, float toward_object)
{
    g->tie[i] = (int32_t)(GUESS_WEIGHT * COST_UNIT * toward_object);
    if (!g->fixed[i])
        g->object[i] = toward_object > 0;
}

/* Scratch for distances. */
typedef struct {
    uint8_t *from;
    uint16_t *far, *near, *other;
} Scratch;

/* In a box what cannot be reached from outside without crossing an edge is the object. */
static bool guess_by_box(const Guess *g, const Levels *l, int level, Region r, Scratch *s, Err *err)
{
    surroundings(g, r, 0, s->from);
    if (!distances(l, level, r, s->from, s->far, err))
        return false;
    for (size_t i = 0; i < pixels_of(r); i++) {
        float toward_object = tanhf(2 * ((float)s->far[i] / SAME_MATERIAL - 1));
        set_guess(g, i, toward_object > 0 ? ENCLOSED * toward_object : toward_object);
    }
    return true;
}

static void guess_by_mask(const Guess *g, const Image *mask, int level, Region r)
{
    int half = (1 << level) / 2;
    for (int y = 0; y < r.height; y++)
        for (int x = 0; x < r.width; x++) {
            int fx = ((r.x + x) << level) + half, fy = ((r.y + y) << level) + half;
            bool object = image_at(mask, fx < mask->width ? fx : mask->width - 1,
                                   fy < mask->height ? fy : mask->height - 1)[0] > 127;
            set_guess(g, (size_t)y * (size_t)r.width + (size_t)x, object ? 1 : -1);
        }
}

/* Steps to the nearest seed on the object, diagonal ones 1.4 long, in tenths: two scans (Borgefors 1986). */
static void steps_to_object(const uint8_t *seed, Region r, uint16_t *steps)
{
    int w = r.width, h = r.height;
    for (size_t i = 0; i < pixels_of(r); i++)
        steps[i] = seed[i] == STROKE_OBJECT ? 0 : STEPS_MAX;
    for (int scan = 0; scan < 2; scan++)
        for (int k = 0; k < w * h; k++) {
            int i = scan ? w * h - 1 - k : k, x = i % w, y = i / w, sign = scan ? -1 : 1;
            bool back = scan ? x < w - 1 : x > 0, ahead = scan ? x > 0 : x < w - 1,
                 up = scan ? y < h - 1 : y > 0;
            int least = steps[i];
            if (back && steps[i - sign] + 10 < least)
                least = steps[i - sign] + 10;
            if (up && steps[i - sign * w] + 10 < least)
                least = steps[i - sign * w] + 10;
            if (up && back && steps[i - sign * w - sign] + 14 < least)
                least = steps[i - sign * w - sign] + 14;
            if (up && ahead && steps[i - sign * w + sign] + 14 < least)
                least = steps[i - sign * w + sign] + 14;
            steps[i] = (uint16_t)least;
        }
}

/* Without box and mask: the object is learnt from discs around what was said to be on it, as far as they are of one
 * material, and the background from the frame; the further from the seeds, the less likely it is the object. */
static bool guess_by_seeds(const Guess *g, const Levels *l, const uint8_t *seed, int level, Region r,
                           Scratch *s, Err *err)
{
    float longer = (float)(r.width > r.height ? r.width : r.height), radius = 10 * fmaxf(2, DISC * longer);
    for (size_t i = 0; i < pixels_of(r); i++)
        s->from[i] = seed[i] == STROKE_OBJECT;
    if (!distances(l, level, r, s->from, s->near, err))
        return false;
    surroundings(g, r, (int)(FRAME * longer) + 1, s->from);
    steps_to_object(seed, r, s->far);
    for (size_t i = 0; i < pixels_of(r); i++) {
        float away = (float)s->far[i] / radius;
        set_guess(g, i, fminf(fmaxf(1 - away / REACH, -1), 1));
        if (g->fixed[i])
            continue;
        bool disc = away < 0.5f || (away < 1 && s->near[i] < 3 * SAME_MATERIAL),
             object = disc || s->near[i] < SAME_MATERIAL / 2;
        if (disc)
            g->tie[i] += (int32_t)(SEED_WEIGHT * COST_UNIT * (1 - away));
        g->object[i] = object ? 1 : s->from[i] ? 0 : GUESS_UNKNOWN;
    }
    return true;
}

static bool distances_from_seeds(const Levels *l, const uint8_t *seed, int level, Region r, Scratch *s,
                                 Err *err)
{
    for (size_t i = 0; i < pixels_of(r); i++)
        s->from[i] = seed[i] == STROKE_OBJECT;
    if (!distances(l, level, r, s->from, s->near, err))
        return false;
    for (size_t i = 0; i < pixels_of(r); i++)
        s->from[i] = seed[i] == STROKE_BACKGROUND;
    return distances(l, level, r, s->from, s->other, err);
}

/* Pixels like a seed, and reached from it, are what the seed says, whatever was guessed. */
static bool follow_seeds(const Guess *g, const Levels *l, const uint8_t *seed, int level, Region r,
                         Scratch *s, Err *err)
{
    if (!distances_from_seeds(l, seed, level, r, s, err))
        return false;
    for (size_t i = 0; i < pixels_of(r); i++) {
        float a = s->near[i], b = s->other[i], least = fminf(a, b);
        if (least >= SAME_MATERIAL || a == b || g->fixed[i])
            continue;
        float sign = a < b ? 1 : -1;
        g->tie[i] += (int32_t)(sign * SEED_WEIGHT * COST_UNIT * (1 - least / SAME_MATERIAL));
        g->object[i] = a < b;
    }
    return true;
}

static bool scratch_init(Scratch *s, size_t n, Err *err)
{
    *s = (Scratch){ malloc(n), malloc(n * sizeof *s->far), malloc(n * sizeof *s->near),
                    malloc(n * sizeof *s->other) };
    return (s->from && s->far && s->near && s->other) ||
           err_set(err, ERR_NOMEM, "no memory to look at %zu pixels", n);
}

static void scratch_clear(Scratch *s)
{
    free(s->from);
    free(s->far);
    free(s->near);
    free(s->other);
}

bool guess_material(uint8_t *object, const Levels *l, const uint8_t *seed, int level, Region r, Err *err)
{
    Scratch s;
    bool ok = scratch_init(&s, pixels_of(r), err) && distances_from_seeds(l, seed, level, r, &s, err);
    for (size_t i = 0; ok && i < pixels_of(r); i++)
        object[i] =
            seed[i] ? seed[i] == STROKE_OBJECT : s.near[i] < 2 * SAME_MATERIAL && s.near[i] < s.other[i];
    scratch_clear(&s);
    return ok;
}

bool guess_region(const Guess *g, const Levels *l, const MaskPrompt *p, const uint8_t *seed, int level,
                  Region r, Err *err)
{
    Scratch s;
    bool ok = scratch_init(&s, pixels_of(r), err), seeded = p->point_count || p->strokes;
    if (ok) {
        fix(g, l, p, seed, level, r);
        if (p->start)
            guess_by_mask(g, p->start, level, r);
        else
            ok = p->box ? guess_by_box(g, l, level, r, &s, err)
                        : guess_by_seeds(g, l, seed, level, r, &s, err);
    }
    ok = ok && (!seeded || follow_seeds(g, l, seed, level, r, &s, err));
    scratch_clear(&s);
    return ok;
}
