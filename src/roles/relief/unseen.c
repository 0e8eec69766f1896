#include "roles/relief/unseen.h"

#include "base/rng.h"
#include "roles/relief/vec3.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATCH = 40,     /* texels: about twice the grain of a glaze */
    OVERLAP = 12,   /* with the patches before it */
    TRIES = 20,     /* places that a patch is looked for */
    SHIFT = 24,     /* rows up or down that it comes from, if there is a plain place */
    BLUR = 5,       /* texels to each side, when plain places are looked for */
    BASE_BLUR = 8,  /* rows to each side */
    EDGE = 16,      /* columns of the known part's edge that say how to go on */
    EDGE_BLUR = 12, /* rows to each side */
};

static const float SURE = 0.6f; /* from here on a texel serves as an example */

/* Planes of the size of the picture and columns of its height. */
typedef struct {
    Unrolled *u;
    float *base;      /* [height, 3], plain colour of each row */
    float *edge[2];   /* [height, 3] each: how much the known part's left and right edge differ from it */
    uint32_t *plain;  /* [height + 1, width + 1], plain and sure texels above and to the left */
    float *fill;      /* [height, width, 3] */
    float *scratch;   /* [height, width] */
    uint8_t *written; /* [height, width], of fill */
    int first, last;  /* known columns, at any height */
    float contrast;
} Work;

static void work_clear(Work *w)
{
    free(w->base);
    free(w->plain);
    free(w->fill);
    free(w->written);
    *w = (Work){ 0 };
}

static bool work_init(Work *w, Unrolled *u, Err *err)
{
    size_t rows = (size_t)u->height, n = rows * (size_t)u->width; /* sides are at most 4096 */
    *w = (Work){ .u = u, .first = u->width, .last = -1 };
    w->base = calloc(rows * 9, sizeof(float));
    w->plain = calloc((rows + 1) * (size_t)(u->width + 1), sizeof *w->plain);
    w->fill = calloc(n * 4, sizeof(float));
    w->written = calloc(n, 1);
    if (!w->base || !w->plain || !w->fill || !w->written) {
        work_clear(w);
        return err_set(err, ERR_NOMEM, "no memory to fill a surface of %d x %d texels", u->width, u->height);
    }
    w->edge[0] = w->base + 3 * rows;
    w->edge[1] = w->edge[0] + 3 * rows;
    w->scratch = w->fill + 3 * n;
    for (int y = 0; y < u->height; y++)
        for (int x = 0; x < u->width; x++)
            if (u->sure[(size_t)y * (size_t)u->width + (size_t)x] >= SURE) {
                w->first = x < w->first ? x : w->first;
                w->last = x > w->last ? x : w->last;
            }
    return true;
}

static size_t texel(const Work *w, int x, int y)
{
    return (size_t)y * (size_t)w->u->width + (size_t)x;
}

/* ---- the plain colour of each row ---- */

static int middle_of(const int histogram[256], int count)
{
    int below = 0, v = 0;
    while (v < 255 && 2 * (below + histogram[v]) < count)
        below += histogram[v++];
    return v;
}

/* Median of each channel over the outer part of the row's sure texels: labels face the camera. */
static int row_median(const Work *w, int y, float out[3])
{
    static const float INNER = 0.4f; /* of the known part, which is left out */
    int histogram[3][256] = { { 0 } }, count = 0;
    float middle = 0.5f * (float)(w->first + w->last), half = 0.5f * (float)(w->last - w->first);
    for (int x = w->first; x <= w->last; x++) {
        if (w->u->sure[texel(w, x, y)] < SURE || fabsf((float)x - middle) < INNER * half)
            continue;
        for (int c = 0; c < 3; c++)
            histogram[c][(int)clamp_float(w->u->colour[3 * texel(w, x, y) + (size_t)c] + 0.5f, 0, 255)]++;
        count++;
    }
    for (int c = 0; c < 3 && count; c++)
        out[c] = (float)middle_of(histogram[c], count);
    return count;
}

/* Mean over those of `reach` rows to each side that differ by less than `like`; three values a row. */
static void blur_rows(float *rows, int height, int reach, float like, float *scratch)
{
    memcpy(scratch, rows, (size_t)height * 3 * sizeof *rows);
    for (int y = 0; y < height; y++) {
        int a = y > reach ? y - reach : 0, b = y + reach < height ? y + reach : height - 1;
        for (int c = 0; c < 3; c++) {
            float sum = 0, count = 0;
            for (int k = a; k <= b; k++) {
                bool in = fabsf(scratch[3 * k + c] - scratch[3 * y + c]) <= like;
                sum += in ? scratch[3 * k + c] : 0;
                count += in;
            }
            rows[3 * y + c] = sum / count;
        }
    }
}

