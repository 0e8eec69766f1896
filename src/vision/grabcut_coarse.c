#include "vision/grabcut_coarse.h"

#include "vision/grabcut_guess.h"
#include "vision/islands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS_MAX = 12 };
/* Parts below these shares of the object are no part of it, and no holes in it. */
static const double LEAST_ISLAND = 0.05, LEAST_HOLE = 0.005;
/* Colours are taken together by this many bits a channel: what is left apart no Gaussian tells apart either. */
enum { COLOUR_BITS = 6, CELLS = 1 << (3 * COLOUR_BITS) };

/* What the turns work with. */
typedef struct {
    const Levels *levels;
    Coarse *coarse;
    int32_t *cell;   /* [CELLS] index of a colour; -1: none */
    int32_t *colour; /* of each pixel: index into `list` */
    WeightedColour *list, *side;
    int32_t *tie; /* of each colour, as the graph has it */
    size_t colours;
    Guess guess; /* `object` is that of `coarse` */
} Turns;

static size_t pixels_of(Region r)
{
    return (size_t)r.width * (size_t)r.height;
}

/* ---- which part of the picture ---- */

/* Bounds of what is set; false where nothing is. */
static bool bounds(const Image *mask, uint8_t above, PixelBox *b)
{
    bool any = false;
    for (int y = 0; y < mask->height; y++) {
        const uint8_t *row = image_at(mask, 0, y);
        int first = 0, last = mask->width - 1;
        while (first <= last && row[first] <= above)
            first++;
        while (last > first && row[last] <= above)
            last--;
        if (first > last)
            continue;
        if (!any)
            *b = (PixelBox){ first, y, last, y };
        b->x0 = first < b->x0 ? first : b->x0;
        b->x1 = last > b->x1 ? last : b->x1;
        b->y1 = y;
        any = true;
    }
    return any;
}

static void include(PixelBox *b, float x, float y, float around)
{
    b->x0 = (int)fminf((float)b->x0, x - around);
    b->y0 = (int)fminf((float)b->y0, y - around);
    b->x1 = (int)fmaxf((float)b->x1, x + around);
    b->y1 = (int)fmaxf((float)b->y1, y + around);
}

/* The box or the earlier mask with points and strokes, and as much around it as tells what the background is like; without
 * box and mask the whole picture. */
static PixelBox part(const MaskPrompt *p, const Seeds *s, const Image *full)
{
    PixelBox all = { 0, 0, full->width - 1, full->height - 1 }, b = all, strokes;
    if (p->box)
        b = mask_prompt_box(p->box, full->width, full->height);
    else if (!p->start || !bounds(p->start, 127, &b))
        return all;
    for (size_t i = 0; i < p->point_count; i++)
        include(&b, p->points[i].x, p->points[i].y, 2 * s->radius);
    if (p->strokes && bounds(p->strokes, STROKE_NONE, &strokes)) {
        include(&b, (float)strokes.x0, (float)strokes.y0, 1);
        include(&b, (float)strokes.x1, (float)strokes.y1, 1);
    }
    int margin = 8 + ((b.x1 - b.x0 > b.y1 - b.y0 ? b.x1 - b.x0 : b.y1 - b.y0) + 1) / 4;
    return (PixelBox){ b.x0 > margin ? b.x0 - margin : 0, b.y0 > margin ? b.y0 - margin : 0,
                       b.x1 < all.x1 - margin ? b.x1 + margin : all.x1,
                       b.y1 < all.y1 - margin ? b.y1 + margin : all.y1 };
}

static Region region_at(PixelBox b, int level)
{
    Region r = { b.x0 >> level, b.y0 >> level, 0, 0 };
    r.width = (b.x1 >> level) - r.x + 1;
    r.height = (b.y1 >> level) - r.y + 1;
    return r;
}

/* ---- turns ---- */

static void list_colours(Turns *t)
{
    Region r = t->coarse->region;
    memset(t->cell, -1, CELLS * sizeof *t->cell);
    for (int y = 0; y < r.height; y++) {
        const uint8_t *p = image_at(&t->levels->level[t->coarse->level], r.x, r.y + y);
        int32_t *to = t->colour + (size_t)y * (size_t)r.width;
        for (int x = 0; x < r.width; x++, p += 3) {
            size_t key = 0;
            for (int i = 0; i < 3; i++)
                key = key << COLOUR_BITS | p[i] >> (8 - COLOUR_BITS);
            if (t->cell[key] < 0) {
                t->cell[key] = (int32_t)t->colours++;
                t->list[t->cell[key]] = (WeightedColour){ 0 };
            }
            WeightedColour *c = &t->list[t->cell[key]];
            for (int i = 0; i < 3; i++)
                c->rgb[i] += (float)p[i];
            c->weight++;
            to[x] = t->cell[key];
        }
    }
    for (size_t k = 0; k < t->colours; k++)
        for (int i = 0; i < 3; i++)
            t->list[k].rgb[i] /= t->list[k].weight;
}

