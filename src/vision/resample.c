#include "vision/resample.h"

#include "base/clamp.h"
#include "vision/resample_kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- Pillow's filters ---------------------------------------------------------------------------- */

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

/* The weights of one axis: output i is the sum of weight j of its pairs times in[first[i] + j], j < taps[i]. */
typedef struct {
    int *first, *taps;
    WeightPair *weight; /* `pairs` for each output */
    size_t pairs;
} Axis;

static void axis_clear(Axis *a)
{
    free(a->first);
    free(a->taps);
    free(a->weight);
}

static void set_weight(WeightPair *w, int tap, double value)
{
    double scaled = value * (1 << WEIGHT_BITS);
    int32_t v = (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    w[tap / 2].high[tap % 2] = (int16_t)(v >> WEIGHT_LOW_BITS);
    w[tap / 2].low[tap % 2] = (int16_t)(v & ((1 << WEIGHT_LOW_BITS) - 1));
}

static bool axis_init(Axis *a, int n, int m, Filter f)
{
    double scale = (double)n / m, stretch = scale > 1 ? scale : 1, reach = f.radius * stretch;
    *a = (Axis){ .pairs = (size_t)ceil(reach) + 1 };
    a->first = malloc((size_t)m * sizeof *a->first);
    a->taps = malloc((size_t)m * sizeof *a->taps);
    a->weight = calloc((size_t)m * a->pairs, sizeof *a->weight);
    double *w = malloc(2 * a->pairs * sizeof *w);
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
        for (int j = 0; j < hi - lo; j++)
            set_weight(a->weight + (size_t)i * a->pairs, j, sum != 0 ? w[j] / sum : w[j]);
        a->first[i] = lo;
        a->taps[i] = hi - lo;
    }
    free(w);
    return ok;
}

static bool resize_rows(Image *out, const Image *in, const Filter *f, const ResampleKernel *k)
{
    Axis a;
    bool ok = axis_init(&a, in->height, out->height, *f);
    size_t row = (size_t)in->width * (size_t)in->channels;
    for (int y = 0; ok && y < out->height; y++)
        k->weigh(image_at(out, 0, y), image_at(in, 0, a.first[y]), row, a.weight + (size_t)y * a.pairs,
                 (size_t)a.taps[y], row);
    axis_clear(&a);
    return ok;
}

/* A strip of rows at a time is turned, each of its columns of bytes to a row of STRIP, so that the inner loop is the one for rows. A
 * pixel's channels are rows below each other there, and are weighed together. */
static bool resize_columns(Image *out, const Image *in, const Filter *f, const ResampleKernel *k)
{
    enum { STRIP = 64 };
    Axis a;
    size_t c = (size_t)in->channels, in_row = (size_t)in->width * c, out_row = (size_t)out->width * c,
           pixel = STRIP * c;
    uint8_t *turned_in = calloc(in_row, STRIP), *turned_out = malloc(out_row * STRIP);
    bool ok = axis_init(&a, in->width, out->width, *f) && turned_in && turned_out;
    for (int y = 0; ok && y < in->height; y += STRIP) {
        size_t rows = (size_t)(in->height - y < STRIP ? in->height - y : STRIP);
        k->turn(turned_in, STRIP, image_at(in, 0, y), in_row, rows, in_row);
        for (int x = 0; x < out->width; x++)
            k->weigh(turned_out + (size_t)x * pixel, turned_in + (size_t)a.first[x] * pixel, pixel,
                     a.weight + (size_t)x * a.pairs, (size_t)a.taps[x], pixel);
        k->turn(image_at(out, 0, y), out_row, turned_out, STRIP, out_row, rows);
    }
    free(turned_in);
    free(turned_out);
    axis_clear(&a);
    return ok;
}

/* Columns first, rounded to bytes, then rows. An axis that keeps its length is left alone. */
static bool resize_filtered(Image *out, const Image *in, const Filter *f, const ResampleKernel *k, Err *err)
{
    Image between = { 0 };
    bool ok = true;
    if (in->width != out->width && in->height != out->height) {
        if (!image_init(&between, out->width, in->height, in->channels, err))
            return false;
        ok = resize_columns(&between, in, f, k) && resize_rows(out, &between, f, k);
        image_clear(&between);
    } else
        ok = in->width != out->width ? resize_columns(out, in, f, k) : resize_rows(out, in, f, k);
    return ok || err_set(err, ERR_NOMEM, "no memory to resize to %d x %d pixels", out->width, out->height);
}

