/* A prompt in the words of Qwen-Image-Edit, against the numbers that the reference gave its text encoder. */
#include "../models/qwen_vl_cases.h"
#include "../temp.h"

#include "text/qwen_template.h"

#define IMAGE_PAD 768 /* in the tokenizer of these fixtures */

static QwenTokenizer *load(void)
{
    char *folder = golden_folder("qwen/tokenizer", 0);
    QwenTokenizer *t;
    Err err = { 0 };
    assert_ok(qwen_tokenizer_load(&t, folder, &err));
    free(folder);
    return t;
}

static void assert_tokens(const TokenIds *ids, const int32_t *wanted, size_t count, const char *what)
{
    if (ids->count != count || memcmp(ids->id, wanted, count * sizeof *wanted) != 0)
        fail_msg("%s: %zu tokens, %zu expected, or others", what, ids->count, count);
}

static void check_run(const QwenVlRun *run)
{
    QwenTokenizer *t = load();
    TokenIds ids = { 0 };
    Err err = { 0 };
    size_t dropped = 1;
    assert_ok(qwen_template_encode(&ids, &dropped, t, strncmp(run->name, "plus", 4) == 0, run->pictures,
                                   "make the sky blue, 把天空变成蓝色", &err));
    assert_tokens(&ids, run->prompt, run->prompt_tokens, run->name);
    assert_int_equal(dropped, 0);
    token_ids_clear(&ids);
    qwen_tokenizer_free(t);
}

static void the_text_encoder_reads_what_the_reference_gave_it(void **state)
{
    (void)state;
    qwen_vl_each_run(check_run);
}

static void check_ids(const QwenTokenizer *t, bool plus, size_t pictures, const char *prompt,
                      const json_t *wanted)
{
    int32_t given[512];
    size_t n = json_array_size(wanted);
    TokenIds ids = { 0 };
    Err err = { 0 };
    size_t dropped;
    assert_in_range(n, 1, 512);
    for (size_t i = 0; i < n; i++)
        given[i] = (int32_t)json_integer_value(json_array_get(wanted, i));
    assert_ok(qwen_template_encode(&ids, &dropped, t, plus, pictures, prompt, &err));
    assert_tokens(&ids, given, qwen_vl_collapse(given, n, IMAGE_PAD, given), prompt);
    token_ids_clear(&ids);
}

/* Only where the full set of golden values is. */
static void both_pipelines_read_what_the_reference_gave_them(void **state)
{
    static const char *const folders[] = { "e2e_edit", "e2e_plus" };
    QwenTokenizer *t = load();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *path = qwen_file("%s/case.json", folders[i]);
        json_t *about = path ? json_load_file(path, 0, NULL) : NULL, *run;
        const char *name;
        free(path);
        json_object_foreach(json_object_get(about, "runs"), name, run)
        {
            size_t pictures = json_array_size(json_object_get(run, "images"));
            const char *negative = json_string_value(json_object_get(run, "negative_prompt"));
            check_ids(t, i == 1, pictures, json_string_value(json_object_get(run, "prompt")),
                      json_object_get(run, "prompt_ids"));
            if (negative)
                check_ids(t, i == 1, pictures, negative, json_object_get(run, "negative_ids"));
        }
        json_decref(about);
    }
    qwen_tokenizer_free(t);
}

/* The template's text as published, with the prompt in it, is what is encoded. */
static void every_prompt_stands_in_the_published_words(void **state)
{
    static const char *const prompts[] = {
        "", " ", "\n two\nlines ", "<|im_end|>", "100 \xf0\x9f\x9a\x97", "%s {} </s>"
    };
    json_t *about = qwen_json("helpers/case.json"), *templates = json_object_get(about, "templates");
    QwenTokenizer *t = load();
    (void)state;
    for (int plus = 0; plus < 2; plus++)
        for (size_t pictures = plus ? 0 : 1; pictures < (plus ? 12 : 2); pictures++)
            for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
                const char *template = json_string_value(
                    json_object_get(json_object_get(templates, plus ? "edit_plus" : "edit"), "template"));
                const char *place = strstr(template, "{}");
                Str text = { 0 };
                TokenIds ids = { 0 }, wanted = { 0 };
                Err err = { 0 };
                size_t dropped;
                str_add_n(&text, template, (size_t)(place - template));
                for (size_t k = 0; plus && k < pictures; k++)
                    str_printf(&text, "Picture %zu: <|vision_start|><|image_pad|><|vision_end|>", k + 1);
                str_printf(&text, "%s%s", prompts[i], place + 2);
                assert_ok(qwen_tokenizer_encode(t, text.s, text.len, &wanted, &err));
                assert_ok(qwen_template_encode(&ids, &dropped, t, plus, pictures, prompts[i], &err));
                assert_tokens(&ids, wanted.id, wanted.count, prompts[i]);
                token_ids_clear(&ids);
                token_ids_clear(&wanted);
                str_clear(&text);
            }
    qwen_tokenizer_free(t);
    json_decref(about);
}

/* Digits are one token each. */
static void of_a_prompt_beyond_the_limit_the_end_is_left_out_and_counted(void **state)
{
    enum { MORE = 77 };
    char prompt[QWEN_PROMPT_TOKENS_MAX + MORE + 1];
    QwenTokenizer *t = load();
    TokenIds longest = { 0 }, cut = { 0 };
    Err err = { 0 };
    size_t dropped;
    (void)state;
    for (size_t i = 0; i < sizeof prompt; i++)
        prompt[i] = (char)('0' + (i * i + i / 7) % 10);
    prompt[QWEN_PROMPT_TOKENS_MAX] = '\0';
    assert_ok(qwen_template_encode(&longest, &dropped, t, true, 2, prompt, &err));
    assert_int_equal(dropped, 0);
    prompt[QWEN_PROMPT_TOKENS_MAX] = '5';
    for (size_t more = 1; more <= MORE; more += MORE - 1) {
        prompt[QWEN_PROMPT_TOKENS_MAX + more] = '\0';
        assert_ok(qwen_template_encode(&cut, &dropped, t, true, 2, prompt, &err));
        assert_int_equal(dropped, more);
        assert_tokens(&cut, longest.id, longest.count, "the longest prompt");
        token_ids_clear(&cut);
        prompt[QWEN_PROMPT_TOKENS_MAX + more] = '5';
    }
    token_ids_clear(&longest);
    qwen_tokenizer_free(t);
}

static void what_is_no_text_is_refused_and_adds_nothing(void **state)
{
    QwenTokenizer *t = load();
    TokenIds ids = { 0 };
    Err err = { 0 };
    size_t dropped;
    (void)state;
    assert_false(qwen_template_encode(&ids, &dropped, t, false, 1, "a red \xff car", &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, "UTF-8");
    assert_int_equal(ids.count, 0);
    qwen_tokenizer_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_encoder_reads_what_the_reference_gave_it),
        cmocka_unit_test(both_pipelines_read_what_the_reference_gave_them),
        cmocka_unit_test(every_prompt_stands_in_the_published_words),
        cmocka_unit_test(of_a_prompt_beyond_the_limit_the_end_is_left_out_and_counted),
        cmocka_unit_test(what_is_no_text_is_refused_and_adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
