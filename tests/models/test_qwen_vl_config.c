/* The sizes of a Qwen2.5-VL are read from config.json, whatever release of the library wrote it. */
#include "qwen_vl_cases.h"

#include "models/qwen_vl/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static bool parse(QwenVlConfig *out, const json_t *root, Err *err)
{
    char *text = json_dumps(root, 0);
    bool ok = qwen_vl_config_parse(out, text, strlen(text), "x.json", err);
    free(text);
    return ok;
}

static void must_parse(QwenVlConfig *out, const json_t *root)
{
    Err err = { 0 };
    if (!parse(out, root, &err))
        fail_msg("%s", err.msg);
}

static json_t *published(void)
{
    return qwen_json("text_encoder/text_encoder/config.json");
}

static void the_file_of_a_model_gives_its_sizes(void **state)
{
    QwenVlConfig c;
    json_t *root = published();
    (void)state;
    must_parse(&c, root);
    assert_int_equal(c.text.num_hidden_layers, 3);
    assert_int_equal(c.text.hidden_size, 64);
    assert_int_equal(c.text.head_dim, 16);
    assert_int_equal(c.text.num_key_value_heads, 2);
    assert_int_equal(c.text.mrope_section[0], 2);
    assert_int_equal(c.text.mrope_section[2], 3);
    assert_int_equal(c.vision.depth, 4);
    assert_true(!c.vision.full_attention[0] && c.vision.full_attention[1] && c.vision.full_attention[3]);
    assert_int_equal(c.image_token_id, 768);
    assert_int_equal(c.eos_count, 1);
    assert_int_equal(c.eos[0], 758);
    json_decref(root);
}

/* The published files have no text_config, version 5 of the library has nothing but that and rope_parameters. */
static void every_layout_of_the_file_gives_the_same_sizes(void **state)
{
    QwenVlConfig a, b, c;
    json_t *root = published(), *flat = json_copy(root), *nested = json_object();
    (void)state;
    json_object_del(flat, "text_config");
    json_t *text = json_deep_copy(json_object_get(root, "text_config"));
    json_t *rope = json_deep_copy(json_object_get(text, "rope_scaling"));
    json_object_set(rope, "rope_theta", json_object_get(text, "rope_theta"));
    json_object_set_new(text, "rope_parameters", rope);
    json_object_del(text, "rope_scaling");
    json_object_del(text, "rope_theta");
    json_object_set_new(nested, "text_config", text);
    static const char *const kept[] = { "model_type", "vision_config", "image_token_id" };
    for (size_t i = 0; i < 3; i++)
        json_object_set(nested, kept[i], json_object_get(root, kept[i]));
    must_parse(&a, root);
    must_parse(&b, flat);
    must_parse(&c, nested);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(&a, &c, sizeof a);
    json_decref(root);
    json_decref(flat);
    json_decref(nested);
}

static void several_tokens_may_end_a_text(void **state)
{
    QwenVlConfig c;
    json_t *root = published();
    (void)state;
    json_object_set_new(root, "eos_token_id", json_pack("[i, i]", 758, 756));
    must_parse(&c, root);
    assert_int_equal(c.eos_count, 2);
    assert_int_equal(c.eos[1], 756);
    json_decref(root);
}

static void absurd_settings_are_refused_by_name(void **state)
{
    static const struct {
        const char *part, *key, *value; /* part NULL: at the top */
    } bad[] = {
        { NULL, "model_type", "\"llama\"" },
        { NULL, "vision_config", "3" },
        { NULL, "image_token_id", "-1" },
        { NULL, "image_token_id", "832" },
        { NULL, "eos_token_id", "\"end\"" },
        { NULL, "eos_token_id", "[1,2,3,4,5,6,7,8,9]" },
        { NULL, "tie_word_embeddings", "1" },
        { "text_config", "hidden_size", "0" },
        { "text_config", "hidden_size", "-64" },
        { "text_config", "hidden_size", "1e300" },
        { "text_config", "hidden_size", "9223372036854775807" },
        { "text_config", "num_hidden_layers", "100000" },
        { "text_config", "num_attention_heads", "3.5" },
        { "text_config", "num_key_value_heads", "3" },
        { "text_config", "head_dim", "15" },
        { "text_config", "rope_scaling", "{\"mrope_section\": [2, 3, 4]}" },
        { "text_config", "rope_scaling", "{\"mrope_section\": [-2, 7, 3]}" },
        { "text_config", "rope_scaling", "{\"mrope_section\": 8}" },
        { "text_config", "rope_scaling", "{\"type\": \"yarn\", \"mrope_section\": [2, 3, 3]}" },
        { "text_config", "rope_theta", "-1" },
        { "text_config", "hidden_act", "\"relu\"" },
        { "text_config", "use_sliding_window", "true" },
        { "text_config", "vocab_size", "null" },
        { "vision_config", "depth", "0" },
        { "vision_config", "num_heads", "5" },
        { "vision_config", "num_heads", "32" },
        { "vision_config", "in_channels", "1" },
        { "vision_config", "window_size", "14" },
        { "vision_config", "fullatt_block_indexes", "[4]" },
        { "vision_config", "fullatt_block_indexes", "[-1]" },
        { "vision_config", "fullatt_block_indexes", "{}" },
        { "vision_config", "out_hidden_size", "65" },
        { "vision_config", "spatial_merge_size", "0" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *root = published(), *part = bad[i].part ? json_object_get(root, bad[i].part) : root;
        QwenVlConfig c;
        Err err = { 0 };
        json_object_set_new(part, bad[i].key, json_loads(bad[i].value, JSON_DECODE_ANY, NULL));
        if (parse(&c, root, &err))
            fail_msg("%s = %s was taken", bad[i].key, bad[i].value);
        assert_int_equal(err.kind, ERR_INPUT);
        if (!strstr(err.msg, "x.json"))
            fail_msg("no file: %s", err.msg);
        json_decref(root);
    }
}

static void what_is_no_json_object_is_refused(void **state)
{
    static const char *const bad[] = { "", "[]", "3", "{", "{\"model_type\": }", "\xff\xfe" };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        QwenVlConfig c;
        Err err = { 0 };
        assert_false(qwen_vl_config_parse(&c, bad[i], strlen(bad[i]), "x.json", &err));
        assert_int_equal(err.kind, ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_of_a_model_gives_its_sizes),
        cmocka_unit_test(every_layout_of_the_file_gives_the_same_sizes),
        cmocka_unit_test(several_tokens_may_end_a_text),
        cmocka_unit_test(absurd_settings_are_refused_by_name),
        cmocka_unit_test(what_is_no_json_object_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