/* Median of each value over `reach` rows to each side: lines of print end here, and bands of glaze do not. */
static void drop_thin_bands(float *rows, int height, int reach, float *scratch)
{
    memcpy(scratch, rows, (size_t)height * 3 * sizeof *rows);
    for (int y = 0; y < height; y++) {
        int a = y > reach ? y - reach : 0, b = y + reach < height ? y + reach : height - 1;
        for (int c = 0; c < 3; c++) {
            int histogram[256] = { 0 };
            for (int k = a; k <= b; k++)
                histogram[(int)scratch[3 * k + c]]++;
            rows[3 * y + c] = (float)middle_of(histogram, b - a + 1);
        }
    }
}

/* Rows of which the photo shows little take the colour of the nearest one of which it shows more. */
static void find_bases(Work *w)
{
    int height = w->u->height, last = -1, most = 0;
    for (int y = 0; y < height; y++) {
        int count = row_median(w, y, w->base + 3 * y);
        most = count > most ? count : most;
    }
    for (int y = 0; y < height; y++) {
        if (4 * row_median(w, y, w->base + 3 * y) < most)
            continue;
        for (int k = last + 1; k < y; k++) {
            int from = last < 0 || y - k < k - last ? y : last;
            memcpy(w->base + 3 * k, w->base + 3 * from, 3 * sizeof(float));
        }
        last = y;
    }
    for (int k = last + 1; last >= 0 && k < height; k++)
        memcpy(w->base + 3 * k, w->base + 3 * last, 3 * sizeof(float));
    drop_thin_bands(w->base, height, height / 30 + 1, w->fill);
    blur_rows(w->base, height, BASE_BLUR, 14, w->fill);
}

/* ---- plain places ---- */

static float distance_to_base(const Work *w, int x, int y)
{
    float sum = 0;
    for (int c = 0; c < 3; c++)
        sum += fabsf(w->u->colour[3 * texel(w, x, y) + (size_t)c] - w->base[3 * y + c]);
    return sum;
}

/* Mean distance to the rows' bases over a square; print stands out even so, grain does not. */
static void blur_distances(Work *w)
{
    int width = w->u->width, height = w->u->height;
    for (int y = 0; y < height; y++)
        for (int x = w->first; x <= w->last; x++)
            w->fill[texel(w, x, y)] = w->u->sure[texel(w, x, y)] >= SURE ? distance_to_base(w, x, y) : -1;
    for (int pass = 0; pass < 2; pass++) {
        float *from = pass ? w->scratch : w->fill, *to = pass ? w->fill : w->scratch;
        int step = pass ? width : 1;
        for (int y = 0; y < height; y++)
            for (int x = w->first; x <= w->last; x++) {
                float sum = 0;
                int count = 0;
                for (int k = -BLUR; k <= BLUR; k++) {
                    int at = pass ? y + k : x + k;
                    if (at < (pass ? 0 : w->first) || at > (pass ? height - 1 : w->last))
                        continue;
                    float v = from[(ptrdiff_t)texel(w, x, y) + k * step];
                    sum += v >= 0 ? v : 0;
                    count += v >= 0;
                }
                to[texel(w, x, y)] = count ? sum / (float)count : -1;
            }
    }
}

static void find_plain(Work *w)
{
    int histogram[256] = { 0 }, count = 0;
    blur_distances(w);
    for (int y = 0; y < w->u->height; y++)
        for (int x = w->first; x <= w->last; x++)
            if (w->u->sure[texel(w, x, y)] >= SURE) {
                histogram[(int)fminf(w->fill[texel(w, x, y)], 255)]++;
                count++;
            }
    float limit = 2.2f * (float)middle_of(histogram, count) + 10;
    for (int y = 0; y < w->u->height; y++) {
        uint32_t row = 0, *sums = w->plain + (size_t)(y + 1) * (size_t)(w->u->width + 1);
        const uint32_t *above = sums - (w->u->width + 1);
        for (int x = 0; x < w->u->width; x++) {
            size_t i = texel(w, x, y);
            row += x >= w->first && x <= w->last && w->u->sure[i] >= SURE && w->fill[i] < limit;
            sums[x + 1] = above[x + 1] + row;
        }
    }
    memset(w->fill, 0, (size_t)w->u->width * (size_t)w->u->height * 3 * sizeof *w->fill);
}

