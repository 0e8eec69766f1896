/* Moving numbers around: nothing is computed, so everything is exact. */
#include "case.h"

#include <math.h>
#include <string.h>

static void parts_of_rows_and_columns_are_taken(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(5, 3, 8), 1);
        double *px = case_values(t, x), rows[48], cols[75];
        memcpy(rows, px + 48, sizeof rows);
        for (size_t i = 0; i < 75; i++)
            cols[i] = px[i / 5 * 8 + 2 + i % 5];
        Tensor part = op_rows(t->c, x, 2, 2);
        case_expect(t, part, SHAPE(2, 3, 8), rows, 0);
        case_expect(t, op_cols(t->c, x, 2, 5), SHAPE(5, 3, 5), cols, 0);
        assert_true(tensor_count(op_rows(t->c, x, 5, 0)) == 0 && tensor_count(op_cols(t->c, x, 8, 0)) == 0);
        case_expect_failure(t, op_rows(t->c, x, 4, 2), "op_rows");
        case_expect_failure(t, op_rows(t->c, x, 1, (size_t)-1), "op_rows");
        case_expect_failure(t, op_cols(t->c, x, 4, 5), "op_cols: f32 [5, 3, 8] has no 5 columns from 4 on");
        op_add_to(t->c, part, part); /* a view: x changes with it */
        assert_true(case_values(t, x)[48] == 2 * px[48] && case_values(t, x)[47] == px[47]);
        case_expect(t, op_copy(t->c, op_reshape(t->c, part, SHAPE(48))), SHAPE(48), case_values(t, part), 0);
        case_expect_failure(t, op_reshape(t->c, x, SHAPE(7, 7)), "op_reshape");
    }
}

static void a_copy_into_rows_replaces_what_was_there(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = op_fill(t->c, SHAPE(4, 5), NAN), y = case_random(t, SHAPE(2, 5), 1);
        op_copy_to(t->c, op_rows(t->c, x, 1, 2), y);
        case_expect(t, op_rows(t->c, x, 1, 2), SHAPE(2, 5), case_values(t, y), 0);
        assert_true(isnan(case_values(t, x)[4]) && isnan(case_values(t, x)[15]));
        op_copy_to(t->c, op_rows(t->c, x, 4, 0), op_rows(t->c, y, 0, 0));
        op_copy_to(t->c, x, y);
        case_expect_failure(t, (Tensor){ 0 }, "op_copy_to: f32 [4, 5] and f32 [2, 5]");
    }
}

static void joined_tensors_hold_both(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor a = case_random(t, SHAPE(2, 3), 1), b = case_random(t, SHAPE(4, 3), 1),
               c = case_random(t, SHAPE(2, 5), 1);
        double *pa = case_values(t, a), *pb = case_values(t, b), *pc = case_values(t, c), rows[18], cols[16],
               twice[12];
        for (size_t i = 0; i < 18; i++)
            rows[i] = i < 6 ? pa[i] : pb[i - 6];
        for (size_t i = 0; i < 16; i++)
            cols[i] = i % 8 < 3 ? pa[i / 8 * 3 + i % 8] : pc[i / 8 * 5 + i % 8 - 3];
        for (size_t i = 0; i < 12; i++)
            twice[i] = pa[i % 6];
        case_expect(t, op_concat_rows(t->c, a, b), SHAPE(6, 3), rows, 0);
        case_expect(t, op_concat_cols(t->c, a, c), SHAPE(2, 8), cols, 0);
        case_expect(t, op_concat_rows(t->c, op_new(t->c, SHAPE(0, 3)), a), SHAPE(2, 3), pa, 0);
        case_expect(t, op_repeat(t->c, a, 2), SHAPE(2, 2, 3), twice, 0);
        case_expect_failure(t, op_concat_rows(t->c, a, c), "op_concat_rows: f32 [2, 3] and f32 [2, 5]");
        case_expect_failure(t, op_concat_cols(t->c, a, b), "op_concat_cols");
    }
}

static void every_permutation_moves_each_element_to_its_place(void **state)
{
    (void)state;
    static const int axes[][5] = { { 0, 1, 2, 3, 4 }, { 4, 3, 2, 1, 0 }, { 0, 2, 1, 3, 4 },
                                   { 2, 0, 1, 4, 3 }, { 1, 0, 2, 3, 4 }, { 0, 1, 3, 4, 2 } };
    static const size_t dims[][5] = { { 2, 3, 4, 5, 6 }, { 1, 1, 17, 1, 33 }, { 2, 3, 1, 40, 64 } };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t k = 0; k < ARRAY_LEN(dims); k++)
            for (size_t p = 0; p < ARRAY_LEN(axes); p++) {
                const size_t *d = dims[k];
                const int *a = axes[p];
                Tensor x = case_random(t, SHAPE(d[0], d[1], d[2], d[3], d[4]), 1);
                double *px = case_values(t, x), *want = case_values(t, x);
                size_t at[5], n = 0;
                for (size_t i = 0; i < tensor_count(x); i++) { /* each source element to where it belongs */
                    size_t rest = i, to = 0;
                    for (int j = 4; j >= 0; rest /= d[j], j--)
                        at[j] = rest % d[j];
                    for (int j = 0; j < 5; j++)
                        to = to * d[a[j]] + at[a[j]];
                    want[to] = px[i];
                    n++;
                }
                assert_int_equal(n, tensor_count(x));
                case_expect(t, op_permute(t->c, x, a), SHAPE(d[a[0]], d[a[1]], d[a[2]], d[a[3]], d[a[4]]),
                            want, 0);
            }
}

