/* models/qwen_image/scheduler.h: how much noise there is at each step: rectified flow with Euler steps (Esser et al. 2024,
 * arXiv:2403.03206, sec. 5.3), the schedule shifted towards noise the more, the larger the picture is. */
#ifndef FACET_MODELS_QWEN_IMAGE_SCHEDULER_H
#define FACET_MODELS_QWEN_IMAGE_SCHEDULER_H

#include "models/qwen_image/config.h"
#include "tensor/ops.h"

typedef struct {
    size_t steps;
    float *sigma; /* steps + 1 of them, from 1 down; the last is 0 */
    double mu;    /* the shift, for the curious */
} QwenSchedule;

enum { QWEN_STEPS_MAX = 1000 };

/* A schedule of 1 to QWEN_STEPS_MAX steps for a picture of `tokens` tokens; references do not count. ERR_USAGE, ERR_NOMEM. */
bool qwen_schedule_init(QwenSchedule *s, const QwenSchedulerConfig *cfg, size_t steps, size_t tokens,
                        Err *err) __attribute__((warn_unused_result));
void qwen_schedule_clear(QwenSchedule *s);

/* What the transformer is told at step i. */
float qwen_schedule_timestep(const QwenSchedule *s, size_t i);
/* Take step i: latents, in place, along the predicted velocity. */
void qwen_schedule_step(OpCtx *c, const QwenSchedule *s, size_t i, Tensor latents, Tensor velocity);

#endif
