/* models/sam/sam.h: Segment Anything (Kirillov et al. 2023, arXiv:2304.02643): a photo and prompts become masks.
 *
 *     SamFrame f = sam_frame(sam, width, height);               // resize the photo to f.input_width x f.input_height
 *     Tensor image = sam_encode_image(c, sam, resized, f);      // once per photo
 *     SamMasks m = sam_predict(c, sam, image, f, &prompt);      // once per prompt
 *     Tensor logits = sam_upscale(c, sam, op_rows(c, m.low_res, best, 1), f);
 */
#ifndef FACET_MODELS_SAM_SAM_H
#define FACET_MODELS_SAM_SAM_H

#include "models/sam/prompt.h"
#include "models/sam/two_way.h"

#include <stdint.h>

/* A loaded model; read only: share it among threads, with one OpCtx each. */
typedef struct Sam Sam;

/* Load vit_b, vit_l, vit_h or any of other sizes, or MobileSAM's vit_t, from a file of torch.save() or safetensors. On
 * failure *out is NULL: ERR_MISSING, ERR_INPUT (no SAM, or names and shapes that do not fit, all of them listed),
 * ERR_NOMEM. */
bool sam_open(Sam **out, const char *path, Err *err) __attribute__((warn_unused_result));
void sam_close(Sam *s); /* also for NULL */

size_t sam_pixels(const Sam *s);   /* side of the network's input, 1024 in published models */
size_t sam_grid(const Sam *s);     /* side of the image embedding, 64 in published models */
size_t sam_channels(const Sam *s); /* of the image embedding, 256 */

/* How a photo lies in the network's square input: resized so that its longer side fits, at the top left. */
typedef struct {
    size_t width, height;             /* of the photo */
    size_t input_width, input_height; /* of the resized photo */
} SamFrame;
SamFrame sam_frame(const Sam *s, size_t width, size_t height);

/* rgb: the photo resized to f.input_width x f.input_height, 3 bytes a pixel; the reference uses Pillow's bilinear filter.
 * Result [grid, grid, C]. */
Tensor sam_encode_image(OpCtx *c, const Sam *s, const uint8_t *rgb, SamFrame f);

/* image: from sam_encode_image(). The prompt is in pixels of the photo; guidance may be NULL. A prompt without anything
 * in it, or with a label that is neither 0 nor 1, fails the context. */
SamMasks sam_predict(OpCtx *c, const Sam *s, Tensor image, SamFrame f, const SamPrompt *prompt,
                     const TwoWayGuidance *guidance);

/* Logits [n, 4 grid, 4 grid] at the photo's size: [n, height, width]. Above 0 is object. */
Tensor sam_upscale(OpCtx *c, const Sam *s, Tensor low_res, SamFrame f);

#endif
