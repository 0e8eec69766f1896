/* Judged by token numbers of an independent encoder (tests/fixtures/qwen/tokenizer), by the plain form of the merge
 * loop, and by utf8proc's own normalisation. */
#include "temp.h"

#include "base/rng.h"
#include "base/utf8.h"
#include "support.h"
#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/byte_alphabet.h"
#include "text/nfc.h"
#include "text/qwen_tokenizer.h"
#include "text/vocabulary.h"

#include <utf8proc.h>

/* ---- a tokenizer of the test's own ------------------------------------------------------------------ */

/* vocab.json with the bytes as tokens 0 to 255 and `more` behind them: ",\"ab\":256". */
static void add_vocab(Str *s, const char *more)
{
    str_add_char(s, '{');
    for (int b = 0; b < 256; b++) {
        char name[3];
        byte_alphabet_encode((uint8_t)b, name);
        str_printf(s, "%s\"%s%s\":%d", b ? "," : "", strchr("\"\\", *name) ? "\\" : "", name, b);
    }
    str_printf(s, "%s}", more);
}

/* Make a tokenizer from those tokens, merges.txt, tokenizer_config.json and added_tokens.json; the last two may be
 * NULL. */
static bool make(QwenTokenizer **t, const char *more, const char *merges, const char *config,
                 const char *added, Err *err)
{
    Str vocab = { 0 };
    add_vocab(&vocab, more);
    QwenTokenizerFiles f = { .vocab = vocab.s,
                             .vocab_size = vocab.len,
                             .merges = merges,
                             .merges_size = strlen(merges),
                             .config = config,
                             .config_size = config ? strlen(config) : 0,
                             .added = added,
                             .added_size = added ? strlen(added) : 0 };
    bool ok = qwen_tokenizer_parse(t, &f, err);
    str_clear(&vocab);
    return ok;
}

/* The message of a tokenizer that is refused. */
static void refused(const char *more, const char *merges, const char *config, const char *added,
                    const char *message)
{
    QwenTokenizer *t;
    Err err = { 0 };
    assert_false(make(&t, more, merges, config, added, &err));
    assert_null(t);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, message);
    assert_null(strchr(err.msg, '\n'));
}

static void assert_ids(const TokenIds *l, const int32_t *wanted, size_t n, const char *what)
{
    Str got = { 0 }, want = { 0 };
    for (size_t i = 0; i < l->count; i++)
        str_printf(&got, "%d ", l->id[i]);
    for (size_t i = 0; i < n; i++)
        str_printf(&want, "%d ", wanted[i]);
    if (strcmp(str_text(&got), str_text(&want)) != 0)
        fail_msg("\"%s\" is %s, not %s", what, str_text(&got), str_text(&want));
    str_clear(&got);
    str_clear(&want);
}

static void encodes(const QwenTokenizer *t, const char *text, const int32_t *wanted, size_t n)
{
    TokenIds ids = { 0 };
    Err err = { 0 };
    assert_ok(qwen_tokenizer_encode(t, text, strlen(text), &ids, &err));
    assert_ids(&ids, wanted, n, text);
    token_ids_clear(&ids);
}
#define ENCODES(t, text, ...)                                        \
    do {                                                             \
        const int32_t wanted_[] = { __VA_ARGS__ };                   \
        encodes(t, text, wanted_, sizeof wanted_ / sizeof *wanted_); \
    } while (0)

/* ---- the reference ---------------------------------------------------------------------------------- */

