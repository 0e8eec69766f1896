/* models/qwen_image/transformer.h: the diffusion transformer of Qwen-Image and its editing releases (Qwen-Image technical
 * report, arXiv:2508.02324, sec. 2.4), a dual-stream MMDiT (Esser et al. 2024, arXiv:2403.03206).
 *
 *     QwenRope rope = qwen_rope(c, cfg, images, image_count, longest_text);       // once per edit
 *     Tensor velocity = qwen_transformer_forward(c, t, &step);                    // once per step of the schedule
 */
#ifndef FACET_MODELS_QWEN_IMAGE_TRANSFORMER_H
#define FACET_MODELS_QWEN_IMAGE_TRANSFORMER_H

#include "models/qwen_image/config.h"
#include "models/qwen_image/rope.h"
#include "tensor/ops.h"

/* A loaded transformer; read only: share it among threads, with one OpCtx each. */
typedef struct QwenTransformer QwenTransformer;

/* Load a folder with config.json and the weights in one file or in shards. On failure *out is NULL: ERR_MISSING, ERR_INPUT
 * (what does not fit is listed), ERR_IO, ERR_NOMEM. */
bool qwen_transformer_open(QwenTransformer **out, const char *folder, Err *err)
    __attribute__((warn_unused_result));
/* The same with config.json from that folder and the weights from a file of their own, which is anything that weights_open()
 * takes: a GGUF file as published for ComfyUI, for instance. */
bool qwen_transformer_open_with(QwenTransformer **out, const char *folder, const char *weights, Err *err)
    __attribute__((warn_unused_result));
void qwen_transformer_close(QwenTransformer *t); /* also for NULL */

/* Add a LoRA file, `scale` times as strong as it says; several add up (models/lora.h). On failure nothing changes. */
bool qwen_transformer_add_lora(QwenTransformer *t, const char *path, float scale, Err *err)
    __attribute__((warn_unused_result));
/* Take all of them away. Neither may happen while a pass runs. */
void qwen_transformer_drop_loras(QwenTransformer *t);

/* What config.json says. Borrowed. */
const QwenTransformerConfig *qwen_transformer_config(const QwenTransformer *t);

/* Called with what a forward pass has made: "temb" [times, D], "block3.img" [branches, image tokens, D], "block3.txt" [all
 * text tokens, D]. For looking into a pass; it must not change the tensors. */
typedef struct {
    void (*see)(void *user, OpCtx *c, const char *name, Tensor x);
    void *user;
} QwenWatch;

/* A prompt and a negative prompt go through the model together: both share the image and the timestep. */
enum { QWEN_BRANCHES_MAX = 2 };

typedef struct {
    Tensor latents; /* [I, in_channels]: packed latents of the picture to make, then of the references */
    const QwenGrid *images; /* in the same order; borrowed, as all pointers here */
    size_t image_count;
    const QwenRope *rope; /* of these images, and at least as many text tokens as the longest text has */
    size_t branches;      /* 1 to QWEN_BRANCHES_MAX */
    const Tensor *text;   /* one a branch: [T, joint_attention_dim] */
    /* The text tokens that others may see as keys, i32 [n], one list a branch; NULL: all. Hidden tokens still are queries. */
    const Tensor *text_keys;
    float timestep;         /* the sigma of the noise, from 1 to 0 */
    size_t additional_cond; /* with use_additional_t_cond: 0 or 1 */
    const QwenWatch *watch; /* may be NULL */
} QwenStep;

/* The predicted velocity of the picture: [branches, tokens of images[0], in_channels], packed as the latents. */
Tensor qwen_transformer_forward(OpCtx *c, const QwenTransformer *t, const QwenStep *step);

#endif
