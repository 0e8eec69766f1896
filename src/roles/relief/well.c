#include "roles/relief/well.h"

#include <stdlib.h>

enum { RIMS = 10, DEPTHS = 64, TILTS = 8, RINGS = 40, CHANNELS = 3 };

static const float DEEPEST = 1.5f; /* of a floor, in radii */

/* Rims of 2 to 20 % of the radius, floors down to one and a half of it. */
static float rim_radius(float radius, int rim)
{
    return radius * (1 - 0.02f * (float)(rim + 1));
}

/* Colours of a group of pixels: what is needed for the squares of their distances to their mean. */
typedef struct {
    double count, sum[CHANNELS], squares;
} Tally;

static void tally_add(Tally *t, const Tally *more)
{
    t->count += more->count;
    t->squares += more->squares;
    for (int c = 0; c < CHANNELS; c++)
        t->sum[c] += more->sum[c];
}

static double tally_spread(const Tally *t)
{
    double mean = 0;
    for (int c = 0; c < CHANNELS && t->count > 0; c++)
        mean += t->sum[c] * t->sum[c] / t->count;
    return t->squares - mean;
}

/* Spread of what is in `all` and not in `part`. */
static double tally_between(const Tally *part, const Tally *all)
{
    Tally rest = { all->count - part->count, { 0 }, all->squares - part->squares };
    for (int c = 0; c < CHANNELS; c++)
        rest.sum[c] = all->sum[c] - part->sum[c];
    return tally_spread(&rest);
}

/* A ray of the photo in the upright frame, relative to the axis at the upper end. */
typedef struct {
    Vec3 from, along;
} Ray;

static Ray ray_of(const Lathe *l, float x, float y)
{
    Vec3 from = lathe_to_upright(l, (Vec3){ 0, 0, l->camera });
    from.x -= l->ring[0].centre;
    return (Ray){ from, lathe_to_upright(l, (Vec3){ x, y, -l->camera }) };
}

static Vec3 ray_at(const Ray *r, float t)
{
    return vec3_add(r->from, vec3_scale(r->along, t));
}

/* A rounded rim makes the arc at the top of the outline higher than the end's disc is. */
static float rim_rise(const Lathe *l, const Cutout *c, float hole)
{
    float down = l->tilt - atanf((c->middle_y - (float)l->top) / l->camera), radius = l->ring[0].radius;
    return clamp_float(((float)l->arc - radius * sinf(down)) / cosf(down), 0, 0.5f * (radius - hole));
}

/* Whether a line between camera and hole passes over the near side of the rim, and inside its far one. */
static bool passes_rim(const Lathe *l, const Well *w, Vec3 at_end, Vec3 at_rise)
{
    float middle = 0.5f * (w->radius + l->ring[0].radius);
    bool in = at_end.x * at_end.x + at_end.z * at_end.z <= w->radius * w->radius;
    bool over = at_rise.x * at_rise.x + at_rise.z * at_rise.z <= middle * middle;
    return (in || at_end.z < 0) && (over || at_rise.z < 0);
}

/* How far below the end the ray meets the far wall of a hole; below 0 when it passes beside the hole. */
static float wall_depth(const Ray *r, const Lathe *l, const Well *w)
{
    Vec3 end = ray_at(r, (l->upper - r->from.y) / r->along.y);
    Vec3 rise = ray_at(r, (l->upper + w->round - r->from.y) / r->along.y);
    if (end.x * end.x + end.z * end.z > w->radius * w->radius || !passes_rim(l, w, end, rise))
        return -1;
    float a = r->along.x * r->along.x + r->along.z * r->along.z;
    float b = r->from.x * r->along.x + r->from.z * r->along.z;
    float c = r->from.x * r->from.x + r->from.z * r->from.z - w->radius * w->radius;
    float t = (-b + sqrtf(fmaxf(b * b - a * c, 0))) / a;
    return l->upper - ray_at(r, t).y;
}

typedef struct {
    Tally rim, deep[DEPTHS];
} Split;