static void check_cases(const QwenTokenizer *t, const json_t *cases)
{
    size_t i, k;
    json_t *c, *id;
    json_array_foreach((json_t *)cases, i, c)
    {
        const char *text = json_string_value(json_object_get(c, "text"));
        size_t n = json_string_length(json_object_get(c, "text"));
        TokenIds ids = { 0 }, wanted = { 0 };
        Err err = { 0 };
        json_array_foreach(json_object_get(c, "ids"), k, id)
        {
            int32_t number = (int32_t)json_integer_value(id);
            assert_true(token_ids_add(&wanted, &number, 1));
        }
        assert_ok(qwen_tokenizer_encode(t, text, n, &ids, &err));
        assert_ids(&ids, wanted.id, wanted.count, text);

        Str back = { 0 }, form = { 0 };
        nfc_add(&form, text, n);
        assert_ok(qwen_tokenizer_decode(t, ids.id, ids.count, false, &back, &err));
        assert_int_equal(back.len, form.len);
        assert_memory_equal(str_text(&back), str_text(&form), form.len);
        str_clear(&back);
        str_clear(&form);
        token_ids_clear(&ids);
        token_ids_clear(&wanted);
    }
}

/* The golden cases of a folder, opened as JSON that may hold zero bytes. */
static json_t *golden_cases(const char *folder)
{
    char *path = path_join(folder, "case.json");
    json_error_t error;
    json_t *root = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!root)
        fail_msg("%s: %s", path, error.text);
    free(path);
    return root;
}

static void every_reference_text_has_the_reference_numbers_and_comes_back(void **state)
{
    char *folder;
    (void)state;
    for (int i = 0; (folder = golden_folder("qwen/tokenizer", i)); i++) {
        json_t *root = golden_cases(folder);
        QwenTokenizer *t;
        Err err = { 0 };
        assert_ok(qwen_tokenizer_load(&t, folder, &err)); /* the tokenizer lies in the folder's tokenizer/ */
        assert_true(json_array_size(json_object_get(root, "cases")) >= 98);
        check_cases(t, json_object_get(root, "cases"));
        qwen_tokenizer_free(t);
        json_decref(root);
        free(folder);
    }
}

/* Without tokenizer.json; the added tokens come from either of two files. */
static void vocab_and_merges_are_the_same_tokenizer_as_tokenizer_json(void **state)
{
    static const char *const added[] = { "added_tokens.json", "tokenizer_config.json" };
    char *folder = golden_folder("qwen/tokenizer", 0);
    json_t *root = golden_cases(folder);
    for (size_t i = 0; i < 2; i++) {
        const char *names[] = { "vocab.json", "merges.txt", added[i] },
                   *copy = temp_path(state, added[i] + 1);
        QwenTokenizer *t;
        Err err = { 0 };
        assert_ok(folder_make(copy, &err));
        for (size_t k = 0; k < 3; k++) {
            char from[512], to[600];
            snprintf(from, sizeof from, "%s/tokenizer/%s", folder, names[k]);
            snprintf(to, sizeof to, "%s/%s", copy, names[k]);
            assert_ok(file_copy(from, to, &err));
        }
        assert_ok(qwen_tokenizer_load(&t, copy, &err));
        check_cases(t, json_object_get(root, "cases"));
        assert_int_equal(qwen_tokenizer_added(t, "<|im_end|>"), 758);
        assert_int_equal(qwen_tokenizer_added(t, "<|im_"), -1);
        assert_int_equal(qwen_tokenizer_size(t), 778);
        qwen_tokenizer_free(t);
    }
    json_decref(root);
    free(folder);
}

/* ---- merging ---------------------------------------------------------------------------------------- */

enum { LETTERS = 4, MERGES = 40, WORD = 60 };

/* Letters are tokens 0 to 3, 'a' to 'd'; token LETTERS + i comes from merge i. Any two tokens so far may be merged, so
 * that ranks are not in the order in which training would make them. */
static void random_merges(Rng *r, BpeMerge merge[MERGES])
{
    for (int i = 0; i < MERGES; i++) {
        int32_t known = LETTERS + i;
        merge[i] =
            (BpeMerge){ (int32_t)rng_index(r, (size_t)known), (int32_t)rng_index(r, (size_t)known), known };
    }
    for (int i = MERGES - 1; i > 0; i--) {
        int k = (int)rng_index(r, (size_t)i + 1);
        BpeMerge swap = merge[i];
        merge[i] = merge[k];
        merge[k] = swap;
    }
}

