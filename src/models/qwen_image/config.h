/* models/qwen_image/config.h: the sizes and switches of a Qwen-Image, from the config.json of each of its parts. */
#ifndef FACET_MODELS_QWEN_IMAGE_CONFIG_H
#define FACET_MODELS_QWEN_IMAGE_CONFIG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { QWEN_ROPE_AXES = 3, QWEN_VAE_LEVELS_MAX = 8, QWEN_LATENT_CHANNELS_MAX = 64 };

/* transformer/config.json, names as there. What the file leaves out has the default of the reference's constructor. */
typedef struct {
    size_t patch_size;
    size_t in_channels;  /* of a packed latent: patch_size^2 latent channels */
    size_t out_channels; /* latent channels of the prediction */
    size_t num_layers;
    size_t num_attention_heads, attention_head_dim; /* their product is the width of the model */
    size_t joint_attention_dim;                     /* channels of the text embedding */
    size_t axes_dims_rope[QWEN_ROPE_AXES];          /* channels of a head turned by frame, line and column */
    bool zero_cond_t; /* -2511: reference images are told that they are clean: their timestep is 0 */
    bool use_additional_t_cond; /* layered: one more embedding is added to the timestep's */
    bool use_layer3d_rope;      /* layered: the last image is the condition and has frame -1 */
} QwenTransformerConfig;

/* vae/config.json. */
typedef struct {
    size_t base_dim, levels;
    size_t
        dim_mult[QWEN_VAE_LEVELS_MAX]; /* `levels` of them: channels of level i are base_dim * dim_mult[i] */
    size_t num_res_blocks;
    size_t z_dim;
    size_t input_channels;
    float latents_mean[QWEN_LATENT_CHANNELS_MAX], latents_std[QWEN_LATENT_CHANNELS_MAX];
} QwenVaeConfig;

/* scheduler/scheduler_config.json of the flow-match Euler scheduler. */
typedef struct {
    size_t num_train_timesteps;
    bool use_dynamic_shifting;
    bool linear_time_shift; /* time_shift_type is "linear" and not "exponential" */
    double shift;           /* without dynamic shifting */
    double base_shift, max_shift;
    double base_image_seq_len, max_image_seq_len;
    double shift_terminal; /* 0: the schedule is not stretched */
} QwenSchedulerConfig;

/* Each reads one file. ERR_MISSING, ERR_IO, ERR_INPUT: no JSON, of another class, or with a number that no model has; the
 * message names the file and the setting. */
bool qwen_transformer_config_read(QwenTransformerConfig *out, const char *path, Err *err)
    __attribute__((warn_unused_result));
bool qwen_vae_config_read(QwenVaeConfig *out, const char *path, Err *err) __attribute__((warn_unused_result));
bool qwen_scheduler_config_read(QwenSchedulerConfig *out, const char *path, Err *err)
    __attribute__((warn_unused_result));

/* The same from a text; messages call it `name`. */
bool qwen_transformer_config_parse(QwenTransformerConfig *out, const char *text, size_t size,
                                   const char *name, Err *err) __attribute__((warn_unused_result));
bool qwen_vae_config_parse(QwenVaeConfig *out, const char *text, size_t size, const char *name, Err *err)
    __attribute__((warn_unused_result));
bool qwen_scheduler_config_parse(QwenSchedulerConfig *out, const char *text, size_t size, const char *name,
                                 Err *err) __attribute__((warn_unused_result));

#endif
