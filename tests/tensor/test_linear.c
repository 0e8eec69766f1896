/* Linear layers and products of matrices against a double loop. */
#include "case.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>

/* Rounding in a float sum of n terms stays below about sqrt(n) * 2^-24 of their size, which is 1 here: 4e-6
 * at 4096. Activations add their own few units of 2^-24. */
static const double TOLERANCE = 1e-5;

static double *linear_in_double(Case *t, Tensor x, const Linear *l, Act act)
{
    size_t rows = tensor_rows(x), in = tensor_cols(x), out = l->weight.host.dim[0];
    double *px = case_values(t, x), *w = case_host_values(t, l->weight.host);
    double *b = tensor_is(l->bias.host) ? case_host_values(t, l->bias.host) : NULL;
    double *y = case_alloc(t, rows * out * sizeof *y);
    for (size_t r = 0; r < rows; r++)
        for (size_t o = 0; o < out; o++) {
            double sum = 0;
            for (size_t i = 0; i < in; i++)
                sum += px[r * in + i] * w[o * in + i];
            y[r * out + o] = activation(sum + (b ? b[o] : 0), act);
        }
    return y;
}

static void a_linear_layer_is_its_formula(void **state)
{
    (void)state;
    static const struct {
        size_t rows, in, out;
        bool bias;
        Dtype dtype;
    } cases[] = {
        { 1, 1, 1, true, DTYPE_F32 },       { 1, 129, 67, true, DTYPE_F32 },
        { 7, 5, 3, false, DTYPE_F16 },      { 5, 64, 33, true, DTYPE_BF16 },
        { 130, 96, 130, true, DTYPE_F16 },  { 13, 1280, 77, false, DTYPE_F32 },
        { 0, 4, 5, true, DTYPE_F32 },       { 3, 0, 5, true, DTYPE_F32 },
        { 300, 257, 515, true, DTYPE_F32 }, { 64, 4096, 16, true, DTYPE_BF16 },
        { 2, 48, 4096, false, DTYPE_F32 },
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            size_t out = cases[i].out;
            Tensor x = case_random(t, SHAPE(cases[i].rows, cases[i].in), 1);
            Linear l = case_linear(t, cases[i].dtype, SHAPE(out, cases[i].in), cases[i].bias ? out : 0);
            Act act = (Act)(i % ACT_COUNT);
            for (int twice = 0; twice < 2; twice++) /* the second time with the packed weight */
                case_expect(t, op_linear_act(t->c, x, &l, act), SHAPE(cases[i].rows, out),
                            linear_in_double(t, x, &l, act), TOLERANCE);
            linear_clear(&l);
        }
}

static void every_activation_can_be_fused(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(37, 50), 3);
        Linear l = case_linear(t, DTYPE_F32, SHAPE(70, 50), 70);
        for (Act act = ACT_NONE; act < ACT_COUNT; act++) /* inputs of size 3: errors up to 5e-6 */
            case_expect(t, op_linear_act(t->c, x, &l, act), SHAPE(37, 70), linear_in_double(t, x, &l, act),
                        3 * TOLERANCE);
        linear_clear(&l);
    }
}

static void leading_dimensions_stay(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Linear l = case_linear(t, DTYPE_F32, SHAPE(6, 4), 6);
        Tensor x = case_random(t, SHAPE(2, 3, 5, 4), 1), v = case_random(t, SHAPE(4), 1);
        case_expect(t, op_linear(t->c, x, &l), SHAPE(2, 3, 5, 6), linear_in_double(t, x, &l, ACT_NONE),
                    TOLERANCE);
        case_expect(t, op_linear(t->c, v, &l), SHAPE(6), linear_in_double(t, v, &l, ACT_NONE), TOLERANCE);
        linear_clear(&l);
    }
}