/* --- OpenCV's INTER_LINEAR ----------------------------------------------------------------------- */

/* Beyond the edge a column takes the edge's sample alone, while a row keeps its weights and takes the edge
 * twice. */
static LinearTap *linear_taps_new(int n, int m, bool columns)
{
    LinearTap *p = malloc((size_t)m * sizeof *p);
    double scale = 1.0 / ((double)m / n);
    for (int i = 0; p && i < m; i++) {
        float at = (float)((i + 0.5) * scale - 0.5);
        int s = (int)floorf(at);
        float f = at - (float)s;
        if (columns && (s < 0 || s >= n - 1))
            f = 0;
        p[i] = (LinearTap){ clamp_int(s, 0, n - 1),
                            clamp_int(s + 1, 0, n - 1),
                            { (int16_t)lrintf((1 - f) * 2048), (int16_t)lrintf(f * 2048) } };
    }
    return p;
}

static bool resize_fixed_linear(Image *out, const Image *in, const ResampleKernel *k, Err *err)
{
    size_t n = (size_t)out->width * (size_t)out->channels;
    LinearTap *column = linear_taps_new(in->width, out->width, true),
              *row = linear_taps_new(in->height, out->height, false);
    int16_t *line = malloc(2 * n * sizeof *line);
    bool ok = column && row && line;
    int held[2] = { -1, -1 }; /* which input row line[i * n] holds: row y is kept in line y & 1 */
    for (int y = 0; ok && y < out->height; y++) {
        int need[2] = { row[y].lo, row[y].hi };
        for (int i = 0; i < 2; i++)
            if (held[need[i] & 1] != need[i]) {
                k->across(line + (need[i] & 1) * n, image_at(in, 0, need[i]), in->width, column, out->width,
                          out->channels);
                held[need[i] & 1] = need[i];
            }
        k->down(image_at(out, 0, y), line + (need[0] & 1) * n, line + (need[1] & 1) * n, row[y].weight, n);
    }
    free(column);
    free(row);
    free(line);
    return ok || err_set(err, ERR_NOMEM, "no memory to resize to %d x %d pixels", out->width, out->height);
}

/* --- OpenCV's INTER_NEAREST ---------------------------------------------------------------------- */

static int nearest(int i, int n, int m)
{
    return clamp_int((int)floor(i * (1.0 / ((double)m / n))), 0, n - 1);
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

static const ResampleKernel *const kernels[CPU_LEVELS] = {
    [CPU_PLAIN] = &resample_kernel_plain,
#ifdef __x86_64__
    [CPU_SSE4] = &resample_kernel_sse4,
    [CPU_AVX2] = &resample_kernel_avx2,
    [CPU_AVX512] = &resample_kernel_avx512,
#endif
};

bool image_resize_at(Image *out, const Image *in, int width, int height, ResampleMethod method,
                     CpuLevel level, Err *err)
{
    if (width == in->width && height == in->height)
        return image_copy(out, in, err);
    if (!image_init(out, width, height, in->channels, err))
        return false;
    const ResampleKernel *k = kernels[level];
    bool ok = false;
    switch (method) {
    case RESAMPLE_BILINEAR:
    case RESAMPLE_BICUBIC:
    case RESAMPLE_LANCZOS: ok = resize_filtered(out, in, &filters[method], k, err); break;
    case RESAMPLE_FIXED_LINEAR: ok = resize_fixed_linear(out, in, k, err); break;
    case RESAMPLE_NEAREST: ok = resize_nearest(out, in, err); break;
    }
    if (!ok)
        image_clear(out);
    return ok;
}

bool image_resize(Image *out, const Image *in, int width, int height, ResampleMethod method, Err *err)
{
    return image_resize_at(out, in, width, height, method, cpu_level(), err);
}