/* The pixels of the end, under the tilt that its outline suggests. */
typedef struct {
    float x, y; /* of the photo */
    Tally colour;
} EndPixel;

static size_t end_pixels(EndPixel *pixel, const Lathe *l, const Cutout *c)
{
    size_t count = 0;
    for (int y = l->top; y <= l->top + 2 * l->arc && y <= l->bottom; y++)
        for (int x = 0; x < c->width; x++) {
            float px = (float)x - c->middle_x, py = c->middle_y - (float)y;
            Ray ray = ray_of(l, px, py);
            /* The outermost pixels are mixed with what is around them. */
            if (!cutout_inside(c, x, y) || ray.along.y > -1e-3f * l->camera ||
                wall_depth(&ray, l, &(Well){ .radius = 0.985f * l->ring[0].radius }) < 0)
                continue;
            const uint8_t *p = cutout_pixel(c, px, py);
            Tally one = { 1, { p[0], p[1], p[2] }, 0 };
            for (int k = 0; k < CHANNELS; k++)
                one.squares += one.sum[k] * one.sum[k];
            pixel[count++] = (EndPixel){ px, py, one };
        }
    return count;
}

/* Sort the pixels by what they would be; what is outside of the hole counts as the rim. */
static void fill_split(Split *s, const Lathe *l, const Well *w, const EndPixel *pixel, size_t count)
{
    *s = (Split){ 0 };
    for (size_t i = 0; i < count; i++) {
        Ray ray = ray_of(l, pixel[i].x, pixel[i].y);
        float depth = wall_depth(&ray, l, w);
        int bin = (int)(depth / (DEEPEST * l->ring[0].radius) * DEPTHS);
        tally_add(depth < 0 ? &s->rim : &s->deep[bin < DEPTHS ? bin : DEPTHS - 1], &pixel[i].colour);
    }
}

typedef struct {
    double total, flat, least; /* spread of all, of the best lid, of the best hole */
    float tilt;
    Well well;
} Best;

static void try_depths(Best *best, const Split *s, const Lathe *l, const Well *w)
{
    Tally wall = { 0 }, floor_of[DEPTHS + 1] = { { 0 } }, all = s->rim;
    for (int d = DEPTHS - 1; d >= 0; d--) {
        floor_of[d] = floor_of[d + 1];
        tally_add(&floor_of[d], &s->deep[d]);
    }
    tally_add(&all, &floor_of[0]);
    best->total = tally_spread(&all);
    for (int d = 0; d < DEPTHS; d++) {
        double spread = tally_spread(&s->rim) + tally_spread(&wall) + tally_spread(&floor_of[d]);
        if (d > 0 && spread < best->least && wall.count > 0.03 * all.count &&
            floor_of[d].count > 0.05 * all.count) {
            best->least = spread;
            best->tilt = l->tilt;
            best->well = *w;
            best->well.depth = (float)d / DEPTHS * DEEPEST * l->ring[0].radius;
        }
        tally_add(&wall, &s->deep[d]);
    }
}

/* Three rings of a flat lid, wherever they end, so that a lid has as many colours as a hole. */
static void try_lid(Best *best, const Lathe *l, const EndPixel *pixel, size_t count)
{
    Tally inside[RINGS + 1] = { { 0 } }; /* all rings below one */
    for (size_t i = 0; i < count; i++) {
        Ray ray = ray_of(l, pixel[i].x, pixel[i].y);
        Vec3 at = ray_at(&ray, (l->upper - ray.from.y) / ray.along.y);
        int ring = (int)(sqrtf(at.x * at.x + at.z * at.z) / l->ring[0].radius * RINGS);
        tally_add(&inside[1 + (ring < RINGS ? ring : RINGS - 1)], &pixel[i].colour);
    }
    for (int r = 1; r <= RINGS; r++)
        tally_add(&inside[r], &inside[r - 1]);
    for (int a = 0; a <= RINGS; a++)
        for (int b = a; b <= RINGS; b++)
            best->flat = fmin(best->flat, tally_spread(&inside[a]) + tally_between(&inside[a], &inside[b]) +
                                              tally_between(&inside[b], &inside[RINGS]));
}