/* The weight of the tests above, at 4 bits: only the weight is quantised, the sum is as exact as ever. */
static void a_quantised_weight_counts_with_its_stored_values(void **state)
{
    (void)state;
    enum { OUT = 48, IN = 128, COUNT = OUT * IN };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Nf4 q = { .block = 64 };
        float *absmax = case_alloc(t, COUNT / 64 * sizeof *absmax);
        uint8_t *nf4 = case_alloc(t, COUNT / 2), *q8 = case_alloc(t, COUNT / 32 * 34);
        for (size_t i = 0; i < COUNT / 64; i++)
            absmax[i] = rng_float(&t->rng) / 8;
        q.absmax = absmax;
        for (int i = 0; i < 16; i++)
            q.code[i] = (float)i / 8 - 1;
        for (size_t i = 0; i < COUNT / 2; i++)
            nf4[i] = (uint8_t)rng_int(&t->rng, 0, 255);
        for (size_t i = 0; i < COUNT / 32 * 34; i++) /* scales of 2^-10 */
            q8[i] = i % 34 == 0 ? 0 : i % 34 == 1 ? 0x14 : (uint8_t)rng_int(&t->rng, 0, 255);
        Linear a = { .weight.host = tensor_of(nf4, DTYPE_NF4, SHAPE(OUT, IN)) };
        Linear b = { .weight.host = tensor_of(q8, DTYPE_Q8_0, SHAPE(OUT, IN)) };
        a.weight.host.nf4 = &q;
        for (size_t rows = 1; rows < 80; rows += 39) {
            Tensor x = case_random(t, SHAPE(rows, IN), 1);
            case_expect(t, op_linear(t->c, x, &a), SHAPE(rows, OUT), linear_in_double(t, x, &a, ACT_NONE),
                        TOLERANCE);
            case_expect(t, op_linear(t->c, x, &b), SHAPE(rows, OUT), linear_in_double(t, x, &b, ACT_NONE),
                        TOLERANCE);
        }
        linear_clear(&a);
        linear_clear(&b);
    }
}

/* y += scale * up(down(x)), by the formula. */
static void add_change(Case *t, double *y, Tensor x, const LowRank *r)
{
    size_t rows = tensor_rows(x), in = tensor_cols(x), rank = r->down.host.dim[0], out = r->up.host.dim[0];
    double *px = case_values(t, x), *a = case_host_values(t, r->down.host),
           *b = case_host_values(t, r->up.host);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < rank; k++) {
            double low = 0;
            for (size_t j = 0; j < in; j++)
                low += px[i * in + j] * a[k * in + j];
            for (size_t o = 0; o < out; o++)
                y[i * out + o] += r->scale * low * b[o * rank + k];
        }
}

static LowRank change_random(Case *t, Dtype d, size_t out, size_t in, size_t rank, float scale)
{
    return (LowRank){ .down.host = case_host(t, d, SHAPE(rank, in), 1 / sqrtf((float)in)),
                      .up.host = case_host(t, d, SHAPE(out, rank), 1 / sqrtf((float)rank)),
                      .scale = scale };
}

/* Ranks and rows below, at and beyond a tile, a depth beyond what is packed at a time. */
static void low_rank_changes_are_added_before_the_activation(void **state)
{
    (void)state;
    static const struct {
        size_t rows, in, out, rank[2];
        Dtype base, change;
    } cases[] = {
        { 1, 5, 3, { 2, 1 }, DTYPE_F32, DTYPE_F32 },
        { 7, 300, 130, { 33, 4 }, DTYPE_BF16, DTYPE_F16 },
        { 8, 64, 33, { 1, 32 }, DTYPE_BF16, DTYPE_BF16 },
        { 15, 257, 129, { 70, 5 }, DTYPE_F16, DTYPE_F32 },
        { 300, 520, 70, { 32, 64 }, DTYPE_BF16, DTYPE_BF16 },
        { 141, 40, 260, { 16, 300 }, DTYPE_F32, DTYPE_BF16 },
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            size_t out = cases[i].out, in = cases[i].in;
            Tensor x = case_random(t, SHAPE(cases[i].rows, in), 1);
            Linear l = case_linear(t, cases[i].base, SHAPE(out, in), i % 2 ? out : 0);
            LowRank second = change_random(t, cases[i].change, out, in, cases[i].rank[1], -0.5f);
            LowRank first = change_random(t, cases[i].change, out, in, cases[i].rank[0], 2);
            first.next = &second;
            Act act = (Act)(i % ACT_COUNT);
            double *want = linear_in_double(t, x, &l, ACT_NONE);
            add_change(t, want, x, &first);
            add_change(t, want, x, &second);
            for (size_t k = 0; k < cases[i].rows * out; k++)
                want[k] = activation(want[k], act);
            case_expect(t, op_linear_changed(t->c, x, &l, &first, act), SHAPE(cases[i].rows, out), want,
                        5 * TOLERANCE); /* three sums, of size 5 together */
            linear_clear(&l);
            low_rank_clear(&first);
            low_rank_clear(&second);
        }
}

