/* The language model of Qwen2.5-VL against the reference: positions exactly, hidden states within rounding. */
#include "qwen_vl_cases.h"
#include "sam_cases.h"

#include "base/file.h"
#include "models/qwen_vl/qwen_vl.h"
#include "vision/codec.h"
#include "vision/resample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ||a - b|| / ||b||; the reference's own float32 and float64 results differ by up to 1e-6. */
static const double EXACT = 3e-6;

/* Tokens of the template's system text. */
enum { DROP = 64 };

static QwenVl *open_model(const char *name)
{
    QwenVl *m;
    Err err = { 0 };
    char *folder = qwen_file("%s", name);
    assert_non_null(folder);
    if (!qwen_vl_open(&m, folder, &err))
        fail_msg("%s", err.msg);
    free(folder);
    return m;
}

static OpCtx *open_context(const char *backend)
{
    Err err = { 0 };
    OpCtx *c = op_open(&(OpOptions){ .backend = backend, .threads = 2 }, &err);
    assert_non_null(c);
    return c;
}

static QwenVlPrompt prompt_of(const QwenVl *m, const QwenVlRun *run)
{
    QwenVlPrompt p;
    Err err = { 0 };
    if (!qwen_vl_prompt_init(&p, qwen_vl_config(m), run->prompt, run->prompt_tokens, run->grids,
                             run->pictures, &err))
        fail_msg("%s", err.msg);
    return p;
}

/* ---- prompt ---- */

static void check_positions(const QwenVlRun *run)
{
    QwenVl *m = open_model("text_encoder/text_encoder");
    QwenVlPrompt p = prompt_of(m, run);
    GoldenTensor want = golden_find(run->expected, "position_ids");
    GoldenTensor delta = golden_find(run->expected, "rope_deltas");
    assert_int_equal(p.count, run->tokens);
    assert_memory_equal(p.ids, run->ids, run->tokens * sizeof *run->ids);
    for (size_t axis = 0; axis < 3; axis++)
        for (size_t i = 0; i < p.count; i++)
            assert_int_equal(p.positions[i].at[axis], golden_int(want, axis * p.count + i));
    assert_int_equal(p.next, (int64_t)p.count + golden_int(delta, 0));
    qwen_vl_prompt_clear(&p);
    qwen_vl_close(m);
}

static void places_of_pictures_and_positions_are_the_reference_s(void **state)
{
    (void)state;
    qwen_vl_each_run(check_positions);
}

