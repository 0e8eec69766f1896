/* Text from Qwen2.5-VL: the cache changes nothing, the choice of tokens follows its formulas. */
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

enum { VOCAB = 832, LONG = 24 };

/* ---- choosing ---- */

static void without_a_temperature_the_likeliest_token_is_chosen(void **state)
{
    const float logits[] = { 1, 7, -3, 7, 2 };
    QwenVlCandidate scratch[5];
    int32_t id;
    Rng rng, before;
    (void)state;
    rng_init(&rng, 1);
    before = rng;
    assert_true(qwen_vl_sample(&(QwenVlSampling){ 0, 1 }, logits, 5, scratch, &rng, &id));
    assert_int_equal(id, 1); /* the first of two */
    assert_memory_equal(&rng, &before, sizeof rng);
}

/* 40,000 draws: a share's standard deviation is at most 0.0025. */
static void tokens_come_as_often_as_the_softmax_says(void **state)
{
    const float logits[] = { 0, 1, 2, -1 };
    const float t = 0.7f;
    size_t seen[4] = { 0 }, draws = 40000;
    QwenVlCandidate scratch[4];
    Rng rng;
    (void)state;
    rng_init(&rng, 3);
    for (size_t i = 0; i < draws; i++) {
        int32_t id;
        assert_true(qwen_vl_sample(&(QwenVlSampling){ t, 1 }, logits, 4, scratch, &rng, &id));
        seen[id]++;
    }
    double sum = 0;
    for (size_t i = 0; i < 4; i++)
        sum += exp(logits[i] / t);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs((double)seen[i] / (double)draws - exp(logits[i] / t) / sum) < 0.0125);
}

/* Shares are 0.644, 0.237, 0.087 and 0.032: up to each sum, the token that reaches it belongs to them. */
static void top_p_leaves_the_unlikely_out(void **state)
{
    static const struct {
        float top_p;
        size_t kept;
    } cases[] = { { 0, 1 }, { 0.5f, 1 }, { 0.65f, 2 }, { 0.87f, 2 }, { 0.89f, 3 }, { 0.98f, 4 }, { 1, 4 } };
    const float logits[] = { 0, 3, 1, 2 }; /* the order of their shares is 1, 3, 2, 0 */
    const int32_t order[] = { 1, 3, 2, 0 };
    QwenVlCandidate scratch[4];
    Rng rng;
    (void)state;
    rng_init(&rng, 5);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        bool seen[4] = { false };
        for (size_t i = 0; i < 2000; i++) {
            int32_t id;
            assert_true(
                qwen_vl_sample(&(QwenVlSampling){ 1, cases[k].top_p }, logits, 4, scratch, &rng, &id));
            seen[id] = true;
        }
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(seen[order[i]], i < cases[k].kept);
    }
}

static void logits_that_are_no_numbers_are_refused(void **state)
{
    const float bad[][2] = { { 1, NAN }, { NAN, 1 }, { INFINITY, 1 }, { -INFINITY, -INFINITY } };
    const float masked[] = { -INFINITY, 1 };
    QwenVlCandidate scratch[2];
    Rng rng;
    int32_t id;
    (void)state;
    rng_init(&rng, 1);
    for (size_t i = 0; i < 4; i++)
        assert_false(qwen_vl_sample(&(QwenVlSampling){ 1, 1 }, bad[i], 2, scratch, &rng, &id));
    assert_false(qwen_vl_sample(&(QwenVlSampling){ 1, 1 }, NULL, 0, scratch, &rng, &id));
    assert_true(qwen_vl_sample(&(QwenVlSampling){ 1, 1 }, masked, 2, scratch, &rng, &id));
    assert_int_equal(id, 1);
}

/* ---- generating ---- */

typedef struct {
    QwenVl *m;
    OpCtx *c;
    QwenVlPrompt prompt;
    Tensor seen;
} Setting;

static void open_setting(Setting *s, const QwenVlRun *run)
{
    Err err = { 0 };
    char *folder = qwen_file("text_encoder/text_encoder");
    if (!qwen_vl_open(&s->m, folder, &err))
        fail_msg("%s", err.msg);
    free(folder);
    s->c = op_open(&(OpOptions){ .threads = 2 }, &err);
    assert_non_null(s->c);
    assert_true(qwen_vl_prompt_init(&s->prompt, qwen_vl_config(s->m), run->prompt, run->prompt_tokens,
                                    run->grids, run->pictures, &err));
    s->seen = (Tensor){ 0 };
    GoldenTensor t = golden_find(run->expected, "vis.image_embeds");
    if (!t.data)
        return;
    float *copy = malloc(t.bytes);
    assert_non_null(copy);
    memcpy(copy, t.data, t.bytes);
    s->seen = op_from_f32(s->c, copy, SHAPE(t.dim[0], t.dim[1]));
    free(copy);
}

