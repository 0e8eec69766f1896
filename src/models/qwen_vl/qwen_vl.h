/* models/qwen_vl/qwen_vl.h: Qwen2.5-VL (Bai et al. 2025, arXiv:2502.13923): it looks at pictures, reads a prompt, and either
 * conditions an image model or answers.
 *
 *     qwen_vl_view_init(&view, m, pictures, 2, &err);           // once per set of pictures
 *     qwen_vl_prompt_init(&p, qwen_vl_config(m), ids, n, view.grids, view.count, &err);
 *     Tensor seen = qwen_vl_look(c, m, &view);                  // the same for every prompt about these pictures
 *     Tensor states = qwen_vl_condition(c, m, &p, seen, 64);    // or:
 *     qwen_vl_answer(c, m, &p, seen, &generation, out, &answer, &err);
 */
#ifndef FACET_MODELS_QWEN_VL_QWEN_VL_H
#define FACET_MODELS_QWEN_VL_QWEN_VL_H

#include "models/qwen_vl/generate.h"
#include "models/qwen_vl/prompt.h"
#include "models/qwen_vl/vision.h"

/* A loaded model; read only: share it among threads, with one OpCtx each. Weights stay in the mapped files. */
typedef struct QwenVl QwenVl;

/* A folder with config.json and the weights, in shards or not: a Qwen2.5-VL, or the text_encoder folder of a
 * Qwen-Image-Edit. How pictures are prepared is in preprocessor_config.json beside them or in ../processor; where neither
 * is there, as every published model does it. generation_config.json, where it is there, says which tokens end an answer. On failure *out is
 * NULL: ERR_MISSING, ERR_INPUT (what does not fit is listed), ERR_NOMEM. */
bool qwen_vl_open(QwenVl **out, const char *folder, Err *err) __attribute__((warn_unused_result));
void qwen_vl_close(QwenVl *m); /* also for NULL */

/* What its files say, and its language model. Borrowed. */
const QwenVlConfig *qwen_vl_config(const QwenVl *m);
const QwenVlProcessor *qwen_vl_processor(const QwenVl *m);
const QwenVlDecoder *qwen_vl_decoder(const QwenVl *m);

/* Pictures cut into patches, in host memory. */
typedef struct {
    QwenVlGrid *grids;
    size_t count;
    float *patches; /* [layout.patches, qwen_vl_patch_numbers()] */
    QwenVlLayout layout;
} QwenVlView;

/* 3 bytes a pixel, already of a size that qwen_vl_smart_resize() gives. */
typedef struct {
    const uint8_t *rgb;
    size_t width, height;
} QwenVlPicture;

/* ERR_INPUT: no picture, or one of another size; ERR_NOMEM. On failure *v is empty. */
bool qwen_vl_view_init(QwenVlView *v, const QwenVl *m, const QwenVlPicture *pictures, size_t count, Err *err)
    __attribute__((warn_unused_result));
void qwen_vl_view_clear(QwenVlView *v);

/* The tokens of the pictures, [n, hidden_size]; those of one do not depend on the others. */
Tensor qwen_vl_look(OpCtx *c, const QwenVl *m, const QwenVlView *v);

/* What an image model is told: hidden states [T - drop, hidden_size] behind the final norm, without the first `drop`
 * tokens. Those are the template's system text, 64 tokens in Qwen-Image-Edit; they are dropped by number, whatever they
 * are. `seen` is empty where the prompt has no pictures. */
Tensor qwen_vl_condition(OpCtx *c, const QwenVl *m, const QwenVlPrompt *p, Tensor seen, size_t drop);

/* qwen_vl_generate(); where g->stop is NULL, the model's own end tokens end the answer. */
bool qwen_vl_answer(OpCtx *c, const QwenVl *m, const QwenVlPrompt *p, Tensor seen, const QwenVlGeneration *g,
                    int32_t *out, QwenVlAnswer *answer, Err *err) __attribute__((warn_unused_result));

#endif
