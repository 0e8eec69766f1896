/* Attention, its position biases and rotary positions against loops in double. */
#include "case.h"

#include <math.h>

/* Scores of size 1 and values of size 1: float rounding of exp and of the sums stays within a few 1e-6. */
static const double TOLERANCE = 1e-5;

typedef struct {
    size_t n, queries, keys, heads, kv_heads, d, e;
} Size;

/* By the text of ops.h: one score at a time, no tricks. */
static double *attention_in_double(Case *t, Size s, Tensor q, Tensor k, Tensor v, const AttentionOpts *o)
{
    double *pq = case_values(t, q), *pk = case_values(t, k), *pv = case_values(t, v);
    double *bias = tensor_is(o->bias) ? case_values(t, o->bias) : NULL;
    double *rh = tensor_is(o->rel_h) ? case_values(t, o->rel_h) : NULL;
    double *rw = rh ? case_values(t, o->rel_w) : NULL;
    double *y = case_alloc(t, s.n * s.queries * s.heads * s.e * sizeof *y);
    double scale = o->scale != 0 ? o->scale : 1 / sqrt((double)s.d);
    for (size_t n = 0; n < s.n; n++)
        for (size_t h = 0; h < s.heads; h++)
            for (size_t i = 0; i < s.queries; i++) {
                double sum = 0, *out = y + ((n * s.queries + i) * s.heads + h) * s.e;
                size_t kv = h * s.kv_heads / s.heads, segment = 0;
                while (o->segment_ends && i >= o->segment_ends[segment])
                    segment++;
                for (size_t j = 0; j < s.keys; j++) {
                    double score = 0;
                    if (o->causal && (ptrdiff_t)j > (ptrdiff_t)(i + s.keys) - (ptrdiff_t)s.queries)
                        continue;
                    if (o->segment_ends &&
                        (j >= o->segment_ends[segment] || (segment && j < o->segment_ends[segment - 1])))
                        continue;
                    for (size_t d = 0; d < s.d; d++)
                        score += pq[((n * s.queries + i) * s.heads + h) * s.d + d] *
                                 pk[((n * s.keys + j) * s.kv_heads + kv) * s.d + d];
                    score *= scale;
                    if (bias)
                        score += bias[((o->bias.dim[0] > 1 ? h : 0) * s.queries + i) * s.keys + j];
                    size_t row = (n * s.heads + h) * s.queries + i;
                    if (rh) {
                        size_t kh = tensor_cols(o->rel_h), kw = tensor_cols(o->rel_w);
                        score += rh[row * kh + j / kw] + rw[row * kw + j % kw];
                    }
                    double p = exp(score); /* scores are small here: no maximum needed */
                    sum += p;
                    for (size_t e = 0; e < s.e; e++)
                        out[e] += p * pv[((n * s.keys + j) * s.kv_heads + kv) * s.e + e];
                }
                for (size_t e = 0; e < s.e; e++)
                    out[e] = sum > 0 ? out[e] / sum : 0;
            }
    return y;
}

static void check(Case *t, Size s, bool batch, AttentionOpts o)
{
    Tensor q = case_random(t, SHAPE(s.n, s.queries, s.heads * s.d), 1);
    Tensor k = case_random(t, SHAPE(s.n, s.keys, s.kv_heads * s.d), 1);
    Tensor v = case_random(t, SHAPE(s.n, s.keys, s.kv_heads * s.e), 1);
    Shape want = SHAPE(s.n, s.queries, s.heads * s.e);
    if (!batch) {
        q = op_reshape(t->c, q, SHAPE(s.queries, s.heads * s.d));
        k = op_reshape(t->c, k, SHAPE(s.keys, s.kv_heads * s.d));
        v = op_reshape(t->c, v, SHAPE(s.keys, s.kv_heads * s.e));
        want = SHAPE(s.queries, s.heads * s.e);
    }
    o.heads = (int)s.heads;
    o.kv_heads = (int)s.kv_heads;
    case_expect(t, op_attention(t->c, q, k, v, o), want, attention_in_double(t, s, q, k, v, &o), TOLERANCE);
}

static void attention_is_its_formula(void **state)
{
    (void)state;
    static const Size sizes[] = {
        { 1, 1, 1, 1, 1, 1, 1 },      { 1, 7, 5, 2, 2, 8, 8 },       { 3, 33, 17, 4, 2, 20, 12 },
        { 1, 65, 300, 2, 1, 80, 80 }, { 2, 196, 196, 3, 3, 80, 80 }, { 1, 130, 700, 1, 1, 64, 64 },
        { 1, 9, 1100, 8, 8, 32, 32 }, { 5, 49, 49, 2, 2, 32, 64 },   { 1, 3, 40, 2, 2, 128, 128 },
        { 1, 0, 4, 1, 1, 4, 4 },      { 1, 4, 0, 1, 1, 4, 4 },
    };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            check(t, sizes[i], true, (AttentionOpts){ 0 });
            check(t, sizes[i], true, (AttentionOpts){ .scale = 0.3f });
            if (sizes[i].n == 1)
                check(t, sizes[i], false, (AttentionOpts){ .causal = true });
        }
}

