#include "models/qwen_vl/decoder.h"

#include <stdlib.h>

/* ---- load ---- */

static void load_layer(Loader *l, QwenVlDecoderLayer *y, const QwenVlTextConfig *g, const char *prefix,
                       size_t i)
{
    size_t d = g->hidden_size, hidden = g->intermediate_size;
    size_t inner = g->num_attention_heads * g->head_dim, kv = g->num_key_value_heads * g->head_dim;
    load_weight(l, &y->input_norm.weight, SHAPE(d), "%s.layers.%zu.input_layernorm.weight", prefix, i);
    load_linear(l, &y->q, inner, d, "%s.layers.%zu.self_attn.q_proj", prefix, i);
    load_linear(l, &y->k, kv, d, "%s.layers.%zu.self_attn.k_proj", prefix, i);
    load_linear(l, &y->v, kv, d, "%s.layers.%zu.self_attn.v_proj", prefix, i);
    load_weight(l, &y->o.weight, SHAPE(d, inner), "%s.layers.%zu.self_attn.o_proj.weight", prefix, i);
    load_weight(l, &y->post_attention_norm.weight, SHAPE(d), "%s.layers.%zu.post_attention_layernorm.weight",
                prefix, i);
    load_weight(l, &y->gate.weight, SHAPE(hidden, d), "%s.layers.%zu.mlp.gate_proj.weight", prefix, i);
    load_weight(l, &y->up.weight, SHAPE(hidden, d), "%s.layers.%zu.mlp.up_proj.weight", prefix, i);
    load_weight(l, &y->down.weight, SHAPE(d, hidden), "%s.layers.%zu.mlp.down_proj.weight", prefix, i);
}

void qwen_vl_decoder_load(Loader *l, QwenVlDecoder *d, const QwenVlTextConfig *config, const char *prefix)
{
    const QwenVlTextConfig *g = config;
    *d = (QwenVlDecoder){ .config = *config, .layers = calloc(g->num_hidden_layers, sizeof *d->layers) };
    if (!d->layers) {
        load_no_memory(l, "the decoder");
        return;
    }
    load_weight(l, &d->embed.weight, SHAPE(g->vocab_size, g->hidden_size), "%s.embed_tokens.weight", prefix);
    for (size_t i = 0; i < g->num_hidden_layers; i++)
        load_layer(l, &d->layers[i], g, prefix, i);
    load_weight(l, &d->norm.weight, SHAPE(g->hidden_size), "%s.norm.weight", prefix);
    if (g->tie_word_embeddings)
        load_ignore(l, "lm_head."); /* some files hold the table twice */
    else
        load_weight(l, &d->lm_head.weight, SHAPE(g->vocab_size, g->hidden_size), "lm_head.weight");
}

void qwen_vl_decoder_clear(QwenVlDecoder *d)
{
    for (size_t i = 0; d->layers && i < d->config.num_hidden_layers; i++) {
        QwenVlDecoderLayer *y = &d->layers[i];
        Linear *const linears[] = { &y->q, &y->k, &y->v, &y->o, &y->gate, &y->up, &y->down };
        for (size_t k = 0; k < sizeof linears / sizeof *linears; k++)
            linear_clear(linears[k]);
        norm_clear(&y->input_norm);
        norm_clear(&y->post_attention_norm);
    }
    free(d->layers);
    linear_clear(&d->embed);
    norm_clear(&d->norm);
    linear_clear(&d->lm_head);
    *d = (QwenVlDecoder){ 0 };
}

/* ---- cache ---- */

QwenVlCache qwen_vl_cache_new(OpCtx *c, const QwenVlDecoder *d, size_t capacity)
{
    Shape s =
        SHAPE(d->config.num_hidden_layers, capacity, d->config.num_key_value_heads * d->config.head_dim);
    return (QwenVlCache){ .keys = op_new(c, s), .values = op_new(c, s), .capacity = capacity };
}

/* Put the rows x behind those that a layer has, and return all of them. */
static Tensor remember(OpCtx *c, Tensor all, const QwenVlCache *cache, size_t layer, Tensor x)
{
    size_t rows = tensor_rows(x);
    Tensor mine = op_reshape(c, op_rows(c, all, layer, 1), SHAPE(cache->capacity, tensor_cols(x)));
    op_copy_to(c, op_rows(c, mine, cache->count, rows), x);
    return op_rows(c, mine, 0, cache->count + rows);
}

