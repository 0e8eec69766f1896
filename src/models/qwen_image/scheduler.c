#include "models/qwen_image/scheduler.h"

#include <math.h>
#include <stdlib.h>

/* The shift grows linearly with the number of tokens, also beyond the two that the configuration names. */
static double shift_for(const QwenSchedulerConfig *cfg, size_t tokens)
{
    double slope = (cfg->max_shift - cfg->base_shift) / (cfg->max_image_seq_len - cfg->base_image_seq_len);
    return (double)tokens * slope + (cfg->base_shift - slope * cfg->base_image_seq_len);
}

/* In float32 where the reference's arrays are float32. */
static float shifted(const QwenSchedulerConfig *cfg, double mu, float sigma)
{
    if (!cfg->use_dynamic_shifting)
        return (float)cfg->shift * sigma / (1 + (float)(cfg->shift - 1) * sigma);
    float k = (float)(cfg->linear_time_shift ? mu : exp(mu));
    return k / (k + (1 / sigma - 1));
}

/* Scale 1 - sigma so that the last sigma is `terminal`. A single step is at sigma 1, where there is nothing to scale: the
 * reference divides 0 by 0 there. */
static void stretch(float *sigma, size_t steps, double terminal)
{
    float scale = (float)((double)(1 - sigma[steps - 1]) / (1 - terminal));
    if (terminal == 0 || scale == 0)
        return;
    for (size_t i = 0; i < steps; i++)
        sigma[i] = 1 - (1 - sigma[i]) / scale;
}

bool qwen_schedule_init(QwenSchedule *s, const QwenSchedulerConfig *cfg, size_t steps, size_t tokens,
                        Err *err)
{
    *s = (QwenSchedule){ 0 };
    if (steps < 1 || steps > QWEN_STEPS_MAX)
        return err_set(err, ERR_USAGE, "%zu steps: the scheduler takes 1 to %d", steps, QWEN_STEPS_MAX);
    s->sigma = calloc(steps + 1, sizeof *s->sigma);
    if (!s->sigma)
        return err_set(err, ERR_NOMEM, "no memory for a schedule of %zu steps", steps);
    s->steps = steps;
    s->mu = shift_for(cfg, tokens);
    double last = 1 / (double)steps, stride = steps > 1 ? (last - 1) / (double)(steps - 1) : 0;
    for (size_t i = 0; i < steps; i++) {
        double even = steps > 1 && i == steps - 1 ? last : 1 + (double)i * stride;
        s->sigma[i] = shifted(cfg, s->mu, (float)even);
    }
    stretch(s->sigma, steps, cfg->shift_terminal);
    return true;
}

void qwen_schedule_clear(QwenSchedule *s)
{
    free(s->sigma);
    *s = (QwenSchedule){ 0 };
}

/* The reference goes by way of timesteps from 1000 to 0; the two roundings are kept. */
float qwen_schedule_timestep(const QwenSchedule *s, size_t i)
{
    float t = s->sigma[i] * 1000.0f;
    return t / 1000.0f;
}

void qwen_schedule_step(OpCtx *c, const QwenSchedule *s, size_t i, Tensor latents, Tensor velocity)
{
    op_add_scaled(c, latents, s->sigma[i + 1] - s->sigma[i], velocity);
}