/* The colours of one side, with how often they occur there. */
static void colours_of(Turns *t, bool object)
{
    size_t n = pixels_of(t->coarse->region);
    memcpy(t->side, t->list, t->colours * sizeof *t->side);
    for (size_t k = 0; k < t->colours; k++)
        t->side[k].weight = 0;
    for (size_t i = 0; i < n; i++)
        if (t->coarse->object[i] == object) /* unknown is neither */
            t->side[t->colour[i]].weight++;
}

/* Learn from a guess. Part of what was taken for object looks like the background, in a hole above all, and would teach the
 * object's mixture to expect that. So colours count the less for the object the likelier they are in the background: by
 * their share first, then by the mixtures made from that. */
static void learn_first(Turns *t)
{
    Coarse *c = t->coarse;
    colours_of(t, false);
    mixture_fit(&c->background_colours, t->side, t->colours);
    for (size_t k = 0; k < t->colours; k++)
        t->list[k].weight = t->side[k].weight;
    colours_of(t, true);
    for (size_t k = 0; k < t->colours; k++) {
        float object = t->side[k].weight, share = object / (object + t->list[k].weight);
        t->side[k].weight = object > 0 ? object * share : 0;
    }
    mixture_fit(&c->object_colours, t->side, t->colours);
    for (size_t k = 0; k < t->colours; k++) {
        float as_object = mixture_cost(&c->object_colours, t->side[k].rgb);
        float as_background = mixture_cost(&c->background_colours, t->side[k].rgb);
        t->side[k].weight *= sqrtf(1 / (1 + expf(as_object - as_background)));
    }
    mixture_fit(&c->object_colours, t->side, t->colours);
}

static void learn(Turns *t)
{
    colours_of(t, true);
    mixture_refit(&t->coarse->object_colours, t->side, t->colours);
    colours_of(t, false);
    mixture_refit(&t->coarse->background_colours, t->side, t->colours);
}

static void build_graph(Turns *t, MaxFlow *flow)
{
    const Coarse *c = t->coarse;
    Region r = c->region;
    max_flow_begin(flow, r.width, r.height);
    for (int y = 0; y < r.height; y++)
        for (int x = 0; x < r.width; x++)
            for (int link = LINK_EAST; link <= LINK_SOUTH_WEST; link++) {
                int to_x = x + (link == LINK_SOUTH_WEST ? -1 : link != LINK_SOUTH),
                    to_y = y + (link != LINK_EAST);
                if (to_x >= 0 && to_x < r.width && to_y < r.height)
                    max_flow_link(flow, x, y, (Link)link,
                                  link_cost(t->levels, c->level, r.x + x, r.y + y, (Link)link));
            }
    for (size_t i = 0; i < pixels_of(r); i++)
        if (t->guess.fixed[i])
            max_flow_tie(flow, (int)(i % (size_t)r.width), (int)(i / (size_t)r.width),
                         c->object[i] ? TERMINAL_SURE : -TERMINAL_SURE);
        else
            max_flow_tie(flow, (int)(i % (size_t)r.width), (int)(i / (size_t)r.width), t->guess.tie[i]);
    memset(t->tie, 0, t->colours * sizeof *t->tie);
}

/* Bring the ties up to what the mixtures say. */
static void tie_colours(Turns *t, MaxFlow *flow)
{
    const Coarse *c = t->coarse;
    size_t n = pixels_of(c->region), width = (size_t)c->region.width;
    for (size_t k = 0; k < t->colours; k++) {
        int32_t tie = tie_of_colour(&c->object_colours, &c->background_colours, t->list[k].rgb);
        t->side[k].weight = (float)(tie - t->tie[k]); /* whole numbers below 2^24 */
        t->tie[k] = tie;
    }
    for (size_t i = 0; i < n; i++) {
        float change = t->side[t->colour[i]].weight;
        if (change != 0 && !t->guess.fixed[i])
            max_flow_tie(flow, (int)(i % width), (int)(i / width), (int32_t)change);
    }
}

static size_t take_sides(Turns *t, const MaxFlow *flow)
{
    Coarse *c = t->coarse;
    size_t changed = 0;
    for (size_t i = 0; i < pixels_of(c->region); i++) {
        bool object =
            max_flow_is_object(flow, (int)(i % (size_t)c->region.width), (int)(i / (size_t)c->region.width));
        changed += c->object[i] != object;
        c->object[i] = object;
    }
    return changed;
}