static void prompts_that_do_not_fit_the_model_are_refused(void **state)
{
    static const int32_t bad[][3] = {
        { 5, -1, 6 }, { 5, 832, 6 }, { 5, INT32_MAX, 6 }, { 5, 768, 6 }, { 768, 768, 768 }
    };
    static const QwenVlGrid grids[] = { { 4, 4 }, { 4, 4 } };
    QwenVl *m = open_model("text_encoder/text_encoder");
    QwenVlPrompt p;
    Err err = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(qwen_vl_prompt_init(&p, qwen_vl_config(m), bad[i], 3, grids, 2, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_null(p.ids);
    }
    assert_false(qwen_vl_prompt_init(&p, qwen_vl_config(m), NULL, 0, NULL, 0, &err));
    QwenVlConfig small = *qwen_vl_config(m);
    small.text.max_position_embeddings = 2;
    assert_false(qwen_vl_prompt_init(&p, &small, (int32_t[]){ 1, 2, 3 }, 3, NULL, 0, &err));
    assert_non_null(strstr(err.msg, "shorten"));
    qwen_vl_close(m);
}

/* ---- hidden states ---- */

/* The tokens of the run's pictures as the reference has them, so that only the decoder is judged. */
static Tensor golden_seen(OpCtx *c, const QwenVlRun *run)
{
    GoldenTensor t = golden_find(run->expected, "vis.image_embeds");
    if (!t.data)
        return (Tensor){ 0 };
    float *copy = malloc(t.bytes);
    assert_non_null(copy);
    memcpy(copy, t.data, t.bytes);
    Tensor x = op_from_f32(c, copy, SHAPE(t.dim[0], t.dim[1]));
    free(copy);
    return x;
}

static void check_run(const QwenVlRun *run)
{
    static const char *const backends[] = { "cpu", "plain" };
    QwenVl *m = open_model("text_encoder/text_encoder");
    QwenVlPrompt p = prompt_of(m, run);
    for (size_t i = 0; i < 2; i++) {
        OpCtx *c = open_context(backends[i]);
        Tensor seen = golden_seen(c, run);
        float *all = fetch(c, qwen_vl_condition(c, m, &p, seen, 0));
        assert_near(all, golden_find(run->expected, "hidden_states.3"), EXACT, "%s on %s", run->name,
                    backends[i]);
        float *kept = fetch(c, qwen_vl_condition(c, m, &p, seen, DROP));
        assert_near(kept, golden_find(run->expected, "prompt_embeds"), EXACT, "%s on %s", run->name,
                    backends[i]);
        Tensor last = op_from_f32(c, all + (p.count - 1) * 64, SHAPE(1, 64));
        float *logits = fetch(c, qwen_vl_decoder_logits(c, qwen_vl_decoder(m), last));
        assert_near(logits, golden_find(run->expected, "last_logits"), EXACT, "%s on %s", run->name,
                    backends[i]);
        free(all);
        free(kept);
        free(logits);
        op_close(c);
    }
    qwen_vl_prompt_clear(&p);
    qwen_vl_close(m);
}

static void hidden_states_and_logits_are_the_reference_s(void **state)
{
    (void)state;
    qwen_vl_each_run(check_run);
}

/* What a library does that forgets that picture tokens have rows and columns must not pass for right. */
static void check_one_dimension(const QwenVlRun *run)
{
    GoldenTensor flat = golden_find(run->expected, "diagnostic.prompt_embeds_1d_positions");
    if (!flat.data)
        return;
    QwenVl *m = open_model("text_encoder/text_encoder");
    QwenVlPrompt p = prompt_of(m, run);
    OpCtx *c = open_context("cpu");
    for (size_t i = 0; i < p.count; i++) {
        int32_t at = (int32_t)i;
        qwen_vl_rotary(&qwen_vl_config(m)->text, (QwenVlPosition){ { at, at, at } }, p.cos + 8 * i,
                       p.sin + 8 * i);
    }
    float *got = fetch(c, qwen_vl_condition(c, m, &p, golden_seen(c, run), DROP));
    assert_near(got, flat, EXACT, "%s, flat", run->name);
    GoldenTensor right = golden_find(run->expected, "prompt_embeds");
    double worst = 0;
    for (size_t i = 0; i < right.bytes / 4; i++)
        worst = fmax(worst, fabs(got[i] - golden_real(right, i)));
    assert_true(worst > 0.01);
    free(got);
    op_close(c);
    qwen_vl_prompt_clear(&p);
    qwen_vl_close(m);
}

static void positions_of_one_dimension_give_what_the_reference_calls_wrong(void **state)
{
    (void)state;
    qwen_vl_each_run(check_one_dimension);
}

static void dropping_the_whole_prompt_is_refused(void **state)
{
    QwenVl *m = open_model("text_encoder/text_encoder");
    OpCtx *c = open_context("cpu");
    QwenVlPrompt p;
    Err err = { 0 };
    (void)state;
    assert_true(qwen_vl_prompt_init(&p, qwen_vl_config(m), (int32_t[]){ 1, 2 }, 2, NULL, 0, &err));
    qwen_vl_condition(c, m, &p, (Tensor){ 0 }, 2);
    assert_false(op_finish(c, &err));
    qwen_vl_prompt_clear(&p);
    op_close(c);
    qwen_vl_close(m);
}

/* Scores of a whole prompt would be [heads, T, T]: twice the prompt must need twice the memory, not four times. */
static size_t peak_of(const QwenVl *m, size_t tokens)
{
    QwenVlPrompt p;
    Err err = { 0 };
    OpCtx *c = open_context("cpu");
    int32_t *ids = calloc(tokens, sizeof *ids);
    assert_true(ids && qwen_vl_prompt_init(&p, qwen_vl_config(m), ids, tokens, NULL, 0, &err));
    qwen_vl_condition(c, m, &p, (Tensor){ 0 }, DROP);
    assert_true(op_finish(c, &err));
    size_t peak = op_peak(c);
    free(ids);
    qwen_vl_prompt_clear(&p);
    op_close(c);
    return peak;
}

static void memory_grows_with_the_length_of_the_prompt_not_its_square(void **state)
{
    QwenVl *m = open_model("text_encoder/text_encoder");
    (void)state;
    size_t small = peak_of(m, 1000), large = peak_of(m, 2000);
    if ((double)large > 2.2 * (double)small)
        fail_msg("%zu bytes for 1000 tokens and %zu for 2000", small, large);
    qwen_vl_close(m);
}

/* ---- from the photo to the conditioning ---- */

static Image resized(const Image *im, size_t width, size_t height, ResampleMethod method)
{
    Image out;
    Err err = { 0 };
    assert_true(image_resize(&out, im, (int)width, (int)height, method, &err));
    return out;
}

/* As the pipelines do: Lanczos to the size of the condition, then bicubic to whole tokens. */
static Image picture_for(const QwenVl *m, const char *folder, const char *file, json_t *size)
{
    Image photo, seen;
    Err err = { 0 };
    size_t w = (size_t)json_integer_value(json_array_get(size, 0)),
           h = (size_t)json_integer_value(json_array_get(size, 1));
    char *path = qwen_file("%s/%s", folder, file);
    assert_true(image_load(&photo, path, &(DecodeOptions){ .channels = 3 }, &err));
    Image condition = resized(&photo, w, h, RESAMPLE_LANCZOS);
    assert_true(qwen_vl_smart_resize(qwen_vl_processor(m), w, h, &w, &h, &err));
    seen = resized(&condition, w, h, RESAMPLE_BICUBIC);
    image_clear(&photo);
    image_clear(&condition);
    free(path);
    return seen;
}

static void check_prompt(OpCtx *c, const QwenVl *m, const QwenVlView *view, json_t *ids, GoldenTensor want,
                         const char *what)
{
    if (!ids)
        return;
    size_t n = json_array_size(ids);
    int32_t *all = calloc(n, sizeof *all), *prompt = calloc(n, sizeof *prompt);
    QwenVlPrompt p;
    Err err = { 0 };
    for (size_t i = 0; i < n; i++)
        all[i] = (int32_t)json_integer_value(json_array_get(ids, i));
    size_t left = qwen_vl_collapse(all, n, qwen_vl_config(m)->image_token_id, prompt);
    if (!qwen_vl_prompt_init(&p, qwen_vl_config(m), prompt, left, view->grids, view->count, &err))
        fail_msg("%s", err.msg);
    float *got = fetch(c, qwen_vl_condition(c, m, &p, qwen_vl_look(c, m, view), DROP));
    assert_int_equal(p.count - DROP, want.dim[1]);
    assert_near(got, want, EXACT, "%s", what);
    free(got);
    qwen_vl_prompt_clear(&p);
    free(all);
    free(prompt);
}

static void check_pipeline_run(const char *folder, const char *name, json_t *about)
{
    char *path = qwen_file("%s/expected_%s.safetensors", folder, name), encoder[100];
    GoldenTensors *expected = golden_tensors_open(path);
    free(path);
    snprintf(encoder, sizeof encoder, "%s/model/text_encoder", folder);
    QwenVl *m = open_model(encoder);
    OpCtx *c = open_context("cpu");
    json_t *files = json_object_get(about, "images"), *sizes = json_object_get(about, "condition_sizes_wh");
    size_t n = json_array_size(files);
    Image images[2];
    QwenVlPicture pictures[2];
    QwenVlView view;
    Err err = { 0 };
    assert_true(n >= 1 && n <= 2);
    for (size_t i = 0; i < n; i++) {
        images[i] =
            picture_for(m, folder, json_string_value(json_array_get(files, i)), json_array_get(sizes, i));
        pictures[i] = (QwenVlPicture){ images[i].data, (size_t)images[i].width, (size_t)images[i].height };
    }
    if (!qwen_vl_view_init(&view, m, pictures, n, &err))
        fail_msg("%s", err.msg);
    check_prompt(c, m, &view, json_object_get(about, "prompt_ids"), golden_find(expected, "prompt_embeds"),
                 name);
    check_prompt(c, m, &view, json_object_get(about, "negative_ids"),
                 golden_find(expected, "negative_prompt_embeds"), name);
    for (size_t i = 0; i < n; i++)
        image_clear(&images[i]);
    qwen_vl_view_clear(&view);
    op_close(c);
    qwen_vl_close(m);
    golden_tensors_close(expected);
}

/* Both ways to name the tensors, in two shards and in one file. Only where the full set of golden values is. */
static void pipelines_are_conditioned_as_by_the_reference(void **state)
{
    static const char *const folders[] = { "e2e_edit", "e2e_plus" };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *path = qwen_file("%s/case.json", folders[i]),
             *model = qwen_file("%s/model/text_encoder", folders[i]);
        if (!path || !model) {
            free(path);
            free(model);
            continue;
        }
        json_t *about = json_load_file(path, 0, NULL), *run;
        const char *name;
        json_object_foreach(json_object_get(about, "runs"), name, run)
            check_pipeline_run(folders[i], name, run);
        json_decref(about);
        free(path);
        free(model);
    }
}