static void a_transposed_matrix_swaps_rows_and_columns(void **state)
{
    (void)state;
    static const size_t sizes[][2] = { { 1, 1 }, { 3, 5 }, { 37, 70 }, { 64, 129 } };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
            size_t h = sizes[k][0], w = sizes[k][1];
            Tensor x = case_random(t, SHAPE(2, h, w), 1);
            double *px = case_values(t, x), *want = case_values(t, x);
            for (size_t i = 0; i < 2 * h * w; i++)
                want[i / (h * w) * h * w + i % w * h + i / w % h] = px[i];
            case_expect(t, op_transpose(t->c, x), SHAPE(2, w, h), want, 0);
            static const int twice[] = { 0, 0, 1 }, outside[] = { 0, 1, 3 };
            case_expect_failure(t, op_permute(t->c, x, twice), "op_permute");
            case_expect_failure(t, op_permute(t->c, x, outside), "op_permute");
        }
}

static void gathered_rows_are_those_asked_for(void **state)
{
    (void)state;
    static const int32_t ids[] = { 4, 0, 4, 2 }, beyond[] = { 1, 5 }, negative[] = { -1 };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(5, 3), 1);
        Weight table = { .host = case_host(t, DTYPE_BF16, SHAPE(5, 3), 1) };
        double *px = case_values(t, x), *pt = case_host_values(t, table.host), rows[12], embedded[12];
        for (size_t i = 0; i < 12; i++) {
            rows[i] = px[ids[i / 3] * 3 + (int)(i % 3)];
            embedded[i] = pt[ids[i / 3] * 3 + (int)(i % 3)];
        }
        case_expect(t, op_gather(t->c, x, op_from_i32(t->c, ids, SHAPE(4))), SHAPE(4, 3), rows, 0);
        case_expect(t, op_embedding(t->c, &table, op_from_i32(t->c, ids, SHAPE(4))), SHAPE(4, 3), embedded,
                    0);
        (void)op_gather(t->c, x, op_from_i32(t->c, beyond, SHAPE(2)));
        case_expect_failure(t, (Tensor){ 0 }, "op_gather: there is no row 5 among 5");
        (void)op_embedding(t->c, &table, op_from_i32(t->c, negative, SHAPE(1)));
        case_expect_failure(t, (Tensor){ 0 }, "op_embedding: there is no row -1");
        case_expect_failure(t, op_gather(t->c, x, x), "op_gather");
    }
}

static void windows_cover_the_image_and_go_back(void **state)
{
    (void)state;
    static const size_t cases[][4] = {
        { 4, 6, 2, 2 }, { 5, 7, 3, 3 }, { 1, 1, 5, 14 }, { 64, 64, 20, 14 }, { 3, 9, 1, 9 }
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            size_t h = cases[i][0], w = cases[i][1], c = cases[i][2], size = cases[i][3];
            size_t across = (w + size - 1) / size, n = (h + size - 1) / size * across;
            Tensor x = case_random(t, SHAPE(h, w, c), 1);
            double *px = case_values(t, x), *want = case_alloc(t, n * size * size * c * sizeof *want);
            for (size_t at = 0; at < h * w * c; at++) {
                size_t y = at / c / w, xx = at / c % w, window = y / size * across + xx / size;
                want[((window * size + y % size) * size + xx % size) * c + at % c] = px[at];
            }
            Tensor cut = op_windows(t->c, x, size);
            case_expect(t, cut, SHAPE(n, size, size, c), want, 0);
            case_expect(t, op_unwindows(t->c, cut, h, w), SHAPE(h, w, c), px, 0);
            case_expect_failure(t, op_unwindows(t->c, cut, h + 2 * size, w), "op_unwindows");
            case_expect_failure(t, op_windows(t->c, x, 0), "op_windows");
        }
}

static void padding_is_cropped_away_again(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Tensor x = case_random(t, SHAPE(2, 3, 4, 5), 1);
        double *px = case_values(t, x), *want = case_alloc(t, 2 * 6 * 8 * 5 * sizeof *want);
        for (size_t i = 0; i < 2 * 3 * 4 * 5; i++) {
            size_t n = i / 60, y = i / 20 % 3, xx = i / 5 % 4;
            want[((n * 6 + y + 1) * 8 + xx + 3) * 5 + i % 5] = px[i];
        }
        Tensor padded = op_pad(t->c, x, (Padding){ 1, 2, 3, 1 });
        case_expect(t, padded, SHAPE(2, 6, 8, 5), want, 0);
        case_expect(t, op_crop(t->c, padded, 1, 3, 3, 4), SHAPE(2, 3, 4, 5), px, 0);
        case_expect_failure(t, op_crop(t->c, x, 1, 0, 3, 4), "op_crop");
        case_expect_failure(t, op_pad(t->c, x, (Padding){ (size_t)-1, 0, 0, 0 }), "op_pad");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_rows_and_columns_are_taken),
        cmocka_unit_test(a_copy_into_rows_replaces_what_was_there),
        cmocka_unit_test(joined_tensors_hold_both),
        cmocka_unit_test(every_permutation_moves_each_element_to_its_place),
        cmocka_unit_test(a_transposed_matrix_swaps_rows_and_columns),
        cmocka_unit_test(gathered_rows_are_those_asked_for),
        cmocka_unit_test(windows_cover_the_image_and_go_back),
        cmocka_unit_test(padding_is_cropped_away_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