static bool take_turns(Turns *t, MaxFlow *flow, const atomic_bool *cancel, Err *err)
{
    size_t enough = pixels_of(t->coarse->region) / 2000;
    int64_t cost;
    list_colours(t);
    build_graph(t, flow);
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        if (turn == 0)
            learn_first(t);
        else
            learn(t);
        tie_colours(t, flow);
        if (!max_flow_solve(flow, cancel, &cost, err))
            return false;
        if (take_sides(t, flow) <= enough)
            break;
    }
    return true;
}

/* Hardly more than the seeds is left. */
static bool collapsed(const Coarse *c)
{
    size_t object = 0, seeds = 0;
    for (size_t i = 0; i < pixels_of(c->region); i++) {
        object += c->object[i];
        seeds += c->seed[i] == STROKE_OBJECT;
    }
    return object < 2 * seeds + 8;
}

/* Small parts go, but not those that a seed is in. Where seeds alone say what is meant, all other parts go; and where the
 * colours of what they mean are all around, their material is taken. */
static bool tidy(Coarse *c, const Levels *l, const MaskPrompt *p, Err *err)
{
    bool seeds_alone = !p->box && !p->start;
    double least = seeds_alone ? 1.1 : LEAST_ISLAND;
    if (!islands_clear(c->object, c->seed, c->region.width, c->region.height, least, LEAST_HOLE, err))
        return false;
    if (!seeds_alone || !collapsed(c))
        return true;
    return guess_material(c->object, l, c->seed, c->level, c->region, err) &&
           islands_clear(c->object, c->seed, c->region.width, c->region.height, least, LEAST_HOLE, err);
}

static bool turns_init(Turns *t, size_t pixels, Err *err)
{
    t->guess = (Guess){ t->coarse->object, malloc(pixels), malloc(pixels * sizeof *t->guess.tie) };
    t->cell = malloc(CELLS * sizeof *t->cell);
    t->colour = malloc(pixels * sizeof *t->colour);
    t->list = malloc(pixels * sizeof *t->list);
    t->side = malloc(pixels * sizeof *t->side);
    t->tie = malloc(pixels * sizeof *t->tie);
    return (t->guess.object && t->coarse->seed && t->guess.fixed && t->guess.tie && t->cell && t->colour &&
            t->list && t->side && t->tie) ||
           err_set(err, ERR_NOMEM, "no memory to cut out %zu pixels", pixels);
}

static void turns_clear(Turns *t)
{
    free(t->guess.fixed);
    free(t->guess.tie);
    free(t->cell);
    free(t->colour);
    free(t->list);
    free(t->side);
    free(t->tie);
}

bool coarse_cut(Coarse *out, const Levels *l, const Seeds *s, const MaskPrompt *p, MaxFlow *flow,
                const atomic_bool *cancel, Err *err)
{
    PixelBox b = part(p, s, &l->level[0]);
    *out = (Coarse){ 0 };
    while (pixels_of(out->region = region_at(b, out->level)) > COARSE_PIXELS_MAX)
        out->level++;
    size_t n = pixels_of(out->region);
    out->object = malloc(n);
    out->seed = malloc(n);
    Turns t = { .levels = l, .coarse = out };
    bool ok = turns_init(&t, n, err);
    if (ok) {
        seeds_of_region(s, out->level, out->region, out->seed);
        ok = guess_region(&t.guess, l, p, out->seed, out->level, out->region, err) &&
             take_turns(&t, flow, cancel, err) && tidy(out, l, p, err);
    }
    turns_clear(&t);
    if (!ok)
        coarse_clear(out);
    return ok;
}

float coarse_contrast(const Coarse *c, const Levels *l)
{
    double sum = 0, links = 0;
    uint16_t flat = link_cost_most(LINK_EAST);
    for (int y = 0; y < c->region.height; y++)
        for (int x = 0; x < c->region.width; x++) {
            const uint8_t *o = c->object + (size_t)y * (size_t)c->region.width + (size_t)x;
            if (x + 1 < c->region.width && o[0] != o[1]) {
                sum += 1 - link_cost(l, c->level, c->region.x + x, c->region.y + y, LINK_EAST) / (double)flat;
                links++;
            }
            if (y + 1 < c->region.height && o[0] != o[c->region.width]) {
                sum +=
                    1 - link_cost(l, c->level, c->region.x + x, c->region.y + y, LINK_SOUTH) / (double)flat;
                links++;
            }
        }
    return links > 0 ? (float)(sum / links) : 0;
}

void coarse_clear(Coarse *c)
{
    free(c->object);
    free(c->seed);
    *c = (Coarse){ 0 };
}