/* Do the first merge of the list that applies, at its leftmost place; again and again. Of a pair that is there twice the
 * last counts. */
static size_t merge_slowly(const BpeMerge *merge, int32_t *token, size_t n)
{
    for (;;) {
        size_t best = MERGES, at = 0;
        for (size_t i = 0; i + 1 < n; i++)
            for (size_t m = MERGES; m-- > 0;)
                if (merge[m].left == token[i] && merge[m].right == token[i + 1]) {
                    if (m < best) {
                        best = m;
                        at = i;
                    }
                    break;
                }
        if (best == MERGES)
            return n;
        token[at] = merge[best].into;
        memmove(token + at + 1, token + at + 2, (n - at - 2) * sizeof *token);
        n--;
    }
}

static void merging_is_doing_the_first_merge_that_applies_until_none_does(void **state)
{
    Rng r;
    (void)state;
    rng_init(&r, 1);
    for (int round = 0; round < 300; round++) {
        BpeMerge merge[MERGES];
        int32_t byte_id[256];
        Bpe *bpe;
        BpeCoder *coder;
        Err err = { 0 };
        random_merges(&r, merge);
        for (int b = 0; b < 256; b++)
            byte_id[b] = b >= 'a' && b < 'a' + LETTERS ? b - 'a' : -1;
        assert_ok(bpe_new(&bpe, byte_id, merge, MERGES, LETTERS + MERGES, &err));
        assert_ok(bpe_coder_new(&coder, bpe, &err));
        for (int k = 0; k < 60; k++) {
            char word[WORD];
            int32_t token[WORD];
            size_t n = k < 30 ? 1 + rng_index(&r, 5) : 1 + rng_index(&r, WORD);
            for (size_t i = 0; i < n; i++) {
                token[i] = (int32_t)rng_index(&r, LETTERS);
                word[i] = (char)('a' + token[i]);
            }
            size_t left = merge_slowly(merge, token, n);
            for (int again = 0; again < 2; again++) { /* the second time from the words seen lately */
                TokenIds ids = { 0 };
                assert_ok(bpe_encode(coder, word, n, &ids, &err));
                assert_ids(&ids, token, left, "a random word");
                token_ids_clear(&ids);
            }
        }
        bpe_coder_free(coder);
        bpe_free(bpe);
    }
}

static void a_byte_without_a_token_is_named(void **state)
{
    (void)state;
    static const char vocab[] = "{\"a\":0,\"b\":1}";
    QwenTokenizerFiles f = {
        .vocab = vocab, .vocab_size = strlen(vocab), .merges = "#version: 0.2\n", .merges_size = 14
    };
    QwenTokenizer *t;
    TokenIds ids = { 0 };
    Err err = { 0 };
    assert_ok(qwen_tokenizer_parse(&t, &f, &err));
    ENCODES(t, "ab", 0, 1);
    assert_false(qwen_tokenizer_encode(t, "abc", 3, &ids, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, "byte 0x63");
    token_ids_clear(&ids);
    qwen_tokenizer_free(t);
}

/* ---- form C ----------------------------------------------------------------------------------------- */

static void check_form(const int32_t *c, size_t n)
{
    Str text = { 0 }, form = { 0 };
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[4];
        str_add_n(&text, (const char *)bytes, (size_t)utf8proc_encode_char(c[i], bytes));
    }
    utf8proc_uint8_t *wanted;
    utf8proc_ssize_t length = utf8proc_map((const uint8_t *)text.s, (utf8proc_ssize_t)text.len, &wanted,
                                           UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    assert_true(length >= 0);
    nfc_add(&form, text.s, text.len);
    if (form.len != (size_t)length || memcmp(str_text(&form), wanted, form.len) != 0)
        fail_msg("U+%04X and %zu more: \"%s\" is not \"%s\"", c[0], n - 1, form.s, (const char *)wanted);
    free(wanted);
    str_clear(&text);
    str_clear(&form);
}

/* Every character behind a letter, before marks, and before a second character that it may join with. utf8proc itself is
 * wrong about U+11A7, which has a test of its own. */
static void form_c_is_that_of_utf8proc_for_every_character(void **state)
{
    (void)state;
    for (int32_t c = 1; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c < 0xe000)
            continue;
        check_form((int32_t[]){ 'A', c, 0x0301, 0x0327 }, 4);
        if (c < 0x20000)
            check_form((int32_t[]){ c, 0x3099, 0x11a8, 0x0308, c }, 5);
    }
}

