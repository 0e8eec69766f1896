/* Resizing as torch.nn.functional.interpolate does it. */
#include "case.h"

#include <math.h>

/* Values worked out by hand from torch's definition of source coordinates, (i + 0.5) * in / out - 0.5. */
static void a_ramp_grows_and_shrinks_to_known_values(void **state)
{
    (void)state;
    static const float ramp[] = { 0, 1, 2, 3 };
    static const struct {
        ResizeMode mode;
        size_t out;
        double want[8];
    } cases[] = {
        { RESIZE_NEAREST, 2, { 0, 2 } },
        { RESIZE_NEAREST, 6, { 0, 0, 1, 2, 2, 3 } },
        { RESIZE_BILINEAR, 2, { 0.5, 2.5 } },
        { RESIZE_BILINEAR, 8, { 0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3 } },
        /* triangles of half-width 2 around 1 and 3: weights 3, 3, 1 of 7 */
        { RESIZE_BILINEAR_ANTIALIAS, 2, { (0 * 3 + 1 * 3 + 2 * 1) / 7.0, (1 * 1 + 2 * 3 + 3 * 3) / 7.0 } },
        { RESIZE_BILINEAR_ANTIALIAS, 4, { 0, 1, 2, 3 } },
        /* a = -0.75 at t = 0.5: weights -3, 19, 19, -3 of 32 (Keys); at 0.5: 0, 0, 1, 2 with the border
           repeated */
        { RESIZE_BICUBIC,
          2,
          { (-3 * 0 + 19 * 0 + 19 * 1 - 3 * 2) / 32.0, (-3 * 1 + 19 * 2 + 19 * 3 - 3 * 3) / 32.0 } },
        { RESIZE_BICUBIC, 4, { 0, 1, 2, 3 } },
        { RESIZE_BICUBIC_ANTIALIAS, 4, { 0, 1, 2, 3 } },
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            Tensor row = op_from_f32(t->c, ramp, SHAPE(1, 4, 1)),
                   column = op_from_f32(t->c, ramp, SHAPE(4, 1, 1));
            case_expect(t, op_resize(t->c, row, 1, cases[i].out, cases[i].mode), SHAPE(1, cases[i].out, 1),
                        cases[i].want, 1e-6);
            case_expect(t, op_resize(t->c, column, cases[i].out, 1, cases[i].mode), SHAPE(cases[i].out, 1, 1),
                        cases[i].want, 1e-6);
        }
}

static double keys(double x, double a)
{
    x = fabs(x);
    return x < 1   ? (a + 2) * x * x * x - (a + 3) * x * x + 1
           : x < 2 ? a * (x * x * x - 5 * x * x + 8 * x - 4)
                   : 0;
}

/* How much source pixel `at` counts for pixel i, straight from the definitions. */
static double weight(size_t in, size_t out, size_t i, size_t at, ResizeMode mode)
{
    double scale = (double)in / (double)out, x = ((double)i + 0.5) * scale - 0.5, sum = 0, mine = 0;
    double wide = mode == RESIZE_BILINEAR_ANTIALIAS || mode == RESIZE_BICUBIC_ANTIALIAS ? fmax(scale, 1) : 1;
    bool aliased = mode == RESIZE_BILINEAR || mode == RESIZE_BICUBIC;
    if (mode == RESIZE_NEAREST)
        return (size_t)floorf((float)i * ((float)in / (float)out)) == at;
    for (ptrdiff_t k = -3; k < (ptrdiff_t)in + 3; k++) {
        double d = ((double)k - x) / wide;
        double w = mode == RESIZE_BICUBIC             ? keys(d, -0.75)
                   : mode == RESIZE_BICUBIC_ANTIALIAS ? keys(d, -0.5)
                                                      : fmax(0, 1 - fabs(d));
        bool outside = k < 0 || k >= (ptrdiff_t)in;
        if (outside && !aliased) /* antialiased kernels are cut at the border, the others repeat it */
            continue;
        sum += w;
        ptrdiff_t source = k < 0 ? 0 : k >= (ptrdiff_t)in ? (ptrdiff_t)in - 1 : k;
        if (source == (ptrdiff_t)at)
            mine += w;
    }
    return mine / sum;
}

static void every_mode_is_its_formula_in_both_directions(void **state)
{
    (void)state;
    static const size_t cases[][6] = {
        /* n, h, w, c, height, width */
        { 1, 5, 7, 3, 9, 4 },      { 2, 8, 6, 1, 3, 13 },  { 1, 1, 1, 4, 5, 3 },
        { 1, 14, 14, 20, 64, 64 }, { 1, 40, 33, 2, 7, 5 }, { 1, 6, 4, 5, 6, 4 },
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
            for (int mode = RESIZE_NEAREST; mode <= RESIZE_BICUBIC_ANTIALIAS; mode++) {
                size_t n = cases[i][0], h = cases[i][1], w = cases[i][2], c = cases[i][3];
                size_t oh = cases[i][4], ow = cases[i][5];
                Tensor x = case_random(t, SHAPE(n, h, w, c), 1);
                double *px = case_values(t, x), *want = case_alloc(t, n * oh * ow * c * sizeof *want);
                double *down = case_alloc(t, oh * h * sizeof *down),
                       *across = case_alloc(t, ow * w * sizeof *across);
                for (size_t k = 0; k < oh * h; k++)
                    down[k] = weight(h, oh, k / h, k % h, (ResizeMode)mode);
                for (size_t k = 0; k < ow * w; k++)
                    across[k] = weight(w, ow, k / w, k % w, (ResizeMode)mode);
                for (size_t at = 0; at < n * oh * ow * c; at++)
                    for (size_t k = 0; k < h * w; k++)
                        want[at] += down[at / c / ow % oh * h + k / w] * across[at / c % ow * w + k % w] *
                                    px[(at / c / ow / oh * h * w + k) * c + at % c];
                case_expect(t, op_resize(t->c, x, oh, ow, (ResizeMode)mode), SHAPE(n, oh, ow, c), want, 3e-6);
            }
}

static void nothing_cannot_be_made_larger(void **state)
{
    (void)state;
    Case *t = case_open(0);
    case_expect_failure(t, op_resize(t->c, op_new(t->c, SHAPE(0, 3, 2)), 4, 4, RESIZE_BILINEAR), "op_resize");
    assert_int_equal(tensor_count(op_resize(t->c, op_new(t->c, SHAPE(2, 3, 2)), 0, 4, RESIZE_BILINEAR)), 0);
    case_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ramp_grows_and_shrinks_to_known_values),
        cmocka_unit_test(every_mode_is_its_formula_in_both_directions),
        cmocka_unit_test(nothing_cannot_be_made_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
