#include "text/qwen_tokenizer.h"

#include "base/file.h"
#include "base/utf8.h"
#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/bpe_files.h"
#include "text/nfc.h"
#include "text/vocabulary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct QwenTokenizer {
    Vocabulary vocabulary; /* without the added tokens */
    Bpe *bpe;
    AddedTokens raw;        /* cut out of the text as it is */
    AddedTokens normalised; /* cut out of its form C, and in form C themselves */
    Vocabulary added;       /* the numbers of both */
    bool *special;          /* [added.size] */
    pcre2_code *words;
};

/* ---- words ------------------------------------------------------------------------------------------ */

/* As tokenizer.json has it. */
static const char qwen_pattern[] =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+"
    "|\\s+(?!\\S)|\\s+";

/* The same for PCRE2. Its own \s has U+180E besides, which has not been white space since Unicode 6.3. Every character
 * begins a match, so the pattern is used anchored. No part of it can take more than linear time: only \s* [\r\n]+ and
 * \s+ go back over what they took, and what they look at is then a word of its own but for its last character. */
#define SPACE \
    "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
static const char word_pattern[] =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^" SPACE
    "\\p{L}\\p{N}]+[\\r\\n]*|[" SPACE "]*[\\r\\n]+|[" SPACE "]+(?![^" SPACE "])|[" SPACE "]+";

static bool compile_words(QwenTokenizer *t, Err *err)
{
    int code;
    PCRE2_SIZE at;
    t->words = pcre2_compile((PCRE2_SPTR)word_pattern, PCRE2_ZERO_TERMINATED,
                             PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK, &code, &at, NULL);
    if (!t->words) {
        char reason[128] = "";
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
        return err_set(err, ERR_INTERNAL, "PCRE2 refuses the pattern of words at %zu: %s", (size_t)at,
                       reason);
    }
    /* Where the system forbids machine code made at run time, the same matches are found more slowly. */
    (void)pcre2_jit_compile(t->words, PCRE2_JIT_COMPLETE);
    return true;
}

/* ---- loading ---------------------------------------------------------------------------------------- */

/* The tokenizer.json of Qwen2.5 has 7 MB. */
static const size_t max_file = (size_t)64 << 20;

static bool parse_json(json_t **root, const char *name, const char *data, size_t size, Err *err)
{
    json_error_t e;
    *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &e);
    if (*root)
        return true;
    if (json_error_code(&e) == json_error_out_of_memory)
        return err_set(err, ERR_NOMEM, "%s: no memory to read it", name);
    return err_set(err, ERR_INPUT, "%s: line %d is no JSON that can be read: %s; fetch the file again", name,
                   e.line, e.text);
}

/* Add a token. One that is named in several files is what the first of them says. */
static bool add_token(QwenTokenizer *t, int64_t id, const char *content, bool normalised, bool special,
                      Err *err)
{
    size_t n = strlen(content), known;
    if (id < 0 || id >= VOCABULARY_MAX)
        return err_set(err, ERR_INPUT, "an added token has the number %" PRId64 "; they go from 0 to %d", id,
                       VOCABULARY_MAX - 1);
    const char *other = vocabulary_get(&t->vocabulary, id, &known);
    if (other && (known != n || memcmp(other, content, n) != 0))
        return err_set(err, ERR_INPUT,
                       "the number %" PRId64 " is a token of the vocabulary and an added token", id);
    other = vocabulary_get(&t->added, id, &known);
    if (other && (known != n || memcmp(other, content, n) != 0))
        return err_set(err, ERR_INPUT, "the number %" PRId64 " is two added tokens", id);
    if (other)
        return true;
    Str form = { 0 };
    if (normalised)
        nfc_add(&form, content, n);
    else
        str_add_n(&form, content, n);
    bool ok = (!form.failed || err_set(err, ERR_NOMEM, "no memory for the added tokens")) &&
              added_tokens_add(normalised ? &t->normalised : &t->raw, str_text(&form), form.len, (int32_t)id,
                               special, err) &&
              vocabulary_add(&t->added, id, content, n, err);
    str_clear(&form);
    return ok;
}