static void form_c_is_that_of_utf8proc_for_random_text(void **state)
{
    static const int32_t from[] = { 'a',    0xc0,   0x300,  0x370,  0x5b0,  0x930,
                                    0x1100, 0x1ea0, 0x3041, 0xac00, 0x1d15e };
    Rng r;
    (void)state;
    rng_init(&r, 2);
    for (int round = 0; round < 20000; round++) {
        int32_t c[40];
        size_t n = 1 + rng_index(&r, 40);
        for (size_t i = 0; i < n; i++)
            c[i] = from[rng_index(&r, sizeof from / sizeof *from)] + (int32_t)rng_index(&r, 100);
        check_form(c, n);
    }
}

static void form_c_keeps_the_vowel_before_the_final_consonants_of_hangul(void **state)
{
    static const char text[] = "\u1111\u1172\u11a7 \u1111\u1172\u11a8 \ud4e8\u11a7\u0301";
    Str form = { 0 };
    (void)state;
    nfc_add(&form, text, sizeof text - 1);
    assert_string_equal(form.s, "\ud4e8\u11a7 \ud4e9 \ud4e8\u11a7\u0301");
    str_clear(&form);
}

/* ---- added tokens ----------------------------------------------------------------------------------- */

static void the_longest_added_token_is_cut_out_first(void **state)
{
    QwenTokenizer *t;
    Err err = { 0 };
    (void)state;
    assert_ok(make(&t, "", "", NULL, "{\"<a>\":300,\"<a>b\":301,\"<\":302,\"é\":303,\"<a>bcd\":304}", &err));
    ENCODES(t, "<a>", 300);
    ENCODES(t, "<a>b", 301);
    ENCODES(t, "<a>bc", 301, 'c');
    ENCODES(t, "<a>bcd<", 304, 302);
    ENCODES(t, "x<a<a>", 'x', 302, 'a', 300);
    ENCODES(t, "é", 303);
    ENCODES(t, "e\u0301", 0xc3, 0xa9); /* cut out before form C */
    qwen_tokenizer_free(t);
}

static void a_normalised_added_token_is_cut_out_of_form_c(void **state)
{
    static const char config[] =
        "{\"added_tokens_decoder\":{\"300\":{\"content\":\"e\\u0301\",\"normalized\":true,\"special\":false},"
        "\"301\":{\"content\":\"<e\",\"normalized\":false,\"special\":true}}}";
    QwenTokenizer *t;
    Str text = { 0 };
    Err err = { 0 };
    (void)state;
    assert_ok(make(&t, "", "", config, "{\"<e\":301}", &err));
    ENCODES(t, "e\u0301", 300);
    ENCODES(t, "x\u00e9", 'x', 300);
    ENCODES(t, "<e\u0301", 301, 0xcc, 0x81);
    assert_ok(qwen_tokenizer_decode(t, (int32_t[]){ 301, 'x', 300, 301 }, 4, true, &text, &err));
    assert_string_equal(text.s, "xe\u0301");
    str_reset(&text);
    assert_ok(qwen_tokenizer_decode(t, (int32_t[]){ 301, 'x' }, 2, false, &text, &err));
    assert_string_equal(text.s, "<ex");
    str_clear(&text);
    qwen_tokenizer_free(t);
}

