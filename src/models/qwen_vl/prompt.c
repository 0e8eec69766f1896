#include "models/qwen_vl/prompt.h"

#include <math.h>
#include <stdlib.h>

void qwen_vl_rotary(const QwenVlTextConfig *t, QwenVlPosition position, float *cos_out, float *sin_out)
{
    size_t half = t->head_dim / 2, axis = 0, end = t->mrope_section[0];
    for (size_t i = 0; i < half; i++) {
        while (i >= end && axis < 2)
            end += t->mrope_section[++axis];
        float frequency = 1 / powf(t->rope_theta, (float)(2 * i) / (float)t->head_dim);
        float angle = (float)position.at[axis] * frequency; /* rounded to float, as in the reference */
        cos_out[i] = (float)cos(angle);
        sin_out[i] = (float)sin(angle);
    }
}

/* How long the prompt becomes, and whether its places and the pictures go together. */
static bool measure(QwenVlPrompt *p, const QwenVlConfig *g, const int32_t *ids, size_t count,
                    const QwenVlGrid *grids, size_t pictures, Err *err)
{
    size_t places = 0;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= g->text.vocab_size)
            return err_set(
                err, ERR_INPUT,
                "the prompt has the token %d and the model knows %zu: the tokenizer is not the model's",
                (int)ids[i], g->text.vocab_size);
        places += ids[i] == g->image_token_id;
    }
    if (places != pictures)
        return err_set(err, ERR_INPUT, "the prompt has places for %zu pictures, and there are %zu", places,
                       pictures);
    for (size_t i = 0; i < pictures; i++)
        p->seen += qwen_vl_picture_tokens(&g->vision, grids[i]);
    p->count = count - places + p->seen;
    if (p->count == 0)
        return err_set(err, ERR_INPUT, "the prompt is empty");
    if (p->count > g->text.max_position_embeddings)
        return err_set(err, ERR_INPUT,
                       "the prompt has %zu tokens and the model reads %zu at most: shorten it", p->count,
                       g->text.max_position_embeddings);
    return true;
}

static bool allocate(QwenVlPrompt *p, size_t frequencies)
{
    p->ids = calloc(p->count, sizeof *p->ids);
    p->from = calloc(p->count, sizeof *p->from);
    p->positions = calloc(p->count, sizeof *p->positions);
    p->cos = calloc(p->count * frequencies, sizeof *p->cos);
    p->sin = calloc(p->count * frequencies, sizeof *p->sin);
    return p->ids && p->from && p->positions && p->cos && p->sin;
}

typedef struct {
    size_t token, picture_token;
} Cursor;

static void put_text(QwenVlPrompt *p, Cursor *at, int32_t id)
{
    size_t i = at->token++;
    p->ids[i] = id;
    p->from[i] = (int32_t)i;
    p->positions[i] = (QwenVlPosition){ { p->next, p->next, p->next } };
    p->next++;
}

static void put_picture(QwenVlPrompt *p, Cursor *at, int32_t id, size_t high, size_t wide)
{
    for (size_t k = 0; k < high * wide; k++) {
        size_t i = at->token++;
        p->ids[i] = id;
        p->from[i] = (int32_t)(p->count + at->picture_token++);
        p->positions[i] =
            (QwenVlPosition){ { p->next, p->next + (int32_t)(k / wide), p->next + (int32_t)(k % wide) } };
    }
    p->next += (int32_t)(high > wide ? high : wide);
}

bool qwen_vl_prompt_init(QwenVlPrompt *p, const QwenVlConfig *config, const int32_t *ids, size_t count,
                         const QwenVlGrid *grids, size_t pictures, Err *err)
{
    *p = (QwenVlPrompt){ 0 };
    if (!measure(p, config, ids, count, grids, pictures, err)) {
        *p = (QwenVlPrompt){ 0 };
        return false;
    }
    size_t frequencies = config->text.head_dim / 2, merge = config->vision.spatial_merge_size;
    if (!allocate(p, frequencies)) {
        err_set(err, ERR_NOMEM, "no memory for a prompt of %zu tokens", p->count);
        qwen_vl_prompt_clear(p);
        return false;
    }
    Cursor at = { 0 };
    const QwenVlGrid *grid = grids;
    for (size_t i = 0; i < count; i++)
        if (ids[i] == config->image_token_id) {
            put_picture(p, &at, ids[i], grid->height / merge, grid->width / merge);
            grid++;
        } else
            put_text(p, &at, ids[i]);
    for (size_t i = 0; i < p->count; i++)
        qwen_vl_rotary(&config->text, p->positions[i], p->cos + i * frequencies, p->sin + i * frequencies);
    return true;
}

void qwen_vl_prompt_clear(QwenVlPrompt *p)
{
    free(p->ids);
    free(p->from);
    free(p->positions);
    free(p->cos);
    free(p->sin);
    *p = (QwenVlPrompt){ 0 };
}