/* Share of a rectangle, half open, that is plain. */
static float plain_share(const Work *w, int x0, int y0, int x1, int y1)
{
    size_t stride = (size_t)w->u->width + 1;
    const uint32_t *a = w->plain + (size_t)y0 * stride, *b = w->plain + (size_t)y1 * stride;
    return (float)(b[x1] - b[x0] - a[x1] + a[x0]) / (float)((x1 - x0) * (y1 - y0));
}

/* ---- edges of the known part ---- */

static void find_edges(Work *w)
{
    for (int side = 0; side < 2; side++) {
        float *edge = w->edge[side];
        for (int y = 0; y < w->u->height; y++) {
            int count = 0, step = side ? -1 : 1, left = EDGE;
            for (int x = side ? w->last : w->first; x >= w->first && x <= w->last && left; x += step) {
                if (w->u->sure[texel(w, x, y)] < SURE)
                    continue;
                left--;
                if (plain_share(w, x, y, x + 1, y + 1) < 1)
                    continue;
                count++;
                for (int c = 0; c < 3; c++)
                    edge[3 * y + c] += w->u->colour[3 * texel(w, x, y) + (size_t)c] - w->base[3 * y + c];
            }
            for (int c = 0; c < 3; c++)
                edge[3 * y + c] = count ? clamp_float(edge[3 * y + c] / (float)count, -40, 40) : 0;
        }
        blur_rows(edge, w->u->height, EDGE_BLUR, 256, w->fill);
    }
    memset(w->fill, 0, (size_t)w->u->height * 3 * sizeof *w->fill);
}

/* ---- patches ---- */

/* A patch's place in the picture, columns taken around, and where it is copied from. */
typedef struct {
    int x, y, width, height, from_x, from_y;
    float shift[3]; /* of its mean from the bases of its rows */
    float slope[3]; /* by how much it grows per column: the light of where it comes from */
} Patch;

static int around(const Work *w, int x)
{
    return x >= w->u->width ? x - w->u->width : x;
}

static float above_base(const Work *w, const Patch *p, int x, int y, int c)
{
    return w->u->colour[3 * texel(w, p->from_x + x, p->from_y + y) + (size_t)c] -
           w->base[3 * (p->from_y + y) + c];
}

static void measure_patch(const Work *w, Patch *p)
{
    float middle = 0.5f * (float)(p->width - 1), squares = 0;
    for (int x = 0; x < p->width; x++)
        squares += ((float)x - middle) * ((float)x - middle) * (float)p->height;
    for (int c = 0; c < 3; c++) {
        float sum = 0, leaning = 0;
        for (int y = 0; y < p->height; y++)
            for (int x = 0; x < p->width; x++) {
                float v = above_base(w, p, x, y, c);
                sum += v;
                leaning += v * ((float)x - middle);
            }
        p->slope[c] = squares > 0 ? leaning / squares : 0;
        p->shift[c] = sum / (float)(p->width * p->height) - p->slope[c] * middle;
    }
}

static float patch_value(const Work *w, const Patch *p, int x, int y, int c)
{
    return above_base(w, p, x, y, c) - p->shift[c] - p->slope[c] * (float)x + w->base[3 * (p->y + y) + c];
}

/* Mean squared difference to what is there already. */
static float patch_misfit(const Work *w, const Patch *p)
{
    float sum = 0;
    int count = 1;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            if (x >= OVERLAP && y >= OVERLAP)
                break;
            size_t i = texel(w, around(w, p->x + x), p->y + y);
            if (!w->written[i])
                continue;
            for (int c = 0; c < 3; c++) {
                float d = w->fill[3 * i + (size_t)c] - patch_value(w, p, x, y, c);
                sum += d * d;
            }
            count++;
        }
    return sum / (float)count;
}

/* Blend it in over its left and upper edge; without texture when no place for it was found. */
static void patch_put(Work *w, const Patch *p, bool found)
{
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            size_t i = texel(w, around(w, p->x + x), p->y + y);
            float share = w->written[i] ? fminf(1, ((float)(x < y ? x : y) + 0.5f) / OVERLAP) : 1;
            if (w->written[i] && x >= OVERLAP && p->y > 0 && y < OVERLAP)
                share = ((float)y + 0.5f) / OVERLAP;
            else if (w->written[i] && y >= OVERLAP && x < OVERLAP)
                share = ((float)x + 0.5f) / OVERLAP;
            for (int c = 0; c < 3; c++) {
                float v = found ? patch_value(w, p, x, y, c) : w->base[3 * (p->y + y) + c];
                float *to = &w->fill[3 * i + (size_t)c];
                *to += share * (v - *to);
            }
            w->written[i] = 1;
        }
}

