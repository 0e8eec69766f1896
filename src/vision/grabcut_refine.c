#include "vision/grabcut_refine.h"

#include <stdlib.h>
#include <string.h>

enum {
    TILE = 128, /* decided at a time */
    BAND = 3,   /* pixels this near to the border may change sides: one and a half of the level above */
    SMOOTH = 2, /* how far a pixel looks around itself for noise */
    MARGIN = 9, /* looked at around a tile, so that its neighbours decide alike */
    WINDOW_MAX = TILE + 2 * MARGIN,
};

/* Colours are taken together as in grabcut_coarse.c; the cost of each is asked for once. */
enum { BITS = 6, CELLS = 1 << (3 * BITS), UNKNOWN = INT32_MIN };

/* One window of a level, and all that is known of its pixels. */
typedef struct {
    const Levels *levels;
    const Seeds *seeds;
    const Coarse *coarse;
    int level;
    Region at; /* of the level */
    int32_t *tie_of_cell;
    uint8_t object[WINDOW_MAX * WINDOW_MAX]; /* by the level above */
    uint8_t band[WINDOW_MAX * WINDOW_MAX];
    uint8_t seed[WINDOW_MAX * WINDOW_MAX];
    uint8_t count[WINDOW_MAX * WINDOW_MAX]; /* of object pixels among the 2 BAND + 1 of its row */
} Window;

/* The label of a pixel as the level above has it. */
static uint8_t above(const Coarse *c, int x, int y)
{
    return c->object[(size_t)(y / 2 - c->region.y) * (size_t)c->region.width + (size_t)(x / 2 - c->region.x)];
}

/* False where all of the window is on one side. */
static bool load_window(Window *w)
{
    bool mixed = false;
    uint8_t first = above(w->coarse, w->at.x, w->at.y);
    for (int y = 0; y < w->at.height; y++)
        for (int x = 0; x < w->at.width; x++) {
            uint8_t o = above(w->coarse, w->at.x + x, w->at.y + y);
            w->object[y * w->at.width + x] = o;
            mixed |= o != first;
        }
    return mixed;
}

static int clamped(int v, int last)
{
    return v < 0 ? 0 : v > last ? last : v;
}

/* A pixel is in the band when the square of 2 BAND + 1 pixels around it has both sides in it. */
static void find_band(Window *w)
{
    int width = w->at.width, height = w->at.height;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int sum = 0;
            for (int d = -BAND; d <= BAND; d++)
                sum += w->object[y * width + clamped(x + d, width - 1)];
            w->count[y * width + x] = (uint8_t)sum;
        }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int sum = 0;
            for (int d = -BAND; d <= BAND; d++)
                sum += w->count[clamped(y + d, height - 1) * width + x];
            w->band[y * width + x] = sum > 0 && sum < (2 * BAND + 1) * (2 * BAND + 1);
        }
}

static int32_t tie_of_pixel(Window *w, const uint8_t *p)
{
    size_t key = 0;
    float rgb[3];
    for (int i = 0; i < 3; i++) {
        key = key << BITS | p[i] >> (8 - BITS);
        rgb[i] = (float)(p[i] >> (8 - BITS) << (8 - BITS)) + 1.5f;
    }
    int32_t *tie = &w->tie_of_cell[key];
    if (*tie == UNKNOWN)
        *tie = tie_of_colour(&w->coarse->object_colours, &w->coarse->background_colours, rgb);
    return *tie;
}

/* A pixel that stays where it is pulls at its neighbours in the band. */
static void link_pixel(const Window *w, MaxFlow *flow, int x, int y, Link link)
{
    int to_x = x + (link == LINK_SOUTH_WEST ? -1 : link != LINK_SOUTH), to_y = y + (link != LINK_EAST);
    if (to_x < 0 || to_x >= w->at.width || to_y >= w->at.height)
        return;
    int i = y * w->at.width + x, k = to_y * w->at.width + to_x;
    if (!w->band[i] && !w->band[k])
        return;
    uint16_t cost = link_cost(w->levels, w->level, w->at.x + x, w->at.y + y, link);
    if (w->band[i] && w->band[k])
        max_flow_link(flow, x, y, link, cost);
    else if (w->band[i])
        max_flow_tie(flow, x, y, w->object[k] ? cost : -cost);
    else
        max_flow_tie(flow, to_x, to_y, w->object[i] ? cost : -cost);
}