static void close_setting(Setting *s)
{
    qwen_vl_prompt_clear(&s->prompt);
    op_close(s->c);
    qwen_vl_close(s->m);
}

static const int32_t nothing[1];

static QwenVlGeneration generation(float temperature, uint64_t seed)
{
    /* The tiny model ends at once, so nothing is to stop it here. */
    return (QwenVlGeneration){
        .max_tokens = LONG, .sampling = { temperature, 0.9f }, .seed = seed, .stop = nothing, .stop_count = 0
    };
}

static QwenVlAnswer answer(Setting *s, const QwenVlGeneration *g, int32_t *out)
{
    QwenVlAnswer a;
    Err err = { 0 };
    if (!qwen_vl_answer(s->c, s->m, &s->prompt, s->seen, g, out, &a, &err))
        fail_msg("%s", err.msg);
    return a;
}

/* Logits [VOCAB] behind the prompt with these tokens after it, from one pass over everything, without a cache. */
static float *think_anew(Setting *s, const QwenVlRun *run, const int32_t *more, size_t count)
{
    QwenVlPrompt p;
    Err err = { 0 };
    size_t n = run->prompt_tokens;
    int32_t *ids = calloc(n + count, sizeof *ids);
    assert_non_null(ids);
    memcpy(ids, run->prompt, n * sizeof *ids);
    memcpy(ids + n, more, count * sizeof *ids);
    assert_true(
        qwen_vl_prompt_init(&p, qwen_vl_config(s->m), ids, n + count, run->grids, run->pictures, &err));
    ArenaMark mark = op_mark(s->c);
    Tensor h = qwen_vl_condition(s->c, s->m, &p, s->seen, p.count - 1);
    float *logits = fetch(s->c, qwen_vl_decoder_logits(s->c, qwen_vl_decoder(s->m), h));
    op_reset(s->c, mark);
    qwen_vl_prompt_clear(&p);
    free(ids);
    return logits;
}

static size_t argmax(const float *x, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] > x[at])
            at = i;
    return at;
}

/* Each token is that which a pass over the whole text so far finds likeliest; the first is the reference's. */
static void check_greedy(const QwenVlRun *run)
{
    Setting s;
    int32_t first[LONG], again[LONG];
    open_setting(&s, run);
    QwenVlGeneration g = generation(0, 1);
    QwenVlAnswer a = answer(&s, &g, first);
    assert_int_equal(a.count, LONG);
    assert_int_equal(a.end, QWEN_VL_FULL);
    assert_int_equal(first[0], golden_int(golden_find(run->expected, "greedy_id"), 0));
    for (size_t i = 0; i < LONG; i++) {
        float *logits = think_anew(&s, run, first, i);
        assert_int_equal(argmax(logits, VOCAB), first[i]);
        free(logits);
    }
    g.seed = 99;
    answer(&s, &g, again);
    assert_memory_equal(first, again, sizeof first);
    close_setting(&s);
}

static void greedy_tokens_are_those_of_a_pass_over_the_whole_text(void **state)
{
    (void)state;
    qwen_vl_each_run(check_greedy);
}

/* The prompt in pieces of 1, 2, 3, ... tokens through the cache, and at once without: the same hidden states but for the
 * order of sums. */
static void check_pieces(const QwenVlRun *run)
{
    Setting s;
    open_setting(&s, run);
    const QwenVlDecoder *d = qwen_vl_decoder(s.m);
    size_t n = s.prompt.count, half = d->config.head_dim / 2, width = d->config.hidden_size;
    float *whole = fetch(s.c, qwen_vl_condition(s.c, s.m, &s.prompt, s.seen, 0));
    Tensor x = qwen_vl_decoder_embed(s.c, d, op_from_i32(s.c, s.prompt.ids, SHAPE(n)), s.seen,
                                     op_from_i32(s.c, s.prompt.from, SHAPE(n)));
    QwenVlCache cache = qwen_vl_cache_new(s.c, d, n);
    for (size_t at = 0, piece = 1; at < n; at += piece++) {
        if (piece > n - at)
            piece = n - at;
        Shape table = SHAPE(piece, half);
        float *got =
            fetch(s.c, qwen_vl_decoder_forward(s.c, d, op_rows(s.c, x, at, piece),
                                               op_from_f32(s.c, s.prompt.cos + at * half, table),
                                               op_from_f32(s.c, s.prompt.sin + at * half, table), &cache));
        for (size_t i = 0; i < piece * width; i++)
            if (!(fabsf(got[i] - whole[at * width + i]) < 3e-5f))
                fail_msg("%s: token %zu differs by %g", run->name, at + i / width,
                         (double)(got[i] - whole[at * width + i]));
        free(got);
    }
    assert_int_equal(cache.count, n);
    Err err = { 0 };
    qwen_vl_decoder_forward(s.c, d, op_rows(s.c, x, 0, 1), x, x, &cache);
    assert_false(op_finish(s.c, &err)); /* it is full */
    free(whole);
    close_setting(&s);
}

