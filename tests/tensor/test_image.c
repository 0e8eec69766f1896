/* Convolutions and pooling against loops in double. */
#include "case.h"

#include <math.h>

/* Sums of at most a few thousand products, of size 1 in all: see test_linear.c. */
static const double TOLERANCE = 1e-5;

/* Scatters instead of gathering: every input pixel adds to the outputs that see it. */
static double *conv_in_double(Case *t, Tensor x, const Linear *l, ConvOpts o, size_t oh, size_t ow)
{
    Tensor w = l->weight.host;
    size_t stride = o.stride ? o.stride : 1, dilation = o.dilation ? o.dilation : 1,
           groups = o.groups ? o.groups : 1;
    size_t n = x.dim[0], h = x.dim[1], width = x.dim[2], channels = x.dim[3], out = w.dim[0], in = w.dim[1];
    size_t kt = w.rank == 5 ? w.dim[2] : 1, kh = w.dim[w.rank - 2], kw = w.dim[w.rank - 1];
    double *px = case_values(t, x), *pw = case_host_values(t, w);
    double *b = tensor_is(l->bias.host) ? case_host_values(t, l->bias.host) : NULL;
    double *y = case_alloc(t, n * oh * ow * out * sizeof *y);
    for (size_t k = 0; k < n; k++)
        for (size_t iy = 0; iy < h; iy++)
            for (size_t ix = 0; ix < width; ix++)
                for (size_t ky = 0; ky < kh; ky++)
                    for (size_t kx = 0; kx < kw; kx++) {
                        ptrdiff_t ty = (ptrdiff_t)(iy + o.pad) - (ptrdiff_t)(ky * dilation);
                        ptrdiff_t tx = (ptrdiff_t)(ix + o.pad) - (ptrdiff_t)(kx * dilation);
                        if (ty < 0 || tx < 0 || ty % (ptrdiff_t)stride || tx % (ptrdiff_t)stride)
                            continue;
                        size_t oy = (size_t)ty / stride, ox = (size_t)tx / stride;
                        if (oy >= oh || ox >= ow)
                            continue;
                        for (size_t c = 0; c < out; c++)
                            for (size_t i = 0; i < in; i++)
                                y[((k * oh + oy) * ow + ox) * out + c] +=
                                    px[((k * h + iy) * width + ix) * channels + c / (out / groups) * in + i] *
                                    pw[(((c * in + i) * kt + kt - 1) * kh + ky) * kw + kx];
                    }
    for (size_t i = 0; i < n * oh * ow * out; i++)
        y[i] = activation(y[i] + (b ? b[i % out] : 0), o.act);
    return y;
}

static void a_convolution_is_its_formula(void **state)
{
    (void)state;
    static const struct {
        size_t n, h, w, c, o, k;
        ConvOpts opts;
        size_t oh, ow;
        Dtype dtype;
    } cases[] = {
        { 1, 1, 1, 1, 1, 1, { 0 }, 1, 1, DTYPE_F32 },
        { 1, 8, 9, 3, 5, 3, { .pad = 1 }, 8, 9, DTYPE_F32 },
        { 2, 7, 5, 4, 6, 3, { .pad = 1, .stride = 2, .act = ACT_SILU }, 4, 3, DTYPE_F16 },
        { 1, 32, 48, 3, 20, 16, { .stride = 16 }, 2, 3, DTYPE_F32 },
        { 1, 30, 31, 3, 17, 7, { .stride = 4, .pad = 3 }, 8, 8, DTYPE_F32 },
        { 1, 9, 11, 48, 48, 3, { .pad = 1, .groups = 48, .act = ACT_GELU }, 9, 11, DTYPE_F32 },
        { 2, 9, 8, 19, 19, 3, { .pad = 1, .stride = 2, .groups = 19 }, 5, 4, DTYPE_F32 },
        { 1, 6, 6, 8, 12, 3, { .pad = 1, .groups = 4 }, 6, 6, DTYPE_F32 },
        { 1, 8, 8, 16, 32, 3, { .stride = 2, .pad_end = 1 }, 4, 4, DTYPE_BF16 },
        { 1, 12, 10, 5, 7, 3, { .pad = 2, .dilation = 2 }, 12, 10, DTYPE_F32 },
        { 1, 20, 20, 64, 64, 3, { .pad = 1, .act = ACT_RELU }, 20, 20, DTYPE_F32 },
        { 1, 5, 6, 40, 24, 1, { 0 }, 5, 6, DTYPE_F32 },
        { 1, 4, 4, 3, 5, 2, { .stride = 2, .act = ACT_GELU }, 2, 2, DTYPE_F32 },
        { 1, 2, 2, 3, 5, 3, { 0 }, 0, 0, DTYPE_F32 },
        { 0, 4, 4, 3, 5, 3, { .pad = 1 }, 4, 4, DTYPE_F32 },
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            size_t groups = cases[i].opts.groups ? cases[i].opts.groups : 1;
            Tensor x = case_random(t, SHAPE(cases[i].n, cases[i].h, cases[i].w, cases[i].c), 1);
            Linear l =
                case_linear(t, cases[i].dtype, SHAPE(cases[i].o, cases[i].c / groups, cases[i].k, cases[i].k),
                            i % 3 ? cases[i].o : 0);
            double *want = conv_in_double(t, x, &l, cases[i].opts, cases[i].oh, cases[i].ow);
            for (int twice = 0; twice < 2; twice++)
                case_expect(t, op_conv2d(t->c, x, &l, cases[i].opts),
                            SHAPE(cases[i].n, cases[i].oh, cases[i].ow, cases[i].o), want, TOLERANCE);
            linear_clear(&l);
        }
}