static bool cut_window(Window *w, MaxFlow *flow, const atomic_bool *cancel, Err *err)
{
    int64_t cost;
    max_flow_begin(flow, w->at.width, w->at.height);
    for (int y = 0; y < w->at.height; y++)
        for (int x = 0; x < w->at.width; x++) {
            int i = y * w->at.width + x;
            for (int link = LINK_EAST; link <= LINK_SOUTH_WEST; link++)
                link_pixel(w, flow, x, y, (Link)link);
            if (w->band[i])
                max_flow_tie(
                    flow, x, y,
                    w->seed[i] == STROKE_OBJECT ? TERMINAL_SURE
                    : w->seed[i] == STROKE_BACKGROUND
                        ? -TERMINAL_SURE
                        : tie_of_pixel(w, image_at(&w->levels->level[w->level], w->at.x + x, w->at.y + y)));
        }
    if (!max_flow_solve(flow, cancel, &cost, err))
        return false;
    for (int i = 0; i < w->at.width * w->at.height; i++)
        if (w->band[i])
            w->object[i] = max_flow_is_object(flow, i % w->at.width, i / w->at.width);
    return true;
}

/* Each pixel of the band goes with most of the square around it, but for seeds: single pixels and teeth of the border are
 * noise. */
static void smooth(Window *w)
{
    int width = w->at.width, height = w->at.height;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int sum = 0;
            for (int dy = -SMOOTH; dy <= SMOOTH; dy++)
                for (int dx = -SMOOTH; dx <= SMOOTH && w->band[y * width + x]; dx++)
                    sum += w->object[clamped(y + dy, height - 1) * width + clamped(x + dx, width - 1)];
            w->count[y * width + x] = 2 * sum > (2 * SMOOTH + 1) * (2 * SMOOTH + 1);
        }
    for (int i = 0; i < width * height; i++)
        if (w->band[i] && !w->seed[i])
            w->object[i] = w->count[i];
}

/* Part of a region, grown within the region. */
static Region grown(Region tile, int by, Region within)
{
    int x1 = tile.x + tile.width + by, y1 = tile.y + tile.height + by;
    Region r = { tile.x - by > within.x ? tile.x - by : within.x,
                 tile.y - by > within.y ? tile.y - by : within.y, 0, 0 };
    r.width = (x1 < within.x + within.width ? x1 : within.x + within.width) - r.x;
    r.height = (y1 < within.y + within.height ? y1 : within.y + within.height) - r.y;
    return r;
}

static bool refine_tile(Window *w, Region tile, Region region, uint8_t *out, MaxFlow *flow,
                        const atomic_bool *cancel, Err *err)
{
    w->at = grown(tile, MARGIN, region);
    if (load_window(w)) {
        find_band(w);
        seeds_of_region(w->seeds, w->level, w->at, w->seed);
        if (!cut_window(w, flow, cancel, err))
            return false;
        smooth(w);
    }
    for (int y = 0; y < tile.height; y++)
        memcpy(out + (size_t)(tile.y + y - region.y) * (size_t)region.width + (size_t)(tile.x - region.x),
               w->object + (tile.y + y - w->at.y) * w->at.width + (tile.x - w->at.x), (size_t)tile.width);
    return true;
}

/* The region of the next finer level that covers what the one of c does. */
static Region finer(const Coarse *c, const Image *im)
{
    Region r = { 2 * c->region.x, 2 * c->region.y, 2 * c->region.width, 2 * c->region.height };
    r.width = r.x + r.width > im->width ? im->width - r.x : r.width;
    r.height = r.y + r.height > im->height ? im->height - r.y : r.height;
    return r;
}

static bool refine_level(Coarse *c, Window *w, MaxFlow *flow, const atomic_bool *cancel, Err *err)
{
    Region r = finer(c, &w->levels->level[c->level - 1]);
    uint8_t *out = malloc((size_t)r.width * (size_t)r.height);
    if (!out)
        return err_set(err, ERR_NOMEM, "no memory to cut out %d x %d pixels", r.width, r.height);
    w->level = c->level - 1;
    for (int y = 0; y < r.height; y += TILE)
        for (int x = 0; x < r.width; x += TILE) {
            Region tile = { r.x + x, r.y + y, r.width - x < TILE ? r.width - x : TILE,
                            r.height - y < TILE ? r.height - y : TILE };
            if (!refine_tile(w, tile, r, out, flow, cancel, err)) {
                free(out);
                return false;
            }
        }
    free(c->object);
    c->object = out;
    c->region = r;
    c->level--;
    return true;
}

bool coarse_refine(Coarse *c, const Levels *l, const Seeds *s, MaxFlow *flow, const atomic_bool *cancel,
                   Err *err)
{
    Window *w = malloc(sizeof *w);
    int32_t *ties = malloc(CELLS * sizeof *ties);
    bool ok = (w && ties) || err_set(err, ERR_NOMEM, "no memory to refine what was cut out");
    for (size_t i = 0; ok && i < CELLS; i++)
        ties[i] = UNKNOWN;
    if (ok) {
        w->levels = l;
        w->seeds = s;
        w->coarse = c;
        w->tie_of_cell = ties;
    }
    while (ok && c->level > 0)
        ok = refine_level(c, w, flow, cancel, err);
    free(w);
    free(ties);
    return ok;
}
