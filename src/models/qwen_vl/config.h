/* models/qwen_vl/config.h: the sizes of a Qwen2.5-VL, from the config.json beside its weights. */
#ifndef FACET_MODELS_QWEN_VL_CONFIG_H
#define FACET_MODELS_QWEN_VL_CONFIG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QWEN_VL_DEPTH_MAX = 256, QWEN_VL_EOS_MAX = 8, QWEN_VL_HEAD_DIM_MAX = 1024 };

/* Names as in config.json. */
typedef struct {
    size_t num_hidden_layers;
    size_t hidden_size, intermediate_size;
    size_t num_attention_heads, num_key_value_heads, head_dim;
    size_t vocab_size; /* rows of the embedding: more than the tokenizer has tokens */
    size_t max_position_embeddings;
    float rms_norm_eps;
    float rope_theta;
    size_t mrope_section[3]; /* how many of the head_dim / 2 frequencies turn with time, height, width */
    bool tie_word_embeddings;
} QwenVlTextConfig;

typedef struct {
    size_t depth;
    size_t hidden_size, intermediate_size, num_heads;
    size_t in_channels, temporal_patch_size, patch_size; /* a patch is [channels, frames, side, side] */
    size_t spatial_merge_size;                           /* patches a side that become one token */
    size_t window_size;                                  /* pixels a side */
    size_t out_hidden_size;                              /* channels of a token: the decoder's hidden_size */
    bool full_attention[QWEN_VL_DEPTH_MAX];              /* fullatt_block_indexes */
} QwenVlVisionConfig;

typedef struct {
    QwenVlTextConfig text;
    QwenVlVisionConfig vision;
    int32_t image_token_id;       /* <|image_pad|> */
    int32_t eos[QWEN_VL_EOS_MAX]; /* eos_token_id: a number or a list; ends what is generated */
    size_t eos_count;
} QwenVlConfig;

/* A config.json of model_type qwen2_5_vl, as any release of the library writes it. ERR_MISSING, ERR_INPUT: names the file
 * and the setting. */
bool qwen_vl_config_read(QwenVlConfig *out, const char *path, Err *err) __attribute__((warn_unused_result));

/* From its text; messages call it `name`. */
bool qwen_vl_config_parse(QwenVlConfig *out, const char *text, size_t size, const char *name, Err *err)
    __attribute__((warn_unused_result));

/* The tokens that end what is generated, from a generation_config.json, where it names any: they replace those of `config`.
 * The published models end at two tokens, of which config.json has one. */
bool qwen_vl_config_read_end(QwenVlConfig *config, const char *path, Err *err)
    __attribute__((warn_unused_result));

#endif
