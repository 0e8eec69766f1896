/* Every allocation of loading a tokenizer, of encoding and of decoding fails once: each time a clear refusal, nothing
 * lost, nothing used after. */
#include "../no_memory.h"
#include "../temp.h"

#include "text/qwen_tokenizer.h"

static const char vocab[] = "{\"a\":0,\"b\":1,\"ab\":2,\"\xc3\x83\":3,\"\xc2\xa9\":4,\"\xc4\xa0\":5}";
static const char config[] =
    "{\"added_tokens_decoder\":{\"7\":{\"content\":\"<e\\u0301\",\"normalized\":true}}}";

static bool load_encode_and_decode(void *user, Err *err)
{
    static const char text[] = "ab ab <x> aab <e\u0301 abababababababababababababababababab";
    QwenTokenizerFiles f = { .vocab = vocab,
                             .vocab_size = sizeof vocab - 1,
                             .merges = "a b\n",
                             .merges_size = 4,
                             .config = config,
                             .config_size = sizeof config - 1,
                             .added = "{\"<x>\":6}",
                             .added_size = 9 };
    QwenTokenizer *t;
    TokenIds ids = { 0 };
    Str back = { 0 };
    (void)user;
    bool ok = qwen_tokenizer_parse(&t, &f, err) &&
              qwen_tokenizer_encode(t, text, sizeof text - 1, &ids, err) &&
              qwen_tokenizer_decode(t, ids.id, ids.count, false, &back, err);
    if (ok)
        assert_string_equal(back.s, text);
    str_clear(&back);
    token_ids_clear(&ids);
    qwen_tokenizer_free(t);
    return ok;
}

static void each_step_says_that_memory_ran_out(void **state)
{
    (void)state;
    memory_fail_each(load_encode_and_decode, NULL);
}

int main(void)
{
    memory_watch();
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_step_says_that_memory_ran_out) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