static void causal_queries_are_the_last_positions(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        check(t, (Size){ 2, 5, 5, 2, 2, 8, 8 }, true, (AttentionOpts){ .causal = true });
        check(t, (Size){ 1, 3, 600, 2, 1, 16, 16 }, true, (AttentionOpts){ .causal = true });
        check(t, (Size){ 1, 300, 300, 1, 1, 16, 16 }, true, (AttentionOpts){ .causal = true });
        check(t, (Size){ 1, 7, 3, 1, 1, 8, 8 }, true,
              (AttentionOpts){ .causal = true }); /* the first see nothing */
    }
}

static void a_bias_is_added_to_the_scores(void **state)
{
    (void)state;
    static const Size sizes[] = { { 1, 5, 7, 3, 3, 8, 8 },
                                  { 4, 49, 49, 2, 2, 32, 32 },
                                  { 2, 70, 530, 2, 2, 16, 16 } };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            Size s = sizes[i];
            check(t, s, true,
                  (AttentionOpts){ .bias = case_random(t, SHAPE(s.heads, s.queries, s.keys), 1) });
            check(t, s, true, (AttentionOpts){ .bias = case_random(t, SHAPE(1, s.queries, s.keys), 1) });
        }
}

/* Half of the keys hidden from every query, all of them from the last query. */
static void hidden_keys_do_not_count(void **state)
{
    (void)state;
    enum { Q = 3, K = 6 };
    float bias[Q * K];
    for (size_t i = 0; i < Q * K; i++)
        bias[i] = i % 2 || i / K == Q - 1 ? -INFINITY : 0;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        check(t, (Size){ 1, Q, K, 2, 2, 8, 8 }, true,
              (AttentionOpts){ .bias = op_from_f32(t->c, bias, SHAPE(1, Q, K)) });
}

static void relative_positions_add_up_from_rows_and_columns(void **state)
{
    (void)state;
    static const struct {
        Size s;
        size_t kh, kw;
    } cases[] = { { { 1, 6, 6, 2, 2, 8, 8 }, 2, 3 },
                  { { 3, 196, 196, 2, 2, 20, 20 }, 14, 14 },
                  { { 1, 600, 600, 1, 1, 16, 16 }, 20, 30 } };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            Size s = cases[i].s;
            AttentionOpts o = { .rel_h = case_random(t, SHAPE(s.n, s.heads, s.queries, cases[i].kh), 1),
                                .rel_w = case_random(t, SHAPE(s.n, s.heads, s.queries, cases[i].kw), 1) };
            check(t, s, true, o);
            o.bias = case_random(t, SHAPE(1, s.queries, s.keys), 1);
            check(t, s, true, o);
        }
}

static void segments_attend_to_themselves_only(void **state)
{
    (void)state;
    static const size_t ends[] = { 3, 3, 10, 139, 140 };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (int causal = 0; causal < 2; causal++)
            check(t, (Size){ 1, 140, 140, 4, 2, 16, 16 }, false,
                  (AttentionOpts){ .segment_ends = ends, .segments = ARRAY_LEN(ends), .causal = causal });
}

/* Scores around 1000 overflow exp; only differences count. */
static void large_scores_do_not_overflow(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        static const float one[] = { 1000 }, keys[] = { 1, 1, 0.9f, -1 }, values[] = { 1, 2, 50, 50 };
        Tensor y =
            op_attention(t->c, op_from_f32(t->c, one, SHAPE(1, 1)), op_from_f32(t->c, keys, SHAPE(4, 1)),
                         op_from_f32(t->c, values, SHAPE(4, 1)), (AttentionOpts){ .heads = 1 });
        case_expect(t, y, SHAPE(1, 1), (double[]){ 1.5 }, 1e-6);
    }
}

static void one_tensor_of_q_k_and_v_gives_the_same(void **state)
{
    (void)state;
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++) {
        Size s = { 2, 50, 50, 3, 3, 16, 16 };
        Tensor qkv = case_random(t, SHAPE(2, 50, 144), 1);
        Tensor q = op_cols(t->c, qkv, 0, 48), k = op_cols(t->c, qkv, 48, 48), v = op_cols(t->c, qkv, 96, 48);
        AttentionOpts o = { .heads = 3 };
        case_expect(t, op_attention_qkv(t->c, qkv, o), SHAPE(2, 50, 48),
                    attention_in_double(t, s, q, k, v, &o), TOLERANCE);
    }
}

