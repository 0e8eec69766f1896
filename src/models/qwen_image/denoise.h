/* models/qwen_image/denoise.h: noise to the latents of a picture: the loop of an edit, between its encoders and its decoder. */
#ifndef FACET_MODELS_QWEN_IMAGE_DENOISE_H
#define FACET_MODELS_QWEN_IMAGE_DENOISE_H

#include "models/qwen_image/scheduler.h"
#include "models/qwen_image/transformer.h"

typedef struct {
    const QwenTransformer *transformer;
    const QwenSchedule *schedule;
    Tensor noise;           /* [tokens of images[0], C], packed */
    Tensor references;      /* [tokens of the others, C], packed; {0}: none */
    const QwenGrid *images; /* the picture to make, then the references; borrowed, as all pointers here */
    size_t image_count;
    Tensor prompt, negative; /* text embeddings [T, joint_attention_dim]; {0} as negative: no guidance */
    float true_cfg_scale;    /* guidance also needs this above 1 */
    size_t additional_cond;

    /* Called behind each step with how many are done and the latents so far; false ends the loop with ERR_CANCELLED. May be
     * NULL. */
    bool (*progress)(void *user, OpCtx *c, size_t done, Tensor latents);
    /* Called in each step, counted from 0, with the velocity [tokens, C] that each branch predicts: "cond" and "uncond". May be
     * NULL. */
    void (*see)(void *user, OpCtx *c, const char *name, size_t step, Tensor velocity);
    void *user;
    const QwenWatch *watch; /* of every pass; may be NULL */
} QwenDenoise;

/* Packed latents like the noise. The prompt and the negative prompt go through the transformer in one pass. */
Tensor qwen_denoise(OpCtx *c, const QwenDenoise *d);

#endif
