#include "models/qwen_image/config.h"

#include "base/json_text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_MAX_BYTES = 1 << 20 };

/* ---- reading JSON: the first thing that does not fit is said, later ones are not looked at ---- */

typedef struct {
    json_t *root;
    const char *name;
    Err *err;
} Reader;

static bool ok(const Reader *r)
{
    return r->err->kind == ERR_NONE;
}

static void number(Reader *r, const char *key, size_t min, size_t max, size_t *out)
{
    json_t *v = json_object_get(r->root, key);
    if (!v || !ok(r))
        return;
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || (uint64_t)n < min || (uint64_t)n > max)
        err_set(r->err, ERR_INPUT, "%s: %s is no whole number from %zu to %zu", r->name, key, min, max);
    else
        *out = (size_t)n;
}

static void real(Reader *r, const char *key, double min, double max, double *out)
{
    json_t *v = json_object_get(r->root, key);
    if (!v || json_is_null(v) || !ok(r))
        return;
    double x = json_number_value(v);
    if (!json_is_number(v) || !(x >= min && x <= max))
        err_set(r->err, ERR_INPUT, "%s: %s is no number from %g to %g", r->name, key, min, max);
    else
        *out = x;
}

static void truth(Reader *r, const char *key, bool *out)
{
    json_t *v = json_object_get(r->root, key);
    if (!v || json_is_null(v) || !ok(r))
        return;
    if (!json_is_boolean(v))
        err_set(r->err, ERR_INPUT, "%s: %s is neither true nor false", r->name, key);
    else
        *out = json_is_true(v);
}

/* A switch that must be off where it is there. */
static void must_be_off(Reader *r, const char *key)
{
    bool on = false;
    truth(r, key, &on);
    if (on && ok(r))
        err_set(r->err, ERR_INPUT, "%s: %s is true, which no released Qwen-Image uses and facet cannot do",
                r->name, key);
}

/* A list with `min` to `max` entries; NULL where there is none or it is no such list. */
static json_t *list(Reader *r, const char *key, size_t min, size_t max)
{
    json_t *v = json_object_get(r->root, key);
    if (!v || !ok(r))
        return NULL;
    if (!json_is_array(v) || json_array_size(v) < min || json_array_size(v) > max) {
        err_set(r->err, ERR_INPUT, "%s: %s is no list of %zu to %zu numbers", r->name, key, min, max);
        return NULL;
    }
    return v;
}

/* Returns the length, 0 when there is no such list. */
static size_t numbers(Reader *r, const char *key, size_t min_count, size_t max_count, size_t max, size_t *out)
{
    json_t *v = list(r, key, min_count, max_count);
    for (size_t i = 0; v && i < json_array_size(v); i++) {
        json_t *e = json_array_get(v, i);
        json_int_t n = json_integer_value(e);
        if (!json_is_integer(e) || n < 1 || (uint64_t)n > max) {
            err_set(r->err, ERR_INPUT, "%s: an entry of %s is no whole number from 1 to %zu", r->name, key,
                    max);
            return 0;
        }
        out[i] = (size_t)n;
    }
    return v ? json_array_size(v) : 0;
}

static void floats(Reader *r, const char *key, size_t count, double min, float *out)
{
    json_t *v = list(r, key, count, count);
    if (!v && ok(r))
        err_set(r->err, ERR_INPUT, "%s: %s is not there", r->name, key);
    for (size_t i = 0; v && i < count; i++) {
        json_t *e = json_array_get(v, i);
        double x = json_number_value(e);
        if (!json_is_number(e) || !(x >= min && x <= 1e6)) {
            err_set(r->err, ERR_INPUT, "%s: an entry of %s is no number from %g to 1e+06", r->name, key, min);
            return;
        }
        out[i] = (float)x;
    }
}

static void class_is(Reader *r, const char *wanted)
{
    const char *is = json_string_value(json_object_get(r->root, "_class_name"));
    if (is && ok(r) && strcmp(is, wanted) != 0)
        err_set(r->err, ERR_INPUT, "%s: _class_name is %.100s where %s is needed: this is another model",
                r->name, is, wanted);
}

/* Let `fill` take what it needs from a configuration, which is freed; NULL: *err says why there is none. */
static bool take(void *out, void (*fill)(Reader *, void *), json_t *root, const char *name, Err *err)
{
    if (!root)
        return false;
    err_clear(err);
    Reader r = { root, name, err };
    fill(&r, out);
    json_decref(root);
    return ok(&r);
}

static bool parse(void *out, void (*fill)(Reader *, void *), const char *text, size_t size, const char *name,
                  Err *err)
{
    return take(out, fill, json_text_object(text, size, JSON_REJECT_DUPLICATES, name, err), name, err);
}

static bool read_file(void *out, void (*fill)(Reader *, void *), const char *path, Err *err)
{
    return take(out, fill, json_file_object(path, JSON_MAX_BYTES, JSON_REJECT_DUPLICATES, err), path, err);
}

/* ---- transformer ---- */

