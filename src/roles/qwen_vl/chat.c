#include "roles/qwen_vl/chat.h"

#include "models/qwen_vl/qwen_vl.h"
#include "text/qwen_tokenizer.h"
#include "vision/resample.h"

#include <stdlib.h>
#include <string.h>

/* What Qwen-Image-Edit-2509 shows of a picture to this model. */
enum { PICTURE_PIXELS_MAX = 384 * 384 };

/* generation_config.json of Qwen2.5-7B-Instruct. That of Qwen2.5-VL always takes the likeliest token: good for naming what is in
 * a picture, but its scenes would all be alike. */
static const QwenVlSampling sampling = { .temperature = 0.7f, .top_p = 0.8f };

struct QwenChat {
    QwenVl *model;
    QwenTokenizer *tokenizer;
    OpCtx *ctx;
    bool *allowed; /* [vocab_size] tokens that are text */
    QwenVlGrid grid;
    Tensor seen; /* the picture's tokens; empty where there is no picture */
};

/* ---- open ---- */

/* A token is text when it is whole characters: then any sequence of such tokens is UTF-8. What that leaves out are added tokens,
 * which direct the model, numbers that stand for nothing, and parts of rare characters. */
static bool find_text_token(QwenChat *c, int32_t id, Str *text, Err *err)
{
    str_reset(text);
    if (qwen_tokenizer_decode(c->tokenizer, &id, 1, false, text, err))
        c->allowed[id] = text->len > 0 && !strstr(text->s, "\xef\xbf\xbd") &&
                         qwen_tokenizer_added(c->tokenizer, text->s) != id;
    else if (err->kind != ERR_INPUT) /* that is a number that stands for nothing */
        return false;
    err_clear(err);
    return true;
}

static bool find_text_tokens(QwenChat *c, Err *err)
{
    size_t vocab = qwen_vl_config(c->model)->text.vocab_size, found = 0;
    Str text = { 0 };
    bool ok = true;
    c->allowed = calloc(vocab, sizeof *c->allowed);
    if (!c->allowed)
        return err_set(err, ERR_NOMEM, "no memory for %zu tokens", vocab);
    for (size_t i = 0; ok && i < vocab && i < qwen_tokenizer_size(c->tokenizer); i++) {
        ok = find_text_token(c, (int32_t)i, &text, err);
        found += c->allowed[i];
    }
    str_clear(&text);
    return ok && (found || err_set(err, ERR_INPUT, "the tokenizer has no token that is text"));
}

/* A token of a model this small is computed before threads have met; where others use the processors too, they wait for each
 * other 20 times as long as one takes for all. */
static int threads_for(const QwenVl *m, int threads)
{
    const QwenVlTextConfig *t = &qwen_vl_config(m)->text;
    return threads > 0 && t->hidden_size >= 512 ? threads : 1;
}

static bool check_tokenizer(const QwenChat *c, const char *folder, Err *err)
{
    static const char *const needed[] = { "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|image_pad|>",
                                          "<|vision_end|>" };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (qwen_tokenizer_added(c->tokenizer, needed[i]) < 0)
            return err_set(err, ERR_INPUT,
                           "%s: the tokenizer has no token %s, so it is not that of a Qwen2.5-VL", folder,
                           needed[i]);
    const QwenVlConfig *g = qwen_vl_config(c->model);
    if (qwen_tokenizer_size(c->tokenizer) > g->text.vocab_size ||
        qwen_tokenizer_added(c->tokenizer, "<|image_pad|>") != g->image_token_id)
        return err_set(err, ERR_INPUT,
                       "%s: the tokenizer and the text encoder are not of the same model: their "
                       "tokens have other numbers",
                       folder);
    return true;
}

bool qwen_chat_open(QwenChat **out, const QwenChatOptions *o, Err *err)
{
    QwenChat *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return err_set(err, ERR_NOMEM, "no memory for a language model");
    bool ok = qwen_tokenizer_load(&c->tokenizer, o->tokenizer, err) &&
              qwen_vl_open(&c->model, o->text_encoder, err) && check_tokenizer(c, o->tokenizer, err) &&
              find_text_tokens(c, err) &&
              (c->ctx = op_open(&(OpOptions){ .threads = threads_for(c->model, o->threads) }, err)) != NULL;
    if (!ok) {
        qwen_chat_close(c);
        return false;
    }
    *out = c;
    return true;
}

void qwen_chat_close(QwenChat *c)
{
    if (!c)
        return;
    op_close(c->ctx);
    free(c->allowed);
    qwen_vl_close(c->model);
    qwen_tokenizer_free(c->tokenizer);
    free(c);
}

/* ---- see ---- */

/* The picture at the size in which it is shown. The caller clears it. */
static bool prepare(const QwenChat *c, const Image *picture, Image *shown, Err *err)
{
    QwenVlProcessor p = *qwen_vl_processor(c->model);
    size_t width, height;
    Image rgb = { 0 };
    *shown = (Image){ 0 };
    if (p.max_pixels > PICTURE_PIXELS_MAX)
        p.max_pixels = PICTURE_PIXELS_MAX;
    bool ok =
        qwen_vl_smart_resize(&p, (size_t)picture->width, (size_t)picture->height, &width, &height, err) &&
        image_copy(&rgb, picture, err) && image_to_channels(&rgb, 3, err) &&
        image_resize(shown, &rgb, (int)width, (int)height, RESAMPLE_BICUBIC, err);
    image_clear(&rgb);
    return ok;
}