/* ---- forward ---- */

/* A single token sees every key. The heads that share keys then are as good as several queries of one head, and the keys
 * are gone through once for all of them: q [1, kv_heads * group * D] becomes [group, kv_heads * D]. */
static Tensor attend_one(OpCtx *c, const QwenVlTextConfig *g, Tensor q, Tensor k, Tensor v)
{
    size_t kv = g->num_key_value_heads, group = g->num_attention_heads / kv, dim = g->head_dim;
    static const int swap[] = { 1, 0, 2 };
    q = op_permute(c, op_reshape(c, q, SHAPE(kv, group, dim)), swap);
    Tensor a =
        op_attention(c, op_reshape(c, q, SHAPE(group, kv * dim)), k, v, (AttentionOpts){ .heads = (int)kv });
    a = op_permute(c, op_reshape(c, a, SHAPE(group, kv, dim)), swap);
    return op_reshape(c, a, SHAPE(1, kv * group * dim));
}

static Tensor attend(OpCtx *c, const QwenVlTextConfig *g, Tensor q, Tensor k, Tensor v)
{
    if (tensor_rows(q) == 1)
        return attend_one(c, g, q, k, v);
    return op_attention(c, q, k, v,
                        (AttentionOpts){ .heads = (int)g->num_attention_heads,
                                         .kv_heads = (int)g->num_key_value_heads,
                                         .causal = true });
}

static Tensor attention(OpCtx *c, const QwenVlDecoder *d, size_t layer, Tensor x, Rope rope,
                        const QwenVlCache *cache)
{
    const QwenVlDecoderLayer *y = &d->layers[layer];
    Tensor q = op_rope(c, op_linear(c, x, &y->q), rope);
    Tensor k = op_rope(c, op_linear(c, x, &y->k), rope);
    Tensor v = op_linear(c, x, &y->v);
    if (cache) {
        k = remember(c, cache->keys, cache, layer, k);
        v = remember(c, cache->values, cache, layer, v);
    }
    return op_linear(c, attend(c, &d->config, q, k, v), &y->o);
}

static Tensor mlp(OpCtx *c, const QwenVlDecoderLayer *y, Tensor x)
{
    Tensor h = op_act_mul(c, op_linear(c, x, &y->gate), op_linear(c, x, &y->up), ACT_SILU);
    return op_linear(c, h, &y->down);
}

/* x [T, hidden], updated in place. */
static void layer_forward(OpCtx *c, const QwenVlDecoder *d, size_t layer, Tensor x, Rope rope,
                          const QwenVlCache *cache)
{
    ArenaMark mark = op_mark(c);
    const QwenVlDecoderLayer *y = &d->layers[layer];
    float eps = d->config.rms_norm_eps;
    op_add_to(c, x, attention(c, d, layer, op_rms_norm(c, x, &y->input_norm, eps), rope, cache));
    op_add_to(c, x, mlp(c, y, op_rms_norm(c, x, &y->post_attention_norm, eps)));
    op_reset(c, mark);
}

Tensor qwen_vl_decoder_embed(OpCtx *c, const QwenVlDecoder *d, Tensor ids, Tensor seen, Tensor from)
{
    Tensor words = op_embedding(c, &d->embed.weight, ids);
    return tensor_is(seen) ? op_gather(c, op_concat_rows(c, words, seen), from) : words;
}

Tensor qwen_vl_decoder_forward(OpCtx *c, const QwenVlDecoder *d, Tensor x, Tensor cos, Tensor sin,
                               QwenVlCache *cache)
{
    Rope rope = { cos, sin, (int)d->config.head_dim, ROPE_HALVES };
    size_t rows = tensor_rows(x);
    if (cache && rows > cache->capacity - cache->count)
        return op_fail(c, ERR_INTERNAL, "%zu tokens do not fit into a cache of %zu that holds %zu", rows,
                       cache->capacity, cache->count);
    for (size_t i = 0; i < d->config.num_hidden_layers; i++)
        layer_forward(c, d, i, x, rope, cache);
    if (cache)
        cache->count += rows;
    return op_rms_norm(c, x, &d->norm, d->config.rms_norm_eps);
}

Tensor qwen_vl_decoder_logits(OpCtx *c, const QwenVlDecoder *d, Tensor hidden)
{
    return op_linear(c, hidden, d->config.tie_word_embeddings ? &d->embed : &d->lm_head);
}