/* An entry of "added_tokens" in tokenizer.json, or of "added_tokens_decoder" in tokenizer_config.json. */
static bool add_entry(QwenTokenizer *t, int64_t id, const json_t *entry, Err *err)
{
    static const char *const flags[] = { "single_word", "lstrip", "rstrip" };
    const char *content = json_string_value(json_object_get(entry, "content"));
    if (!content)
        return err_set(err, ERR_INPUT, "the added token %" PRId64 " has no content", id);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (json_is_true(json_object_get(entry, flags[i])))
            return err_set(err, ERR_INPUT,
                           "the added token %" PRId64
                           " asks for %s, which no token of Qwen2 does; facet has no "
                           "such rule",
                           id, flags[i]);
    return add_token(t, id, content, json_is_true(json_object_get(entry, "normalized")),
                     json_is_true(json_object_get(entry, "special")), err);
}

/* The list in tokenizer.json. */
static bool add_list(QwenTokenizer *t, const json_t *list, Err *err)
{
    size_t i;
    json_t *entry;
    if (list && !json_is_null(list) && !json_is_array(list))
        return err_set(err, ERR_INPUT, "added_tokens is no list");
    json_array_foreach((json_t *)list, i, entry)
    {
        const json_t *id = json_object_get(entry, "id");
        if (!json_is_integer(id))
            return err_set(err, ERR_INPUT, "entry %zu of added_tokens has no number", i);
        if (!add_entry(t, json_integer_value(id), entry, err))
            return false;
    }
    return true;
}

/* A whole number in decimal, -1 when it is none. */
static int64_t number_of(const char *text)
{
    char *end;
    long long n = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
    return n < 0 || *end ? -1 : (int64_t)n;
}

static bool read_config(QwenTokenizer *t, const char *data, size_t size, Err *err)
{
    json_t *root;
    const char *id;
    json_t *entry;
    if (!parse_json(&root, "tokenizer_config.json", data, size, err))
        return false;
    const json_t *list = json_object_get(root, "added_tokens_decoder");
    bool ok = !list || json_is_object(list) || err_set(err, ERR_INPUT, "added_tokens_decoder is no object");
    json_object_foreach((json_t *)list, id, entry)
    {
        ok = ok &&
             (number_of(id) >= 0 || err_set(err, ERR_INPUT, "a key of added_tokens_decoder is no number")) &&
             add_entry(t, number_of(id), entry, err);
    }
    if (!ok)
        err_prefix(err, "tokenizer_config.json: ");
    json_decref(root);
    return ok;
}

/* added_tokens.json says no more than numbers. What only stands there is taken for a control mark, as nearly all are. */
static bool read_added(QwenTokenizer *t, const char *data, size_t size, Err *err)
{
    json_t *root, *id;
    const char *content;
    if (!parse_json(&root, "added_tokens.json", data, size, err))
        return false;
    bool ok = json_is_object(root) || err_set(err, ERR_INPUT, "it is no object of tokens");
    json_object_foreach(root, content, id)
    {
        ok = ok && (json_is_integer(id) || err_set(err, ERR_INPUT, "a token's number is no whole number")) &&
             add_token(t, json_integer_value(id), content, false, true, err);
    }
    if (!ok)
        err_prefix(err, "added_tokens.json: ");
    json_decref(root);
    return ok;
}

static bool text_is(const json_t *v, const char *wanted)
{
    return json_is_string(v) && strcmp(json_string_value(v), wanted) == 0;
}

static bool unset(const json_t *v)
{
    return !v || json_is_null(v) || json_is_false(v) || text_is(v, "");
}

/* Hold tokenizer.json against what this file does, so that another tokenizer is refused and not run wrongly. */
static bool check_kind(const json_t *root, const json_t *model, Err *err)
{
    static const char *const unused[] = {
        "dropout",       "unk_token",    "continuing_subword_prefix", "end_of_word_suffix",
        "byte_fallback", "ignore_merges"
    };
    if (!text_is(json_object_get(model, "type"), "BPE") && json_object_get(model, "type"))
        return err_set(err, ERR_INPUT, "its model is not of the type BPE; it is no tokenizer of Qwen2");
    for (size_t i = 0; i < sizeof unused / sizeof *unused; i++)
        if (!unset(json_object_get(model, unused[i])))
            return err_set(err, ERR_INPUT,
                           "its model sets %s, which Qwen2's does not; it is another tokenizer", unused[i]);
    if (!text_is(json_object_get(json_object_get(root, "normalizer"), "type"), "NFC"))
        return err_set(err, ERR_INPUT, "its normalizer is not NFC; it is no tokenizer of Qwen2");
    const json_t *steps = json_object_get(json_object_get(root, "pre_tokenizer"), "pretokenizers");
    const json_t *split = json_array_get(steps, 0), *bytes = json_array_get(steps, 1);
    if (json_array_size(steps) != 2 || !text_is(json_object_get(split, "type"), "Split") ||
        !text_is(json_object_get(split, "behavior"), "Isolated") ||
        !unset(json_object_get(split, "invert")) ||
        !text_is(json_object_get(json_object_get(split, "pattern"), "Regex"), qwen_pattern) ||
        !text_is(json_object_get(bytes, "type"), "ByteLevel") ||
        !unset(json_object_get(bytes, "add_prefix_space")) || !unset(json_object_get(bytes, "use_regex")))
        return err_set(err, ERR_INPUT, "it splits text in another way than Qwen2; it is another tokenizer");
    return true;
}

