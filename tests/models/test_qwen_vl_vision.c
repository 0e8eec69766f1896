/* The vision tower of Qwen2.5-VL against the reference: the order of patches exactly, the tokens within rounding. */
#include "qwen_vl_cases.h"
#include "sam_cases.h"

#include "models/qwen_vl/qwen_vl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The reference's own float32 and float64 results differ by 1e-6 of the length. */
static const double EXACT = 2e-6;

static const QwenVlVisionConfig tiny = {
    .hidden_size = 32, .num_heads = 2, .patch_size = 14, .spatial_merge_size = 2, .window_size = 112
};

static QwenVlLayout layout_of(const QwenVlGrid *grids, size_t count)
{
    QwenVlLayout y;
    Err err = { 0 };
    if (!qwen_vl_layout_init(&y, &tiny, grids, count, &err))
        fail_msg("%s", err.msg);
    return y;
}

/* ---- layout ---- */

static void check_layout(const QwenVlRun *run)
{
    if (run->pictures == 0)
        return;
    QwenVlLayout y = layout_of(run->grids, run->pictures);
    GoldenTensor order = golden_find(run->expected, "vis.window_index");
    GoldenTensor ends = golden_find(run->expected, "vis.cu_window_seqlens");
    GoldenTensor angles = golden_find(run->expected, "vis.rotary");
    assert_int_equal(y.cells, order.dim[0]);
    for (size_t i = 0; i < y.cells; i++) {
        assert_int_equal(y.order[i], golden_int(order, i));
        assert_int_equal(y.restore[y.order[i]], i);
    }
    assert_int_equal(y.windows + 1, ends.dim[0]);
    for (size_t i = 0; i < y.windows; i++)
        assert_int_equal(y.window_ends[i], golden_int(ends, i + 1));
    assert_int_equal(y.picture_ends[y.pictures - 1], y.patches);
    /* The stored angles are in the order of cells, ours in that of windows. */
    for (size_t i = 0; i < y.patches; i++)
        for (size_t k = 0; k < 8; k++) {
            double angle = golden_real(angles, ((size_t)y.order[i / 4] * 4 + i % 4) * 8 + k);
            assert_true(fabs(y.cos[8 * i + k] - cos(angle)) < 1e-6);
            assert_true(fabs(y.sin[8 * i + k] - sin(angle)) < 1e-6);
        }
    qwen_vl_layout_clear(&y);
}

static void windows_and_angles_are_the_reference_s(void **state)
{
    (void)state;
    qwen_vl_each_run(check_layout);
}

/* Of any size: each cell once, no window over a picture's border, none larger than 4 x 4 cells. */
static void every_cell_is_in_one_window_of_its_picture(void **state)
{
    static const QwenVlGrid grids[] = { { 2, 2 }, { 8, 8 }, { 2, 38 }, { 18, 10 }, { 16, 24 } };
    QwenVlLayout y = layout_of(grids, 5);
    size_t begin = 0, picture = 0, seen = 0;
    (void)state;
    for (size_t i = 0; i < y.cells; i++)
        seen += (size_t)y.order[y.restore[i]] == i;
    assert_int_equal(seen, y.cells);
    for (size_t w = 0; w < y.windows; w++) {
        if (begin == y.picture_ends[picture])
            picture++;
        assert_true(y.window_ends[w] > begin && y.window_ends[w] <= y.picture_ends[picture]);
        assert_true(y.window_ends[w] - begin <= 64);
        begin = y.window_ends[w];
    }
    assert_int_equal(begin, y.patches);
    assert_int_equal(y.windows, 1 + 1 + 5 + 6 + 6);
    qwen_vl_layout_clear(&y);
}

