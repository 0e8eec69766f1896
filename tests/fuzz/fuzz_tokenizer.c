/* Any bytes as the files of a tokenizer and as a text for it. The bytes 0xff split the input into tokenizer.json,
 * vocab.json, merges.txt, tokenizer_config.json, added_tokens.json and the text; an empty part is a file that is not
 * there. A text that is encoded must come back, with the same form C. */
#include "text/nfc.h"
#include "text/qwen_tokenizer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 6 };

static bool same_form(const char *a, size_t a_size, const char *b, size_t b_size)
{
    Str x = { 0 }, y = { 0 };
    nfc_add(&x, a, a_size);
    nfc_add(&y, b, b_size);
    bool same = x.len == y.len && memcmp(str_text(&x), str_text(&y), x.len) == 0;
    str_clear(&x);
    str_clear(&y);
    return same;
}

static void use(const QwenTokenizer *t, const char *text, size_t size)
{
    TokenIds ids = { 0 };
    Str back = { 0 }, visible = { 0 };
    Err err = { 0 };
    if (qwen_tokenizer_encode(t, text, size, &ids, &err)) {
        for (size_t i = 0; i < ids.count; i++)
            if (ids.id[i] < 0 || (size_t)ids.id[i] >= qwen_tokenizer_size(t))
                abort();
        if (!qwen_tokenizer_decode(t, ids.id, ids.count, false, &back, &err) ||
            !qwen_tokenizer_decode(t, ids.id, ids.count, true, &visible, &err) || visible.len > back.len ||
            !same_form(text, size, str_text(&back), back.len))
            abort();
    } else if (!err.kind || !*err.msg)
        abort();
    str_clear(&back);
    str_clear(&visible);
    token_ids_clear(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *part[PARTS] = { NULL };
    size_t length[PARTS] = { 0 };
    for (size_t i = 0, at = 0; i < PARTS && at <= size; i++) {
        const char *begin = (const char *)data + at;
        const char *end = i + 1 < PARTS && at < size ? memchr(begin, 0xff, size - at) : NULL;
        length[i] = end ? (size_t)(end - begin) : size - at;
        part[i] = length[i] ? begin : NULL;
        at += length[i] + 1;
    }
    QwenTokenizerFiles f = { part[0],   part[1],   part[2],   part[3],   part[4],
                             length[0], length[1], length[2], length[3], length[4] };
    QwenTokenizer *t;
    Err err = { 0 };
    if (qwen_tokenizer_parse(&t, &f, &err)) {
        use(t, part[5] ? part[5] : "", length[5]);
        use(t, (const char *)data, size);
        qwen_tokenizer_free(t);
    } else if (!err.kind || !*err.msg || t)
        abort();
    return 0;
}