static void rel_pos_is_its_formula(void **state)
{
    (void)state;
    enum { N = 2, H = 3, W = 5, HEADS = 2, D = 7, ROW = HEADS * D + 4 };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (int axis = REL_ROWS; axis <= REL_COLS; axis++) {
            size_t side = axis == REL_ROWS ? H : W;
            Tensor q = case_random(t, SHAPE(N, H * W, ROW), 1),
                   table = case_random(t, SHAPE(2 * side - 1, D), 1);
            double *pq = case_values(t, q), *pt = case_values(t, table);
            double *want = case_alloc(t, N * HEADS * H * W * side * sizeof *want), *at = want;
            for (size_t n = 0; n < N; n++)
                for (size_t head = 0; head < HEADS; head++)
                    for (size_t i = 0; i < H * W; i++)
                        for (size_t j = 0; j < side; j++, at++)
                            for (size_t d = 0; d < D; d++)
                                *at += pq[(n * H * W + i) * ROW + head * D + d] *
                                       pt[((axis == REL_ROWS ? i / W : i % W) + side - 1 - j) * D + d];
            case_expect(t, op_rel_pos(t->c, q, table, HEADS, H, W, (RelAxis)axis),
                        SHAPE(N, HEADS, H * W, side), want, TOLERANCE);
        }
}

static void rope_turns_pairs_by_their_angle(void **state)
{
    (void)state;
    enum { N = 2, T = 5, HEADS = 3, D = 10, R = 4 };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (int layout = ROPE_PAIRS; layout <= ROPE_HALVES; layout++) {
            Tensor x = case_random(t, SHAPE(N, T, HEADS * D), 1), angle = case_random(t, SHAPE(T, R), 2);
            double *a = case_values(t, angle), *px = case_values(t, x);
            float co[T * R], si[T * R];
            for (size_t i = 0; i < T * R; i++) {
                co[i] = (float)cos(a[i]);
                si[i] = (float)sin(a[i]);
            }
            double *want = case_values(t, x);
            for (size_t n = 0; n < N; n++)
                for (size_t row = 0; row < T; row++)
                    for (size_t h = 0; h < HEADS; h++)
                        for (size_t k = 0; k < R; k++) {
                            size_t base = ((n * T + row) * HEADS + h) * D;
                            size_t i = base + (layout == ROPE_PAIRS ? 2 * k : k);
                            size_t j = base + (layout == ROPE_PAIRS ? 2 * k + 1 : R + k);
                            double angle_rad = a[row * R + k];
                            want[i] = px[i] * cos(angle_rad) - px[j] * sin(angle_rad);
                            want[j] = px[i] * sin(angle_rad) + px[j] * cos(angle_rad);
                        }
            Rope r = { op_from_f32(t->c, co, SHAPE(T, R)), op_from_f32(t->c, si, SHAPE(T, R)), D,
                       (RopeLayout)layout };
            case_expect(t, op_rope(t->c, x, r), SHAPE(N, T, HEADS * D), want, 1e-6);
        }
}

static void shapes_that_do_not_fit_are_named(void **state)
{
    (void)state;
    Case *t = case_open(0);
    Tensor q = op_zeros(t->c, SHAPE(4, 12)), k = op_zeros(t->c, SHAPE(5, 12)),
           v = op_zeros(t->c, SHAPE(6, 12));
    Tensor bias = op_zeros(t->c, SHAPE(2, 4, 4));
    static const size_t ends[] = { 3, 2 };
    case_expect_failure(t, op_attention(t->c, q, k, v, (AttentionOpts){ .heads = 2 }),
                        "f32 [4, 12], f32 [5, 12] and f32 [6, 12]");
    case_expect_failure(t, op_attention(t->c, q, k, k, (AttentionOpts){ .heads = 5 }), "op_attention");
    case_expect_failure(t, op_attention(t->c, q, k, k, (AttentionOpts){ 0 }), "op_attention");
    case_expect_failure(t, op_attention(t->c, q, k, k, (AttentionOpts){ .heads = 2, .bias = bias }), "bias");
    case_expect_failure(t, op_attention(t->c, q, q, q, (AttentionOpts){ .heads = 2, .rel_h = bias }),
                        "rel_h");
    case_expect_failure(
        t, op_attention(t->c, q, q, q, (AttentionOpts){ .heads = 2, .segment_ends = ends, .segments = 2 }),
        "segments");
    case_expect_failure(t, op_attention_qkv(t->c, q, (AttentionOpts){ .heads = 8 }), "op_attention_qkv");
    case_expect_failure(t, op_rel_pos(t->c, q, bias, 2, 2, 2, REL_ROWS), "op_rel_pos");
    case_expect_failure(t, op_rope(t->c, q, (Rope){ q, q, 6, ROPE_PAIRS }), "op_rope");
    case_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_is_its_formula),
        cmocka_unit_test(causal_queries_are_the_last_positions),
        cmocka_unit_test(a_bias_is_added_to_the_scores),
        cmocka_unit_test(hidden_keys_do_not_count),
        cmocka_unit_test(relative_positions_add_up_from_rows_and_columns),
        cmocka_unit_test(segments_attend_to_themselves_only),
        cmocka_unit_test(large_scores_do_not_overflow),
        cmocka_unit_test(one_tensor_of_q_k_and_v_gives_the_same),
        cmocka_unit_test(rel_pos_is_its_formula),
        cmocka_unit_test(rope_turns_pairs_by_their_angle),
        cmocka_unit_test(shapes_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
