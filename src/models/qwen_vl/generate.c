#include "models/qwen_vl/generate.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    OpCtx *c;
    const QwenVlDecoder *d;
    const QwenVlGeneration *g;
    QwenVlCache cache;
    float *logits; /* [vocab_size] */
    QwenVlCandidate *scratch;
    Rng rng;
} Writer;

/* Reading in pieces costs the weights once a piece, 2 to 3 % at this length, and lets somebody who wants to stop do so. */
enum { PIECE = 512 };

/* Take x [n, hidden] into the cache; with `last`, what the decoder thinks of the token behind it goes into w->logits. */
static bool read_piece(Writer *w, Tensor x, const float *cos, const float *sin, bool last, Err *err)
{
    Shape table = SHAPE(tensor_rows(x), w->d->config.head_dim / 2);
    Tensor h = qwen_vl_decoder_forward(w->c, w->d, x, op_from_f32(w->c, cos, table),
                                       op_from_f32(w->c, sin, table), &w->cache);
    if (last)
        op_download(w->c, qwen_vl_decoder_logits(w->c, w->d, op_rows(w->c, h, table.dim[0] - 1, 1)),
                    w->logits);
    return op_finish(w->c, err);
}

/* *read is false when somebody wanted to stop. */
static bool read_prompt(Writer *w, const QwenVlPrompt *p, Tensor seen, bool *read, Err *err)
{
    const QwenVlGeneration *g = w->g;
    size_t half = w->d->config.head_dim / 2, n;
    bool ok = true;
    ArenaMark mark = op_mark(w->c);
    Tensor ids = op_from_i32(w->c, p->ids, SHAPE(p->count)),
           from = op_from_i32(w->c, p->from, SHAPE(p->count));
    Tensor x = qwen_vl_decoder_embed(w->c, w->d, ids, seen, from);
    *read = true;
    for (size_t at = 0; ok && *read && at < p->count; at += n) {
        n = p->count - at < PIECE ? p->count - at : PIECE;
        *read = !g->on_reading || g->on_reading(g->user, at, p->count);
        ArenaMark piece = op_mark(w->c);
        ok = !*read || read_piece(w, op_rows(w->c, x, at, n), p->cos + at * half, p->sin + at * half,
                                  at + n == p->count, err);
        op_reset(w->c, piece);
    }
    op_reset(w->c, mark);
    return ok;
}

static bool read_token(Writer *w, int32_t id, int32_t at, Err *err)
{
    float cos[QWEN_VL_HEAD_DIM_MAX / 2], sin[QWEN_VL_HEAD_DIM_MAX / 2];
    Tensor none = { 0 };
    ArenaMark mark = op_mark(w->c);
    qwen_vl_rotary(&w->d->config, (QwenVlPosition){ { at, at, at } }, cos, sin);
    Tensor x = qwen_vl_decoder_embed(w->c, w->d, op_from_i32(w->c, &id, SHAPE(1)), none, none);
    bool ok = read_piece(w, x, cos, sin, true, err);
    op_reset(w->c, mark);
    return ok;
}

static bool stops(const QwenVlGeneration *g, int32_t id)
{
    for (size_t i = 0; i < g->stop_count; i++)
        if (g->stop[i] == id)
            return true;
    return false;
}

/* Leave no chance to what may not stand behind `written` tokens of an answer. */
static void restrict_choice(Writer *w, size_t written)
{
    const QwenVlGeneration *g = w->g;
    if (!g->allowed && written >= g->min_tokens)
        return;
    for (size_t i = 0; i < w->d->config.vocab_size; i++)
        if (stops(g, (int32_t)i) ? written < g->min_tokens : g->allowed && !g->allowed[i])
            w->logits[i] = -INFINITY;
}

/* `next` is the position behind the prompt: less than its length where it has pictures. */
static bool go_on(Writer *w, int32_t next, size_t max_tokens, int32_t *out, QwenVlAnswer *answer, Err *err)
{
    while (answer->count < max_tokens) {
        int32_t id;
        restrict_choice(w, answer->count);
        if (!qwen_vl_sample(&w->g->sampling, w->logits, w->d->config.vocab_size, w->scratch, &w->rng, &id))
            return err_set(err, ERR_INPUT,
                           "what the language model answers are no numbers: its weights are damaged");
        if (stops(w->g, id)) {
            answer->end = QWEN_VL_STOPPED;
            return true;
        }
        if (out)
            out[answer->count] = id;
        answer->count++;
        if (w->g->on_token && !w->g->on_token(w->g->user, id)) {
            answer->end = QWEN_VL_CANCELLED;
            return true;
        }
        if (answer->count < max_tokens && !read_token(w, id, next++, err))
            return false;
    }
    answer->end = QWEN_VL_FULL;
    return true;
}

bool qwen_vl_generate(OpCtx *c, const QwenVlDecoder *d, const QwenVlPrompt *prompt, Tensor seen,
                      const QwenVlGeneration *g, int32_t *out, QwenVlAnswer *answer, Err *err)
{
    size_t vocab = d->config.vocab_size, room = d->config.max_position_embeddings - prompt->count;
    size_t max_tokens = g->max_tokens < room ? g->max_tokens : room;
    *answer = (QwenVlAnswer){ 0 };
    Writer w = { .c = c, .d = d, .g = g, .logits = calloc(vocab, sizeof *w.logits) };
    w.scratch = calloc(vocab, sizeof *w.scratch);
    rng_init(&w.rng, g->seed);
    ArenaMark mark = op_mark(c);
    bool ok = w.logits && w.scratch, read = false;
    if (!ok)
        err_set(err, ERR_NOMEM, "no memory for the choice among %zu tokens", vocab);
    if (ok) {
        w.cache = qwen_vl_cache_new(c, d, prompt->count + max_tokens);
        ok = read_prompt(&w, prompt, seen, &read, err) &&
             (!read || go_on(&w, prompt->next, max_tokens, out, answer, err));
        if (ok && !read)
            answer->end = QWEN_VL_CANCELLED;
    }
    op_reset(c, mark);
    free(w.logits);
    free(w.scratch);
    return ok;
}
