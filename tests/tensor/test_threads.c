/* What must not depend on threads: results, and models that several contexts share. */
#include "case.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Everything that sums, on inputs large enough that work is shared out; the results one after the other. */
static Tensor all_operations(OpCtx *c, const Linear *l, const Linear *half, const Linear *conv,
                             const Norm *norm, const float *data)
{
    Tensor x = op_from_f32(c, data, SHAPE(20, 20, 96));
    Tensor wide = op_linear_act(c, x, l, ACT_GELU);
    Tensor rows = op_reshape(c, wide, SHAPE(400, 288));
    Tensor y = op_reshape(c, op_attention_qkv(c, rows, (AttentionOpts){ .heads = 3 }), SHAPE(400 * 96));
    Tensor parts[] = {
        op_matmul_t(c, rows, rows),
        op_linear(c, op_rows(c, rows, 0, 7), half),
        op_conv2d(c, x, conv, (ConvOpts){ .pad = 1 }),
        op_group_norm(c, x, norm, 8, 1e-5f, ACT_SILU),
        op_layer_norm(c, x, norm, 1e-5f),
        op_sum_rows(c, rows),
        op_softmax(c, rows),
        op_rel_pos(c, rows, op_from_f32(c, data, SHAPE(39, 32)), 3, 20, 20, REL_COLS),
        op_resize(c, x, 37, 41, RESIZE_BICUBIC),
        op_permute(c, x, (int[]){ 2, 1, 0 }),
        /* long sums of few rows, which a library might split among threads */
        op_matmul_t(c, op_reshape(c, rows, SHAPE(4, 28800)), op_reshape(c, rows, SHAPE(4, 28800))),
        op_matmul(c, op_reshape(c, rows, SHAPE(2, 57600)), op_reshape(c, rows, SHAPE(57600, 2))),
        op_linear(c, op_reshape(c, op_rows(c, op_reshape(c, rows, SHAPE(1200, 96)), 0, 1), SHAPE(1, 96)), l),
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        y = op_concat_rows(c, y, op_reshape(c, parts[i], SHAPE(tensor_count(parts[i]))));
    return y;
}

typedef struct {
    Linear l, half, conv;
    Norm norm;
    float *data;
} Model;

static Model model_new(Case *t)
{
    Model m = { case_linear(t, DTYPE_F32, SHAPE(288, 96), 288),
                case_linear(t, DTYPE_BF16, SHAPE(200, 288), 200),
                case_linear(t, DTYPE_F32, SHAPE(64, 96, 3, 3), 64), case_norm(t, 96), NULL };
    m.data = case_host(t, DTYPE_F32, SHAPE(20, 20, 96), 1).data;
    return m;
}

static void model_clear(Model *m)
{
    linear_clear(&m->l);
    linear_clear(&m->half);
    linear_clear(&m->conv);
    norm_clear(&m->norm);
}

static float *results(const Model *m, int threads, size_t *count)
{
    Err err = { 0 };
    OpCtx *c = op_open(&(OpOptions){ .threads = threads }, &err);
    if (!c)
        return NULL;
    Tensor y = all_operations(c, &m->l, &m->half, &m->conv, &m->norm, m->data);
    *count = tensor_count(y);
    float *out = malloc(*count * sizeof *out + 1);
    if (out)
        op_download(c, y, out);
    if (!op_finish(c, &err)) {
        free(out);
        out = NULL;
    }
    op_close(c);
    return out;
}

static void results_are_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Model m = model_new(t);
    size_t n, count;
    float *one = results(&m, 1, &n);
    assert_non_null(one);
    for (int threads = 2; threads < 6; threads++) {
        float *many = results(&m, threads, &count);
        assert_non_null(many);
        assert_int_equal(count, n);
        assert_memory_equal(many, one, n * sizeof *one);
        free(many);
    }
    free(one);
    model_clear(&m);
    case_close(t);
}

typedef struct {
    const Model *m;
    float *out;
    size_t count;
} Job;

static void *run_job(void *p)
{
    Job *j = p;
    j->out = results(j->m, 1, &j->count);
    return NULL;
}

/* All contexts meet the weights unpacked, so that they pack them at the same time. */
static void contexts_in_several_threads_may_share_a_model(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Model m = model_new(t);
    pthread_t thread[4];
    Job job[4];
    for (size_t i = 0; i < 4; i++) {
        job[i] = (Job){ .m = &m };
        assert_int_equal(pthread_create(&thread[i], NULL, run_job, &job[i]), 0);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(job[i].out);
        assert_int_equal(job[i].count, job[0].count);
        assert_memory_equal(job[i].out, job[0].out, job[0].count * sizeof(float));
    }
    for (size_t i = 0; i < 4; i++)
        free(job[i].out);
    model_clear(&m);
    case_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(contexts_in_several_threads_may_share_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
