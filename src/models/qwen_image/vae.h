/* models/qwen_image/vae.h: pictures to latents and back: the autoencoder of Qwen-Image (arXiv:2508.02324, sec. 2.3), which is
 * that of the video model Wan 2.1 (arXiv:2503.20314, sec. 4.1) used on single frames. */
#ifndef FACET_MODELS_QWEN_IMAGE_VAE_H
#define FACET_MODELS_QWEN_IMAGE_VAE_H

#include "models/qwen_image/config.h"
#include "tensor/ops.h"

/* A loaded autoencoder; read only: share it among threads, with one OpCtx each. */
typedef struct QwenVae QwenVae;

/* Load a folder with config.json and the weights. On failure *out is NULL: ERR_MISSING, ERR_INPUT (what does not fit is
 * listed), ERR_IO, ERR_NOMEM. */
bool qwen_vae_open(QwenVae **out, const char *folder, Err *err) __attribute__((warn_unused_result));
void qwen_vae_close(QwenVae *v); /* also for NULL */

const QwenVaeConfig *qwen_vae_config(const QwenVae *v);
/* Pixels a side of one latent cell: 8 in the released model. */
size_t qwen_vae_scale(const QwenVae *v);

/* image [H, W, 3] from -1 to 1, both sizes multiples of the scale; latents [H / scale, W / scale, z_dim], the mean of the
 * posterior, normalised as the transformer wants them. With `tile` (pixels a side; 0: all at once) the layers that need most
 * memory work on one tile after the other; each tile sees as much around it as its result depends on, which thus is the
 * same. */
Tensor qwen_vae_encode(OpCtx *c, const QwenVae *v, Tensor image, size_t tile);

/* And back: [H, W, 3], clamped to -1 to 1; `tile` as above. */
Tensor qwen_vae_decode(OpCtx *c, const QwenVae *v, Tensor latents, size_t tile);

#endif