/* ---- decoding --------------------------------------------------------------------------------------- */

static void a_cut_character_is_decoded_as_a_replacement(void **state)
{
    static const struct {
        int32_t id[5];
        size_t n;
        const char *text;
    } cases[] = {
        { { 'a', 0xe4, 0xbd }, 3, "a\ufffd" },
        { { 0xe4, 0xbd, 0xa0, 'b' }, 4, "\u4f60b" },
        { { 0xe4, 'b' }, 2, "\ufffdb" },
        { { 0xff, 0xfe }, 2, "\ufffd\ufffd" },
        { { 0xf0, 0x9f, 0x98, 0x80 }, 4, "\U0001f600" },
        { { 0xed, 0xa0, 0x80 }, 3, "\ufffd\ufffd\ufffd" },
        { { 0xf0, 0x9f, 0x98, 'x' }, 4, "\ufffdx" },
        { { 0xc0, 0x80 }, 2, "\ufffd\ufffd" },
    };
    QwenTokenizer *t;
    Err err = { 0 };
    (void)state;
    assert_ok(make(&t, "", "", NULL, NULL, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str text = { 0 };
        assert_ok(qwen_tokenizer_decode(t, cases[i].id, cases[i].n, false, &text, &err));
        assert_string_equal(text.s, cases[i].text);
        str_clear(&text);
    }
    qwen_tokenizer_free(t);
}

static void a_number_that_is_no_token_is_named_and_nothing_is_decoded(void **state)
{
    static const int32_t wrong[] = { -1, 256, 299, 301, INT32_MAX, INT32_MIN };
    QwenTokenizer *t;
    Err err = { 0 };
    (void)state;
    assert_ok(make(&t, "", "", NULL, "{\"<a>\":300}", &err));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Str text = { 0 };
        char number[16];
        assert_false(qwen_tokenizer_decode(t, (int32_t[]){ 'a', wrong[i] }, 2, false, &text, &err));
        snprintf(number, sizeof number, "%d is", wrong[i]);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_says(err, number);
        assert_int_equal(text.len, 0);
        str_clear(&text);
        err_clear(&err);
    }
    qwen_tokenizer_free(t);
}

/* ---- broken files ----------------------------------------------------------------------------------- */

static void broken_vocabularies_merges_and_added_tokens_are_refused_in_one_line(void **state)
{
    (void)state;
    refused("", "a b\n", NULL, NULL, "line 1: what the two tokens become is not in the vocabulary");
    refused(",\"ab\":256", "#version: 0.2\na b\nab ab\n", NULL, NULL, "line 3: what the two tokens become");
    refused(",\"ab\":256", "a b\n\nabc d\n", NULL, NULL, "line 3: the left token");
    refused(",\"ab\":256", "a bcd\n", NULL, NULL, "line 1: the right token");
    refused("", "ab\n", NULL, NULL, "line 1 is not two tokens");
    refused("", "a b c\n", NULL, NULL, "line 1 is not two tokens");
    refused("", "a \n", NULL, NULL, "line 1 is not two tokens");
    refused(",\"ab\":256", "a b\n a\n", NULL, NULL, "line 2 is not two tokens");
    refused(",\"ab\":\"256\"", "", NULL, NULL, "no whole number");
    refused(",\"ab\":-1", "", NULL, NULL, "the number -1");
    refused(",\"ab\":1048576", "", NULL, NULL, "the number 1048576");
    refused(",\"ab\":9223372036854775807", "", NULL, NULL, "the number 9223372036854775807");
    refused(",\"ab\":97", "", NULL, NULL, "two tokens have the number 97");
    refused(",\"a\":256", "", NULL, NULL, "duplicate object key");
    refused(",\"ab\":", "", NULL, NULL, "vocab.json: line 1 is no JSON");
    refused("", "", "[", NULL, "tokenizer_config.json: line 1");
    refused("", "", "{\"added_tokens_decoder\":[]}", NULL, "added_tokens_decoder is no object");
    refused("", "", "{\"added_tokens_decoder\":{\"x\":{\"content\":\"y\"}}}", NULL, "is no number");
    refused("", "", "{\"added_tokens_decoder\":{\"300\":{}}}", NULL, "added token 300 has no content");
    refused("", "", "{\"added_tokens_decoder\":{\"300\":{\"content\":\"x\",\"rstrip\":true}}}", NULL,
            "rstrip");
    refused("", "", NULL, "[]", "no object");
    refused("", "", NULL, "{\"<a>\":1.5}", "no whole number");
    refused("", "", NULL, "{\"<a>\":-3}", "the number -3");
    refused("", "", NULL, "{\"<a>\":4000000000}", "the number 4000000000");
    refused("", "", NULL, "{\"<a>\":97}", "the number 97 is a token of the vocabulary and an added token");
    refused("", "", NULL, "{\"<a>\":300,\"<b>\":300}", "the number 300 is two added tokens");
    refused("", "", "{\"added_tokens_decoder\":{\"300\":{\"content\":\"<a>\"}}}", "{\"<a>\":301}",
            "300 and 301");
    refused("", "", NULL, "{\"\":300}", "has 0 bytes");
}

