#include "tensor/resize_taps.h"

#include <math.h>
#include <string.h>

#include "tensor/backend.h"

/* Keys' cubic convolution kernel with parameter a. */
static double cubic(double x, double a)
{
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Add w to the tap of source pixel `at`, which is moved inside: border pixels stand for what lies beyond
 * them. */
static void add_tap(const ResizeTaps *r, size_t i, size_t in, ptrdiff_t at, double w)
{
    if (at < 0)
        at = 0;
    if (at >= (ptrdiff_t)in)
        at = (ptrdiff_t)in - 1;
    r->weight[i * r->taps + (size_t)at - r->first[i]] += (float)w;
}

/* The taps that begin at `at`, moved so that all lie inside. */
static size_t inside(ptrdiff_t at, size_t taps, size_t in)
{
    if (at < 0)
        return 0;
    return (size_t)at + taps > in ? in - taps : (size_t)at;
}

/* torch: as many source pixels as the kernel has, at the scale of the source. */
static void interpolate(const ResizeTaps *r, size_t in, size_t out, bool is_cubic)
{
    double scale = (double)in / (double)out;
    for (size_t i = 0; i < out; i++) {
        double x = ((double)i + 0.5) * scale - 0.5;
        if (!is_cubic && x < 0)
            x = 0;
        ptrdiff_t at = (ptrdiff_t)floor(x);
        double t = x - (double)at;
        r->first[i] = inside(is_cubic ? at - 1 : at, r->taps, in);
        if (is_cubic)
            for (int k = -1; k <= 2; k++)
                add_tap(r, i, in, at + k, cubic(t - k, -0.75));
        else
            for (int k = 0; k <= 1; k++)
                add_tap(r, i, in, at + k, triangle(t - k));
    }
}

/* torch and Pillow with antialias: the kernel is as wide as a result's pixel is in the source. */
static void antialias(const ResizeTaps *r, size_t in, size_t out, bool is_cubic)
{
    double scale = (double)in / (double)out, wide = scale > 1 ? scale : 1,
           support = (is_cubic ? 2 : 1) * wide;
    for (size_t i = 0; i < out; i++) {
        double centre = ((double)i + 0.5) * scale, sum = 0;
        ptrdiff_t lo = (ptrdiff_t)(centre - support + 0.5), hi = (ptrdiff_t)(centre + support + 0.5);
        lo = lo < 0 ? 0 : lo;
        hi = hi > (ptrdiff_t)in ? (ptrdiff_t)in : hi;
        r->first[i] = inside(lo, r->taps, in);
        for (ptrdiff_t k = lo; k < hi; k++) {
            double x = ((double)k - centre + 0.5) / wide;
            sum += is_cubic ? cubic(x, -0.5) : triangle(x);
        }
        for (ptrdiff_t k = lo; k < hi; k++) {
            double x = ((double)k - centre + 0.5) / wide;
            add_tap(r, i, in, k, (is_cubic ? cubic(x, -0.5) : triangle(x)) / sum);
        }
    }
}

static size_t tap_count(size_t in, size_t out, ResizeMode mode)
{
    double scale = (double)in / (double)out, wide = scale > 1 ? scale : 1;
    switch (mode) {
    case RESIZE_NEAREST: return 1;
    case RESIZE_BILINEAR: return 2;
    case RESIZE_BICUBIC: return 4;
    case RESIZE_BILINEAR_ANTIALIAS: return (size_t)ceil(wide) * 2 + 1;
    case RESIZE_BICUBIC_ANTIALIAS: return (size_t)ceil(2 * wide) * 2 + 1;
    }
    return 0;
}

bool resize_taps(OpCtx *c, ResizeTaps *r, size_t in, size_t out, ResizeMode mode)
{
    r->taps = tap_count(in, out, mode);
    if (r->taps > in)
        r->taps = in;
    Tensor weight = op_zeros(c, SHAPE(out, r->taps));
    r->weight = weight.data;
    r->first = op_alloc(c, out * sizeof *r->first);
    if (!op_ok(c))
        return false;
    switch (mode) {
    case RESIZE_NEAREST: {
        /* In float, as torch: at exact multiples the rounding decides. */
        float scale = (float)in / (float)out;
        for (size_t i = 0; i < out; i++) {
            size_t at = (size_t)floorf((float)i * scale);
            r->first[i] = at < in ? at : in - 1;
            r->weight[i] = 1;
        }
        break;
    }
    case RESIZE_BILINEAR: interpolate(r, in, out, false); break;
    case RESIZE_BICUBIC: interpolate(r, in, out, true); break;
    case RESIZE_BILINEAR_ANTIALIAS: antialias(r, in, out, false); break;
    case RESIZE_BICUBIC_ANTIALIAS: antialias(r, in, out, true); break;
    }
    return true;
}
