/* models/qwen_vl/decoder.h: the language model of Qwen2.5-VL (Bai et al. 2025, arXiv:2502.13923; Qwen2.5, arXiv:2412.15115).
 *
 * A decoder with grouped keys, SwiGLU and rotary positions in three parts; the tokens of pictures stand among its words. */
#ifndef FACET_MODELS_QWEN_VL_DECODER_H
#define FACET_MODELS_QWEN_VL_DECODER_H

#include "models/load.h"
#include "models/qwen_vl/config.h"
#include "tensor/ops.h"

typedef struct {
    Norm input_norm, post_attention_norm;
    Linear q, k, v, o; /* o has no bias */
    Linear gate, up, down;
} QwenVlDecoderLayer;

typedef struct {
    QwenVlTextConfig config;
    Linear embed;               /* [vocab_size, hidden_size]: a table, and the head where the two are tied */
    QwenVlDecoderLayer *layers; /* [num_hidden_layers] */
    Norm norm;
    Linear lm_head; /* empty where tied */
} QwenVlDecoder;

/* From <prefix>.embed_tokens and so on, and lm_head.weight. Clear it also after a failure. */
void qwen_vl_decoder_load(Loader *l, QwenVlDecoder *d, const QwenVlTextConfig *config, const char *prefix);
void qwen_vl_decoder_clear(QwenVlDecoder *d);

/* Keys and values of the tokens so far, for each layer, in the arena of the context that made it. */
typedef struct {
    Tensor keys, values; /* [layers, capacity, kv_heads * head_dim] */
    size_t count, capacity;
} QwenVlCache;
QwenVlCache qwen_vl_cache_new(OpCtx *c, const QwenVlDecoder *d, size_t capacity);

/* Embeddings [T, hidden] of T tokens. from [T] i32 says which row of (those embeddings, `seen`) stands at each place; `seen`
 * [n, hidden] are the tokens of pictures. Where there are none, both are empty. */
Tensor qwen_vl_decoder_embed(OpCtx *c, const QwenVlDecoder *d, Tensor ids, Tensor seen, Tensor from);

/* Hidden states behind the final norm, [T, hidden], of T tokens that follow those in `cache`, which then holds them too.
 * Without a cache they are all there is. x [T, hidden] is overwritten; cos, sin [T, head_dim / 2] are their positions. */
Tensor qwen_vl_decoder_forward(OpCtx *c, const QwenVlDecoder *d, Tensor x, Tensor cos, Tensor sin,
                               QwenVlCache *cache);

/* [T, vocab_size] from hidden states. */
Tensor qwen_vl_decoder_logits(OpCtx *c, const QwenVlDecoder *d, Tensor hidden);

#endif