static bool read_tokenizer(QwenTokenizer *t, const char *data, size_t size, Err *err)
{
    json_t *root;
    if (!parse_json(&root, "tokenizer.json", data, size, err))
        return false;
    const json_t *model = json_object_get(root, "model");
    bool ok = check_kind(root, model, err) &&
              bpe_from_json(&t->bpe, &t->vocabulary, json_object_get(model, "vocab"),
                            json_object_get(model, "merges"), err) &&
              add_list(t, json_object_get(root, "added_tokens"), err);
    if (!ok)
        err_prefix(err, "tokenizer.json: ");
    json_decref(root);
    return ok;
}

static bool read_vocab_and_merges(QwenTokenizer *t, const QwenTokenizerFiles *f, Err *err)
{
    json_t *vocab;
    if (!parse_json(&vocab, "vocab.json", f->vocab, f->vocab_size, err))
        return false;
    bool ok = bpe_from_text(&t->bpe, &t->vocabulary, vocab, f->merges, f->merges_size, err) ||
              err_prefix(err, "vocab.json and merges.txt: ");
    json_decref(vocab);
    return ok;
}

static bool finish_added(QwenTokenizer *t, Err *err)
{
    AddedTokens *both[] = { &t->raw, &t->normalised };
    t->special = calloc(t->added.size + 1, sizeof *t->special);
    if (!t->special)
        return err_set(err, ERR_NOMEM, "no memory for the added tokens");
    for (size_t i = 0; i < 2; i++) {
        if (!added_tokens_finish(both[i], err))
            return false;
        for (size_t k = 0; k < both[i]->count; k++)
            t->special[both[i]->token[k].id] = both[i]->token[k].special;
    }
    return true;
}

bool qwen_tokenizer_parse(QwenTokenizer **tokenizer, const QwenTokenizerFiles *f, Err *err)
{
    QwenTokenizer *t = *tokenizer = calloc(1, sizeof *t);
    if (!t)
        return err_set(err, ERR_NOMEM, "no memory for the tokenizer");
    bool ok = compile_words(t, err);
    if (f->tokenizer)
        ok = ok && read_tokenizer(t, f->tokenizer, f->tokenizer_size, err);
    else if (f->vocab && f->merges)
        ok = ok && read_vocab_and_merges(t, f, err);
    else
        ok =
            ok && err_set(err, ERR_MISSING, "there is neither tokenizer.json nor vocab.json with merges.txt");
    ok = ok && (!f->config || read_config(t, f->config, f->config_size, err)) &&
         (!f->added || read_added(t, f->added, f->added_size, err)) && finish_added(t, err);
    if (ok)
        return true;
    qwen_tokenizer_free(t);
    *tokenizer = NULL;
    return false;
}

void qwen_tokenizer_free(QwenTokenizer *t)
{
    if (!t)
        return;
    vocabulary_clear(&t->vocabulary);
    bpe_free(t->bpe);
    added_tokens_clear(&t->raw);
    added_tokens_clear(&t->normalised);
    vocabulary_clear(&t->added);
    free(t->special);
    pcre2_code_free(t->words);
    free(t);
}

/* A file of the folder; one that is not there leaves *data NULL. */
static bool read_if_there(const char *folder, const char *name, const char **data, size_t *size, Err *err)
{
    char *path = path_join(folder, name);
    uint8_t *bytes = NULL;
    bool ok = path ? !path_exists(path) || file_read(path, max_file, &bytes, size, err)
                   : err_set(err, ERR_NOMEM, "%s: no memory", folder);
    *data = (const char *)bytes;
    free(path);
    return ok;
}

