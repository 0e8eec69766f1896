#include "vision/resample.h"

#include "base/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- Pillow's filters ---------------------------------------------------------------------------- */

enum { WEIGHT_BITS = 22 };

typedef struct {
    double (*weight)(double x);
    double radius;
} Filter;

static double bilinear(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(x * M_PI) / (x * M_PI);
}

static double lanczos(double x)
{
    return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static const Filter filters[] = {
    [RESAMPLE_BILINEAR] = { bilinear, 1 },
    [RESAMPLE_BICUBIC] = { bicubic, 2 },
    [RESAMPLE_LANCZOS] = { lanczos, 3 },
};

/* The weights of one axis: output i is the sum of weight[i * reach + j] * in[first[i] + j], j < taps[i]. */
typedef struct {
    int *first, *taps;
    int32_t *weight;
    size_t reach;
} Axis;

static void axis_clear(Axis *a)
{
    free(a->first);
    free(a->taps);
    free(a->weight);
}

static bool axis_init(Axis *a, int n, int m, Filter f)
{
    double scale = (double)n / m, stretch = scale > 1 ? scale : 1, reach = f.radius * stretch;
    *a = (Axis){ .reach = (size_t)ceil(reach) * 2 + 1 };
    a->first = malloc((size_t)m * sizeof *a->first);
    a->taps = malloc((size_t)m * sizeof *a->taps);
    a->weight = malloc((size_t)m * a->reach * sizeof *a->weight);
    double *w = malloc(a->reach * sizeof *w);
    bool ok = a->first && a->taps && a->weight && w;
    for (int i = 0; ok && i < m; i++) {
        double centre = (i + 0.5) * scale, sum = 0;
        int lo = (int)(centre - reach + 0.5), hi = (int)(centre + reach + 0.5);
        lo = lo < 0 ? 0 : lo;
        hi = hi > n ? n : hi;
        for (int j = 0; j < hi - lo; j++) {
            w[j] = f.weight((j + lo - centre + 0.5) * (1 / stretch));
            sum += w[j];
        }
        for (int j = 0; j < hi - lo; j++) {
            double v = (sum != 0 ? w[j] / sum : w[j]) * (1 << WEIGHT_BITS);
            a->weight[(size_t)i * a->reach + (size_t)j] = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
        }
        a->first[i] = lo;
        a->taps[i] = hi - lo;
    }
    free(w);
    return ok;
}

/* out[i] = the sum over the taps of weight[j] * in[j * stride + i], rounded and limited to a byte. The sum
 * fits in 32 bits: the weights add up to 2^22 and no filter here has more than a third of that below zero. */
SIMD_CLONES static void weigh_rows(uint8_t *out, const uint8_t *in, size_t stride, const int32_t *weight,
                                   int taps, size_t n)
{
    enum { LANES = 64 };
    for (size_t i = 0; i < n; i += LANES) {
        int32_t sum[LANES];
        size_t lanes = n - i < LANES ? n - i : LANES;
        for (size_t l = 0; l < LANES; l++)
            sum[l] = 1 << (WEIGHT_BITS - 1);
        if (lanes == LANES)
            for (int j = 0; j < taps; j++)
                for (size_t l = 0; l < LANES; l++)
                    sum[l] += weight[j] * in[(size_t)j * stride + i + l];
        else
            for (int j = 0; j < taps; j++)
                for (size_t l = 0; l < lanes; l++)
                    sum[l] += weight[j] * in[(size_t)j * stride + i + l];
        for (size_t l = 0; l < LANES; l++) {
            int32_t v = sum[l] >> WEIGHT_BITS;
            sum[l] = v < 0 ? 0 : v > 255 ? 255 : v;
        }
        for (size_t l = 0; l < lanes; l++)
            out[i + l] = (uint8_t)sum[l];
    }
}

static bool resize_rows(Image *out, const Image *in, const Filter *f)
{
    Axis a;
    bool ok = axis_init(&a, in->height, out->height, *f);
    size_t row = (size_t)in->width * (size_t)in->channels;
    for (int y = 0; ok && y < out->height; y++)
        weigh_rows(image_at(out, 0, y), image_at(in, 0, a.first[y]), row, a.weight + (size_t)y * a.reach,
                   a.taps[y], row);
    axis_clear(&a);
    return ok;
}

/* Pixel (x, y) of `in` to pixel (y - first, x) of a picture that is `rows` wide. */
static void turn_in(uint8_t *out, const Image *in, int first, int rows)
{
    size_t c = (size_t)in->channels;
    for (int r = 0; r < rows; r++) {
        const uint8_t *from = image_at(in, 0, first + r);
        uint8_t *to = out + (size_t)r * c;
        for (int x = 0; x < in->width; x++, from += c, to += (size_t)rows * c)
            for (size_t k = 0; k < c; k++)
                to[k] = from[k];
    }
}

static void turn_out(Image *out, const uint8_t *in, int first, int rows)
{
    size_t c = (size_t)out->channels;
    for (int r = 0; r < rows; r++) {
        const uint8_t *from = in + (size_t)r * c;
        uint8_t *to = image_at(out, 0, first + r);
        for (int x = 0; x < out->width; x++, to += c, from += (size_t)rows * c)
            for (size_t k = 0; k < c; k++)
                to[k] = from[k];
    }
}

/* The columns of a strip of rows at a time, turned so that they are rows for the same inner loop. */
static bool resize_columns(Image *out, const Image *in, const Filter *f)
{
    enum { STRIP = 64 };
    Axis a;
    size_t c = (size_t)in->channels;
    uint8_t *turned_in = malloc((size_t)in->width * STRIP * c);
    uint8_t *turned_out = malloc((size_t)out->width * STRIP * c);
    bool ok = axis_init(&a, in->width, out->width, *f) && turned_in && turned_out;
    for (int y = 0; ok && y < in->height; y += STRIP) {
        int rows = in->height - y < STRIP ? in->height - y : STRIP;
        size_t row = (size_t)rows * c;
        turn_in(turned_in, in, y, rows);
        for (int x = 0; x < out->width; x++)
            weigh_rows(turned_out + (size_t)x * row, turned_in + (size_t)a.first[x] * row, row,
                       a.weight + (size_t)x * a.reach, a.taps[x], row);
        turn_out(out, turned_out, y, rows);
    }
    free(turned_in);
    free(turned_out);
    axis_clear(&a);
    return ok;
}

/* Columns first, rounded to bytes, then rows. An axis that keeps its length is left alone. */
static bool resize_filtered(Image *out, const Image *in, const Filter *f, Err *err)
{
    Image between = { 0 };
    bool ok = true;
    if (in->width != out->width && in->height != out->height) {
        if (!image_init(&between, out->width, in->height, in->channels, err))
            return false;
        ok = resize_columns(&between, in, f) && resize_rows(out, &between, f);
        image_clear(&between);
    } else
        ok = in->width != out->width ? resize_columns(out, in, f) : resize_rows(out, in, f);
    return ok || err_set(err, ERR_NOMEM, "no memory to resize to %d x %d pixels", out->width, out->height);
}

/* --- OpenCV's INTER_LINEAR ----------------------------------------------------------------------- */

/* Output i is in[lo] * weight[0] + in[hi] * weight[1], weights in 2048ths. */
typedef struct {
    int lo, hi, weight[2];
} Pair;

static int limit(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

/* Beyond the edge a column takes the edge's sample alone, while a row keeps its weights and takes the edge
 * twice. */
static Pair *pairs_new(int n, int m, bool columns)
{
    Pair *p = malloc((size_t)m * sizeof *p);
    double scale = 1.0 / ((double)m / n);
    for (int i = 0; p && i < m; i++) {
        float at = (float)((i + 0.5) * scale - 0.5);
        int s = (int)floorf(at);
        float f = at - (float)s;
        if (columns && (s < 0 || s >= n - 1))
            f = 0;
        p[i] = (Pair){ limit(s, n), limit(s + 1, n), { (int)lrintf((1 - f) * 2048), (int)lrintf(f * 2048) } };
    }
    return p;
}

static void across(int32_t *out, const uint8_t *row, const Pair *column, int width, int channels)
{
    for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++)
            *out++ = row[column[x].lo * channels + c] * column[x].weight[0] +
                     row[column[x].hi * channels + c] * column[x].weight[1];
}

SIMD_CLONES static void blend_rows(uint8_t *out, const int32_t *top, const int32_t *bottom,
                                   const int weight[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] =
            (uint8_t)((((top[i] >> 4) * weight[0] >> 16) + ((bottom[i] >> 4) * weight[1] >> 16) + 2) >> 2);
}

static bool resize_fixed_linear(Image *out, const Image *in, Err *err)
{
    size_t n = (size_t)out->width * (size_t)out->channels;
    Pair *column = pairs_new(in->width, out->width, true), *row = pairs_new(in->height, out->height, false);
    int32_t *line = malloc(2 * n * sizeof *line);
    bool ok = column && row && line;
    int held[2] = { -1, -1 }; /* which input row line[k * n] holds: row y is kept in line y & 1 */
    for (int y = 0; ok && y < out->height; y++) {
        int need[2] = { row[y].lo, row[y].hi };
        for (int k = 0; k < 2; k++)
            if (held[need[k] & 1] != need[k]) {
                across(line + (need[k] & 1) * n, image_at(in, 0, need[k]), column, out->width, out->channels);
                held[need[k] & 1] = need[k];
            }
        blend_rows(image_at(out, 0, y), line + (need[0] & 1) * n, line + (need[1] & 1) * n, row[y].weight, n);
    }
    free(column);
    free(row);
    free(line);
    return ok || err_set(err, ERR_NOMEM, "no memory to resize to %d x %d pixels", out->width, out->height);
}

/* --- OpenCV's INTER_NEAREST ---------------------------------------------------------------------- */

static int nearest(int i, int n, int m)
{
    return limit((int)floor(i * (1.0 / ((double)m / n))), n);
}

static bool resize_nearest(Image *out, const Image *in, Err *err)
{
    size_t c = (size_t)in->channels;
    size_t *from = malloc((size_t)out->width * sizeof *from);
    if (!from)
        return err_set(err, ERR_NOMEM, "no memory to resize to %d x %d pixels", out->width, out->height);
    for (int x = 0; x < out->width; x++)
        from[x] = (size_t)nearest(x, in->width, out->width) * c;
    for (int y = 0; y < out->height; y++) {
        const uint8_t *row = image_at(in, 0, nearest(y, in->height, out->height));
        uint8_t *to = image_at(out, 0, y);
        for (int x = 0; x < out->width; x++)
            for (size_t k = 0; k < c; k++)
                *to++ = row[from[x] + k];
    }
    free(from);
    return true;
}

bool image_resize(Image *out, const Image *in, int width, int height, ResampleMethod method, Err *err)
{
    if (width == in->width && height == in->height)
        return image_copy(out, in, err);
    if (!image_init(out, width, height, in->channels, err))
        return false;
    bool ok = false;
    switch (method) {
    case RESAMPLE_BILINEAR:
    case RESAMPLE_BICUBIC:
    case RESAMPLE_LANCZOS: ok = resize_filtered(out, in, &filters[method], err); break;
    case RESAMPLE_FIXED_LINEAR: ok = resize_fixed_linear(out, in, err); break;
    case RESAMPLE_NEAREST: ok = resize_nearest(out, in, err); break;
    }
    if (!ok)
        image_clear(out);
    return ok;
}
