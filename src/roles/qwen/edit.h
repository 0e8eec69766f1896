/* roles/qwen/edit.h: Qwen-Image-Edit from pictures and a prompt to a picture (arXiv:2508.02324, sec. 2 and 4.3), as the
 * pipelines QwenImageEditPipeline and QwenImageEditPlusPipeline of diffusers run it.
 *
 * What several edits have in common is computed once: how the text encoder sees a picture, a picture's latents, what a prompt
 * says about a picture. */
#ifndef FACET_ROLES_QWEN_EDIT_H
#define FACET_ROLES_QWEN_EDIT_H

#include "base/log.h"
#include "roles/qwen/parts.h"
#include "vision/image.h"

#include <stdatomic.h>

typedef struct QwenEdit QwenEdit;

typedef struct {
    QwenPartsOptions parts;    /* which model, with which files in place of its own */
    int threads;               /* 0: all */
    const Log *log;            /* may be NULL */
    const atomic_bool *cancel; /* true: stop behind the step that runs; may be NULL */
} QwenEditOptions;

/* All parts are opened once, so that what does not fit is told before work begins. On failure *out is NULL: ERR_MISSING,
 * ERR_INPUT, ERR_USAGE, ERR_NOMEM. */
bool qwen_edit_open(QwenEdit **out, const QwenEditOptions *o, Err *err) __attribute__((warn_unused_result));
void qwen_edit_close(QwenEdit *e); /* also for NULL; tells the log what was computed once */

/* Told what an edit has made on its way: arrays in host memory, by the names that the golden values have. */
typedef struct {
    void (*f32)(void *user, const float *data, const size_t *dim, int rank, const char *name);
    void (*u8)(void *user, const uint8_t *data, const size_t *dim, int rank, const char *name);
    void *user;
} QwenEditWatch;

/* Normal numbers to begin with, instead of the seed's: [16, h / 8, w / 8], or packed [tokens, 64] as the transformer takes
 * them. */
typedef struct {
    const float *data;
    size_t count;
    bool packed;
} QwenEditNoise;

typedef struct {
    const Image *const *images; /* RGB; QwenImageEditPipeline takes one */
    size_t image_count;
    const char *prompt;
    const char *negative_prompt; /* NULL: no guidance */
    size_t steps;
    double true_cfg_scale; /* guidance needs it above 1, too */
    int width,
        height; /* of the result, rounded down to multiples of 16; 0: as the last picture, at vae_area */
    double vae_area,
        condition_area; /* pixels of a reference, and of what the text encoder sees; 0: as released */
    uint64_t seed;
    QwenEditNoise noise;        /* {0}: the seed's, as torch.manual_seed() has it on a CPU */
    const QwenEditWatch *watch; /* may be NULL */
} QwenEditRequest;

enum { QWEN_EDIT_IMAGES_MAX = 8 };

/* Same request, same bytes, whatever the number of threads. Calls of several threads follow one another. *out is RGB, empty on
 * failure: ERR_INPUT, ERR_USAGE, ERR_CANCELLED, ERR_NOMEM. */
bool qwen_edit_make(QwenEdit *e, const QwenEditRequest *r, Image *out, Err *err)
    __attribute__((warn_unused_result));

#endif