static bool look(QwenChat *c, const Image *shown, Err *err)
{
    QwenVlPicture picture = { shown->data, (size_t)shown->width, (size_t)shown->height };
    QwenVlView view;
    if (!qwen_vl_view_init(&view, c->model, &picture, 1, err))
        return false;
    c->grid = view.grids[0];
    c->seen = qwen_vl_look(c->ctx, c->model, &view);
    qwen_vl_view_clear(&view);
    return op_finish(c->ctx, err);
}

bool qwen_chat_see(QwenChat *c, const Image *picture, Err *err)
{
    Image shown;
    op_reset(c->ctx, (ArenaMark){ 0 });
    c->seen = (Tensor){ 0 };
    if (image_empty(picture))
        return true;
    bool ok = prepare(c, picture, &shown, err) && look(c, &shown, err);
    image_clear(&shown);
    if (!ok)
        c->seen = (Tensor){ 0 };
    return ok || err_prefix(err, "the photo of the object: ");
}

/* ---- answer ---- */

/* Add a text so that nothing in it is read as a special token. */
static void add_plain(Str *s, const char *text)
{
    for (; *text; text++) {
        str_add_char(s, *text);
        if (text[0] == '<' && text[1] == '|')
            str_add_char(s, ' ');
    }
}

/* chat_template.jinja of Qwen2.5-VL, with its own system text. The picture comes first in the first message. */
static void add_template(Str *s, const QwenChat *c, const ChatMessage *messages, size_t count)
{
    str_add(s, "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n");
    for (size_t i = 0; i < count; i++) {
        str_printf(s, "<|im_start|>%s\n", messages[i].role);
        if (i == 0 && tensor_is(c->seen))
            str_add(s, "<|vision_start|><|image_pad|><|vision_end|>");
        add_plain(s, messages[i].content);
        str_add(s, "<|im_end|>\n");
    }
    str_add(s, "<|im_start|>assistant\n");
}

static bool make_prompt(QwenVlPrompt *p, const QwenChat *c, const ChatMessage *messages, size_t count,
                        Err *err)
{
    Str text = { 0 };
    TokenIds ids = { 0 };
    *p = (QwenVlPrompt){ 0 };
    add_template(&text, c, messages, count);
    bool ok = text.failed ? err_set(err, ERR_NOMEM, "no memory for the conversation")
                          : qwen_tokenizer_encode(c->tokenizer, text.s, text.len, &ids, err) &&
                                qwen_vl_prompt_init(p, qwen_vl_config(c->model), ids.id, ids.count, &c->grid,
                                                    tensor_is(c->seen), err);
    token_ids_clear(&ids);
    str_clear(&text);
    return ok;
}

static bool wanted(const QwenChatLimits *limits)
{
    return !limits->cancel || !atomic_load(limits->cancel);
}

static bool on_reading(void *user, size_t read, size_t all)
{
    (void)read, (void)all;
    return wanted(user);
}

static bool on_token(void *user, int32_t id)
{
    (void)id;
    return wanted(user);
}

/* The model's own end tokens, and that of the template. */
static size_t end_tokens(const QwenChat *c, int32_t *stop)
{
    const QwenVlConfig *g = qwen_vl_config(c->model);
    memcpy(stop, g->eos, g->eos_count * sizeof *stop);
    stop[g->eos_count] = qwen_tokenizer_added(c->tokenizer, "<|im_end|>");
    return g->eos_count + 1;
}

bool qwen_chat_answer(QwenChat *c, const ChatMessage *messages, size_t count, const QwenChatLimits *limits,
                      Str *answer, Err *err)
{
    int32_t stop[QWEN_VL_EOS_MAX + 1], *ids = calloc(limits->max_tokens + 1, sizeof *ids);
    QwenVlGeneration g = { .max_tokens = limits->max_tokens,
                           .sampling = sampling,
                           .seed = limits->seed,
                           .stop = stop,
                           .stop_count = end_tokens(c, stop),
                           .min_tokens = limits->min_tokens,
                           .allowed = c->allowed,
                           .on_reading = on_reading,
                           .on_token = on_token,
                           .user = (void *)limits };
    QwenVlPrompt prompt = { 0 };
    QwenVlAnswer a = { 0 };
    bool ok = (ids || err_set(err, ERR_NOMEM, "no memory for an answer of %zu tokens", limits->max_tokens)) &&
              make_prompt(&prompt, c, messages, count, err) &&
              qwen_vl_answer(c->ctx, c->model, &prompt, c->seen, &g, ids, &a, err);
    if (ok && a.end == QWEN_VL_CANCELLED)
        ok = err_set(err, ERR_CANCELLED, "interrupted");
    ok = ok && qwen_tokenizer_decode(c->tokenizer, ids, a.count, true, answer, err);
    if (ok && answer->failed)
        ok = err_set(err, ERR_NOMEM, "no memory for an answer of %zu tokens", a.count);
    qwen_vl_prompt_clear(&prompt);
    free(ids);
    return ok;
}