/* Pages of the file that nobody has in memory any more are read again; nothing but them is given back. */
static void a_mapped_weight_counts_the_same_after_its_pages_are_given_back(void **state)
{
    (void)state;
    enum { OUT = 130, IN = 100, BYTES = OUT * IN * 4 };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Linear l = case_linear(t, DTYPE_F32, SHAPE(OUT, IN), 0);
        FILE *f = tmpfile();
        assert_non_null(f);
        assert_int_equal(fwrite(l.weight.host.data, 1, BYTES, f), BYTES);
        assert_int_equal(fflush(f), 0);
        void *map = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE, fileno(f), 0);
        assert_true(map != MAP_FAILED);
        l.weight.host.data = map;
        l.weight.mapped = true;
        Tensor x = case_random(t, SHAPE(9, IN), 1);
        for (int twice = 0; twice < 2; twice++)
            case_expect(t, op_linear(t->c, x, &l), SHAPE(9, OUT), linear_in_double(t, x, &l, ACT_NONE),
                        TOLERANCE);
        linear_clear(&l);
        munmap(map, BYTES);
        fclose(f);
    }
}

static double *matmul_in_double(Case *t, Tensor a, Tensor b, size_t n, bool transposed)
{
    size_t m = a.dim[a.rank - 2], k = tensor_cols(a), batch = tensor_rows(a) / m;
    double *pa = case_values(t, a), *pb = case_values(t, b), *y = case_alloc(t, batch * m * n * sizeof *y);
    for (size_t i = 0; i < batch; i++)
        for (size_t r = 0; r < m; r++)
            for (size_t o = 0; o < n; o++)
                for (size_t j = 0; j < k; j++)
                    y[(i * m + r) * n + o] +=
                        pa[(i * m + r) * k + j] *
                        pb[(b.rank > 2 ? i * k * n : 0) + (transposed ? o * k + j : j * n + o)];
    return y;
}

static void a_product_of_matrices_is_its_formula(void **state)
{
    (void)state;
    static const size_t sizes[][3] = { { 1, 1, 1 },     { 5, 7, 3 }, { 33, 17, 65 },
                                       { 128, 64, 96 }, { 4, 0, 3 }, { 200, 300, 1 } };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            size_t m = sizes[i][0], k = sizes[i][1], n = sizes[i][2];
            double tol = TOLERANCE * (1 + sqrt((double)k)); /* the sums are of size sqrt(k) */
            Tensor a = case_random(t, SHAPE(2, 3, m, k), 1);
            Tensor b = case_random(t, SHAPE(2, 3, k, n), 1), bt = case_random(t, SHAPE(2, 3, n, k), 1);
            Tensor one = case_random(t, SHAPE(k, n), 1), one_t = case_random(t, SHAPE(n, k), 1);
            Shape s = SHAPE(2, 3, m, n);
            case_expect(t, op_matmul(t->c, a, b), s, matmul_in_double(t, a, b, n, false), tol);
            case_expect(t, op_matmul_t(t->c, a, bt), s, matmul_in_double(t, a, bt, n, true), tol);
            case_expect(t, op_matmul(t->c, a, one), s, matmul_in_double(t, a, one, n, false), tol);
            case_expect(t, op_matmul_t(t->c, a, one_t), s, matmul_in_double(t, a, one_t, n, true), tol);
        }
}

static void shapes_that_do_not_fit_are_named(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Linear l = case_linear(t, DTYPE_F16, SHAPE(6, 4), 6),
           wrong_bias = case_linear(t, DTYPE_F16, SHAPE(6, 4), 5);
    Tensor x = op_zeros(t->c, SHAPE(3, 5)), y = op_zeros(t->c, SHAPE(3, 4)),
           z = op_zeros(t->c, SHAPE(2, 4, 3));
    case_expect_failure(t, op_linear(t->c, x, &l), "op_linear: f32 [3, 5] and f16 [6, 4]");
    case_expect_failure(t, op_linear(t->c, y, &wrong_bias), "f16 [5]");
    case_expect_failure(t, op_linear(t->c, y, &(Linear){ 0 }), "op_linear");
    LowRank change = change_random(t, DTYPE_F32, 6, 3, 2, 1);
    case_expect_failure(t, op_linear_changed(t->c, y, &l, &change, ACT_NONE), "f16 [6, 4], f32 [2, 3]");
    case_expect_failure(t, op_matmul(t->c, x, y), "op_matmul: f32 [3, 5] and f32 [3, 4]");
    case_expect_failure(t, op_matmul_t(t->c, x, y), "op_matmul_t");
    case_expect_failure(t, op_matmul(t->c, y, z), "op_matmul");
    case_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_layer_is_its_formula),
        cmocka_unit_test(every_activation_can_be_fused),
        cmocka_unit_test(leading_dimensions_stay),
        cmocka_unit_test(a_quantised_weight_counts_with_its_stored_values),
        cmocka_unit_test(low_rank_changes_are_added_before_the_activation),
        cmocka_unit_test(a_mapped_weight_counts_the_same_after_its_pages_are_given_back),
        cmocka_unit_test(a_product_of_matrices_is_its_formula),
        cmocka_unit_test(shapes_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
