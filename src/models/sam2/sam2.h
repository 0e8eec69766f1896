/* models/sam2/sam2.h: Segment Anything 2 on single images (Ravi et al. 2024, arXiv:2408.00714).
 *
 *     Sam2Image image = sam2_encode_image(c, sam2, rgb, width, height);    // once per photo
 *     Sam2Masks m = sam2_predict(c, sam2, &image, &prompt);                // once per prompt
 *     Tensor logits = sam2_upscale(c, m.exact, width, height);
 */
#ifndef FACET_MODELS_SAM2_SAM2_H
#define FACET_MODELS_SAM2_SAM2_H

#include "models/sam/mask_decoder.h"
#include "models/sam/prompt.h"

#include <stdint.h>

/* A loaded model; read only: share it among threads, with one OpCtx each. */
typedef struct Sam2 Sam2;

/* Load a SAM 2 or 2.1 of any size. `config` as in sam2_config_read(). On failure *out is NULL: ERR_MISSING, ERR_INPUT (what
 * does not fit is listed), ERR_NOMEM. */
bool sam2_open(Sam2 **out, const char *checkpoint, const char *config, Err *err)
    __attribute__((warn_unused_result));
void sam2_close(Sam2 *s); /* also for NULL */

size_t sam2_grid(const Sam2 *s);     /* side of the image embedding, 64 */
size_t sam2_channels(const Sam2 *s); /* of the image embedding, 256 */

/* An encoded photo, in the arena of the context. */
typedef struct {
    size_t width, height; /* of the photo */
    Tensor embedding;     /* [grid, grid, C] */
    HighRes high_res;
} Sam2Image;

/* rgb: the photo, 3 bytes a pixel. It is stretched to the network's square input, its aspect ratio lost. */
Sam2Image sam2_encode_image(OpCtx *c, const Sam2 *s, const uint8_t *rgb, size_t width, size_t height);

/* low_res of `masks` are what the reference returns: clamped to +-32. `exact` are those before, [n, 4 grid, 4 grid]: masks
 * are made of them. */
typedef struct {
    SamMasks masks;
    Tensor exact;
} Sam2Masks;

/* A prompt without anything in it, or with a label that is neither 0 nor 1, fails the context. With a single mask asked
 * for, and that mask not stable, the best of the other three is returned: "dynamic multimask". */
Sam2Masks sam2_predict(OpCtx *c, const Sam2 *s, const Sam2Image *image, const SamPrompt *prompt);

/* Logits [n, side, side] at the photo's size: [n, height, width]. Above 0 is object. */
Tensor sam2_upscale(OpCtx *c, Tensor exact, size_t width, size_t height);

#endif
