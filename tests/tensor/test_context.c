/* The context: its arena, its sticky error, its options. */
#include "case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void an_unknown_backend_is_refused_by_name(void **state)
{
    (void)state;
    Err err = { 0 };
    assert_null(op_open(&(OpOptions){ .backend = "abacus" }, &err));
    assert_non_null(strstr(err.msg, "abacus"));
    op_close(NULL);
}

static void the_first_error_sticks_until_it_is_asked_for(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Tensor a = op_zeros(t->c, SHAPE(2, 3)), b = op_zeros(t->c, SHAPE(4, 5));
    Tensor bad = op_matmul(t->c, a, b);
    assert_false(op_ok(t->c));
    Tensor after = op_add(t->c, bad, b); /* would say that an argument is empty */
    assert_false(tensor_is(after));
    op_add_to(t->c, a, b);
    float out[6] = { 42 };
    op_download(t->c, a, out);
    assert_true(out[0] == 42);
    case_expect_failure(t, after, "op_matmul: f32 [2, 3] and f32 [4, 5]");
    case_expect_failure(t, op_add(t->c, (Tensor){ 0 }, a),
                        "op_add: none and f32 [2, 3]: an argument is empty");
    assert_true(tensor_is(op_add(t->c, a, a)));
    case_close(t);
}

static void a_models_own_failure_stops_the_pass_as_well(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Tensor y = op_fail(t->c, ERR_INPUT, "%d points are too many", 7);
    op_fail(t->c, ERR_INPUT, "second");
    assert_false(tensor_is(op_zeros(t->c, SHAPE(1))));
    case_expect_failure(t, y, "7 points are too many");
    case_close(t);
}

static void memory_after_a_mark_is_used_again(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Tensor first = op_fill(t->c, SHAPE(1000), 1);
    ArenaMark mark = op_mark(t->c);
    void *place = NULL;
    for (int i = 0; i < 3; i++) {
        Tensor x = op_new(t->c, SHAPE(5, 7)),
               large = op_new(t->c, SHAPE(40 << 20)); /* 160 MB: a chunk of its own */
        assert_true(tensor_is(large));
        assert_true((uintptr_t)x.data % 64 == 0 && (uintptr_t)large.data % 64 == 0);
        assert_true(place == NULL || place == large.data);
        place = large.data;
        op_reset(t->c, mark);
    }
    assert_true(op_peak(t->c) >= (size_t)160 << 20 && op_peak(t->c) < (size_t)240 << 20);
    assert_true(case_values(t, first)[999] == 1);
    case_close(t);
}

static void a_kept_result_survives_the_reset(void **state)
{
    (void)state;
    Case *t = case_open(0);
    ArenaMark mark = op_mark(t->c);
    (void)op_zeros(t->c, SHAPE(3)); /* 64 bytes before x: source and destination overlap */
    Tensor x = case_random(t, SHAPE(10, 100), 1);
    double *want = case_values(t, x);
    Tensor kept = op_reset_keep(t->c, mark, x);
    Tensor next = op_fill(t->c, SHAPE(1000), 5);
    assert_true(tensor_is(next));
    case_expect(t, kept, SHAPE(10, 100), want, 0);
    case_close(t);
}

static void a_memory_limit_is_an_error_and_not_a_crash(void **state)
{
    (void)state;
    Err err = { 0 };
    OpCtx *c = op_open(&(OpOptions){ .memory_limit = 1 << 20 }, &err);
    assert_true(tensor_is(op_new(c, SHAPE(1000))));
    assert_true(op_finish(c, &err));
    assert_false(tensor_is(op_new(c, SHAPE(1 << 18))));
    assert_false(op_finish(c, &err));
    assert_int_equal(err.kind, ERR_NOMEM);
    assert_false(tensor_is(op_new(c, SHAPE((size_t)1 << 40, (size_t)1 << 40))));
    assert_false(op_finish(c, &err));
    assert_non_null(strstr(err.msg, "too large"));
    assert_false(tensor_is(op_new(c, SHAPE(((size_t)1 << 62) - 1))));
    assert_false(op_finish(c, &err));
    op_close(c);
}

static void what_is_uploaded_comes_back(void **state)
{
    (void)state;
    for (size_t way = 0; way < 2; way++) {
        Case *t = case_open(way);
        Tensor half = case_host(t, DTYPE_F16, SHAPE(3, 5), 2);
        case_expect(t, op_upload(t->c, half), SHAPE(3, 5), case_host_values(t, half), 0);
        static const float single[] = { 3 };
        Tensor scalar = op_from_f32(t->c, single, (Shape){ 0 });
        case_expect(t, scalar, (Shape){ 0 }, (double[]){ 3 }, 0);
        Tensor empty = op_upload(t->c, tensor_of(NULL, DTYPE_F32, SHAPE(0, 4)));
        assert_true(tensor_is(empty));
        case_expect_failure(t, op_upload(t->c, (Tensor){ 0 }), "op_upload");
        case_close(t);
    }
}

static void a_parameter_is_converted_once_and_stays_with_its_weight(void **state)
{
    (void)state;
    for (size_t way = 0; way < 2; way++) {
        Case *t = case_open(way);
        Weight w = { .host = case_host(t, DTYPE_BF16, SHAPE(3, 5), 1) };
        Tensor a = op_weight(t->c, &w);
        case_expect(t, a, SHAPE(3, 5), case_host_values(t, w.host), 0);
        op_reset(t->c, (ArenaMark){ 0 });
        assert_ptr_equal(op_weight(t->c, &w).data, a.data);
        weight_clear(&w);
        weight_clear(&w);
        case_expect_failure(t, op_weight(t->c, &(Weight){ 0 }), "op_weight");
        case_close(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_backend_is_refused_by_name),
        cmocka_unit_test(the_first_error_sticks_until_it_is_asked_for),
        cmocka_unit_test(a_models_own_failure_stops_the_pass_as_well),
        cmocka_unit_test(memory_after_a_mark_is_used_again),
        cmocka_unit_test(a_kept_result_survives_the_reset),
        cmocka_unit_test(a_memory_limit_is_an_error_and_not_a_crash),
        cmocka_unit_test(what_is_uploaded_comes_back),
        cmocka_unit_test(a_parameter_is_converted_once_and_stays_with_its_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
