/* image.c: convolutions and their kin. */
#include <math.h>
#include <string.h>

#include "tensor/plain/plain.h"
#include "tensor/resize_taps.h"

/* One output channel at one place. Coordinates that lie outside wrap around to huge ones. */
static double conv_at(const Conv *s, const float *x, const float *w, size_t oy, size_t ox, size_t o)
{
    size_t channels = s->c / s->groups, first = o / (s->o / s->groups) * channels;
    double sum = 0;
    for (size_t ky = 0; ky < s->kh; ky++)
        for (size_t kx = 0; kx < s->kw; kx++) {
            size_t iy = oy * s->stride + ky * s->dilation - s->pad,
                   ix = ox * s->stride + kx * s->dilation - s->pad;
            if (iy >= s->h || ix >= s->w)
                continue;
            for (size_t i = 0; i < channels; i++)
                sum += (double)x[(iy * s->w + ix) * s->c + first + i] *
                       w[(((o * channels + i) * s->kt + s->kt - 1) * s->kh + ky) * s->kw + kx];
        }
    return sum;
}

void plain_conv2d(OpCtx *c, Tensor y, Tensor x, const Linear *conv, Conv s)
{
    const float *w = plain_values(c, &conv->weight), *bias = plain_values(c, &conv->bias), *px = x.data;
    float *py = y.data;
    if (!op_ok(c))
        return;
    for (size_t n = 0; n < s.n; n++, px += s.h * s.w * s.c)
        for (size_t oy = 0; oy < s.oh; oy++)
            for (size_t ox = 0; ox < s.ow; ox++)
                for (size_t o = 0; o < s.o; o++)
                    *py++ =
                        (float)plain_activation(conv_at(&s, px, w, oy, ox, o) + (bias ? bias[o] : 0), s.act);
}

void plain_conv_transpose2d(OpCtx *c, Tensor y, Tensor x, const Linear *conv, Conv s)
{
    const float *w = plain_values(c, &conv->weight), *bias = plain_values(c, &conv->bias), *px = x.data;
    float *py = y.data;
    if (!op_ok(c))
        return;
    for (size_t n = 0; n < s.n; n++, px += s.h * s.w * s.c)
        for (size_t oy = 0; oy < s.oh; oy++)
            for (size_t ox = 0; ox < s.ow; ox++)
                for (size_t o = 0; o < s.o; o++) {
                    double sum = bias ? bias[o] : 0;
                    for (size_t ky = 0; ky < s.kh; ky++)
                        for (size_t kx = 0; kx < s.kw; kx++) {
                            size_t iy = (oy - ky) / s.stride, ix = (ox - kx) / s.stride;
                            if (oy < ky || ox < kx || (oy - ky) % s.stride || (ox - kx) % s.stride ||
                                iy >= s.h || ix >= s.w)
                                continue;
                            for (size_t i = 0; i < s.c; i++)
                                sum += (double)px[(iy * s.w + ix) * s.c + i] *
                                       w[((i * s.o + o) * s.kh + ky) * s.kw + kx];
                        }
                    *py++ = (float)plain_activation(sum, s.act);
                }
}

void plain_max_pool2d(OpCtx *c, Tensor y, Tensor x, size_t size, size_t stride)
{
    int r = x.rank - 3;
    size_t n = r ? x.dim[0] : 1, h = x.dim[r], w = x.dim[r + 1], channels = x.dim[r + 2];
    const float *px = x.data;
    float *py = y.data;
    (void)c;
    for (size_t b = 0; b < n; b++, px += h * w * channels)
        for (size_t oy = 0; oy < y.dim[r]; oy++)
            for (size_t ox = 0; ox < y.dim[r + 1]; ox++)
                for (size_t i = 0; i < channels; i++) {
                    float max = -INFINITY;
                    for (size_t ky = 0; ky < size; ky++)
                        for (size_t kx = 0; kx < size; kx++)
                            max = fmaxf(max, px[((oy * stride + ky) * w + ox * stride + kx) * channels + i]);
                    *py++ = max;
                }
}

void plain_resize(OpCtx *c, Tensor y, Tensor x, ResizeMode mode)
{
    int r = x.rank - 3;
    size_t n = r ? x.dim[0] : 1, h = x.dim[r], w = x.dim[r + 1], channels = x.dim[r + 2];
    ArenaMark mark = op_mark(c);
    ResizeTaps down, across;
    if (!resize_taps(c, &down, h, y.dim[r], mode) || !resize_taps(c, &across, w, y.dim[r + 1], mode))
        return;
    const float *px = x.data;
    float *py = y.data;
    for (size_t b = 0; b < n; b++, px += h * w * channels)
        for (size_t oy = 0; oy < y.dim[r]; oy++)
            for (size_t ox = 0; ox < y.dim[r + 1]; ox++)
                for (size_t i = 0; i < channels; i++) {
                    double sum = 0;
                    for (size_t ty = 0; ty < down.taps; ty++)
                        for (size_t tx = 0; tx < across.taps; tx++)
                            sum += (double)down.weight[oy * down.taps + ty] *
                                   across.weight[ox * across.taps + tx] *
                                   px[((down.first[oy] + ty) * w + across.first[ox] + tx) * channels + i];
                    *py++ = (float)sum;
                }
    op_reset(c, mark);
}
