#include "text/qwen_template.h"

#include <string.h>

static const char before[] =
    "<|im_start|>system\n"
    "Describe the key features of the input image (color, shape, size, texture, objects, background), then explain "
    "how the user's text instruction should alter or modify the image. Generate a new image that meets the user's "
    "requirements while maintaining consistency with the original input where appropriate.<|im_end|>\n"
    "<|im_start|>user\n";
static const char picture_place[] = "<|vision_start|><|image_pad|><|vision_end|>";
/* It begins with a special token, so it has the same tokens behind any prompt. */
static const char behind[] = "<|im_end|>\n<|im_start|>assistant\n";

/* The tokens of a text; *text is cleared. */
static bool encode(TokenIds *ids, const QwenTokenizer *t, Str *text, Err *err)
{
    bool ok = text->failed ? err_set(err, ERR_NOMEM, "no memory for a prompt")
                           : qwen_tokenizer_encode(t, text->s, text->len, ids, err);
    str_clear(text);
    return ok;
}

static void add_opening(Str *text, bool plus, size_t pictures)
{
    str_add(text, before);
    for (size_t i = 0; i < pictures; i++) {
        if (plus)
            str_printf(text, "Picture %zu: ", i + 1);
        str_add(text, picture_place);
    }
}

/* What stands before the prompt and what stands behind it, in tokens. */
static bool measure(size_t *opening, size_t *closing, const QwenTokenizer *t, bool plus, size_t pictures,
                    Err *err)
{
    Str text = { 0 };
    TokenIds ids = { 0 };
    add_opening(&text, plus, pictures);
    bool ok = encode(&ids, t, &text, err);
    *opening = ids.count;
    str_add(&text, behind);
    ok = ok && encode(&ids, t, &text, err);
    *closing = ids.count - *opening;
    token_ids_clear(&ids);
    return ok;
}

bool qwen_template_encode(TokenIds *ids, size_t *dropped, const QwenTokenizer *t, bool plus, size_t pictures,
                          const char *prompt, Err *err)
{
    Str text = { 0 };
    TokenIds all = { 0 };
    size_t opening, closing;
    *dropped = 0;
    add_opening(&text, plus, pictures);
    str_add(&text, prompt);
    str_add(&text, behind);
    bool ok = encode(&all, t, &text, err) && measure(&opening, &closing, t, plus, pictures, err);
    /* Without pictures, white space at the prompt's start may share a token with the opening: then it counts there. */
    if (ok && all.count > opening + QWEN_PROMPT_TOKENS_MAX + closing) {
        *dropped = all.count - (opening + QWEN_PROMPT_TOKENS_MAX + closing);
        memmove(all.id + opening + QWEN_PROMPT_TOKENS_MAX, all.id + all.count - closing,
                closing * sizeof *all.id);
        all.count -= *dropped;
    }
    ok = ok && (token_ids_add(ids, all.id, all.count) || err_set(err, ERR_NOMEM, "no memory for a prompt"));
    token_ids_clear(&all);
    return ok;
}
