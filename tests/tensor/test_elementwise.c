/* Operations on one element at a time. */
#include "case.h"

#include <math.h>

/* Every 65536th float there is, plus the borders of the exponent's range, NaN and the infinities. */
static size_t all_kinds_of_floats(float *out)
{
    size_t n = 0;
    for (uint32_t u = 0; u < 65536; u++) {
        union {
            uint32_t u;
            float f;
        } v = { .u = u << 16 | (u * 40503 & 0xffff) };
        out[n++] = v.f;
    }
    for (float x = -104; x < 90; x += 0.0371f)
        out[n++] = x;
    static const float edges[] = { 88.72283f, 88.72284f, -87.33654f, -103.97208f, -0.0f,
                                   0,         INFINITY,  -INFINITY,  NAN };
    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        out[n++] = edges[i];
    return n;
}

/* Relative to the result, in units of the last place of a float; results below the smallest normal float
 * count by their distance in that size, as fast kernels flush them to zero. */
static double ulps(double have, double want)
{
    if ((isnan(have) && isnan(want)) || have == want || fabs(want) > 3.4028235e38)
        return isnan(have) == isnan(want) ? 0 : INFINITY;
    return fabs(have - want) / fmax(fabs(want) * 0x1p-23, 0x1p-126);
}

static double exact(double x, Act act)
{
    switch (act) { /* forms that keep their digits for very negative x */
    case ACT_GELU: return isinf(x) ? (x > 0 ? x : 0) : x * erfc(-x / sqrt(2)) / 2;
    case ACT_GELU_TANH:
        return isinf(x) ? (x > 0 ? x : 0)
                        : x / (1 + exp(-2 * sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
    case ACT_SILU:
    case ACT_QUICK_GELU:
        if (isinf(x))
            return x > 0 ? x : 0;
        return activation(x, act);
    case ACT_RELU: return isnan(x) ? x : activation(x, act);
    default: return activation(x, act);
    }
}

/* exp, tanh, sigmoid and silu are good to a unit or two. The other two swishes round the argument of exp, which is up to
 * 17 where results still count: 17 * 2^-24 of the result, some 20 units. gelu takes 1 - erf where erf is up to 0.84.
 * Where a result is below 1e-7 nothing that follows sees it: there the distance counts. */
static void activations_are_accurate_over_all_floats(void **state)
{
    (void)state;
    static const double limit[ACT_COUNT] = {
        [ACT_GELU] = 8,    [ACT_GELU_TANH] = 24, [ACT_QUICK_GELU] = 12, [ACT_SILU] = 3,
        [ACT_SIGMOID] = 2, [ACT_TANH] = 2,       [ACT_EXP] = 2
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        float *x = case_alloc(t, 80000 * sizeof *x);
        size_t n = all_kinds_of_floats(x);
        for (Act act = ACT_NONE; act < ACT_COUNT; act++) {
            double *have = case_values(t, op_act(t->c, op_from_f32(t->c, x, SHAPE(n)), act));
            double worst = 0;
            float where = 0;
            for (size_t i = 0; i < n; i++) {
                double want = exact(x[i], act), off = ulps(have[i], want);
                bool tiny =
                    act != ACT_TANH && act != ACT_EXP && act != ACT_SIGMOID && fabs(want) < 1e-7 && x[i] < -1;
                if (tiny ? fabs(have[i] - want) > 1e-12 : off > worst) {
                    worst = off;
                    where = x[i];
                }
            }
            if (worst > limit[act])
                fail_msg("%s: activation %d is %.1f units in the last place off at %.9g", t->backend,
                         (int)act, worst, (double)where);
        }
    }
}

static void sums_and_products_repeat_their_second_operand(void **state)
{
    (void)state;
    static const Shape a[] = { { 3, { 3, 5, 7 } }, { 3, { 3, 5, 7 } },  { 3, { 3, 5, 7 } },
                               { 2, { 4, 64 } },   { 2, { 300, 129 } }, { 1, { 1 } } };
    static const Shape b[] = { { 3, { 3, 5, 7 } }, { 2, { 5, 7 } }, { 3, { 1, 1, 7 } },
                               { 2, { 1, 64 } },   { 0, { 0 } },    { 2, { 1, 1 } } };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(a); i++) {
            Tensor x = case_random(t, a[i], 1), y = case_random(t, b[i], 1), z = case_random(t, b[i], 1);
            Tensor full = case_random(t, a[i], 1);
            double *px = case_values(t, x), *py = case_values(t, y), *pz = case_values(t, z),
                   *pf = case_values(t, full);
            size_t n = tensor_count(x), m = tensor_count(y);
            double *want[7];
            for (size_t k = 0; k < 7; k++)
                want[k] = case_alloc(t, n * sizeof(double));
            for (size_t k = 0; k < n; k++) {
                want[0][k] = px[k] + py[k % m];
                want[1][k] = px[k] - py[k % m];
                want[2][k] = px[k] * py[k % m];
                want[3][k] = px[k] * (1 + pz[k % m]) + py[k % m];
                want[4][k] = want[0][k];
                want[5][k] = want[4][k] + 0.3f * py[k % m];
                want[6][k] = want[5][k] + py[k % m] * pf[k];
            }
            case_expect(t, op_add(t->c, x, y), a[i], want[0], 1e-6);
            case_expect(t, op_sub(t->c, x, y), a[i], want[1], 1e-6);
            case_expect(t, op_mul(t->c, x, y), a[i], want[2], 1e-6);
            case_expect(t, op_modulate(t->c, x, y, z), a[i], want[3], 1e-6);
            op_add_to(t->c, x, y);
            case_expect(t, x, a[i], want[4], 1e-6);
            op_add_scaled(t->c, x, 0.3f, y);
            case_expect(t, x, a[i], want[5], 1e-6);
            op_add_gated(t->c, x, y, full);
            case_expect(t, x, a[i], want[6], 1e-6);
        }
}

static void affine_and_gated_products_are_their_formulas(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(13, 37), 1), g = case_random(t, SHAPE(13, 37), 2);
        double *px = case_values(t, x), *pg = case_values(t, g), affine[13 * 37], gated[13 * 37];
        for (size_t i = 0; i < 13 * 37; i++) {
            affine[i] = px[i] * 3 - 0.25;
            gated[i] = activation(pg[i], ACT_SILU) * px[i];
        }
        case_expect(t, op_affine(t->c, x, 3, -0.25f), SHAPE(13, 37), affine, 1e-6);
        case_expect(t, op_act_mul(t->c, g, x, ACT_SILU), SHAPE(13, 37), gated, 1e-6);
    }
}

static void shapes_that_do_not_fit_are_named(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Tensor x = op_zeros(t->c, SHAPE(3, 4)), y = op_zeros(t->c, SHAPE(3, 1)),
           z = op_zeros(t->c, SHAPE(2, 3, 4));
    case_expect_failure(t, op_add(t->c, x, y), "op_add: f32 [3, 4] and f32 [3, 1]");
    case_expect_failure(t, op_mul(t->c, x, z), "op_mul");
    case_expect_failure(t, op_act_mul(t->c, x, y, ACT_SILU), "op_act_mul");
    case_expect_failure(t, op_modulate(t->c, x, y, x), "op_modulate");
    op_add_gated(t->c, x, x, y);
    case_expect_failure(t, (Tensor){ 0 }, "op_add_gated");
    op_add_scaled(t->c, x, 1, z);
    case_expect_failure(t, (Tensor){ 0 }, "op_add_scaled");
    case_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_are_accurate_over_all_floats),
        cmocka_unit_test(sums_and_products_repeat_their_second_operand),
        cmocka_unit_test(affine_and_gated_products_are_their_formulas),
        cmocka_unit_test(shapes_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