static void merges_may_be_given_twice_and_lines_end_in_any_way(void **state)
{
    QwenTokenizer *t;
    Err err = { 0 };
    (void)state;
    /* (a, b) first and last: the last counts, so (b, c) comes before it. */
    assert_ok(make(&t, ",\"ab\":256,\"bc\":257", "#version: 0.2\r\na b\r\nb c\r\n\r\na b", NULL, NULL, &err));
    ENCODES(t, "abc", 'a', 257);
    ENCODES(t, "ab", 256);
    qwen_tokenizer_free(t);
}

/* tokenizer.json of the fixtures with one value replaced. */
static void another_kind(const char *model_key, json_t *value, const char *part, const char *message)
{
    char *folder = golden_folder("qwen/tokenizer", 0), path[512];
    snprintf(path, sizeof path, "%s/tokenizer/tokenizer.json", folder);
    free(folder);
    json_t *root = json_load_file(path, 0, NULL);
    json_t *into = model_key ? json_object_get(root, "model") : root;
    assert_non_null(root);
    assert_int_equal(json_object_set_new(into, model_key ? model_key : part, value), 0);
    char *text = json_dumps(root, 0);
    QwenTokenizerFiles f = { .tokenizer = text, .tokenizer_size = strlen(text) };
    QwenTokenizer *t;
    Err err = { 0 };
    bool ok = qwen_tokenizer_parse(&t, &f, &err);
    if (message) {
        assert_false(ok);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_says(err, message);
    } else
        assert_ok(ok);
    qwen_tokenizer_free(t);
    json_decref(root);
    free(text);
}

static void another_tokenizer_is_refused_and_not_run_wrongly(void **state)
{
    (void)state;
    another_kind("type", json_string("Unigram"), NULL, "not of the type BPE");
    another_kind("dropout", json_real(0.1), NULL, "sets dropout");
    another_kind("unk_token", json_string("a"), NULL, "sets unk_token");
    another_kind("end_of_word_suffix", json_string("</w>"), NULL, "sets end_of_word_suffix");
    another_kind("byte_fallback", json_true(), NULL, "sets byte_fallback");
    another_kind("vocab", json_object(), NULL, "no vocabulary");
    another_kind("merges", json_string("a b"), NULL, "no list of merges");
    another_kind("merges", json_pack("[i]", 3), NULL, "merge 1 is not two tokens");
    another_kind("merges", json_pack("[[ss]]", "a", "\xc4\xa0\xc4\xa0q"), NULL, "merge 1: the right token");
    another_kind("merges", json_pack("[[ss]]", "h", "e"), NULL, NULL);
    another_kind(NULL, json_null(), "normalizer", "not NFC");
    another_kind(NULL, json_null(), "pre_tokenizer", "splits text in another way");
    another_kind(NULL, json_null(), "model", "no vocabulary");
    another_kind(NULL, json_integer(3), "added_tokens", "added_tokens is no list");
    another_kind(NULL, json_pack("[{ss}]", "content", "x"), "added_tokens",
                 "entry 0 of added_tokens has no number");
}