static void of_a_convolution_over_time_the_last_step_counts(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(1, 6, 7, 4), 1);
        Linear l = case_linear(t, DTYPE_F32, SHAPE(5, 4, 3, 3, 3), 5);
        ConvOpts o = { .pad = 1 };
        Tensor y = op_conv2d(t->c, op_reshape(t->c, x, SHAPE(6, 7, 4)), &l, o);
        case_expect(t, y, SHAPE(6, 7, 5), conv_in_double(t, x, &l, o, 6, 7), TOLERANCE);
        linear_clear(&l);
    }
}

static void a_transposed_convolution_is_its_formula(void **state)
{
    (void)state;
    static const size_t cases[][7] = {
        /* n, h, w, c, o, k, stride */
        { 1, 1, 1, 1, 1, 2, 2 }, { 1, 5, 7, 6, 3, 2, 2 }, { 2, 4, 3, 16, 32, 2, 2 },
        { 1, 4, 5, 3, 4, 3, 2 }, { 1, 4, 5, 3, 4, 4, 4 },
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            size_t n = cases[i][0], h = cases[i][1], w = cases[i][2], c = cases[i][3], o = cases[i][4];
            size_t k = cases[i][5], stride = cases[i][6], oh = (h - 1) * stride + k,
                   ow = (w - 1) * stride + k;
            Tensor x = case_random(t, SHAPE(n, h, w, c), 1);
            Linear l = case_linear(t, DTYPE_F32, SHAPE(c, o, k, k), i % 2 ? o : 0);
            double *px = case_values(t, x), *pw = case_host_values(t, l.weight.host);
            double *b = i % 2 ? case_host_values(t, l.bias.host) : NULL;
            double *want = case_alloc(t, n * oh * ow * o * sizeof *want);
            for (size_t at = 0; at < n * h * w * c; at++)
                for (size_t out = 0; out < o; out++)
                    for (size_t ky = 0; ky < k; ky++)
                        for (size_t kx = 0; kx < k; kx++) {
                            size_t ic = at % c, ix = at / c % w, iy = at / c / w % h, in = at / c / w / h;
                            want[((in * oh + iy * stride + ky) * ow + ix * stride + kx) * o + out] +=
                                px[at] * pw[((ic * o + out) * k + ky) * k + kx];
                        }
            for (size_t at = 0; at < n * oh * ow * o; at++)
                want[at] = activation(want[at] + (b ? b[at % o] : 0), ACT_GELU);
            for (int twice = 0; twice < 2; twice++)
                case_expect(t, op_conv_transpose2d(t->c, x, &l, stride, ACT_GELU), SHAPE(n, oh, ow, o), want,
                            2 * TOLERANCE);
            linear_clear(&l);
        }
}

static void pooling_takes_the_largest(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(2, 7, 6, 19), 1);
        double *px = case_values(t, x), *want = case_alloc(t, 2 * 3 * 3 * 19 * sizeof *want);
        for (size_t i = 0; i < 2 * 3 * 3 * 19; i++) {
            size_t c = i % 19, ox = i / 19 % 3, oy = i / 19 / 3 % 3, n = i / 19 / 9;
            want[i] = -INFINITY;
            for (size_t k = 0; k < 4; k++)
                want[i] = fmax(want[i], px[((n * 7 + oy * 2 + k / 2) * 6 + ox * 2 + k % 2) * 19 + c]);
        }
        case_expect(t, op_max_pool2d(t->c, x, 2, 2), SHAPE(2, 3, 3, 19), want, 0);
    }
}

static void shapes_that_do_not_fit_are_named(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Linear l = case_linear(t, DTYPE_F32, SHAPE(4, 3, 3, 3), 5),
           flat = case_linear(t, DTYPE_F32, SHAPE(4, 3), 4);
    Tensor x = op_zeros(t->c, SHAPE(5, 5, 2)), y = op_zeros(t->c, SHAPE(5, 5, 3)),
           rows = op_zeros(t->c, SHAPE(5, 3));
    case_expect_failure(t, op_conv2d(t->c, x, &l, (ConvOpts){ 0 }),
                        "op_conv2d: f32 [5, 5, 2] and f32 [4, 3, 3, 3]");
    case_expect_failure(t, op_conv2d(t->c, y, &l, (ConvOpts){ 0 }), "bias");
    case_expect_failure(t, op_conv2d(t->c, y, &l, (ConvOpts){ .groups = 2 }), "op_conv2d");
    case_expect_failure(t, op_conv2d(t->c, rows, &l, (ConvOpts){ 0 }), "op_conv2d");
    case_expect_failure(t, op_conv2d(t->c, y, &flat, (ConvOpts){ 0 }), "op_conv2d");
    case_expect_failure(t, op_conv_transpose2d(t->c, y, &l, 2, ACT_NONE), "op_conv_transpose2d");
    case_expect_failure(t, op_max_pool2d(t->c, rows, 2, 2), "op_max_pool2d");
    case_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_convolution_is_its_formula),
        cmocka_unit_test(of_a_convolution_over_time_the_last_step_counts),
        cmocka_unit_test(a_transposed_convolution_is_its_formula),
        cmocka_unit_test(pooling_takes_the_largest),
        cmocka_unit_test(shapes_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