static void a_cache_changes_no_hidden_state(void **state)
{
    (void)state;
    qwen_vl_each_run(check_pieces);
}

static void check_seeds(const QwenVlRun *run)
{
    Setting s;
    int32_t one[LONG], same[LONG], other[LONG];
    if (run->pictures)
        return;
    open_setting(&s, run);
    QwenVlGeneration g = generation(1.5f, 4);
    answer(&s, &g, one);
    answer(&s, &g, same);
    g.seed = 5;
    answer(&s, &g, other);
    assert_memory_equal(one, same, sizeof one);
    assert_memory_not_equal(one, other, sizeof one);
    close_setting(&s);
}

typedef struct {
    int32_t got[LONG];
    size_t count, enough;
} Listener;

static bool listen_to(void *user, int32_t id)
{
    Listener *l = user;
    l->got[l->count++] = id;
    return l->count < l->enough;
}

static void check_ends(const QwenVlRun *run)
{
    Setting s;
    int32_t all[LONG], out[LONG];
    if (!run->pictures)
        return;
    open_setting(&s, run);
    QwenVlGeneration g = generation(1.5f, 6);
    Listener l = { .enough = LONG + 1 };
    g.on_token = listen_to;
    g.user = &l;
    answer(&s, &g, all);
    assert_int_equal(l.count, LONG);
    assert_memory_equal(l.got, all, sizeof all);

    l = (Listener){ .enough = 3 };
    QwenVlAnswer a = answer(&s, &g, NULL);
    assert_int_equal(a.count, 3);
    assert_int_equal(a.end, QWEN_VL_CANCELLED);

    size_t first = 5; /* where the token number 5 comes for the first time */
    for (size_t i = 5; i-- > 0;)
        first = all[i] == all[5] ? i : first;
    g = generation(1.5f, 6);
    g.stop = &all[5];
    g.stop_count = 1;
    a = answer(&s, &g, out);
    assert_int_equal(a.count, first);
    assert_int_equal(a.end, QWEN_VL_STOPPED);
    assert_memory_equal(out, all, first * sizeof *out);

    g = generation(0, 1); /* the model's own end is its likeliest first token */
    g.stop = NULL;
    a = answer(&s, &g, out);
    assert_int_equal(a.count, 0);
    assert_int_equal(a.end, QWEN_VL_STOPPED);

    g = generation(0, 1);
    g.max_tokens = 0;
    a = answer(&s, &g, out);
    assert_int_equal(a.count, 0);
    assert_int_equal(a.end, QWEN_VL_FULL);
    close_setting(&s);
}

/* Of the tokens that may come, and of the end once it may, the likeliest is chosen. */
static void check_allowed(const QwenVlRun *run)
{
    enum { LEAST = 7 };
    Setting s;
    int32_t out[LONG];
    bool allowed[VOCAB];
    open_setting(&s, run);
    for (size_t i = 0; i < VOCAB; i++)
        allowed[i] = i % 3 == 0; /* the model's end, 758, is not among them */
    QwenVlGeneration g = generation(0, 1);
    g.stop = NULL;
    g.min_tokens = LEAST;
    g.max_tokens = LEAST + 3;
    g.allowed = allowed;
    QwenVlAnswer a = answer(&s, &g, out);
    assert_true(a.count >= LEAST);
    for (size_t i = 0; i <= a.count && i < LEAST + 3; i++) {
        float *logits = think_anew(&s, run, out, i);
        for (size_t k = 0; k < VOCAB; k++)
            if (k == 758 ? i < LEAST : !allowed[k])
                logits[k] = -INFINITY;
        assert_int_equal(argmax(logits, VOCAB), i < a.count ? out[i] : 758);
        free(logits);
    }
    close_setting(&s);
}

static void only_tokens_that_may_come_are_chosen(void **state)
{
    (void)state;
    qwen_vl_each_run(check_allowed);
}

enum { LONG_PROMPT = 1200 };

/* Stops before the piece that begins at token `stop`. */
typedef struct {
    size_t calls, stop;
} Reader;