static void a_folder_says_what_is_missing(void **state)
{
    QwenTokenizer *t;
    Err err = { 0 };
    assert_false(qwen_tokenizer_load(&t, temp_path(state, "none"), &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_says(err, "tokenizer.json");
    temp_write(temp_path(state, "vocab.json"), "{}");
    assert_false(qwen_tokenizer_load(&t, temp_path(state, ""), &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_says(err, "vocab.json is there and merges.txt is not");
    temp_write(temp_path(state, "merges.txt"), "");
    assert_false(qwen_tokenizer_load(&t, temp_path(state, ""), &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, "no vocabulary");
}

static void a_vocabulary_of_ten_million_tokens_is_refused_at_once(void **state)
{
    const char *path = temp_path(state, "tokenizer.json");
    FILE *f = fopen(path, "w");
    QwenTokenizer *t;
    Err err = { 0 };
    assert_non_null(f);
    fputs("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0", f);
    for (int i = 1; i < 10000000; i++)
        fprintf(f, ",\"%x\":%d", i, i);
    fputs("}}}", f);
    fclose(f);
    assert_false(qwen_tokenizer_load(&t, temp_path(state, ""), &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, "tokenizer.json");
}

/* ---- hostile text ----------------------------------------------------------------------------------- */

static void text_that_is_not_utf8_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text;
        const char *at;
    } cases[] = { { "ab\xff", "byte 2" },
                  { "\x80", "byte 0" },
                  { "a\xc0\x80", "byte 1" },
                  { "\xed\xa0\x80", "byte 0" },
                  { "\xf4\x90\x80\x80", "byte 0" },
                  { "\xe4\xbd", "byte 0" },
                  { "\xe4\xbd\xa0\xe4\xbd", "byte 3" } };
    QwenTokenizer *t;
    Err err = { 0 };
    (void)state;
    assert_ok(make(&t, "", "", NULL, NULL, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TokenIds ids = { 0 };
        assert_false(qwen_tokenizer_encode(t, cases[i].text, strlen(cases[i].text), &ids, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_says(err, cases[i].at);
        assert_int_equal(ids.count, 0);
        err_clear(&err);
        token_ids_clear(&ids);
    }
    qwen_tokenizer_free(t);
}

/* With time that grows as the square, each of these takes hours, and the test's time ends. */
static void megabytes_of_anything_take_linear_time(void **state)
{
    static const char *const units[] = { "a",      "ab",     " ",  "\n",         " \n", "!",
                                         "\u00a0", "1",      "'s", "<",          "é",   "\u0301\u0323",
                                         "\u0300", "\u3099", "가", "<|im_start|" };
    char *folder = golden_folder("qwen/tokenizer", 0), letters[64];
    QwenTokenizer *t, *deep;
    Err err = { 0 };
    Str chain = { 0 }, vocab = { 0 };
    (void)state;
    assert_ok(qwen_tokenizer_load(&t, folder, &err));
    memset(letters, 'a', sizeof letters);
    for (int i = 0, n = 1; i < 6; i++, n *= 2) { /* a a, aa aa, and so on, up to 64 letters */
        str_printf(&chain, "%.*s %.*s\n", n, letters, n, letters);
        str_printf(&vocab, ",\"%.*s\":%d", 2 * n, letters, 256 + i);
    }
    assert_ok(make(&deep, vocab.s, chain.s, NULL, NULL, &err));
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        Str text = { 0 };
        TokenIds ids = { 0 };
        while (text.len < (2 << 20))
            str_add(&text, units[i]);
        assert_ok(qwen_tokenizer_encode(t, text.s, text.len, &ids, &err));
        assert_true(ids.count > 0);
        ids.count = 0;
        assert_ok(qwen_tokenizer_encode(deep, text.s, text.len, &ids, &err));
        if (i == 0) {
            assert_int_equal(ids.count, (2 << 20) / 64);
            assert_int_equal(ids.id[0], 261);
        }
        token_ids_clear(&ids);
        str_clear(&text);
    }
    str_clear(&chain);
    str_clear(&vocab);
    qwen_tokenizer_free(t);
    qwen_tokenizer_free(deep);
    free(folder);
}

static void a_text_beyond_the_limit_is_refused(void **state)
{
    QwenTokenizer *t;
    TokenIds ids = { 0 };
    Err err = { 0 };
    char *text = calloc(1, (size_t)QWEN_TEXT_MAX + 1);
    (void)state;
    assert_non_null(text);
    assert_ok(make(&t, "", "", NULL, NULL, &err));
    assert_false(qwen_tokenizer_encode(t, text, (size_t)QWEN_TEXT_MAX + 1, &ids, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, "67108865 bytes");
    free(text);
    token_ids_clear(&ids);
    qwen_tokenizer_free(t);
}

/* U+180E is no white space, U+0085 is; each is a word by itself or not accordingly. */
static void white_space_is_that_of_unicode_and_not_that_of_pcre2(void **state)
{
    QwenTokenizer *t;
    Err err = { 0 };
    (void)state;
    /* "!" joins what is no white space and no letter: ! and U+180E are one word, and their bytes may be merged. */
    assert_ok(make(&t, ",\"!á\":256,\"!Â\":257", "! á\n! Â\n", NULL, NULL, &err));
    ENCODES(t, "!\u180e", 256, 0xa0, 0x8e);
    ENCODES(t, "!\xc2\x85", '!', 0xc2, 0x85);
    ENCODES(t, "!\u00a0", '!', 0xc2, 0xa0);
    ENCODES(t, "!\u00a1", 257, 0xa1);
    qwen_tokenizer_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reference_text_has_the_reference_numbers_and_comes_back),
        temp_test(vocab_and_merges_are_the_same_tokenizer_as_tokenizer_json),
        cmocka_unit_test(merging_is_doing_the_first_merge_that_applies_until_none_does),
        cmocka_unit_test(a_byte_without_a_token_is_named),
        cmocka_unit_test(form_c_is_that_of_utf8proc_for_every_character),
        cmocka_unit_test(form_c_is_that_of_utf8proc_for_random_text),
        cmocka_unit_test(form_c_keeps_the_vowel_before_the_final_consonants_of_hangul),
        cmocka_unit_test(the_longest_added_token_is_cut_out_first),
        cmocka_unit_test(a_normalised_added_token_is_cut_out_of_form_c),
        cmocka_unit_test(a_cut_character_is_decoded_as_a_replacement),
        cmocka_unit_test(a_number_that_is_no_token_is_named_and_nothing_is_decoded),
        cmocka_unit_test(broken_vocabularies_merges_and_added_tokens_are_refused_in_one_line),
        cmocka_unit_test(merges_may_be_given_twice_and_lines_end_in_any_way),
        cmocka_unit_test(another_tokenizer_is_refused_and_not_run_wrongly),
        temp_test(a_folder_says_what_is_missing),
        temp_test(a_vocabulary_of_ten_million_tokens_is_refused_at_once),
        cmocka_unit_test(text_that_is_not_utf8_is_refused_with_its_place),
        cmocka_unit_test(megabytes_of_anything_take_linear_time),
        cmocka_unit_test(a_text_beyond_the_limit_is_refused),
        cmocka_unit_test(white_space_is_that_of_unicode_and_not_that_of_pcre2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
