#include "roles/procedural/restyle_edge.h"

#include <math.h>
#include <stdlib.h>

/* A small picture without the object, as sums from the top down: of each column the colour (square root of
 * the light); over the columns of a row, the mean colour, its square, how much it varies within the row. */
typedef struct {
    const Canvas *small;
    Pixel *column; /* [height + 1, width] */
    Pixel *mean, *square;
    float *spread; /* [height + 1] each */
    float bright;  /* square of the mean colour */
} Profile;

static void profile_close(Profile *f)
{
    free(f->column);
    free(f->mean);
    free(f->square);
    free(f->spread);
    *f = (Profile){ 0 };
}

static bool is_object(Pixel p)
{
    return p[3] > 0.05f;
}

/* Add row y to the columns, and find its own numbers; those of a row of nothing but object stay as they are. */
static void read_row(Profile *f, int y, Pixel *mean, float *spread)
{
    int w = f->small->width;
    const Pixel *row = f->small->px + (size_t)y * (size_t)w;
    const Pixel *above = f->column + (size_t)y * (size_t)w;
    Pixel *below = f->column + (size_t)(y + 1) * (size_t)w;
    Pixel sum = { 0 }, squares = { 0 };
    float weight = 0;
    for (int x = 0; x < w; x++) {
        Pixel root = { sqrtf(row[x][0]), sqrtf(row[x][1]), sqrtf(row[x][2]), 0 };
        below[x] = above[x] + root;
        if (is_object(row[x]))
            continue;
        sum += root;
        squares += root * root;
        weight += 1;
    }
    if (weight < 1)
        return;
    *mean = sum / pixel_all(weight);
    Pixel v = squares / pixel_all(weight) - *mean * *mean;
    *spread = v[0] + v[1] + v[2];
}

static bool profile_open(Profile *f, const Canvas *small, Err *err)
{
    size_t w = (size_t)small->width, h = (size_t)small->height, n = h + 1;
    *f = (Profile){ small, calloc(n * w, sizeof *f->column), calloc(n, sizeof *f->mean),
                    calloc(n, sizeof *f->square), calloc(n, sizeof *f->spread) };
    if (!f->column || !f->mean || !f->square || !f->spread) {
        profile_close(f);
        return err_set(err, ERR_NOMEM, "no memory to look at %d rows", small->height);
    }
    Pixel mean = { 0 };
    float spread = 0;
    for (size_t y = 0; y < h; y++) {
        read_row(f, (int)y, &mean, &spread);
        f->mean[y + 1] = f->mean[y] + mean;
        f->square[y + 1] = f->square[y] + mean * mean;
        f->spread[y + 1] = f->spread[y] + spread;
    }
    Pixel all = f->mean[h] / pixel_all((float)h);
    f->bright = all[0] * all[0] + all[1] * all[1] + all[2] * all[2] + 1e-4f;
    return true;
}

/* How much rows [y - n, y) differ from [y, y + n) in columns [x0, x1): the mean over the columns, so that things
 * of any colour may stand behind the edge; no single one counts for much. */
static float step_at(const Profile *f, int y, int n, int x0, int x1)
{
    size_t w = (size_t)f->small->width;
    const Pixel *a = f->column + (size_t)(y - n) * w, *b = f->column + (size_t)y * w,
                *c = f->column + (size_t)(y + n) * w, *object = f->small->px + (size_t)y * w;
    float sum = 0, weight = 1, most = 0.06f * f->bright, norm = 1 / (float)(n * n);
    for (int x = x0; x < x1; x++) {
        if (is_object(object[x]))
            continue;
        Pixel d = c[x] - b[x] - b[x] + a[x];
        float v = (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) * norm;
        sum += v < most ? v : most;
        weight += 1;
    }
    return sum / weight;
}

/* How uneven rows [y, end) are, among each other and within. A surface is even; what stands behind its end is
 * not. */
static float unevenness(const Profile *f, int y, int end)
{
    Pixel n = pixel_all(1 / (float)(end - y));
    Pixel mean = (f->mean[end] - f->mean[y]) * n, v = (f->square[end] - f->square[y]) * n - mean * mean;
    return v[0] + v[1] + v[2] + (f->spread[end] - f->spread[y]) * n[0];
}

/* The row of the greatest step between `from` and `to`, for its size and for how even all is from there to
 * `end`; -1 when none is worth it. */
static int greatest_step(const Profile *f, int from, int to, int end, const int columns[2])
{
    int best = -1, h = f->small->height, n = h / 32 + 1;
    float most = 0;
    for (int y = from > n ? from : n; y <= to && y + n <= h; y++) {
        float rough = 0.006f * f->bright + unevenness(f, y, end > y ? end : y + 1);
        float step = step_at(f, y, n, columns[0], columns[1]), s = step / (rough * sqrtf(rough));
        if (step > 0.0016f * f->bright && s > most) {
            most = s;
            best = y;
        }
    }
    return best;
}

bool edge_find(float edge[2], const Canvas *small, float contact, float scale, Err *err)
{
    int w = small->width, h = small->height;
    float side = (float)(w < h ? w : h), foot = contact / scale;
    int to = (int)(foot - 0.07f * side), end = (int)foot;
    end = end < 1 ? 1 : end > h ? h : end;
    edge[0] = scale * fmaxf(0.15f * (float)h, foot - 0.3f * side);
    edge[1] = 0;
    Profile f;
    if (!profile_open(&f, small, err))
        return false;
    int row = greatest_step(&f, h / 7, to, end, (int[2]){ 0, w });
    if (row >= 0) {
        edge[0] = (float)row * scale;
        /* It may slope: where do the outer thirds see it? */
        int near = h / 16, lowest = row + near < to ? row + near : to;
        int left = greatest_step(&f, row - near, lowest, end, (int[2]){ 0, w / 3 });
        int right = greatest_step(&f, row - near, lowest, end, (int[2]){ w - w / 3, w });
        if (w >= 32 && left >= 0 && right >= 0 && abs(left - right) < h / 10) {
            edge[1] = (float)(right - left) / (0.667f * (float)w);
            edge[0] = scale * (0.5f * (float)(left + right) - edge[1] * 0.5f * (float)w);
        }
    }
    profile_close(&f);
    return true;
}