/* The files of a folder. With tokenizer.json the vocabulary of other files is not looked at. */
static bool read_files(QwenTokenizerFiles *f, const char *folder, Err *err)
{
    return read_if_there(folder, "tokenizer.json", &f->tokenizer, &f->tokenizer_size, err) &&
           (f->tokenizer || (read_if_there(folder, "vocab.json", &f->vocab, &f->vocab_size, err) &&
                             read_if_there(folder, "merges.txt", &f->merges, &f->merges_size, err))) &&
           (!(f->tokenizer || f->vocab || f->merges) ||
            (read_if_there(folder, "tokenizer_config.json", &f->config, &f->config_size, err) &&
             read_if_there(folder, "added_tokens.json", &f->added, &f->added_size, err)));
}

static bool nothing_there(const QwenTokenizerFiles *f)
{
    return !f->tokenizer && !f->vocab && !f->merges;
}

static void files_clear(QwenTokenizerFiles *f)
{
    const char *data[] = { f->tokenizer, f->vocab, f->merges, f->config, f->added };
    for (size_t i = 0; i < sizeof data / sizeof *data; i++)
        free((char *)data[i]);
}

bool qwen_tokenizer_load(QwenTokenizer **t, const char *folder, Err *err)
{
    QwenTokenizerFiles f = { 0 };
    char *inner = path_join(folder, "tokenizer");
    *t = NULL;
    if (!inner)
        return err_set(err, ERR_NOMEM, "%s: no memory", folder);
    const char *at = folder;
    bool ok = read_files(&f, folder, err);
    if (ok && nothing_there(&f) && path_is_folder(inner)) {
        at = inner;
        ok = read_files(&f, inner, err);
    }
    if (ok && nothing_there(&f))
        ok = err_set(
            err, ERR_MISSING,
            "%s: there is no tokenizer here or in the folder tokenizer in it (tokenizer.json, or vocab.json "
            "with merges.txt); name the folder of the model",
            folder);
    else if (ok && !f.tokenizer && (!f.vocab || !f.merges))
        ok = err_set(err, ERR_MISSING, "%s: %s is there and %s is not; fetch the model again", at,
                     f.vocab ? "vocab.json" : "merges.txt", f.vocab ? "merges.txt" : "vocab.json");
    ok = ok && (qwen_tokenizer_parse(t, &f, err) || err_prefix(err, "%s: ", at));
    files_clear(&f);
    free(inner);
    return ok;
}

/* ---- encoding --------------------------------------------------------------------------------------- */

/* What one call works with. */
typedef struct {
    const QwenTokenizer *t;
    BpeCoder *coder;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    Str form; /* form C of the stretch between two added tokens */
    TokenIds *ids;
} Encoding;

/* Without these limits, matching a long word without machine code would be given up; time is bounded by the pattern. */
static bool encoding_begin(Encoding *e, const QwenTokenizer *t, TokenIds *ids, Err *err)
{
    *e = (Encoding){ .t = t, .ids = ids };
    if (!bpe_coder_new(&e->coder, t->bpe, err))
        return false;
    e->match = pcre2_match_data_create(1, NULL);
    e->limits = pcre2_match_context_create(NULL);
    if (!e->match || !e->limits)
        return err_set(err, ERR_NOMEM, "no memory to encode text");
    pcre2_set_match_limit(e->limits, UINT32_MAX);
    return true;
}

static void encoding_end(Encoding *e)
{
    bpe_coder_free(e->coder);
    pcre2_match_data_free(e->match);
    pcre2_match_context_free(e->limits);
    str_clear(&e->form);
}

/* A text without added tokens, in form C: word by word. */
static bool encode_words(Encoding *e, const char *text, size_t from, size_t to, Err *err)
{
    while (from < to) {
        int found = pcre2_match(e->t->words, (PCRE2_SPTR)text + from, to - from, 0, PCRE2_NO_UTF_CHECK,
                                e->match, e->limits);
        size_t n = found < 0 ? 0 : pcre2_get_ovector_pointer(e->match)[1];
        if (n == 0) {
            char reason[128] = "an empty word";
            if (found < 0)
                pcre2_get_error_message(found, (PCRE2_UCHAR *)reason, sizeof reason);
            return err_set(err, found == PCRE2_ERROR_NOMEMORY ? ERR_NOMEM : ERR_INTERNAL,
                           "the text cannot be split into words at byte %zu: %s", from, reason);
        }
        if (!bpe_encode(e->coder, text + from, n, e->ids, err))
            return false;
        from += n;
    }
    return true;
}

