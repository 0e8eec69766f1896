#include "models/qwen_image/denoise.h"

#include "models/qwen_image/guidance.h"

/* The velocity of the picture, [tokens, C]. */
static Tensor predict(OpCtx *c, const QwenDenoise *d, const QwenStep *step, size_t i)
{
    Tensor v = qwen_transformer_forward(c, d->transformer, step);
    if (!op_ok(c))
        return v;
    size_t tokens = v.dim[1], channels = v.dim[2];
    Tensor with_prompt = op_reshape(c, op_rows(c, v, 0, 1), SHAPE(tokens, channels));
    if (d->see)
        d->see(d->user, c, "cond", i, with_prompt);
    if (step->branches == 1)
        return with_prompt;
    Tensor with_negative = op_reshape(c, op_rows(c, v, 1, 1), SHAPE(tokens, channels));
    if (d->see)
        d->see(d->user, c, "uncond", i, with_negative);
    return qwen_guide(c, with_prompt, with_negative, d->true_cfg_scale);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

Tensor qwen_denoise(OpCtx *c, const QwenDenoise *d)
{
    ArenaMark begin = op_mark(c);
    const Tensor text[QWEN_BRANCHES_MAX] = { d->prompt, d->negative };
    bool guided = tensor_is(d->negative) && d->true_cfg_scale > 1;
    size_t longest = larger(tensor_rows(d->prompt), guided ? tensor_rows(d->negative) : 0);
    Tensor latents = op_copy(c, d->noise);
    QwenRope rope = qwen_rope(c, qwen_transformer_config(d->transformer), d->images, d->image_count, longest);
    QwenStep step = { .images = d->images,
                      .image_count = d->image_count,
                      .rope = &rope,
                      .branches = guided ? 2 : 1,
                      .text = text,
                      .additional_cond = d->additional_cond,
                      .watch = d->watch };
    for (size_t i = 0; i < d->schedule->steps && op_ok(c); i++) {
        ArenaMark mark = op_mark(c);
        step.timestep = qwen_schedule_timestep(d->schedule, i);
        step.latents = tensor_is(d->references) ? op_concat_rows(c, latents, d->references) : latents;
        qwen_schedule_step(c, d->schedule, i, latents, predict(c, d, &step, i));
        op_reset(c, mark);
        if (op_ok(c) && d->progress && !d->progress(d->user, c, i + 1, latents))
            return op_fail(c, ERR_CANCELLED, "stopped behind step %zu of %zu", i + 1, d->schedule->steps);
    }
    return op_reset_keep(c, begin, latents);
}