static void fill_transformer(Reader *r, void *to)
{
    QwenTransformerConfig *c = to;
    *c = (QwenTransformerConfig){ .patch_size = 2,
                                  .in_channels = 64,
                                  .out_channels = 16,
                                  .num_layers = 60,
                                  .num_attention_heads = 24,
                                  .attention_head_dim = 128,
                                  .joint_attention_dim = 3584,
                                  .axes_dims_rope = { 16, 56, 56 } };
    class_is(r, "QwenImageTransformer2DModel");
    number(r, "patch_size", 1, 16, &c->patch_size);
    number(r, "in_channels", 1, 16384, &c->in_channels);
    number(r, "out_channels", 1, QWEN_LATENT_CHANNELS_MAX, &c->out_channels);
    number(r, "num_layers", 1, 1024, &c->num_layers);
    number(r, "num_attention_heads", 1, 1024, &c->num_attention_heads);
    number(r, "attention_head_dim", 2, 1024, &c->attention_head_dim);
    number(r, "joint_attention_dim", 1, 1 << 16, &c->joint_attention_dim);
    numbers(r, "axes_dims_rope", QWEN_ROPE_AXES, QWEN_ROPE_AXES, 1024, c->axes_dims_rope);
    must_be_off(r, "guidance_embeds");
    truth(r, "zero_cond_t", &c->zero_cond_t);
    truth(r, "use_additional_t_cond", &c->use_additional_t_cond);
    truth(r, "use_layer3d_rope", &c->use_layer3d_rope);
    size_t turned = 0;
    for (int i = 0; i < QWEN_ROPE_AXES; i++) {
        turned += c->axes_dims_rope[i];
        if (ok(r) && c->axes_dims_rope[i] % 2)
            err_set(r->err, ERR_INPUT, "%s: axes_dims_rope has the odd entry %zu: channels turn in pairs",
                    r->name, c->axes_dims_rope[i]);
    }
    if (ok(r) && turned != c->attention_head_dim)
        err_set(r->err, ERR_INPUT, "%s: axes_dims_rope turns %zu channels of heads with %zu", r->name, turned,
                c->attention_head_dim);
}

bool qwen_transformer_config_parse(QwenTransformerConfig *out, const char *text, size_t size,
                                   const char *name, Err *err)
{
    return parse(out, fill_transformer, text, size, name, err);
}

bool qwen_transformer_config_read(QwenTransformerConfig *out, const char *path, Err *err)
{
    return read_file(out, fill_transformer, path, err);
}

/* ---- VAE ---- */

static void fill_vae(Reader *r, void *to)
{
    QwenVaeConfig *c = to;
    *c = (QwenVaeConfig){ .base_dim = 96,
                          .levels = 4,
                          .dim_mult = { 1, 2, 4, 4 },
                          .num_res_blocks = 2,
                          .z_dim = 16,
                          .input_channels = 3 };
    class_is(r, "AutoencoderKLQwenImage");
    number(r, "base_dim", 1, 4096, &c->base_dim);
    number(r, "num_res_blocks", 1, 64, &c->num_res_blocks);
    number(r, "z_dim", 1, QWEN_LATENT_CHANNELS_MAX, &c->z_dim);
    number(r, "input_channels", 1, 16, &c->input_channels);
    size_t n = numbers(r, "dim_mult", 1, QWEN_VAE_LEVELS_MAX, 64, c->dim_mult);
    c->levels = n ? n : c->levels;
    list(r, "attn_scales", 0, 0);
    floats(r, "latents_mean", c->z_dim, -1e6, c->latents_mean);
    floats(r, "latents_std", c->z_dim, 1e-6, c->latents_std);
}

bool qwen_vae_config_parse(QwenVaeConfig *out, const char *text, size_t size, const char *name, Err *err)
{
    return parse(out, fill_vae, text, size, name, err);
}

bool qwen_vae_config_read(QwenVaeConfig *out, const char *path, Err *err)
{
    return read_file(out, fill_vae, path, err);
}

/* ---- scheduler ---- */

static void fill_scheduler(Reader *r, void *to)
{
    QwenSchedulerConfig *c = to;
    *c = (QwenSchedulerConfig){ .num_train_timesteps = 1000,
                                .shift = 1,
                                .base_shift = 0.5,
                                .max_shift = 1.15,
                                .base_image_seq_len = 256,
                                .max_image_seq_len = 4096 };
    class_is(r, "FlowMatchEulerDiscreteScheduler");
    number(r, "num_train_timesteps", 1, 1000000, &c->num_train_timesteps);
    truth(r, "use_dynamic_shifting", &c->use_dynamic_shifting);
    real(r, "shift", 1e-3, 1e3, &c->shift);
    real(r, "base_shift", -20, 20, &c->base_shift);
    real(r, "max_shift", -20, 20, &c->max_shift);
    real(r, "base_image_seq_len", 1, 1e9, &c->base_image_seq_len);
    real(r, "max_image_seq_len", 1, 1e9, &c->max_image_seq_len);
    real(r, "shift_terminal", 0, 0.999, &c->shift_terminal);
    must_be_off(r, "invert_sigmas");
    must_be_off(r, "stochastic_sampling");
    must_be_off(r, "use_karras_sigmas");
    must_be_off(r, "use_exponential_sigmas");
    must_be_off(r, "use_beta_sigmas");
    json_t *type = json_object_get(r->root, "time_shift_type");
    const char *is = type ? json_string_value(type) : "exponential";
    c->linear_time_shift = is && strcmp(is, "linear") == 0;
    if (ok(r) && !c->linear_time_shift && !(is && strcmp(is, "exponential") == 0))
        err_set(r->err, ERR_INPUT, "%s: time_shift_type is neither \"exponential\" nor \"linear\"", r->name);
    if (ok(r) && c->use_dynamic_shifting && c->max_image_seq_len == c->base_image_seq_len)
        err_set(r->err, ERR_INPUT, "%s: max_image_seq_len and base_image_seq_len are the same", r->name);
}

bool qwen_scheduler_config_parse(QwenSchedulerConfig *out, const char *text, size_t size, const char *name,
                                 Err *err)
{
    return parse(out, fill_scheduler, text, size, name, err);
}

bool qwen_scheduler_config_read(QwenSchedulerConfig *out, const char *path, Err *err)
{
    return read_file(out, fill_scheduler, path, err);
}