static void pictures_that_cannot_be_laid_out_are_refused(void **state)
{
    static const QwenVlGrid bad[] = { { 0, 2 },      { 3, 2 }, { 2, 5 }, { 1 << 17, 2 }, { SIZE_MAX - 1, 2 },
                                      { 4096, 4096 } };
    QwenVlLayout y;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Err err = { 0 };
        assert_false(qwen_vl_layout_init(&y, &tiny, &bad[i], 1, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_null(y.order);
    }
    Err err = { 0 };
    assert_false(qwen_vl_layout_init(&y, &tiny, bad, 0, &err));
}

/* ---- forward ---- */

static QwenVl *open_model(void)
{
    QwenVl *m;
    Err err = { 0 };
    char *folder = qwen_file("text_encoder/text_encoder");
    if (!qwen_vl_open(&m, folder, &err))
        fail_msg("%s", err.msg);
    free(folder);
    return m;
}

/* All pictures of a run from `first` on, `count` of them, as tokens [n, 64]; the caller frees it. */
static float *look(const QwenVlRun *run, const char *backend, size_t first, size_t count)
{
    QwenVlPicture pictures[4];
    QwenVlView view;
    QwenVl *m = open_model();
    Err err = { 0 };
    OpCtx *c = op_open(&(OpOptions){ .backend = backend, .threads = 2 }, &err);
    assert_non_null(c);
    for (size_t i = 0; i < count; i++) {
        GoldenTensor u8 = golden_find(run->in, "resized_u8_%zu", first + i);
        pictures[i] = (QwenVlPicture){ u8.data, u8.dim[1], u8.dim[0] };
    }
    if (!qwen_vl_view_init(&view, m, pictures, count, &err))
        fail_msg("%s", err.msg);
    float *got = fetch(c, qwen_vl_look(c, m, &view));
    qwen_vl_view_clear(&view);
    op_close(c);
    qwen_vl_close(m);
    return got;
}

static void check_tokens(const QwenVlRun *run)
{
    static const char *const backends[] = { "cpu", "plain" };
    for (size_t i = 0; run->pictures && i < 2; i++) {
        float *got = look(run, backends[i], 0, run->pictures);
        assert_near(got, golden_find(run->expected, "vis.image_embeds"), EXACT, "%s on %s", run->name,
                    backends[i]);
        free(got);
    }
}

static void pictures_become_the_tokens_of_the_reference(void **state)
{
    (void)state;
    qwen_vl_each_run(check_tokens);
}

/* So tokens of a picture can be kept and put beside those of others. Attention adds in another order, hence the tolerance. */
static void check_alone(const QwenVlRun *run)
{
    if (run->pictures < 2)
        return;
    float *both = look(run, "cpu", 0, 2), *second = look(run, "cpu", 1, 1);
    size_t first = qwen_vl_picture_tokens(&tiny, run->grids[0]),
           n = qwen_vl_picture_tokens(&tiny, run->grids[1]);
    for (size_t i = 0; i < n * 64; i++)
        assert_true(fabsf(both[first * 64 + i] - second[i]) < 1e-5f);
    free(both);
    free(second);
}

static void a_picture_s_tokens_do_not_depend_on_the_others(void **state)
{
    (void)state;
    qwen_vl_each_run(check_alone);
}

static void a_picture_of_another_size_is_refused(void **state)
{
    QwenVl *m = open_model();
    QwenVlView v;
    Err err = { 0 };
    (void)state;
    assert_false(qwen_vl_view_init(&v, m, &(QwenVlPicture){ (const uint8_t *)"", 100, 56 }, 1, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_false(qwen_vl_view_init(&v, m, NULL, 0, &err));
    qwen_vl_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_and_angles_are_the_reference_s),
        cmocka_unit_test(every_cell_is_in_one_window_of_its_picture),
        cmocka_unit_test(pictures_that_cannot_be_laid_out_are_refused),
        cmocka_unit_test(pictures_become_the_tokens_of_the_reference),
        cmocka_unit_test(a_picture_s_tokens_do_not_depend_on_the_others),
        cmocka_unit_test(a_picture_of_another_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
