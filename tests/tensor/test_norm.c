/* Normalisations and sums of rows against their formulas in double. */
#include "case.h"

#include <math.h>

/* Inputs are normal and results of size 1; rounding in a float sum of n terms stays below sqrt(n) *
 * 2^-24, 3.3e-6 at 3072. eps is as large as the variance (inputs of size 1e-3, eps 1e-6), so that a forgotten
 * one shows. */
static const double TOLERANCE = 1e-5;
static const size_t shapes[][2] = { { 1, 1 },    { 3, 7 }, { 5, 129 }, { 2, 3072 },
                                    { 400, 32 }, { 0, 5 }, { 2, 0 } };

static void layer_and_rms_norm_are_their_formulas(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
            size_t rows = shapes[i][0], n = shapes[i][1];
            Shape s = SHAPE(1, rows, n);
            Norm norm = case_norm(t, n);
            Tensor x = case_random(t, s, 1e-3f);
            double *px = case_values(t, x), *w = case_host_values(t, norm.weight.host);
            double *b = case_host_values(t, norm.bias.host);
            double *layer = case_values(t, x), *rms = case_values(t, x), *bare = case_values(t, x);
            for (size_t r = 0; r < rows; r++) {
                double sum = 0, squares = 0, variance = 0;
                for (size_t k = 0; k < n; k++) {
                    sum += px[r * n + k];
                    squares += px[r * n + k] * px[r * n + k];
                }
                for (size_t k = 0; k < n; k++)
                    variance += pow(px[r * n + k] - sum / (double)n, 2) / (double)n;
                for (size_t k = 0; k < n; k++) {
                    bare[r * n + k] = (px[r * n + k] - sum / (double)n) / sqrt(variance + 1e-6f);
                    layer[r * n + k] = bare[r * n + k] * w[k] + b[k];
                    rms[r * n + k] = px[r * n + k] / sqrt(squares / (double)n + 1e-6f) * w[k] + b[k];
                }
            }
            case_expect(t, op_layer_norm(t->c, x, NULL, 1e-6f), s, bare, TOLERANCE);
            case_expect(t, op_layer_norm(t->c, x, &norm, 1e-6f), s, layer, TOLERANCE);
            case_expect(t, op_rms_norm(t->c, x, &norm, 1e-6f), s, rms, TOLERANCE);
        }
}

/* A mean a thousand times the deviation: sums of squares minus squared means would lose everything. */
static void layer_norm_keeps_its_digits_far_from_zero(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        static const float x[] = { 1000, 1001, 1002, 1003 };
        double half = sqrt(1.25);
        double want[] = { -1.5 / half, -0.5 / half, 0.5 / half, 1.5 / half };
        case_expect(t, op_layer_norm(t->c, op_from_f32(t->c, x, SHAPE(4)), NULL, 0), SHAPE(4), want, 1e-6);
    }
}

static void group_norm_is_its_formula(void **state)
{
    (void)state;
    static const size_t cases[][5] = {
        { 1, 3, 5, 8, 4 }, { 2, 7, 3, 30, 5 }, { 1, 1, 1, 4, 4 }, { 2, 16, 16, 64, 32 }, { 1, 33, 9, 6, 1 }
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            size_t n = cases[i][0], area = cases[i][1] * cases[i][2], c = cases[i][3], groups = cases[i][4];
            Shape s = SHAPE(n, cases[i][1], cases[i][2], c);
            Norm norm = case_norm(t, c);
            Tensor x = case_random(t, s, 1e-3f);
            double *px = case_values(t, x), *w = case_host_values(t, norm.weight.host);
            double *b = case_host_values(t, norm.bias.host), *want = case_values(t, x);
            for (size_t k = 0; k < n * groups; k++) {
                size_t size = c / groups, base = k / groups * area * c + k % groups * size;
                double sum = 0, variance = 0, count = (double)(area * size);
                for (size_t e = 0; e < area * size; e++)
                    sum += px[base + e / size * c + e % size];
                for (size_t e = 0; e < area * size; e++)
                    variance += pow(px[base + e / size * c + e % size] - sum / count, 2) / count;
                for (size_t e = 0; e < area * size; e++) {
                    size_t at = base + e / size * c + e % size;
                    want[at] = activation(
                        (px[at] - sum / count) / sqrt(variance + 1e-6f) * w[at % c] + b[at % c], ACT_SILU);
                }
            }
            case_expect(t, op_group_norm(t->c, x, &norm, groups, 1e-6f, ACT_SILU), s, want, TOLERANCE);
        }
}