/* ---- loading ---- */

/* A folder with the tiny model's weights and a config.json in which `key` is `value`; the caller removes it. */
static char *changed_model(const char *part, const char *key, json_t *value)
{
    static char folder[64];
    Err err = { 0 };
    strcpy(folder, "/tmp/facet-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    char *weights = qwen_file("text_encoder/text_encoder/model.safetensors");
    char *to = path_join(folder, "model.safetensors"), *config = path_join(folder, "config.json");
    assert_true(file_copy(weights, to, &err));
    json_t *root = qwen_json("text_encoder/text_encoder/config.json");
    json_object_set_new(part ? json_object_get(root, part) : root, key, value);
    assert_int_equal(json_dump_file(root, config, 0), 0);
    json_decref(root);
    free(weights);
    free(to);
    free(config);
    return folder;
}

static void weights_that_do_not_fit_the_configuration_are_listed(void **state)
{
    static const struct {
        const char *part, *key;
        int value;
        const char *says;
    } bad[] = {
        { "text_config", "num_hidden_layers", 4, "model.layers.3.self_attn.q_proj.weight" },
        { "text_config", "num_hidden_layers", 2, "model.layers.2." },
        { "text_config", "vocab_size", 831, "model.embed_tokens.weight" },
        { "text_config", "num_key_value_heads", 4, "k_proj.weight" },
        { "vision_config", "intermediate_size", 52, "gate_proj.weight" },
        { "vision_config", "patch_size", 16, "patches" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        QwenVl *m;
        Err err = { 0 };
        char *folder = changed_model(bad[i].part, bad[i].key, json_integer(bad[i].value));
        assert_false(qwen_vl_open(&m, folder, &err));
        assert_null(m);
        assert_int_equal(err.kind, ERR_INPUT);
        if (!strstr(err.msg, bad[i].says) || !strstr(err.msg, folder))
            fail_msg("%s: %s", bad[i].key, err.msg);
        assert_true(folder_remove(folder, &err));
    }
}

static void a_folder_without_the_model_is_refused_by_name(void **state)
{
    QwenVl *m;
    Err err = { 0 };
    (void)state;
    assert_false(qwen_vl_open(&m, "/nonexistent/qwen", &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.msg, "/nonexistent/qwen"));
}

/* A tied head is the table of embeddings, whether or not the file has a head beside it. */
static void a_tied_head_is_the_table_of_embeddings(void **state)
{
    char *folder = changed_model(NULL, "tie_word_embeddings", json_true());
    QwenVl *m;
    Err err = { 0 };
    (void)state;
    if (!qwen_vl_open(&m, folder, &err))
        fail_msg("%s", err.msg);
    OpCtx *c = open_context("cpu");
    int32_t id = 17;
    Tensor x = qwen_vl_decoder_embed(c, qwen_vl_decoder(m), op_from_i32(c, &id, SHAPE(1)), (Tensor){ 0 },
                                     (Tensor){ 0 });
    float *row = fetch(c, x), *logits = fetch(c, qwen_vl_decoder_logits(c, qwen_vl_decoder(m), x));
    double square = 0;
    for (size_t i = 0; i < 64; i++)
        square += (double)row[i] * row[i];
    assert_true(fabs(logits[id] - square) < 1e-5 * square);
    free(row);
    free(logits);
    op_close(c);
    qwen_vl_close(m);
    assert_true(folder_remove(folder, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_of_pictures_and_positions_are_the_reference_s),
        cmocka_unit_test(prompts_that_do_not_fit_the_model_are_refused),
        cmocka_unit_test(hidden_states_and_logits_are_the_reference_s),
        cmocka_unit_test(positions_of_one_dimension_give_what_the_reference_calls_wrong),
        cmocka_unit_test(dropping_the_whole_prompt_is_refused),
        cmocka_unit_test(memory_grows_with_the_length_of_the_prompt_not_its_square),
        cmocka_unit_test(pipelines_are_conditioned_as_by_the_reference),
        cmocka_unit_test(weights_that_do_not_fit_the_configuration_are_listed),
        cmocka_unit_test(a_folder_without_the_model_is_refused_by_name),
        cmocka_unit_test(a_tied_head_is_the_table_of_embeddings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