/* How much the rows it comes from are of other bases than those it goes to, but for one step in all: a border
 * of two glazes should stay where it is. */
static float patch_tear(const Work *w, const Patch *p)
{
    float sum = 0;
    for (int c = 0; c < 3; c++) {
        float mean = 0, squares = 0;
        for (int y = 0; y < p->height; y++) {
            float d = w->base[3 * (p->from_y + y) + c] - w->base[3 * (p->y + y) + c];
            mean += d / (float)p->height;
            squares += d * d / (float)p->height;
        }
        sum += squares - mean * mean;
    }
    return sum;
}

/* Look at TRIES places up to `reach` rows away; *least is how badly the best of them fits. */
static void find_patch(const Work *w, Patch p, int reach, Rng *rng, Patch *best, float *least)
{
    int low = p.y > reach ? p.y - reach : 0, high = w->u->height - p.height;
    high = p.y + reach < high ? p.y + reach : high;
    for (int k = 0; k < TRIES; k++) {
        p.from_x = rng_int(rng, w->first, w->last - p.width + 1);
        p.from_y = rng_int(rng, low, high);
        float plain = plain_share(w, p.from_x, p.from_y, p.from_x + p.width, p.from_y + p.height);
        if (plain < 0.97f)
            continue;
        measure_patch(w, &p);
        float misfit = patch_misfit(w, &p) + 4 * patch_tear(w, &p) + (float)abs(p.from_y - p.y);
        if (misfit < *least) {
            *least = misfit;
            *best = p;
        }
    }
}

static void add_patch(Work *w, Patch p, Rng *rng)
{
    static const float NONE = 1e30f;
    Patch best = p;
    float least = NONE;
    bool fits = w->last - w->first + 1 >= p.width;
    for (int reach = SHIFT; fits && least >= NONE && reach < 2 * w->u->height; reach *= 3)
        find_patch(w, p, reach, rng, &best, &least);
    patch_put(w, &best, least < NONE);
}

static void add_patches(Work *w, uint64_t seed)
{
    Rng rng;
    rng_init(&rng, seed);
    enum { STEP = PATCH - OVERLAP };
    int start = w->last - 2 * EDGE, unknown = w->u->width - (w->last - w->first + 1) + 4 * EDGE;
    start = start > w->first ? start : w->first;
    unknown = unknown < w->u->width ? unknown : w->u->width;
    for (int y = 0; y < w->u->height; y += STEP)
        for (int x = 0; x < unknown; x += STEP) {
            Patch p = { .x = around(w, start + x), .y = y, .width = PATCH, .height = PATCH };
            p.width = p.width < w->u->width ? p.width : w->u->width;
            p.height = y + PATCH < w->u->height ? PATCH : w->u->height - y;
            add_patch(w, p, &rng);
        }
}

/* ---- together ---- */

/* The fill where a texel is not sure, led over from the known edges within a twelfth of the way around. */
static void compose(Work *w)
{
    Unrolled *u = w->u;
    float fade = (float)u->width / 12;
    for (int y = 0; y < u->height; y++)
        for (int x = 0; x < u->width; x++) {
            size_t i = texel(w, x, y);
            if (u->sure[i] >= 1)
                continue;
            int after = x - w->last, before = w->first - x;
            float t[2];
            t[0] = 1 - smoothstep(0, fade, (float)(before > -2 * EDGE ? before : before + u->width));
            t[1] = 1 - smoothstep(0, fade, (float)(after > -2 * EDGE ? after : after + u->width));
            for (int c = 0; c < 3; c++) {
                float v = w->written[i] ? w->fill[3 * i + (size_t)c] : w->base[3 * y + c];
                v += t[0] * w->edge[0][3 * y + c] + t[1] * w->edge[1][3 * y + c];
                float *to = &u->colour[3 * i + (size_t)c];
                *to = u->sure[i] > 0 ? v + u->sure[i] * (*to - v) : v;
            }
        }
}

bool unseen_fill(Unrolled *u, uint64_t seed, Err *err)
{
    Work w;
    if (!work_init(&w, u, err))
        return false;
    if (w.last >= w.first) {
        find_bases(&w);
        find_plain(&w);
        find_edges(&w);
        add_patches(&w, seed);
        compose(&w);
    }
    work_clear(&w);
    return true;
}