static void normalized_rows_have_length_one(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        static const float x[] = { 3, 4, 0, 0, 1e-3f, 0 };
        double want[] = { 0.6, 0.8, 0, 0, 0.1, 0 }; /* the last one is shorter than eps */
        case_expect(t, op_normalize(t->c, op_from_f32(t->c, x, SHAPE(3, 2)), 1e-2f), SHAPE(3, 2), want, 1e-6);
    }
}

static void softmax_is_its_formula(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
            size_t rows = shapes[i][0], n = shapes[i][1];
            Tensor x = case_random(t, SHAPE(rows, n), 10);
            double *px = case_values(t, x), *want = case_values(t, x);
            for (size_t r = 0; r < rows; r++) {
                double sum = 0;
                for (size_t k = 0; k < n; k++)
                    sum += exp(px[r * n + k]);
                for (size_t k = 0; k < n; k++)
                    want[r * n + k] = exp(px[r * n + k]) / sum;
            }
            case_expect(t, op_softmax(t->c, x), SHAPE(rows, n), want, 1e-6);
        }
}

static void softmax_of_nothing_seen_is_zero_and_of_huge_scores_finite(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        static const float x[] = { -INFINITY, -INFINITY, 1e30f, 1e30f, -1e30f, -INFINITY };
        double want[] = { 0, 0, 0.5, 0.5, 1, 0 };
        case_expect(t, op_softmax(t->c, op_from_f32(t->c, x, SHAPE(3, 2))), SHAPE(3, 2), want, 1e-6);
    }
}

static void sums_and_means_go_over_the_outermost_dimension(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(300, 5, 7), 1);
        double *px = case_values(t, x), sum[35] = { 0 }, mean[35], none[7] = { 0 };
        for (size_t i = 0; i < 300 * 35; i++)
            sum[i % 35] += px[i];
        for (size_t i = 0; i < 35; i++)
            mean[i] = sum[i] / 300;
        case_expect(t, op_sum_rows(t->c, x), SHAPE(5, 7), sum, TOLERANCE * 10); /* sums of size sqrt(300) */
        case_expect(t, op_mean_rows(t->c, x), SHAPE(5, 7), mean, TOLERANCE);
        case_expect(t, op_mean_rows(t->c, op_new(t->c, SHAPE(0, 7))), SHAPE(7), none, 0);
    }
}

static void shapes_that_do_not_fit_are_named(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Norm norm = case_norm(t, 5);
    Tensor x = op_zeros(t->c, SHAPE(3, 4));
    case_expect_failure(t, op_layer_norm(t->c, x, &norm, 0), "op_layer_norm: f32 [3, 4] and f32 [5]");
    case_expect_failure(t, op_rms_norm(t->c, x, &norm, 0), "op_rms_norm");
    case_expect_failure(t, op_group_norm(t->c, x, &norm, 2, 0, ACT_NONE), "op_group_norm");
    case_expect_failure(t, op_group_norm(t->c, x, NULL, 3, 0, ACT_NONE), "op_group_norm");
    case_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer_and_rms_norm_are_their_formulas),
        cmocka_unit_test(layer_norm_keeps_its_digits_far_from_zero),
        cmocka_unit_test(group_norm_is_its_formula),
        cmocka_unit_test(normalized_rows_have_length_one),
        cmocka_unit_test(softmax_is_its_formula),
        cmocka_unit_test(softmax_of_nothing_seen_is_zero_and_of_huge_scores_finite),
        cmocka_unit_test(sums_and_means_go_over_the_outermost_dimension),
        cmocka_unit_test(shapes_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