static bool try_tilts(Best *best, Lathe *l, const Cutout *c, const EndPixel *pixel, size_t count, Err *err)
{
    float first = l->tilt;
    for (int t = 0; t < TILTS; t++) {
        /* A thick round rim makes the arc higher than a sharp one, and never lower. */
        if (!lathe_set_tilt(l, c, first * (1.04f - 0.03f * (float)t), err))
            return false;
        try_lid(best, l, pixel, count);
        for (int rim = 0; rim < RIMS; rim++) {
            Split s;
            Well w = { .radius = rim_radius(l->ring[0].radius, rim) };
            w.round = rim_rise(l, c, w.radius);
            fill_split(&s, l, &w, pixel, count);
            try_depths(best, &s, l, &w);
        }
    }
    /* Where light falls into a hole its colours are not even, but so they are on a lid. */
    best->well.open = best->least < best->flat - 0.1 * best->total;
    return lathe_set_tilt(l, c, best->well.open ? best->tilt : first, err);
}

bool well_find(Well *w, Lathe *l, const Cutout *c, Err *err)
{
    *w = (Well){ 0 };
    if (!l->turned || l->arc == 0)
        return true;
    EndPixel *pixel = malloc((size_t)(2 * l->arc + 1) * (size_t)c->width * sizeof *pixel);
    if (!pixel)
        return err_set(err, ERR_NOMEM, "no memory for the end of a body");
    size_t count = end_pixels(pixel, l, c);
    Best best = { .flat = 1e300, .least = 1e300 };
    bool ok = try_tilts(&best, l, c, pixel, count, err);
    if (ok && best.well.open)
        *w = best.well;
    free(pixel);
    return ok;
}

/* Whether the line from `at` to the photo's camera leaves the hole through the opening. */
static bool is_seen(const Lathe *l, const Well *w, Vec3 camera, Vec3 at)
{
    Vec3 to = vec3_sub(camera, at);
    float t = (l->upper - at.y) / fmaxf(to.y, 1e-6f), up = t + w->round / fmaxf(to.y, 1e-6f);
    Well inside = *w;
    inside.radius *= 0.97f; /* pixels next to the rim are mixed with it */
    return passes_rim(l, &inside, vec3_add(at, vec3_scale(to, t)), vec3_add(at, vec3_scale(to, up)));
}

/* To and fro between 0 and `end`. */
static float fold(float way, float end)
{
    float v = way - 2 * end * floorf(way / (2 * end));
    return v > end ? 2 * end - v : v;
}

/* Share of the way from `from`, which is seen, to `to` that is seen too. */
static float seen_share(const Lathe *l, const Well *w, Vec3 camera, Vec3 from, Vec3 to)
{
    float seen = 0, hidden = 1;
    for (int i = 0; i < 7; i++) {
        float middle = 0.5f * (seen + hidden);
        if (is_seen(l, w, camera, vec3_add(from, vec3_scale(vec3_sub(to, from), middle))))
            seen = middle;
        else
            hidden = middle;
    }
    return seen;
}

Vec3 well_seen(const Lathe *l, const Well *w, Vec3 at)
{
    Vec3 camera = lathe_to_upright(l, (Vec3){ 0, 0, l->camera });
    camera.x -= l->ring[0].centre;
    if (is_seen(l, w, camera, at))
        return at;
    Vec3 from = { at.x, l->upper, at.z };
    if (at.y < l->upper - w->depth + 0.5f) {
        Vec3 far = { 0, at.y, -0.97f * w->radius }, near = { 0, at.y, w->radius };
        float share = seen_share(l, w, camera, far, near);
        from = vec3_add(far, vec3_scale(vec3_sub(near, far), 0.5f * share));
    }
    float share = seen_share(l, w, camera, from, at);
    return vec3_add(from, vec3_scale(vec3_sub(at, from), share > 0.01f ? fold(1, share) : 0));
}