static bool add_id(Encoding *e, const AddedToken *token, Err *err)
{
    return !token || token_ids_add(e->ids, &token->id, 1) ||
           err_set(err, ERR_NOMEM, "no memory for the tokens");
}

/* A text without tokens that are cut out of it as it is. */
static bool encode_stretch(Encoding *e, const char *text, size_t size, Err *err)
{
    str_reset(&e->form);
    nfc_add(&e->form, text, size);
    if (e->form.failed)
        return err_set(err, ERR_NOMEM, "no memory for a text of %zu bytes", size);
    const char *form = str_text(&e->form);
    for (size_t from = 0, at; from < e->form.len;) {
        const AddedToken *token = added_tokens_next(&e->t->normalised, form, from, e->form.len, &at);
        if (!encode_words(e, form, from, at, err) || !add_id(e, token, err))
            return false;
        from = at + (token ? token->length : 0);
    }
    return true;
}

static bool encode_text(Encoding *e, const char *text, size_t size, Err *err)
{
    for (size_t from = 0, at; from < size;) {
        const AddedToken *token = added_tokens_next(&e->t->raw, text, from, size, &at);
        if (!encode_stretch(e, text + from, at - from, err) || !add_id(e, token, err))
            return false;
        from = at + (token ? token->length : 0);
    }
    return true;
}

/* The reference takes text that was decoded before, so it has no rule for bytes that are none. */
static bool check_text(const char *text, size_t size, Err *err)
{
    if (size > QWEN_TEXT_MAX)
        return err_set(err, ERR_INPUT, "the text has %zu bytes, and %d is the most that is encoded at once",
                       size, QWEN_TEXT_MAX);
    bool whole = true;
    for (size_t i = 0; i < size;) {
        size_t n = utf8_next(text + i, size - i, &whole);
        if (!whole)
            return err_set(err, ERR_INPUT, "the text is not UTF-8 at byte %zu; save it as UTF-8", i);
        i += n;
    }
    return true;
}

bool qwen_tokenizer_encode(const QwenTokenizer *t, const char *text, size_t size, TokenIds *ids, Err *err)
{
    Encoding e;
    if (!check_text(text, size, err))
        return false;
    bool ok = encoding_begin(&e, t, ids, err) && encode_text(&e, text, size, err);
    encoding_end(&e);
    return ok;
}

/* ---- decoding --------------------------------------------------------------------------------------- */

static void add_utf8(Str *out, const char *bytes, size_t size)
{
    bool whole;
    for (size_t i = 0, n; i < size; i += n) {
        n = utf8_next(bytes + i, size - i, &whole);
        if (whole)
            str_add_n(out, bytes + i, n);
        else
            str_add(out, "\xef\xbf\xbd");
    }
}

bool qwen_tokenizer_decode(const QwenTokenizer *t, const int32_t *ids, size_t n, bool skip_special, Str *text,
                           Err *err)
{
    Str bytes = { 0 };
    for (size_t i = 0; i < n; i++) {
        size_t size;
        const char *added = vocabulary_get(&t->added, ids[i], &size);
        const char *token = added ? added : vocabulary_get(&t->vocabulary, ids[i], &size);
        if (!token) {
            str_clear(&bytes);
            return err_set(err, ERR_INPUT,
                           "%" PRId32 " is the number of no token; the tokenizer's highest is %zu", ids[i],
                           qwen_tokenizer_size(t) - 1);
        }
        if (!added || !skip_special || !t->special[ids[i]])
            str_add_n(&bytes, token, size);
    }
    add_utf8(text, str_text(&bytes), bytes.len);
    bool ok =
        !(bytes.failed || text->failed) || err_set(err, ERR_NOMEM, "no memory for the text of %zu tokens", n);
    str_clear(&bytes);
    return ok;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

int32_t qwen_tokenizer_added(const QwenTokenizer *t, const char *content)
{
    const AddedToken *token = added_tokens_find(&t->raw, content, strlen(content));
    if (!token)
        token = added_tokens_find(&t->normalised, content, strlen(content));
    return token ? token->id : -1;
}

size_t qwen_tokenizer_size(const QwenTokenizer *t)
{
    return t->vocabulary.size > t->added.size ? t->vocabulary.size : t->added.size;
}