static bool on_reading(void *user, size_t read, size_t all)
{
    Reader *r = user;
    assert_int_equal(all, LONG_PROMPT);
    assert_true(r->calls ? read > 0 : read == 0);
    r->calls++;
    return read < r->stop;
}

/* A prompt longer than what is read at a time, against one pass over all of it. */
static void check_long_prompt(const QwenVlRun *run)
{
    Setting s;
    int32_t ids[LONG_PROMPT], out[2];
    Err err = { 0 };
    if (run->pictures != 2)
        return;
    open_setting(&s, run);
    qwen_vl_prompt_clear(&s.prompt);
    s.seen = (Tensor){ 0 };
    for (size_t i = 0; i < LONG_PROMPT; i++)
        ids[i] = (int32_t)((i * i + 7 * i) % 700);
    assert_true(qwen_vl_prompt_init(&s.prompt, qwen_vl_config(s.m), ids, LONG_PROMPT, NULL, 0, &err));
    float *logits =
        fetch(s.c, qwen_vl_decoder_logits(s.c, qwen_vl_decoder(s.m),
                                          qwen_vl_condition(s.c, s.m, &s.prompt, s.seen, LONG_PROMPT - 1)));
    Reader r;
    QwenVlGeneration g;
    for (uint64_t seed = 1; seed <= 8; seed++) { /* a draw depends on all logits */
        QwenVlCandidate scratch[VOCAB];
        Rng rng;
        int32_t drawn;
        r = (Reader){ .stop = LONG_PROMPT };
        g = generation(1, seed);
        g.max_tokens = 1;
        g.on_reading = on_reading;
        g.user = &r;
        assert_int_equal(answer(&s, &g, out).end, QWEN_VL_FULL);
        assert_int_equal(r.calls, 3);
        rng_init(&rng, seed);
        assert_true(qwen_vl_sample(&g.sampling, logits, VOCAB, scratch, &rng, &drawn));
        assert_int_equal(out[0], drawn);
    }
    r = (Reader){ .stop = 1 };
    QwenVlAnswer a = answer(&s, &g, out);
    assert_int_equal(a.end, QWEN_VL_CANCELLED);
    assert_int_equal(a.count, 0);
    assert_int_equal(r.calls, 2);
    free(logits);
    close_setting(&s);
}

static void a_long_prompt_is_read_in_pieces_and_given_up_between_them(void **state)
{
    (void)state;
    qwen_vl_each_run(check_long_prompt);
}

/* With too little memory for the cache, for the prompt, or for anything: an error, and the context works again. */
static void check_memory(const QwenVlRun *run)
{
    if (run->pictures)
        return;
    size_t failed = 0;
    for (size_t limit = 4096; limit < 16u << 20; limit *= 2) {
        Setting s;
        int32_t out[LONG];
        QwenVlAnswer a;
        Err err = { 0 };
        open_setting(&s, run);
        op_close(s.c);
        s.c = op_open(&(OpOptions){ .threads = 1, .memory_limit = limit }, &err);
        assert_non_null(s.c);
        QwenVlGeneration g = generation(0, 1);
        if (!qwen_vl_answer(s.c, s.m, &s.prompt, s.seen, &g, out, &a, &err)) {
            assert_int_equal(err.kind, ERR_NOMEM);
            err_clear(&err);
            failed++;
        }
        assert_true(op_finish(s.c, &err));
        close_setting(&s);
    }
    assert_true(failed > 2 && failed < 12);
}

static void missing_memory_is_an_error_and_no_more(void **state)
{
    (void)state;
    qwen_vl_each_run(check_memory);
}

static void the_same_seed_gives_the_same_text(void **state)
{
    (void)state;
    qwen_vl_each_run(check_seeds);
}

static void a_text_ends_at_a_stop_token_a_limit_or_when_told(void **state)
{
    (void)state;
    qwen_vl_each_run(check_ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_temperature_the_likeliest_token_is_chosen),
        cmocka_unit_test(tokens_come_as_often_as_the_softmax_says),
        cmocka_unit_test(top_p_leaves_the_unlikely_out),
        cmocka_unit_test(logits_that_are_no_numbers_are_refused),
        cmocka_unit_test(greedy_tokens_are_those_of_a_pass_over_the_whole_text),
        cmocka_unit_test(only_tokens_that_may_come_are_chosen),
        cmocka_unit_test(a_long_prompt_is_read_in_pieces_and_given_up_between_them),
        cmocka_unit_test(a_cache_changes_no_hidden_state),
        cmocka_unit_test(missing_memory_is_an_error_and_no_more),
        cmocka_unit_test(the_same_seed_gives_the_same_text),
        cmocka_unit_test(a_text_ends_at_a_stop_token_a_limit_or_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
